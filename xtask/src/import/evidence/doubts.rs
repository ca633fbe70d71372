//! Doubts that probes have settled.
//!
//! A doubt consists of sentences, and each probe of `x-evidence.probe` names those that it settles. A report has a row
//! for each probe of a doubt, in their order.
//!
//! | Its probes | The sentence |
//! |---|---|
//! | all are confirmed | is removed |
//! | all are confirmed, or an open question is settled | is removed; what was seen is added to the description |
//! | one is contradicted by members that the specification has after the import | is removed |
//! | one is contradicted otherwise | is replaced by what was seen; its probes stay until a person has corrected the specification |
//! | anything else | stays |

use std::collections::BTreeMap;

use oneteg_catalog::evidence::{Doubt, Verdict};
use serde_json::{Value, json};

use super::{
    RULE, Update,
    collect::operations,
    marks::Marks,
    places::Places,
    words::{self, normal},
};
use crate::{import::schemas, spec::child};

/// Collects what became of doubts. Members and pages have been imported before.
pub fn collect(update: &mut Update<'_>, document: &Value, marks: &mut Marks) {
    let mut rows: BTreeMap<String, Vec<&Doubt>> = BTreeMap::new();
    let mut unsettled: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let operations = operations(document);
    for doubt in &update.report.doubts {
        let subject = subject(doubt);
        let found = pointers(doubt, document, &operations);
        let is_same = |pointer: &&String| {
            let words = document.pointer(pointer).map(|value| &value["x-evidence"]["doubt"]);
            words.and_then(Value::as_str).is_some_and(|words| normal(words) == normal(&doubt.doubt))
        };
        let same: Vec<&String> = found.iter().filter(is_same).collect();
        match same.as_slice() {
            [only] => rows.entry((*only).clone()).or_default().push(doubt),
            [] if settles(doubt.verdict) => {
                let message = "doubts that the specification no longer has in these words";
                update.log.left_out(RULE, message, &subject, "");
            }
            [] => {}
            _ => {
                let message =
                    "doubts that several places have in the same words; settle them manually";
                update.log.to_decide(RULE, message, &subject, "");
            }
        }
        if let Some(why) = unsettled_because(doubt.verdict) {
            unsettled.entry(why).or_default().push(subject);
        }
    }
    for (pointer, rows) in rows {
        let evidence = document.pointer(&pointer).map(|value| value["x-evidence"].clone());
        let doubt = One { pointer: &pointer, document, evidence: &evidence.unwrap_or_default() };
        doubt.settle(update, &rows, marks);
    }
    for (why, subjects) in unsettled {
        for subject in subjects {
            update.log.left_out(RULE, why, &subject, "");
        }
    }
}

fn settles(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Confirmed | Verdict::Answered | Verdict::Contradicted)
}

fn unsettled_because(verdict: Verdict) -> Option<&'static str> {
    Some(match verdict {
        Verdict::Confirmed | Verdict::Answered | Verdict::Contradicted => return None,
        Verdict::NotReachable => "doubts that the run did not reach",
        Verdict::NeedsWrite => "doubts that only a run with `--writes` settles",
        Verdict::NeedsOtherAccount => "doubts that only another account settles",
        _ => "doubts without a result",
    })
}

/// One doubt.
struct One<'a> {
    /// What has it.
    pointer: &'a str,
    document: &'a Value,
    evidence: &'a Value,
}

impl One<'_> {
    /// Settles the sentences that the rows of its probes settle.
    fn settle(&self, update: &mut Update<'_>, rows: &[&Doubt], marks: &mut Marks) {
        let place = schemas::place(self.pointer);
        let words = normal(self.evidence["doubt"].as_str().unwrap_or_default());
        let sentences = oneteg_catalog::sentences(&words);
        let Some(probes) = paired(&self.evidence["probe"], rows) else {
            if rows.iter().any(|row| settles(row.verdict)) {
                let message = "doubts whose probes are others than those of the report";
                update.log.left_out(RULE, message, &place, "");
            }
            return;
        };
        let mut kept: Vec<String> = Vec::new();
        // The new number of each sentence that stays.
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let mut answers: Vec<String> = Vec::new();
        let mut contradictions: Vec<String> = Vec::new();
        for (number, sentence) in (1..).zip(&sentences) {
            let of_this: Vec<&Probe<'_>> =
                probes.iter().filter(|probe| probe.names(number)).collect();
            let contradicted: Vec<String> = of_this
                .iter()
                .filter(|probe| probe.row.verdict == Verdict::Contradicted)
                .filter(|probe| !self.has_members(probe))
                .map(|probe| probe.contradiction())
                .collect();
            let is_settled = |probe: &&Probe<'_>| settles(probe.row.verdict);
            if contradicted.is_empty() && !of_this.is_empty() && of_this.iter().all(is_settled) {
                answers.extend(of_this.iter().filter_map(|probe| probe.found()));
                continue;
            }
            let sentence = match contradicted.is_empty() {
                true => (*sentence).to_owned(),
                false => {
                    let seen = contradicted.join(", ");
                    contradictions.push(seen.clone());
                    format!("Responses contradict what is described; {seen}.")
                }
            };
            // Two sentences may have become one.
            if kept.last() != Some(&sentence) {
                kept.push(sentence);
            }
            numbers.insert(number, kept.len());
        }
        contradictions.dedup();
        for seen in &contradictions {
            let message = "doubts that responses contradict; correct the specification, then remove the doubt";
            update.log.to_decide(RULE, message, &place, seen);
        }
        let new = kept.join(" ");
        if new == words {
            return;
        }
        answers.dedup();
        if numbers.len() < sentences.len() {
            let message = match kept.is_empty() {
                true => "doubts were settled",
                false => "doubts were settled in part",
            };
            update.log.changed(RULE, message, &place, &answers.join(" "));
        }
        let remaining = remaining(&self.evidence["probe"], &numbers);
        marks.doubt(self.pointer, (!new.is_empty()).then_some(new), remaining, &answers);
    }

    /// Whether a probe saw further members only, which the specification has after the import.
    fn has_members(&self, probe: &Probe<'_>) -> bool {
        let names: Vec<&str> = match &probe.row.seen {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => return false,
        };
        let places = Places::new(self.document);
        let roots = match self.pointer.starts_with("/paths/") {
            true => places.responses(self.pointer),
            false => vec![self.pointer.to_owned()],
        };
        // The members of a list are those of its items.
        let items = self.objects();
        let objects: Vec<String> =
            items.iter().flat_map(|place| places.objects(&roots, place, None)).collect();
        let is_known = |name: &&str| objects.iter().any(|object| places.has_member(object, name));
        let is_about_members = probe.row.probe.as_deref() == Some("members");
        is_about_members && !names.is_empty() && names.iter().all(is_known)
    }

    /// The places of the objects of a response.
    fn objects(&self) -> Vec<String> {
        let pages =
            self.document.pointer(self.pointer).map(|value| &value["x-pagination"]["items"]);
        let items = pages.and_then(Value::as_str).map(|items| items.replace('.', "/"));
        let items = items.map(|items| format!("/{items}/*"));
        ["", "/*"].into_iter().map(str::to_owned).chain(items).collect()
    }
}

/// A probe with its row.
struct Probe<'a> {
    /// The sentences that it settles; all if it names none.
    of: Option<Vec<usize>>,
    row: &'a Doubt,
}

impl Probe<'_> {
    fn names(&self, sentence: usize) -> bool {
        self.of.as_ref().is_none_or(|of| of.contains(&sentence))
    }

    /// A sentence about what was an open question. Pages are in `x-pagination`.
    fn found(&self) -> Option<String> {
        if self.row.verdict != Verdict::Answered {
            return None;
        }
        let seen = self.seen()?;
        Some(match self.row.probe.as_deref().unwrap_or_default() {
            "paging" => return None,
            "shape" | "member" => format!("The type is {seen}."),
            "order" => format!("The order is {seen}."),
            "content" => format!("Responses contain {seen}."),
            "status" => format!("Responses have the status {seen}."),
            "media_type" => format!("Responses have the media type {seen}."),
            "spelling" => format!("Responses spell it {seen}."),
            "unknown_id" => format!("For an unknown ID, the response has {seen}."),
            "without" => format!("Without the parameter, the member is {seen}."),
            _ => format!("Responses showed {seen}."),
        })
    }

    fn seen(&self) -> Option<String> {
        Some(words::shown(self.row.seen.as_ref()?)).filter(|shown| shown != words::OTHER)
    }

    fn contradiction(&self) -> String {
        let seen = self.seen().unwrap_or_else(|| words::OTHER.to_owned());
        match self.row.probe.as_deref().filter(|ask| words::is_word(ask)) {
            Some(ask) => format!("the probe `{ask}` saw {seen}"),
            None => format!("a probe saw {seen}"),
        }
    }
}

/// The probes of a doubt with their rows: the n-th probe of a kind has the n-th row of that kind. A doubt without probes
/// has one row. `None` if they do not fit.
fn paired<'a>(probes: &Value, rows: &[&'a Doubt]) -> Option<Vec<Probe<'a>>> {
    let Some(list) = probes.as_array() else {
        return match rows {
            [row] => Some(vec![Probe { of: None, row }]),
            _ => None,
        };
    };
    let mut free = rows.to_vec();
    let mut paired = Vec::new();
    for probe in list {
        let ask = probe["ask"].as_str()?;
        let at = free.iter().position(|row| row.probe.as_deref() == Some(ask))?;
        paired.push(Probe { of: of(probe), row: free.remove(at) });
    }
    free.is_empty().then_some(paired)
}

fn of(probe: &Value) -> Option<Vec<usize>> {
    let numbers = probe["of"].as_array().filter(|numbers| !numbers.is_empty())?;
    Some(numbers.iter().filter_map(|number| number.as_u64()?.try_into().ok()).collect())
}

/// The probes that still name a sentence, with the new numbers; `null` without any.
fn remaining(probes: &Value, numbers: &BTreeMap<usize, usize>) -> Value {
    let mut remaining = Vec::new();
    for probe in probes.as_array().into_iter().flatten() {
        let Some(of) = of(probe) else {
            if !numbers.is_empty() {
                remaining.push(probe.clone());
            }
            continue;
        };
        let mut new: Vec<usize> =
            of.iter().filter_map(|number| numbers.get(number).copied()).collect();
        new.dedup();
        if !new.is_empty() {
            let mut probe = probe.clone();
            probe["of"] = json!(new);
            remaining.push(probe);
        }
    }
    if remaining.is_empty() { Value::Null } else { remaining.into() }
}

/// Where a doubt may be.
fn pointers(doubt: &Doubt, document: &Value, operations: &BTreeMap<&str, String>) -> Vec<String> {
    let places = Places::new(document);
    let operation = doubt.operation.as_deref().and_then(|id| operations.get(id));
    let member = doubt.member.as_deref().filter(|member| !member.is_empty());
    match (&doubt.parameter, operation) {
        (Some(name), Some(operation)) => return parameters(&places, operation, name),
        (Some(name), None) if doubt.schema.is_none() => return shared_parameters(&places, name),
        (None, None) if doubt.schema.is_none() => return credentials(&places),
        _ => {}
    }
    let roots = match (&doubt.schema, operation) {
        (Some(name), _) => vec![child("/components/schemas", name)],
        (None, Some(operation)) if member.is_none() => return vec![operation.clone()],
        (None, Some(operation)) => {
            let mut roots = bodies(&places, operation);
            roots.extend(places.responses(operation));
            roots
        }
        (None, None) => return Vec::new(),
    };
    match member {
        None => roots,
        Some(place) if place.starts_with('/') => places.at(&roots, place, None),
        Some(path) => {
            // Dotted paths skip the items of lists.
            let mut found = roots;
            for name in path.split('.').filter(|name| *name != "*") {
                let direct = places.at(&found, &child("", name), None);
                let inside = places.at(&found, &child("/*", name), None);
                found = if direct.is_empty() { inside } else { direct };
            }
            found
        }
    }
}

/// The parameters of an operation with a name; those of a procedure are members of its body.
fn parameters(places: &Places<'_>, operation: &str, name: &str) -> Vec<String> {
    let list = child(operation, "parameters");
    let count = places.value(&list).as_array().map_or(0, Vec::len);
    let all = (0..count).map(|index| places.follow(&format!("{list}/{index}")));
    let found: Vec<String> = all.filter(|at| places.value(at)["name"] == name).collect();
    match found.is_empty() {
        true => places.at(&bodies(places, operation), &child("", name), None),
        false => found,
    }
}

/// The parameters that operations share.
fn shared_parameters(places: &Places<'_>, name: &str) -> Vec<String> {
    const GROUP: &str = "/components/parameters";
    let all = places.value(GROUP).as_object().into_iter().flatten();
    all.filter(|(_, parameter)| parameter["name"] == name)
        .map(|(key, _)| child(GROUP, key))
        .collect()
}

/// What a doubt about nothing else is about.
fn credentials(places: &Places<'_>) -> Vec<String> {
    const GROUP: &str = "/components/securitySchemes";
    let all = places.value(GROUP).as_object().into_iter().flatten();
    all.map(|(key, _)| child(GROUP, key)).collect()
}

/// The schemas of an operation's body.
fn bodies(places: &Places<'_>, operation: &str) -> Vec<String> {
    let content = child(&places.follow(&child(operation, "requestBody")), "content");
    let media_types = places.value(&content).as_object().into_iter().flatten();
    media_types.map(|(name, _)| child(&child(&content, name), "schema")).collect()
}

/// What a doubt is about, for people.
fn subject(doubt: &Doubt) -> String {
    let parts = [&doubt.schema, &doubt.operation, &doubt.parameter, &doubt.member];
    let shown: Vec<String> = parts
        .into_iter()
        .flatten()
        .map(|part| {
            let names = part.split(['.', '/']).filter(|name| !name.is_empty() && *name != "*");
            names.map(words::shown_name).collect::<Vec<_>>().join(".")
        })
        .collect();
    if shown.is_empty() { "the credentials".to_owned() } else { shown.join(" ") }
}
