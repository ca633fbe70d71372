//! Help pages, errors, exit codes, and what a command does when it is stopped.

mod common;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

use common::{Cli, Vendors, browser, done};

/// The words of every command, such as `connection add`.
fn commands(command: &clap::Command, words: &[String], all: &mut Vec<Vec<String>>) {
    all.push(words.to_vec());
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let words = [words, &[command.get_name().to_owned()]].concat();
        commands(command, &words, all);
    }
}

/// Each page is a snapshot, at 80 columns.
#[test]
fn every_command_has_a_help_page_of_80_columns() {
    let cli = Cli::new();
    let mut all = Vec::new();
    commands(&oneteg_cli::command(), &[], &mut all);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("help");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for words in all {
            let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            arguments.push("--help");
            let page = cli.ok(&arguments);
            for line in page.lines() {
                assert!(line.chars().count() <= 80, "{words:?}: {line}");
            }
            assert!(!page.contains('\u{1b}'), "{words:?}: colours in a file");
            let name = if words.is_empty() { "oneteg".to_owned() } else { words.join("_") };
            insta::assert_snapshot!(name, page);
        }
    });
}

/// Each line is a command line, and what it prints to standard error follows.
#[test]
fn errors_say_what_was_found_and_what_to_do() {
    let cli = Cli::new();
    cli.ok(&[
        "connection",
        "add",
        "acme",
        "--vendor",
        "netx",
        "--url",
        "a.netx.net",
        "--api-key",
        "inline:k",
    ]);
    cli.write("connections/broken.toml", "connector = \"netx\"\ncolour = 1\n");
    cli.write("connections/syntax.toml", "connector = \n");
    #[cfg(unix)]
    for name in ["broken", "syntax"] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = cli.folder().join(format!("connections/{name}.toml"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut shown = String::new();
    for line in [
        "connection",
        "connection ad acme",
        "connection add",
        "connection add acme --vendor netx",
        "connection add new --vendor netx --url a.netx.net --api-key secret",
        "connection add new --vendor netx --url a.netx.net",
        "connection add new --vendor netx --from-env",
        "connection add upload",
        "connection add new/er",
        "connection show acne",
        "connection show zebra",
        "connection show broken",
        "connection show syntax",
        "connection show acme --output yaml",
        "connection show acme --query .[",
        "connection show acme --query .nosuch.deeper[]",
        "connection remove acme",
        "connection import missing.toml",
        "conection list",
        "auth login acme",
        "auth token acme",
        "auth status zebra",
        "--quiet --verbose connection list",
        "connection list --verbos",
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let done = cli.run(&arguments);
        let err = done.err.replace(&cli.folder().display().to_string(), "FOLDER");
        assert!(done.out.is_empty(), "{line}: {}", done.out);
        shown.push_str(&format!("$ oneteg {line}\n{err}[{}]\n\n", done.code));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn a_word_that_may_be_a_secret_is_not_repeated() {
    let cli = Cli::new();
    let add = ["connection", "add", "bad", "--vendor", "netx", "--url", "a.netx.net"];
    let error = cli.fails(2, &[&add[..], &["s3cr3t-canary"]].concat());
    assert!(!error.contains("canary"), "{error}");
    let expected = "error: unexpected argument, word 8 (not shown, because it may be a secret)\n";
    assert!(error.starts_with(expected), "{error}");
    assert!(error.contains("Usage: oneteg connection add"), "{error}");
    for arguments in [
        &["-q", "auth", "login", "acme", "s3cr3t-canary"][..],
        &["connection", "test", "acme", "s3cr3t-canary"],
        &["connection", "add", "bad", "--api-key", "env:A", "--api-key", "s3cr3t-canary"],
        &["connection", "add", "bad", "--client-secret", "s3cr3t-canary", "s3cr3t-canary"],
    ] {
        let error = cli.fails(2, arguments);
        assert!(!error.contains("canary"), "{arguments:?}: {error}");
    }
    // A word of other commands helps to find the mistake, and so does a flag.
    let error = cli.fails(2, &["download", "acme", "--nope"]);
    assert!(error.contains("'--nope'"), "{error}");
    assert!(cli.fails(2, &["doctor", "--json=word"]).contains("'word'"));
    let error = cli.fails(2, &["connection", "add", "bad", "--api-kye", "s3cr3t-canary"]);
    assert!(error.contains("'--api-key'") && !error.contains("canary"), "{error}");
}

#[test]
fn a_reader_that_has_gone_ends_a_command_silently() {
    let cli = Cli::new();
    for arguments in [&["connection", "list"][..], &["--help"], &["--version"], &[]] {
        let done = cli.run_unread(arguments);
        let lines =
            done.err.lines().filter(|line| line.contains("error") || line.contains("panic"));
        assert_eq!((done.code, lines.count()), (141, 0), "{arguments:?}: {done:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let cli = Cli::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = cli.command(&["connection", "list"]).stdout(full).stderr(Stdio::piped()).output();
    let done = done(output.unwrap());
    assert_eq!(done.code, 1);
    assert!(done.err.contains("standard output cannot be written: No space left"), "{}", done.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_command_that_waits() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let mut child = cli.start(&["auth", "login", "mv", "--no-browser"]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while browser::url_in(&shown, "http://").is_none() {
        assert!(err.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    interrupt(child.id());
    err.read_to_string(&mut shown).unwrap();
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, 130, "{shown}");
    assert!(shown.ends_with("error: interrupted\n"), "{shown}");
}

/// A query that never ends does not wait for anything, so the first Ctrl-C cannot stop it.
#[cfg(unix)]
#[test]
fn a_second_ctrl_c_ends_a_command_that_computes() {
    let cli = Cli::new();
    let mut child =
        cli.start(&["connection", "list", "--query", "0, (range(0; infinite) | empty)"]);
    // Its first output comes when nothing but the rest is left to do.
    let pid = child.id();
    let code = std::thread::scope(|scope| {
        scope.spawn(|| {
            // The process takes a moment to handle signals; an earlier one ends it too.
            while Command::new("kill")
                .args(["-INT", &pid.to_string()])
                .stderr(Stdio::null())
                .status()
                .unwrap()
                .success()
            {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        child.wait().unwrap()
    });
    use std::os::unix::process::ExitStatusExt as _;
    assert!(code.code() == Some(130) || code.signal() == Some(2), "{code:?}");
}

#[cfg(unix)]
fn interrupt(pid: u32) {
    let status = Command::new("kill").args(["-INT", &pid.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()));
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let cli = Cli::new();
    assert!(!cli.fails(4, &["connection", "show", "x"]).contains('\u{1b}'));
    let coloured = cli.fails(4, &["connection", "show", "x", "--color", "always"]);
    assert!(coloured.starts_with("\u{1b}["), "{coloured:?}");
    let overview = cli.ok(&["--color", "always"]);
    assert!(overview.contains('\u{1b}'), "{overview:?}");
}

#[test]
fn quiet_prints_results_and_errors_only() {
    let cli = Cli::new();
    let done = cli.run(&["connection", "list", "--quiet"]);
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "[]\n", ""));
}
