//! The behaviour that all vendors' clients share, for NetExplorer's client against the sandbox; and what is specific
//! to NetExplorer: uploads, names that are taken, paths, and which operations are retried.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use netexplorer_sdk::{
    Client, Error, ErrorCode, ErrorKind, FilePart, Operation, RetryPolicy,
    entry::Entry,
    types::{CreateFolderRequest, CreateShareLinkRequest, File, UpdateFileRequest, UploadFileForm},
    upload::UploadMethod,
};
use oneteg_http::{Page, Pager};
use oneteg_sandbox::{
    Fault, FaultTiming, Sandbox,
    netexplorer::{MEMBER, RESTRICTED_FOLDER},
};
use oneteg_test_kit::{
    Capability, Prism, ServerFault, StoredItem, TestCredential, VendorAdapter, run_suite,
};

/// The root folder.
const ROOT: i64 = 1;
/// A file of the seed that everybody may read, and its folder.
const READABLE_FILE: i64 = 1002;
const CATALOGUE: i64 = 3;
/// Longer than any test runs: such a request never gets a response.
const FOREVER: Duration = Duration::from_secs(3600);

fn quick() -> RetryPolicy {
    RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build()
}

fn client(sandbox: &Sandbox, token: &str) -> Result<Client, Error> {
    client_at(&sandbox.netexplorer_url(), token)
}

fn client_at(url: &str, token: &str) -> Result<Client, Error> {
    Client::builder(url).access_token(token).retry(quick()).build()
}

/// A client of the server application, which is the administrator.
fn administrator(sandbox: &Sandbox) -> Client {
    client(sandbox, &sandbox.netexplorer().issue_access_token()).unwrap()
}

fn to_item(file: File) -> StoredItem {
    StoredItem { id: file.id.to_string(), name: file.name.expect("a name") }
}

fn to_id(id: &str) -> i64 {
    id.parse().expect("an id of this server")
}

fn operation(id: &str) -> &'static Operation {
    netexplorer_sdk::OPERATIONS.iter().find(|operation| operation.id == id).expect("an operation")
}

fn folder_request(parent: i64, name: &str) -> CreateFolderRequest {
    CreateFolderRequest::new(parent, name)
}

/// The files in a folder.
async fn files(client: &Client, folder: i64) -> Result<Vec<File>, Error> {
    let folder = client.get_folder(folder).depth(1).send().await?.into_inner();
    Ok(folder.content.and_then(|content| content.files).unwrap_or_default())
}

struct NetExplorerAdapter {
    sandbox: Sandbox,
    token: String,
    /// Where clients find the sandbox.
    url: String,
}

impl VendorAdapter for NetExplorerAdapter {
    type Client = Client;

    fn capabilities(&self) -> BTreeSet<Capability> {
        BTreeSet::from(Capability::ALL)
    }

    fn client(&self, credential: TestCredential) -> Result<Client, Error> {
        let token = if credential == TestCredential::Valid { &self.token } else { "canary-bad" };
        client_at(&self.url, token)
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
        self.sandbox.netexplorer().script(fault).unwrap();
    }

    fn request_count(&self) -> u64 {
        self.sandbox.netexplorer().counters().requests
    }

    fn item_count(&self) -> u64 {
        self.sandbox.netexplorer().file_count()
    }

    async fn sign_in(&self, client: &Client) -> Result<(), Error> {
        client.get_account().send().await.map(|_| ())
    }

    /// The vendor lists a folder's contents in one response, so there is one page of any size.
    fn pager(&self, client: &Client, page_size: u64) -> Pager<StoredItem> {
        let client = client.clone();
        let items = Pager::new(operation("get_folder"), move |_| {
            let client = client.clone();
            async move { Ok(Page::new(files(&client, ROOT).await?).map(to_item)) }
        });
        items.page_size(page_size)
    }

    async fn upload(
        &self,
        client: &Client,
        name: &str,
        content: Bytes,
    ) -> Result<StoredItem, Error> {
        let uploaded = client.upload(ROOT, content).name(name).send().await?;
        Ok(to_item(uploaded.file))
    }

    async fn download(&self, client: &Client, id: &str) -> Result<Bytes, Error> {
        let file = client.download_file(to_id(id)).send().await?.into_inner();
        Ok(file.collect(1_000_000).await?.into())
    }

    async fn get(&self, client: &Client, id: &str) -> Result<StoredItem, Error> {
        Ok(to_item(client.get_file(to_id(id)).send().await?.into_inner()))
    }

    async fn rename(&self, client: &Client, id: &str, name: &str) -> Result<(), Error> {
        client.update_file(to_id(id), UpdateFileRequest::new().name(name)).send().await.map(|_| ())
    }

    async fn delete(&self, client: &Client, id: &str) -> Result<(), Error> {
        client.delete_file(to_id(id)).trash(false).send().await.map(|_| ())
    }

    /// Prism passes text on unchanged, and no other bytes.
    fn content(&self) -> Bytes {
        if self.url != self.sandbox.netexplorer_url() {
            Bytes::from("text\n".repeat(20_000))
        } else {
            Bytes::from_iter((0..=255).cycle().take(100_000))
        }
    }

    fn unknown_id(&self) -> String {
        "999999".to_owned()
    }
}

#[tokio::test]
async fn the_client_passes_the_vendor_suite() {
    let sandbox = Sandbox::builder().seeded(false).start().await.unwrap();
    let token = sandbox.netexplorer().issue_access_token();
    let url = sandbox.netexplorer_url();
    let report = run_suite(&NetExplorerAdapter { sandbox, token, url }).await;
    println!("{report}");
    assert_eq!(report.failures(), Vec::<String>::new());
    assert_eq!(report.passed(), BTreeSet::from(Capability::ALL));
}

/// Prism compares the suite's requests and the sandbox's responses with the specification.
#[tokio::test(flavor = "multi_thread")]
async fn a_validating_proxy_finds_no_violation_in_the_suite() {
    let sandbox = Sandbox::builder().seeded(false).start().await.unwrap();
    let Some(prism) = Prism::start("netexplorer", "/api", &sandbox.netexplorer_url()) else {
        return;
    };
    let token = sandbox.netexplorer().issue_access_token();
    let adapter = NetExplorerAdapter { sandbox, token, url: prism.url() };
    assert_eq!(run_suite(&adapter).await.failures(), Vec::<String>::new());
    let (requests, violations) = prism.finish().await;
    assert!(requests > 20, "{requests}");
    assert_eq!(violations, Vec::<String>::new());
}

/// The kind, meaning and HTTP status of an error.
fn outcome<T: std::fmt::Debug>(
    result: Result<T, Error>,
) -> (ErrorKind, Option<ErrorCode>, Option<u16>) {
    let error = result.expect_err("the server should have refused the call");
    (error.kind(), ErrorCode::of(&error), error.status().map(|status| status.as_u16()))
}

#[tokio::test]
async fn refusals_are_classified_by_message_and_status() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = administrator(&sandbox);
    let bad = client(&sandbox, "canary-bad").unwrap();
    let member = good.acting_as(MEMBER).unwrap();

    let taken = good.create_folder(folder_request(ROOT, "Projets")).send().await;
    assert_eq!(outcome(taken), (ErrorKind::Conflict, Some(ErrorCode::DuplicateName), Some(403)));
    let restricted = i64::try_from(RESTRICTED_FOLDER).unwrap();
    let forbidden = member.get_folder(restricted).send().await;
    assert_eq!(outcome(forbidden), (ErrorKind::PermissionDenied, None, Some(403)));
    let missing = good.get_file(999_999).send().await;
    assert_eq!(outcome(missing), (ErrorKind::NotFound, None, Some(404)));
    let missing = good.download_file(999_999).send().await.map(|_| ());
    assert_eq!(outcome(missing), (ErrorKind::NotFound, None, Some(404)));
    let stranger = bad.list_folders().send().await;
    assert_eq!(outcome(stranger), (ErrorKind::Authentication, None, Some(401)));
    let large = Sandbox::builder().netexplorer_upload_limit(1000).start().await.unwrap();
    let content = vec![0; 2000];
    for method in [UploadMethod::Simple, UploadMethod::Chunked, UploadMethod::Tus] {
        let client = administrator(&large);
        let upload = client.upload(ROOT, content.clone()).name("large").method(method);
        let error = upload.send().await.unwrap_err();
        assert_eq!(ErrorCode::of(&error), Some(ErrorCode::TooLarge), "{method:?}: {error}");
    }
    for sandbox in [&sandbox, &large] {
        assert_eq!(sandbox.netexplorer().counters().writes, 0, "a refused call had an effect");
    }
}

#[tokio::test]
async fn only_reads_and_idempotent_writes_are_retried() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = sandbox.netexplorer();
    let good = administrator(&sandbox);
    let unavailable = |operation: &str| Fault::response(503).only(operation);
    let sent = |operation: &str| {
        let requests = server.requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
    };

    server.script(unavailable("getFile")).unwrap();
    let found = good.get_file(READABLE_FILE).send().await.unwrap();
    assert_eq!((found.id, sent("getFile")), (READABLE_FILE, 2));
    server.script(unavailable("downloadFile")).unwrap();
    good.download_file(READABLE_FILE).send().await.unwrap();
    assert_eq!(sent("downloadFile"), 2);

    // The server processed the request, but its response was lost.
    let lost = |operation: &str| unavailable(operation).at(FaultTiming::AfterHandling);
    let update = UpdateFileRequest::new().name("Renamed");
    server.script(lost("updateFile")).unwrap();
    let renamed = good.update_file(READABLE_FILE, update).send().await.unwrap();
    assert_eq!((renamed.name.as_deref(), sent("updateFile")), (Some("Renamed"), 2));

    server.script(lost("createShareLink")).unwrap();
    let link = CreateShareLinkRequest::new().files([File::new(READABLE_FILE)]);
    let error = good.create_share_link(link).send().await.unwrap_err();
    assert_eq!((error.kind(), sent("createShareLink")), (ErrorKind::Server, 1));
    assert_eq!(server.recording().writes_of("createShareLink"), 1);

    server.script(lost("uploadFile")).unwrap();
    let form = UploadFileForm::new(ROOT, FilePart::new("once.bin", Bytes::from_static(b"once")));
    let error = good.upload_file(form).send().await.unwrap_err();
    assert_eq!((error.kind(), sent("uploadFile")), (ErrorKind::Server, 1));
    assert_eq!(server.recording().writes_of("uploadFile"), 1);
}

#[tokio::test]
async fn every_upload_method_stores_the_same_file() {
    let sandbox = Sandbox::builder().netexplorer_assembling_polls(2).start().await.unwrap();
    let good = administrator(&sandbox);
    let content: Vec<u8> = (0..250_000_u32).map(|n| (n % 239) as u8).collect();
    for method in [UploadMethod::Simple, UploadMethod::Chunked, UploadMethod::Tus] {
        for length in [1, 100_000, 250_000] {
            let before = sandbox.netexplorer().file_count();
            let name = format!("{method:?} é {length}.bin");
            let upload = good.upload(CATALOGUE, content[..length].to_vec());
            let upload = upload.name(&name).method(method).piece_size(40_000);
            let uploaded = upload.send().await.unwrap();
            assert_eq!(uploaded.renamed(), None);
            assert_eq!(uploaded.size, i64::try_from(length).ok());
            let file = good.download_file(uploaded.id).send().await.unwrap().into_inner();
            assert!(file.collect(1 << 20).await.unwrap() == content[..length], "{name}");
            assert_eq!(sandbox.netexplorer().file_count(), before + 1);
            let found = good.find_entry(ROOT, &format!("Projets/Catalogue/{name}")).await.unwrap();
            assert_eq!(found.and_then(Entry::into_file).unwrap().id, uploaded.id);
        }
    }
    // An empty file has no chunk.
    let empty = good.upload(CATALOGUE, Vec::new()).name("empty").method(UploadMethod::Chunked);
    assert_eq!(empty.send().await.unwrap().size, Some(0));
}

#[tokio::test]
async fn a_tus_upload_continues_at_the_servers_offset() {
    let sandbox = Sandbox::start().await.unwrap();
    let server = sandbox.netexplorer();
    let good = administrator(&sandbox);
    let content: Vec<u8> = (0..100_000_u32).map(|n| (n % 233) as u8).collect();
    let upload = || good.upload(ROOT, content.clone()).name("tus.bin").method(UploadMethod::Tus);
    // The piece arrived, but its response was lost; a request for the offset shows it.
    let lost = Fault::response(502).only("uploadTusChunk").at(FaultTiming::AfterHandling);
    server.script(lost).unwrap();
    let uploaded = upload().piece_size(30_000).send().await.unwrap();
    let file = good.download_file(uploaded.id).send().await.unwrap().into_inner();
    assert!(file.collect(1 << 20).await.unwrap() == content);
    assert_eq!(server.recording().writes_of("createTusFile"), 1);

    // An abandoned upload is resumed from its state alone.
    let mut abandoned = upload().piece_size(30_000).start().await.unwrap();
    let state = serde_json::to_string(&abandoned.state()).unwrap();
    abandoned.cancel();
    let _ = abandoned.wait().await;
    let state = serde_json::from_str(&state).unwrap();
    let again = good.resume_upload(content.clone(), state).send().await.unwrap();
    assert_eq!(again.size, Some(100_000));
    let state = upload().start().await.unwrap().state();
    server.expire_uploads();
    let expired = good.resume_upload(content.clone(), state).send().await.unwrap_err();
    assert_eq!(ErrorCode::of(&expired), Some(ErrorCode::UploadExpired), "{expired}");
}

/// The session of a finished TUS upload still leads to its file.
#[tokio::test]
async fn a_finished_tus_upload_is_not_sent_again() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = administrator(&sandbox);
    let modified = "2025-06-01T08:00:00Z".parse().unwrap();
    let upload = good.upload(ROOT, vec![7; 1000]).name("tus.bin").method(UploadMethod::Tus);
    let mut upload = upload.modified(modified).start().await.unwrap();
    let state = upload.state();
    let uploaded = upload.wait().await.unwrap();
    let files = sandbox.netexplorer().file_count();
    for _ in 0..2 {
        let again = good.resume_upload(vec![7; 1000], state.clone()).send().await.unwrap();
        assert_eq!((again.id, again.modification), (uploaded.id, Some(modified)));
    }
    assert_eq!(sandbox.netexplorer().file_count(), files);
}

#[tokio::test]
async fn a_path_is_looked_up_in_both_response_forms() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = administrator(&sandbox);
    for wrapped in [false, true] {
        sandbox.netexplorer().wrap_path_responses(wrapped);
        let file = good.find_file(ROOT, "Projets/Catalogue/Fauteuil.txt").await.unwrap().unwrap();
        assert_eq!(file.size, Some(2_048));
        let folder = good.find_folder(ROOT, "/Projets/Catalogue").await.unwrap().unwrap();
        assert_eq!(folder.id, Some(CATALOGUE));
        assert_eq!(good.find_folder(ROOT, "").await.unwrap().unwrap().id, Some(ROOT));
        assert!(good.find_entry(ROOT, "Projets/Rien").await.unwrap().is_none());
        assert!(good.find_folder(ROOT, "Projets/Lisez-moi.txt").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_list_is_complete_in_pages_of_any_size() {
    let sandbox = Sandbox::start().await.unwrap();
    let good = administrator(&sandbox);
    let whole = good.list_groups().send().await.unwrap().into_inner().objects.unwrap();
    assert!(whole.len() > 1);
    for size in [1, 2, 100] {
        let paged = good.list_groups().pages().by_offset("offset", "limit").page_size(size);
        // Only the IDs: other members of a summary may be absent.
        let ids = |groups: &[netexplorer_sdk::types::GroupSummary]| -> Vec<_> {
            groups.iter().map(|group| group.id.clone()).collect()
        };
        assert_eq!(ids(&paged.all().await.unwrap()), ids(&whole), "pages of {size}");
    }
}
