//! What gets the final name, whatever is in the folder, in the state, and done by other programs.

use std::{collections::BTreeSet, path::Path};

use oneteg_http::{ErrorKind, RangedDownload, Transfer, TransferPhase, TransferState};

use crate::file_server::{
    FileServer, ONE, chunked_response, content, error_kind, file_names, full_response,
    gated_server, half_download, partial_path, range_response, response_announcing, temp_target,
};

#[tokio::test]
async fn resuming_needs_the_bytes_that_the_state_speaks_of() {
    let bytes = content(40, 0);
    let damages: [fn(&Path); 5] = [
        |part| std::fs::remove_file(part).unwrap(),
        |part| std::fs::write(part, b"short").unwrap(),
        |part| std::fs::write(part, [0; 40]).unwrap(),
        |part| {
            std::fs::remove_file(part).unwrap();
            std::fs::create_dir(part).unwrap();
        },
        |part| {
            let moved = part.with_extension("moved");
            std::fs::rename(part, &moved).unwrap();
            #[cfg(unix)]
            std::os::unix::fs::symlink(moved, part).unwrap();
        },
    ];
    for (n, damage) in damages.into_iter().enumerate() {
        let (folder, to) = temp_target();
        let (server, gate) = gated_server(bytes.clone()).await;
        let state = half_download(&server, &gate, &to).await;
        damage(&partial_path(&folder));
        let before = file_names(&folder);
        let resumed = server.download(&to).resume(state).start();
        assert_eq!(error_kind(resumed).await, ErrorKind::Integrity, "damage {n}");
        assert_eq!(file_names(&folder), before, "damage {n}");
    }
}

#[tokio::test]
async fn a_partial_file_that_got_longer_loses_its_tail() {
    let (folder, to) = temp_target();
    let bytes = content(40, 0);
    let (server, gate) = gated_server(bytes.clone()).await;
    let state = half_download(&server, &gate, &to).await;
    let mut longer = std::fs::read(partial_path(&folder)).unwrap();
    longer.resize(100, b'x');
    std::fs::write(partial_path(&folder), longer).unwrap();
    let mut resumed = server.download(&to).resume(state).start();
    assert_eq!(resumed.wait().await.unwrap(), 40);
    assert_eq!(std::fs::read(&to).unwrap(), bytes);
    assert_eq!(file_names(&folder).len(), 1);
}

#[tokio::test]
async fn a_state_belongs_to_its_target() {
    let (folder, to) = temp_target();
    let (server, gate) = gated_server(content(40, 0)).await;
    let state = half_download(&server, &gate, &to).await;
    let other = folder.path().join("other");
    assert_eq!(
        error_kind(server.download(&other).resume(state.clone()).start()).await,
        ErrorKind::Integrity
    );
    // The folder may be renamed with its content.
    let moved = folder.path().with_extension("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    server.download(&moved.join("file")).resume(state).start().wait().await.unwrap();
    assert_eq!(std::fs::read(moved.join("file")).unwrap(), content(40, 0));
    std::fs::remove_dir_all(moved).unwrap();
}

#[tokio::test]
async fn a_partial_file_of_somebody_else_is_left_alone() {
    let (folder, to) = temp_target();
    std::fs::write(folder.path().join("victim"), "precious").unwrap();
    let taken = folder.path().join("file.part");
    #[cfg(unix)]
    std::os::unix::fs::symlink("victim", &taken).unwrap();
    #[cfg(not(unix))]
    std::fs::write(&taken, "precious").unwrap();
    let bytes = content(40, 0);
    let sent = bytes.clone();
    let server = FileServer::start(move |request| {
        let bytes = sent.clone();
        async move { range_response(&request, ONE, &bytes) }
    })
    .await;
    server.download(&to).part_size(10).start().wait().await.unwrap();
    assert_eq!(std::fs::read(folder.path().join("victim")).unwrap(), b"precious");
    assert!(std::fs::symlink_metadata(&to).unwrap().is_file());
    assert_eq!(std::fs::read(&to).unwrap(), bytes);
    assert_eq!(std::fs::read(&taken).unwrap(), b"precious");
}

#[tokio::test]
async fn two_downloads_to_one_path_do_not_mix() {
    for seed in 0..5 {
        let (folder, to) = temp_target();
        let versions = [content(400, 1), content(400, 2)];
        let mut servers = Vec::new();
        for bytes in &versions {
            servers.push(gated_server(bytes.clone()).await);
        }
        let transfers = servers
            .iter()
            .map(|(server, _)| server.download(&to).part_size(10).parallel(3).start());
        let transfers: Vec<_> = transfers.collect();
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..100 {
            servers[random.usize(0..2)].1.add_permits(1);
            tokio::task::yield_now().await;
        }
        for ((_, gate), mut transfer) in servers.iter().zip(transfers) {
            gate.add_permits(100);
            assert_eq!(transfer.wait().await.unwrap(), 400);
        }
        assert!(versions.contains(&std::fs::read(&to).unwrap()), "a mixture");
        assert_eq!(file_names(&folder).len(), 1);
    }
}

#[tokio::test]
async fn a_state_that_is_resumed_twice_makes_one_whole_file() {
    for _ in 0..5 {
        let (folder, to) = temp_target();
        let (server, gate) = gated_server(content(4000, 0)).await;
        gate.add_permits(2);
        let mut first = server.download(&to).part_size(100).parallel(1).start();
        first.progress().wait_for(|now| now.done == 200).await.unwrap();
        first.cancel();
        first.wait().await.unwrap_err();
        gate.add_permits(1000);
        let resume = || server.download(&to).resume(first.state()).start();
        let (mut one, mut other) = (resume(), resume());
        let (one, other) = tokio::join!(one.wait(), other.wait());
        assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
        for ended in [one, other] {
            // The other download renamed the file.
            let ended = ended.map_err(|error| error.kind());
            assert!(matches!(ended, Ok(4000) | Err(ErrorKind::Integrity)), "{ended:?}");
        }
        assert_eq!(std::fs::read(&to).unwrap(), content(4000, 0));
        assert_eq!(file_names(&folder).len(), 1);
    }
}

#[tokio::test]
async fn states_that_no_transfer_left_are_refused() {
    let (folder, to) = temp_target();
    let server =
        FileServer::start(|request| async move { range_response(&request, ONE, &content(40, 0)) })
            .await;
    let max = u64::MAX;
    let sum = "crc32:00000000";
    for state in [
        r#"{"part_size":0,"total":40,"parts":{}}"#.to_owned(),
        format!(r#"{{"part_size":0,"total":40,"parts":{{"0":"{sum}"}}}}"#),
        format!(r#"{{"part_size":10,"total":40,"parts":{{"4":"{sum}"}}}}"#),
        format!(r#"{{"part_size":10,"total":40,"parts":{{"{max}":"{sum}"}}}}"#),
        format!(r#"{{"part_size":{max},"total":{max},"parts":{{"0":"{sum}","1":"{sum}"}}}}"#),
        format!(r#"{{"part_size":{max},"total":null,"parts":{{"0":"","1":"","2":""}}}}"#),
        format!(
            r#"{{"part_size":10,"total":null,"version":{{"etag":"\"1\""}},"parts":{{"0":"{sum}"}}}}"#
        ),
        format!(
            r#"{{"part_size":10,"total":40,"version":{{"etag":"\"1\""}},"partial":"../../x","parts":{{"0":"{sum}"}}}}"#
        ),
        format!(
            r#"{{"part_size":10,"total":40,"version":{{"etag":"\"1\""}},"partial":"nosuch","parts":{{"0":"{sum}"}}}}"#
        ),
        format!(r#"{{"part_size":10,"total":{max},"version":{{"etag":"\"1\""}},"parts":{{}}}}"#),
    ] {
        let state: TransferState = serde_json::from_str(&state).unwrap();
        let transfer: RangedDownload = server.download(&to).resume(state.clone());
        assert_eq!(error_kind(transfer.start()).await, ErrorKind::Integrity, "{state:?}");
    }
    // A state without parts proves nothing: the server reports whether the file is empty.
    for version in ["", r#","version":{"etag":"\"1\""}"#] {
        let state = format!(r#"{{"part_size":10,"total":0,"parts":{{}}{version}}}"#);
        let state: TransferState = serde_json::from_str(&state).unwrap();
        assert_eq!(server.download(&to).resume(state).start().wait().await.unwrap(), 40);
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
    }
    // Malformed checksums prove nothing: those parts are downloaded again.
    let state = TransferState::new(10, Some(40)).with_part(0, "").with_part(3, "crc32:zz");
    server.download(&to).resume(state).start().wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
    assert_eq!(file_names(&folder).len(), 1);
}

#[tokio::test]
async fn a_state_names_no_file_but_a_partial_one_of_its_target() {
    let (folder, to) = temp_target();
    let (server, gate) = gated_server(content(40, 0)).await;
    let state = half_download(&server, &gate, &to).await;
    // The right bytes, in a file that only a path leads to.
    let victim = folder.path().join("victim.part");
    std::fs::rename(partial_path(&folder), &victim).unwrap();
    std::fs::create_dir(folder.path().join("file.")).unwrap();
    let mut state = serde_json::to_value(state).unwrap();
    state["partial"] = "/../victim".into();
    let state: TransferState = serde_json::from_value(state).unwrap();
    assert_eq!(error_kind(server.download(&to).resume(state).start()).await, ErrorKind::Integrity);
    assert!(victim.exists() && !to.exists());
}

#[tokio::test]
async fn the_longest_names_can_be_downloaded_and_resumed() {
    let bytes = content(40, 0);
    for name in ["x".repeat(251), "x".repeat(255), "é".repeat(127), "\u{1f600}".repeat(63)] {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(&name);
        let (server, gate) = gated_server(bytes.clone()).await;
        let state = half_download(&server, &gate, &to).await;
        server.download(&to).resume(state).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), bytes);
        assert_eq!(file_names(&folder), BTreeSet::from([name]));
    }
}

#[tokio::test]
async fn a_saved_stream_is_whole_or_not_there() {
    let (folder, to) = temp_target();
    let server = FileServer::start(|request| async move {
        let bytes = content(100, 0);
        if request.path == "/torn" {
            response_announcing("200 OK", "", 300, &bytes)
        } else {
            full_response("200 OK", "", &bytes)
        }
    })
    .await;
    let save = async |path: &str| {
        let runtime = server.runtime();
        let stream = runtime.request(http::Method::GET, path).send_stream().await.unwrap();
        stream.into_inner().save(&to).await
    };
    assert_eq!(save("/torn").await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(file_names(&folder).len(), 0);
    assert_eq!(save("/whole").await.unwrap(), 100);
    assert_eq!(save("/torn").await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(std::fs::read(&to).unwrap(), content(100, 0));
    assert_eq!(file_names(&folder).len(), 1);
}

#[tokio::test]
async fn the_beginning_of_a_stream_can_be_looked_at() {
    let server =
        FileServer::start(|_| async { full_response("200 OK", "", &content(10, 0)) }).await;
    let get = async || {
        let runtime = server.runtime();
        runtime.request(http::Method::GET, "/").send_stream().await.unwrap().into_inner()
    };
    for bytes in [0, 1, 10, 11] {
        let mut stream = get().await;
        assert!(stream.peek(bytes).await.unwrap().len() >= bytes.min(10));
        assert_eq!(stream.collect(10).await.unwrap(), content(10, 0));
    }
}

#[tokio::test]
async fn a_result_is_handed_out_once() {
    let mut transfer = Transfer::spawn(Some(1), async { Ok(3) });
    assert_eq!(transfer.wait().await.unwrap(), 3);
    for _ in 0..2 {
        assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    }
    transfer.cancel();
    assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    // A wait that was dropped does not take the result.
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let mut transfer = Transfer::spawn(None, async move {
        let _ = wait.await;
        Ok(4)
    });
    assert!(futures_util::FutureExt::now_or_never(transfer.wait()).is_none());
    go.send(()).unwrap();
    assert_eq!(transfer.wait().await.unwrap(), 4);
}

#[test]
fn a_transfer_outside_of_a_runtime_says_so() {
    let to = std::env::temp_dir().join("never-written");
    let download = RangedDownload::new(&to, |_| async {
        Err(oneteg_http::Error::new(ErrorKind::Api, "never called"))
    });
    let upload = Transfer::spawn(None, async { Ok(()) });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut started = download.start();
    assert_eq!(started.progress().borrow().phase, TransferPhase::Ended);
    for _ in 0..2 {
        let error = runtime.block_on(started.wait()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    drop(upload);
    assert!(!to.exists());
}

#[tokio::test]
async fn a_file_that_had_the_name_stays_until_the_new_one_is_whole() {
    let (folder, to) = temp_target();
    std::fs::write(&to, "old").unwrap();
    let (server, gate) = gated_server(content(40, 0)).await;
    gate.add_permits(3);
    let mut transfer = server.download(&to).part_size(10).parallel(1).start();
    transfer.progress().wait_for(|now| now.done == 30).await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"old");
    gate.add_permits(1);
    transfer.wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
    assert_eq!(file_names(&folder).len(), 1);
    // A download without a completed part leaves nothing.
    let (server, _gate) = gated_server(content(40, 0)).await;
    let mut transfer = server.download(&folder.path().join("none")).start();
    transfer.cancel();
    transfer.wait().await.unwrap_err();
    assert_eq!(file_names(&folder).len(), 1);
}

#[tokio::test]
async fn a_rest_of_a_file_that_is_shorter_than_what_was_received_is_an_error() {
    let server = FileServer::start(|request| async move {
        let head = format!("{ONE}transfer-encoding: chunked\r\n");
        match request.index {
            // The end of the chunks is missing.
            0 => format!("HTTP/1.1 200 OK\r\n{head}\r\n14\r\n{}\r\n", "a".repeat(20)).into_bytes(),
            _ => {
                let headers = format!("{ONE}content-range: bytes 0-9/10\r\n");
                chunked_response("206 Partial Content", &headers, &[b'a'; 40])
            }
        }
    })
    .await;
    let error = server.stream().await.unwrap().collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
}
