//! Redirects are followed with the credential on the same server and without it to other servers, but not from
//! `https` to `http` nor to this machine. The responses of other servers do not affect the client.

use std::{
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
    time::Duration,
};

use http::{HeaderValue, Method, header};
use oneteg_http::{
    CallOptions, Error, ErrorKind, GiveUp, RetryPolicy, Runtime, UploadSource,
    codegen::OperationRequest,
};
use oneteg_test_kit::http_response;
use serde_json::Value;
use tokio::time::Instant;

use crate::support::{self, Counting, Plain, READ};

const JSON: (&str, &str) = ("content-type", "application/json");
const AWAY: &str = "https://storage.example/file?sig=canary";

/// The requests of a call: where each was sent, and the credential that it carried.
type Seen = Arc<Mutex<Vec<(String, Option<String>)>>>;

/// A runtime with a base URL; `respond` receives the URL of each request.
fn runtime(
    base: &str,
    auth: &Counting,
    seen: &Seen,
    respond: impl Fn(&str) -> reqwest::Response + Send + Sync + 'static,
) -> Runtime {
    let seen = Arc::clone(seen);
    let builder = Runtime::builder(base, Plain, auth.clone()).retry(RetryPolicy::none());
    let script = move |request: reqwest::Request| {
        let credential = request.headers().get(header::AUTHORIZATION);
        let credential = credential.map(|value| value.to_str().unwrap().to_owned());
        seen.lock().unwrap().push((request.url().to_string(), credential));
        let response = respond(request.url().as_str());
        async move { Ok(response) }
    };
    builder.transport(script).build().unwrap()
}

fn to(location: &'static str, status: u16) -> reqwest::Response {
    http_response(status, &[("location", location)], "moved")
}

async fn get(runtime: &Runtime) -> Result<Value, Error> {
    let call = OperationRequest::new(&READ, CallOptions::new());
    runtime.json::<Value>(call).await.map(oneteg_http::ResponseValue::into_inner)
}

fn places(seen: &Seen) -> Vec<(String, bool)> {
    let seen = seen.lock().unwrap();
    seen.iter().map(|(url, credential)| (url.clone(), credential.is_some())).collect()
}

#[tokio::test]
async fn a_redirect_on_the_same_server_keeps_credential_and_headers() {
    for status in [301, 302, 303, 307, 308] {
        let (auth, seen) = (Counting::default(), Seen::default());
        let runtime = runtime("https://api.example", &auth, &seen, move |url| match url {
            "https://api.example/thing" => to("/thing/", status),
            "https://api.example/thing/" => to("https://api.example:443/things", status),
            _ => http_response(200, &[JSON], "[1]"),
        });
        assert_eq!(get(&runtime).await.unwrap(), serde_json::json!([1]));
        let urls = [
            "https://api.example/thing",
            "https://api.example/thing/",
            "https://api.example/things",
        ];
        assert_eq!(places(&seen), urls.map(|url| (url.to_owned(), true)));
    }
}

#[tokio::test]
async fn a_redirect_that_leads_back_from_elsewhere_goes_without_the_credential() {
    let (auth, seen) = (Counting::with_newer(9), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |url| match url {
        "https://api.example/thing" => to(AWAY, 302),
        AWAY => to("https://api.example/other", 302),
        _ => http_response(401, &[], ""),
    });
    let error = get(&runtime).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    let carried: Vec<bool> = places(&seen).iter().map(|(_, with)| *with).collect();
    assert_eq!(carried, [true, false, false]);
    assert_eq!(auth.0.refused.load(Relaxed), 0);
}

#[tokio::test]
async fn a_401_after_a_redirect_on_the_same_server_renews_the_credential_that_was_sent() {
    let (auth, seen) = (Counting::with_newer(1), Seen::default());
    let requests = Arc::new(Mutex::new(0));
    let runtime = runtime("https://api.example", &auth, &seen, move |url| {
        *requests.lock().unwrap() += 1;
        match url {
            "https://api.example/thing" => to("/thing/", 301),
            _ if *requests.lock().unwrap() == 2 => http_response(401, &[], ""),
            _ => http_response(200, &[JSON], "1"),
        }
    });
    assert_eq!(get(&runtime).await.unwrap(), 1);
    assert_eq!(auth.0.refused.load(Relaxed), 1);
    let carried: Vec<_> =
        seen.lock().unwrap().iter().map(|(_, with)| with.clone().unwrap()).collect();
    assert_eq!(carried, ["canary-0", "canary-0", "canary-1", "canary-1"]);
}

#[tokio::test]
async fn the_version_that_is_refused_after_a_redirect_is_the_one_that_was_sent_last() {
    let (auth, seen) = (Counting::with_newer(2), Seen::default());
    let other = auth.clone();
    let runtime = runtime("https://api.example", &auth, &seen, move |url| {
        // Another caller renews the credential between the redirect and its target.
        let version = other.0.version.fetch_max(1, Relaxed);
        match url {
            "https://api.example/thing" => to("/thing/", 301),
            _ if version < 2 => http_response(401, &[], ""),
            _ => http_response(200, &[JSON], "1"),
        }
    });
    assert_eq!(get(&runtime).await.unwrap(), 1);
    let carried: Vec<_> =
        seen.lock().unwrap().iter().map(|(_, with)| with.clone().unwrap()).collect();
    assert_eq!(carried, ["canary-0", "canary-1", "canary-2", "canary-2"]);
}

#[tokio::test]
async fn a_refusal_by_another_server_says_nothing_about_the_credential() {
    for (status, body) in [
        (401, ""),
        (401, r#"{"message":"token expired"}"#),
        (401, "<html>sign in</html>"),
        (403, ""),
        (403, "<Error><Code>AuthenticationFailed</Code></Error>"),
    ] {
        let (auth, seen) = (Counting::with_newer(9), Seen::default());
        let runtime = runtime("https://api.example", &auth, &seen, move |url| match url {
            "https://api.example/thing" => to(AWAY, 302),
            _ => http_response(status, &[], body),
        });
        let decoded = get(&runtime).await.unwrap_err();
        let streamed = runtime.request(Method::GET, "/thing").send_stream().await.unwrap_err();
        for error in [decoded, streamed] {
            assert_eq!(
                (error.status().unwrap(), error.attempts(), error.gave_up()),
                (status.try_into().unwrap(), 1, None)
            );
            assert!(!error.to_string().contains("sign in again"), "{error}");
            for part in ["storage.example", &format!("HTTP {status}"), "no media type"] {
                assert!(error.message().contains(part), "{part}: {error}");
            }
        }
        assert_eq!(auth.0.refused.load(Relaxed), 0, "{status} {body}");
        assert_eq!(auth.0.version.load(Relaxed), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_from_another_server_slows_no_other_call_down() {
    let (auth, seen) = (Counting::default(), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |url| match url {
        "https://api.example/thing" => to(AWAY, 302),
        AWAY => http_response(429, &[("retry-after", "30")], ""),
        _ => http_response(200, &[JSON], "1"),
    });
    let began = Instant::now();
    let error = get(&runtime).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(30)))
    );
    let direct = runtime.request_external(Method::GET, AWAY.parse().unwrap()).send_empty().await;
    assert_eq!(direct.unwrap_err().kind(), ErrorKind::RateLimited);
    runtime.request(Method::GET, "/other").send::<Value>().await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO, "the client was delayed");
}

#[tokio::test(start_paused = true)]
async fn a_429_from_the_own_server_holds_other_calls_back_also_where_no_credential_was_sent() {
    let (auth, seen) = (Counting::default(), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |url| match url {
        "https://api.example/public" => http_response(429, &[("retry-after", "5")], ""),
        "https://api.example/thing" => to("/thing/", 302),
        "https://api.example/thing/" => http_response(429, &[("retry-after", "7")], ""),
        _ => http_response(200, &[JSON], "1"),
    });
    let began = Instant::now();
    let public = "https://api.example/public".parse().unwrap();
    runtime.request_external(Method::GET, public).send_empty().await.unwrap_err();
    runtime.request(Method::GET, "/other").send::<Value>().await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    get(&runtime).await.unwrap_err();
    runtime.request(Method::GET, "/other").send::<Value>().await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(12));
}

#[tokio::test]
async fn nobody_is_led_from_https_into_the_clear_or_into_this_machine() {
    for location in [
        "http://api.example/thing",
        "http://storage.example/thing?sig=canary",
        "http://127.0.0.1:8080/thing",
        "http://localhost/thing",
        "http://[::1]:9/thing",
        "ftp://storage.example/thing",
        "file:///etc/passwd",
    ] {
        for first in ["https://api.example/thing", AWAY] {
            let (auth, seen) = (Counting::default(), Seen::default());
            let runtime = runtime("https://api.example", &auth, &seen, move |url| match url {
                url if url == first => to(location, 302),
                "https://api.example/thing" => to(AWAY, 302),
                _ => http_response(200, &[JSON], "1"),
            });
            let error = get(&runtime).await.unwrap_err();
            let scheme = location.split(':').next().unwrap();
            assert!(
                places(&seen).iter().all(|(url, _)| url.starts_with("https:")),
                "{:?}",
                places(&seen)
            );
            assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Api, 302));
            assert!(
                error.message().contains(scheme) && !error.message().contains("canary"),
                "{error}"
            );
        }
        let (auth, seen) = (Counting::default(), Seen::default());
        let runtime =
            runtime("https://api.example", &auth, &seen, |_| http_response(200, &[JSON], "1"));
        let request = runtime.request_external(Method::PUT, location.parse().unwrap());
        let error = request.body(vec![1, 2, 3]).send_empty().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{location}");
        assert_eq!(places(&seen), []);
    }
    // What is not a URL is reported as such.
    for location in ["//", "https://api.example:99999/"] {
        let (auth, seen) = (Counting::default(), Seen::default());
        let runtime = runtime("https://api.example", &auth, &seen, |_| to(location, 302));
        let error = get(&runtime).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(error.message().contains("an address that is not a URL"), "{error}");
    }
    // A server on this machine may redirect to this machine.
    let (auth, seen) = (Counting::default(), Seen::default());
    let runtime = runtime("http://127.0.0.1:9", &auth, &seen, |url| match url {
        "http://127.0.0.1:9/thing" => to("http://localhost:10/x", 302),
        _ => http_response(200, &[JSON], "1"),
    });
    get(&runtime).await.unwrap();
    let request = runtime.request_external(Method::PUT, "http://localhost:10/x".parse().unwrap());
    request.body(vec![1]).send_empty().await.unwrap();
    assert_eq!(places(&seen).len(), 3);
}

#[tokio::test]
async fn a_location_in_raw_utf8_is_followed() {
    for (bytes, url) in [
        (&b"/files/caf\xc3\xa9.jpg"[..], "https://api.example/files/caf%C3%A9.jpg"),
        (b"/files/caf\xe9.jpg", "https://api.example/files/caf%E9.jpg"),
        (b"https://cdn.example/\xe6\x96\x87?n=\xc3\xbc", "https://cdn.example/%E6%96%87?n=%C3%BC"),
    ] {
        let (auth, seen) = (Counting::default(), Seen::default());
        let runtime = runtime("https://api.example", &auth, &seen, move |requested| {
            if requested == url {
                return http_response(200, &[JSON], "1");
            }
            let mut response = http_response(302, &[], "");
            let location = HeaderValue::from_bytes(bytes).unwrap();
            response.headers_mut().insert(header::LOCATION, location);
            response
        });
        get(&runtime).await.unwrap();
        assert_eq!(places(&seen)[1].0, url);
    }
}

#[tokio::test]
async fn a_write_to_a_base_url_that_moved_is_told_where_to() {
    for status in [301, 307, 308] {
        let (auth, seen) = (Counting::default(), Seen::default());
        let moved = runtime("https://api.example", &auth, &seen, move |_| {
            to("https://new.example:8443/thing?key=canary", status)
        });
        let rpc = OperationRequest::new(&support::RPC_WRITE, CallOptions::new());
        let errors = [
            moved.request(Method::POST, "/thing").json(&1).send::<Value>().await.unwrap_err(),
            moved.json::<Value>(rpc).await.unwrap_err(),
            moved.request(Method::PUT, "/thing").body(vec![1]).send_empty().await.unwrap_err(),
        ];
        for error in errors {
            let words = error.message();
            assert!(words.contains("https://new.example:8443"), "{error}");
            assert!(words.contains("correct the base URL"), "{error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            assert_eq!(
                (error.kind(), error.status().unwrap().as_u16()),
                (ErrorKind::Configuration, status)
            );
        }
        assert_eq!(places(&seen).len(), 3, "a write was sent to another server");
    }
    // To `https`, which is the usual move.
    let (auth, seen) = (Counting::default(), Seen::default());
    let plain =
        runtime("http://127.0.0.1:9", &auth, &seen, |_| to("https://127.0.0.1:9/thing", 301));
    let error = plain.request(Method::POST, "/thing").send::<Value>().await.unwrap_err();
    assert!(error.message().contains("https://127.0.0.1:9"), "{error}");
    assert!(error.message().contains("correct the base URL"), "{error}");
    // A sign-in page is not a move.
    let (auth, seen) = (Counting::default(), Seen::default());
    let sso =
        runtime("https://api.example", &auth, &seen, |_| to("https://sso.example/login", 302));
    let error = sso.request(Method::POST, "/thing").send::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api);
    assert!(error.message().contains("https://sso.example"), "{error}");
    assert!(error.message().contains("sign-in"), "{error}");
}

#[tokio::test]
async fn a_status_that_is_no_redirect_is_not_followed() {
    let (auth, seen) = (Counting::default(), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |_| to("/other", 304));
    let error = get(&runtime).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), places(&seen).len()), (304, 1));
}

#[tokio::test]
async fn redirects_without_an_end_are_given_up() {
    let (auth, seen) = (Counting::default(), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |_| to("/thing", 302));
    let error = get(&runtime).await.unwrap_err();
    assert!(error.message().contains("10 times"), "{error}");
    assert_eq!(places(&seen).len(), 11);
}

#[tokio::test]
async fn a_refused_credential_is_given_up_also_where_the_body_was_a_stream() {
    let (auth, seen) = (Counting::with_newer(1), Seen::default());
    let runtime = runtime("https://api.example", &auth, &seen, |_| http_response(401, &[], ""));
    for refused in 1..=3 {
        auth.0.version.store(refused - 1, Relaxed);
        auth.0.newest.store(refused, Relaxed);
        let stream = futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"abc"))]);
        let request =
            runtime.request(Method::PUT, "/thing").body(UploadSource::stream(stream, None));
        let error = request.send_empty().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.status().unwrap().as_u16()),
            (ErrorKind::Authentication, 401)
        );
        assert_eq!((error.gave_up(), error.attempts()), (Some(GiveUp::BodyConsumed), 1));
        assert_eq!(
            auth.0.refused.load(Relaxed),
            refused,
            "the refusal was not reported to the credential, or twice"
        );
        // The next call uses the newer credential.
        assert_eq!(auth.0.version.load(Relaxed), refused);
    }
}
