//! The request of every operation with all its arguments, and that a response with all members is read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/calls.rs"]
#[allow(dead_code)]
mod calls;

use std::collections::BTreeSet;

use calls::CASES;
use netexplorer_sdk::{Client, OPERATIONS, RetryPolicy};
use oneteg_test_kit::recorder::{CANARY, RequestRecorder, json_response};

fn client(server: &str) -> Client {
    let client = Client::builder(server).access_token(CANARY).retry(RetryPolicy::none());
    client.build().unwrap()
}

#[tokio::test]
async fn every_operation() {
    for case in CASES {
        let server = RequestRecorder::start(|_| json_response(case.response())).await;
        let result = (case.call)(&client(&server.url)).await;
        if let Err(error) = result {
            panic!("{}: {error}: {:?}", case.operation, error.body_preview());
        }
        let snapshot = server.only_request().snapshot().await;
        assert!(!snapshot.contains(CANARY), "{}", case.operation);
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(case.operation, snapshot));
    }
}

#[test]
fn no_operation_is_forgotten_and_no_snapshot_is_left_over() {
    let called: BTreeSet<&str> = CASES.iter().map(|case| case.operation).collect();
    let known: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
    assert_eq!(called, known);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Some(name.strip_prefix("wire__")?.strip_suffix(".snap")?.to_owned())
        })
        .collect();
    assert!(kept.iter().map(String::as_str).eq(known), "{kept:?}");
}
