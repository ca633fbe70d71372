//! The sessions in the README work as printed.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

use std::process::Stdio;

use oneteg_sandbox::Sandbox;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const README: &str = include_str!("../README.md");

/// The console blocks of a section.
fn blocks(heading: &str) -> impl Iterator<Item = &'static str> {
    let section = README.split_once(heading).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    section.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap())
}

/// Commands with what they print.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), String::new())),
            None => {
                let printed = &mut commands.last_mut().unwrap().1;
                printed.push_str(line);
                printed.push('\n');
            }
        }
    }
    commands
}

#[tokio::test]
async fn the_session_with_curl_works_as_printed() {
    if Command::new("curl").arg("--version").output().await.is_err() {
        println!("SKIPPED: there is no curl");
        return;
    }
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for block in blocks("## A session with curl") {
        let commands = commands(block);
        count += commands.len();
        // One shell for the block, because commands use the variables of those before them.
        let script: String =
            commands.iter().map(|(command, _)| format!("{command}\necho '[end]'\n")).collect();
        let script = script
            .replace("http://127.0.0.1:8080", sandbox.netx_url())
            .replace("http://127.0.0.1:8081", sandbox.mediavalet_url())
            .replace("http://127.0.0.1:8082", &sandbox.netexplorer_url());
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path())
            .env("no_proxy", "127.0.0.1")
            .output()
            .await
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<&str> = printed.split("[end]\n").collect();
        for ((command, expected), printed) in commands.iter().zip(&printed) {
            assert_eq!(printed, expected, "{command}");
        }
        assert_eq!(
            printed.len(),
            commands.len() + 1,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(count, 20, "commands in the README");
}

/// A line without ports.
fn without_ports(line: &str) -> String {
    match line.split_once("http://127.0.0.1:") {
        Some((before, port)) => {
            format!(
                "{before}http://127.0.0.1:{}",
                port.trim_start_matches(|it: char| it.is_ascii_digit())
            )
        }
        None => line.to_owned(),
    }
}

#[tokio::test]
async fn the_command_prints_what_the_readme_shows() {
    let block = blocks("## Run it").next().unwrap();
    let expected: Vec<String> = block.lines().skip(1).map(without_ports).collect();
    let mut process = Command::new(env!("CARGO_BIN_EXE_oneteg-sandbox"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    for expected in expected {
        assert_eq!(without_ports(&lines.next_line().await.unwrap().unwrap()), expected);
    }
    process.kill().await.unwrap();
}
