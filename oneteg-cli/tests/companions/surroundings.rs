//! Odd surroundings: closed pipes, terminals without colour or Unicode, settings that others can read, sessions that
//! have ended.

use std::process::{Command, Stdio};

use oneteg_sandbox::Sandbox;

use crate::{
    common::{Cli, Vendors},
    support::{Home, netx, netx_at, output},
};

/// Runs a command whose standard output nobody reads.
async fn with_closed_pipe(mut command: Command) -> (Option<i32>, String) {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        child.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_ends_quietly_with_its_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    for arguments in [
        &["man"][..],
        &["completions", "bash"],
        &["doctor", "dam"],
        &["doctor", "--json", "dam"],
        &["sandbox"],
        &["--help"],
        &["dam", "--help"],
        &["dam", "get-assets-by-folder", "--help"],
        &["dam", "get-self"],
        &["dam", "get-self", "--output", "table"],
        &["connection", "list"],
    ] {
        let (code, stderr) = with_closed_pipe(home.oneteg(arguments)).await;
        assert_eq!((code, stderr.as_str()), (Some(141), ""), "{arguments:?}");
    }
}

/// The command in a terminal of the program `script`, or `None` without it.
#[cfg(target_os = "linux")]
fn in_terminal(home: &Home, arguments: &str, variables: &[(&str, &str)]) -> Option<Command> {
    if !Command::new("script").arg("--version").output().is_ok_and(|out| out.status.success()) {
        println!("SKIPPED: needs `script` of util-linux");
        return None;
    }
    let template = home.oneteg(&[]);
    let mut command = Command::new("script");
    command.env_clear();
    for (name, value) in template.get_envs() {
        command.env(name, value.unwrap());
    }
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_oneteg"));
    command.env("COLUMNS", "80");
    command.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null());
    command.envs(variables.iter().copied());
    Some(command)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn colours_and_other_letters_are_for_terminals_that_have_them() {
    let home = Home::new();
    home.add("acme", &netx_at("http://127.0.0.1:9"));
    let plain = [("TERM", "dumb"), ("LANG", "C")];
    let colours = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];
    let without = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("NO_COLOR", "1")];
    for arguments in ["doctor acme", "--help", "nobody get-self", "dam get-self"] {
        for (variables, coloured) in [(&plain[..], false), (&colours, true), (&without, false)] {
            let Some(command) = in_terminal(&home, arguments, variables) else { return };
            let shown = output(command).await.stdout;
            assert_eq!(shown.contains('\u{1b}'), coloured, "{arguments} {variables:?}: {shown:?}");
        }
        let command = in_terminal(&home, arguments, &plain).unwrap();
        let shown = output(command).await.stdout;
        assert!(shown.is_ascii(), "{arguments}: {shown:?}");
        assert!(shown.lines().all(|line| line.trim_end().len() <= 80), "{arguments}: {shown}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_others_can_read_are_refused() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("dam", &netx(&sandbox));
    let path = home.folder().join("connections/dam.toml");
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    for arguments in [
        &["dam", "get-self"][..],
        &["api", "dam", "GET", "/x"],
        &["connection", "test", "dam"],
        &["connection", "show", "dam"],
        &["mcp", "dam"],
    ] {
        let ran = home.run(arguments).await;
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("chmod 600"), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    assert_eq!(sandbox.netx().counters().requests, 0);
}

#[test]
fn a_session_that_has_ended_names_the_command_that_signs_in() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    crate::sign_in(&cli, "mv");
    cli.ok(&["connection", "test", "mv"]);
    let examined = cli.ok(&["doctor", "mv"]);
    for finding in
        ["ok       session       signed in", "ok       scopes        openid api offline_access"]
    {
        assert!(examined.contains(finding), "{examined}");
    }
    // An access token that has expired is renewed.
    vendors.sandbox.mediavalet().expire_access_tokens();
    cli.ok(&["mv", "get-current-user"]);
    // Another sandbox at the same address knows nothing of the session: the vendor has ended it.
    let port = vendors.mediavalet.rsplit(':').next().unwrap().to_owned();
    drop(vendors);
    let mut command = cli.command(&["sandbox", "--mediavalet-port", &port]);
    command.stdin(Stdio::null());
    let mut other = crate::support::Running::start(command);
    other.read_to("Press Ctrl-C");
    for arguments in [&["mv", "get-current-user"][..], &["connection", "test", "mv"]] {
        let shown = cli.fails(3, arguments);
        assert!(shown.contains("oneteg auth login mv"), "{arguments:?}: {shown}");
    }
    let done = cli.run(&["doctor", "mv"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.out.contains("oneteg auth login mv"), "{}", done.out);
    // Signing in again is all that is needed.
    crate::sign_in(&cli, "mv");
    cli.ok(&["mv", "get-current-user"]);
}
