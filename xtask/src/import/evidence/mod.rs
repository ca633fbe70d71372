//! Imports the report of `oneteg verify` into a specification: what was seen replaces what was assumed.
//!
//! | The report | The specification |
//! |---|---|
//! | an operation, schema or member was seen as described | its evidence gets the grade `observed` and cites the report |
//! | members that it lacks | added with the types that were seen |
//! | another spelling of a member | added to its `x-aliases` |
//! | `null` where it has none | the member becomes `nullable` |
//! | a value that an enum lacks | added |
//! | a doubt is confirmed | removed, or replaced by the `rest` of its probe |
//! | a doubt is contradicted | replaced by what was seen |
//! | pages that an experiment found | parameters and `x-pagination` are added |
//! | a choice of the sandbox is not the vendor's | replaced in the sandbox's table |
//! | anything else that differs | to decide |
//!
//! Nothing is invented: no value of the report is written, names and words are checked, and sentences are written here.
//! Each step reads the folder as the step before left it, so the second import of a report changes nothing. Edits are
//! edits of the text: comments and order stay.

mod choices;
mod collect;
mod doubts;
mod marks;
mod members;
mod paging;
mod places;
mod read;
mod shapes;
mod source;
mod words;

use std::collections::BTreeMap;

pub use choices::FILE as CHOICES;
pub use read::{Evidence, ReportError};

use super::{
    Imported,
    edit::Text,
    folder::{Existing, Folder, Part},
    report::Report,
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    normalise,
    spec::Spec,
    vet,
};

/// The rule of all entries in the report of an import.
const RULE: &str = "evidence";

/// What an import of evidence changed.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The specification, and what happened.
    pub imported: Imported,
    /// The table of the sandbox's choices, if there is one.
    pub choices: Option<String>,
}

/// One import while it is made.
struct Update<'a> {
    vendor: &'a str,
    report: &'a oneteg_catalog::evidence::Report,
    /// The key of the report in `x-sources`.
    source: String,
    /// The files as they are after the last step.
    folder: Folder,
    /// The files that were parsed, to be compared with.
    parts: BTreeMap<String, Part>,
    log: Report,
}

/// Imports a report into the specification in a folder. `choices` is the table of the sandbox's choices.
///
/// # Errors
/// [`Diagnostics`] if the specification in the folder cannot be read, or would not pass `generate` afterwards.
pub fn apply(
    vendor: &str,
    evidence: &Evidence,
    folder: &Folder,
    choices: Option<&str>,
) -> Result<Applied, Diagnostics> {
    let existing = folder.existing(vendor)?;
    let source = source::Source::of(evidence, &existing.document);
    let mut update = Update {
        vendor,
        report: evidence.report(),
        source: source.key.clone(),
        folder: folder.clone(),
        parts: existing.parts.clone(),
        log: Report::default(),
    };
    let facts = collect::collect(update.report, &existing.document, &mut update.log);
    members::nullable(&mut update, &facts)?;
    members::values(&mut update, &facts)?;
    members::aliases(&mut update, &facts)?;
    members::add(&mut update, &facts)?;
    paging::apply(&mut update)?;
    let mut marks = marks::Marks::default();
    let document = update.current()?.document;
    doubts::collect(&mut update, &document, &mut marks);
    marks.observed(&existing.document, &facts.observed);
    marks::apply(&mut update, marks)?;
    let choices = choices.map(|table| choices::apply(&mut update, &source, table)).transpose()?;
    let is_cited_elsewhere = choices.as_ref().is_some_and(|choices| choices.is_changed);
    source::apply(&mut update, &source, is_cited_elsewhere)?;
    let operations = checked(vendor, folder, &update.folder)?;
    let imported = Imported { files: update.folder.files, report: update.log, operations };
    Ok(Applied { imported, choices: choices.map(|choices| choices.table) })
}

/// The number of operations, if what is written reads as a specification that `generate` accepts. One that it refused
/// before may be refused still.
fn checked(vendor: &str, before: &Folder, after: &Folder) -> Result<usize, Diagnostics> {
    let vetted = |folder: &Folder| -> Result<usize, Diagnostics> {
        let spec = Spec::from_sources(&folder.sources(vendor))?;
        let operations = crate::model::operations(&spec).len();
        vet::vet(&normalise::normalise(spec).0).map(|_| operations)
    };
    match vetted(after) {
        Ok(operations) => Ok(operations),
        Err(_) if vetted(before).is_err() => {
            let spec = Spec::from_sources(&after.sources(vendor))?;
            Ok(crate::model::operations(&spec).len())
        }
        Err(Diagnostics(mut errors)) => {
            let message =
                "the specification would not be valid after the import; nothing is written";
            let help = "this is a fault of the import; report it with these errors and the report";
            errors.insert(0, Diagnostic::new(message, None, help));
            Err(Diagnostics(errors))
        }
    }
}

impl Update<'_> {
    /// The folder as the last step left it.
    fn current(&mut self) -> Result<Existing, Diagnostics> {
        let current = self.folder.read_again(self.vendor, &self.parts)?;
        self.parts.clone_from(&current.parts);
        Ok(current)
    }

    /// Runs a step on the content of all files, and keeps their edits.
    fn edit(
        &mut self,
        step: impl FnOnce(&Existing, &mut BTreeMap<String, Text<'_>>, &mut Report),
    ) -> Result<(), Diagnostics> {
        let current = self.current()?;
        let folder = self.folder.clone();
        let mut texts = current.texts(&folder);
        step(&current, &mut texts, &mut self.log);
        for (name, text) in texts {
            if text.is_changed() {
                self.folder.files.insert(name, text.edited());
            }
        }
        Ok(())
    }
}

/// The text that has the value at a pointer.
fn text_of<'t, 'a>(
    current: &Existing,
    texts: &'t mut BTreeMap<String, Text<'a>>,
    pointer: &str,
) -> Option<&'t mut Text<'a>> {
    texts.get_mut(&current.file_of(pointer)?)
}

/// Reports a change that the text has no safe place for.
fn unplaced(log: &mut Report, pointer: &str, what: &str) {
    let message = "what was seen cannot be added to the text safely; add it manually";
    log.to_decide(RULE, message, &super::schemas::place(pointer), what);
}
