//! Every operation, called on the command line, sends the request that the SDK sends.

use std::{collections::BTreeMap, path::Path};

use mediavalet_sdk::RetryPolicy;
use oneteg_auth::Vendor;
use oneteg_http::{CallOptions, Runtime};
use oneteg_test_kit::recorder::{CANARY, RecordedRequest, RequestRecorder, json_response};
use serde_json::{Value, json};

use super::{
    super::{
        arguments::{Argument, Target},
        send::{self, Ready},
    },
    arguments_of, parsed,
    sdk_calls::{self, SdkCall, SdkValue},
};
use crate::{
    catalog::{self, BodyKind, Catalog, Entry},
    operations::schema::Kind,
};

/// The SDK's calls of all its operations.
#[allow(dead_code, unreachable_pub, clippy::all)]
#[rustfmt::skip]
#[path = "../../../../netx-sdk/tests/generated/calls.rs"]
mod netx_calls;

/// How the body of a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyStyle {
    /// `--json` with the whole body.
    Json,
    /// A flag for each member.
    Flags,
}

const STYLES: [BodyStyle; 2] = [BodyStyle::Json, BodyStyle::Flags];

#[tokio::test]
async fn mediavalet() {
    let server = RequestRecorder::start(|_| json_response("{}")).await;
    let client = mediavalet_sdk::Client::builder()
        .base_url(&server.url)
        .subscription_key(CANARY)
        .access_token(CANARY);
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    let compared =
        like_snapshots(Vendor::MediaValet, "mediavalet-sdk", client.runtime(), &server).await;
    assert_eq!(compared, 312);
}

#[tokio::test]
async fn netexplorer() {
    let server = RequestRecorder::start(|_| json_response("{}")).await;
    let client = netexplorer_sdk::Client::builder(&server.url).access_token(CANARY);
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    let compared =
        like_snapshots(Vendor::NetExplorer, "netexplorer-sdk", client.runtime(), &server).await;
    assert_eq!(compared, 244);
}

/// NetX's snapshots are of hand-written calls; its generated calls are made here.
#[tokio::test]
async fn netx() {
    let server = RequestRecorder::start(|request| {
        let id = &request.json()["id"];
        json_response(json!({ "jsonrpc": "2.0", "id": id, "result": {} }).to_string())
    })
    .await;
    let client = netx_sdk::Client::builder(&server.url).api_key(CANARY);
    let client = client.retry(RetryPolicy::none()).build().unwrap();
    let calls = sdk_calls::read("netx-sdk");
    assert_eq!((calls.len(), netx_calls::CASES.len()), (34, 34));
    for (case, call) in netx_calls::CASES.iter().zip(&calls) {
        assert_eq!(case.operation, call.method);
        // The response need not have the operation's form: the request was sent.
        let _ = (case.call)(&client).await;
        let expected = shown(server.requests().last().unwrap()).await;
        for style in STYLES {
            let sent = sent(Vendor::NetX, client.runtime(), &server, call, style).await;
            assert_eq!(sent, expected, "{} with {style:?}", call.method);
        }
    }
}

/// Compares the request of each operation with the snapshot of the SDK's test. Returns the number of operations.
async fn like_snapshots(
    vendor: Vendor,
    sdk: &str,
    runtime: &Runtime,
    server: &RequestRecorder,
) -> usize {
    let calls = sdk_calls::read(sdk);
    for call in &calls {
        let name = format!("../{sdk}/tests/snapshots/wire__{}.snap", call.method);
        let snapshot =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        let expected = snapshot.splitn(3, "---\n").nth(2).unwrap().trim_end();
        for style in STYLES {
            let sent = sent(vendor, runtime, server, call, style).await;
            assert_eq!(sent.trim_end(), expected, "{} with {style:?}", call.method);
        }
    }
    calls.len()
}

/// The request of a call on the command line.
async fn sent(
    vendor: Vendor,
    runtime: &Runtime,
    server: &RequestRecorder,
    call: &SdkCall,
    style: BodyStyle,
) -> String {
    let catalog = catalog::of(vendor).unwrap();
    let entry = catalog.find(&call.method).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let words = words(catalog, entry, call, style, folder.path());
    let parsed = parsed(vendor, catalog, entry, &words)
        .unwrap_or_else(|error| panic!("{} {words:?}: {error} {:?}", entry.name, error.hint()));
    let before = server.requests().len();
    let (list, file, output) = Default::default();
    let ready = Ready {
        entry,
        operation: catalog::in_sdk(vendor, entry).unwrap(),
        call: parsed,
        options: CallOptions::new(),
        list: &list,
        file: &file,
        output: &output,
    };
    if let Err(error) = send::perform(runtime, &ready).await {
        panic!("{} {words:?}: {error}", entry.name);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), before + 1, "{}", entry.name);
    shown(requests.last().unwrap()).await
}

/// A request, without the id that a client counts.
async fn shown(request: &RecordedRequest) -> String {
    let mut request = request.clone();
    let mut body = request.json();
    if body["jsonrpc"] == "2.0" {
        body["id"] = json!("1");
        request.body = body.to_string().into();
        request.headers.insert("content-length", request.body.len().into());
    }
    request.snapshot().await
}

/// The words that make a call on the command line.
fn words(
    catalog: &Catalog,
    entry: &Entry,
    call: &SdkCall,
    style: BodyStyle,
    folder: &Path,
) -> Vec<String> {
    let arguments = arguments_of(catalog, entry);
    let mut optional = call.optional.clone();
    let mut required = call.required.iter();
    let mut words = Vec::new();
    let mut as_object = serde_json::Map::new();
    for argument in &arguments {
        let Target::Parameter(index) = argument.target else { continue };
        let snake =
            argument.flag.strip_prefix("param-").unwrap_or(&argument.flag).replace('-', "_");
        let parameter = &entry.parameters[index];
        let value = match parameter.required {
            true => required.next().cloned(),
            false => optional.remove(&snake),
        };
        let Some(value) = value else { continue };
        let SdkValue::Json(value) = value else { panic!("{}: {value:?}", argument.flag) };
        let is_procedure = parameter.place == catalog::Place::Procedure;
        if is_procedure && style == BodyStyle::Json {
            as_object.insert(parameter.name.clone(), value);
        } else {
            words.extend(flags(argument, &value, is_procedure && argument.positional));
        }
    }
    if !as_object.is_empty() {
        words.extend(["--json".to_owned(), Value::Object(as_object).to_string()]);
    }
    let body = required.next().cloned().or_else(|| optional.remove("body"));
    assert!(required.next().is_none() && optional.is_empty(), "{}: {optional:?}", entry.name);
    match body {
        None => {}
        Some(SdkValue::Json(body)) => words.extend(json_body(&arguments, &body, style)),
        Some(SdkValue::File(None, bytes)) => {
            words.extend(["--file".to_owned(), file(folder, "bytes", &bytes)]);
        }
        Some(SdkValue::Form { required, optional }) => {
            let order = &entry.body.as_ref().unwrap().order;
            let members: Vec<&Argument> = order
                .iter()
                .map(|part| {
                    arguments
                        .iter()
                        .find(|argument| argument.name == *part && is_member(argument))
                        .unwrap()
                })
                .collect();
            let mut required = required.iter();
            let mut values = Vec::new();
            for member in members {
                let snake =
                    member.flag.strip_prefix("body-").unwrap_or(&member.flag).replace('-', "_");
                let value = if member.required { required.next() } else { optional.get(&snake) };
                values.extend(value.map(|value| (member, value)));
            }
            for (member, value) in &values {
                match value {
                    SdkValue::File(name, bytes) => {
                        let path = file(folder, name.as_deref().unwrap(), bytes);
                        words.extend([format!("--{}", member.flag), path]);
                    }
                    SdkValue::Json(value) if style == BodyStyle::Flags => {
                        words.extend(flags(member, value, false));
                    }
                    _ => {}
                }
            }
            if style == BodyStyle::Json {
                let object: BTreeMap<&str, &Value> = values
                    .iter()
                    .filter_map(|(member, value)| match value {
                        SdkValue::Json(value) => Some((member.name.as_str(), value)),
                        _ => None,
                    })
                    .collect();
                words.extend(["--json".to_owned(), json!(object).to_string()]);
            }
        }
        Some(other) => panic!("{}: {other:?}", entry.name),
    }
    assert!(entry.body.as_ref().is_none_or(|body| body.kind != BodyKind::Form));
    words
}

fn is_member(argument: &Argument) -> bool {
    matches!(argument.target, Target::Member(_))
}

fn json_body(arguments: &[Argument], body: &Value, style: BodyStyle) -> Vec<String> {
    let whole = || vec!["--json".to_owned(), body.to_string()];
    if style == BodyStyle::Json {
        return whole();
    }
    if let Some(argument) = arguments.iter().find(|argument| argument.target == Target::Body) {
        return flags(argument, body, false);
    }
    let Value::Object(members) = body else { return whole() };
    let mut words = Vec::new();
    let mut rest = serde_json::Map::new();
    for (name, value) in members {
        // An empty list or `null` has no flag, and some members of a union have none.
        let argument =
            arguments.iter().find(|argument| is_member(argument) && argument.name == *name);
        match argument {
            Some(argument) if !value.is_null() && *value != json!([]) => {
                words.extend(flags(argument, value, false));
            }
            _ => {
                rest.insert(name.clone(), value.clone());
            }
        }
    }
    if !rest.is_empty() || words.is_empty() {
        words.extend(["--json".to_owned(), Value::Object(rest).to_string()]);
    }
    words
}

/// The words for an argument of this value; without the flag, if it is given by position.
fn flags(argument: &Argument, value: &Value, by_position: bool) -> Vec<String> {
    let text = |value: &Value| match (value, &argument.shape.kind) {
        (Value::String(text), _) if argument.secret => format!("inline:{text}"),
        (Value::String(text), kind) if !matches!(kind, Kind::Json { .. }) => text.clone(),
        (value, _) => value.to_string(),
    };
    let values = match value {
        Value::Array(items) if argument.shape.many => items.iter().map(text).collect(),
        value => vec![text(value)],
    };
    match by_position {
        true => values,
        false => values.iter().map(|value| format!("--{}={value}", argument.flag)).collect(),
    }
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}
