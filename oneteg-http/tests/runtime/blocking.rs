//! The facade for programs that are not async.

use std::{
    io::{Read, Write},
    sync::{Arc, mpsc},
};

use http::Method;
use oneteg_auth::{Authenticator, MemoryStore, SessionKey, TokenStore};
use oneteg_http::{
    Error, ErrorKind, Page, Pager, Pagination, PaginationStyle, blocking::Blocking,
    codegen::Operation,
};
use oneteg_test_kit::http_response;
use serde_json::Value;

use crate::support::{self, EVIDENCE};

static LIST: Operation = Operation::new("list", "test", Method::GET, "/list", true, EVIDENCE)
    .paged(Pagination::new(PaginationStyle::Offset, "", "", "", ""));

#[test]
fn calls_lists_and_reads_without_async() {
    let blocking = Blocking::new().unwrap();
    let runtime = support::runtime(|_| async { Ok(http_response(200, &[], r#"{"a":1}"#)) });
    let value = blocking.run(runtime.request(Method::GET, "/").send::<Value>()).unwrap();
    assert_eq!(value["a"], 1);

    let body = blocking.run(runtime.request(Method::GET, "/").send_stream()).unwrap().into_inner();
    let mut body_string = String::new();
    blocking.reader(body).read_to_string(&mut body_string).unwrap();
    assert_eq!(body_string, r#"{"a":1}"#);

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
    let blocking = Arc::new(Blocking::new().unwrap());
    let call = |blocking: &Blocking| {
        // With a timer and a separate task, which need the runtime of the calls.
        blocking.run(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            tokio::spawn(async {}).await.unwrap();
            tokio::task::yield_now().await;
            Ok(())
        })
    };
    let shared = Arc::clone(&blocking);
    tokio::task::spawn_blocking(move || call(&shared)).await.unwrap().unwrap();
    let shared = Arc::clone(&blocking);
    std::thread::spawn(move || call(&shared)).join().unwrap().unwrap();
    tokio::task::block_in_place(|| call(&blocking)).unwrap();
    tokio::task::yield_now().await;
    // Inside a future it is still refused, even after that, and in a task that has yielded before.
    assert_eq!(call(&blocking).unwrap_err().kind(), ErrorKind::Configuration);
    let shared = Arc::clone(&blocking);
    let task = tokio::spawn(async move {
        tokio::task::yield_now().await;
        call(&shared).unwrap_err().kind()
    });
    assert_eq!(task.await.unwrap(), ErrorKind::Configuration);
    let local = tokio::task::LocalSet::new();
    let kind = local.run_until(async { call(&blocking).unwrap_err().kind() }).await;
    assert_eq!(kind, ErrorKind::Configuration);
    // A future that tokio does not poll blocks its thread, and does not panic.
    tokio::task::unconstrained(async { call(&blocking) }).await.unwrap();
    tokio::task::spawn_blocking(move || drop(blocking)).await.unwrap();
}

/// A token endpoint that reports when it has received a request, and responds on demand.
fn token_endpoint() -> (oneteg_auth::OAuth2Config, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
    let (received, seen) = mpsc::channel();
    let (respond, told) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        received.send(()).unwrap();
        told.recv().unwrap();
        let body = r#"{"access_token":"fresh","token_type":"Bearer","expires_in":3600}"#;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
        let response = format!("{head}Content-Type: application/json\r\n\r\n{body}");
        stream.write_all(response.as_bytes()).unwrap();
    });
    (oneteg_auth::OAuth2Config::client_credentials("client", "s3cret", url), seen, respond)
}

/// Starts a token request in a runtime of this facade, and drops it.
fn give_up(blocking: &Blocking, session: &oneteg_auth::OAuth2, seen: mpsc::Receiver<()>) {
    let session = session.clone();
    let call = async move {
        let received = tokio::task::spawn_blocking(move || seen.recv());
        let url = "https://api.example/".parse().unwrap();
        let mut headers = http::HeaderMap::new();
        tokio::select! {
            result = session.authorize(oneteg_auth::AuthRequest::new(&url, &mut headers)) => {
                panic!("there was no response, but the result {result:?}")
            }
            received = received => received.unwrap().unwrap(),
        }
        Ok(())
    };
    blocking.run(call).unwrap();
}

fn stored(store: &Arc<MemoryStore>) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(stored_now(store))
}

fn session(config: oneteg_auth::OAuth2Config) -> (oneteg_auth::OAuth2, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    let builder = oneteg_auth::OAuth2::builder(config);
    (builder.store(store.clone(), SessionKey::new("session")).build().unwrap(), store)
}

#[test]
fn a_token_request_outlives_the_end_of_the_program() {
    let (config, seen, respond) = token_endpoint();
    let (session, store) = session(config);
    let blocking = Blocking::new().unwrap();
    give_up(&blocking, &session, seen);
    std::thread::scope(|scope| {
        let ending = scope.spawn(|| drop(blocking));
        assert!(!stored(&store));
        respond.send(()).unwrap();
        ending.join().unwrap();
    });
    assert!(stored(&store), "the provider's tokens were dropped");
}

#[test]
fn dropped_in_an_async_program_it_blocks_nobody_and_loses_nothing() {
    let (config, seen, respond) = token_endpoint();
    let (session, store) = session(config);
    let blocking = Blocking::new().unwrap();
    give_up(&blocking, &session, seen);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        drop(blocking);
        // The drop returned before there was a response.
        assert!(!stored_now(&store).await);
        respond.send(()).unwrap();
        session.close().await.unwrap();
        assert!(stored_now(&store).await, "the provider's tokens were dropped");
    });
}

async fn stored_now(store: &Arc<MemoryStore>) -> bool {
    let session = store.load(&SessionKey::new("session")).await.unwrap();
    session.is_some_and(|session| session.tokens.is_some())
}
