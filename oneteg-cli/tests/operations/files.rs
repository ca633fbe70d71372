//! Responses that are files, and output that cannot be written.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
    sync::mpsc,
    thread,
};

use axum::{body::Body, http::Response};
use serde_json::{Value, json};

use crate::{
    common::{Done, done},
    server::{Server, connected, netx},
};

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let server = Server::start(|request| match request.uri.path().contains("/8") {
        // Announces more than it sends.
        true => {
            Response::builder().header("content-length", "1000").body(Body::from("short")).unwrap()
        }
        false => Response::new("some bytes".into()),
    });
    let cli = connected(&server);
    assert_eq!(cli.ok(&["nx", "get-asset-original", "7"]), "some bytes");
    assert_eq!(cli.ok(&["nx", "get-asset-original", "7", "--to", "-"]), "some bytes");
    let to = cli.folder().join("a.jpg");
    let path = to.to_str().unwrap();
    let done = cli.run(&["nx", "get-asset-original", "7", "--to", path]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
    assert_eq!(fs::read(&to).unwrap(), b"some bytes");
    let refused = cli.fails(2, &["nx", "get-asset-original", "7", "--to", path]);
    assert!(refused.contains("exists") && refused.contains("--overwrite"), "{refused}");
    fs::write(&to, "old").unwrap();
    server.requests();
    let failed = cli.run(&["nx", "get-asset-original", "8", "--to", path, "--overwrite"]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert_eq!(fs::read(&to).unwrap(), b"old", "the file is as it was");
    cli.ok(&["nx", "get-asset-original", "7", "--to", path, "--overwrite"]);
    assert_eq!(fs::read(&to).unwrap(), b"some bytes");
    let names: Vec<String> = fs::read_dir(cli.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("partial"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn a_reader_that_has_gone_ends_a_long_list_silently() {
    let items: Vec<Value> =
        (0..5000).map(|id| json!({ "id": id, "name": "x".repeat(50) })).collect();
    let server = netx(json!({ "results": items, "size": 5000 }));
    let cli = connected(&server);
    for format in ["ndjson", "json", "csv", "table"] {
        let mut child = cli.start(&[
            "nx",
            "get-assets-by-folder",
            "1",
            "true",
            "--limit",
            "5000",
            "-o",
            format,
        ]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let done: Done = done(child.wait_with_output().unwrap());
        assert_eq!((done.code, done.err.as_str()), (141, ""), "{format}");
    }
    // The list of operations, too.
    let done = cli.run_unread(&["nx", "--help"]);
    assert_eq!((done.code, done.err.as_str()), (141, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let server = netx(json!({ "id": 7 }));
    let cli = connected(&server);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = cli.command(&["nx", "get-self"]).stdout(full).stderr(Stdio::piped()).output();
    let done = done(output.unwrap());
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("No space left") || done.err.contains("disk is full"),
        "{}",
        done.err
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_of_a_file_leaves_none() {
    // Sends the beginning of a file, and then nothing.
    let (began, begun) = mpsc::channel();
    let server = Server::start(move |_| {
        let began = began.clone();
        let beginning = futures_util::stream::once(async move {
            let _ = began.send(());
            Ok::<_, std::io::Error>(bytes::Bytes::from(vec![0_u8; 100_000]))
        });
        let endless = futures_util::StreamExt::chain(beginning, futures_util::stream::pending());
        Response::new(Body::from_stream(endless))
    });
    let cli = connected(&server);
    let to = cli.folder().join("a.jpg");
    let mut child = cli.start(&["nx", "get-asset-original", "7", "--to", to.to_str().unwrap()]);
    begun.recv().unwrap();
    // Until the temporary file is there.
    let partial = || {
        let names = fs::read_dir(cli.folder()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("partial")).count()
    };
    while partial() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it waits for the rest");
        thread::yield_now();
    }
    let killed =
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let done = done(child.wait_with_output().unwrap());
    assert_eq!((done.code, err.as_str()), (130, "error: interrupted\n"));
    assert_eq!((partial(), to.exists()), (0, false));
}
