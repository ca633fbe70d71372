//! Downloads that keep their state in a file.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
};

use oneteg_http::ErrorKind;

use crate::file_server::{
    FileServer, ONE, content, file_names, full_response, gated_server, partial_path,
    range_response, temp_target,
};

/// What was damaged, the version that the server has, and how.
type Damage = (&'static str, u8, fn(&Path));

/// Leaves half of a download of 40 bytes, with its state file.
async fn interrupt(to: &Path, state: &Path) {
    let (server, gate) = gated_server(content(40, 0)).await;
    gate.add_permits(2);
    let download = server.download(to).part_size(10).parallel(1).state_file(state);
    let mut transfer = download.start();
    transfer.progress().wait_for(|now| now.done == 20).await.unwrap();
    transfer.cancel();
    assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(state.exists());
}

async fn server(version: u8) -> FileServer {
    let bytes = content(40, version);
    let etag = format!("etag: \"{}\"\r\n", version + 1);
    FileServer::start(move |request| {
        let response = range_response(&request, &etag, &bytes);
        async move { response }
    })
    .await
}

#[tokio::test]
async fn the_same_call_again_resumes_and_removes_the_state() {
    let (folder, to) = temp_target();
    let state = folder.path().join("state");
    interrupt(&to, &state).await;
    let server = server(0).await;
    assert!(ONE.contains("\"1\""), "the servers send the same version");
    let bytes = server.download(&to).parallel(1).state_file(&state).send().await.unwrap();
    assert_eq!((bytes, std::fs::read(&to).unwrap()), (40, content(40, 0)));
    let first = server.requests()[0].range.unwrap();
    assert_eq!(first.0, 20, "the first half was requested again");
    assert_eq!(file_names(&folder).len(), 1, "{:?}", file_names(&folder));
    // Without a state, the download starts from the beginning.
    server.download(&to).state_file(&state).await.unwrap();
    assert_eq!(file_names(&folder).len(), 1);
}

#[tokio::test]
async fn a_state_that_is_out_of_date_starts_over() {
    let damages: [Damage; 3] = [
        ("another version", 7, |_| {}),
        ("no partial file", 0, |part| std::fs::remove_file(part).unwrap()),
        ("other bytes", 0, |part| std::fs::write(part, [0; 40]).unwrap()),
    ];
    for (what, version, damage) in damages {
        let (folder, to) = temp_target();
        let state = folder.path().join("state");
        interrupt(&to, &state).await;
        damage(&partial_path(&folder));
        let server = server(version).await;
        server.download(&to).part_size(10).state_file(&state).send().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), content(40, version), "{what}");
        assert!(!state.exists(), "{what}");
        // A partial file that is not known to be the download's own is left alone.
        let left = usize::from(what == "other bytes");
        assert_eq!(file_names(&folder).len(), 1 + left, "{what}: {:?}", file_names(&folder));
    }
}

#[tokio::test]
async fn a_file_that_is_no_state_is_an_error_and_stays() {
    let (folder, to) = temp_target();
    let state = folder.path().join("notes.txt");
    let server = server(0).await;
    for odd in ["a note", "{}", r#"{"part_size":0,"total":40,"parts":{"0":"x"}}"#] {
        std::fs::write(&state, odd).unwrap();
        let error = server.download(&to).state_file(&state).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{odd}");
        assert_eq!(std::fs::read_to_string(&state).unwrap(), odd);
    }
    assert_eq!((server.requests().len(), to.exists()), (0, false));
}

#[tokio::test]
async fn a_transfer_that_did_nothing_leaves_no_state() {
    let (folder, to) = temp_target();
    let server = FileServer::start(|_| async { full_response("404 Not Found", "", b"") }).await;
    let state = folder.path().join("state");
    let error = server.download(&to).state_file(&state).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(file_names(&folder).is_empty());
}

#[tokio::test]
async fn a_download_that_only_lacks_its_name_is_still_of_the_version_of_the_server() {
    let (folder, to) = temp_target();
    let state = folder.path().join("state");
    let version = Arc::new(AtomicU8::new(0));
    let (served, blocked): (_, PathBuf) = (Arc::clone(&version), to.clone());
    let server = FileServer::start(move |request| {
        let version = served.load(Relaxed);
        // A folder of the name makes the last step fail.
        if request.index == 0 {
            std::fs::create_dir_all(blocked.join("in the way")).unwrap();
        }
        let etag = format!("etag: \"{version}\"\r\n");
        let response = range_response(&request, &etag, &content(40, version));
        async move { response }
    })
    .await;
    let download = || server.download(&to).part_size(10).state_file(&state);
    assert_eq!(download().send().await.unwrap_err().kind(), ErrorKind::Io);
    assert!(state.exists());
    std::fs::remove_dir_all(&to).unwrap();
    version.store(1, Relaxed);
    download().send().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(40, 1));
}
