//! The behaviour suite and a soak, with the item server as the vendor.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, Method};
use oneteg_auth::{ApiKey, Secret};
use oneteg_http::{
    Error, ErrorKind, Page, Pager, Pagination, PaginationStyle, RetryBudget, RetryPolicy, Runtime,
    codegen::Operation,
};
use oneteg_test_kit::{
    Capability, FaultProxy, ProxyFault, ServerFault, SoakOutcome, StoredItem, TestCredential,
    VendorAdapter, run_soak, run_suite, soak_call_count,
};
use serde_json::{Value, json};

use crate::{
    item_server::{ItemServer, KEY, echo},
    support::{EVIDENCE, Plain},
};

static LIST: Operation = Operation::new("list", "test", Method::GET, "/items", true, EVIDENCE)
    .paged(Pagination::new(PaginationStyle::Offset, "start", "size", "items", "total"));

fn client(address: SocketAddr, key: &str) -> oneteg_http::RuntimeBuilder {
    let key = ApiKey::in_header(HeaderName::from_static("x-key"), &Secret::new(key)).unwrap();
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Runtime::builder(format!("http://{address}"), Plain, key).retry(quick)
}

struct ItemServerAdapter {
    server: Arc<ItemServer>,
    address: SocketAddr,
    capabilities: BTreeSet<Capability>,
}

fn to_item(value: &Value) -> StoredItem {
    let member = |name: &str| value[name].as_str().unwrap().to_owned();
    StoredItem { id: member("id"), name: member("name") }
}

impl VendorAdapter for ItemServerAdapter {
    type Client = Runtime;

    fn capabilities(&self) -> BTreeSet<Capability> {
        self.capabilities.clone()
    }

    fn client(&self, credential: TestCredential) -> Result<Runtime, Error> {
        let key = if credential == TestCredential::Valid { KEY } else { "canary-bad" };
        client(self.address, key).build()
    }

    fn inject_fault(&self, fault: ServerFault) {
        self.server.faults.lock().unwrap().push_back(fault);
    }

    fn request_count(&self) -> u64 {
        self.server.requests.load(Relaxed)
    }

    fn item_count(&self) -> u64 {
        self.server.items.lock().unwrap().len() as u64
    }

    async fn sign_in(&self, client: &Runtime) -> Result<(), Error> {
        client.request(Method::GET, "/me").send::<Value>().await.map(|_| ())
    }

    fn pager(&self, client: &Runtime, page_size: u64) -> Pager<StoredItem> {
        let client = client.clone();
        // Pages of JSON values, because `StoredItem` is not what the server sends.
        let items = Pager::new(&LIST, move |page| {
            let request = client
                .request(Method::GET, "/items")
                .query("start", &page.start::<u64>())
                .query("size", &page.size::<u64>());
            async move {
                let response = request.send::<Value>().await?.into_inner();
                let items = response["items"].as_array().cloned();
                Ok(Page::new(items).total(response["total"].as_i64()).map(|item| to_item(&item)))
            }
        });
        items.page_size(page_size)
    }

    async fn upload(
        &self,
        client: &Runtime,
        name: &str,
        content: Bytes,
    ) -> Result<StoredItem, Error> {
        let request = client.request(Method::POST, "/items").query("name", name).body(content);
        Ok(to_item(&*request.send::<Value>().await?))
    }

    async fn download(&self, client: &Runtime, id: &str) -> Result<Bytes, Error> {
        let request = client.request(Method::GET, format!("/items/{id}/content"));
        Ok(request.send_stream().await?.into_inner().collect(1_000_000).await?.into())
    }

    async fn get(&self, client: &Runtime, id: &str) -> Result<StoredItem, Error> {
        let request = client.request(Method::GET, format!("/items/{id}"));
        Ok(to_item(&*request.send::<Value>().await?))
    }

    async fn rename(&self, client: &Runtime, id: &str, name: &str) -> Result<(), Error> {
        let request = client.request(Method::PUT, format!("/items/{id}"));
        request.json(&json!({"name": name})).send_empty().await.map(|_| ())
    }

    async fn delete(&self, client: &Runtime, id: &str) -> Result<(), Error> {
        let request = client.request(Method::DELETE, format!("/items/{id}"));
        request.send_empty().await.map(|_| ())
    }

    fn unknown_id(&self) -> String {
        "999999".to_owned()
    }
}

#[tokio::test]
async fn the_suite_passes_over_a_good_vendor() {
    let (server, address) = ItemServer::serve().await;
    let capabilities = BTreeSet::from(Capability::ALL);
    let report = run_suite(&ItemServerAdapter { server, address, capabilities }).await;
    println!("{report}");
    assert_eq!(report.failures(), Vec::<String>::new());
    assert_eq!(report.passed(), BTreeSet::from(Capability::ALL));
}

#[tokio::test]
async fn the_suite_finds_out_a_vendor_that_does_not_behave() {
    let (server, address) = ItemServer::serve().await;
    let capabilities = BTreeSet::from([Capability::SignIn, Capability::Upload, Capability::Delete]);
    let vendor = ItemServerAdapter { server, address, capabilities };
    for _ in 0..20 {
        vendor.inject_fault(ServerFault::Unavailable(1));
    }
    let report = run_suite(&vendor).await;
    assert_eq!(report.failures().len(), 3, "{report}");
    assert!(report.to_string().contains("Page: skipped"));
}

/// Thousands of calls through a proxy that disrupts most connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    const SEED: u64 = 4711;
    let (server, address) = ItemServer::serve().await;
    let proxy = FaultProxy::start(address, &ProxyFault::ALL, 70, SEED).await.unwrap();
    let client = |idle| {
        client(proxy.address(), KEY)
            .attempt_timeout(Duration::from_secs(5))
            .retry_budget(RetryBudget::unlimited())
            .max_idle_connections(idle)
            .build()
            .unwrap()
    };
    // Most calls open a connection and meet its fault. The others reuse one, and meet the fault of an earlier call.
    let (fresh, pooled) = (client(0), client(100));
    let calls = soak_call_count();
    let report = run_soak(calls, 16, |n| {
        let runtime = if n % 4 > 0 { fresh.clone() } else { pooled.clone() };
        async move {
            // A third of the calls are writes that must not be executed twice.
            let request = if n.is_multiple_of(3) {
                runtime.request(Method::POST, format!("/writes/{n}"))
            } else {
                runtime.request(Method::GET, format!("/echo/{n}"))
            };
            match request.send::<Value>().await {
                Ok(response) if *response == echo(n) => SoakOutcome::Correct,
                Ok(response) => SoakOutcome::Wrong(format!("{n}: {}", *response)),
                Err(error) => SoakOutcome::Failed(error),
            }
        }
    })
    .await;
    let requests = server.requests.load(Relaxed);
    println!(
        "{calls} calls, {} connections ({} ill-treated), {requests} requests at the server: {report:?}",
        proxy.connections(),
        proxy.faults()
    );
    assert_eq!(report.calls(), calls);
    assert_eq!(report.wrong, Vec::<String>::new());
    assert_eq!(report.panics, 0);
    let writes = server.writes.lock().unwrap();
    let twice = writes.values().filter(|times| **times > 1).count();
    assert_eq!(twice, 0, "writes were executed twice");
    // Faults did happen, and retries did help: most calls succeed.
    assert!(proxy.faults() > calls / 3, "the proxy disrupted too few connections");
    assert!(requests > calls, "nothing was retried");
    assert!(report.correct * 100 >= calls * 80, "{report:?}");
    assert!(report.memory_growth.is_none_or(|grown| grown < 16 << 20), "{report:?}");
    let kinds: BTreeSet<&str> = report.failed.keys().map(String::as_str).collect();
    let expected = BTreeSet::from(["Transport", "Timeout", "Decode", "Connect"]);
    assert!(kinds.is_subset(&expected), "{kinds:?}");
}

/// The server's counters show a client that repeats writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_a_client_that_repeats_writes() {
    let (server, address) = ItemServer::serve().await;
    let proxy = FaultProxy::start(address, &[ProxyFault::Reset, ProxyFault::Truncate], 100, 1)
        .await
        .unwrap();
    let runtime =
        client(proxy.address(), KEY).retry_budget(RetryBudget::unlimited()).build().unwrap();
    run_soak(300, 8, |n| {
        let runtime = runtime.clone();
        async move {
            let options = oneteg_http::CallOptions::new().idempotent(true);
            let request = runtime.request(Method::POST, format!("/writes/{n}")).options(options);
            match request.send::<Value>().await {
                Ok(_) => SoakOutcome::Correct,
                Err(error) => SoakOutcome::Failed(error),
            }
        }
    })
    .await;
    assert!(server.writes.lock().unwrap().values().any(|times| *times > 1));
}

#[tokio::test]
async fn the_kinds_of_faults_are_the_kinds_of_errors() {
    let (_shelf, address) = ItemServer::serve().await;
    for (fault, kinds) in [
        (ProxyFault::Delay, None),
        (ProxyFault::SlowDrip, None),
        (ProxyFault::Reset, Some([ErrorKind::Transport, ErrorKind::Transport])),
        (ProxyFault::ResetRequest, Some([ErrorKind::Transport, ErrorKind::Transport])),
        (ProxyFault::Truncate, Some([ErrorKind::Transport, ErrorKind::Transport])),
        (ProxyFault::HalfClose, Some([ErrorKind::Transport, ErrorKind::Transport])),
        (ProxyFault::Garbage, Some([ErrorKind::Transport, ErrorKind::Decode])),
    ] {
        let proxy = FaultProxy::start(address, &[fault], 100, 3).await.unwrap();
        let runtime = client(proxy.address(), KEY).retry(RetryPolicy::none()).build().unwrap();
        let mut failed = 0;
        for n in 0..100 {
            let request = runtime.request(Method::GET, format!("/echo/{n}"));
            match request.send::<Value>().await {
                Ok(response) => assert_eq!(*response, echo(n), "{fault:?}"),
                Err(error) => {
                    failed += 1;
                    let kinds = kinds.unwrap_or_else(|| panic!("{fault:?} caused {error:?}"));
                    assert!(kinds.contains(&error.kind()), "{fault:?} caused {error:?}");
                }
            }
        }
        assert_eq!(failed > 0, kinds.is_some(), "{fault:?} failed {failed} of 100 calls");
    }
}
