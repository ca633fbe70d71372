//! The operations of a connection, or of one of its tags.

use std::{collections::BTreeMap, fmt::Write as _};

use oneteg_auth::Vendor;
use oneteg_http::Confidence;
use serde_json::{Value, json};

use crate::catalog::{self, Catalog, Entry};

/// The widest column of names; summaries of longer ones begin on the next line.
const WIDEST_NAME: usize = 34;

/// The page for people, at this width.
pub(crate) fn page(connection: &str, catalog: &Catalog, tag: Option<&str>, width: usize) -> String {
    let mut page = String::new();
    let mut tags: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &catalog.operations {
        if tag.is_none_or(|tag| tag == entry.tag) {
            tags.entry(&entry.tag).or_default().push(entry);
        }
    }
    let longest = tags.values().flatten().map(|entry| entry.name.len()).max().unwrap_or_default();
    let column = longest.min(WIDEST_NAME) + 4;
    // Writing to a string does not fail.
    let _ = writeln!(page, "Usage: oneteg {connection} <OPERATION> [OPTIONS]\n");
    for (name, entries) in &tags {
        let _ = writeln!(page, "{name}:");
        for entry in entries {
            let summary = entry.summary.trim().trim_end_matches('.');
            let lines = wrapped(summary, width.saturating_sub(column).max(20));
            let mut lines = lines.iter();
            if entry.name.len() + 4 <= column {
                let first = lines.next().map_or("", String::as_str);
                let _ = writeln!(
                    page,
                    "{}",
                    format!("  {:<1$}{first}", entry.name, column - 2).trim_end()
                );
            } else {
                let _ = writeln!(page, "  {}", entry.name);
            }
            for line in lines {
                let _ = writeln!(page, "{:column$}{line}", "");
            }
        }
        page.push('\n');
    }
    let count: usize = tags.values().map(Vec::len).sum();
    let _ = match tag {
        None => writeln!(
            page,
            "{count} operations with {} tags. `oneteg {connection} <TAG>` lists those of one tag,",
            tags.len()
        ),
        Some(_) => writeln!(page, "{count} operations."),
    };
    let _ = writeln!(page, "`oneteg {connection} <OPERATION> --help` explains one.");
    if tag.is_none() {
        let _ = writeln!(page, "`oneteg api {connection} <METHOD> <PATH>` calls anything else.");
    }
    page
}

/// The same for programs.
pub(crate) fn values(vendor: Vendor, catalog: &Catalog, tag: Option<&str>) -> Vec<Value> {
    let entries = catalog.operations.iter().filter(|entry| tag.is_none_or(|tag| tag == entry.tag));
    let rows = entries.map(|entry| {
        let operation = catalog::in_sdk(vendor, entry);
        let confidence = operation.map(|operation| match operation.evidence.confidence {
            Confidence::Observed => "observed",
            Confidence::Documented => "documented",
            Confidence::Corroborated => "corroborated",
            _ => "inferred",
        });
        json!({
            "name": entry.name,
            "tag": entry.tag,
            "summary": entry.summary,
            "writes": entry.writes,
            "method": operation.map(|operation| operation.method.as_str()),
            "path": operation.map(|operation| operation.path),
            "confidence": confidence,
        })
    });
    rows.collect()
}

/// A summary in lines of at most this width, unless a word is longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("abcdefgh i", 4), ["abcdefgh", "i"]);
        assert!(wrapped(" ", 4).is_empty());
    }
}
