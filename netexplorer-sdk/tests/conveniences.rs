//! One line for common intents, against the sandbox: folders by path, share links, uploads and downloads whose state
//! is kept in a file; and the example that uses them.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

use std::{fs, future::IntoFuture, time::Duration};

use netexplorer_sdk::{Client, ErrorKind, RetryPolicy, upload::UploadMethod};
use oneteg_sandbox::{
    Fault, FaultTiming, Sandbox,
    netexplorer::{SERVER_APPLICATION, SERVER_SECRET},
};

#[allow(dead_code)]
#[path = "../examples/backup.rs"]
mod example;

/// Set in the processes that the tests start.
const PROGRAM: &str = "ONETEG_TEST_PROGRAM";
const ROOT: i64 = 1;
const PROJECTS: i64 = 2;
/// A file of 65,536 bytes, and its folder.
const REPORT: i64 = 1007;
const ARCHIVE: i64 = 6;

fn administrator(sandbox: &Sandbox) -> Client {
    let quick = RetryPolicy::builder().initial_backoff(Duration::from_millis(2)).build();
    let builder = Client::builder(sandbox.netexplorer_url());
    builder.access_token(sandbox.netexplorer().issue_access_token()).retry(quick).build().unwrap()
}

/// Started as a process by the test below; as a test, it does nothing.
#[tokio::test]
async fn program() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    let client = Client::from_env().unwrap();
    let signed_in = client.sign_in_if_needed(|_| ()).await.unwrap();
    assert!(signed_in.is_none());
    println!("{:?}", client.get_account().send().await.unwrap().login);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_from_the_environment_signs_in() {
    let sandbox = Sandbox::start().await.unwrap();
    let program = |variables: &[(&str, &str)]| {
        let mut program = std::process::Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "program", "--nocapture"]).env(PROGRAM, "1");
        for name in ["ACCESS_TOKEN", "CLIENT_ID", "CLIENT_SECRET"] {
            program.env_remove(format!("NETEXPLORER_{name}"));
        }
        program.env("NETEXPLORER_URL", sandbox.netexplorer_url()).envs(variables.iter().copied());
        let output = program.output().unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let token = sandbox.netexplorer().issue_access_token();
    for variables in [
        &[("NETEXPLORER_ACCESS_TOKEN", &*token)][..],
        &[
            ("NETEXPLORER_CLIENT_ID", SERVER_APPLICATION),
            ("NETEXPLORER_CLIENT_SECRET", SERVER_SECRET),
        ],
    ] {
        let (succeeded, printed) = program(variables);
        assert!(succeeded && printed.contains("Some(\""), "{printed}");
    }
    assert!(!program(&[("NETEXPLORER_ACCESS_TOKEN", "wrong")]).0);
    // A missing variable is named.
    let token = ("NETEXPLORER_ACCESS_TOKEN", &*token);
    for (variables, missing) in [
        (&[("NETEXPLORER_URL", ""), token][..], "NETEXPLORER_URL"),
        (&[("NETEXPLORER_CLIENT_ID", "an id")], "NETEXPLORER_CLIENT_SECRET"),
    ] {
        let (succeeded, printed) = program(variables);
        assert!(!succeeded && printed.contains(missing), "{printed}");
    }
}

#[tokio::test]
async fn a_folder_is_found_or_created_with_those_above_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let created = || sandbox.netexplorer().recording().writes_of("createFolder");

    let existing = client.find_or_create_folder(ROOT, "Projets/Catalogue").await.unwrap();
    assert_eq!((existing.id, created()), (Some(3), 0));
    let root = client.find_or_create_folder(ROOT, "/").await.unwrap();
    assert_eq!(root.id, Some(ROOT));

    let new = client.find_or_create_folder(ROOT, "/Projets/2026/été/").await.unwrap();
    assert_eq!((new.name.as_deref(), created()), (Some("été"), 2));
    let again = client.find_or_create_folder(PROJECTS, "2026/été").await.unwrap();
    assert_eq!((again.id, created()), (new.id, 2));

    // A file is no folder, and an invalid name is refused before anything is sent.
    let taken = client.find_or_create_folder(ROOT, "Projets/Lisez-moi.txt").await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::Conflict, "{taken}");
    let requests = sandbox.netexplorer().counters().requests;
    for bad in ["a//b", "a/..", "a?", " a"] {
        let error = client.find_or_create_folder(ROOT, bad).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{bad}");
    }
    assert_eq!(sandbox.netexplorer().counters().requests, requests);
    let nowhere = client.find_or_create_folder(99_999, "a").await.unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_create_a_folder_at_the_same_time_get_the_same_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let racers = (0..8).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.find_or_create_folder(ROOT, "a/b/c").await.unwrap().id })
    });
    let ids = futures_util::future::join_all(racers).await;
    let ids: Vec<_> = ids.into_iter().map(Result::unwrap).collect();
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(sandbox.netexplorer().recording().writes_of("createFolder"), 3);
}

#[tokio::test]
async fn a_folder_whose_creation_was_not_confirmed_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let lost = Fault::response(502).only("createFolder").at(FaultTiming::AfterHandling);
    sandbox.netexplorer().script(lost).unwrap();
    let folder = client.find_or_create_folder(ROOT, "lost").await.unwrap();
    assert_eq!(folder.name.as_deref(), Some("lost"));
    assert_eq!(sandbox.netexplorer().recording().writes_of("createFolder"), 1);
    // An error that is one.
    sandbox.netexplorer().script(Fault::response(502).only("createFolder")).unwrap();
    let error = client.find_or_create_folder(ROOT, "refused").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
}

/// Some platforms number a name that is taken instead of refusing it.
#[tokio::test]
async fn a_numbered_folder_is_replaced_by_the_one_of_that_name() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let numbered = client.find_or_create_folder(ROOT, "Projets (1)").await.unwrap().id.unwrap();
    // `Projets` appears after the lookup, as if another program had just created it.
    let missing = Fault::response(404).only("getObjectByPath");
    sandbox.netexplorer().script(missing).unwrap();
    let body = format!(r#"{{"id":{numbered},"name":"Projets (1)"}}"#).into_bytes();
    let created = Fault::response(201).body(body).only("createFolder");
    sandbox.netexplorer().script(created).unwrap();
    let folder = client.find_or_create_folder(ROOT, "Projets").await.unwrap();
    assert_eq!(folder.id, Some(PROJECTS));
    let gone = client.get_folder(numbered).send().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

/// A platform may return a folder that was there before: its name differs in case, or other programs use it.
#[tokio::test]
async fn a_folder_that_came_back_instead_is_never_deleted_with_its_contents() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    // The second folder has the form of a numbered name, but something is in it. The third one is empty, but its name
    // has another form.
    for (existing, below) in [("press", "2026"), ("Bilans (1)", "2026"), ("Notes-1", "")] {
        let requested = match existing {
            "press" => "Press",
            "Notes-1" => "Notes",
            _ => "Bilans",
        };
        client.find_or_create_folder(ROOT, &format!("{existing}/{below}")).await.unwrap();
        let id = client.find_folder(ROOT, existing).await.unwrap().unwrap().id.unwrap();
        let missing = Fault::response(404).only("getObjectByPath");
        sandbox.netexplorer().script(missing).unwrap();
        let body = format!(r#"{{"id":{id},"name":"{existing}"}}"#).into_bytes();
        let returned = Fault::response(200).body(body).only("createFolder");
        sandbox.netexplorer().script(returned).unwrap();
        let error = client.find_or_create_folder(ROOT, requested).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
        assert!(error.message().contains(existing), "{error}");
        assert!(client.get_folder(id).send().await.is_ok(), "{existing} was deleted");
    }
}

#[tokio::test]
async fn files_are_shared_with_a_password_and_an_expiry() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let expiry = "2100-01-02T03:04:05Z".parse().unwrap();
    let shared = client.share_files([REPORT]).password("s3cret").expires(expiry).await.unwrap();
    assert_eq!(shared.expiration_date, Some(expiry));
    assert!(shared.password_protected.is_some() && !format!("{shared:?}").contains("s3cret"));
    let accepts = async |password: &str| {
        let body = serde_json::json!({"password": password}).as_object().unwrap().clone();
        client.validate_share_link_password(shared.id, body).send().await.is_ok()
    };
    assert!(accepts("s3cret").await && !accepts("wrong").await);

    let open = client.share_files([REPORT]).max_downloads(1).send().await.unwrap();
    assert_eq!((open.max_downloads, open.password_protected.as_deref()), (Some(1), None));
    // The URL downloads the file; the sandbox does not check the credential there.
    let key = open.key.as_deref().unwrap();
    assert!(open.url.expose().ends_with(&format!("/api/sharelink/download/{key}")));
    let file = client.download_share_link(key).send().await.unwrap().into_inner();
    assert_eq!(file.collect(1 << 20).await.unwrap().len(), 65_536);

    let missing = client.share_files([99_999]).send().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

/// A platform that ignores what it does not know must not leave a link that is open to anyone.
#[tokio::test]
async fn a_link_without_its_password_is_deleted() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    for protection in [
        r#""password_protected":null"#,
        r#""password_protected":"mark""#,
        r#""password_protected":"","expiration_date":"2100-01-02T03:04:05Z""#,
        r#""password_protected":"0","expiration_date":"2100-01-02T03:04:05Z""#,
        r#""password_protected":"false","expiration_date":"2100-01-02T03:04:05Z""#,
        r#""password_protected":0,"expiration_date":"2100-01-02T03:04:05Z""#,
        r#""password_protected":false,"expiration_date":"2100-01-02T03:04:05Z""#,
    ] {
        let link = client.share_files([REPORT]).send().await.unwrap();
        let id = link.id;
        let body = format!(r#"{{"id":{id},"key":"k",{protection}}}"#);
        let ignored = Fault::response(200).body(body.into_bytes()).only("createShareLink");
        sandbox.netexplorer().script(ignored).unwrap();
        let request = client.share_files([REPORT]).password("s3cret");
        let error = request.expires_in(Duration::from_secs(60)).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(error.to_string().contains("the link was deleted"), "{error}");
        let gone = client.get_share_link(id).send().await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn an_upload_keeps_its_state_in_a_file() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let (source, state) = (folder.path().join("film.mov"), folder.path().join("film.state"));
    fs::write(&source, vec![7; 100_000]).unwrap();
    let upload = || {
        let upload = client.upload(ROOT, &*source).method(UploadMethod::Tus).piece_size(30_000);
        upload.state_file(&state)
    };
    let sessions = || sandbox.netexplorer().recording().writes_of("createTusUpload");

    // Dropped before all bytes are sent: the file stays, and the next call resumes.
    drop(upload().start().await.unwrap());
    assert!(state.exists());
    let opened = sessions();
    let file = upload().await.unwrap();
    assert_eq!((file.size, sessions() - opened), (Some(100_000), 0));
    assert!(!state.exists(), "the state stays after success");

    // The source has changed meanwhile, or the platform has forgotten the upload: it starts over.
    drop(upload().start().await.unwrap());
    fs::write(&source, vec![8; 90_000]).unwrap();
    assert_eq!(upload().await.unwrap().size, Some(90_000));
    drop(upload().start().await.unwrap());
    sandbox.netexplorer().expire_uploads();
    assert_eq!(upload().await.unwrap().size, Some(90_000));
    assert!(!state.exists());

    // Discarding removes the file.
    upload().start().await.unwrap().discard().await.unwrap();
    assert!(!state.exists());

    // Another upload's state, and another file, are left alone.
    drop(upload().start().await.unwrap());
    let other = client.upload(PROJECTS, &*source).state_file(&state).send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::InvalidRequest, "{other}");
    assert!(state.exists());
    fs::write(&state, "my notes").unwrap();
    let other = upload().send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Integrity, "{other}");
    assert_eq!(fs::read(&state).unwrap(), b"my notes");
}

#[tokio::test]
async fn every_upload_method_has_a_state_file() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    for method in [UploadMethod::Simple, UploadMethod::Chunked, UploadMethod::Tus] {
        let upload = client.upload(ROOT, vec![1; 500]).name("a.bin").method(method).piece_size(200);
        let mut upload = upload.state_file(&state).start().await.unwrap();
        assert_eq!(upload.wait().await.unwrap().size, Some(500));
        assert!(!state.exists(), "{method:?}");
    }
    let nowhere = client.upload(ROOT, vec![1]).name("a").state_file(folder.path().join("b/c"));
    let files = sandbox.netexplorer().file_count();
    assert_eq!(nowhere.send().await.unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(sandbox.netexplorer().file_count(), files);
}

#[tokio::test]
async fn a_folder_is_checked_before_bytes_are_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let sent = |operation: &str| {
        let requests = sandbox.netexplorer().requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
    };
    for method in [UploadMethod::Simple, UploadMethod::Chunked, UploadMethod::Tus] {
        let upload = client.upload(99_999, vec![1; 2 << 20]).name("a.bin").method(method);
        assert_eq!(upload.send().await.unwrap_err().kind(), ErrorKind::NotFound, "{method:?}");
    }
    assert_eq!(sent("uploadFile") + sent("uploadTusChunk"), 0);
    client.upload(ROOT, vec![1; 2 << 20]).name("a.bin").await.unwrap();
    assert_eq!(sent("uploadFile"), 1);
}

#[tokio::test]
async fn a_download_keeps_its_state_in_a_file() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (folder.path().join("report.csv"), folder.path().join("state"));
    let download = || {
        let download = client.download(REPORT).to_file(&path).part_size(1000).parallel(1);
        download.state_file(&state)
    };
    let mut transfer = download().start();
    transfer.progress().wait_for(|now| now.done >= 3000).await.unwrap();
    transfer.cancel();
    transfer.wait().await.unwrap_err();
    assert!(state.exists());
    let before = sandbox.netexplorer().counters().requests;
    assert_eq!(download().send().await.unwrap(), 65_536);
    assert!(sandbox.netexplorer().counters().requests - before < 65, "it started over");
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["report.csv"]);

    let streamed = client.download(REPORT).stream().await.unwrap().collect(1 << 20).await.unwrap();
    assert!(streamed == fs::read(&path).unwrap());
}

#[tokio::test]
async fn a_walk_needs_no_other_crate() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let all = client.walk(PROJECTS).all().await.unwrap();
    let mut walk = client.walk(PROJECTS);
    let mut paths = Vec::new();
    while let Some(found) = walk.try_next().await.unwrap() {
        paths.push(found.path);
    }
    assert!(paths.contains(&"Catalogue/Fauteuil.txt".to_owned()), "{paths:?}");
    assert_eq!(paths.len(), all.len());
    assert_eq!(client.walk(99_999).all().await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Requests own what they need, so that a program can spawn and keep them.
#[tokio::test(flavor = "multi_thread")]
async fn requests_can_be_spawned() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let requests = {
        let client = administrator(&sandbox);
        let upload = client.upload(ROOT, vec![1; 10]).name("a.bin").into_future();
        let download = client.download(REPORT).to_file(folder.path().join("report"));
        let mut walk = client.walk(PROJECTS);
        (
            tokio::spawn(upload),
            tokio::spawn(download.send()),
            tokio::spawn(client.share_files([REPORT]).into_future()),
            tokio::spawn(async move { walk.try_next().await }),
        )
    };
    assert_eq!(requests.0.await.unwrap().unwrap().size, Some(10));
    assert_eq!(requests.1.await.unwrap().unwrap(), 65_536);
    assert!(requests.2.await.unwrap().unwrap().key.is_some());
    assert!(requests.3.await.unwrap().unwrap().is_some());
}

#[tokio::test]
async fn the_backup_example_copies_what_changed() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = administrator(&sandbox);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("copy");
    let backup = || async { example::backup(&client, ROOT, &target).await.unwrap() };
    let size = 420 + 1_300 + 2_048 + 777 + 5_000 + 12_345 + 65_536 + 900;
    assert_eq!(backup().await, format!("8 files copied ({size} bytes), 0 unchanged"));
    assert_eq!(fs::read(target.join("Archives/2022/Bilan 2022.csv")).unwrap().len(), 65_536);
    assert_eq!(backup().await, "0 files copied (0 bytes), 8 unchanged");

    client.upload(ARCHIVE, vec![9; 300]).name("Bilan 2022.csv").await.unwrap();
    client.find_or_create_folder(ROOT, "Vide").await.unwrap();
    assert_eq!(backup().await, "1 files copied (300 bytes), 7 unchanged");
    assert_eq!(fs::read(target.join("Archives/2022/Bilan 2022.csv")).unwrap(), vec![9; 300]);
    assert!(target.join("Vide").is_dir());
}
