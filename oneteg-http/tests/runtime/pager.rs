//! The pager against servers that behave, cap sizes, filter, omit totals, and repeat themselves.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt};
use oneteg_http::{
    Continuation, Error, ErrorKind, Page, PageRequest, Pager, Pagination, PaginationStyle,
    codegen::Operation,
};
use tokio::time::{Instant, sleep};

use crate::support::EVIDENCE;

const fn list(style: PaginationStyle) -> Operation {
    Operation::new("list", "test", http::Method::GET, "/list", true, EVIDENCE)
        .paged(Pagination::new(style, "start", "size", "items", "total"))
}
pub(crate) static OFFSET: Operation = list(PaginationStyle::Offset);
pub(crate) static PAGE: Operation = list(PaginationStyle::Page);
pub(crate) static CURSOR: Operation = list(PaginationStyle::Cursor);
static SINGLE: Operation = list(PaginationStyle::Single);

/// A server with the items 0, 1, 2, ..
#[derive(Clone, Copy)]
struct Server {
    items: u64,
    /// The largest page it sends.
    cap: u64,
    total: bool,
    /// Omits the multiples of seven from its pages, although it counts them.
    filters: bool,
    style: PaginationStyle,
}

const SERVER: Server =
    Server { items: 250, cap: 1000, total: true, filters: false, style: PaginationStyle::Offset };

impl Server {
    async fn page(self, request: PageRequest) -> Result<Page<u64>, Error> {
        tokio::task::yield_now().await;
        let size = request.size::<u64>().unwrap().min(self.cap);
        let from = match self.style {
            PaginationStyle::Page => (request.start::<u64>().unwrap() - 1) * size,
            PaginationStyle::Cursor => request.cursor().map_or(0, |at| at.parse().unwrap()),
            _ => request.start::<i64>().unwrap().unsigned_abs(),
        };
        let until = (from + size).min(self.items);
        let items: Vec<u64> = (from..until).filter(|item| !self.filters || item % 7 != 0).collect();
        let page = Page::new(items);
        let page = if self.total { page.total(i64::try_from(self.items).unwrap()) } else { page };
        Ok(page.next((until < self.items).then(|| until.to_string())))
    }

    fn pager(self) -> Pager<u64> {
        let operation = match self.style {
            PaginationStyle::Page => &PAGE,
            PaginationStyle::Cursor => &CURSOR,
            PaginationStyle::Single => &SINGLE,
            _ => &OFFSET,
        };
        Pager::new(operation, move |page| self.page(page))
    }

    fn visible(self) -> Vec<u64> {
        (0..self.items).filter(|item| !self.filters || item % 7 != 0).collect()
    }
}

fn servers() -> Vec<Server> {
    let mut servers = Vec::new();
    for style in [PaginationStyle::Offset, PaginationStyle::Page, PaginationStyle::Cursor] {
        for items in [0, 1, 99, 100, 101, 250, 300] {
            for cap in [7, 100, 1000] {
                for total in [true, false] {
                    servers.push(Server { items, cap, total, filters: false, style });
                }
            }
        }
    }
    servers
}

#[tokio::test]
async fn every_item_comes_once_and_in_order() {
    for server in servers() {
        for prefetch in [0, 1, 5] {
            for size in [1, 30, 100, 5000] {
                if size == 1 && server.items > 101 {
                    continue;
                }
                let pager = server.pager().prefetch(prefetch).page_size(size);
                let listed: Vec<u64> = pager.try_collect().await.unwrap();
                assert_eq!(listed, server.visible(), "{} {prefetch} {size}", server.items);
            }
        }
    }
}

#[tokio::test]
async fn pages_that_were_filtered_do_not_end_a_listing_that_counts_pages() {
    let server = Server { filters: true, style: PaginationStyle::Page, ..SERVER };
    for prefetch in [0, 3] {
        for total in [true, false] {
            let pager = Server { total, ..server }.pager().page_size(20).prefetch(prefetch);
            assert_eq!(pager.all().await.unwrap(), server.visible());
        }
    }
}

#[tokio::test]
async fn a_continuation_goes_on_from_any_item_in_another_process() {
    for style in [PaginationStyle::Offset, PaginationStyle::Page, PaginationStyle::Cursor] {
        for total in [true, false] {
            let server = Server { items: 37, style, total, ..SERVER };
            for stop in 0..=37 {
                for prefetch in [0, 2] {
                    let mut first = server.pager().page_size(10).prefetch(prefetch);
                    let mut listed = Vec::new();
                    for _ in 0..stop {
                        listed.push(first.next().await.unwrap().unwrap());
                    }
                    let stored = serde_json::to_string(&first.continuation()).unwrap();
                    drop(first);
                    let from: Continuation = serde_json::from_str(&stored).unwrap();
                    let second = server.pager().resume(from).unwrap();
                    listed.extend(second.all().await.unwrap());
                    assert_eq!(listed, server.visible(), "stopped after {stop}");
                }
            }
            let mut whole = server.pager();
            while whole.next_page().await.is_some() {}
            assert!(whole.continuation().is_ended());
            let again = server.pager().resume(whole.continuation()).unwrap();
            assert_eq!(again.all().await.unwrap(), Vec::<u64>::new());
        }
    }
    let other = Server { style: PaginationStyle::Single, ..SERVER };
    let mut continuation = serde_json::to_value(other.pager().continuation()).unwrap();
    continuation["operation"] = "list_others".into();
    let continuation: Continuation = serde_json::from_value(continuation).unwrap();
    let error = other.pager().resume(continuation).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn limits_hold_and_a_limited_listing_can_go_on() {
    for prefetch in [0, 4] {
        let pager = || SERVER.pager().page_size(10).prefetch(prefetch);
        assert_eq!(pager().limit(25).all().await.unwrap(), (0..25).collect::<Vec<_>>());
        assert_eq!(pager().limit(0).all().await.unwrap(), Vec::<u64>::new());
        assert_eq!(pager().max_pages(2).all().await.unwrap().len(), 20);
        assert_eq!(pager().start(200).all().await.unwrap().first(), Some(&200));
        let mut limited = pager().limit(25);
        while limited.next().await.is_some() {}
        let rest = pager().resume(limited.continuation()).unwrap().all().await.unwrap();
        assert_eq!((rest.first(), rest.len()), (Some(&25), 225));
    }
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let pager = Pager::new(&OFFSET, move |page| {
        counted.fetch_add(1, Relaxed);
        SERVER.page(page)
    });
    pager.page_size(10).prefetch(8).limit(30).all().await.unwrap();
    assert_eq!(requests.load(Relaxed), 3, "pages beyond the limit were requested");
}

#[tokio::test]
async fn a_server_that_repeats_itself_is_found_out_within_one_page() {
    type Answer = fn(u64, PageRequest) -> Page<u64>;
    let servers: [(&'static Operation, &str, usize, Answer); 5] = [
        (&OFFSET, "it ignores the start", 1, |_, _| Page::new(vec![1, 2, 3])),
        (&PAGE, "it ignores the page", 1, |_, _| Page::new(vec![1, 2, 3]).total(9)),
        (&OFFSET, "it goes back to the beginning", 3, |n, _| Page::new(vec![n % 3])),
        (&CURSOR, "the cursor stays", 2, |n, _| Page::new(vec![n]).next("same".to_owned())),
        (&CURSOR, "the cursors go in a circle", 4, |n, _| {
            Page::new(vec![n]).next((n % 3).to_string())
        }),
    ];
    for (operation, what, good, respond) in servers {
        for prefetch in [0, 3] {
            let calls = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&calls);
            let mut pager = Pager::new(operation, move |request| {
                let n = counted.fetch_add(1, Relaxed) as u64;
                async move { Ok(respond(n, request)) }
            })
            .prefetch(prefetch);
            let mut pages = 0;
            let error = loop {
                match pager.next_page().await {
                    Some(Ok(_)) => pages += 1,
                    Some(Err(error)) => break error,
                    None => panic!("{what}: no error"),
                }
            };
            assert_eq!((error.kind(), error.operation()), (ErrorKind::Cycle, Some("list")));
            assert_eq!(pages, good, "{what}");
            assert!(calls.load(Relaxed) <= good + 1 + prefetch, "{what}");
            assert!(pager.next_page().await.is_none(), "an error ends the listing");
        }
    }
    // Also across processes.
    let stuck = || Pager::new(&OFFSET, |_| async { Ok(Page::new(vec![1_u64, 2])) });
    let mut first = stuck();
    first.next_page().await.unwrap().unwrap();
    let mut second = stuck().resume(first.continuation()).unwrap();
    assert_eq!(second.next_page().await.unwrap().unwrap_err().kind(), ErrorKind::Cycle);
}

#[tokio::test]
async fn a_whole_list_is_asked_for_once() {
    let pager = Pager::new(&SINGLE, |_| async { Ok(Page::new(Some(vec![1_u64, 1, 1]))) });
    assert_eq!(pager.all().await.unwrap(), [1, 1, 1]);
    let counted = Pager::new(&OFFSET, |_| async {
        let (total, items): (Option<i64>, Option<Vec<u64>>) = (Some(2), Some(vec![1, 2]));
        Ok(Page::new(items).total(total))
    });
    assert_eq!(counted.all().await.unwrap(), [1, 2]);
    let null = Pager::new(&OFFSET, |_| async { Ok(Page::new(None::<Vec<u64>>)) });
    assert_eq!(null.all().await.unwrap(), Vec::<u64>::new());
}

#[tokio::test]
async fn after_an_error_the_continuation_repeats_the_page() {
    for prefetch in [0, 3] {
        let fails = Arc::new(Mutex::new(Some(ErrorKind::Server)));
        let shared = Arc::clone(&fails);
        let pager = || {
            let fails = Arc::clone(&shared);
            Pager::new(&OFFSET, move |page| {
                let fails =
                    (page.start() == Some(20_u64)).then(|| fails.lock().unwrap().take()).flatten();
                async move {
                    match fails {
                        Some(kind) => Err(Error::new(kind, "scripted")),
                        None => SERVER.page(page).await,
                    }
                }
            })
            .page_size(10)
            .prefetch(prefetch)
        };
        let mut first = pager();
        let mut listed = Vec::new();
        while let Some(Ok(item)) = first.next().await {
            listed.push(item);
        }
        assert_eq!(listed.len(), 20);
        listed.extend(pager().resume(first.continuation()).unwrap().all().await.unwrap());
        assert_eq!(listed, SERVER.visible());
    }
}

#[tokio::test(start_paused = true)]
async fn prefetching_hides_the_latency_and_is_bounded() {
    let list = |prefetch: usize| async move {
        let under_way = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let (now, peak) = (Arc::clone(&under_way), Arc::clone(&most));
        let server = Server { items: 10_000, ..SERVER };
        let pager = Pager::new(&OFFSET, move |page| {
            let (now, peak) = (Arc::clone(&now), Arc::clone(&peak));
            async move {
                peak.fetch_max(now.fetch_add(1, Relaxed) + 1, Relaxed);
                sleep(Duration::from_millis(50)).await;
                now.fetch_sub(1, Relaxed);
                server.page(page).await
            }
        });
        let began = Instant::now();
        let listed = pager.prefetch(prefetch).into_pages().concat_all().await;
        assert_eq!(listed, server.visible());
        (began.elapsed(), most.load(Relaxed))
    };
    let (alone, one) = list(0).await;
    let (ahead, four) = list(3).await;
    assert_eq!((one, four), (1, 4));
    let ratio = ahead.as_secs_f64() / alone.as_secs_f64();
    println!("10,000 items at 50 ms a page: {alone:?} alone, {ahead:?} with 3 ahead: {ratio:.3}");
    assert!(ratio <= 0.35, "{ratio}");
}

trait ConcatAll {
    async fn concat_all(self) -> Vec<u64>;
}

impl<S: futures_util::Stream<Item = Result<Vec<u64>, Error>>> ConcatAll for S {
    async fn concat_all(self) -> Vec<u64> {
        let pages: Vec<Vec<u64>> = self.map(Result::unwrap).collect().await;
        pages.concat()
    }
}

#[tokio::test]
async fn a_list_without_documented_pages_does_not_hide_that_there_is_more() {
    let pager = || {
        Pager::new(&SINGLE, |page: PageRequest| async move {
            let query = page.apply(oneteg_http::CallOptions::new());
            // A server that supports these parameters.
            let query_string = format!("{query:?}");
            let from = if query_string.contains("(\"from\", \"2\")") { 2_u64 } else { 0 };
            Ok(Page::new(vec![from, from + 1]).total(4_u64))
        })
    };
    let mut unknowing = pager();
    assert_eq!(unknowing.next().await.unwrap().unwrap(), 0);
    assert_eq!(unknowing.next().await.unwrap().unwrap(), 1);
    let error = unknowing.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Incomplete, Some("list")));
    assert!(unknowing.next().await.is_none());
    assert_eq!(unknowing.total(), Some(4));

    let all = pager().by_offset("from", "count").page_size(2).all().await.unwrap();
    assert_eq!(all, [0, 1, 2, 3]);
    // Operations with documented parameters keep them.
    let known = SERVER.pager().by_offset("from", "count").all().await.unwrap();
    assert_eq!(known, SERVER.visible());
}

#[tokio::test]
async fn changed_items_are_listed_like_the_others() {
    let mut strings = SERVER.pager().map(|item| format!("#{item}"));
    assert_eq!(strings.next().await.unwrap().unwrap(), "#0");
    let rest = strings.map(|string| string.len()).all().await.unwrap();
    assert_eq!(rest.len(), 249);
}

#[tokio::test]
async fn a_listing_whose_items_are_changed_on_the_way_loses_no_page() {
    for prefetch in [0, 1, 5] {
        let mut pager = SERVER.pager().page_size(10).prefetch(prefetch);
        let mut listed = Vec::new();
        for _ in 0..10 {
            listed.push(pager.next().await.unwrap().unwrap());
        }
        // Requests the next pages, and is mapped before they are received.
        let waiting = futures_util::FutureExt::now_or_never(pager.next());
        listed.extend(waiting.flatten().map(Result::unwrap));
        let rest = pager.map(|item| item).all().await.unwrap();
        listed.extend(rest);
        assert_eq!(listed, SERVER.visible(), "{prefetch}");
    }
}
