//! Judges what changed between two revisions.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::Value;

use super::payloads::Payload;
use crate::spec::child;

/// What the types of a revision make of a payload.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was read, and is this when it is written again. Repairs are what the tolerant reader had to do.
    Read { json: Value, repairs: Vec<String> },
    /// It cannot be read.
    Failed(String),
    /// The SDK does not have the operation, or it has no such body.
    Absent,
}

/// What changed for a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Both revisions read the same.
    Same,
    /// The new revision reads it, the old one did not.
    Fixed,
    /// The new revision needs fewer repairs.
    Better,
    /// Neither revision reads it.
    Unread(String),
    /// The new revision reads it after more repairs, which are these.
    Worse(Vec<String>),
    /// The new revision reads another value at this place.
    Changed(String),
    /// The new revision cannot read it.
    Broken(String),
    /// The new revision does not have the operation.
    Removed,
}

impl Verdict {
    /// Whether the new revision is worse for users.
    pub fn is_worse(&self) -> bool {
        matches!(self, Self::Worse(_) | Self::Changed(_) | Self::Broken(_) | Self::Removed)
    }

    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Fixed => "fixed",
            Self::Better => "better",
            Self::Unread(_) => "unread",
            Self::Worse(_) => "worse",
            Self::Changed(_) => "changed",
            Self::Broken(_) => "broken",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same => f.write_str("both revisions read the same"),
            Self::Fixed => f.write_str("only the new revision reads it"),
            Self::Better => f.write_str("the new revision needs fewer repairs"),
            Self::Unread(error) => write!(f, "neither revision reads it: {error}"),
            Self::Worse(repairs) => write!(f, "read after repairs: {}", repairs.join("; ")),
            Self::Changed(pointer) => write!(f, "another value at `{pointer}`"),
            Self::Broken(error) => write!(f, "not read any more: {error}"),
            Self::Removed => f.write_str("the operation does not exist any more"),
        }
    }
}

/// Compares the outcomes of a payload.
pub fn verdict(old: &Outcome, new: &Outcome) -> Verdict {
    match (old, new) {
        (Outcome::Absent, Outcome::Absent) => {
            Verdict::Unread("neither has the operation".to_owned())
        }
        (_, Outcome::Absent) => Verdict::Removed,
        (Outcome::Failed(_), Outcome::Failed(error)) => Verdict::Unread(error.clone()),
        (Outcome::Absent, Outcome::Failed(error)) => Verdict::Unread(error.clone()),
        (Outcome::Read { .. }, Outcome::Failed(error)) => Verdict::Broken(error.clone()),
        (Outcome::Failed(_) | Outcome::Absent, Outcome::Read { .. }) => Verdict::Fixed,
        (
            Outcome::Read { json: old, repairs: before },
            Outcome::Read { json: new, repairs: after },
        ) => {
            let more: Vec<String> =
                after.iter().filter(|repair| !before.contains(repair)).cloned().collect();
            if !more.is_empty() {
                return Verdict::Worse(more);
            }
            match difference(old, new, "") {
                Some(pointer) if after.len() == before.len() => Verdict::Changed(pointer),
                _ if after.len() < before.len() => Verdict::Better,
                Some(pointer) => Verdict::Changed(pointer),
                None => Verdict::Same,
            }
        }
    }
}

/// The verdicts of all payloads as Markdown: the number of each kind, then everything that is not the same.
pub fn report(payloads: &[Payload], verdicts: &[Verdict], old: &str, new: &str) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict.kind()).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let mut text =
        format!("{} payloads, from {old} to {new}: {}\n", payloads.len(), counts.join(", "));
    let changed = payloads.iter().zip(verdicts).filter(|(_, verdict)| **verdict != Verdict::Same);
    for (index, (payload, verdict)) in changed.enumerate() {
        if index == 0 {
            text.push_str("\n| Payload | | |\n|---|---|---|\n");
        }
        let reason = verdict.to_string().replace('|', "\\|").replace('\n', " ");
        text.push_str(&format!("| {} | {} | {reason} |\n", payload.name, verdict.kind()));
    }
    text
}

/// The pointer of the first value that differs.
fn difference(old: &Value, new: &Value, pointer: &str) -> Option<String> {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let of_old = old.iter().find_map(|(name, value)| match new.get(name) {
                Some(other) => difference(value, other, &child(pointer, name)),
                None => Some(child(pointer, name)),
            });
            let is_new = |name: &&String| !old.contains_key(*name);
            of_old.or_else(|| new.keys().find(is_new).map(|name| child(pointer, name)))
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let mut pairs = old.iter().zip(new).enumerate();
            pairs
                .find_map(|(index, (old, new))| difference(old, new, &format!("{pointer}/{index}")))
        }
        (old, new) => (old != new).then(|| pointer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value, repairs: &[&str]) -> Outcome {
        Outcome::Read { json, repairs: repairs.iter().map(|repair| (*repair).to_owned()).collect() }
    }

    #[test]
    fn every_pair_of_outcomes_has_a_verdict() {
        let value = || json!({ "a": [{ "b": 1 }], "c": 2 });
        let failed = Outcome::Failed("no".to_owned());
        for (old, new, expected) in [
            (read(value(), &[]), read(value(), &[]), Verdict::Same),
            (read(value(), &["a"]), read(value(), &["a"]), Verdict::Same),
            (read(value(), &[]), failed.clone(), Verdict::Broken("no".to_owned())),
            (failed.clone(), read(value(), &[]), Verdict::Fixed),
            (Outcome::Absent, read(value(), &[]), Verdict::Fixed),
            (failed.clone(), failed.clone(), Verdict::Unread("no".to_owned())),
            (read(value(), &[]), Outcome::Absent, Verdict::Removed),
            (read(value(), &[]), read(value(), &["x"]), Verdict::Worse(vec!["x".to_owned()])),
            (read(value(), &["x"]), read(json!({}), &[]), Verdict::Better),
            (
                read(value(), &[]),
                read(json!({ "a": [{ "b": 2 }], "c": 2 }), &[]),
                Verdict::Changed("/a/0/b".to_owned()),
            ),
            (
                read(value(), &[]),
                read(json!({ "a": [{ "b": 1 }] }), &[]),
                Verdict::Changed("/c".to_owned()),
            ),
            (read(json!({ "c": 2 }), &[]), read(value(), &[]), Verdict::Changed("/a".to_owned())),
        ] {
            assert_eq!(verdict(&old, &new), expected, "{old:?} {new:?}");
            let is_worse = matches!(expected.kind(), "broken" | "removed" | "worse" | "changed");
            assert_eq!(expected.is_worse(), is_worse);
        }
    }
}
