//! What the sources of uploads announce and contain: lengths, kinds of files, names, failures.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Method;
use oneteg_http::{
    AppendSink, AppendUpload, Error, ErrorKind, FilePart, PartSink, PartUpload, RetryPolicy,
    Runtime, UploadPart, UploadSource,
    codegen::{CallOptions, Form, OperationRequest},
};
use oneteg_test_kit::{ReceivedRequest, UploadServer, http_response, test_content};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use crate::support::{self, Counting, Plain, WRITE};

/// More than the buffers between client and server hold.
pub(crate) const LONG: usize = 16 << 20;

pub(crate) fn client(url: &str) -> Runtime {
    Runtime::builder(url, Plain, Counting::default()).retry(RetryPolicy::none()).build().unwrap()
}

/// Sends it as the file of a form, with a field before and after it.
pub(crate) async fn send_form(
    runtime: &Runtime,
    name: &str,
    source: UploadSource,
) -> Result<(), Error> {
    let mut form = Form::default();
    form.text("before", "1".to_owned());
    form.file("file", FilePart::new(name, source));
    form.text("after", "2".to_owned());
    let mut call = OperationRequest::new(&WRITE, CallOptions::new());
    call.form(form);
    runtime.empty(call).await.map(drop)
}

/// Sends it as the whole body.
pub(crate) async fn send_raw(runtime: &Runtime, source: UploadSource) -> Result<(), Error> {
    runtime.request(Method::PUT, "/thing").body(source).send_empty().await.map(drop)
}

/// The bytes of the file in a request, sent in a form or as the whole body; `None` if they are incomplete.
pub(crate) fn file_of(request: &ReceivedRequest, form: bool) -> Option<Vec<u8>> {
    if !form {
        return request.is_complete.then(|| request.body.clone());
    }
    let parts = request.parts()?;
    let names: Vec<_> = parts.iter().map(|(head, _)| head.split('"').nth(1).unwrap()).collect();
    assert_eq!(names, ["before", "file", "after"]);
    assert_eq!((&*parts[0].1, &*parts[2].1), (&b"1"[..], &b"2"[..]));
    Some(parts[1].1.clone())
}

pub(crate) async fn send(runtime: &Runtime, form: bool, source: UploadSource) -> Result<(), Error> {
    match form {
        true => send_form(runtime, "a.bin", source).await,
        false => send_raw(runtime, source).await,
    }
}

fn streamed(bytes: &Bytes, announced: Option<u64>) -> UploadSource {
    let pieces: Vec<_> = bytes.chunks(777).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    UploadSource::stream(stream::iter(pieces), announced)
}

fn reader(bytes: &Bytes, announced: u64) -> UploadSource {
    UploadSource::reader(std::io::Cursor::new(bytes.clone()), announced)
}

#[tokio::test]
async fn a_source_that_has_more_or_less_than_it_announced_is_an_integrity_error() {
    for form in [true, false] {
        for (has, announced) in [
            (1000, 1000),
            (0, 0),
            (1000, 999),
            (1000, 777),
            (999, 1000),
            (1, 0),
            (0, 1),
            (200_000, 100_000),
        ] {
            let bytes = test_content(has);
            for source in
                [streamed(&bytes, Some(announced as u64)), reader(&bytes, announced as u64)]
            {
                let what = format!("form {form}, {source:?} of {has}");
                let server = UploadServer::start().await;
                let result = send(&client(&server.url), form, source).await;
                if has == announced {
                    result.expect(&what);
                } else {
                    assert_eq!(result.expect_err(&what).kind(), ErrorKind::Integrity, "{what}");
                }
                for request in server.requests() {
                    // All announced bytes are sent, and nothing more; a request with fewer is incomplete.
                    let expected = (has >= announced).then(|| bytes[..announced].to_vec());
                    assert!(file_of(&request, form) == expected, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn sources_of_unknown_length_go_as_they_are() {
    for form in [true, false] {
        for length in [0, 1, 70_000] {
            let bytes = test_content(length);
            let server = UploadServer::start().await;
            send(&client(&server.url), form, streamed(&bytes, None)).await.unwrap();
            let request = server.only_request().await;
            assert_eq!(request.header("content-length"), None);
            assert!(file_of(&request, form).unwrap() == bytes);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_keeps_silent_after_its_last_byte_has_ended() {
    let runtime = support::runtime(|mut request: reqwest::Request| async move {
        let body = request.body_mut().take().unwrap();
        let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
        assert_eq!(body, test_content(5_000));
        Ok(http_response(200, &[], "{}"))
    });
    let bytes = stream::iter([Ok(test_content(5_000))]).chain(stream::pending());
    let began = tokio::time::Instant::now();
    send_raw(&runtime, UploadSource::stream(bytes, Some(5_000))).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_source_that_fails_is_named() {
    for form in [true, false] {
        for (announced, good) in
            [(Some(200_000), 100_000), (None, 100_000), (Some(100_000), 100_000), (Some(10), 0)]
        {
            let first = stream::iter([Ok(test_content(good))]);
            let broken =
                first.chain(stream::iter([Err(std::io::Error::other("the disk is gone"))]));
            let server = UploadServer::start().await;
            let source = UploadSource::stream(broken, announced);
            let error = send(&client(&server.url), form, source).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.message().contains("the disk is gone"), "{error}");
        }
        for (seek, word) in [(Seek::Fails, "no way back"), (Seek::Elsewhere, "byte 3")] {
            let server = UploadServer::start().await;
            let source = UploadSource::reader(Stubborn(seek), 10);
            let error = send(&client(&server.url), form, source).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.message().contains(word), "{error}");
            assert!(server.requests().is_empty(), "something was sent");
        }
    }
}

enum Seek {
    Fails,
    Elsewhere,
}

/// A reader that cannot seek back.
struct Stubborn(Seek);

impl AsyncRead for Stubborn {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        into.put_slice(b"x");
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Stubborn {
    fn start_seek(self: Pin<&mut Self>, _: std::io::SeekFrom) -> std::io::Result<()> {
        match self.0 {
            Seek::Fails => Err(std::io::Error::other("no way back")),
            Seek::Elsewhere => Ok(()),
        }
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<u64>> {
        Poll::Ready(Ok(3))
    }
}

#[tokio::test]
async fn a_source_that_fails_over_http_2_is_named_too() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut connection) = h2::server::handshake(socket).await else { return };
                while let Some(Ok((request, mut responder))) = connection.accept().await {
                    tokio::spawn(async move {
                        let mut body = request.into_body();
                        while let Some(Ok(bytes)) = body.data().await {
                            let _ = body.flow_control().release_capacity(bytes.len());
                        }
                        let _ = responder.send_response(http::Response::new(()), true);
                    });
                }
            });
        }
    });
    let http = oneteg_auth::client_builder(false).unwrap().http2_prior_knowledge().build().unwrap();
    let runtime = Runtime::builder(url, Plain, Counting::default())
        .retry(RetryPolicy::none())
        .http_client(http)
        .build()
        .unwrap();
    let few = streamed(&test_content(100_000), Some(200_000));
    let error = send_raw(&runtime, few).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    let more = streamed(&test_content(200_000), Some(100_000));
    let error = send_raw(&runtime, more).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    send_raw(&runtime, streamed(&test_content(100_000), Some(100_000))).await.unwrap();
}

#[tokio::test]
async fn no_memory_is_asked_for_because_of_an_announced_length() {
    for length in [1 << 50, u64::MAX] {
        let source = streamed(&test_content(1), Some(length));
        let upload = PartUpload::new(source, Untouched).part_size(u64::MAX);
        let error = upload.start().wait().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{length}: {error}");
    }
}

/// Accepts nothing: any call fails the test.
struct Untouched;

impl PartSink for Untouched {
    type Output = ();

    async fn put(&self, _: UploadPart) -> Result<String, Error> {
        panic!("a part was sent")
    }

    async fn finish(&self, _: Vec<String>) -> Result<(), Error> {
        panic!("the upload was finished")
    }
}

impl AppendSink for Untouched {
    type Output = ();

    async fn append(&self, _: std::ops::Range<u64>, _: UploadSource) -> Result<u64, Error> {
        panic!("a piece was sent")
    }

    async fn recover(&self, _: std::ops::Range<u64>, _: &Error) -> Result<Option<u64>, Error> {
        Ok(None)
    }

    async fn finish(&self) -> Result<(), Error> {
        panic!("the upload was finished")
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_regular_files_are_taken_from_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    std::os::unix::fs::symlink(at("pipe"), at("link")).unwrap();
    let mut paths = vec![at("pipe"), at("socket"), at("link"), folder.path().to_owned()];
    paths.extend(["/dev/zero", "/dev/null"].map(Into::into));
    if cfg!(target_os = "linux") {
        paths.extend(["/proc/self/status", "/proc/version"].map(Into::into));
    }
    let server = UploadServer::start().await;
    let runtime = client(&server.url);
    for path in paths {
        let source = || UploadSource::path(&path);
        let errors = [
            send_form(&runtime, "a", source()).await.unwrap_err(),
            send_raw(&runtime, source()).await.unwrap_err(),
            PartUpload::new(source(), Untouched).start().wait().await.unwrap_err(),
            AppendUpload::new(source(), Untouched).start().wait().await.unwrap_err(),
            source().length().await.unwrap_err(),
            source().modified().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Io, "{error}");
            assert!(error.message().contains(path.to_str().unwrap()), "{error}");
        }
    }
    assert!(server.requests().is_empty(), "something was sent");
    // A link to a regular file is accepted, and so is an empty file.
    std::fs::write(at("empty"), "").unwrap();
    std::os::unix::fs::symlink(at("empty"), at("link to empty")).unwrap();
    send_raw(&runtime, UploadSource::path(at("link to empty"))).await.unwrap();
    assert_eq!(server.only_request().await.header("content-length"), Some("0"));
}

#[tokio::test]
async fn a_file_name_stays_in_its_header() {
    for (name, sent) in [
        ("plain.txt", "plain.txt"),
        ("été 日本.txt", "été 日本.txt"),
        ("a\"b.txt", "a%22b.txt"),
        ("a.txt\r\nX-Injected: 1", "a.txt%0D%0AX-Injected: 1"),
        ("a\nb", "a%0Ab"),
        ("100%22.txt", "100%22.txt"),
        ("a\\", "a\\\\"),
    ] {
        let server = UploadServer::start().await;
        send_form(&client(&server.url), name, b"x".to_vec().into()).await.unwrap();
        let parts = server.only_request().await.parts().unwrap();
        let head = String::from_utf8_lossy(parts[1].0.as_bytes()).into_owned();
        let line = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{sent}\"");
        assert_eq!(head.lines().next(), Some(&*line), "{name:?}");
        assert!(!head.lines().any(|line| line.starts_with("X-Injected")), "{head}");
    }
    let server = UploadServer::start().await;
    for name in ["a\0b", "a\tb", "\u{1b}[2J", "a\u{7f}", "a\u{85}b", "\r\u{0}"] {
        let error = send_form(&client(&server.url), name, b"x".to_vec().into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name:?}");
        assert!(!error.to_string().chars().any(char::is_control), "{error}");
    }
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\u{7}b");
        std::fs::write(&path, "x").unwrap();
        let mut form = Form::default();
        form.file("file", FilePart::path(path));
        let mut call = OperationRequest::new(&WRITE, CallOptions::new());
        call.form(form);
        let error = client(&server.url).empty(call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    assert!(server.requests().is_empty(), "something was sent");
}
