//! Updates the specification in a folder from a vendor's file.
//!
//! | The vendor's file | The folder | What happens |
//! |---|---|---|
//! | unchanged since the last import | anything | nothing |
//! | changed | as the last import wrote it | replaced |
//! | changed | edited | new parameters, members and values are added, with their names in lists; other differences are reported |
//! | new | – | added |
//! | new, or changed | removed, or left out in the inventory | nothing |
//! | no longer there | as the last import wrote it | removed |
//! | no longer there | edited | reported |
//!
//! Every edit is one of text: what is not concerned stays byte for byte.

mod components;
mod known;
mod merge;
mod news;
mod operations;
mod root;

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Imported, conventions,
    draft::Draft,
    edit::Text,
    folder::{Existing, Folder, Part},
    map::{self, Map},
    names::Names,
    schemas,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    spec::Spec,
};

/// One update while it is made.
struct Update<'a> {
    vendor: &'a str,
    draft: Draft,
    names: Names,
    places: known::Places,
    /// The files as they are after the last step.
    folder: Folder,
    map: Map,
    /// The files that were parsed, to be compared with.
    parts: BTreeMap<String, Part>,
    /// Whether there was a map: without one, the folder is hand-written.
    is_tracked: bool,
    /// Lines for sections that do not exist yet, by file: the section, and the lines.
    pending: BTreeMap<String, Vec<(String, String)>>,
    /// The ids of operations that were added and removed, for the inventory.
    added: Vec<String>,
    removed: Vec<String>,
}

/// Updates a folder.
///
/// # Errors
/// [`Diagnostics`] if the specification in the folder cannot be read.
pub fn update(vendor: &str, mut draft: Draft, folder: &Folder) -> Result<Imported, Diagnostics> {
    let existing = folder.existing(vendor)?;
    if let Some(name) = existing.parts.keys().find(|name| name.ends_with(".json")) {
        let location =
            Location { file: format!("specs/{vendor}/{name}").into(), line: 1, column: 1 };
        return Err(Diagnostics::one(Diagnostic::new(
            "a specification in JSON cannot be updated",
            Some(location),
            "import the vendor's file into a new folder, which gives YAML, or convert this file to YAML",
        )));
    }
    conventions::prepare(&mut draft, vendor);
    let places = known::places(&draft, &existing);
    let mut names = known::names(vendor, &draft, &existing, folder, &places);
    root::name_sources(&draft, &existing, &mut names);
    conventions::apply(&mut draft, &names);
    let is_tracked = folder.files.contains_key(map::FILE);
    let mut update = Update {
        vendor,
        draft,
        names,
        places,
        folder: folder.clone(),
        map: existing.map.clone(),
        parts: existing.parts.clone(),
        is_tracked,
        pending: BTreeMap::new(),
        added: Vec::new(),
        removed: Vec::new(),
    };
    update.keep_decisions(&existing);
    operations::apply(&mut update, &existing);
    components::merge(&mut update, &existing);
    components::add_missing(&mut update)?;
    components::remove_unused(&mut update)?;
    root::apply(&mut update)?;
    update.finish(&existing)
}

impl Update<'_> {
    /// What a person decided about an operation stays: its tag and its evidence.
    fn keep_decisions(&mut self, existing: &Existing) {
        for (path, method) in self.draft.operations() {
            let place = super::draft::operation_place(&path, &method);
            let Some((at, as_method)) = self.places.get(&place) else { continue };
            let ours = existing.document["paths"][at][as_method].clone();
            let Some(theirs) = self.draft.operation(&path, &method) else { continue };
            for key in ["tags", "x-evidence"] {
                if let Some(value) = ours.get(key) {
                    theirs.insert(key.to_owned(), value.clone());
                }
            }
        }
    }

    /// Applies the edits of files.
    fn edit(&mut self, edits: BTreeMap<String, Text<'_>>) {
        for (name, text) in edits {
            if text.is_changed() {
                self.folder.files.insert(name, text.edited());
            }
        }
    }

    /// Writes the sections that did not exist.
    fn write_pending(&mut self) {
        for (file, sections) in std::mem::take(&mut self.pending) {
            let mut paths = String::new();
            let mut components: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (section, lines) in sections {
                if section == "paths" {
                    paths.push_str(if paths.is_empty() { "" } else { "\n" });
                    paths.push_str(&lines);
                } else {
                    components.entry(section).or_default().push(lines);
                }
            }
            let groups: Vec<String> = components
                .into_iter()
                .map(|(group, lines)| format!("  {group}:\n{}", lines.join("\n")))
                .collect();
            let groups = groups.join("\n");
            let text = self.folder.files.entry(file).or_default();
            add_text(text, "paths", &paths);
            add_text(text, "components", &groups);
        }
    }

    /// Removes files of which nothing is left, not even a comment.
    fn remove_empty_files(&mut self) -> Result<(), Diagnostics> {
        let current = self.folder.read_again(self.vendor, &self.parts)?;
        for (name, part) in &current.parts {
            let has_comments = self.folder.files.get(name).is_some_and(|text| text.contains('#'));
            if *name != current.root && !has_comments && is_empty(&part.parsed.value) {
                self.folder.files.remove(name);
            }
        }
        Ok(())
    }

    /// Everything that a reference leads to must be there, unless it was missing before.
    fn check_references(&self, spec: &Spec, before: &Value) -> Result<(), Diagnostics> {
        let known = components::dangling(before);
        let new = components::dangling(&spec.root).into_iter();
        let errors: Vec<Diagnostic> = new
            .filter(|(target, _)| !known.contains_key(target))
            .map(|(target, at)| match self.draft.dangling.get(&target) {
                Some(location) => Diagnostic::new(
                    format!("`{target}` leads to nothing"),
                    Some(location.clone()),
                    "the vendor's file has no such place; add it there or correct the reference, with an overlay if \
                     the fault is in every version (`cargo xtask overlay`)",
                ),
                None => spec.diagnostic(
                    &at,
                    format!("`{target}` would lead to nothing after the import, in {}", schemas::place(&at)),
                    "add it to the folder, or remove the reference; if neither was edited here, report it with the \
                     vendor's file as a fault of the import",
                ),
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(Diagnostics(errors)) }
    }

    fn finish(mut self, existing: &Existing) -> Result<Imported, Diagnostics> {
        self.remove_empty_files()?;
        let spec = Spec::from_sources(&self.folder.sources(self.vendor))?;
        self.check_references(&spec, &existing.document)?;
        news::keep(&mut self, &existing.document, &spec.root);
        self.folder.files.insert(map::FILE.to_owned(), self.map.text());
        let operations = crate::model::operations(&spec).len();
        Ok(Imported { files: self.folder.files, report: self.draft.report, operations })
    }
}

/// Whether a value has nothing but empty sections.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

/// Adds lines to a section of a file; the section is added if it is not there or empty.
fn add_text(text: &mut String, section: &str, lines: &str) {
    if lines.is_empty() {
        return;
    }
    let heading = format!("{section}:");
    let is_heading = |line: &str| {
        let line = line.trim_end();
        line == heading || line == format!("{heading} {{}}")
    };
    let mut kept: Vec<&str> = text.lines().collect();
    let Some(at) = kept.iter().position(|line| is_heading(line)) else {
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&format!("{heading}\n{lines}"));
        return;
    };
    let end = kept[at + 1..]
        .iter()
        .position(|line| !line.is_empty() && !line.starts_with([' ', '#']))
        .map_or(kept.len(), |offset| at + 1 + offset);
    let mut last = end;
    while last > at + 1 && (kept[last - 1].trim().is_empty() || kept[last - 1].starts_with('#')) {
        last -= 1;
    }
    kept[at] = &heading;
    let mut new: Vec<String> = kept[..last].iter().map(|line| (*line).to_owned()).collect();
    if last > at + 1 {
        new.push(String::new());
    }
    new.extend(lines.lines().map(str::to_owned));
    new.extend(kept[last..].iter().map(|line| (*line).to_owned()));
    *text = new.join("\n");
    text.push('\n');
}
