//! What lands under the final name, whatever servers do, states say and folders hold.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use oneteg_http::{Checksum, ErrorKind, Phase, RangedDownload, Transfer, TransferState};
use tempfile::TempDir;
use tokio::sync::Semaphore;

use crate::file_server::{Asked, FileServer, announce, chunked, content, ranged, respond};

const ONE: &str = "etag: \"1\"\r\n";
const MAY: &str = "last-modified: Mon, 06 May 2024 07:08:09 GMT\r\n";
const JUNE: &str = "last-modified: Thu, 06 Jun 2024 07:08:09 GMT\r\n";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("file");
    (folder, to)
}

fn names(folder: &TempDir) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn partial(folder: &TempDir) -> PathBuf {
    let name = names(folder).into_iter().find(|name| name.ends_with(".part"));
    folder.path().join(name.expect("a partial file"))
}

/// A server whose first responses are let through one by one.
async fn gated(bytes: Vec<u8>) -> (FileServer, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let server = FileServer::start(move |asked| {
        let (bytes, gate) = (bytes.clone(), Arc::clone(&opened));
        async move {
            gate.acquire().await.unwrap().forget();
            ranged(&asked, ONE, &bytes)
        }
    })
    .await;
    (server, gate)
}

/// A download that was cancelled when half of its 40 bytes were there.
async fn half(server: &FileServer, gate: &Semaphore, to: &Path) -> TransferState {
    gate.add_permits(2);
    let mut transfer = server.download(to).part_size(10).parallel(1).start();
    transfer.progress().wait_for(|now| now.done == 20).await.unwrap();
    transfer.cancel();
    assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    gate.add_permits(1000);
    // As a program keeps it.
    let state = serde_json::to_string(&transfer.state()).unwrap();
    serde_json::from_str(&state).unwrap()
}

async fn kind(mut transfer: Transfer<u64>) -> ErrorKind {
    transfer.wait().await.unwrap_err().kind()
}

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
        let (folder, to) = place();
        let (server, gate) = gated(bytes.clone()).await;
        let state = half(&server, &gate, &to).await;
        damage(&partial(&folder));
        let before = names(&folder);
        let resumed = server.download(&to).resume(state).start();
        assert_eq!(kind(resumed).await, ErrorKind::Integrity, "damage {n}");
        assert_eq!(names(&folder), before, "damage {n}");
    }
}

#[tokio::test]
async fn a_partial_file_that_got_longer_loses_its_tail() {
    let (folder, to) = place();
    let bytes = content(40, 0);
    let (server, gate) = gated(bytes.clone()).await;
    let state = half(&server, &gate, &to).await;
    let mut longer = std::fs::read(partial(&folder)).unwrap();
    longer.resize(100, b'x');
    std::fs::write(partial(&folder), longer).unwrap();
    let mut resumed = server.download(&to).resume(state).start();
    assert_eq!(resumed.wait().await.unwrap(), 40);
    assert_eq!(std::fs::read(&to).unwrap(), bytes);
    assert_eq!(names(&folder).len(), 1);
}

#[tokio::test]
async fn a_state_belongs_to_its_target() {
    let (folder, to) = place();
    let (server, gate) = gated(content(40, 0)).await;
    let state = half(&server, &gate, &to).await;
    let other = folder.path().join("other");
    assert_eq!(
        kind(server.download(&other).resume(state.clone()).start()).await,
        ErrorKind::Integrity
    );
    // The folder may be renamed with what is in it.
    let moved = folder.path().with_extension("moved");
    std::fs::rename(folder.path(), &moved).unwrap();
    server.download(&moved.join("file")).resume(state).start().wait().await.unwrap();
    assert_eq!(std::fs::read(moved.join("file")).unwrap(), content(40, 0));
    std::fs::remove_dir_all(moved).unwrap();
}

#[tokio::test]
async fn a_partial_file_of_somebody_else_is_left_alone() {
    let (folder, to) = place();
    std::fs::write(folder.path().join("victim"), "precious").unwrap();
    let taken = folder.path().join("file.part");
    #[cfg(unix)]
    std::os::unix::fs::symlink("victim", &taken).unwrap();
    #[cfg(not(unix))]
    std::fs::write(&taken, "precious").unwrap();
    let bytes = content(40, 0);
    let sent = bytes.clone();
    let server = FileServer::start(move |asked| {
        let bytes = sent.clone();
        async move { ranged(&asked, ONE, &bytes) }
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
        let (folder, to) = place();
        let versions = [content(400, 1), content(400, 2)];
        let mut servers = Vec::new();
        for bytes in &versions {
            servers.push(gated(bytes.clone()).await);
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
        assert_eq!(names(&folder).len(), 1);
    }
}

/// A server with ranges that changes the file after some requests, without regard to `If-Range`.
async fn changing(
    after: usize,
    first: &'static str,
    then: &'static str,
    lengths: [usize; 2],
) -> FileServer {
    FileServer::start(move |asked| async move {
        let (headers, bytes) = if asked.n < after {
            (first, content(lengths[0], 0))
        } else {
            (then, content(lengths[1], 7))
        };
        ranged(&asked, headers, &bytes)
    })
    .await
}

#[tokio::test]
async fn ranges_of_two_versions_are_not_combined() {
    for (first, then, lengths) in [
        (ONE, "etag: \"2\"\r\n", [40, 40]),
        (ONE, "etag: W/\"1\"\r\n", [40, 40]),
        (ONE, "", [40, 40]),
        (MAY, JUNE, [40, 40]),
        (MAY, "", [40, 40]),
        (
            "etag: 1\r\nlast-modified: Mon, 06 May 2024 07:08:09 GMT\r\n",
            "etag: 2\r\nlast-modified: Mon, 06 May 2024 07:08:09 GMT\r\n",
            [40, 40],
        ),
        // The lengths alone tell.
        (ONE, ONE, [40, 41]),
        (MAY, MAY, [40, 39]),
    ] {
        for after in [1, 2] {
            let (folder, to) = place();
            let server = changing(after, first, then, lengths).await;
            let transfer = server.download(&to).part_size(10).parallel(1).start();
            assert_eq!(kind(transfer).await, ErrorKind::Integrity, "{first} {then} {after}");
            assert!(!to.exists());
            // A stream that breaks off after 15 bytes.
            let server = FileServer::start(move |asked| async move {
                if asked.n == 0 {
                    return announce("200 OK", first, lengths[0], &content(15, 0));
                }
                ranged(&asked, then, &content(lengths[1], 7))
            })
            .await;
            let error = server.stream().await.unwrap().collect(100).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{first} {then}");
            drop(folder);
        }
    }
}

#[tokio::test]
async fn without_a_version_a_file_is_read_from_one_response() {
    // Another version with every request.
    for headers in ["", "etag: W/\"1\"\r\n", "etag: 1\r\n"] {
        let (folder, to) = place();
        let server = FileServer::start(move |asked| async move {
            ranged(&asked, headers, &content(40, asked.n as u8))
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        let bytes = std::fs::read(&to).unwrap();
        assert!((0..9).any(|version| bytes == content(40, version)), "a mixture: {headers}");
        assert_eq!(names(&folder).len(), 1);
    }
    // A checksum tells a mixture, so the ranges are used.
    let (_folder, to) = place();
    let server =
        FileServer::start(|asked| async move { ranged(&asked, "", &content(40, 0)) }).await;
    let sum = Checksum::md5("c7ea5c6c1b2ce59ee0be6ecf14c9b1c3");
    assert_eq!(
        kind(server.download(&to).part_size(10).checksum(sum).start()).await,
        ErrorKind::Integrity
    );
    assert!(server.asked().len() >= 4 && !to.exists());
}

#[tokio::test]
async fn ranges_are_understood_in_the_spellings_of_servers() {
    for (spelling, ranges) in [
        ("bytes {from}-{last}/{total}", true),
        ("Bytes {from}-{last}/{total}", true),
        ("BYTES={from}-{last}/{total}", true),
        ("bytes {from}-{last}/*", false),
        ("bytes */*", false),
        ("{from} to {last}", false),
    ] {
        let (_folder, to) = place();
        let server = FileServer::start(move |asked| async move {
            let bytes = content(40, 0);
            if asked.range.is_none() {
                return respond("200 OK", ONE, &bytes);
            }
            let (from, to) = asked.slice(40);
            let range = spelling.replace("{from}", &from.to_string());
            let range = range.replace("{last}", &(to - 1).to_string()).replace("{total}", "40");
            let headers = format!("{ONE}content-range: {range}\r\n");
            respond("206 Partial Content", &headers, &bytes[from..to])
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0), "{spelling}");
        assert_eq!(server.asked().len(), if ranges { 4 } else { 2 }, "{spelling}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_understand_if_range_is_asked_without() {
    // `None`: never a range again.
    for honoured in [Some("date"), None] {
        let (_folder, to) = place();
        let server = FileServer::start(move |mut asked| async move {
            let unknown = asked.if_range.as_ref().is_some_and(|value| value.starts_with('"'));
            if unknown || (honoured.is_none() && asked.n > 0) {
                asked.range = None;
            }
            ranged(&asked, &format!("{ONE}{MAY}"), &content(40, 0))
        })
        .await;
        let mut transfer = server.download(&to).part_size(10).parallel(1).start();
        assert_eq!(transfer.wait().await.unwrap(), 40);
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
        assert_eq!(transfer.state().parts_done(), 4);
        assert!(server.asked().len() <= 6, "{:?}", server.asked());
    }
    // Such a server breaks off a stream.
    let server = FileServer::start(move |mut asked| async move {
        if asked.n == 0 {
            return announce("200 OK", ONE, 40, &content(15, 0));
        }
        asked.range = None;
        ranged(&asked, ONE, &content(40, 0))
    })
    .await;
    assert_eq!(server.stream().await.unwrap().collect(40).await.unwrap(), content(40, 0));
}

#[tokio::test]
async fn what_is_no_strong_validator_is_not_sent_as_one() {
    for (headers, sent) in [
        (format!("etag: 1\r\n{MAY}"), Some("Mon, 06 May 2024 07:08:09 GMT")),
        (format!("etag: W/\"1\"\r\n{MAY}"), None),
        (format!("{ONE}{MAY}"), Some("\"1\"")),
    ] {
        let (_folder, to) = place();
        let server = FileServer::start(move |asked| {
            let headers = headers.clone();
            async move { ranged(&asked, &headers, &content(40, 0)) }
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        let asked = server.asked();
        assert_eq!(asked.len(), 4);
        assert!(asked[1..].iter().all(|asked| asked.if_range.as_deref() == sent), "{asked:?}");
    }
}

#[tokio::test]
async fn a_break_without_ranges_begins_anew_for_a_while() {
    for (breaks, headers) in [(3, ""), (3, ONE), (4, ""), (4, ONE)] {
        let (folder, to) = place();
        std::fs::write(&to, "old").unwrap();
        let cut = move |asked: Asked| async move {
            let bytes = content(300, asked.n as u8);
            if asked.n < breaks {
                return announce("200 OK", headers, 300, &bytes[..100 + asked.n]);
            }
            respond("200 OK", headers, &bytes)
        };
        let server = FileServer::start(cut).await;
        let result = server.download(&to).start().wait().await;
        if breaks == 3 {
            assert_eq!(result.unwrap(), 300);
            assert_eq!(std::fs::read(&to).unwrap(), content(300, 3));
        } else {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Transport);
            assert_eq!(std::fs::read(&to).unwrap(), b"old");
        }
        assert_eq!((server.asked().len(), names(&folder).len()), (4, 1));
    }
}

#[tokio::test]
async fn a_stream_without_ranges_is_read_again_where_that_is_safe() {
    let cut = |headers: &'static str, sent: usize, version: u8| {
        FileServer::start(move |asked| async move {
            let bytes = content(300, version * u8::from(asked.n > 0));
            if asked.n == 0 {
                return announce("200 OK", headers, 300, &bytes[..sent]);
            }
            respond("200 OK", headers, &bytes)
        })
    };
    for (headers, sent) in [(ONE, 100), (MAY, 100), ("", 0), (ONE, 0)] {
        let server = cut(headers, sent, 0).await;
        let stream = server.stream().await.unwrap();
        assert_eq!(stream.collect(300).await.unwrap(), content(300, 0), "{headers} {sent}");
    }
    // Bytes were handed out, and nothing tells whether the rest is of the same version.
    let server = cut("", 100, 7).await;
    let error = server.stream().await.unwrap().collect(300).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn odd_ranges_do_not_make_an_odd_file() {
    // Each sends the second range in its own way.
    type Odd = fn(&Asked, &[u8]) -> Vec<u8>;
    let part = |range: &str, body: &[u8]| {
        respond("206 Partial Content", &format!("{ONE}content-range: bytes {range}\r\n"), body)
    };
    let _ = part;
    let odd: [(&str, Odd, Option<ErrorKind>); 7] = [
        (
            "shorter",
            |_, all| {
                respond(
                    "206 Partial Content",
                    &format!("{ONE}content-range: bytes 10-12/40\r\n"),
                    &all[10..13],
                )
            },
            None,
        ),
        (
            "longer",
            |_, all| {
                respond(
                    "206 Partial Content",
                    &format!("{ONE}content-range: bytes 10-39/40\r\n"),
                    &all[10..],
                )
            },
            None,
        ),
        (
            "more than announced",
            |_, all| {
                let headers = format!("{ONE}content-range: bytes 10-12/40\r\n");
                chunked("206 Partial Content", &headers, &all[10..30])
            },
            None,
        ),
        (
            "less than announced",
            |_, all| {
                let headers = format!("{ONE}content-range: bytes 10-19/40\r\n");
                chunked("206 Partial Content", &headers, &all[10..15])
            },
            None,
        ),
        (
            "another range",
            |_, all| {
                respond(
                    "206 Partial Content",
                    &format!("{ONE}content-range: bytes 0-9/40\r\n"),
                    &all[..10],
                )
            },
            None,
        ),
        (
            "several parts",
            |_, all| {
                let headers = format!("{ONE}content-type: multipart/byteranges; boundary=x\r\n");
                respond("206 Partial Content", &headers, &all[10..20])
            },
            None,
        ),
        (
            "none there",
            |_, _| respond("416 Range Not Satisfiable", "content-range: bytes */5\r\n", b""),
            Some(ErrorKind::Integrity),
        ),
    ];
    for (name, odd, fails) in odd {
        let (_folder, to) = place();
        let server = FileServer::start(move |asked| async move {
            let bytes = content(40, 0);
            let second = asked.range == Some((10, Some(19)));
            if second && asked.n < 4 { odd(&asked, &bytes) } else { ranged(&asked, ONE, &bytes) }
        })
        .await;
        let result = server.download(&to).part_size(10).parallel(1).start().wait().await;
        match fails {
            Some(kind) => {
                assert_eq!(result.unwrap_err().kind(), kind, "{name}");
                assert!(!to.exists());
            }
            None => {
                assert_eq!(result.map_err(|error| format!("{name}: {error}")).unwrap(), 40);
                assert_eq!(std::fs::read(&to).unwrap(), content(40, 0), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_part_in_place_of_the_whole_is_no_file() {
    let server = FileServer::start(|_| async {
        let headers = format!("{ONE}content-range: bytes 0-9/*\r\n");
        respond("206 Partial Content", &headers, &content(10, 0))
    })
    .await;
    let (folder, to) = place();
    assert_eq!(kind(server.download(&to).start()).await, ErrorKind::Integrity);
    assert_eq!(server.stream().await.unwrap_err().kind(), ErrorKind::Integrity);
    assert_eq!(server.get("/file").await.unwrap_err().kind(), ErrorKind::Integrity);
    assert_eq!(names(&folder).len(), 0);
    // All of it in one range is the whole.
    let server = FileServer::start(|_| async {
        let headers = "content-range: bytes 0-9/10\r\n";
        respond("206 Partial Content", headers, &content(10, 0))
    })
    .await;
    server.download(&to).start().wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(10, 0));
    assert_eq!(server.stream().await.unwrap().collect(10).await.unwrap(), content(10, 0));
    assert_eq!(server.get("/file").await.unwrap(), content(10, 0));
}

#[tokio::test]
async fn states_that_no_transfer_left_are_refused() {
    let (folder, to) = place();
    let server =
        FileServer::start(|asked| async move { ranged(&asked, ONE, &content(40, 0)) }).await;
    let max = u64::MAX;
    let sum = "crc32:00000000";
    for state in [
        format!(r#"{{"part_size":0,"total":40,"parts":{{}}}}"#),
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
        assert_eq!(kind(transfer.start()).await, ErrorKind::Integrity, "{state:?}");
    }
    // Sums that are none prove nothing: those parts are downloaded again.
    let state = TransferState::new(10, Some(40)).with_part(0, "").with_part(3, "crc32:zz");
    server.download(&to).resume(state).start().wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
    assert_eq!(names(&folder).len(), 1);
}

#[tokio::test]
async fn the_longest_names_can_be_downloaded_and_resumed() {
    let bytes = content(40, 0);
    for name in ["x".repeat(251), "x".repeat(255), "é".repeat(127), "\u{1f600}".repeat(63)] {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(&name);
        let (server, gate) = gated(bytes.clone()).await;
        let state = half(&server, &gate, &to).await;
        server.download(&to).resume(state).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), bytes);
        assert_eq!(names(&folder), BTreeSet::from([name]));
    }
}

#[tokio::test]
async fn a_checksum_that_is_none_fails_before_anything_is_requested() {
    let (folder, to) = place();
    let server = FileServer::start(|asked| async move { ranged(&asked, ONE, b"abc") }).await;
    for bad in [
        "",
        "nonsense",
        "900150983cd24fb0d6963f7d28e17f7",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ] {
        let transfer = server.download(&to).checksum(Checksum::md5(bad)).start();
        assert_eq!(kind(transfer).await, ErrorKind::InvalidRequest, "{bad}");
    }
    assert_eq!((server.asked().len(), names(&folder).len()), (0, 0));
    for good in ["900150983cd24fb0d6963f7d28e17f72", "kAFQmDzST7DWlj99KOF/cg=="] {
        server.download(&to).checksum(Checksum::md5(good)).start().wait().await.unwrap();
    }
    // A file with another sum does not stay, and the one that was there does.
    let other = Checksum::md5("00000000000000000000000000000000");
    assert_eq!(kind(server.download(&to).checksum(other).start()).await, ErrorKind::Integrity);
    assert_eq!(std::fs::read(&to).unwrap(), b"abc");
    assert_eq!(names(&folder).len(), 1);
}

#[tokio::test]
async fn a_saved_stream_is_whole_or_not_there() {
    let (folder, to) = place();
    let server = FileServer::start(|asked| async move {
        let bytes = content(100, 0);
        if asked.path == "/torn" {
            announce("200 OK", "", 300, &bytes)
        } else {
            respond("200 OK", "", &bytes)
        }
    })
    .await;
    let save = async |path: &str| {
        let runtime = server.runtime();
        let stream = runtime.request(http::Method::GET, path).send_stream().await.unwrap();
        stream.into_inner().save(&to).await
    };
    assert_eq!(save("/torn").await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(names(&folder).len(), 0);
    assert_eq!(save("/whole").await.unwrap(), 100);
    assert_eq!(save("/torn").await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(std::fs::read(&to).unwrap(), content(100, 0));
    assert_eq!(names(&folder).len(), 1);
}

#[tokio::test]
async fn the_beginning_of_a_stream_can_be_looked_at() {
    let server = FileServer::start(|_| async { respond("200 OK", "", &content(10, 0)) }).await;
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
    let mut transfer = Transfer::of(Some(1), async { Ok(3) });
    assert_eq!(transfer.wait().await.unwrap(), 3);
    for _ in 0..2 {
        assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    }
    transfer.cancel();
    assert_eq!(transfer.wait().await.unwrap_err().kind(), ErrorKind::Cancelled);
    // Waiting that was given up takes nothing.
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let mut transfer = Transfer::of(None, async move {
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
    let upload = Transfer::of(None, async { Ok(()) });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut started = download.start();
    assert_eq!(started.progress().borrow().phase, Phase::Ended);
    for _ in 0..2 {
        let error = runtime.block_on(started.wait()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    drop(upload);
    assert!(!to.exists());
}

/// Counts what is in flight, so that the last response can be held back.
#[tokio::test]
async fn a_file_that_had_the_name_stays_until_the_new_one_is_whole() {
    let (folder, to) = place();
    std::fs::write(&to, "old").unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let (server, gate) = gated(content(40, 0)).await;
    gate.add_permits(3);
    let mut transfer = server.download(&to).part_size(10).parallel(1).start();
    transfer.progress().wait_for(|now| now.done == 30).await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"old");
    requests.fetch_add(server.asked().len(), Relaxed);
    gate.add_permits(1);
    transfer.wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
    assert_eq!(names(&folder).len(), 1);
    // One that ends before any part is done leaves nothing.
    let (server, _gate) = gated(content(40, 0)).await;
    let mut transfer = server.download(&folder.path().join("none")).start();
    transfer.cancel();
    transfer.wait().await.unwrap_err();
    assert_eq!(names(&folder).len(), 1);
}
