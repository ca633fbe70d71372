//! The behaviour that every vendor's client shares, as one suite. A vendor takes part through an adapter.

use std::{collections::BTreeSet, fmt, future::Future, time::Duration};

use bytes::Bytes;

use oneteg_http::{Error, ErrorKind, Pager};

/// What a vendor's client can do, and the suite checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Capability {
    SignIn,
    List,
    Page,
    Upload,
    Download,
    Update,
    Delete,
    ErrorKinds,
    Retry,
    Cancel,
}

impl Capability {
    /// All capabilities, in the order in which they are checked.
    pub const ALL: [Self; 10] = [
        Self::SignIn,
        Self::List,
        Self::Page,
        Self::Upload,
        Self::Download,
        Self::Update,
        Self::Delete,
        Self::ErrorKinds,
        Self::Retry,
        Self::Cancel,
    ];
}

/// The credential of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestCredential {
    /// A credential that the server accepts.
    Valid,
    /// A credential that the server rejects.
    Rejected,
}

/// What the server does with its next requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFault {
    /// Respond to this number of requests with 503, without executing them.
    Unavailable(u32),
    /// Respond to this number of requests with 429 and `Retry-After: 0`, without executing them.
    Throttled(u32),
    /// Accept the next request and never respond.
    NoResponse,
}

/// A file as a vendor stores it: an asset, a file or a document, reduced to what the suite needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    /// The vendor's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A vendor's client and server, as the suite sees them. The server is a sandbox, since faults are injected into it.
pub trait VendorAdapter: Sync {
    /// The vendor's client.
    type Client: Clone + Send + Sync;

    /// What the client can do. The suite skips the rest, and reports that.
    fn capabilities(&self) -> BTreeSet<Capability>;
    /// A client of the server. Its delays between attempts should be short.
    fn client(&self, credential: TestCredential) -> Result<Self::Client, Error>;
    /// Makes the server misbehave.
    fn inject_fault(&self, fault: ServerFault);
    /// The number of requests that the server received.
    fn request_count(&self) -> u64;
    /// The number of items that the server holds.
    fn item_count(&self) -> u64;

    /// A call that needs a valid credential and nothing else.
    fn sign_in(&self, client: &Self::Client) -> impl Future<Output = Result<(), Error>> + Send;
    /// All items, in pages of `page_size`.
    fn pager(&self, client: &Self::Client, page_size: u64) -> Pager<StoredItem>;
    /// Creates an item.
    fn upload(
        &self,
        client: &Self::Client,
        name: &str,
        content: Bytes,
    ) -> impl Future<Output = Result<StoredItem, Error>> + Send;
    /// The bytes of an item.
    fn download(
        &self,
        client: &Self::Client,
        id: &str,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send;
    /// An item, as the server has it now.
    fn get(
        &self,
        client: &Self::Client,
        id: &str,
    ) -> impl Future<Output = Result<StoredItem, Error>> + Send;
    /// Renames an item.
    fn rename(
        &self,
        client: &Self::Client,
        id: &str,
        name: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// Deletes an item.
    fn delete(
        &self,
        client: &Self::Client,
        id: &str,
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// The content of uploads: by default 100,000 bytes of any value.
    fn content(&self) -> Bytes {
        Bytes::from_iter((0..100_000_u32).map(|n| (n % 251) as u8))
    }

    /// An id without an item.
    fn unknown_id(&self) -> String;
    /// The kind of error that a request for it causes.
    fn unknown_id_error(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// The results of the suite. Displayed with one line for each capability.
#[derive(Debug, Default)]
pub struct SuiteReport(Vec<(Capability, Option<Result<(), String>>)>);

impl SuiteReport {
    /// The capabilities that failed, with the reason.
    pub fn failures(&self) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|(capability, result)| {
                let reason = result.as_ref()?.as_ref().err()?;
                Some(format!("{capability:?}: {reason}"))
            })
            .collect()
    }

    /// The capabilities that passed.
    pub fn passed(&self) -> BTreeSet<Capability> {
        self.0
            .iter()
            .filter(|(_, result)| matches!(result, Some(Ok(()))))
            .map(|(c, _)| *c)
            .collect()
    }
}

impl fmt::Display for SuiteReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (capability, result) in &self.0 {
            match result {
                Some(Ok(())) => writeln!(f, "{capability:?}: ok")?,
                Some(Err(reason)) => writeln!(f, "{capability:?}: FAILED: {reason}")?,
                None => writeln!(f, "{capability:?}: skipped")?,
            }
        }
        Ok(())
    }
}

/// Checks every capability of the adapter. Nothing else may use its server meanwhile.
pub async fn run_suite<V: VendorAdapter>(vendor: &V) -> SuiteReport {
    let capabilities = vendor.capabilities();
    let mut report = SuiteReport::default();
    for capability in Capability::ALL {
        let result = match capabilities.contains(&capability) {
            true => Some(check_capability(vendor, capability).await),
            false => None,
        };
        report.0.push((capability, result));
    }
    report
}

type CheckResult = Result<(), String>;

fn success<T>(result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("{error} ({:?})", error.kind()))
}

fn check(holds: bool, failure: impl Into<String>) -> CheckResult {
    holds.then_some(()).ok_or_else(|| failure.into())
}

fn fails_with<T>(result: Result<T, Error>, kind: ErrorKind) -> CheckResult {
    match result {
        Ok(_) => Err(format!("succeeded instead of {kind:?}")),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(format!("{:?} instead of {kind:?}: {error}", error.kind())),
    }
}

async fn check_capability<V: VendorAdapter>(vendor: &V, capability: Capability) -> CheckResult {
    let client = success(vendor.client(TestCredential::Valid))?;
    let content = || vendor.content();
    match capability {
        Capability::SignIn => {
            success(vendor.sign_in(&client).await)?;
            let refused = success(vendor.client(TestCredential::Rejected))?;
            fails_with(vendor.sign_in(&refused).await, ErrorKind::Authentication)
        }
        Capability::List => {
            let created = success(vendor.upload(&client, "list-me.bin", content()).await)?;
            let all = success(vendor.pager(&client, 100).all().await)?;
            check(all.contains(&created), "the new item is not listed")?;
            check(all.len() as u64 == vendor.item_count(), "the list is incomplete")
        }
        Capability::Page => check_pages(vendor, &client).await,
        Capability::Upload => {
            let before = vendor.item_count();
            let created = success(vendor.upload(&client, "a name with é.bin", content()).await)?;
            check(created.name == "a name with é.bin", format!("it is named {:?}", created.name))?;
            check(vendor.item_count() == before + 1, "the number of items did not grow by one")
        }
        Capability::Download => {
            let created = success(vendor.upload(&client, "download-me.bin", content()).await)?;
            let bytes = success(vendor.download(&client, &created.id).await)?;
            check(bytes == content(), format!("{} other bytes were received", bytes.len()))
        }
        Capability::Update => {
            let created = success(vendor.upload(&client, "before.bin", content()).await)?;
            success(vendor.rename(&client, &created.id, "after.bin").await)?;
            let renamed = success(vendor.get(&client, &created.id).await)?;
            check(renamed.name == "after.bin", format!("it is named {:?}", renamed.name))
        }
        Capability::Delete => {
            let created = success(vendor.upload(&client, "delete-me.bin", content()).await)?;
            success(vendor.delete(&client, &created.id).await)?;
            fails_with(vendor.get(&client, &created.id).await, vendor.unknown_id_error())
        }
        Capability::ErrorKinds => {
            let unknown = vendor.get(&client, &vendor.unknown_id()).await;
            if let Err(error) = &unknown {
                check(error.operation().is_some(), "the error names no operation")?;
                check(error.status().is_some(), "the error has no status")?;
                check(error.body_preview().is_some(), "the error shows nothing of the response")?;
            }
            fails_with(unknown, vendor.unknown_id_error())
        }
        Capability::Retry => check_retries(vendor, &client).await,
        Capability::Cancel => check_cancellation(vendor, &client).await,
    }
}

async fn check_pages<V: VendorAdapter>(vendor: &V, client: &V::Client) -> CheckResult {
    for n in 0..5 {
        success(vendor.upload(client, &format!("page-{n}.bin"), Bytes::from_static(b"x")).await)?;
    }
    let all = success(vendor.pager(client, 100).all().await)?;
    let paged = success(vendor.pager(client, 2).all().await)?;
    check(all == paged, "pages of 2 list other items than pages of 100")?;
    let prefetched = success(vendor.pager(client, 2).prefetch(2).all().await)?;
    check(all == prefetched, "prefetched pages list other items")?;
    let mut first = vendor.pager(client, 2);
    let mut items = Vec::new();
    for _ in 0..3 {
        items.push(success(first.next().await.ok_or("the list ended early")?)?);
    }
    let stored = serde_json::to_string(&first.continuation()).map_err(|e| e.to_string())?;
    let from = serde_json::from_str(&stored).map_err(|e| e.to_string())?;
    items.extend(success(success(vendor.pager(client, 2).resume(from))?.all().await)?);
    check(all == items, "a continuation lists other items")
}

async fn check_retries<V: VendorAdapter>(vendor: &V, client: &V::Client) -> CheckResult {
    // A read is retried, and succeeds.
    let before = vendor.request_count();
    vendor.inject_fault(ServerFault::Unavailable(2));
    success(vendor.sign_in(client).await)?;
    check(vendor.request_count() == before + 3, "a read did not take three attempts")?;
    // A write that the server may have executed is not retried.
    let (before, stored) = (vendor.request_count(), vendor.item_count());
    vendor.inject_fault(ServerFault::Unavailable(1));
    let write = vendor.upload(client, "once.bin", Bytes::from_static(b"x")).await;
    fails_with(write, ErrorKind::Server)?;
    check(vendor.request_count() == before + 1, "a write was retried after a 503")?;
    check(vendor.item_count() == stored, "the server executed a write that it rejected")?;
    // A write that the server did not execute is.
    vendor.inject_fault(ServerFault::Throttled(1));
    success(vendor.upload(client, "twice.bin", Bytes::from_static(b"x")).await)?;
    check(vendor.item_count() == stored + 1, "a throttled write was not executed once")
}

async fn check_cancellation<V: VendorAdapter>(vendor: &V, client: &V::Client) -> CheckResult {
    let before = vendor.request_count();
    vendor.inject_fault(ServerFault::NoResponse);
    let call = vendor.sign_in(client);
    // The call is dropped only once the server has the request, as its counter shows.
    let arrived = async {
        while vendor.request_count() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        result = call => return Err(format!("a server without a response returned: {result:?}")),
        () = arrived => {}
    }
    success(vendor.sign_in(client).await)?;
    check(vendor.request_count() == before + 2, "a dropped call continued")
}
