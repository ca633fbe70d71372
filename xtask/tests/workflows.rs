//! The files in `.github`: they cannot be run here, so what they call and pin is checked.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use xtask::workspace::root;

fn workflows() -> Vec<(PathBuf, String)> {
    let folder = root().join(".github/workflows");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn actions_are_pinned_by_commit_and_name_their_version() {
    let mut pins = BTreeSet::new();
    for (path, workflow) in workflows() {
        for line in workflow.lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            let place = format!("{}: {action}", path.display());
            let (name, rest) = action.split_once('@').expect(&place);
            let (commit, version) = rest.split_once(" # v").expect(&place);
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit, "{place}: pin it by its commit");
            assert!(version.starts_with(|first: char| first.is_ascii_digit()), "{place}");
            pins.insert((name.to_owned(), commit.to_owned()));
        }
    }
    let names: BTreeSet<&String> = pins.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), pins.len(), "one action has several commits: {pins:#?}");
}

#[test]
fn jobs_are_limited_in_time_and_rights() {
    for (path, workflow) in workflows() {
        let path = path.display();
        assert!(
            workflow.contains("\npermissions:\n  contents: read\n"),
            "{path}: limit the rights"
        );
        let jobs = workflow.split_once("\njobs:\n").expect("there are jobs").1;
        let job =
            |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        let count = jobs.lines().filter(job).count();
        let limits = jobs.lines().filter(|line| line.starts_with("    timeout-minutes: ")).count();
        assert!(count > 0 && count == limits, "{path}: {count} jobs, {limits} limits");
        // A checkout that keeps its token gives it to every later step, tests of dependencies included.
        let checkouts = workflow.matches("uses: actions/checkout@").count();
        let without = workflow.matches("persist-credentials: false").count();
        assert_eq!(checkouts, without, "{path}");
        // Text of others in a script is code: such values go through the environment.
        let mut lines = workflow.lines();
        assert_eq!(lines.find(|line| line.contains("${{ github.event.")), None, "{path}");
    }
}

#[test]
fn every_command_exists() {
    let mut sources = workflows();
    for path in [".ci/run", "AGENTS.md", "SECURITY.md", "docs/releasing.md"] {
        sources.push((path.into(), fs::read_to_string(root().join(path)).unwrap()));
    }
    let mut commands = BTreeSet::new();
    for (path, source) in sources {
        for call in source.split("cargo xtask ").skip(1) {
            let words = call.split([' ', '\n', '`', '|', '&', ';', '\'', '"']);
            let is_name = |word: &&str| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            };
            // The name, and that of an action of it.
            let names: Vec<&str> = words.take(2).take_while(is_name).collect();
            let options =
                call.lines().next().unwrap_or_default().split(['`', '|', '&', ';']).next();
            let options =
                options.unwrap_or_default().split(' ').filter(|word| word.starts_with("--"));
            let options: Vec<String> =
                options.map(|word| word.trim_end_matches(',').to_owned()).collect();
            assert!(!names.is_empty(), "{}: {call}", path.display());
            commands.insert((names.join(" "), options));
        }
    }
    assert!(commands.len() > 8, "{commands:?}");
    for (names, options) in commands {
        let mut help = None;
        // `lint` has no actions: its second word is an argument.
        for count in [2, 1] {
            let names: Vec<&str> = names.split(' ').take(count).collect();
            let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
                .args(&names)
                .arg("--help")
                .output()
                .unwrap();
            if output.status.success() {
                help = Some(String::from_utf8(output.stdout).unwrap());
                break;
            }
        }
        let help = help.unwrap_or_else(|| panic!("there is no command `cargo xtask {names}`"));
        for option in options {
            assert!(help.contains(&option), "`cargo xtask {names}` has no option {option}");
        }
    }
}
