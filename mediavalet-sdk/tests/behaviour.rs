//! The behaviour that all vendors' clients share, checked against the sandbox; and what is specific to MediaValet:
//! its errors, partially applied patches, expiring tokens and links.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use mediavalet_sdk::{
    Client, Error, ErrorKind, FilePart, Operation, Patch, RetryPolicy, UploadSource,
    auth::{MemoryStore, OAuth2, OAuth2Config, SessionKey},
    download::Rendition,
    reqwest::{self, redirect::Policy},
    search::{field, in_category, search},
    types::{Asset, LightboxCreateRequest},
};
use oneteg_http::{Page, Pager};
use oneteg_sandbox::{
    Fault, FaultTiming, Sandbox,
    mediavalet::{RESTRICTED_ASSET, ROOT_CATEGORY},
};
use oneteg_test_kit::{
    Capability, Prism, ServerFault, StoredItem, TestCredential, VendorAdapter, run_suite,
};

/// An asset of the seed that every user may see.
const VISIBLE_ASSET: &str = "a55e7000-0000-4000-8000-000000000001";
/// Longer than any test, so the request never gets a response.
const FOREVER: Duration = Duration::from_secs(3600);

fn quick() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build()
}

fn client(sandbox: &Sandbox, token: &str) -> Result<Client, Error> {
    client_at(sandbox.mediavalet_url(), sandbox, token)
}

fn client_at(url: &str, sandbox: &Sandbox, token: &str) -> Result<Client, Error> {
    let key = sandbox.mediavalet().account().subscription_key.clone();
    let builder = Client::builder().base_url(url).subscription_key(key);
    builder.access_token(token).retry(quick()).build()
}

fn good(sandbox: &Sandbox) -> Client {
    client(sandbox, &sandbox.mediavalet().issue_access_token()).unwrap()
}

fn to_item(asset: Asset) -> StoredItem {
    StoredItem { id: asset.id, name: asset.title.expect("a title") }
}

fn operation(id: &str) -> &'static Operation {
    mediavalet_sdk::OPERATIONS.iter().find(|operation| operation.id == id).expect("an operation")
}

/// The sandbox, and where clients find it.
struct MediavaletAdapter(Sandbox, String);

impl VendorAdapter for MediavaletAdapter {
    type Client = Client;

    fn capabilities(&self) -> BTreeSet<Capability> {
        BTreeSet::from(Capability::ALL)
    }

    fn client(&self, credential: TestCredential) -> Result<Client, Error> {
        match credential {
            TestCredential::Valid => {
                client_at(&self.1, &self.0, &self.0.mediavalet().issue_access_token())
            }
            TestCredential::Rejected => client_at(&self.1, &self.0, "canary-bad"),
        }
    }

    fn inject_fault(&self, fault: ServerFault) {
        let fault = match fault {
            ServerFault::Unavailable(times) => Fault::response(503).times(times),
            ServerFault::Throttled(times) => {
                Fault::response(429).header("retry-after", "0").times(times)
            }
            ServerFault::NoResponse => Fault::response(503).delayed(FOREVER),
            other => panic!("the sandbox cannot inject {other:?}"),
        };
        self.0.mediavalet().script(fault).unwrap();
    }

    fn request_count(&self) -> u64 {
        self.0.mediavalet().counters().requests
    }

    fn item_count(&self) -> u64 {
        self.0.mediavalet().asset_count() as u64
    }

    async fn sign_in(&self, client: &Client) -> Result<(), Error> {
        client.get_current_user().send().await.map(drop)
    }

    fn pager(&self, client: &Client, page_size: u64) -> Pager<StoredItem> {
        let client = client.clone();
        let items = Pager::new(operation("list_assets"), move |page| {
            let start = page.start().expect("the operation is paged by position");
            let size = page.size().expect("the operation takes a size");
            let request = client.list_assets().offset(start).count(size);
            async move {
                let response = request.send().await?;
                let total = response.total();
                Ok(Page::new(response.into_inner().assets).total(total).map(to_item))
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
        let upload = client.upload(FilePart::new(name, content)).title(name);
        // The faults are for the upload's first write, not for the look-up before it.
        let done = upload.category(ROOT_CATEGORY).check_ids(false).send().await?;
        self.get(client, &done.id).await
    }

    async fn download(&self, client: &Client, id: &str) -> Result<Bytes, Error> {
        let stream = client.download(id, Rendition::Original).stream().await?;
        Ok(stream.collect(1_000_000).await?.into())
    }

    async fn get(&self, client: &Client, id: &str) -> Result<StoredItem, Error> {
        Ok(to_item(client.get_asset(id).send().await?.into_inner()))
    }

    async fn rename(&self, client: &Client, id: &str, name: &str) -> Result<(), Error> {
        client.update_asset(id, Patch::new().replace("/title", name)).send().await.map(drop)
    }

    async fn delete(&self, client: &Client, id: &str) -> Result<(), Error> {
        client.delete_asset(id).send().await.map(drop)
    }

    /// Prism passes text on unchanged, and no other bytes.
    fn content(&self) -> Bytes {
        if self.1 != self.0.mediavalet_url() {
            Bytes::from("text\n".repeat(20_000))
        } else {
            Bytes::from_iter((0..=255).cycle().take(100_000))
        }
    }

    fn unknown_id(&self) -> String {
        "a55e7000-0000-4000-8000-0000000f4240".to_owned()
    }
}

#[tokio::test]
async fn the_client_shows_every_behaviour_of_the_suite() {
    let builder = Sandbox::builder().seeded(false).mediavalet_processing_polls(0);
    let sandbox = builder.start().await.unwrap();
    let url = sandbox.mediavalet_url().to_owned();
    let adapter = MediavaletAdapter(sandbox, url);
    let report = run_suite(&adapter).await;
    println!("{report}");
    assert_eq!(report.failures(), Vec::<String>::new());
    assert_eq!(report.passed(), BTreeSet::from(Capability::ALL));
    assert_eq!(adapter.0.mediavalet().leaked_credentials(), 0);
}

/// Prism compares the suite's requests and the sandbox's responses with the specification.
#[tokio::test(flavor = "multi_thread")]
async fn a_validating_proxy_finds_no_violation_in_the_suite() {
    let builder = Sandbox::builder().seeded(false).mediavalet_processing_polls(0);
    let sandbox = builder.start().await.unwrap();
    let Some(prism) = Prism::start("mediavalet", "", sandbox.mediavalet_url()) else { return };
    let adapter = MediavaletAdapter(sandbox, prism.url());
    assert_eq!(run_suite(&adapter).await.failures(), Vec::<String>::new());
    let (requests, violations) = prism.finish().await;
    assert!(requests > 20, "{requests}");
    assert_eq!(violations, Vec::<String>::new());
}

/// The error's kind and HTTP status.
fn kind_and_status<T: std::fmt::Debug>(result: Result<T, Error>) -> (ErrorKind, Option<u16>) {
    let error = result.expect_err("the server was to refuse");
    (error.kind(), error.status().map(|status| status.as_u16()))
}

#[tokio::test]
async fn errors_have_the_kinds_of_their_responses() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = good(&sandbox);
    let refused = good.get_asset(RESTRICTED_ASSET).send().await;
    assert_eq!(kind_and_status(refused), (ErrorKind::PermissionDenied, Some(403)));
    let unknown = good.get_category("nothing").send().await;
    assert_eq!(kind_and_status(unknown), (ErrorKind::NotFound, Some(404)));
    let bad = client(&sandbox, "canary-bad").unwrap();
    assert_eq!(
        kind_and_status(bad.get_asset(VISIBLE_ASSET).send().await),
        (ErrorKind::Authentication, Some(401))
    );
    let without_category = good.upload(FilePart::new("a.bin", Bytes::from_static(b"a"))).send();
    assert_eq!(kind_and_status(without_category.await), (ErrorKind::InvalidRequest, None));
    assert_eq!(sandbox.mediavalet().counters().writes, 0, "a refused write took effect");

    // A partially applied patch is an error, and its valid part takes effect.
    let patch = Patch::new().replace("/title", "Crimson shoe").replace("/nothing", "x");
    let error = good.update_asset(VISIBLE_ASSET, patch).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Partial);
    let asset = good.get_asset(VISIBLE_ASSET).send().await.unwrap();
    assert_eq!(asset.title.as_deref(), Some("Crimson shoe"));
}

#[tokio::test]
async fn reads_are_retried_and_writes_that_may_have_taken_effect_are_not() {
    let sandbox = Sandbox::start().await.unwrap();
    let mediavalet = sandbox.mediavalet();
    let good = good(&sandbox);
    let sent = |operation: &str| {
        let requests = mediavalet.requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
    };
    mediavalet.script(Fault::response(503).only("getAsset")).unwrap();
    good.get_asset(VISIBLE_ASSET).send().await.unwrap();
    assert_eq!(sent("getAsset"), 2);

    // The write took effect, but its response was lost.
    let lost = Fault::response(503).only("createLightbox").at(FaultTiming::AfterHandling);
    mediavalet.script(lost).unwrap();
    let request = LightboxCreateRequest::new().name("Once");
    let error = good.create_lightbox(request).send().await.unwrap_err();
    assert_eq!((error.kind(), sent("createLightbox")), (ErrorKind::Server, 1));
    assert_eq!(mediavalet.recording().writes_of("createLightbox"), 1);

    // Every request to the storage host may be repeated.
    mediavalet.script(Fault::response(503).only("putBlob").at(FaultTiming::AfterHandling)).unwrap();
    let file = FilePart::new("once.bin", Bytes::from_static(b"once"));
    good.upload(file).category(ROOT_CATEGORY).send().await.unwrap();
    assert_eq!((sent("putBlob"), sent("createUpload")), (2, 1));
}

/// Signs in like a program: the browser goes to the sandbox, which approves at once.
async fn signed_in(sandbox: &Sandbox) -> OAuth2 {
    let account = sandbox.mediavalet().account();
    let issuer = sandbox.mediavalet_url().parse().unwrap();
    let config = OAuth2Config::discover(&issuer, account.client_id.clone(), None).await.unwrap();
    let config = config.with_client_secret(account.client_secret.clone()).with_scopes([
        "openid",
        "api",
        "offline_access",
    ]);
    let store = Arc::new(MemoryStore::new());
    let key = SessionKey::new("mediavalet");
    let session = OAuth2::builder(config).store(store, key).build().unwrap();
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let start = sign_in.url().clone();
    let browser = async {
        // The SDK brings rustls without a default provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(Policy::limited(3)).build().unwrap();
        http.get(start).send().await.unwrap()
    };
    let (done, page) = tokio::join!(sign_in.finish(), browser);
    done.unwrap();
    assert!(page.status().is_success());
    session
}

#[tokio::test]
async fn a_session_outlives_its_access_tokens() {
    let sandbox = Sandbox::start().await.unwrap();
    let mediavalet = sandbox.mediavalet();
    let session = signed_in(&sandbox).await;
    let builder = Client::builder().base_url(sandbox.mediavalet_url());
    let key = mediavalet.account().subscription_key.clone();
    let client =
        builder.subscription_key(key).authenticator(session).retry(quick()).build().unwrap();
    let refreshes = || {
        let requests = mediavalet.requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some("token")).count() - 1
    };
    client.get_current_user().send().await.unwrap();
    assert_eq!(refreshes(), 0);
    // The server refuses the token before its expiry.
    mediavalet.expire_access_tokens();
    let calls = (0..8).map(|_| client.get_asset(VISIBLE_ASSET).send());
    let assets: Vec<_> = stream::iter(calls.map(Ok::<_, Error>))
        .try_buffer_unordered(8)
        .try_collect()
        .await
        .unwrap();
    assert_eq!((assets.len(), refreshes()), (8, 1), "all calls share one new token");
    // An error of the gateway does not refresh the token.
    let gateway =
        r#"{"statusCode":401,"message":"Access denied due to missing subscription key."}"#;
    let json = ("content-type", "application/json");
    mediavalet.script(Fault::response(401).header(json.0, json.1).body(gateway)).unwrap();
    let refused = client.get_asset(VISIBLE_ASSET).send().await;
    assert_eq!(
        (kind_and_status(refused), refreshes()),
        ((ErrorKind::Authentication, Some(401)), 1)
    );
}

#[tokio::test]
async fn uploads_and_downloads_reach_the_storage_without_a_credential() {
    let sandbox = Sandbox::start().await.unwrap();
    let mediavalet = sandbox.mediavalet();
    let good = good(&sandbox);
    let bytes: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 253) as u8).collect();
    // A stream of unknown length is sent in blocks.
    let pieces: Vec<_> = bytes.chunks(700_001).map(|piece| Ok(piece.to_vec().into())).collect();
    let source = UploadSource::stream(stream::iter(pieces), None);
    let upload = good.upload(FilePart::new("clip.mov", source)).category(ROOT_CATEGORY);
    let upload = upload.keyword("motion").title("Clip").block_size(1 << 20);
    mediavalet.script(Fault::response(500).only("putBlock").times(2)).unwrap();
    let done = upload.wait_until_ready(Duration::from_secs(60)).send().await.unwrap();
    assert_eq!(mediavalet.recording().writes_of("putBlock"), 3);
    let asset = done.asset.unwrap();
    assert_eq!(
        (asset.title.as_deref(), asset.keywords),
        (Some("Clip"), Some(vec!["motion".into()]))
    );

    let stream = good.download(&done.id, Rendition::Original).stream().await.unwrap();
    assert_eq!(stream.collect(11_000_000).await.unwrap(), bytes);

    // An expired link is replaced, and the download resumes.
    let expired = Fault::response(403).body(
        "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid in \
         the specified time frame</Message></Error>",
    );
    // It is delayed, since links made within the same second are the same.
    let late = expired.only("getBlob").delayed(Duration::from_millis(1100));
    mediavalet.script(late).unwrap();
    let stream = good.download(&done.id, Rendition::Original).stream().await.unwrap();
    assert_eq!(stream.collect(11_000_000).await.unwrap(), bytes);

    let version = FilePart::new("clip-2.mov", Bytes::from_static(b"shorter"));
    good.upload_version(&done.id, version).comment("cut").send().await.unwrap();
    let versions = good.list_asset_versions(&done.id).pages().all().await.unwrap();
    let sizes: Vec<_> = versions.iter().map(|asset| asset.file.as_ref()?.size_in_bytes).collect();
    assert_eq!(sizes, [Some(10_000_000), Some(7)]);
    assert_eq!(mediavalet.leaked_credentials(), 0);
}

#[tokio::test]
async fn listings_do_not_depend_on_the_page_size_and_searches_find_the_right_assets() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = good(&sandbox);
    let titles = |assets: &[Asset]| -> Vec<String> {
        assets.iter().filter_map(|asset| asset.title.clone()).collect()
    };
    let whole = good.list_assets().send().await.unwrap().into_inner().assets.unwrap();
    assert_eq!(whole.len(), 8);
    for size in [1, 3, 100] {
        sandbox.mediavalet().script(Fault::response(503).only("listAssets")).unwrap();
        let paged = good.list_assets().pages().page_size(size).all().await.unwrap();
        assert_eq!(titles(&paged), titles(&whole), "pages of {size}");
    }
    let categories = good.list_categories().pages().page_size(1).all().await.unwrap();
    assert_eq!(categories.len(), 4);

    let products = categories[1].id.clone();
    let pictures = field("AssetType").eq("Image").and(field("File Extension").ne("jpg"));
    let query = search()
        .text("shoe* OR logo")
        .filter(pictures.and(field("Photographer").contains("red").or(field("Status").eq(0))))
        .within(in_category(products))
        .descending("title")
        .page(0, 10);
    let found = good.search_assets(query).send().await.unwrap().into_inner();
    assert_eq!(titles(&found.assets.unwrap()), ["Red shoe", "Logo", "Blue shoe"]);
    let refused = good.list_assets().filters("Nothing EQ 1").send().await;
    assert_eq!(kind_and_status(refused), (ErrorKind::Api, Some(400)));
}
