//! Thousands of calls through a proxy that disrupts most connections, including those to the storage host: no value is
//! wrong, and nothing is written twice.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use mediavalet_sdk::{
    CallOptions, Client, Error, FilePart,
    download::Rendition,
    search::{in_category, search},
    types::{Asset, CategoryCreateRequest, LightboxCreateRequest},
};
use oneteg_sandbox::{Sandbox, mediavalet::ROOT_CATEGORY};
use oneteg_test_kit::{
    SoakOutcome,
    vendor_soak::{self, CreatedItems, Inventory, VendorSoak, item_name},
};

/// A client for the server or for a proxy.
fn client(sandbox: &Sandbox, url: String, idle: usize) -> Client {
    Client::builder()
        .base_url(url)
        .subscription_key(sandbox.mediavalet().account().subscription_key.clone())
        .access_token(sandbox.mediavalet().issue_access_token())
        .retry(vendor_soak::retry_policy())
        .runtime(move |runtime| vendor_soak::runtime(runtime, idle))
        .build()
        .unwrap()
}

/// What the server holds before the soak, read without a proxy, and what the soak does not change.
struct ExpectedState {
    /// Images and documents of the seed, with their files.
    assets: Vec<(Asset, Vec<u8>)>,
    /// The id and name of their category, in which the soak creates nothing.
    products: (String, String),
    /// The category that the soak uploads to.
    uploads: String,
}

/// An asset without its links, which differ in each response.
fn without_links(mut asset: Asset) -> Asset {
    asset.media = None;
    asset
}

impl ExpectedState {
    async fn read(client: &Client) -> Self {
        let categories = client.list_categories().pages().all().await.unwrap();
        let name = |name: &str| categories.iter().find(|one| one.name.as_deref() == Some(name));
        let products = name("Products").unwrap().clone();
        let products = (products.id, products.name.unwrap());
        let mut assets = Vec::new();
        for asset in listed(client, &products.0, CallOptions::new()).await.unwrap().0 {
            let file = client.download(asset.id.clone(), Rendition::Original);
            let bytes = file.stream().await.unwrap().collect(1 << 20).await.unwrap();
            assets.push((without_links(asset), bytes));
        }
        assert!(assets.len() > 3, "the seed has too little to read");
        let uploads = CategoryCreateRequest::new().tree_name("Uploads");
        let uploads = client.create_category(uploads).send().await.unwrap().into_inner();
        Self { assets, products, uploads: uploads.id }
    }

    fn ids(&self) -> Vec<String> {
        self.assets.iter().map(|(asset, _)| asset.id.clone()).collect()
    }
}

/// The assets in a category and its descendants, by title, and their number.
async fn listed(
    client: &Client,
    category: &str,
    options: CallOptions,
) -> Result<(Vec<Asset>, Option<i64>), Error> {
    let assets = search().within(in_category(category)).ascending("title").page(0, 100);
    let request = client.search_assets(assets).call_options(options);
    let found = request.send().await?.into_inner();
    Ok((found.assets.unwrap_or_default(), found.asset_count))
}

/// The kinds of calls, which take turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    CreateCategory,
    CreateLightbox,
    Upload,
    GetAsset,
    GetCategory,
    Search,
    Download,
}

/// Three of eight calls are writes that must not be repeated.
const TURNS: [Kind; 8] = [
    Kind::CreateCategory,
    Kind::GetAsset,
    Kind::Search,
    Kind::Upload,
    Kind::Download,
    Kind::CreateLightbox,
    Kind::GetCategory,
    Kind::GetAsset,
];

/// The server, what it holds, and a client without a proxy.
struct MediaValet {
    sandbox: Sandbox,
    direct: Client,
    expected: ExpectedState,
}

impl VendorSoak for MediaValet {
    type Client = Client;
    type Kind = Kind;

    const NAME: &'static str = "mediavalet";
    const SEED: u64 = 4_711;
    const CALL_SEQUENCE: &'static [Kind] = &TURNS;
    const CREATED: &'static [CreatedItems<Kind>] = &[
        CreatedItems {
            label: "categories",
            kinds: &[Kind::CreateCategory],
            operations: &["createCategory"],
        },
        CreatedItems {
            label: "lightboxes",
            kinds: &[Kind::CreateLightbox],
            operations: &["createLightbox"],
        },
        CreatedItems { label: "uploads", kinds: &[Kind::Upload], operations: &["patchUpload"] },
    ];
    const MAX_MEMORY_GROWTH: i64 = 32 << 20;
    const MIN_CORRECT_PERCENT: u64 = 75;

    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let direct = client(&sandbox, sandbox.mediavalet_url().to_owned(), 1);
        let expected = ExpectedState::read(&direct).await;
        Self { sandbox, direct, expected }
    }

    fn server_url(&self) -> String {
        self.sandbox.mediavalet_url().to_owned()
    }

    fn client(&self, url: String, idle: usize) -> Client {
        client(&self.sandbox, url, idle)
    }

    fn requests(&self) -> u64 {
        self.sandbox.mediavalet().counters().requests
    }

    fn writes_of(&self, operation: &str) -> u64 {
        self.sandbox.mediavalet().recording().writes_of(operation)
    }

    fn transfers_file(kind: Kind) -> bool {
        matches!(kind, Kind::Upload | Kind::Download)
    }

    async fn call(
        &self,
        n: u64,
        client: &Client,
        options: CallOptions,
    ) -> Result<SoakOutcome, Error> {
        let expected = &self.expected;
        let (asset, bytes) = vendor_soak::pick(&expected.assets, n);
        let asset_id = asset.id.clone();
        Ok(match Self::kind(n) {
            Kind::CreateCategory => {
                let request =
                    CategoryCreateRequest::new().tree_name(item_name(n)).parent_id(ROOT_CATEGORY);
                let made = client.create_category(request).call_options(options).send().await?;
                Self::compare(n, &made.into_inner().name, &Some(item_name(n)))
            }
            Kind::CreateLightbox => {
                let request = LightboxCreateRequest::new().name(item_name(n));
                let made = client.create_lightbox(request).call_options(options).send().await?;
                Self::compare(n, &made.into_inner().name, &Some(item_name(n)))
            }
            Kind::Upload => {
                let content = Self::content(n);
                let length = content.len() as u64;
                let upload =
                    client.upload(FilePart::new(item_name(n), content)).title(item_name(n));
                let done = upload.category(&expected.uploads).send().await?;
                Self::compare(n, &done.bytes, &length)
            }
            Kind::GetAsset => {
                let response = client.get_asset(asset_id).call_options(options).send().await?;
                Self::compare(n, &without_links(response.into_inner()), asset)
            }
            Kind::GetCategory => {
                let (id, name) = &expected.products;
                let response = client.get_category(id).call_options(options).send().await?;
                Self::compare(n, &response.into_inner().name, &Some(name.clone()))
            }
            Kind::Search => {
                let (found, total) = listed(client, &expected.products.0, options).await?;
                let ids: Vec<_> = found.into_iter().map(|asset| asset.id).collect();
                Self::compare(
                    n,
                    &(ids, total),
                    &(expected.ids(), i64::try_from(expected.assets.len()).ok()),
                )
            }
            Kind::Download => {
                let stream = client.download(asset_id, Rendition::Original).stream().await?;
                Self::compare(n, &stream.collect(1 << 20).await?, bytes)
            }
        })
    }

    /// The created items; uploads are checked for their size.
    async fn inventory(&self) -> Inventory {
        let (client, mut held) = (&self.direct, Inventory::default());
        let mut add = |label, name: String| {
            // The other items are from the seed.
            if name.starts_with("soak-") {
                held.add(label, name, 1);
            }
        };
        for category in client.list_categories().pages().page_size(500).all().await.unwrap() {
            add("categories", category.name.unwrap());
        }
        for lightbox in client.list_lightboxes().pages().page_size(500).all().await.unwrap() {
            add("lightboxes", lightbox.name.unwrap());
        }
        // The sandbox processes assets by a number of polls.
        for _ in 0..2 {
            client.list_assets().count(1).send().await.unwrap();
        }
        let uploads = in_category(&self.expected.uploads);
        let uploads = client.list_assets().container_filter(uploads).pages();
        for asset in uploads.page_size(500).all().await.unwrap() {
            let title = asset.title.unwrap();
            let content = Self::content(vendor_soak::call_number(&title).unwrap());
            let size = asset.file.unwrap().size_in_bytes;
            assert_eq!(size, i64::try_from(content.len()).ok(), "{title} has another size");
            add("uploads", title);
        }
        held
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    let vendor = vendor_soak::soak_with_faults::<MediaValet>().await;
    let leaked = vendor.sandbox.mediavalet().leaked_credentials();
    assert_eq!(leaked, 0, "a credential reached the storage");
}

/// The test above can fail: repeated writes are found in what the server holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_a_client_that_repeats_writes() {
    let (_, held) = vendor_soak::soak_with_repeated_writes::<MediaValet>(400).await;
    assert!(held.has_duplicates("categories") && held.has_duplicates("lightboxes"));
}

/// The test above can fail: files with other bytes are found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_wrong_bytes() {
    vendor_soak::soak_with_corruption::<MediaValet>(800).await;
}
