//! The binary.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_oneteg-sandbox");

#[tokio::test]
async fn served_prints_the_committed_list() {
    let output = Command::new(BINARY).args(["served", "netx"]).output().await.unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), include_str!("../../served/netx.txt"));
    let output = Command::new(BINARY).args(["served", "mediavalet"]).output().await.unwrap();
    let expected = include_str!("../../served/mediavalet.txt");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[tokio::test]
async fn it_serves_at_the_printed_url_with_the_given_token() {
    let mut process = Command::new(BINARY)
        .args(["--port", "0", "--token", "from-the-command-line", "--empty"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    let url = first.split_whitespace().last().unwrap();
    let response = crate::client::loopback_client()
        .post(format!("{url}/api/rpc"))
        .header("authorization", "apiToken from-the-command-line")
        .body(r#"{"jsonrpc":"2.0","id":1,"method":"getSelf"}"#)
        .send()
        .await
        .unwrap();
    assert!(response.text().await.unwrap().contains("userId"));
    process.kill().await.unwrap();
}

#[tokio::test]
async fn an_invalid_setting_is_refused() {
    let output = Command::new(BINARY).args(["--token", "two words"]).output().await.unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("Token"));
}
