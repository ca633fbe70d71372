//! A tool of others, Schemathesis, sends requests made from the bundles: no stand-in fails, and every response is
//! documented. It runs more and longer with `ONETEG_TEST_FULL=1`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use oneteg_sandbox::Sandbox;
use tokio::process::Command;

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Operations that end the session of the run.
const ENDING: [&str; 4] =
    ["deleteSession", "revokeOauthUserToken", "revokeOauthAppToken", "updateAccount"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The installed program; prints `SKIPPED` without it.
fn program() -> Option<PathBuf> {
    let program = workspace().join("peers/schemathesis/.venv/bin/st");
    if !program.exists() {
        println!("SKIPPED: needs `pip install -r requirements.txt` in peers/schemathesis/.venv");
        return None;
    }
    Some(program)
}

fn is_full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value == "1")
}

/// Runs Schemathesis over one vendor, and returns what it printed if it found something.
async fn run(vendor: &str, url: &str, headers: &[String]) {
    let Some(program) = program() else { return };
    let root = workspace();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    let config = root.join(format!("peers/schemathesis/{vendor}.toml"));
    command.arg("--config-file").arg(config).arg("run");
    command.arg(root.join(format!("specs/{vendor}/bundle.json")));
    command.args(["--url", url, "--checks", CHECKS, "--seed", "1", "--warnings", "off"]);
    command.arg("--continue-on-failure");
    match is_full() {
        true => command.args(["--phases", "examples,coverage,fuzzing,stateful", "-n", "20"]),
        false => command.args(["--phases", "fuzzing", "-m", "positive", "-n", "1"]),
    };
    for header in headers {
        command.args(["-H", header]);
    }
    for operation in ENDING {
        command.args(["--exclude-operation-id", operation]);
    }
    // It keeps a database of earlier findings in its folder.
    command.current_dir(folder.path()).env("NO_COLOR", "1").stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("No issues found"), "{printed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn netx() {
    let sandbox = Sandbox::start().await.unwrap();
    let key = format!("Authorization: apiToken {}", sandbox.netx_api_key());
    run("netx", sandbox.netx_url(), &[key]).await;
    // The requests reached the operations: some of them wrote.
    assert!(program().is_none() || sandbox.netx().counters().writes > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn mediavalet() {
    let sandbox = Sandbox::start().await.unwrap();
    let mediavalet = sandbox.mediavalet();
    let headers = [
        format!("Authorization: Bearer {}", mediavalet.issue_access_token()),
        format!("Ocp-Apim-Subscription-Key: {}", mediavalet.account().subscription_key),
        "x-mv-api-version: 1.2".to_owned(),
    ];
    run("mediavalet", sandbox.mediavalet_url(), &headers).await;
    assert!(program().is_none() || mediavalet.counters().writes > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn netexplorer() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = format!("Authorization: Bearer {}", sandbox.netexplorer().issue_access_token());
    let url = format!("{}/api", sandbox.netexplorer_url());
    run("netexplorer", &url, &[token, "As: 1".to_owned()]).await;
    assert!(program().is_none() || sandbox.netexplorer().counters().writes > 0);
}
