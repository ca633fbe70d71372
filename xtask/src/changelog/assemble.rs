//! Joins the changes into `CHANGELOG.md`.

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Context;

use super::{Entry, KINDS};
use crate::semver::Version;

const UNRELEASED: &str = "## [Unreleased]";

/// The changelog with a section for a version: the changes, then what was below `Unreleased`.
///
/// # Errors
/// If the version is not a new one, or there is nothing to release.
pub fn release(
    changelog: &str,
    entries: &BTreeMap<String, Entry>,
    version: Version,
    date: &str,
) -> anyhow::Result<String> {
    let is_date = date.len() == 10
        && date.char_indices().all(|(index, c)| match index {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        });
    anyhow::ensure!(is_date, "`{date}` is not a date; write it as 2026-12-31");
    let (before, after) = changelog.split_once(&format!("{UNRELEASED}\n")).with_context(|| {
        format!("the changelog has no `{UNRELEASED}`; add it above the first version")
    })?;
    let (pending, released) = match after.find("\n## [") {
        Some(index) => after.split_at(index + 1),
        None => (after, ""),
    };
    let last = released
        .lines()
        .filter_map(|line| line.strip_prefix("## [")?.split(']').next()?.parse::<Version>().ok())
        .max();
    if let Some(last) = last.filter(|last| *last >= version) {
        anyhow::bail!("the changelog already has the version {last}; {version} is not newer");
    }
    let pending = pending.trim();
    anyhow::ensure!(
        !entries.is_empty() || !pending.is_empty(),
        "there is nothing to release; add changes with `cargo xtask changelog add`"
    );
    let mut section = format!("## [{version}] - {date}\n");
    section.push_str(&joined(entries));
    if !pending.is_empty() {
        let _ = write!(section, "\n{pending}\n");
    }
    let rest = if released.is_empty() { String::new() } else { format!("\n{released}") };
    Ok(format!("{before}{UNRELEASED}\n\n{section}{rest}"))
}

/// The changes by crate and kind, as a section of Markdown.
pub fn joined(entries: &BTreeMap<String, Entry>) -> String {
    let mut text = String::new();
    let mut packages: Vec<&str> = entries.values().map(|entry| entry.package.as_str()).collect();
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        let _ = write!(text, "\n### {package}\n");
        for kind in KINDS {
            let mut of_kind: Vec<&Entry> = entries
                .values()
                .filter(|entry| entry.package == package && entry.kind == kind)
                .collect();
            if of_kind.is_empty() {
                continue;
            }
            of_kind.sort_by_key(|entry| !entry.is_breaking);
            let _ = write!(text, "\n#### {kind}\n");
            for entry in of_kind {
                let breaking = if entry.is_breaking { "**Breaking**: " } else { "" };
                let lines = entry.text.replace('\n', "\n  ");
                let lines = lines.trim_start_matches("- ");
                let _ = writeln!(text, "- {breaking}{lines}");
            }
        }
    }
    // Lines of white space come from the indentation of empty lines.
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> BTreeMap<String, Entry> {
        let entry = |package: &str, kind: &str, is_breaking, text: &str| Entry {
            package: package.to_owned(),
            kind: kind.to_owned(),
            is_breaking,
            text: text.to_owned(),
        };
        BTreeMap::from([
            ("a.md".to_owned(), entry("netx-sdk", "Changed", false, "A.\n\nMore of A.")),
            ("b.md".to_owned(), entry("netx-sdk", "Changed", true, "B.")),
            ("c.md".to_owned(), entry("netx-sdk", "Added", false, "- C.")),
            ("d.md".to_owned(), entry("mediavalet-sdk", "Fixed", false, "D.")),
        ])
    }

    const CHANGELOG: &str =
        "# Changelog\n\n## [Unreleased]\n\nOlder prose.\n\n## [0.1.0] - 2026-01-01\n\nFirst.\n";

    #[test]
    fn a_release_has_the_changes_by_crate_and_kind() {
        let released =
            release(CHANGELOG, &entries(), "0.2.0".parse().unwrap(), "2026-12-01").unwrap();
        assert_eq!(
            released,
            "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### mediavalet-sdk\n\n#### Fixed\n- D.\n\n\
             ### netx-sdk\n\n#### Added\n- C.\n\n#### Changed\n- **Breaking**: B.\n- A.\n\n  More of A.\n\nOlder \
             prose.\n\n## [0.1.0] - 2026-01-01\n\nFirst.\n"
        );
    }

    #[test]
    fn what_cannot_be_released_is_refused() {
        let none = BTreeMap::new();
        let version = |text: &str| text.parse::<Version>().unwrap();
        for (changelog, entries, at, date, message) in [
            (CHANGELOG, &entries(), "0.1.0", "2026-12-01", "already has the version 0.1.0"),
            (CHANGELOG, &entries(), "0.2.0", "today", "not a date"),
            ("# Changelog\n", &entries(), "0.2.0", "2026-12-01", "has no `## [Unreleased]`"),
            ("## [Unreleased]\n", &none, "0.2.0", "2026-12-01", "nothing to release"),
        ] {
            let error = release(changelog, entries, version(at), date).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
