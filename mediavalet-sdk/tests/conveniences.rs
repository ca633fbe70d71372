//! The calls that do a common task in one line, against the sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

use std::{path::Path, process::Command, time::Duration};

use mediavalet_sdk::{
    Checksum, Client, ErrorKind, FilePart, Method, RetryPolicy, download::Rendition,
    upload::UploadState,
};
use oneteg_sandbox::{Fault, FaultTiming, Sandbox};

#[allow(dead_code)]
#[path = "../examples/ingest.rs"]
mod example;

/// Set in the processes that the tests start.
const PROGRAM: &str = "ONETEG_TEST_PROGRAM";

struct Library {
    sandbox: Sandbox,
    client: Client,
}

impl Library {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let client = Self::client(&sandbox);
        Self { sandbox, client }
    }

    /// A client with its own memory of ids.
    fn client(sandbox: &Sandbox) -> Client {
        let vendor = sandbox.mediavalet();
        let retry = RetryPolicy::builder().initial_backoff(Duration::from_millis(1)).build();
        let client = Client::builder().base_url(sandbox.mediavalet_url());
        let client = client.subscription_key(vendor.account().subscription_key.clone());
        client.access_token(vendor.issue_access_token()).retry(retry).build().unwrap()
    }

    fn count(&self, method: &Method, path: &str) -> usize {
        let requests = self.sandbox.mediavalet().requests();
        requests
            .iter()
            .filter(|seen| seen.method == method.as_str() && seen.path.starts_with(path))
            .count()
    }

    async fn category(&self, path: &str) -> String {
        self.client.find_category(path).await.unwrap().unwrap().id
    }
}

#[tokio::test]
async fn a_category_is_found_by_its_path() {
    let library = Library::start().await;
    let shoes = library.client.find_category("/Products/Shoes/").await.unwrap().unwrap();
    let products = library.client.find_category("Products").await.unwrap().unwrap();
    assert_eq!((shoes.name.as_deref(), shoes.parent_id), (Some("Shoes"), Some(products.id)));
    for missing in ["Shoes", "products", "Products/Hats", "Products/Shoes/Red"] {
        assert!(library.client.find_category(missing).await.unwrap().is_none(), "{missing}");
    }
    let error = library.client.find_category("Products//Shoes").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn missing_categories_of_a_path_are_created_once() {
    let library = Library::start().await;
    let client = &library.client;
    let first = client.find_or_create_category("Products/Hats/Summer").await.unwrap();
    let again = client.find_or_create_category("Products/Hats/Summer").await.unwrap();
    assert!(!first.id.is_empty() && first.id == again.id);
    assert_eq!(library.count(&Method::POST, "/categories"), 2);
    let hats = client.find_category("Products/Hats").await.unwrap().unwrap();
    assert_eq!(first.parent_id, Some(hats.id));
    let top = client.find_or_create_category("Campaigns").await.unwrap();
    let products = client.find_category("Products").await.unwrap().unwrap();
    assert!(top.parent_id.is_some() && top.parent_id == products.parent_id);
}

#[tokio::test]
async fn a_category_whose_creation_failed_on_the_way_back_is_found() {
    let library = Library::start().await;
    // The call takes effect, but its response is lost.
    library
        .sandbox
        .mediavalet()
        .script(Fault::response(500).only("createCategory").at(FaultTiming::AfterHandling))
        .unwrap();
    let hats = library.client.find_or_create_category("Hats").await.unwrap();
    assert_eq!(hats.name.as_deref(), Some("Hats"));
    assert_eq!(library.count(&Method::POST, "/categories"), 1);
}

#[tokio::test]
async fn a_lightbox_is_created_once() {
    let library = Library::start().await;
    let client = &library.client;
    assert!(client.find_lightbox("Spring").await.unwrap().is_none());
    let first = client.find_or_create_lightbox("Spring").await.unwrap();
    let again = client.find_or_create_lightbox("Spring").await.unwrap();
    assert!(!first.id.is_empty() && first.id == again.id);
    assert_eq!(library.count(&Method::POST, "/lightboxes"), 1);
    assert_eq!(client.find_lightbox(" ").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn an_asset_is_found_by_its_exact_file_name() {
    let library = Library::start().await;
    let client = &library.client;
    let (products, places) = (library.category("Products").await, library.category("Places").await);
    let shoe = client.find_asset("red-shoe.png").await.unwrap().unwrap();
    assert_eq!(shoe.title.as_deref(), Some("Red shoe"));
    // The words are found, the name is not.
    for other in ["red shoe.png", "Red-Shoe.png", "shoe.png", "red-shoe"] {
        assert!(client.find_asset(other).await.unwrap().is_none(), "{other}");
    }
    let found = client.find_asset_in(&products, "red-shoe.png").await.unwrap();
    assert_eq!(found.unwrap().id, shoe.id, "it is in a subcategory");
    assert!(client.find_asset_in(&places, "red-shoe.png").await.unwrap().is_none());
    assert_eq!(client.find_asset("").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn an_upload_has_keywords_categories_a_name_and_a_lightbox() {
    let library = Library::start().await;
    let client = &library.client;
    let (shoes, places) =
        (library.category("Products/Shoes").await, library.category("Places").await);
    let lightbox = client.find_or_create_lightbox("New").await.unwrap().id;
    let uploaded = client
        .upload(FilePart::new("a.txt", b"hello".to_vec()))
        .name("b.txt")
        .categories([&shoes, &places])
        .keywords(["sea", "sky"])
        .lightbox(&lightbox)
        .send()
        .await
        .unwrap();
    let asset = client.wait_until_ready(&uploaded.id, Duration::from_secs(30)).await.unwrap();
    assert_eq!(asset.file.unwrap().file_name.as_deref(), Some("b.txt"));
    assert_eq!(asset.categories.unwrap(), [shoes, places]);
    assert_eq!(asset.keywords.unwrap(), ["sea", "sky"]);
    let inside = client.list_lightbox_assets(&lightbox).send().await.unwrap().into_inner();
    let inside: Vec<_> = inside.assets.unwrap().into_iter().map(|asset| asset.id).collect();
    assert_eq!(inside, [uploaded.id]);
}

#[tokio::test]
async fn a_lightbox_that_is_deleted_during_the_upload_ends_the_wait() {
    let sandbox = Sandbox::builder().mediavalet_processing_polls(0).start().await.unwrap();
    let library = Library { client: Library::client(&sandbox), sandbox };
    let client = &library.client;
    let shoes = library.category("Products/Shoes").await;
    let lightbox = client.find_or_create_lightbox("New").await.unwrap().id;
    client.delete_lightbox(&lightbox).send().await.unwrap();
    // Without the look-up, the upload is as one whose lightbox is deleted after it.
    let upload = client.upload(FilePart::new("a.txt", b"hello".to_vec())).category(shoes);
    let upload = upload.lightbox(&lightbox).check_ids(false);
    let error = upload.wait_until_ready(Duration::from_secs(5)).send().await.unwrap_err();
    let expected = (ErrorKind::NotFound, Some("get_lightbox"));
    assert_eq!((error.kind(), error.operation()), expected, "{error}");
}

#[tokio::test]
async fn a_busy_server_does_not_end_the_wait_for_an_asset() {
    let library = Library::start().await;
    let client = &library.client;
    let shoes = library.category("Products/Shoes").await;
    let lightbox = client.find_or_create_lightbox("New").await.unwrap().id;
    // As many as the attempts of one call.
    let busy = || Fault::response(503).times(4);
    library.sandbox.mediavalet().script(busy().only("getAsset")).unwrap();
    library.sandbox.mediavalet().script(busy().only("addAssetsToLightbox")).unwrap();
    let upload = client.upload(FilePart::new("a.txt", b"hello".to_vec())).category(shoes);
    let upload = upload.lightbox(&lightbox).wait_until_ready(Duration::from_secs(60));
    let uploaded = upload.send().await.unwrap();
    let inside = client.list_lightbox_assets(&lightbox).send().await.unwrap().into_inner();
    assert_eq!(inside.assets.unwrap()[0].id, uploaded.id);
    library.sandbox.mediavalet().script(busy().only("getAsset")).unwrap();
    client.wait_until_ready(&uploaded.id, Duration::from_secs(60)).await.unwrap();
}

#[tokio::test]
async fn a_wrong_id_fails_before_anything_is_created() {
    const NONE: &str = "00000000-0000-4000-8000-00000000dead";
    let library = Library::start().await;
    let client = &library.client;
    let shoes = library.category("Products/Shoes").await;
    let file = || FilePart::new("a.txt", b"hello".to_vec());
    let upload = || client.upload(file()).category(&shoes);
    for (kind, upload) in [
        ("category", upload().category(NONE)),
        ("attribute", upload().attribute(NONE, "x")),
        ("lightbox", upload().lightbox(NONE)),
    ] {
        let error = upload.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains(kind) && error.message().contains(NONE), "{error}");
    }
    assert_eq!(library.count(&Method::POST, "/uploads"), 0);
    // Each id is looked up once, also by clones.
    let before = library.count(&Method::GET, "/categories/");
    upload().send().await.unwrap();
    client.clone().upload(file()).category(&shoes).send().await.unwrap();
    assert_eq!(library.count(&Method::GET, "/categories/"), before);
    // Without the check, MediaValet refuses the category itself.
    let unchecked = upload().category(NONE).check_ids(false).send().await.unwrap_err();
    assert!(unchecked.status().is_some(), "{unchecked}");
}

/// A file large enough for two blocks.
fn film(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("film.mov");
    let bytes: Vec<u8> = (0..(65 << 20) + 7).map(|n: u32| (n % 251) as u8).collect();
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn interrupted(library: &Library, film: &Path, state: &Path) {
    let shoes = library.category("Products/Shoes").await;
    let upload = library.client.upload(film).category(shoes).parallel(1).block_size(32 << 20);
    let mut upload = upload.title("Film").state_file(state).start().await.unwrap();
    assert!(state.exists(), "the state is saved before the first byte");
    upload.progress().wait_for(|now| now.done > 0).await.unwrap();
    upload.cancel();
    assert_eq!(upload.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn an_upload_with_a_state_file_resumes_in_another_process() {
    let library = Library::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (film, state) = (film(folder.path()), folder.path().join("film.state"));
    interrupted(&library, &film, &state).await;
    let saved: UploadState = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert!(saved.blocks_done() > 0);
    let client = Library::client(&library.sandbox);
    let uploaded = client.upload(&*film).state_file(&state).send().await.unwrap();
    assert_eq!(uploaded.id, saved.asset_id(), "another asset was created");
    assert!(!state.exists());
    let asset = client.wait_until_ready(&uploaded.id, Duration::from_secs(30)).await.unwrap();
    assert_eq!(asset.title.as_deref(), Some("Film"));
    let copy = folder.path().join("copy.mov");
    let download = client.download(&uploaded.id, Rendition::Original).to_file(&copy);
    let download = download.state_file(folder.path().join("copy.state"));
    let checksum = asset.file.and_then(|file| file.md5).map(|md5| Checksum::md5(&md5)).unwrap();
    assert_eq!(download.checksum(checksum).send().await.unwrap(), uploaded.bytes);
    assert!(std::fs::read(&copy).unwrap() == std::fs::read(&film).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_state_file_of_a_changed_source_starts_over_and_one_of_another_upload_is_an_error() {
    let library = Library::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (film, state) = (folder.path().join("film.mov"), folder.path().join("film.state"));
    std::fs::write(&film, "moving pictures").unwrap();
    let shoes = library.category("Products/Shoes").await;
    let upload = library.client.upload(&*film).category(shoes).state_file(&state);
    // Dropped before its task runs.
    drop(upload.start().await.unwrap());
    assert!(state.exists(), "the state is saved before the first byte");
    let client = &library.client;
    let shoes = library.category("Products/Shoes").await;
    let other = client.upload(FilePart::new("other.mov", b"x".to_vec())).category(&shoes);
    let error = other.state_file(&state).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(state.exists());

    let saved: UploadState = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    std::fs::write(&film, "shorter").unwrap();
    let upload = client.upload(&*film).category(&shoes).state_file(&state);
    let uploaded = upload.send().await.unwrap();
    assert_ne!(uploaded.id, saved.asset_id());
    assert_eq!((uploaded.bytes, state.exists()), (7, false));

    std::fs::write(&state, "not a state").unwrap();
    let upload = client.upload(&*film).category(&shoes).state_file(&state);
    assert_eq!(upload.send().await.unwrap_err().kind(), ErrorKind::Integrity);
    let nowhere = folder.path().join("missing/film.state");
    let before = library.count(&Method::PUT, "/");
    let upload = client.upload(&*film).category(&shoes).state_file(nowhere);
    assert_eq!(upload.send().await.unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(library.count(&Method::PUT, "/"), before, "bytes were sent");
}

#[tokio::test]
async fn a_state_file_of_a_finished_upload_is_removed() {
    let library = Library::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (film, state) = (folder.path().join("film.mov"), folder.path().join("film.state"));
    std::fs::write(&film, "moving pictures").unwrap();
    let shoes = library.category("Products/Shoes").await;
    // The upload finishes, but the wait for the asset does not.
    let upload = library.client.upload(&*film).category(&shoes).state_file(&state);
    let error = upload.wait_until_ready(Duration::ZERO).send().await.unwrap_err();
    assert_eq!((error.kind(), state.exists()), (ErrorKind::Timeout, true));
    let count = library.sandbox.mediavalet().asset_count();
    let upload = library.client.upload(&*film).category(&shoes).state_file(&state);
    upload.send().await.unwrap();
    assert_eq!((library.sandbox.mediavalet().asset_count(), state.exists()), (count, false));
}

#[tokio::test]
async fn the_ingest_example_uploads_what_is_missing() {
    let library = Library::start().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("pictures");
    std::fs::create_dir(&folder).unwrap();
    for (name, content) in [("a.txt", "hello"), ("b.txt", "world!"), ("read-me.txt", "new")] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let ingest = || async {
        let done = example::ingest(&library.client, &folder, "Products/Spring").await.unwrap();
        // The sandbox shows an asset in searches a few calls after its upload.
        for name in ["a.txt", "b.txt"] {
            let asset = library.client.find_asset(name).await.unwrap().unwrap();
            let id = asset.id;
            library.client.wait_until_ready(id, Duration::from_secs(30)).await.unwrap();
        }
        done
    };
    // The seed's `read-me.txt` is in `Products`, but not in `Products/Spring`.
    assert_eq!(ingest().await, "3 files uploaded (14 bytes), 0 there already");
    assert_eq!(ingest().await, "0 files uploaded (0 bytes), 3 there already");
    std::fs::write(folder.join("c.txt"), "more").unwrap();
    assert_eq!(ingest().await, "1 files uploaded (4 bytes), 3 there already");
    let states = std::fs::read_dir(folder.with_extension("states")).unwrap();
    assert_eq!(states.count(), 0);
    let lightbox = library.client.find_lightbox("Ingested").await.unwrap().unwrap();
    assert_eq!(lightbox.asset_count, Some(4));
}

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let client = Client::from_env().unwrap();
    assert!(client.session().is_none());
    assert!(client.sign_in_if_needed(|_| ()).await.unwrap().is_none());
    println!("user {}", client.get_current_user().send().await.unwrap().id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_built_from_the_environment() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = sandbox.mediavalet().account().subscription_key.clone();
    let program = |variables: &[(&str, &str)]| {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "program", "--nocapture"]).env(PROGRAM, "1");
        for name in ["SUBSCRIPTION_KEY", "ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET"] {
            program.env_remove(format!("MEDIAVALET_{name}"));
        }
        program.env("MEDIAVALET_URL", sandbox.mediavalet_url()).envs(variables.iter().copied());
        let output = program.output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
    };
    let token = sandbox.mediavalet().issue_access_token();
    let (key, token) =
        (("MEDIAVALET_SUBSCRIPTION_KEY", &*key), ("MEDIAVALET_ACCESS_TOKEN", &*token));
    let (succeeded, printed) = program(&[key, token]);
    assert!(succeeded && printed.contains("user 0"), "{printed}");
    // A missing or blank variable is named.
    for (variables, missing) in [
        (&[token][..], "MEDIAVALET_SUBSCRIPTION_KEY"),
        (&[token, ("MEDIAVALET_SUBSCRIPTION_KEY", " ")], "MEDIAVALET_SUBSCRIPTION_KEY"),
        (&[key], "MEDIAVALET_CLIENT_ID"),
    ] {
        let (succeeded, printed) = program(variables);
        assert!(!succeeded && printed.contains(missing), "{missing}: {printed}");
        assert!(printed.contains("Configuration"), "{printed}");
    }
}
