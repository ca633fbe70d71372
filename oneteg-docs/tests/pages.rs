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

/// The names of all pages: paths below the source folder, with `/`.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(source().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}{}", entry.file_name().to_str().unwrap());
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(format!("{name}/")),
                false => names.push(name),
            }
        }
    }
    names
}

/// The pages by name. An included document is read from where it is.
fn pages() -> BTreeMap<String, String> {
    let read = |name: String| {
        let path = source().join(&name);
        let text = fs::read_to_string(&path).unwrap();
        let included =
            text.trim().strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
        let text = included.map_or(text.clone(), |included| {
            fs::read_to_string(path.parent().unwrap().join(included)).unwrap()
        });
        (name, text)
    };
    names().into_iter().map(read).collect()
}

/// Whether a page is a document of `docs`.
fn is_included(name: &str) -> bool {
    fs::read_to_string(source().join(name)).unwrap().starts_with("{{#include ")
}

/// The page that a link of another page leads to.
fn target(page: &str, link: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop().unwrap_or_else(|| panic!("{page}: {link} leaves the guide"))),
            part => parts.push(part),
        }
    }
    parts.join("/")
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

/// Included documents link to each other where they are, so each that is linked to is a page with the same path.
#[test]
fn every_link_of_a_page_leads_somewhere() {
    let pages = pages();
    let mut count = 0;
    for (name, text) in &pages {
        for link in links(text).iter().filter(|link| !link.starts_with("https://")) {
            let (page, anchor) = link.split_once('#').unwrap_or((link, ""));
            let text = match page {
                "" => text,
                page => pages
                    .get(&target(name, page))
                    .unwrap_or_else(|| panic!("{name}: {link} is no page of the guide")),
            };
            assert!(anchor.is_empty() || anchors(text).contains(anchor), "{name}: {link}");
            count += 1;
        }
    }
    assert!(count > 100);
}

#[test]
fn every_included_file_exists() {
    let included = |text: &str| -> Vec<String> {
        let parts = text.split("{{#include ").skip(1);
        parts.map(|part| part.split("}}").next().unwrap_or_default().to_owned()).collect()
    };
    let mut count = 0;
    for name in names() {
        let path = source().join(&name);
        for file in included(&fs::read_to_string(&path).unwrap()) {
            assert!(path.parent().unwrap().join(&file).is_file(), "{name}: {file}");
            count += 1;
        }
    }
    assert!(count > 30);
}

/// The variants of an enum in a source file of the workspace.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let source = fs::read_to_string(path).unwrap();
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let variants = body.lines().filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let end = line.find([',', '(', ' ']).filter(|_| line.starts_with(char::is_uppercase))?;
        Some(line[..end].to_owned())
    });
    variants.collect()
}

/// The names in the first cells of a page's tables, below a heading that contains a word, or everywhere.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let mut is_below = heading.is_empty();
    let mut rows = BTreeSet::new();
    for line in page.lines() {
        if line.starts_with("## ") && !heading.is_empty() {
            is_below = line.contains(&format!("`{heading}`"));
        }
        if let Some(row) = line.strip_prefix("| `").filter(|_| is_below) {
            let (cell, _) = row.split_once(" | ").unwrap();
            let names = cell.split("`, `").map(|name| name.trim_end_matches('`'));
            rows.extend(
                names.filter(|name| name.starts_with(char::is_uppercase)).map(str::to_owned),
            );
        }
    }
    rows
}

#[test]
fn every_kind_of_error_has_a_row() {
    let pages = pages();
    let mut expected = variants("oneteg-http/src/error/kind.rs", "ErrorKind");
    assert!(expected.len() > 20);
    expected.extend(variants("oneteg-http/src/error/give_up.rs", "GiveUp"));
    let mut found = rows(&pages["errors.md"], "");
    found.remove("GiveUp");
    assert_eq!(found, expected);
}

#[test]
fn every_error_of_sign_in_has_a_row() {
    let pages = pages();
    let page = &pages["sign-in-errors.md"];
    for (file, names) in [
        ("oneteg-auth/src/error/mod.rs", &["AuthError"][..]),
        ("oneteg-auth/src/error/token.rs", &["TokenErrorKind"]),
        ("oneteg-auth/src/error/callback.rs", &["CallbackError"]),
        ("oneteg-auth/src/error/store.rs", &["StoreError"]),
    ] {
        for name in names {
            let expected = variants(file, name);
            assert!(expected.len() > 5, "{name}");
            assert_eq!(rows(page, name), expected, "{name}");
        }
    }
    let mut settings = variants("oneteg-auth/src/connection/error.rs", "ConnectionError");
    settings.extend(variants("oneteg-auth/src/error/profile.rs", "ProfileError"));
    assert_eq!(rows(page, "ConnectionError"), settings);
}

/// `llms.txt` is generated, and no compiler reads it.
#[test]
fn what_llms_txt_names_exists() {
    for sdk in ["netx", "mediavalet", "netexplorer"] {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../{sdk}-sdk"));
        let text = fs::read_to_string(folder.join("llms.txt")).unwrap();
        let library = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        let path = format!("`{sdk}_sdk::");
        let named = text.split(&path).skip(1);
        let named: BTreeSet<&str> =
            named.map(|rest| rest.split(['`', ':']).next().unwrap_or_default()).collect();
        assert!(named.len() > 2, "{named:?}");
        for name in named {
            // `types` is in `pub use generated::*`.
            let is_exported = library.contains(&format!("{name};"))
                || library.contains(&format!("{name},"))
                || library.contains(&format!("{{{name}"))
                || name == "types";
            assert!(is_exported, "{sdk}: {name}");
        }
    }
}

/// The commands of the first code block that starts a sandbox, as `oneteg` is called when it is installed.
fn first_commands(document: &str) -> Vec<String> {
    let block = document.split("```").find(|block| block.contains("sandbox --netx-port")).unwrap();
    let lines = block.replace("\\\n", "").replace(" > /dev/null", "");
    let commands = lines.lines().filter_map(|line| {
        line.strip_prefix("$ ").or_else(|| line.strip_prefix("cargo run -qp oneteg-cli -- "))
    });
    let words = commands.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.map(|line| line.trim_start_matches("oneteg ").to_owned()).collect()
}

/// The command's tests run those of its README.
#[test]
fn the_first_three_commands_are_those_that_are_tested() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let tested = first_commands(&fs::read_to_string(root.join("oneteg-cli/README.md")).unwrap());
    assert_eq!(tested.len(), 3);
    for document in ["README.md", "docs/guide/src/start.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        assert_eq!(first_commands(&text), tested, "{document}");
    }
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
