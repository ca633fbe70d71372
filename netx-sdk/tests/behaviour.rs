//! The behaviour that all vendors' clients share, for NetX's client against the sandbox; and what is specific to NetX:
//! its error codes, and which of its operations are retried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use netx_sdk::{
    Client, Error, ErrorCode, ErrorKind, FilePart, Operation, RetryPolicy,
    types::{Asset, AssetUpdate, CollectionInput, DataSelector, ImportAssetForm, RequestOptions},
};
use oneteg_http::{Page, Pager};
use oneteg_sandbox::{Fault, FaultTiming, Sandbox, netx::RESTRICTED_ASSET};
use oneteg_test_kit::{
    Capability, Prism, ServerFault, StoredItem, TestCredential, VendorAdapter, run_suite,
};

/// The root folder.
const ROOT: i64 = 1;
/// An asset of the seed that everybody may read.
const READABLE_ASSET: i64 = 201;
/// Longer than any test runs: such a request never gets a response.
const FOREVER: Duration = Duration::from_secs(3600);

fn client(sandbox: &Sandbox, key: &str) -> Result<Client, Error> {
    client_at(sandbox.netx_url(), key)
}

fn client_at(url: &str, key: &str) -> Result<Client, Error> {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    Client::builder(url).api_key(key).retry(quick).build()
}

fn parts() -> RequestOptions {
    RequestOptions::new().select([DataSelector::AssetId, DataSelector::AssetBase])
}

fn to_item(asset: Asset) -> StoredItem {
    StoredItem { id: asset.id.to_string(), name: asset.name.expect("the base part was selected") }
}

fn to_id(id: &str) -> i64 {
    id.parse().expect("an id of this server")
}

fn operation(id: &str) -> &'static Operation {
    netx_sdk::OPERATIONS.iter().find(|operation| operation.id == id).expect("an operation")
}

/// The sandbox, and where clients find it.
struct NetxAdapter(Sandbox, String);

impl VendorAdapter for NetxAdapter {
    type Client = Client;

    fn capabilities(&self) -> BTreeSet<Capability> {
        BTreeSet::from(Capability::ALL)
    }

    fn client(&self, credential: TestCredential) -> Result<Client, Error> {
        let key =
            if credential == TestCredential::Valid { self.0.netx_api_key() } else { "canary-bad" };
        client_at(&self.1, key)
    }

    fn inject_fault(&self, fault: ServerFault) {
        let fault = match fault {
            ServerFault::Unavailable(times) => Fault::response(503).times(times),
            ServerFault::Throttled(times) => {
                Fault::response(429).header("retry-after", "0").times(times)
            }
            ServerFault::NoResponse => Fault::response(503).delayed(FOREVER),
            other => panic!("the sandbox has no {other:?}"),
        };
        self.0.netx().script(fault).unwrap();
    }

    fn request_count(&self) -> u64 {
        self.0.netx().counters().requests
    }

    fn item_count(&self) -> u64 {
        // The sandbox started without assets.
        let recording = self.0.netx().recording();
        recording.writes_of("importAsset") - recording.writes_of("deleteAsset")
    }

    async fn sign_in(&self, client: &Client) -> Result<(), Error> {
        client.get_self().send().await.map(|_| ())
    }

    fn pager(&self, client: &Client, page_size: u64) -> Pager<StoredItem> {
        let client = client.clone();
        let items = Pager::new(operation("get_assets_by_folder"), move |page| {
            let start = page.start().expect("the operation is paged by position");
            let size = page.size().expect("the operation takes a size");
            let request = client.get_assets_by_folder(ROOT, true);
            let request = request.options(parts().page(start, size));
            async move {
                let page = request.send().await?.into_inner();
                Ok(Page::new(page.results).total(page.size).map(to_item))
            }
        });
        items.page_size(page_size)
    }

    async fn upload(
        &self,
        client: &Client,
        name: &str,
        content: Bytes,
    ) -> Result<StoredItem, Error> {
        let form = ImportAssetForm::new(FilePart::new(name, content), ROOT, name);
        Ok(to_item(client.import_asset(form).send().await?.into_inner()))
    }

    async fn download(&self, client: &Client, id: &str) -> Result<Bytes, Error> {
        let file = client.get_asset_original(to_id(id)).send().await?.into_inner();
        Ok(file.collect(1_000_000).await?.into())
    }

    async fn get(&self, client: &Client, id: &str) -> Result<StoredItem, Error> {
        let found = client.get_assets([to_id(id)]).options(parts()).send().await?.into_inner();
        let [asset] = <[Asset; 1]>::try_from(found).expect("one asset was requested");
        Ok(to_item(asset))
    }

    async fn rename(&self, client: &Client, id: &str, name: &str) -> Result<(), Error> {
        client.update_asset(AssetUpdate::new(to_id(id)).name(name)).send().await.map(|_| ())
    }

    async fn delete(&self, client: &Client, id: &str) -> Result<(), Error> {
        client.delete_asset(to_id(id)).send().await.map(|_| ())
    }

    /// Prism passes text on unchanged, and no other bytes.
    fn content(&self) -> Bytes {
        if self.1 != self.0.netx_url() {
            Bytes::from("text\n".repeat(20_000))
        } else {
            Bytes::from_iter((0..=255).cycle().take(100_000))
        }
    }

    fn unknown_id(&self) -> String {
        "999999".to_owned()
    }

    fn unknown_id_error(&self) -> ErrorKind {
        // NetX has no known code that means only that.
        ErrorKind::Api
    }
}

#[tokio::test]
async fn the_client_passes_the_vendor_suite() {
    let sandbox = Sandbox::builder().seeded(false).start().await.unwrap();
    let url = sandbox.netx_url().to_owned();
    let report = run_suite(&NetxAdapter(sandbox, url)).await;
    println!("{report}");
    assert_eq!(report.failures(), Vec::<String>::new());
    assert_eq!(report.passed(), BTreeSet::from(Capability::ALL));
}

/// Prism compares the suite's requests and the sandbox's responses with the specification.
#[tokio::test(flavor = "multi_thread")]
async fn a_validating_proxy_finds_no_violation_in_the_suite() {
    let sandbox = Sandbox::builder().seeded(false).start().await.unwrap();
    let Some(prism) = Prism::start("netx", "", sandbox.netx_url()) else { return };
    let adapter = NetxAdapter(sandbox, prism.url());
    assert_eq!(run_suite(&adapter).await.failures(), Vec::<String>::new());
    let (requests, violations) = prism.finish().await;
    assert!(requests > 20, "{requests}");
    assert_eq!(violations, Vec::<String>::new());
}

/// The kind, NetX code and HTTP status of an error.
fn outcome<T: std::fmt::Debug>(
    result: Result<T, Error>,
) -> (ErrorKind, Option<ErrorCode>, Option<u16>) {
    let error = result.expect_err("the server should have refused the call");
    (error.kind(), ErrorCode::of(&error), error.status().map(|status| status.as_u16()))
}

#[tokio::test]
async fn refusals_are_classified_by_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let restricted = i64::try_from(RESTRICTED_ASSET).unwrap();
    let good = client(&sandbox, sandbox.netx_api_key()).unwrap();
    let bad = client(&sandbox, "canary-bad").unwrap();

    let denied = Some(ErrorCode::AccessDenied);
    let result = good.get_assets([restricted]).options(parts()).send().await;
    assert_eq!(outcome(result), (ErrorKind::PermissionDenied, denied, Some(200)));
    let result = good.delete_asset(restricted).send().await;
    assert_eq!(outcome(result), (ErrorKind::PermissionDenied, denied, Some(200)));

    let archive = good.get_folder_by_path("Archive").send().await.unwrap().into_inner().unwrap();
    let result = good.remove_asset_from_folder(READABLE_ASSET, archive.id).send().await;
    assert_eq!(outcome(result), (ErrorKind::Api, Some(ErrorCode::OperationFailed), Some(200)));

    let result = bad.get_assets([READABLE_ASSET]).send().await;
    let unauthenticated = Some(ErrorCode::Authentication);
    assert_eq!(outcome(result), (ErrorKind::Authentication, unauthenticated, Some(200)));

    // Responses to files and imports have no envelope, so the HTTP status decides.
    let kind = |result| {
        let (kind, _, status) = outcome(result);
        (kind, status)
    };
    let file = good.get_asset_original(restricted).send().await.map(|_| ());
    assert_eq!(kind(file), (ErrorKind::PermissionDenied, Some(403)));
    let file = good.get_asset_original(999_999).send().await.map(|_| ());
    assert_eq!(kind(file), (ErrorKind::NotFound, Some(404)));
    let file = bad.get_asset_original(READABLE_ASSET).send().await.map(|_| ());
    assert_eq!(kind(file), (ErrorKind::Authentication, Some(401)));
    let form =
        ImportAssetForm::new(FilePart::new("a.bin", Bytes::from_static(b"a")), ROOT, "a.bin");
    assert_eq!(
        kind(bad.import_asset(form).send().await.map(|_| ())),
        (ErrorKind::Authentication, Some(401))
    );
    assert_eq!(sandbox.netx().counters().writes, 0, "a refused call had an effect");
}

#[tokio::test]
async fn only_reads_and_idempotent_writes_are_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let netx = sandbox.netx();
    let good = client(&sandbox, sandbox.netx_api_key()).unwrap();
    let unavailable = |operation: &str| Fault::response(503).only(operation);
    let sent = |operation: &str| {
        let requests = netx.requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
    };

    netx.script(unavailable("getAssets")).unwrap();
    let found = good.get_assets([READABLE_ASSET]).options(parts()).send().await.unwrap();
    assert_eq!((found[0].id, sent("getAssets")), (READABLE_ASSET, 2));

    netx.script(unavailable("getAssetOriginal")).unwrap();
    good.get_asset_original(READABLE_ASSET).send().await.unwrap();
    assert_eq!(sent("getAssetOriginal"), 2);

    // The server processed the request, but its response was lost.
    let lost = |operation: &str| unavailable(operation).at(FaultTiming::AfterHandling);
    let update = AssetUpdate::new(READABLE_ASSET).name("Renamed");
    netx.script(lost("updateAsset")).unwrap();
    let renamed = good.update_asset(update).send().await.unwrap();
    assert_eq!((renamed.name.as_deref(), sent("updateAsset")), (Some("Renamed"), 2));

    netx.script(lost("createCollection")).unwrap();
    let title = CollectionInput::new("Once");
    let error = good.create_collection(title, []).send().await.unwrap_err();
    assert_eq!((error.kind(), sent("createCollection")), (ErrorKind::Server, 1));
    assert_eq!(netx.recording().writes_of("createCollection"), 1);

    netx.script(lost("importAsset")).unwrap();
    let file = FilePart::new("once.bin", Bytes::from_static(b"once"));
    let form = ImportAssetForm::new(file, ROOT, "once.bin");
    let error = good.import_asset(form).send().await.unwrap_err();
    assert_eq!((error.kind(), sent("importAsset")), (ErrorKind::Server, 1));
    assert_eq!(netx.recording().writes_of("importAsset"), 1);
}

#[tokio::test]
async fn a_list_is_complete_in_pages_of_any_size() {
    let sandbox = Sandbox::start().await.unwrap();
    let netx = sandbox.netx();
    let good = client(&sandbox, sandbox.netx_api_key()).unwrap();
    let listed = || good.get_assets_by_folder(ROOT, true).options(parts());
    let whole = listed().send().await.unwrap().into_inner();
    let assets = whole.results.unwrap();
    assert!(assets.len() > 10, "the seed has too little to list");
    assert_eq!(whole.size, i64::try_from(assets.len()).ok());

    for size in [1, 3, 100] {
        let before = netx.counters().requests;
        // A page that needs a retry does not change the list.
        netx.script(Fault::response(503).only("getAssetsByFolder")).unwrap();
        assert_eq!(listed().pages().page_size(size).all().await.unwrap(), assets);
        let pages = (assets.len() as u64).div_ceil(size);
        // If the last page is full, one more request checks the total.
        let proof = u64::from((assets.len() as u64).is_multiple_of(size));
        assert_eq!(netx.counters().requests - before, pages + 1 + proof, "pages of {size}");
    }
    let ahead = listed().pages().page_size(3).prefetch(2).all().await.unwrap();
    assert_eq!(ahead, assets);

    let mut first = listed().pages().page_size(3);
    let page = first.next_page().await.unwrap().unwrap();
    assert_eq!((&page[..], first.total()), (&assets[..3], Some(assets.len() as u64)));
    let rest = listed().pages().page_size(2).resume(first.continuation()).unwrap();
    assert_eq!(rest.all().await.unwrap(), assets[3..]);

    let options = RequestOptions::new();
    let collections = good.get_collections(options.clone()).send().await.unwrap().into_inner();
    let paged = good.get_collections(options).pages().page_size(1).all().await.unwrap();
    assert_eq!(Some(paged), collections.results);

    let refused = good.get_assets_by_folder(999_999, true).pages().all().await;
    assert_eq!(outcome(refused).0, ErrorKind::Api);
}
