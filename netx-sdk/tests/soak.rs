//! Thousands of calls of NetX's client through a proxy that disrupts most connections: whatever happens, no value is
//! wrong and nothing is written twice.

#![allow(clippy::unwrap_used, missing_docs)]

use netx_sdk::{
    CallOptions, Client, Error, FilePart,
    types::{Asset, CollectionInput, DataSelector, ImportAssetForm, RequestOptions, SortOrder},
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::{
    SoakOutcome,
    vendor_soak::{self, CreatedItems, Inventory, VendorSoak, item_name},
};

/// A client of the server or of the proxy.
fn client(sandbox: &Sandbox, url: String, idle: usize) -> Client {
    Client::builder(url)
        .api_key(sandbox.netx_api_key())
        .retry(vendor_soak::retry_policy())
        .runtime(move |runtime| vendor_soak::runtime(runtime, idle))
        .build()
        .unwrap()
}

/// What the server holds before the soak and nobody changes, read without the proxy.
struct Baseline {
    /// The pictures and documents of the seed, with their files.
    assets: Vec<(Asset, Vec<u8>)>,
    /// The IDs of all of them, in the order of their names.
    by_name: Vec<i64>,
    /// The folder above them, in which nothing is created.
    products: i64,
    /// The folder the soak imports into.
    archive: i64,
    /// A collection of the seed and its title.
    collection: (i64, String),
}

fn parts() -> RequestOptions {
    let parts = [DataSelector::AssetId, DataSelector::AssetBase, DataSelector::AssetFile];
    RequestOptions::new().select(parts)
}

fn by_name() -> RequestOptions {
    parts().sort_by("name", SortOrder::Asc).page(0, 1000)
}

async fn folder(client: &Client, path: &str) -> i64 {
    client.get_folder_by_path(path).send().await.unwrap().into_inner().unwrap().id
}

impl Baseline {
    async fn read(client: &Client) -> Self {
        let products = folder(client, "Products").await;
        let listed = client.get_assets_by_folder(products, true).options(by_name());
        let found = listed.send().await.unwrap().into_inner().results.unwrap();
        let by_name: Vec<i64> = found.iter().map(|asset| asset.id).collect();
        let mut assets = Vec::new();
        for asset in found {
            let file = client.get_asset_original(asset.id).send().await.unwrap().into_inner();
            assets.push((asset, file.collect(1 << 20).await.unwrap()));
        }
        assert!(assets.len() > 3, "the seed has too little to read");
        let collections = client.get_collections(RequestOptions::new()).send().await.unwrap();
        let collection = collections.results.as_ref().unwrap()[0].clone();
        Self {
            assets,
            by_name,
            products,
            archive: folder(client, "Archive").await,
            collection: (collection.id, collection.title.unwrap()),
        }
    }
}

/// The kinds of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    CreateCollection,
    Import,
    GetAsset,
    GetCollection,
    List,
    Download,
}

/// A third of the calls are writes that must not be repeated.
const SEQUENCE: [Kind; 6] = [
    Kind::CreateCollection,
    Kind::GetAsset,
    Kind::List,
    Kind::Import,
    Kind::Download,
    Kind::GetCollection,
];

/// NetX's server, what it holds, and a client that reads it without the proxy.
struct Netx {
    sandbox: Sandbox,
    direct: Client,
    baseline: Baseline,
}

impl VendorSoak for Netx {
    type Client = Client;
    type Kind = Kind;

    const NAME: &'static str = "netx";
    const SEED: u64 = 90_210;
    const CALL_SEQUENCE: &'static [Kind] = &SEQUENCE;
    const CREATED: &'static [CreatedItems<Kind>] = &[
        CreatedItems {
            label: "collections",
            kinds: &[Kind::CreateCollection],
            operations: &["createCollection"],
        },
        CreatedItems { label: "assets", kinds: &[Kind::Import], operations: &["importAsset"] },
    ];
    const MAX_MEMORY_GROWTH: i64 = 16 << 20;
    const MIN_CORRECT_PERCENT: u64 = 80;

    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let direct = client(&sandbox, sandbox.netx_url().to_owned(), 1);
        let baseline = Baseline::read(&direct).await;
        Self { sandbox, direct, baseline }
    }

    fn server_url(&self) -> String {
        self.sandbox.netx_url().to_owned()
    }

    fn client(&self, url: String, idle: usize) -> Client {
        client(&self.sandbox, url, idle)
    }

    fn requests(&self) -> u64 {
        self.sandbox.netx().counters().requests
    }

    fn writes_of(&self, operation: &str) -> u64 {
        self.sandbox.netx().recording().writes_of(operation)
    }

    fn transfers_file(kind: Kind) -> bool {
        kind == Kind::Download
    }

    async fn call(
        &self,
        n: u64,
        client: &Client,
        options: CallOptions,
    ) -> Result<SoakOutcome, Error> {
        let baseline = &self.baseline;
        let (asset, bytes) = vendor_soak::pick(&baseline.assets, n);
        Ok(match Self::kind(n) {
            Kind::CreateCollection => {
                let input = CollectionInput::new(item_name(n));
                let request = client.create_collection(input, [asset.id]).call_options(options);
                Self::compare(n, &request.send().await?.into_inner().title, &Some(item_name(n)))
            }
            Kind::Import => {
                let content = Self::content(n);
                let size = i64::try_from(content.len()).unwrap();
                let form = ImportAssetForm::new(
                    FilePart::new(item_name(n), content),
                    baseline.archive,
                    item_name(n),
                );
                let made =
                    client.import_asset(form).call_options(options).send().await?.into_inner();
                let stored = (made.name, made.file.and_then(|file| file.size));
                Self::compare(n, &stored, &(Some(item_name(n)), Some(size)))
            }
            Kind::GetAsset => {
                let request = client.get_assets([asset.id]).options(parts()).call_options(options);
                Self::compare(n, &request.send().await?.into_inner(), &vec![asset.clone()])
            }
            Kind::GetCollection => {
                let (id, title) = baseline.collection.clone();
                let response = client.get_collection(id).call_options(options).send().await?;
                Self::compare(n, &response.into_inner().title, &Some(title))
            }
            Kind::List => {
                let request =
                    client.get_assets_by_folder(baseline.products, true).options(by_name());
                let page = request.call_options(options).send().await?.into_inner();
                let ids = page.results.unwrap_or_default().iter().map(|asset| asset.id).collect();
                let total = page.size.and_then(|size| usize::try_from(size).ok());
                Self::compare(
                    n,
                    &(ids, total),
                    &(baseline.by_name.clone(), Some(baseline.by_name.len())),
                )
            }
            Kind::Download => {
                let file = client.get_asset_original(asset.id).call_options(options).send().await?;
                Self::compare(n, &file.into_inner().collect(1 << 20).await?, bytes)
            }
        })
    }

    async fn inventory(&self) -> Inventory {
        let mut held = Inventory::default();
        let all = self.direct.get_collections(RequestOptions::new()).send().await.unwrap();
        for collection in all.into_inner().results.unwrap() {
            let title = collection.title.unwrap();
            // The seed has other collections.
            if title.starts_with("soak-") {
                held.add("collections", title, 1);
            }
        }
        let imported = self.direct.get_assets_by_folder(self.baseline.archive, false);
        for asset in imported.send().await.unwrap().into_inner().results.unwrap() {
            held.add("assets", asset.name.unwrap(), 1);
        }
        held
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    vendor_soak::soak_with_faults::<Netx>().await;
}

/// The inventory reveals a client that repeats writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_a_client_that_repeats_writes() {
    let (_, held) = vendor_soak::soak_with_repeated_writes::<Netx>(300).await;
    assert!(held.has_duplicates("collections") && held.has_duplicates("assets"));
}

/// Downloaded bytes are compared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_wrong_bytes() {
    vendor_soak::soak_with_corruption::<Netx>(2_000).await;
}
