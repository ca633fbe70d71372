//! What responses show of the choices of the sandbox: of what it decides because no source shows what the vendor does.
//!
//! `oneteg-sandbox/choices.toml` has the choices, and an import of the report replaces their values. This module knows the
//! ids of those that a call that only reads can settle, and reports what the vendor does, whatever the sandbox does.
//!
//! | What is seen | Calls |
//! |---|---|
//! | the status, or the vendor's code, of a refusal | one with a value that is refused |
//! | whether something is accepted | one |
//! | whether the content is a list or an object | one |
//! | the number of items of a page if none is requested | one |
//! | parameters of pages, and how names are compared | none: earlier experiments show them |

mod questions;

use std::collections::BTreeSet;

use oneteg_auth::Vendor;
use oneteg_catalog::{
    Ask,
    evidence::{Choice, Verdict},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::questions::{Change, Look, Question, questions};
use super::{
    arguments::{body_path, set},
    compare::{Content, Observed},
    paging, probe,
    session::{Extra, Session, Stop},
};
use crate::catalog::{Catalog, Entry};

/// What a run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Learned {
    pub(crate) found: Vec<Choice>,
    /// The questions that were asked, also those that nothing settled.
    asked: BTreeSet<String>,
}

impl Learned {
    fn add(&mut self, vendor: &str, id: &str, value: Value) {
        let mut choice = Choice::new(format!("{vendor}.{id}"), Verdict::Answered);
        choice.value = Some(value);
        self.found.retain(|known| known.id != choice.id);
        self.found.push(choice);
    }
}

/// The most requests of all questions.
pub(crate) fn bound(vendor: Vendor) -> u64 {
    questions(vendor).len() as u64
}

/// Asks the questions that were not asked before.
///
/// # Errors
/// If the run ends; `learned` has what was found until then.
pub(crate) async fn run(
    session: &mut Session,
    paging: &paging::Learned,
    probes: &probe::Learned,
    learned: &mut Learned,
) -> Result<(), Stop> {
    let vendor = session.vendor.profile().variables.to_lowercase();
    for question in questions(session.vendor) {
        if learned.asked.contains(question.id) {
            continue;
        }
        let Some(entry) = session.catalog.find(question.operation) else { continue };
        let worked = session.worked(entry);
        // A refusal needs no object that exists.
        if worked.is_none() && !matches!(question.look, Look::Status | Look::Code) {
            continue;
        }
        let Some(given) = changed(&question, entry, worked.unwrap_or_default()) else { continue };
        let observed = session.experiment(entry, &given, &Extra::default()).await?;
        learned.asked.insert(question.id.to_owned());
        if let Some(value) = answer(question.look, entry, &observed) {
            learned.add(&vendor, question.id, value);
        }
    }
    for (id, value) in known(session.vendor, session.catalog, paging, probes) {
        learned.add(&vendor, id, value);
    }
    Ok(())
}

/// The arguments of a question; `None` if there are none to change.
fn changed(
    question: &Question,
    entry: &Entry,
    mut given: Map<String, Value>,
) -> Option<Map<String, Value>> {
    match &question.change {
        Change::Nothing => {}
        Change::Set(path, value) => set(&mut given, &body_path(entry, path), value.clone()),
        Change::Remove(name) => drop(given.remove(*name)),
        Change::AsStrings(name) => {
            let ids = given.get(*name)?.as_array().filter(|ids| !ids.is_empty())?;
            let ids: Vec<Value> = ids.iter().map(|id| id.to_string().into()).collect();
            given.insert((*name).to_owned(), ids.into());
        }
    }
    Some(given)
}

/// What a response shows; `None` if nothing.
fn answer(look: Look, entry: &Entry, observed: &Observed) -> Option<Value> {
    let status = observed.status?;
    let is_refused = (400..500).contains(&status);
    match look {
        // Refusals for other reasons.
        _ if matches!(status, 401 | 429) => None,
        Look::Status => is_refused.then(|| status.into()),
        Look::Code => {
            let code: i64 = observed.code.as_ref()?.parse().ok()?;
            // Without a code of the vendor, it is the status.
            (code != i64::from(status)).then(|| code.into())
        }
        Look::IsRefused if observed.is_success() => Some(false.into()),
        Look::IsRefused => {
            observed.failure.filter(|_| observed.code.is_some()).map(|_| true.into())
        }
        Look::IsAccepted => match observed.is_success() {
            true => Some(true.into()),
            false => observed.failure.filter(|_| observed.code.is_some()).map(|_| false.into()),
        },
        Look::IsList | Look::IsObject if !observed.is_success() => None,
        Look::IsList => match &observed.content {
            Content::Json(content) if content.is_array() => Some(true.into()),
            Content::Json(content) => content.is_object().then(|| false.into()),
            _ => None,
        },
        Look::IsObject => match &observed.content {
            Content::Json(content) if content.is_object() => Some(true.into()),
            Content::Json(content) => content.is_array().then(|| false.into()),
            _ => None,
        },
        Look::HasItems => {
            let items = paging::items(entry, observed).filter(|_| observed.is_success())?;
            Some((!items.is_empty()).into())
        }
        Look::PageLength => {
            let items = paging::items(entry, observed).filter(|_| observed.is_success())?.len();
            let total = paging::total(entry, observed)?;
            // The only page does not show how long one may be.
            (items > 0 && (items as u64) < total).then(|| items.into())
        }
    }
}

/// What earlier experiments show.
fn known(
    vendor: Vendor,
    catalog: &Catalog,
    paging: &paging::Learned,
    probes: &probe::Learned,
) -> Vec<(&'static str, Value)> {
    let mut known = Vec::new();
    match vendor {
        Vendor::NetExplorer => {
            // Those for which the specification states parameters show nothing.
            let is_stated = |page: &&oneteg_catalog::evidence::Paging| {
                page.said.as_ref().is_some_and(|said| said["style"] != "single")
            };
            for page in paging.pages.iter().filter(|page| !is_stated(page)) {
                let names =
                    [("page-start-parameter", &page.start), ("page-size-parameter", &page.size)];
                for (id, name) in names {
                    let is_new = !known.iter().any(|(known, _)| *known == id);
                    known.extend(
                        name.as_ref().filter(|_| is_new).map(|it| (id, it.as_str().into())),
                    );
                }
            }
        }
        Vendor::NetX => {
            let is_it = |(doubt, probe): &(usize, usize)| {
                catalog.doubts.get(*doubt).is_some_and(|doubt| {
                    doubt.operation.as_deref() == Some("getFoldersByNameFilter")
                        && doubt.probes.get(*probe).is_some_and(|it| it.ask == Ask::Matching)
                })
            };
            let answer = probes.answers.iter().find(|(id, _)| is_it(id));
            let words = answer.and_then(|(_, answer)| answer.seen.as_ref()?.as_array());
            let ignores = words.map(|words| words.iter().any(|word| word == "any case"));
            known.extend(ignores.map(|ignores| ("name-filter-ignores-case", ignores.into())));
        }
        _ => {}
    }
    known
}

#[cfg(test)]
mod tests;
