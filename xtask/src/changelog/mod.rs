//! The changelog: a file for each change, which a release joins.
//!
//! Two branches never edit the same line of `CHANGELOG.md`, and a release cannot forget a change. A file has a head of
//! `key: value` lines, an empty line, and the change in Markdown; `.changelog/README.md` explains it.

mod assemble;
mod draft;

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;

pub use assemble::{joined, release};
pub use draft::drafts;

/// The folder of the changes, in the workspace.
pub const FOLDER: &str = ".changelog";
/// The file that explains the folder; not a change.
const README: &str = "README.md";
/// The headings of [Keep a Changelog](https://keepachangelog.com/en/1.1.0/), in its order.
pub const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
/// The crate of changes that are about none or all.
pub const WORKSPACE: &str = "workspace";

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The crate that it is about, or [`WORKSPACE`].
    pub package: String,
    /// One of [`KINDS`].
    pub kind: String,
    /// Whether programs stop compiling.
    pub is_breaking: bool,
    /// What changed, in Markdown.
    pub text: String,
}

impl Entry {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, and how to write it.
    pub fn parse(content: &str) -> anyhow::Result<Self> {
        let content = content.replace("\r\n", "\n");
        let (head, text) = content
            .split_once("\n\n")
            .context("there is no empty line after the head; write `crate:` and `kind:`, an empty line, and the change")?;
        let mut keys = BTreeMap::new();
        for line in head.lines() {
            let (key, value) =
                line.split_once(':').with_context(|| format!("`{line}` is not `key: value`"))?;
            let is_new = keys.insert(key.trim().to_owned(), value.trim().to_owned()).is_none();
            anyhow::ensure!(is_new, "`{}` is given twice", key.trim());
        }
        let package =
            keys.remove("crate").context("`crate` is missing; name a crate, or `workspace`")?;
        let kind = keys
            .remove("kind")
            .with_context(|| format!("`kind` is missing; it is one of {}", KINDS.join(", ")))?;
        anyhow::ensure!(
            KINDS.contains(&kind.as_str()),
            "`{kind}` is not a kind of change; write one of {}",
            KINDS.join(", ")
        );
        let is_breaking = match keys.remove("breaking").as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => anyhow::bail!("`breaking` is `{other}`; write `true` or leave it out"),
        };
        if let Some(key) = keys.keys().next() {
            anyhow::bail!("`{key}` is not a key; there are `crate`, `kind` and `breaking`");
        }
        let text = text.trim().to_owned();
        anyhow::ensure!(
            !text.is_empty(),
            "the change is not described; write a sentence below the head"
        );
        Ok(Self { package, kind, is_breaking, text })
    }

    /// The content of its file.
    pub fn render(&self) -> String {
        let breaking = if self.is_breaking { "breaking: true\n" } else { "" };
        format!("crate: {}\nkind: {}\n{breaking}\n{}\n", self.package, self.kind, self.text.trim())
    }
}

/// The changes of a workspace by file name, in the order of the names.
///
/// # Errors
/// Every file that is not a change, with what is wrong.
pub fn read(workspace: &Path) -> anyhow::Result<BTreeMap<String, Entry>> {
    let mut found = BTreeMap::new();
    let mut wrong = Vec::new();
    let Ok(entries) = fs::read_dir(workspace.join(FOLDER)) else { return Ok(found) };
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".md") || name == README {
            continue;
        }
        let content = fs::read_to_string(workspace.join(FOLDER).join(&name))?;
        match Entry::parse(&content) {
            Ok(entry) if is_known(workspace, &entry.package) => {
                found.insert(name, entry);
            }
            Ok(entry) => {
                wrong.push(format!("{FOLDER}/{name}: there is no crate `{}`; write `{WORKSPACE}` if it is about none", entry.package));
            }
            Err(error) => wrong.push(format!("{FOLDER}/{name}: {error}")),
        }
    }
    wrong.sort();
    anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(found)
}

/// Whether a crate is in the workspace.
pub fn is_known(workspace: &Path, package: &str) -> bool {
    let is_name = package.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    package == WORKSPACE || (is_name && workspace.join(package).join("Cargo.toml").is_file())
}

/// Writes changes that have no file yet. Returns the names of the new files.
///
/// # Errors
/// If a file cannot be written.
pub fn write(workspace: &Path, entries: &BTreeMap<String, Entry>) -> anyhow::Result<Vec<String>> {
    let folder = workspace.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let mut written = Vec::new();
    for (name, entry) in entries {
        let path = folder.join(name);
        // An existing file may have been reworded.
        if !path.exists() {
            fs::write(&path, entry.render())
                .with_context(|| format!("{FOLDER}/{name} cannot be written"))?;
            written.push(name.clone());
        }
    }
    Ok(written)
}

/// The name of a file for a change: its words, in lower case.
pub fn file_name(parts: &[&str]) -> String {
    let mut name = String::new();
    for part in parts {
        let mut before = ' ';
        for c in part.chars() {
            if c.is_ascii_alphanumeric() {
                if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
                    name.push('-');
                }
                name.push(c.to_ascii_lowercase());
            } else if !name.ends_with('-') && !name.is_empty() {
                name.push('-');
            }
            before = c;
        }
        if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    let name: String = name.trim_end_matches('-').chars().take(100).collect();
    format!("{}.md", name.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_as_it_was_written() {
        let entry = Entry {
            package: "netx-sdk".to_owned(),
            kind: "Added".to_owned(),
            is_breaking: true,
            text: "One.\n\nTwo.".to_owned(),
        };
        assert_eq!(Entry::parse(&entry.render()).unwrap(), entry);
        assert_eq!(Entry::parse(&entry.render().replace('\n', "\r\n")).unwrap(), entry);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        for (content, message) in [
            ("One.", "no empty line after the head"),
            ("crate: a\n\nOne.", "`kind` is missing"),
            ("kind: Added\n\nOne.", "`crate` is missing"),
            ("crate: a\nkind: New\n\nOne.", "`New` is not a kind of change"),
            ("crate: a\nkind: Added\ncrate: b\n\nOne.", "`crate` is given twice"),
            ("crate: a\nkind: Added\nbreaking: yes\n\nOne.", "`breaking` is `yes`"),
            ("crate: a\nkind: Added\nauthor: me\n\nOne.", "`author` is not a key"),
            ("crate: a\nkind: Added\n\n \n", "the change is not described"),
            ("crate a\nkind: Added\n\nOne.", "`crate a` is not `key: value`"),
        ] {
            let error = Entry::parse(content).unwrap_err().to_string();
            assert!(error.contains(message), "{content}: {error}");
        }
    }

    #[test]
    fn names_of_files_are_words() {
        assert_eq!(
            file_name(&["netx", "getFolder", "X-Trace", "parameter-removed"]),
            "netx-get-folder-x-trace-parameter-removed.md"
        );
        assert_eq!(file_name(&["netx", "", "../..", "a"]), "netx-a.md");
    }
}
