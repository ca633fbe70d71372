//! A small change of a specification is a small change of the generated files: a reviewer sees what was
//! changed and nothing else.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::{collections::BTreeMap, path::PathBuf};

use similar::{ChangeTag, TextDiff};
use xtask::{
    commands::generate::pipeline,
    spec::{Source, Spec},
    workspace,
};

/// What is added, as the specification and as Rust names it.
const ADDED: [&str; 2] = ["addedByTest", "added_by_test"];
/// The most files that may change.
const FILES: usize = 5;
/// The most lines that may be added or removed in all of them.
const LINES: usize = 45;

fn sources(vendor: &str) -> Vec<Source> {
    let folder = PathBuf::from("specs").join(vendor);
    Spec::read(&workspace::root(), &folder).unwrap_or_else(|errors| panic!("{errors}")).1
}

fn generated(sources: &[Source]) -> BTreeMap<PathBuf, String> {
    let files = pipeline(sources).unwrap_or_else(|errors| panic!("{errors}")).files;
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

/// Inserts lines below the first line `below` that follows the line `after`, two columns deeper.
fn insert(sources: &mut [Source], after: &str, below: &str, lines: &[&str]) {
    let source = sources
        .iter_mut()
        .find(|source| source.text.lines().any(|line| line.trim() == after))
        .unwrap_or_else(|| panic!("no file has the line `{after}`"));
    let mut text: Vec<String> = source.text.lines().map(str::to_owned).collect();
    let start = text.iter().position(|line| line.trim() == after).unwrap();
    let at = start + text[start..].iter().position(|line| line.trim() == below).unwrap();
    let indent = " ".repeat(text[at].len() - text[at].trim_start().len() + 2);
    for (offset, line) in lines.iter().enumerate() {
        text.insert(at + 1 + offset, format!("{indent}{line}"));
    }
    source.text = text.join("\n");
}

/// Asserts that few files changed, and that every change is about what was added.
fn assert_local(vendor: &str, before: &[Source], after: &[Source], expected: &[&str]) {
    let (before, after) = (generated(before), generated(after));
    assert!(before.keys().eq(after.keys()), "{vendor}: files were added or removed");
    let (mut changed, mut lines) = (Vec::new(), 0);
    for (path, old) in before.iter().filter(|(path, old)| after[*path] != **old) {
        changed.push(path.file_name().unwrap().to_str().unwrap());
        let diff = TextDiff::from_lines(old, &after[path]);
        for hunk in diff.grouped_ops(0) {
            let edits = hunk.iter().flat_map(|operation| diff.iter_changes(operation));
            let edits: Vec<_> = edits.filter(|edit| edit.tag() != ChangeTag::Equal).collect();
            lines += edits.len();
            let text: String = edits.iter().map(|edit| edit.value()).collect();
            let is_about_it = ADDED.iter().any(|name| text.contains(name));
            let is_hash = text.lines().all(|line| line.starts_with("// Specification: SHA-256 "));
            // The first query parameter of a file needs names of the runtime.
            let is_import = text.lines().all(|line| {
                let is_list =
                    |line: &str| line.chars().all(|c| c.is_alphanumeric() || ", _".contains(c));
                line.starts_with("use ") || is_list(line)
            });
            assert!(is_about_it || is_hash || is_import, "{vendor}, {}:\n{text}", path.display());
        }
    }
    println!("{vendor}: {lines} lines in {changed:?}");
    assert_eq!(changed, expected, "{vendor}");
    assert!(changed.len() <= FILES, "{vendor}: {changed:?}");
    assert!(lines <= LINES, "{vendor}: {lines} lines");
}

#[test]
fn a_new_query_parameter_changes_its_operation() {
    let parameter = [
        "- name: addedByTest",
        "  in: query",
        "  description: A parameter addedByTest.",
        "  schema: {type: integer, format: int32}",
    ];
    for (vendor, operation, tag) in [
        ("netx", "getAssetOriginal", "files.rs"),
        ("mediavalet", "listCategories", "categories.rs"),
        ("netexplorer", "getFolder", "folders.rs"),
    ] {
        let before = sources(vendor);
        let mut after = before.clone();
        insert(&mut after, &format!("operationId: {operation}"), "parameters:", &parameter);
        assert_local(
            vendor,
            &before,
            &after,
            &["reference.md", tag, "mock.rs", "mod.rs", "calls.rs"],
        );
    }
}

#[test]
fn a_new_member_changes_its_type() {
    let member = ["addedByTest: {type: string, description: A member addedByTest.}"];
    for (vendor, schema) in [("netx", "Asset"), ("mediavalet", "Asset"), ("netexplorer", "Folder")]
    {
        let before = sources(vendor);
        let mut after = before.clone();
        insert(&mut after, &format!("{schema}:"), "properties:", &member);
        assert_local(vendor, &before, &after, &["mod.rs", "shared.rs", "words.rs", "samples.json"]);
    }
}
