//! Downloads from servers that do not do as the standard specifies.

use oneteg_http::{Checksum, ErrorKind};

use crate::file_server::{
    FileRequest, FileServer, MAY, ONE, announce, chunked, content, kind, names, place, ranged,
    respond,
};

const JUNE: &str = "last-modified: Thu, 06 Jun 2024 07:08:09 GMT\r\n";

/// A server with ranges that changes the file after some requests, and ignores `If-Range`.
async fn changing(
    after: usize,
    first: &'static str,
    then: &'static str,
    lengths: [usize; 2],
) -> FileServer {
    FileServer::start(move |request| async move {
        let (headers, bytes) = if request.n < after {
            (first, content(lengths[0], 0))
        } else {
            (then, content(lengths[1], 7))
        };
        ranged(&request, headers, &bytes)
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
        // Only the lengths differ.
        (ONE, ONE, [40, 41]),
        (MAY, MAY, [40, 39]),
    ] {
        for after in [1, 2] {
            let (folder, to) = place();
            let server = changing(after, first, then, lengths).await;
            let transfer = server.download(&to).part_size(10).parallel(1).start();
            assert_eq!(kind(transfer).await, ErrorKind::Integrity, "{first} {then} {after}");
            assert!(!to.exists());
            // A stream that is lost after 15 bytes.
            let server = FileServer::start(move |request| async move {
                if request.n == 0 {
                    return announce("200 OK", first, lengths[0], &content(15, 0));
                }
                ranged(&request, then, &content(lengths[1], 7))
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
    // Another version for every request.
    for headers in ["", "etag: W/\"1\"\r\n", "etag: 1\r\n"] {
        let (folder, to) = place();
        let server = FileServer::start(move |request| async move {
            ranged(&request, headers, &content(40, request.n as u8))
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        let bytes = std::fs::read(&to).unwrap();
        assert!((0..9).any(|version| bytes == content(40, version)), "mixed versions: {headers}");
        assert_eq!(names(&folder).len(), 1);
    }
    // A checksum detects mixed versions, so the ranges are used.
    let (_folder, to) = place();
    let server =
        FileServer::start(|request| async move { ranged(&request, "", &content(40, 0)) }).await;
    let sum = Checksum::md5("00000000000000000000000000000000");
    assert_eq!(
        kind(server.download(&to).part_size(10).checksum(sum).start()).await,
        ErrorKind::Integrity
    );
    assert!(server.requests().len() >= 4 && !to.exists());
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
        let server = FileServer::start(move |request| async move {
            let bytes = content(40, 0);
            if request.range.is_none() {
                return respond("200 OK", ONE, &bytes);
            }
            let (from, to) = request.slice(40);
            let range = spelling.replace("{from}", &from.to_string());
            let range = range.replace("{last}", &(to - 1).to_string()).replace("{total}", "40");
            let headers = format!("{ONE}content-range: {range}\r\n");
            respond("206 Partial Content", &headers, &bytes[from..to])
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0), "{spelling}");
        assert_eq!(server.requests().len(), if ranges { 4 } else { 2 }, "{spelling}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_if_range_is_asked_without() {
    let refusing = |status: &'static str| {
        FileServer::start(move |mut request| async move {
            if request.if_range.is_some() {
                return respond(status, "", b"");
            }
            if request.n == 0 && request.range.is_none() {
                return announce("200 OK", ONE, 40, &content(15, 0));
            }
            request.n = 0;
            ranged(&request, ONE, &content(40, 0))
        })
    };
    for status in ["400 Bad", "412 Failed", "416 Not Satisfiable", "501 Not Implemented"] {
        let (_folder, to) = place();
        let server = refusing(status).await;
        let mut transfer = server.download(&to).part_size(10).parallel(1).start();
        assert_eq!(transfer.wait().await.unwrap(), 40, "{status}");
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
        assert_eq!(server.requests().len(), 5, "{status}");
        let stream = refusing(status).await.stream().await.unwrap();
        assert_eq!(stream.collect(100).await.unwrap(), content(40, 0), "{status}");
    }
    // Also refused without the condition: the refusal stands.
    let (_folder, to) = place();
    let server = FileServer::start(|request| async move {
        if request.n > 0 {
            return respond("400 Bad", "", b"");
        }
        ranged(&request, ONE, &content(40, 0))
    })
    .await;
    let transfer = server.download(&to).part_size(10).parallel(1).start();
    assert_eq!((kind(transfer).await, server.requests().len()), (ErrorKind::Api, 3));
}

#[tokio::test]
async fn a_server_that_does_not_understand_if_range_is_asked_without() {
    // `None`: never again with a range.
    for honoured in [Some("date"), None] {
        let (_folder, to) = place();
        let server = FileServer::start(move |mut request| async move {
            let unknown = request.if_range.as_ref().is_some_and(|value| value.starts_with('"'));
            if unknown || (honoured.is_none() && request.n > 0) {
                request.range = None;
            }
            ranged(&request, &format!("{ONE}{MAY}"), &content(40, 0))
        })
        .await;
        let mut transfer = server.download(&to).part_size(10).parallel(1).start();
        assert_eq!(transfer.wait().await.unwrap(), 40);
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
        assert_eq!(transfer.state().parts_done(), 4);
        let ranges = server.requests().iter().filter(|request| request.range.is_some()).count();
        assert_eq!(ranges, if honoured.is_some() { 5 } else { 3 }, "{:?}", server.requests());
    }
    // The whole file is of another version than the completed parts.
    let (folder, to) = place();
    let server = FileServer::start(move |mut request| async move {
        let newer = request.n > 2;
        if request.n > 0 {
            request.range = None;
        }
        let headers = if newer { "etag: \"2\"\r\n" } else { ONE };
        ranged(&request, headers, &content(40, u8::from(newer)))
    })
    .await;
    let transfer = server.download(&to).part_size(10).parallel(1).start();
    assert_eq!(kind(transfer).await, ErrorKind::Integrity);
    assert!(!to.exists() && server.requests().len() == 4);
    drop(folder);
    // From such a server, a lost stream fails.
    let server = FileServer::start(move |mut request| async move {
        if request.n == 0 {
            return announce("200 OK", ONE, 40, &content(15, 0));
        }
        request.range = None;
        ranged(&request, ONE, &content(40, 0))
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
        let server = FileServer::start(move |request| {
            let headers = headers.clone();
            async move { ranged(&request, &headers, &content(40, 0)) }
        })
        .await;
        server.download(&to).part_size(10).start().wait().await.unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 4);
        assert!(
            requests[1..].iter().all(|request| request.if_range.as_deref() == sent),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn a_break_without_ranges_begins_anew_for_a_while() {
    for (breaks, headers) in [(3, ""), (3, ONE), (4, ""), (4, ONE)] {
        let (folder, to) = place();
        std::fs::write(&to, "old").unwrap();
        let cut = move |request: FileRequest| async move {
            let bytes = content(300, request.n as u8);
            if request.n < breaks {
                return announce("200 OK", headers, 300, &bytes[..100 + request.n]);
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
        assert_eq!((server.requests().len(), names(&folder).len()), (4, 1));
    }
}

#[tokio::test]
async fn a_stream_without_ranges_is_read_again_where_that_is_safe() {
    let cut = |headers: &'static str, sent: usize, version: u8| {
        FileServer::start(move |request| async move {
            let bytes = content(300, version * u8::from(request.n > 0));
            if request.n == 0 {
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
    // Bytes were yielded, and nothing shows whether the rest is of the same version.
    let server = cut("", 100, 7).await;
    let error = server.stream().await.unwrap().collect(300).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn odd_ranges_do_not_make_an_odd_file() {
    // Each sends the second range in another way.
    type Odd = fn(&FileRequest, &[u8]) -> Vec<u8>;
    let odd: [(&str, Odd, Option<ErrorKind>); 8] = [
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
                chunked("206 Partial Content", &headers, &[&all[10..13], b"other bytes"].concat())
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
            "the whole under the name of the range",
            |_, all| {
                let headers = format!("{ONE}content-range: bytes 10-19/40\r\n");
                respond("206 Partial Content", &headers, all)
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
        let server = FileServer::start(move |request| async move {
            let bytes = content(40, 0);
            let second = request.range == Some((10, Some(19)));
            if second && request.n < 4 {
                odd(&request, &bytes)
            } else {
                ranged(&request, ONE, &bytes)
            }
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
async fn a_server_that_repeats_the_range_over_the_whole_file_makes_no_mixture() {
    for headers in [ONE, MAY] {
        let (_folder, to) = place();
        let server = FileServer::start(move |request| async move {
            let all = content(40, 0);
            if request.range.is_none() {
                // The first response is cut off, so that a stream requests the rest.
                let sent = if request.n == 0 { 15 } else { 40 };
                return announce("200 OK", headers, 40, &all[..sent]);
            }
            let (from, to) = request.slice(40);
            let headers = format!("{headers}content-range: bytes {from}-{}/40\r\n", to - 1);
            respond("206 Partial Content", &headers, &all)
        })
        .await;
        assert_eq!(server.stream().await.unwrap().collect(100).await.unwrap(), content(40, 0));
        server.download(&to).part_size(10).start().wait().await.unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), content(40, 0));
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
    // A response that announces the whole file and has less is cut off.
    let server = FileServer::start(|request| async move {
        let sent = if request.n == 0 { 4 } else { 10 };
        let headers = "content-range: bytes 0-9/10\r\n";
        chunked("206 Partial Content", headers, &content(sent, 0))
    })
    .await;
    server.download(&to).start().wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), content(10, 0));
    // One range with all bytes is the whole file.
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
async fn a_checksum_that_is_none_fails_before_anything_is_requested() {
    let (folder, to) = place();
    let server = FileServer::start(|request| async move { ranged(&request, ONE, b"abc") }).await;
    for bad in [
        "",
        "nonsense",
        "900150983cd24fb0d6963f7d28e17f7",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ] {
        let transfer = server.download(&to).checksum(Checksum::md5(bad)).start();
        assert_eq!(kind(transfer).await, ErrorKind::InvalidRequest, "{bad}");
    }
    assert_eq!((server.requests().len(), names(&folder).len()), (0, 0));
    for good in ["900150983cd24fb0d6963f7d28e17f72", "kAFQmDzST7DWlj99KOF/cg=="] {
        server.download(&to).checksum(Checksum::md5(good)).start().wait().await.unwrap();
    }
    // A file with another checksum is removed, and the existing file stays.
    let other = Checksum::md5("00000000000000000000000000000000");
    assert_eq!(kind(server.download(&to).checksum(other).start()).await, ErrorKind::Integrity);
    assert_eq!(std::fs::read(&to).unwrap(), b"abc");
    assert_eq!(names(&folder).len(), 1);
}
