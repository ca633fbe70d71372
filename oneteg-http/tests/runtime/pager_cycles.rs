//! The pager against servers that repeat pages, ignore positions, and report wrong totals: every listing ends, and none
//! ends early.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use oneteg_http::{Error, ErrorKind, Page, PageRequest, Pager, codegen::Operation};

use crate::pager::{CURSOR, OFFSET, PAGE};

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
        // CredentialCounts ten, and omits hidden items: beyond the total, a page that is not full is not the last.
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
