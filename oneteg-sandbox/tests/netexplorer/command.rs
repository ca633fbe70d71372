//! The command.

use tokio::process::Command;

const BINARY: &str = env!("CARGO_BIN_EXE_oneteg-sandbox");

#[tokio::test]
async fn served_prints_the_committed_list() {
    let output = Command::new(BINARY).args(["served", "netexplorer"]).output().await.unwrap();
    assert!(output.status.success());
    let committed = include_str!("../../served/netexplorer.txt");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), committed);
}
