//! What every vendor's client must do, written once. A vendor joins with an adapter.

use std::{collections::BTreeSet, fmt, future::Future, time::Duration};

use bytes::Bytes;

use oneteg_http::{Error, ErrorKind, Pager};

/// What a vendor's client can do, and the suite can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
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
    /// All of them, in the order in which they are tried.
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

/// Which credential a client is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestCredential {
    /// One that the server accepts.
    Valid,
    /// One that the server rejects.
    Rejected,
}

/// What the server is told to do with the requests that come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFault {
    /// Answer this many requests with 503, without doing anything.
    Unavailable(u32),
    /// Answer this many requests with 429 and `Retry-After: 0`, without doing anything.
    Throttled(u32),
    /// Take the next request and never answer it.
    NoResponse,
}

/// A file as a vendor keeps it: the suite needs no more of an asset, a file or a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    /// The vendor's id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A vendor's client and its server, as the suite sees them. The server is one that can be told to
/// misbehave: a sandbox, not the vendor's own.
pub trait VendorAdapter: Sync {
    /// The vendor's client.
    type Client: Clone + Send + Sync;

    /// What the client can do. The suite leaves the rest out, and reports that.
    fn capabilities(&self) -> BTreeSet<Capability>;
    /// A client of the server. Its waits between tries should be short.
    fn client(&self, credential: TestCredential) -> Result<Self::Client, Error>;
    /// Tells the server what to do next.
    fn inject_fault(&self, fault: ServerFault);
    /// How many requests the server was sent.
    fn request_count(&self) -> u64;
    /// How many items the server holds.
    fn item_count(&self) -> u64;

    /// A call that needs a good credential and nothing else.
    fn sign_in(&self, client: &Self::Client) -> impl Future<Output = Result<(), Error>> + Send;
    /// All items, in pages of `page_size`.
    fn pager<'a>(&'a self, client: &'a Self::Client, page_size: u64) -> Pager<'a, StoredItem>;
    /// Makes an item.
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
    /// An item as the server has it now.
    fn get(
        &self,
        client: &Self::Client,
        id: &str,
    ) -> impl Future<Output = Result<StoredItem, Error>> + Send;
    /// Gives an item another name.
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
    /// An id that no item has.
    fn unknown_id(&self) -> String;
    /// The kind of error that asking for it gives.
    fn unknown_id_error(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// What the suite found, one line a capability.
#[derive(Debug, Default)]
pub struct SuiteReport(Vec<(Capability, Option<Result<(), String>>)>);

impl SuiteReport {
    /// The capabilities that failed, and why.
    pub fn failures(&self) -> Vec<String> {
        self.0
            .iter()
            .filter_map(|(capability, result)| {
                let why = result.as_ref()?.as_ref().err()?;
                Some(format!("{capability:?}: {why}"))
            })
            .collect()
    }

    /// The capabilities that were shown.
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
                Some(Err(why)) => writeln!(f, "{capability:?}: FAILED: {why}")?,
                None => writeln!(f, "{capability:?}: left out")?,
            }
        }
        Ok(())
    }
}

/// Runs every capability that the adapter has, on a server that nobody else uses.
pub async fn run_suite<V: VendorAdapter>(vendor: &V) -> SuiteReport {
    let capabilities = vendor.capabilities();
    let mut report = SuiteReport::default();
    for capability in Capability::ALL {
        let result = match capabilities.contains(&capability) {
            true => Some(show(vendor, capability).await),
            false => None,
        };
        report.0.push((capability, result));
    }
    report
}

type Shown = Result<(), String>;

fn good<T>(result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("{error} ({:?})", error.kind()))
}

fn check(holds: bool, otherwise: impl Into<String>) -> Shown {
    holds.then_some(()).ok_or_else(|| otherwise.into())
}

fn fails_as<T>(result: Result<T, Error>, kind: ErrorKind) -> Shown {
    match result {
        Ok(_) => Err(format!("succeeded in place of {kind:?}")),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(format!("{:?} in place of {kind:?}: {error}", error.kind())),
    }
}

async fn show<V: VendorAdapter>(vendor: &V, capability: Capability) -> Shown {
    let client = good(vendor.client(TestCredential::Valid))?;
    let content = || Bytes::from_iter((0..100_000_u32).map(|n| (n % 251) as u8));
    match capability {
        Capability::SignIn => {
            good(vendor.sign_in(&client).await)?;
            let refused = good(vendor.client(TestCredential::Rejected))?;
            fails_as(vendor.sign_in(&refused).await, ErrorKind::Authentication)
        }
        Capability::List => {
            let made = good(vendor.upload(&client, "list-me.bin", content()).await)?;
            let all = good(vendor.pager(&client, 100).all().await)?;
            check(all.contains(&made), "the item that was made is not listed")?;
            check(all.len() as u64 == vendor.item_count(), "the list is not complete")
        }
        Capability::Page => page(vendor, &client).await,
        Capability::Upload => {
            let before = vendor.item_count();
            let made = good(vendor.upload(&client, "a name with é.bin", content()).await)?;
            check(made.name == "a name with é.bin", format!("it is named {:?}", made.name))?;
            check(vendor.item_count() == before + 1, "the server holds another number of items")
        }
        Capability::Download => {
            let made = good(vendor.upload(&client, "download-me.bin", content()).await)?;
            let bytes = good(vendor.download(&client, &made.id).await)?;
            check(bytes == content(), format!("{} other bytes came", bytes.len()))
        }
        Capability::Update => {
            let made = good(vendor.upload(&client, "before.bin", content()).await)?;
            good(vendor.rename(&client, &made.id, "after.bin").await)?;
            let now = good(vendor.get(&client, &made.id).await)?;
            check(now.name == "after.bin", format!("it is named {:?}", now.name))
        }
        Capability::Delete => {
            let made = good(vendor.upload(&client, "delete-me.bin", content()).await)?;
            good(vendor.delete(&client, &made.id).await)?;
            fails_as(vendor.get(&client, &made.id).await, vendor.unknown_id_error())
        }
        Capability::ErrorKinds => {
            let unknown = vendor.get(&client, &vendor.unknown_id()).await;
            if let Err(error) = &unknown {
                check(error.operation().is_some(), "the error names no operation")?;
                check(error.status().is_some(), "the error has no status")?;
                check(error.body_preview().is_some(), "the error shows nothing of the answer")?;
            }
            fails_as(unknown, vendor.unknown_id_error())
        }
        Capability::Retry => retry(vendor, &client).await,
        Capability::Cancel => cancel(vendor, &client).await,
    }
}

async fn page<V: VendorAdapter>(vendor: &V, client: &V::Client) -> Shown {
    for n in 0..5 {
        good(vendor.upload(client, &format!("page-{n}.bin"), Bytes::from_static(b"x")).await)?;
    }
    let all = good(vendor.pager(client, 100).all().await)?;
    let paged = good(vendor.pager(client, 2).all().await)?;
    check(all == paged, "pages of 2 list other items than pages of 100")?;
    let ahead = good(vendor.pager(client, 2).prefetch(2).all().await)?;
    check(all == ahead, "pages that are fetched ahead list other items")?;
    let mut first = vendor.pager(client, 2);
    let mut items = Vec::new();
    for _ in 0..3 {
        items.push(good(first.next().await.ok_or("the list ended early")?)?);
    }
    let stored = serde_json::to_string(&first.continuation()).map_err(|e| e.to_string())?;
    let from = serde_json::from_str(&stored).map_err(|e| e.to_string())?;
    items.extend(good(good(vendor.pager(client, 2).resume(from))?.all().await)?);
    check(all == items, "a continuation lists other items")
}

async fn retry<V: VendorAdapter>(vendor: &V, client: &V::Client) -> Shown {
    // A read is tried again, and ends well.
    let before = vendor.request_count();
    vendor.inject_fault(ServerFault::Unavailable(2));
    good(vendor.sign_in(client).await)?;
    check(vendor.request_count() == before + 3, "a read was not tried three times")?;
    // A write that the server may have done is not.
    let (before, stored) = (vendor.request_count(), vendor.item_count());
    vendor.inject_fault(ServerFault::Unavailable(1));
    let write = vendor.upload(client, "once.bin", Bytes::from_static(b"x")).await;
    fails_as(write, ErrorKind::Server)?;
    check(vendor.request_count() == before + 1, "a write was tried again after a 503")?;
    check(vendor.item_count() == stored, "the server did what it refused")?;
    // A write that was turned away is.
    vendor.inject_fault(ServerFault::Throttled(1));
    good(vendor.upload(client, "twice.bin", Bytes::from_static(b"x")).await)?;
    check(vendor.item_count() == stored + 1, "a throttled write was not done once")
}

async fn cancel<V: VendorAdapter>(vendor: &V, client: &V::Client) -> Shown {
    let before = vendor.request_count();
    vendor.inject_fault(ServerFault::NoResponse);
    let call = vendor.sign_in(client);
    // The server has the request when its counter moves; only then is the call dropped.
    let arrived = async {
        while vendor.request_count() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        biased;
        result = call => return Err(format!("a silent server was answered: {result:?}")),
        () = arrived => {}
    }
    good(vendor.sign_in(client).await)?;
    check(vendor.request_count() == before + 2, "a dropped call went on")
}
