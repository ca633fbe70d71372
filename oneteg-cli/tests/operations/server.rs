//! A server that records requests, and a user with a connection to it.

use std::{sync::mpsc, thread};

use axum::{body::Body, http::Response};
use oneteg_test_kit::recorder::{CANARY, RecordedRequest, RequestRecorder, json_response};
use serde_json::{Value, json};

use crate::common::Cli;

/// A server in a thread, which records requests.
pub struct Server {
    pub url: String,
    requests: mpsc::Receiver<RecordedRequest>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    pub fn start<F>(respond: F) -> Self
    where
        F: Fn(&RecordedRequest) -> Response<Body> + Clone + Send + Sync + 'static,
    {
        let (record, requests) = mpsc::channel();
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = RequestRecorder::start(move |request| {
                    let _ = record.send(request.clone());
                    respond(request)
                });
                started.send(server.await.url).unwrap();
                let _ = stopped.await;
            });
        });
        let (stop, thread) = (Some(stop), Some(thread));
        Self { url: starting.recv().unwrap(), requests, stop, thread }
    }

    /// The requests since the last call.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.try_iter().collect()
    }

    /// The only request since the last call.
    pub fn only(&self) -> RecordedRequest {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A user with the connection `nx` to a server; the key is a canary.
pub fn connected(server: &Server) -> Cli {
    let cli = Cli::new();
    let key = format!("inline:{CANARY}");
    let add = ["connection", "add", "nx", "--vendor", "netx", "--url", &server.url];
    cli.ok(&[&add[..], &["--api-key", &key]].concat());
    cli
}

/// A server of NetX whose procedures return this.
pub fn netx(result: Value) -> Server {
    Server::start(move |request| {
        let id = &request.json()["id"];
        json_response(json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string())
    })
}

pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
