//! Every type with all its members is read and written unchanged, and every operation reads such an answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/calls.rs"]
#[allow(dead_code)]
mod calls;
#[rustfmt::skip]
#[path = "generated/samples.rs"]
#[allow(dead_code)]
mod samples;
// Every test uses its own part of it.
#[allow(dead_code)]
mod support;

use oneteg_http::test_kit::{
    examples::{self, Sample},
    recorder::{Recorder, json_answer},
};
use serde_json::{Value, json};

fn all_samples() -> impl Iterator<Item = Sample> {
    samples::SAMPLES.iter().map(|&samples::Sample { name, json, reread }| Sample {
        name,
        json,
        reread,
    })
}

#[test]
fn every_type_is_read_and_written_unchanged() {
    examples::check_unchanged(all_samples());
}

/// Changed responses are read, but for an id that is required; the snapshot lists those.
#[test]
fn changed_answers_are_read() {
    let report = examples::changed_samples(all_samples().filter(Sample::is_of_a_response));
    insta::assert_snapshot!(report);
    assert!(report.refused.iter().all(|(place, ..)| place.ends_with("d")), "{report}");
}

#[tokio::test]
async fn every_operation_reads_an_answer_with_all_members() {
    for case in calls::CASES {
        let server = Recorder::start(|request| {
            let answer = match serde_json::from_str::<Value>(case.answer) {
                Ok(value) if request.uri.path() == "/api/rpc" => {
                    json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": value })
                }
                Ok(value) => value,
                Err(_) => return json_answer(case.answer),
            };
            json_answer(answer.to_string())
        })
        .await;
        let result = (case.call)(&support::client(&server.url)).await;
        if let Err(error) = result {
            panic!("{}: {error}: {:?}", case.operation, error.body_preview());
        }
    }
}
