//! Every row of `tests/data/retry-decisions.csv`: a call is made with the given results of its attempts, on a paused
//! clock, and its attempts, delays and result are compared.
//!
//! Columns: the vendor; the call (an operation of the tests, or a method for a call that the specification does not
//! have); its body; options; the results of the attempts in order, after which the server responds with 200.
//! Expected: the number of attempts, the delays in milliseconds (with the maximum jitter; an attempt that hangs takes
//! 5 s), the refusals reported to the credential, the kind of the error, and why there was no further attempt.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    time::Duration,
};

use oneteg_http::{
    CallOptions, Error, ErrorKind, RetryBudget, Runtime, UploadSource,
    codegen::{Operation, OperationRequest},
};
use oneteg_test_kit::http_response;
use serde_json::Value;
use tokio::time::Instant;

use crate::support::{self, Counting, READ, RPC_READ, RPC_WRITE, WRITE};

const TABLE: &str = include_str!("../data/retry-decisions.csv");

static PUBLIC: Operation =
    Operation::new("read", "test", http::Method::GET, "/thing", true, support::EVIDENCE)
        .accepting("application/json")
        .public();
static RPC_PUBLIC: Operation =
    Operation::new("get", "test", http::Method::POST, "/api/rpc", true, support::EVIDENCE)
        .accepting("application/json")
        .rpc("get", &[])
        .public();

#[derive(Debug, PartialEq)]
struct End {
    attempts: u32,
    waited_ms: u128,
    refused: u64,
    end: String,
    gave_up: String,
}

/// The result of an attempt; `None` never ends.
fn outcome(name: &str) -> Option<Result<reqwest::Response, Error>> {
    let (base, wait) = name.split_once("+ra=").unwrap_or((name, ""));
    let failed = |kind| Some(Err(Error::new(kind, "scripted")));
    let json = |status, body: &'static str| Some(Ok(http_response(status, &[], body)));
    let scope = [("www-authenticate", "Bearer error=\"insufficient_scope\"")];
    match base {
        "hang" => None,
        "connect" => failed(ErrorKind::Connect),
        "timeout" => failed(ErrorKind::Timeout),
        "transport" => failed(ErrorKind::Transport),
        "io" => failed(ErrorKind::Io),
        "html" => Some(Ok(http_response(200, &[("content-type", "text/html")], "<html></html>"))),
        "torn" => json(200, r#"{"result":"#),
        "401-scope" => Some(Ok(http_response(401, &scope, ""))),
        "403-scope" => Some(Ok(http_response(403, &scope, ""))),
        "gateway-401" => json(
            401,
            r#"{"statusCode":401,"message":"Access denied due to missing subscription key."}"#,
        ),
        "gateway-429" => json(
            429,
            r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 12 seconds."}"#,
        ),
        "rpc-10000" => json(200, r#"{"error":{"code":10000,"message":"expired"}}"#),
        "rpc-3004" => json(200, r#"{"error":{"code":3004,"message":"no"}}"#),
        status if wait.is_empty() => Some(Ok(http_response(status.parse().unwrap(), &[], ""))),
        status => Some(Ok(http_response(status.parse().unwrap(), &[("retry-after-ms", wait)], ""))),
    }
}

async fn run(row: &[&str]) -> End {
    let [vendor, name, body, options, outcomes] = row[..5] else { panic!("{row:?}") };
    let options: HashMap<&str, &str> =
        options.split(' ').map(|option| option.split_once('=').unwrap_or((option, ""))).collect();
    let number = |name: &str| options.get(name).map(|text| text.parse::<u64>().unwrap());

    let mut left = VecDeque::new();
    for item in outcomes.split(' ') {
        let (item, times) = item.split_once('*').unwrap_or((item, "1"));
        left.extend(std::iter::repeat_n(item.to_owned(), times.parse().unwrap()));
    }
    let left = Arc::new(Mutex::new(left));
    let counter = Arc::new(Mutex::new(0_u32));
    let attempts = Arc::clone(&counter);
    let credential = Counting::with_newer(number("newer").unwrap_or(0));
    let mut builder = support::vendor(vendor)(credential.clone())
        .retry(support::full_jitter().build())
        .attempt_timeout(Duration::from_secs(5))
        .transport(move |_| {
            *counter.lock().unwrap() += 1;
            let next = left.lock().unwrap().pop_front();
            async move {
                let next =
                    next.map_or_else(|| Some(Ok(http_response(200, &[], OK))), |n| outcome(&n));
                match next {
                    Some(result) => result,
                    None => std::future::pending().await,
                }
            }
        });
    if let Some(budget) = number("budget") {
        builder = builder.retry_budget(RetryBudget::new(u32::try_from(budget).unwrap(), 0.1, 0.0));
    }
    let runtime = builder.build().unwrap();

    let mut call_options = CallOptions::new();
    if let Some(attempts) = number("tries") {
        let attempts = u32::try_from(attempts).unwrap();
        call_options = call_options.retry(support::full_jitter().max_attempts(attempts).build());
    }
    if let Some(limit) = number("timeout") {
        call_options = call_options.timeout(Duration::from_millis(limit));
    }
    if let Some(yes) = options.get("idempotent") {
        call_options = call_options.idempotent(*yes == "yes");
    }
    // File transfers have no time limit for the whole call by default; the rows are ordinary calls.
    if body != "none" && !options.contains_key("timeout") {
        call_options = call_options.timeout(Duration::from_secs(120));
    }
    let began = Instant::now();
    let public = options.contains_key("public");
    let result = send(&runtime, name, body, public, call_options).await;
    let waited_ms = began.elapsed().as_millis();
    let (attempts, refused) = (*attempts.lock().unwrap(), credential.0.refused.load(Relaxed));
    // Each attempt of a call with a credential is authorised again.
    let authorized = credential.0.authorized.load(Relaxed);
    assert_eq!(authorized, if public { 0 } else { u64::from(attempts) }, "{row:?}");
    match result {
        Ok(_) => {
            End { attempts, waited_ms, refused, end: "ok".to_owned(), gave_up: "-".to_owned() }
        }
        Err(error) => {
            assert_eq!(error.attempts(), attempts, "{row:?}");
            let gave_up = error.gave_up().map_or("-".to_owned(), |why| format!("{why:?}"));
            End { attempts, waited_ms, refused, end: format!("{:?}", error.kind()), gave_up }
        }
    }
}

const OK: &str = r#"{"result":1}"#;

async fn send(
    runtime: &Runtime,
    name: &str,
    body: &str,
    public: bool,
    options: CallOptions,
) -> Result<Value, Error> {
    let source = match body {
        "none" => None,
        "bytes" => Some(UploadSource::bytes("abc")),
        "stream" => Some(UploadSource::stream(futures_util::stream::empty(), None)),
        _ => panic!("{body}"),
    };
    let operation = match name {
        "read" if public => &PUBLIC,
        "read" => &READ,
        "write" => &WRITE,
        "rpc-read" | "rpc-write" if public => &RPC_PUBLIC,
        "rpc-read" => &RPC_READ,
        "rpc-write" => &RPC_WRITE,
        method => {
            let method = http::Method::from_bytes(method.as_bytes()).unwrap();
            let mut request = runtime.request(method, "/thing").options(options);
            if let Some(source) = source {
                request = request.body(source);
            }
            return request.send().await.map(oneteg_http::ResponseValue::into_inner);
        }
    };
    let mut call = OperationRequest::new(operation, options);
    if let Some(source) = source {
        call.upload(source);
    }
    runtime.json(call).await.map(oneteg_http::ResponseValue::into_inner)
}

#[tokio::test(start_paused = true)]
async fn every_row_holds() {
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in TABLE.lines().skip(1) {
        rows += 1;
        let row: Vec<&str> = line.split(',').collect();
        let [attempts, waited_ms, refused, end, gave_up] = row[5..] else { panic!("{line}") };
        let expected = End {
            attempts: attempts.parse().unwrap(),
            waited_ms: waited_ms.parse().unwrap(),
            refused: refused.parse().unwrap(),
            end: end.to_owned(),
            gave_up: gave_up.to_owned(),
        };
        let found = run(&row).await;
        if found != expected {
            wrong.push(format!("{line}\n  found {found:?}"));
        }
    }
    assert!(rows >= 160, "the table has {rows} rows");
    assert!(wrong.is_empty(), "{} of {rows} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}
