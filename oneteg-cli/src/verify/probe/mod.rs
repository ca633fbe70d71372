//! What became of each doubt of the specification.
//!
//! The specification states next to a doubt what would settle it (`x-evidence.probe`). Most probes are settled by what a
//! run has seen anyway; the others need a separate call.
//!
//! | Module | Does |
//! |---|---|
//! | `sites` | finds where in responses a schema occurs |
//! | `seen` | what was seen at these places, and why nothing was |
//! | `verdict` | the verdict of each question that is settled by what was seen |
//! | `active` | the questions that need calls |
//!
//! ```text
//! doubt -> probes -> question about responses -> places -> seen? -- no --> not reachable, needs a write
//!                 |                                          '-- yes -> confirmed, contradicted, answered
//!                 '> question with a call: the answer of `active`
//!                 '> write, account, vendor: nothing that is read settles it
//! ```

mod active;
mod seen;
mod sites;
mod verdict;

use std::collections::BTreeSet;

use oneteg_catalog::{
    Ask, Doubt, Probe,
    evidence::{self, Operation, Paging, Verdict},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::active::{bound, run};
use self::{seen::Seen, sites::Sites};
use crate::catalog::Catalog;

/// The number of a doubt in the catalog, and of one of its probes.
pub(crate) type ProbeId = (usize, usize);

/// What the probes of a run that need calls found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Learned {
    pub(crate) answers: Vec<(ProbeId, Judgement)>,
    /// The probes that were asked, also those without a verdict.
    asked: BTreeSet<ProbeId>,
}

/// What settled a probe, or why nothing did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// A word of the vendor or of JSON, a number, or a list of these.
    pub(crate) seen: Option<Value>,
    pub(crate) reason: Option<String>,
}

impl Judgement {
    pub(crate) fn confirmed() -> Self {
        Self { verdict: Verdict::Confirmed, seen: None, reason: None }
    }

    pub(crate) fn contradicted(seen: impl Into<Value>, how: impl Into<String>) -> Self {
        Self { verdict: Verdict::Contradicted, seen: Some(seen.into()), reason: Some(how.into()) }
    }

    pub(crate) fn answered(seen: impl Into<Value>) -> Self {
        Self { verdict: Verdict::Answered, seen: Some(seen.into()), reason: None }
    }

    pub(crate) fn open(verdict: Verdict, why: impl Into<String>) -> Self {
        Self { verdict, seen: None, reason: Some(why.into()) }
    }

    fn not_reachable(why: impl Into<String>) -> Self {
        Self::open(Verdict::NotReachable, why)
    }
}

/// The rows of the report: one for each probe of each doubt, in the order of the catalog. `answers` are those of the
/// probes that needed calls.
pub(crate) fn judge(
    catalog: &Catalog,
    operations: &[Operation],
    paging: &[Paging],
    answers: &[(ProbeId, Judgement)],
) -> Vec<evidence::Doubt> {
    let sites = Sites::new(catalog);
    let mut rows = Vec::new();
    for (number, doubt) in catalog.doubts.iter().enumerate() {
        for (index, probe) in doubt.probes.iter().enumerate() {
            let answer = answers.iter().find(|(id, _)| *id == (number, index));
            let judgement = match answer {
                Some((_, answer)) => answer.clone(),
                None => {
                    let seen = Seen::new(catalog, &sites, operations, doubt, &probe.at);
                    judged(&seen, paging, doubt, probe)
                }
            };
            rows.push(row(doubt, probe, judgement));
        }
    }
    rows
}

fn judged(seen: &Seen<'_>, paging: &[Paging], doubt: &Doubt, probe: &Probe) -> Judgement {
    match probe.ask {
        Ask::Write => Judgement::open(Verdict::NeedsWrite, "only a write shows it"),
        Ask::Account => Judgement::open(
            Verdict::NeedsOtherAccount,
            "only a second user, or an account with other settings, shows it",
        ),
        Ask::Vendor => Judgement::not_reachable("no response shows it; ask the vendor"),
        Ask::Other => Judgement::not_reachable("this version does not know the question"),
        Ask::Paging => verdict::paging(seen, paging, doubt),
        Ask::Parameter => verdict::parameter(seen, paging, doubt),
        Ask::Shape => verdict::shape(seen),
        Ask::Members => verdict::members(seen),
        Ask::Member => verdict::member(seen),
        Ask::Spelling => verdict::spelling(seen),
        Ask::Values => verdict::values(seen),
        Ask::Empty => verdict::empty(seen),
        Ask::Content => verdict::content(seen),
        Ask::Status => verdict::status(seen),
        Ask::MediaType => verdict::media_type(seen),
        Ask::Call => verdict::call(seen),
        // Those that need calls, and were not made.
        _ => seen.unseen().unwrap_or_else(|| Judgement::not_reachable("the call was not made")),
    }
}

fn row(doubt: &Doubt, probe: &Probe, judgement: Judgement) -> evidence::Doubt {
    let mut row = evidence::Doubt::new(doubt.doubt.clone());
    row.operation.clone_from(&doubt.operation);
    row.parameter.clone_from(&doubt.parameter);
    row.schema.clone_from(&doubt.schema);
    row.member.clone_from(&doubt.member);
    row.probe = Some(probe.ask.word().to_owned());
    row.verdict = judgement.verdict;
    row.seen = judgement.seen;
    row.reason = judgement.reason;
    row
}

#[cfg(test)]
mod tests;
