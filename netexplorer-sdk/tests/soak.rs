//! Thousands of calls of NetExplorer's client through a proxy that disrupts most connections: whatever happens, no
//! value is wrong and nothing is written twice.

#![allow(clippy::unwrap_used, missing_docs)]

use netexplorer_sdk::{
    CallOptions, Client, Error, FilePart,
    entry::Entry,
    types::{CreateFolderRequest, CreateShareLinkRequest, File, Folder, UploadFileForm},
    upload::UploadMethod,
};
use oneteg_sandbox::Sandbox;
use oneteg_test_kit::{
    SoakOutcome,
    vendor_soak::{self, CreatedItems, Inventory, VendorSoak, item_name},
};

/// The root folder, and a folder of the seed in which nothing is created.
const ROOT: i64 = 1;
const CATALOGUE: i64 = 3;

/// A client of the server or of the proxy.
fn client(sandbox: &Sandbox, url: String, idle: usize) -> Client {
    Client::builder(url)
        .access_token(sandbox.netexplorer().issue_access_token())
        .retry(vendor_soak::retry_policy())
        .runtime(move |runtime| vendor_soak::runtime(runtime, idle))
        .build()
        .unwrap()
}

/// What the server holds before the soak and nobody changes, read without the proxy.
struct Baseline {
    /// The files of a folder, with their content and the result of their path lookup.
    files: Vec<(File, Vec<u8>, Entry)>,
    catalogue: Folder,
    /// The folder in which the soak creates folders and files.
    created: i64,
}

fn folder(parent: i64, name: String) -> CreateFolderRequest {
    CreateFolderRequest::new(parent, name)
}

fn path(file: &File) -> String {
    format!("Projets/Catalogue/{}", file.name.as_deref().unwrap())
}

async fn bytes(client: &Client, id: i64) -> Vec<u8> {
    let file = client.download_file(id).send().await.unwrap().into_inner();
    file.collect(1 << 20).await.unwrap()
}

impl Baseline {
    async fn read(client: &Client) -> Self {
        let created = client.create_folder(folder(ROOT, "soak".to_owned())).send().await.unwrap();
        let catalogue = client.get_folder(CATALOGUE).depth(1).send().await.unwrap().into_inner();
        let mut files = Vec::new();
        for file in catalogue.content.as_ref().unwrap().files.clone().unwrap() {
            let bytes = bytes(client, file.id).await;
            let entry = client.find_entry(ROOT, &path(&file)).await.unwrap().unwrap();
            files.push((file, bytes, entry));
        }
        assert!(files.len() > 2, "the seed has too little to read");
        Self { files, catalogue, created: created.id.unwrap() }
    }
}

/// The kinds of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    CreateFolder,
    Upload,
    UploadByTus,
    CreateLink,
    GetFile,
    List,
    Download,
    Path,
}

/// Half of the calls are writes that must not be repeated.
const SEQUENCE: [Kind; 12] = [
    Kind::CreateFolder,
    Kind::GetFile,
    Kind::Upload,
    Kind::List,
    Kind::CreateLink,
    Kind::Download,
    Kind::Upload,
    Kind::GetFile,
    Kind::CreateFolder,
    Kind::Path,
    Kind::UploadByTus,
    Kind::Download,
];

/// NetExplorer's server, what it holds, and a client that reads it without the proxy.
struct NetExplorer {
    sandbox: Sandbox,
    direct: Client,
    baseline: Baseline,
}

impl VendorSoak for NetExplorer {
    type Client = Client;
    type Kind = Kind;

    const NAME: &'static str = "netexplorer";
    const SEED: u64 = 31_337;
    const CALL_SEQUENCE: &'static [Kind] = &SEQUENCE;
    const CREATED: &'static [CreatedItems<Kind>] = &[
        CreatedItems {
            label: "folders",
            kinds: &[Kind::CreateFolder],
            operations: &["createFolder"],
        },
        CreatedItems {
            label: "files",
            kinds: &[Kind::Upload, Kind::UploadByTus],
            operations: &["uploadFile", "createTusFile"],
        },
        CreatedItems {
            label: "links",
            kinds: &[Kind::CreateLink],
            operations: &["createShareLink"],
        },
    ];
    // Every fourth of twelve calls would always be the same three kinds.
    const POOLED_EVERY: u64 = 5;
    /// The server keeps what it receives.
    const MAX_MEMORY_GROWTH: i64 = 48 << 20;
    const MIN_CORRECT_PERCENT: u64 = 75;

    async fn start() -> Self {
        let sandbox = Sandbox::builder().netexplorer_assembling_polls(0).start().await.unwrap();
        let direct = client(&sandbox, sandbox.netexplorer_url(), 1);
        let baseline = Baseline::read(&direct).await;
        Self { sandbox, direct, baseline }
    }

    fn server_url(&self) -> String {
        self.sandbox.netexplorer_url()
    }

    fn client(&self, url: String, idle: usize) -> Client {
        client(&self.sandbox, url, idle)
    }

    fn requests(&self) -> u64 {
        self.sandbox.netexplorer().counters().requests
    }

    fn writes_of(&self, operation: &str) -> u64 {
        self.sandbox.netexplorer().recording().writes_of(operation)
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
        let (file, bytes, entry) = vendor_soak::pick(&baseline.files, n);
        let id = file.id;
        let uploaded = |made: File| {
            let right = (
                Some(item_name(n)),
                i64::try_from(Self::content(n).len()).ok(),
                Some(baseline.created),
            );
            Self::compare(n, &(made.name, made.size, made.parent_id), &right)
        };
        Ok(match Self::kind(n) {
            Kind::CreateFolder => {
                let request = client.create_folder(folder(baseline.created, item_name(n)));
                let made = request.call_options(options).send().await?.into_inner();
                Self::compare(
                    n,
                    &(made.name, made.parent_id),
                    &(Some(item_name(n)), Some(baseline.created)),
                )
            }
            Kind::Upload => {
                let form = UploadFileForm::new(
                    baseline.created,
                    FilePart::new(item_name(n), Self::content(n)),
                );
                uploaded(client.upload_file(form).call_options(options).send().await?.into_inner())
            }
            Kind::UploadByTus => {
                let upload = client.upload(baseline.created, Self::content(n)).name(item_name(n));
                uploaded(upload.method(UploadMethod::Tus).piece_size(1000).send().await?.file)
            }
            Kind::CreateLink => {
                let number = i64::try_from(n).ok();
                let mut request = CreateShareLinkRequest::new().files([File::new(id)]);
                request.max_downloads = number;
                let made = client.create_share_link(request).call_options(options).send().await?;
                let ids: Vec<_> = made.files.iter().flatten().map(|file| file.id).collect();
                Self::compare(n, &(made.max_downloads, ids), &(number, vec![id]))
            }
            Kind::GetFile => {
                let response = client.get_file(id).call_options(options).send().await?;
                Self::compare(n, &response.into_inner(), file)
            }
            Kind::List => {
                let response =
                    client.get_folder(CATALOGUE).depth(1).call_options(options).send().await?;
                Self::compare(n, &response.into_inner(), &baseline.catalogue)
            }
            Kind::Download => {
                let file = client.download_file(id).call_options(options).send().await?;
                Self::compare(n, &file.into_inner().collect(1 << 20).await?, bytes)
            }
            Kind::Path => {
                Self::compare(n, &client.find_entry(ROOT, &path(file)).await?, &Some(entry.clone()))
            }
        })
    }

    /// Also checks that the uploaded content is what was sent.
    async fn inventory(&self) -> Inventory {
        let (client, mut held) = (&self.direct, Inventory::default());
        let made =
            client.get_folder(self.baseline.created).depth(1).full(true).send().await.unwrap();
        let content = made.into_inner().content.unwrap();
        for folder in content.folders.unwrap() {
            held.add("folders", folder.name.unwrap(), 1);
        }
        for file in content.files.unwrap() {
            let name = file.name.unwrap();
            let sent = Self::content(vendor_soak::call_number(&name).unwrap());
            assert!(bytes(client, file.id).await == sent, "{name} is stored wrong");
            // A repeated upload would be another version.
            held.add("files", name, u64::try_from(file.nb_versions.unwrap_or(1)).unwrap());
        }
        for link in client.list_share_links().send().await.unwrap().into_inner() {
            // Links have no name; this one carries the number of its call.
            held.add("links", item_name(u64::try_from(link.max_downloads.unwrap()).unwrap()), 1);
        }
        held
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_soak_through_faults_is_never_wrong_and_writes_nothing_twice() {
    vendor_soak::soak_with_faults::<NetExplorer>().await;
}

/// The inventory reveals a client that repeats writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_a_client_that_repeats_writes() {
    let (report, held) = vendor_soak::soak_with_repeated_writes::<NetExplorer>(300).await;
    assert!(held.has_duplicates("files") && held.has_duplicates("links"));
    // Creating a folder that exists is refused.
    assert!(report.failed.contains_key("Conflict"), "{:?}", report.failed);
}

/// Downloaded bytes are compared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soak_notices_wrong_bytes() {
    vendor_soak::soak_with_corruption::<NetExplorer>(600).await;
}
