//! Each type with all its members is read and written unchanged, and each operation reads such a response.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/calls.rs"]
#[allow(dead_code)]
mod calls;
#[rustfmt::skip]
#[path = "generated/samples.rs"]
#[allow(dead_code)]
mod samples;
// Each test uses only a part of it.
#[allow(dead_code)]
mod support;

use oneteg_test_kit::{
    recorder::{RequestRecorder, json_response},
    samples::{self as sample_checks, Sample},
};
use serde_json::{Value, json};

#[test]
fn every_type_is_read_and_written_unchanged() {
    sample_checks::check_round_trips(samples::samples());
}

/// Changed responses are read, except for required IDs; the snapshot lists those.
#[test]
fn changed_responses_are_read() {
    let report = sample_checks::mutate_samples(samples::samples().filter(Sample::is_response_type));
    insta::assert_snapshot!(report);
    assert!(report.rejected.iter().all(|(place, ..)| place.ends_with("d")), "{report}");
}

#[tokio::test]
async fn every_operation_reads_a_response_with_all_members() {
    for case in calls::CASES {
        let server = RequestRecorder::start(|request| {
            let response = match serde_json::from_str::<Value>(&case.response()) {
                Ok(value) if request.uri.path() == "/api/rpc" => {
                    json!({ "jsonrpc": "2.0", "id": request.json()["id"], "result": value })
                }
                Ok(value) => value,
                Err(_) => return json_response(case.response()),
            };
            json_response(response.to_string())
        })
        .await;
        let result = (case.call)(&support::client(&server.url)).await;
        if let Err(error) = result {
            panic!("{}: {error}: {:?}", case.operation, error.body_preview());
        }
    }
}

/// A server that responds with these bytes as the JSON-RPC result.
async fn with_result(result: &'static [u8]) -> RequestRecorder {
    RequestRecorder::start(move |request| {
        let id = request.json()["id"].to_string();
        let head = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":"#);
        json_response([head.as_bytes(), result, b"}"].concat())
    })
    .await
}

#[tokio::test]
async fn an_asset_with_odd_members_is_read() {
    let server = with_result(
        b"[{\"id\":\"7\",\"name\":\"party \\ud83d\",\"importDate\":\"2024-05-06T07:08:09Z\",\"modDate\":\"soon\",\
          \"attributes\":{\"Year\":[2024]},\"file\":[],\"folders\":{\"0\":{\"id\":1},\"2\":{\"id\":\"2\"}}},\
          {\"id\":8,\"name\":\"caf\xe9\",\"file\":{\"size\":\"123\"},\"attributes\":{\"Year\":null,\"A\":[\"b\"]}}]",
    )
    .await;
    let assets = support::client(&server.url).get_assets([7, 8]).send().await.unwrap();
    let first = &assets[0];
    assert_eq!((first.id, first.name.as_deref()), (7, Some("party \u{fffd}")));
    assert_eq!(first.import_date.unwrap().timestamp_millis(), 1_714_979_289_000);
    assert_eq!((first.mod_date, &first.extra["modDate"]), (None, &json!("soon")));
    assert_eq!(first.attributes.as_ref().unwrap()["Year"], ["2024"]);
    assert_eq!((&first.file, &first.extra["file"]), (&None, &json!([])));
    let folders: Vec<_> = first.folders.iter().flatten().map(|folder| folder.id).collect();
    assert_eq!(folders, [1, 2]);
    let second = &assets[1];
    assert_eq!(second.name.as_deref(), Some("caf\u{fffd}"));
    assert_eq!(second.file.as_ref().unwrap().size, Some(123));
    assert_eq!(second.attributes.as_ref().unwrap().len(), 1);
    assert!(assets.repairs().iter().any(|repair| repair.path() == "[0].attributes.Year[0]"));
}

#[tokio::test]
async fn a_page_without_its_list_is_an_error_and_an_odd_total_is_not() {
    let odd = with_result(br#"{"results":[{"id":1,"name":[]}],"size":"1"}"#).await;
    let client = support::client(&odd.url);
    let page = client.get_assets_by_folder(1, false).send().await.unwrap();
    assert_eq!((page.size, page.results.as_ref().unwrap()[0].id), (Some(1), 1));
    for odd in [&br#"{"results":"none","size":1}"#[..], br#"{"results":[{"id":[]}]}"#] {
        let server = with_result(odd).await;
        let client = support::client(&server.url);
        let listing = client.get_assets_by_folder(1, false).pages().all().await;
        assert_eq!(listing.unwrap_err().kind(), netx_sdk::ErrorKind::Decode);
    }
}

#[test]
fn a_deep_tree_is_read_or_refused_and_never_overflows() {
    let sample = samples::samples().find(|sample| sample.name == "Folder").unwrap();
    let read = |levels: usize| {
        let json = r#"{"id":"1","name":[],"children":["#.repeat(levels) + &"]}".repeat(levels);
        (sample.round_trip)(json.as_bytes())
    };
    assert_eq!(read(60).unwrap().repairs.len(), 60);
    assert!(read(70).is_err() && read(100_000).is_err());
}
