//! Responses that are files, and those that only look like one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::stream;
use http::Method;
use oneteg_http::{ErrorKind, GiveUp, reqwest};
use oneteg_test_kit::http_response;
use tokio::time::Instant;

use crate::{
    file_server::{FileServer, announce, respond},
    support,
};

const HTML: &str = "content-type: text/html; charset=utf-8\r\n";
const PAGE: &[u8] = b"\n<!DOCTYPE html><html><title>Sign in</title></html>";

#[tokio::test(start_paused = true)]
async fn a_file_that_is_not_ready_is_waited_for_as_the_server_asks() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let runtime = support::builder(move |_| {
        let n = counted.fetch_add(1, Relaxed);
        async move {
            Ok(match n {
                0 => http_response(202, &[("retry-after", "7")], r#"{"status":"pending"}"#),
                _ => http_response(200, &[], "file"),
            })
        }
    })
    .build()
    .unwrap();
    let began = Instant::now();
    let file = runtime.request(Method::GET, "/file").send_stream().await.unwrap();
    assert_eq!(file.into_inner().collect(100).await.unwrap(), b"file");
    assert!(began.elapsed() >= Duration::from_secs(7), "{:?}", began.elapsed());
    assert_eq!(requests.load(Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_never_ready_is_an_error_that_says_so() {
    for (method, headers, attempts, gave_up) in [
        (Method::GET, &[][..], 4, Some(GiveUp::MaxAttempts)),
        (Method::GET, &[("retry-after", "3600")], 1, Some(GiveUp::WaitTooLong)),
        // What was accepted may be in progress: it is not requested twice.
        (Method::POST, &[], 1, None),
    ] {
        let runtime = support::runtime(move |_| async move {
            Ok(http_response(202, headers, r#"{"status":"pending"}"#))
        });
        let error = runtime.request(method.clone(), "/file").send_stream().await.unwrap_err();
        let kind = if method == Method::GET { ErrorKind::Locked } else { ErrorKind::Integrity };
        assert_eq!(error.kind(), kind);
        assert_eq!((error.attempts(), error.gave_up()), (attempts, gave_up));
        assert!(error.body_preview().unwrap().contains("pending"));
        assert_eq!(error.status().unwrap(), 202);
    }
}

#[tokio::test]
async fn other_successes_are_no_files() {
    for status in [201, 203, 204, 205, 207, 226, 299] {
        let runtime = support::runtime(move |_| async move { Ok(http_response(status, &[], "")) });
        let error = runtime.request(Method::GET, "/file").send_stream().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Integrity, 1), "{status}");
        assert!(error.message().contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn codings_that_nobody_asked_for_are_errors_that_name_them() {
    for (coding, named) in [
        ("gzip", Some("gzip")),
        ("BR", Some("BR")),
        ("x-gzip", Some("x-gzip")),
        ("identity, zstd", Some("zstd")),
        ("identity", None),
        ("", None),
    ] {
        let headers = format!("content-encoding: {coding}\r\netag: \"1\"\r\n");
        let server = FileServer::start(move |_| {
            let headers = headers.clone();
            async move { respond("200 OK", &headers, b"\x1f\x8b packed") }
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("file");
        let downloaded = server.download(&to).start().wait().await;
        let errors =
            [server.get("/file").await.err(), server.stream().await.err(), downloaded.err()];
        for error in errors {
            assert_eq!(error.is_some(), named.is_some(), "{coding}: {error:?}");
            let (Some(error), Some(named)) = (error, named) else { continue };
            assert_eq!(error.kind(), ErrorKind::Integrity);
            assert!(error.message().contains(named), "{error}");
        }
        assert_eq!(to.exists(), named.is_none(), "{coding}");
        let requests = server.requests();
        assert!(
            requests.iter().all(|a| a.accept_encoding.as_deref() == Some("identity")),
            "{requests:?}"
        );
    }
    // A requested coding is accepted.
    let server = FileServer::start(|request| async move {
        assert_eq!(request.accept_encoding.as_deref(), Some("zstd"));
        respond("200 OK", "content-encoding: zstd\r\n", b"packed")
    })
    .await;
    let runtime = server.runtime();
    let request = runtime.request(Method::GET, "/file").header("accept-encoding", "zstd");
    let packed = request.send_stream().await.unwrap().into_inner().collect(100).await.unwrap();
    assert_eq!(packed, b"packed");
}

/// Redirects `/file…` to `/to`, which responds with these headers and this body.
async fn redirecting(headers: &'static str, body: &'static [u8]) -> FileServer {
    FileServer::start(move |request| async move {
        if request.path.starts_with("/file") {
            return respond("302 Found", "location: /to\r\n", b"");
        }
        assert_eq!(request.accept_encoding.as_deref(), Some("identity"));
        respond("200 OK", headers, body)
    })
    .await
}

#[tokio::test]
async fn a_page_behind_a_redirect_is_not_the_file() {
    for headers in [HTML, "Content-Type: Text/HTML\r\n", "content-type: application/xhtml+xml\r\n"]
    {
        for body in [PAGE, b"\xef\xbb\xbf<p>", b""] {
            let server = redirecting(headers, body).await;
            let folder = tempfile::tempdir().unwrap();
            let to = folder.path().join("file");
            for error in [
                server.get("/file").await.unwrap_err(),
                server.stream().await.unwrap_err(),
                server.download(&to).start().wait().await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::Html, "{headers}");
                assert!(error.message().contains("127.0.0.1"), "{error}");
            }
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        }
    }
    // The redirect may lead to a file: of another type, HTML by its name, or HTML by its label only.
    const NAMED: &str =
        "content-type: text/html\r\ncontent-disposition: attachment; filename=a.html\r\n";
    for (headers, body) in [
        ("content-type: application/octet-stream\r\n", PAGE),
        (NAMED, PAGE),
        (HTML, b"\xff\xd8\xff bytes of a picture"),
    ] {
        let server = redirecting(headers, body).await;
        assert_eq!(server.get("/file").await.unwrap(), body, "{headers}");
    }
}

#[tokio::test]
async fn a_page_is_recognized_without_a_label_and_however_it_comes() {
    let server = redirecting("", b"<!doctype HTML><p>Sign in").await;
    assert_eq!(server.get("/file").await.unwrap_err().kind(), ErrorKind::Html);
    let server = redirecting("", b"<svg xmlns=''/>").await;
    assert_eq!(server.get("/file").await.unwrap(), b"<svg xmlns=''/>");
    let server = FileServer::start(|_| async { respond("200 OK", "", b"\n<HTML>Sign in") }).await;
    assert_eq!(server.get("/a.jpg").await.unwrap_err().kind(), ErrorKind::Html);
    let folder = tempfile::tempdir().unwrap();
    let error = server.download(&folder.path().join("a.jpg")).start().wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Html);
    for (label, page) in [
        ("", &b"<!-- from the cache --> <!--[if IE]><![endif]--><Body class=login>"[..]),
        ("", b"<head><title>Sign in"),
        (HTML, b"\xff\xfe<\0h\0t\0m\0l\0>\0"),
        (HTML, b"\xfe\xff\0<\0h\0t\0m\0l\0>"),
    ] {
        let server =
            FileServer::start(move |_| async move { respond("200 OK", label, page) }).await;
        let got = server.get("/a.jpg").await;
        assert_eq!(got.unwrap_err().kind(), ErrorKind::Html, "{}", page.escape_ascii());
    }
    for file in [&b"<!-- a file of XML --><a/>"[..], b"<!-- never closed", b"<header/>"] {
        let server = redirecting("", file).await;
        assert_eq!(server.get("/file").await.unwrap(), file);
    }
    // Byte by byte.
    let page = || stream::iter(PAGE.iter().map(|byte| Ok::<_, std::io::Error>(vec![*byte])));
    let runtime = support::runtime(move |_| async move {
        let headers = [("content-type", "text/html")];
        Ok(http_response(200, &headers, reqwest::Body::wrap_stream(page())))
    });
    let error = runtime.request(Method::GET, "/a.jpg").send_stream().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Html);
}

#[tokio::test]
async fn a_break_where_a_page_is_looked_for_is_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("a.jpg");
    let server = FileServer::start(|request| async move {
        if request.path == "/file" && request.n > 0 {
            return respond("200 OK", "", b"the whole picture");
        }
        announce("200 OK", "", 17, b"the")
    })
    .await;
    server.download(&to).start().wait().await.unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"the whole picture");
    let other = folder.path().join("b.jpg");
    let runtime = server.runtime();
    let stream = runtime.request(Method::GET, "/other").send_stream().await.unwrap();
    let error = stream.into_inner().save(&other).await.unwrap_err();
    assert_eq!((error.kind(), other.exists()), (ErrorKind::Transport, false));
}

#[tokio::test]
async fn a_page_in_place_of_a_picture_is_not_the_picture() {
    let server = FileServer::start(|request| async move {
        let label = if request.path.contains("picture") { PAGE } else { b"\x89PNG bytes" };
        let name = if request.path == "/1" {
            "content-disposition: inline; filename=\"a.mp4\"\r\n"
        } else {
            ""
        };
        let body = if request.path == "/labelled.png" { label } else { PAGE };
        respond("200 OK", &format!("{HTML}{name}"), body)
    })
    .await;
    for path in ["/picture.jpg", "/1", "/a/b.pdf?size=3"] {
        assert_eq!(server.get(path).await.unwrap_err().kind(), ErrorKind::Html, "{path}");
    }
    // Pages that may have been requested.
    for path in ["/page.html", "/2", "/index.php", "/picture", "/a.txt"] {
        assert_eq!(server.get(path).await.unwrap(), PAGE, "{path}");
    }
    // Some servers label every file as HTML.
    assert_eq!(server.get("/labelled.png").await.unwrap(), b"\x89PNG bytes");

    // By the name of the target.
    let folder = tempfile::tempdir().unwrap();
    let runtime = server.runtime();
    for (name, refused) in [("a.jpg", true), ("A.MOV", true), ("a.html", false), ("a", false)] {
        let to = folder.path().join(name);
        let stream = runtime.request(Method::GET, "/2").send_stream().await.unwrap();
        let results =
            [server.download(&to).start().wait().await, stream.into_inner().save(&to).await];
        for result in results {
            assert_eq!(
                result.err().map(|e| e.kind()),
                refused.then_some(ErrorKind::Html),
                "{name}"
            );
        }
        assert_eq!(to.exists(), !refused);
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}
