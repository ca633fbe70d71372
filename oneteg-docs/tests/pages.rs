//! The guide is complete: every page is in its summary, every page with Rust in it is compiled, every link leads to a page
//! or a heading, and every kind of error has a row.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src")
}

/// The pages by name. An included document is read from where it is.
fn pages() -> BTreeMap<String, String> {
    let files = fs::read_dir(source()).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let included =
                text.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
            let text = included.map_or(text.clone(), |included| {
                fs::read_to_string(source().join(included)).unwrap()
            });
            (name, text)
        })
        .collect()
}

/// Whether a page is a document of `docs`.
fn is_included(name: &str) -> bool {
    fs::read_to_string(source().join(name)).unwrap().starts_with("{{#include ")
}

/// The targets of the Markdown links outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let mut rest = line;
        while let (false, Some((_, after))) = (is_code, rest.split_once("](")) {
            let (target, after) = after.split_once(')').unwrap_or((after, ""));
            found.push(target.to_owned());
            rest = after;
        }
    }
    found
}

/// The anchors of a page's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| {
        line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
    });
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_page_is_in_the_summary() {
    let pages = pages();
    let listed: BTreeSet<String> = links(&pages["SUMMARY.md"]).into_iter().collect();
    let existing: BTreeSet<String> =
        pages.keys().filter(|name| *name != "SUMMARY.md").cloned().collect();
    assert_eq!(listed, existing);
}

#[test]
fn every_page_with_rust_is_compiled() {
    for (name, text) in pages() {
        let is_compiled = oneteg_docs::PAGES.contains(&name.as_str());
        // Included documents and files are compiled where they are.
        let has_rust = ["```rust\n", "```rust,no_run\n"].iter().any(|fence| text.contains(fence))
            && !is_included(&name);
        assert_eq!(is_compiled, has_rust, "{name}");
    }
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let pages = pages();
    for (name, text) in pages.iter().filter(|(name, _)| !is_included(name)) {
        for link in links(text).iter().filter(|link| !link.starts_with("https://")) {
            let (page, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if page.is_empty() {
                text
            } else {
                pages.get(page).unwrap_or_else(|| panic!("{name}: {link}"))
            };
            assert!(anchor.is_empty() || anchors(target).contains(anchor), "{name}: {link}");
        }
    }
}

#[test]
fn every_included_file_exists() {
    let included = |text: &str| -> Vec<String> {
        let parts = text.split("{{#include ").skip(1);
        parts.map(|part| part.split("}}").next().unwrap_or_default().to_owned()).collect()
    };
    let mut count = 0;
    for entry in fs::read_dir(source()).unwrap() {
        for file in included(&fs::read_to_string(entry.unwrap().path()).unwrap()) {
            assert!(source().join(&file).is_file(), "{file}");
            count += 1;
        }
    }
    assert!(count > 15);
}

#[test]
fn every_kind_of_error_has_a_row() {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../oneteg-http/src/error/kind.rs");
    let source = fs::read_to_string(source).unwrap();
    let (_, body) = source.split_once("pub enum ErrorKind {").unwrap();
    let (body, _) = body.split_once('}').unwrap();
    let kinds: BTreeSet<&str> = body
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','))
        .filter(|kind| kind.chars().all(char::is_alphanumeric))
        .collect();
    let pages = pages();
    let rows: BTreeSet<&str> = pages["errors.md"]
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter(|(name, _)| name.starts_with(char::is_uppercase))
        .map(|(name, _)| name)
        .collect();
    assert!(kinds.len() > 20);
    assert_eq!(rows, kinds);
}

/// A longer line is cut off in the book.
#[test]
fn code_fits_into_the_page() {
    const LONGEST: usize = 90;
    for (name, text) in pages().iter().filter(|(name, _)| !is_included(name)) {
        let mut is_code = false;
        for line in text.lines() {
            is_code ^= line.starts_with("```");
            let is_hidden = line.starts_with("# ");
            assert!(!is_code || is_hidden || line.chars().count() <= LONGEST, "{name}: {line}");
        }
    }
}
