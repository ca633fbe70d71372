//! What the types accept: every sample is read and written unchanged, the vendor's own examples are read, and so is
//! nearly every change that a vendor might make to them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![allow(unreachable_pub)]

#[rustfmt::skip]
#[path = "generated/samples.rs"]
mod samples;

use futures_util::{StreamExt, TryStreamExt};
use netexplorer_sdk::{Client, ErrorCode, ErrorKind, RetryPolicy};
use oneteg_test_kit::{
    recorder::{CANARY, RequestRecorder, json_response},
    samples::{self as sample_checks, Examples},
};
use samples::{BODIES, RESPONSES, samples};
use serde_json::Value;

/// The examples of responses, with the operation each belongs to.
const RESPONSE_EXAMPLES: &[(&str, &str)] = &[
    ("getFolderByFolderId.1.response", "get_folder"),
    ("legacyLogin.1.response", "create_session"),
    ("getPath.1.response", "get_object_by_path"),
    ("createFileTus.1.response", "create_tus_file"),
];
/// The examples of request bodies, with the operation each belongs to.
const BODY_EXAMPLES: &[(&str, &str)] = &[
    ("createFolder.1.request", "create_folder"),
    ("createFile.1.request", "create_file"),
    ("createFileTus.1.request", "create_tus_file"),
    ("createFileTus.2.request", "create_tus_file"),
    ("createResetPassword.1.request", "reset_password"),
    ("legacyLogin.1.request", "create_session"),
    ("updateFolderByFolderId.1.request", "update_folder"),
];
/// The examples that no operation sends or receives as JSON, with the reason.
const EXCLUDED: &[(&str, &str)] = &[
    ("oauth2Token.1.request", "`oneteg-auth` calls the token endpoint"),
    ("oauth2Token.1.response", "`oneteg-auth` calls the token endpoint"),
    ("oauth2Token.2.request", "`oneteg-auth` calls the token endpoint"),
    ("oauth2Token.2.response", "`oneteg-auth` calls the token endpoint"),
    ("oauth2Token.3.request", "`oneteg-auth` calls the token endpoint"),
    ("createFileUpload.1.request", "a form; uploads send it"),
    ("createFileUpload.2.request", "a form; uploads send it"),
    ("createFolder.1.response", "an error; see `a_name_that_is_taken_is_a_conflict`"),
    ("getPath.3.response", "the wrapped form; see `a_wrapped_object_is_found_by_its_path`"),
    ("tusCreate.1.request", "headers; uploads send them"),
    ("tusCreate.1.response", "headers; uploads read them"),
    ("tusPatch.1.response", "headers; uploads read them"),
    ("File.meta.1.response", "a member of a file, read below"),
];

const EXAMPLES: Examples = Examples {
    folder: concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/facts"),
    responses: RESPONSE_EXAMPLES,
    bodies: BODY_EXAMPLES,
    excluded: EXCLUDED,
    response_readers: RESPONSES,
    body_readers: BODIES,
};

#[test]
fn every_type_is_read_and_written_unchanged() {
    sample_checks::check_round_trips(samples());
}

#[test]
fn the_vendors_examples_are_read() {
    // An ID given as a string is sent as a number.
    EXAMPLES.check_readable(|value| value.to_string().replace("\"42\"", "42"));
}

/// A client of a server that responds to everything with an example.
async fn client_with_example(status: u16, name: &'static str) -> (Client, RequestRecorder) {
    let server = EXAMPLES.server(status.try_into().unwrap(), name).await;
    let client = Client::builder(&server.url).access_token(CANARY).retry(RetryPolicy::none());
    (client.build().unwrap(), server)
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_conflict() {
    let (client, _server) = client_with_example(403, "createFolder.1.response").await;
    let error = client.get_folder(42).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::DuplicateName));
}

#[tokio::test]
async fn a_wrapped_object_is_found_by_its_path() {
    let (client, _server) = client_with_example(200, "getPath.3.response").await;
    let folder = client.find_folder(7, "backups/2026").await.unwrap().unwrap();
    assert_eq!((folder.id, folder.name.as_deref()), (Some(1458), Some("2026")));
}

#[test]
fn the_metadata_of_a_file_is_kept() {
    let meta = EXAMPLES.value("File.meta.1.response");
    let file = serde_json::json!({ "id": 1, "meta": meta });
    let read = EXAMPLES.response_reader("get_file")(file.to_string().as_bytes()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read.json).unwrap()["meta"], meta);
}

#[test]
fn secrets_are_not_shown() {
    let request = netexplorer_sdk::types::CreateSessionRequest::new("jdoe", "canary-password");
    let session = netexplorer_sdk::types::Session {
        token: Some("canary-token".to_owned()),
        ..Default::default()
    };
    let shown = format!("{request:?} {session:?}");
    assert!(shown.contains("jdoe") && !shown.contains("canary"), "{shown}");
}

/// At least 99 % of the changed values are read; the snapshot lists the others with the reason.
#[test]
fn changed_responses_are_read() {
    let report = EXAMPLES.mutate(samples());
    insta::assert_snapshot!(report);
    assert!(report.per_mille() >= 990, "{report}");
}

/// A client of a server that responds to everything with these bytes.
async fn client_with_response(body: &'static [u8]) -> (Client, RequestRecorder) {
    let server = RequestRecorder::start(move |_| json_response(body)).await;
    let client = Client::builder(&server.url).access_token(CANARY).retry(RetryPolicy::none());
    (client.build().unwrap(), server)
}

#[tokio::test]
async fn a_file_with_odd_members_is_read() {
    let (client, _server) = client_with_response(
        b"\xef\xbb\xbf{\"id\":\"7\",\"name\":\"party \\ud83d\xe9\",\"meta\":[],\"size\":\"123\",\"nb_versions\":\"2\",\
          \"nbVersions\":3,\"creation\":\"2024-05-06T07:08:09.123+0000\",\"modification\":\"0000-00-00 00:00:00\"}",
    )
    .await;
    let file = client.get_file(7).send().await.unwrap();
    assert_eq!((file.id, file.name.as_deref()), (7, Some("party \u{fffd}\u{fffd}")));
    assert_eq!((file.size, file.nb_versions), (Some(123), Some(2)));
    assert_eq!(
        (&file.extra["meta"], &file.extra["nbVersions"]),
        (&Value::Array(vec![]), &3.into())
    );
    assert_eq!(file.creation.unwrap().timestamp_millis(), 1_714_979_289_123);
    assert_eq!(
        (file.modification, &file.extra["modification"]),
        (None, &"0000-00-00 00:00:00".into())
    );
    assert!(file.repairs().iter().any(|repair| repair.path() == "nbVersions"));
    // A path lookup decides itself whether the object is a file.
    let body =
        b"{\"object\":{\"id\":7,\"guid\":\"g\",\"name\":\"\xff\",\"size\":\"9\",\"meta\":[]}}";
    let (client, _server) = client_with_response(body).await;
    let file = client.find_file(1, "a").await.unwrap().unwrap();
    assert_eq!((file.size, file.name.as_deref()), (Some(9), Some("\u{fffd}")));
}

#[tokio::test]
async fn a_walk_reads_odd_items_but_fails_on_unreadable_lists() {
    let (client, _server) = client_with_response(
        br#"{"id":1,"content":{"files":{"0":{"id":2,"name":"a","size":"1","meta":[]},"3":{"id":3,"name":"\ud83d"}},
            "folders":false}}"#,
    )
    .await;
    let found: Vec<_> = client.walk(1).try_collect().await.unwrap();
    assert_eq!(found.iter().map(|found| &*found.path).collect::<Vec<_>>(), ["a", "\u{fffd}"]);
    let (client, _server) = client_with_response(br#"{"id":1,"content":[]}"#).await;
    assert!(client.walk(1).try_collect::<Vec<_>>().await.unwrap().is_empty());
    for unread in [
        &br#"{"id":1,"content":{"files":[{"id":2}],"folders":[7]}}"#[..],
        br#"{"id":1,"content":{"files":"two"}}"#,
        br#"{"id":1,"content":7}"#,
    ] {
        let (client, _server) = client_with_response(unread).await;
        let error = client.walk(1).try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
    // A folder whose ID cannot be read is found, followed by an error: its contents are not.
    let odd = br#"{"id":1,"content":{"folders":[{"id":"x","name":"a"},{"id":null,"name":"b"}]}}"#;
    let (client, _server) = client_with_response(odd).await;
    let paths: Vec<_> = client.walk(1).map(|found| found.map(|found| found.path)).collect().await;
    let paths: Vec<_> =
        paths.iter().map(|path| path.as_deref().map_err(|error| error.kind())).collect();
    assert_eq!(paths, [Ok("a"), Err(ErrorKind::Decode), Ok("b")]);
}
