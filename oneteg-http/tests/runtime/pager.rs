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
static OFFSET: Operation = list(PaginationStyle::Offset);
static PAGE: Operation = list(PaginationStyle::Page);
static CURSOR: Operation = list(PaginationStyle::Cursor);
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

    fn pager(self) -> Pager<'static, u64> {
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

/// Lists with an operation from a server that is a function of the request. Returns the number of requests too.
async fn listed<T, F>(
    operation: &'static Operation,
    size: u64,
    prefetch: usize,
    server: F,
) -> (Result<Vec<T>, Error>, usize)
where
    T: Send + serde::Serialize + 'static,
    F: Fn(usize, PageRequest) -> Result<Page<T>, Error> + Send + Sync + 'static,
{
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let pager = Pager::new(operation, move |request| {
        let page = server(counted.fetch_add(1, Relaxed), request);
        async move { page }
    });
    let result = pager.page_size(size).prefetch(prefetch).all().await;
    (result, requests.load(Relaxed))
}

/// A page of what a server has at the moment, without a total.
fn slice<T: Clone + serde::Serialize>(
    all: &[T],
    request: &PageRequest,
    counts_pages: bool,
) -> Page<T> {
    let (start, size) = (request.start::<usize>().unwrap(), request.size::<usize>().unwrap());
    let from = if counts_pages { (start - 1).saturating_mul(size) } else { start };
    Page::new(all.iter().skip(from).take(size).cloned().collect::<Vec<_>>())
}

#[tokio::test]
async fn pages_that_look_alike_are_listed() {
    let words =
        |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let lists = [
        words(&["red", "blue", "red"]),
        words(&["red", "red"]),
        words(&["red", "blue", "red", "blue", "red", "blue", "green"]),
        words(&["red"; 50]),
        words(&[&["a", "b"].repeat(30)[..], &["c"]].concat()),
    ];
    for list in lists {
        for (operation, counts_pages) in [(&OFFSET, false), (&PAGE, true)] {
            for size in [1, 2, 3] {
                for prefetch in [0, 3] {
                    for total in [None, Some(list.len() as u64)] {
                        let all = list.clone();
                        let (result, requests) =
                            listed(operation, size, prefetch, move |_, request| {
                                let page = slice(&all, &request, counts_pages);
                                Ok(if let Some(total) = total { page.total(total) } else { page })
                            })
                            .await;
                        assert_eq!(result.unwrap(), list, "{size} {prefetch} {total:?}");
                        let pages = list.len().div_ceil(usize::try_from(size).unwrap());
                        assert!(
                            requests <= pages + 7 + 2 * prefetch,
                            "{requests} requests for {pages} pages"
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_item_that_is_put_in_at_the_top_makes_others_come_twice_and_no_circle() {
    for (operation, counts_pages) in [(&OFFSET, false), (&PAGE, true)] {
        for (size, put_in) in [(1, 1), (1, 2), (2, 2), (3, 3)] {
            let (result, _) = listed(operation, size, 0, move |n, request| {
                let mut all: Vec<u64> = (0..12).collect();
                if n > 0 {
                    all.splice(0..0, (100..).take(put_in));
                }
                Ok(slice(&all, &request, counts_pages))
            })
            .await;
            let items = result.unwrap();
            assert!((0..12).all(|item| items.contains(&item)), "{items:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_position_is_found_out_whatever_its_pages() {
    for operation in [&OFFSET, &PAGE] {
        for size in [1, 2, 100] {
            for total in [None, Some(3 * size), Some(10_000)] {
                for prefetch in [0, 2] {
                    let (result, requests) = listed(operation, size, prefetch, move |_, _| {
                        let page = Page::new((0..size).collect::<Vec<_>>());
                        Ok(if let Some(total) = total { page.total(total) } else { page })
                    })
                    .await;
                    let error = result.unwrap_err();
                    assert_eq!((error.kind(), error.operation()), (ErrorKind::Cycle, Some("list")));
                    assert!(requests <= 6 + 2 * prefetch, "{requests} requests, {size} {total:?}");
                }
            }
            // It starts over after the last page.
            let (result, requests) =
                listed(operation, 1, 0, |n, _| Ok(Page::new(vec![n % 3]))).await;
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Cycle);
            assert!(requests <= 8, "{requests}");
        }
    }
    // Always new cursors to the same page.
    let (result, requests) =
        listed(&CURSOR, 1, 0, |n, _| Ok(Page::new(vec![1]).next(n.to_string()))).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cycle);
    assert!(requests <= 20, "{requests}");
    // Values that repeat, by cursor.
    let (result, _) = listed(&CURSOR, 1, 0, |n, _| {
        Ok(Page::new(vec![n % 2]).next((n < 9).then(|| n.to_string())))
    })
    .await;
    assert_eq!(result.unwrap().len(), 10);
}

#[tokio::test]
async fn a_server_that_refuses_far_positions_is_listed_and_does_not_list_for_ever() {
    let list = vec![7_u64; 40];
    let expected = list.clone();
    let (result, _) = listed(&OFFSET, 1, 0, move |_, request| {
        if request.start::<usize>().unwrap() > list.len() {
            return Err(Error::new(ErrorKind::Api, "the position is behind the end"));
        }
        Ok(slice(&list, &request, false))
    })
    .await;
    assert_eq!(result.unwrap(), expected);
    let (result, requests) =
        listed(&OFFSET, 1, 0, |_, request| match request.start::<u64>().unwrap() {
            0..100_000 => Ok(Page::new(vec![7_u64])),
            _ => Err(Error::new(ErrorKind::Server, "scripted")),
        })
        .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cycle);
    assert!(requests < 1_100, "{requests}");
}

#[tokio::test]
async fn a_total_that_is_capped_or_counts_the_page_does_not_end_a_listing() {
    for (operation, counts_pages) in [(&OFFSET, false), (&PAGE, true)] {
        for items in [25_u64, 23, 10, 5, 3, 0] {
            for total in [5, 10, 25, 1_000_000] {
                for (size, cap) in [(5, 5), (100, 5)] {
                    // Nothing shows that there are more items after a first page that is as long as the total and
                    // shorter than requested.
                    if size > cap && total <= cap {
                        continue;
                    }
                    for prefetch in [0, 1, 4] {
                        let all: Vec<u64> = (0..items).collect();
                        let expected = all.clone();
                        let (result, requests) =
                            listed(operation, size, prefetch, move |_, request| {
                                let request = PageRequest::clone(&request);
                                let (start, size) = (
                                    request.start::<u64>().unwrap(),
                                    request.size::<u64>().unwrap().min(cap),
                                );
                                let from = if counts_pages { (start - 1) * size } else { start };
                                let page: Vec<u64> = all
                                    .iter()
                                    .copied()
                                    .skip(from as usize)
                                    .take(size as usize)
                                    .collect();
                                Ok(Page::new(page).total(total))
                            })
                            .await;
                        assert_eq!(result.unwrap(), expected, "{items} {total} {size} {prefetch}");
                        let pages = usize::try_from(items.div_ceil(5)).unwrap();
                        assert!(
                            requests <= pages + 1 + 2 * prefetch,
                            "{requests} requests for {items} of {total}"
                        );
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_total_that_was_proven_wrong_ends_nothing_any_more() {
    for prefetch in [0, 2] {
        // Counts ten, and omits hidden items: beyond the total, a page that is not full is not the last.
        let (result, _) = listed(&PAGE, 5, prefetch, |_, request| {
            let from = (request.start::<u64>().unwrap() - 1) * 5;
            let seen = |item: &u64| *item < 30 && (*item < 10 || !item.is_multiple_of(5));
            Ok(Page::new((from..from + 5).filter(seen).collect::<Vec<_>>()).total(10))
        })
        .await;
        let expected: Vec<u64> =
            (0..30_u64).filter(|item| *item < 10 || !item.is_multiple_of(5)).collect();
        assert_eq!(result.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_total_that_is_right_costs_one_request_at_most() {
    for (items, size, expected) in
        [(25_u64, 5_u64, 6), (23, 5, 5), (5, 5, 2), (3, 5, 1), (0, 5, 1), (25, 100, 1)]
    {
        for prefetch in [0, 3] {
            let (result, requests) = listed(&OFFSET, size, prefetch, move |_, request| {
                let all: Vec<u64> = (0..items).collect();
                Ok(slice(&all, &request, false).total(items))
            })
            .await;
            assert_eq!(result.unwrap().len() as u64, items);
            assert_eq!(requests, expected, "{items} by {size}");
        }
    }
}

#[tokio::test]
async fn a_refusal_or_a_repetition_behind_the_total_is_the_end() {
    for status in [400, 404, 416, 422] {
        let runtime = crate::support::runtime(move |request: reqwest::Request| {
            let behind = request.url().query() == Some("start=4");
            async move {
                Ok(oneteg_test_kit::http_response(if behind { status } else { 200 }, &[], "[1,2]"))
            }
        });
        let pager = Pager::new(&OFFSET, move |page| {
            let runtime = runtime.clone();
            async move {
                let start = page.start::<u64>().unwrap();
                let request = runtime.request(http::Method::GET, "/list").query("start", &start);
                let page = request.send::<Vec<u64>>().await?.into_inner();
                Ok(Page::new(page.into_iter().map(|item| item + start).collect::<Vec<_>>())
                    .total(4))
            }
        });
        let mut pager = pager.page_size(2);
        let mut items = Vec::new();
        while let Some(item) = pager.next().await {
            items.push(item.unwrap());
        }
        assert_eq!(items, [1, 2, 3, 4], "{status}");
        assert!(pager.continuation().is_ended());
    }
    // A failure is not the end.
    let (result, _) = listed(&OFFSET, 2, 0, |n, _| match n {
        0 => Ok(Page::new(vec![1, 2]).total(2)),
        _ => Err(Error::new(ErrorKind::Server, "scripted")),
    })
    .await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Server);
    // A server without pages, whose whole list is as long as a page.
    let (result, requests) = listed(&OFFSET, 2, 0, |_, _| Ok(Page::new(vec![1, 2]).total(2))).await;
    assert_eq!((result.unwrap(), requests), (vec![1, 2], 3));
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
