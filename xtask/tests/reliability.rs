//! Every promise in `docs/reliability.md` names tests that exist.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::{collections::BTreeSet, path::Path};

use xtask::workspace;

/// The names of all functions in the hand-written code below a folder.
fn functions(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_skipped = name.starts_with('.') || matches!(&*name, "target" | "node_modules");
        if path.is_dir() && !is_skipped {
            functions(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let code = std::fs::read_to_string(&path).unwrap();
            let names = code.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            into.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let root = workspace::root();
    let page = std::fs::read_to_string(root.join("docs/reliability.md")).unwrap();
    let mut known = BTreeSet::new();
    functions(&root, &mut known);
    let mut promises = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [promise, tests, ..] = cells[..] else { panic!("{row}") };
        if promise == "Promise" {
            continue;
        }
        promises += 1;
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test for: {promise}");
        for test in named {
            assert!(
                known.contains(test),
                "the test `{test}` does not exist; it should prove: {promise}"
            );
        }
    }
    assert!(promises > 30, "only {promises} promises were read");
}
