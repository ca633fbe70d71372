//! `cargo xtask diff` and `cargo xtask impact`: what changed in the specifications, and what it does to programs.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::{Output, interface};
use crate::{
    change::{Change, Class},
    impact::{Impact, pairs},
    revision::{Kind, Part, Revision},
    workspace,
};

/// Compares the specifications of two revisions, folders or files; by default those of the last commit and the working
/// tree. With `items`, each change has its Rust items.
///
/// # Errors
/// If a revision or a specification cannot be read.
pub fn run(
    old: Option<&str>,
    new: Option<&str>,
    vendors: &[String],
    items: bool,
) -> anyhow::Result<Output> {
    let root = workspace::root();
    let old = Revision::open(&root, old.unwrap_or("HEAD"), Part::Specs)?;
    let new = match new {
        Some(new) => Revision::open(&root, new, Part::Specs)?,
        None => Revision::working_tree(&root),
    };
    let mut text = String::new();
    let mut all = Vec::new();
    for (vendor, before, after) in pairs(&old, &new, vendors)? {
        match (before, after) {
            (Some(before), Some(after)) => {
                let mut impact = Impact::of(&vendor, &before, &after, interface::generated)?;
                let are_files = [&old, &new].iter().all(|revision| revision.kind == Kind::File);
                if items && are_files && !impact.notes.is_empty() {
                    let interfaces =
                        [&old, &new].map(|revision| interface::imported(&revision.root));
                    if let [Ok(old), Ok(new)] = &interfaces {
                        impact.add_items([&before, &after], [old, new]);
                    }
                }
                for (change, _) in &mut impact.changes {
                    name_files(change, [&old, &new]);
                }
                text.push_str(&markdown(&impact, items));
                all.push(as_json(&impact));
            }
            (before, _) => {
                let what = if before.is_some() { "removed" } else { "new" };
                let _ = writeln!(text, "# {vendor}\n\nThe vendor is {what}.\n");
                all.push(json!({ "vendor": vendor, "is": what, "changes": [] }));
            }
        }
    }
    let json = json!({ "old": old.label, "new": new.label, "vendors": all });
    Ok(Output { text, json, success: true })
}

/// The changes of a vendor as Markdown; with `items`, each with its Rust items.
pub fn markdown(impact: &Impact, items: bool) -> String {
    let mut text = format!("# {}\n\n", impact.vendor);
    if impact.changes.is_empty() {
        text.push_str("No changes.\n\n");
        return text;
    }
    let counts = impact.counts();
    let _ = writeln!(
        text,
        "{} breaking, {} risky, {} safe changes.\n",
        counts.breaking, counts.risky, counts.safe
    );
    for note in &impact.notes {
        let _ = writeln!(text, "Note: {note}\n");
    }
    for (class, title) in
        [(Class::Breaking, "Breaking"), (Class::Risky, "Risky"), (Class::Safe, "Safe")]
    {
        let of_class = impact.changes.iter().filter(|(change, _)| change.class == class);
        let (documentation, others): (Vec<_>, Vec<_>) =
            of_class.partition(|(change, _)| change.rule == "documentation-changed");
        if documentation.is_empty() && others.is_empty() {
            continue;
        }
        let _ = writeln!(text, "## {title}\n");
        for (change, findings) in others {
            line(&mut text, change);
            for finding in findings.iter().filter(|_| items) {
                let _ = writeln!(text, "  - {finding}");
            }
        }
        if !documentation.is_empty() {
            let _ = writeln!(text, "- {} changes of documentation", documentation.len());
        }
        text.push('\n');
    }
    if items && !impact.unexplained.is_empty() {
        text.push_str("## Other differences of the generated code\n\n");
        for finding in &impact.unexplained {
            let _ = writeln!(text, "- {finding}");
        }
        text.push('\n');
    }
    text
}

/// A single file is read as the root of a specification; its changes have its own name.
fn name_files(change: &mut Change, revisions: [&Revision; 2]) {
    let Some(location) = &mut change.location else { return };
    let folder = location.file.parent().map(ToOwned::to_owned).unwrap_or_default();
    let is_file =
        |revision: &&Revision| revision.kind == Kind::File && folder == Path::new(&revision.label);
    if revisions.iter().any(is_file) {
        location.file = folder;
    }
}

fn line(text: &mut String, change: &Change) {
    let also = match change.also.len() {
        0 => String::new(),
        count => format!(" and {count} others"),
    };
    let place =
        change.location.as_ref().map(|location| format!(", {location}")).unwrap_or_default();
    let _ =
        writeln!(text, "- {}{also}: {} ({}{place})", change.subject, change.message, change.rule);
}

/// The changes of a vendor as JSON.
pub fn as_json(impact: &Impact) -> Value {
    let changes: Vec<Value> = impact
        .changes
        .iter()
        .map(|(change, findings)| {
            json!({
                "class": change.class,
                "rule": change.rule,
                "subject": change.subject,
                "member": change.member,
                "message": change.message,
                "pointer": change.pointer,
                "location": change.location.as_ref().map(ToString::to_string),
                "also": change.also,
                "rust": findings,
            })
        })
        .collect();
    json!({
        "vendor": impact.vendor,
        "counts": impact.counts(),
        "step": impact.worst_step(),
        "changes": changes,
        "unexplained": impact.unexplained,
        "notes": impact.notes,
    })
}
