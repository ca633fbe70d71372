//! Runs the commands of the README.
//!
//! A block of `console` holds commands after `$ `, and below a command the output that it must have, if the README shows
//! it. The commands of all blocks run in one shell each, in order, in one home, against one sandbox.

use std::{collections::BTreeMap, process::Stdio};

use crate::support::{Home, Ran, Running, output};

const README: &str = include_str!("../../README.md");

/// A command, and the output that is shown for it.
struct Shown {
    command: String,
    output: String,
}

fn commands() -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    let blocks = README.split("```console\n").skip(1);
    for line in blocks.flat_map(|block| block.split("```").next().unwrap().lines()) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => {
                commands.push(Shown { command: command.to_owned(), output: String::new() });
            }
            (None, Some(last)) => last.output.push_str(&format!("{line}\n")),
            (None, None) => panic!("output without a command: {line}"),
        }
    }
    commands
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_work() {
    let home = Home::new();
    let pictures = home.folder().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    for path in ["poster.png", "pictures/a.png", "pictures/b.png"] {
        std::fs::write(home.folder().join(path), path).unwrap();
    }
    let port = free_port().to_string();
    let mut exported = BTreeMap::new();
    let mut sandbox: Option<Running> = None;
    let commands = commands();
    assert!(commands.len() > 12, "{}", commands.len());
    for Shown { command, output: expected } in commands {
        // The address of the reader's instance stands for the sandbox too.
        let command = command.replace("8080", &port);
        let command = command.replace("https://acme.netx.net", &format!("http://127.0.0.1:{port}"));
        if let Some(variable) = command.strip_prefix("export ") {
            let (name, _) = variable.split_once('=').unwrap();
            exported.insert(name.to_owned(), "sandbox-token".to_owned());
            continue;
        }
        let in_background = command.strip_suffix(" &");
        let line = in_background
            .unwrap_or(&command)
            .replace("oneteg ", &format!("{} ", env!("CARGO_BIN_EXE_oneteg")));
        let line = match in_background {
            // The shell becomes the command, so that its end is the command's.
            Some(_) => format!("exec {line}"),
            None => line,
        };
        let template = home.oneteg(&[]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &line]).current_dir(home.folder()).env_clear().stdin(Stdio::null());
        shell.envs(template.get_envs().map(|(name, value)| (name, value.unwrap())));
        shell.envs(&exported);
        if in_background.is_some() {
            let mut running = Running::start(shell);
            running.read_to("Press Ctrl-C");
            sandbox = Some(running);
            continue;
        }
        let ran = output(shell).await;
        assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
        if !expected.is_empty() {
            assert_eq!(trimmed(&ran), expected, "{command}");
        }
    }
    assert!(sandbox.is_some());
    for name in ["poster.png", "Pictures/a.png", "Pictures/b.png"] {
        assert!(home.folder().join("copy").join(name).exists(), "{name}");
    }
}

/// The output without the spaces at the ends of lines, which editors remove from a README.
fn trimmed(ran: &Ran) -> String {
    ran.stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
