//! The façade for programs that are not async.

use std::io::Read;

use http::Method;
use oneteg_http::{
    Error, ErrorKind, Page, Pager, Pagination, PaginationStyle, blocking::Blocking,
    codegen::Operation, test_kit::answer,
};
use serde_json::Value;

use crate::support::{self, EVIDENCE};

static LIST: Operation = Operation::new("list", "test", Method::GET, "/list", true, EVIDENCE)
    .paged(Pagination::new(PaginationStyle::Offset, "", "", "", ""));

#[test]
fn calls_lists_and_reads_without_async() {
    let blocking = Blocking::new().unwrap();
    let runtime = support::runtime(|_| async { Ok(answer(200, &[], r#"{"a":1}"#)) });
    let value = blocking.run(runtime.request(Method::GET, "/").send::<Value>()).unwrap();
    assert_eq!(value["a"], 1);

    let body = blocking.run(runtime.request(Method::GET, "/").send_stream()).unwrap().into_inner();
    let mut text = String::new();
    blocking.reader(body).read_to_string(&mut text).unwrap();
    assert_eq!(text, r#"{"a":1}"#);

    let pager = Pager::new(&LIST, |page| async move {
        match page.start::<u64>() {
            Some(0) => Ok(Page::new(vec![1_u64, 2])),
            Some(2) => Ok(Page::new(vec![3])),
            _ => Err(Error::new(ErrorKind::Server, "scripted")),
        }
    });
    let items: Vec<_> = blocking.items(pager).map(|item| item.ok()).collect();
    assert_eq!(items, [Some(1), Some(2), Some(3), None]);
}

#[tokio::test]
async fn in_an_async_program_it_is_an_error_and_no_panic() {
    let blocking = Blocking::new().unwrap();
    let error = blocking.run(async { Ok(()) }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_async_program_may_block_a_call_may_be_made() {
    let blocking = std::sync::Arc::new(Blocking::new().unwrap());
    let call = |blocking: &Blocking| {
        // With a timer and a task of its own, which need the runtime of the calls.
        blocking.run(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            tokio::spawn(async {}).await.unwrap();
            tokio::task::yield_now().await;
            Ok(())
        })
    };
    let shared = std::sync::Arc::clone(&blocking);
    tokio::task::spawn_blocking(move || call(&shared)).await.unwrap().unwrap();
    let shared = std::sync::Arc::clone(&blocking);
    std::thread::spawn(move || call(&shared)).join().unwrap().unwrap();
    tokio::task::block_in_place(|| call(&blocking)).unwrap();
    tokio::task::yield_now().await;
    // Inside of a future it is refused still, also after that, and in a task that has yielded before.
    assert_eq!(call(&blocking).unwrap_err().kind(), ErrorKind::Configuration);
    let shared = std::sync::Arc::clone(&blocking);
    let task = tokio::spawn(async move {
        tokio::task::yield_now().await;
        call(&shared).unwrap_err().kind()
    });
    assert_eq!(task.await.unwrap(), ErrorKind::Configuration);
    let local = tokio::task::LocalSet::new();
    let kind = local.run_until(async { call(&blocking).unwrap_err().kind() }).await;
    assert_eq!(kind, ErrorKind::Configuration);
    // A future of which tokio does not know that it is one blocks its thread, and does not panic.
    tokio::task::unconstrained(async { call(&blocking) }).await.unwrap();
    tokio::task::spawn_blocking(move || drop(blocking)).await.unwrap();
}
