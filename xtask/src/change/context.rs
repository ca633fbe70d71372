//! What every comparison needs: both documents, where a comparison is, and the changes found so far.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Change, Class, Subject, usage, usage::Usage};
use crate::spec::{Spec, child};

/// Two documents, and what differs.
pub(super) struct Differ<'a> {
    pub(super) old: &'a Spec,
    pub(super) new: &'a Spec,
    /// Where each named schema of the old and of the new document occurs.
    pub(super) usage: (BTreeMap<String, Usage>, BTreeMap<String, Usage>),
    /// Named schemas that have another name in the new document.
    pub(super) renamed: BTreeMap<String, String>,
    /// Schemas inside of those that were compared: where, both, and how deep.
    pub(super) inner: Vec<(At, Value, Value, usize)>,
    changes: Vec<Change>,
}

/// Where a comparison is.
#[derive(Clone)]
pub(super) struct At {
    pub(super) subject: Subject,
    /// The parameter or member.
    pub(super) member: String,
    /// The place in words, for messages: "the parameter `depth`".
    pub(super) place: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) usage: Usage,
}

impl At {
    /// A subject as a whole.
    pub(super) fn subject(
        subject: Subject,
        place: &str,
        old: &str,
        new: &str,
        usage: Usage,
    ) -> Self {
        Self {
            subject,
            member: String::new(),
            place: place.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            usage,
        }
    }

    /// A parameter or member of this.
    pub(super) fn member(&self, name: &str, place: String) -> Self {
        let member = if self.member.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.member)
        };
        Self { member, place, ..self.clone() }
    }

    /// A value inside of this, in both documents.
    pub(super) fn inside(&self, key: &str) -> Self {
        Self { old: child(&self.old, key), new: child(&self.new, key), ..self.clone() }
    }
}

impl At {
    /// The place, as the beginning of a message.
    pub(super) fn lead(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!("{} ", self.place) }
    }
}

impl<'a> Differ<'a> {
    pub(super) fn new(old: &'a Spec, new: &'a Spec) -> Self {
        let usage = (usage::of(&old.root), usage::of(&new.root));
        Self { old, new, usage, renamed: BTreeMap::new(), inner: Vec::new(), changes: Vec::new() }
    }

    /// Compares two schemas inside of the current ones, after these.
    pub(super) fn compare_inner(&mut self, at: At, old: &Value, new: &Value, depth: usize) {
        self.inner.push((at, old.clone(), new.clone(), depth));
    }

    /// Reports a change of a value that the new document has.
    pub(super) fn push(
        &mut self,
        class: Class,
        rule: &'static str,
        at: &At,
        message: impl Into<String>,
    ) {
        self.add(class, rule, at, message.into(), true);
    }

    /// Reports a value that the new document lacks.
    pub(super) fn push_removed(
        &mut self,
        class: Class,
        rule: &'static str,
        at: &At,
        message: impl Into<String>,
    ) {
        self.add(class, rule, at, message.into(), false);
    }

    fn add(&mut self, class: Class, rule: &'static str, at: &At, message: String, in_new: bool) {
        let (spec, pointer) = if in_new { (self.new, &at.new) } else { (self.old, &at.old) };
        self.changes.push(Change {
            class,
            rule,
            subject: at.subject.clone(),
            member: at.member.clone(),
            message,
            pointer: pointer.clone(),
            location: spec.location(pointer),
            also: Vec::new(),
        });
    }

    /// The changes; one of a shared component is reported once, with all operations that have it.
    pub(super) fn finish(mut self) -> Vec<Change> {
        self.changes.sort_by(|a, b| {
            (b.class.cmp(&a.class)).then_with(|| {
                (&a.subject, &a.member, a.rule, &a.message)
                    .cmp(&(&b.subject, &b.member, b.rule, &b.message))
            })
        });
        let mut first: BTreeMap<(String, &'static str, String, String), usize> = BTreeMap::new();
        let mut merged: Vec<Change> = Vec::new();
        for change in self.changes {
            let key = (
                change.message.clone(),
                change.rule,
                change.member.clone(),
                change.pointer.clone(),
            );
            match first.get(&key).filter(|_| change.pointer.starts_with("/components/")) {
                Some(index) if merged[*index].class == change.class => {
                    if merged[*index].subject != change.subject {
                        merged[*index].also.push(change.subject);
                    }
                }
                _ => {
                    first.insert(key, merged.len());
                    merged.push(change);
                }
            }
        }
        for change in &mut merged {
            let subjects: BTreeSet<Subject> = change.also.drain(..).collect();
            change.also = subjects.into_iter().collect();
        }
        merged
    }
}

/// The pointer of the value that a pointer leads to, which may be a reference.
pub(super) fn resolved(root: &Value, pointer: &str) -> String {
    let mut pointer = pointer.to_owned();
    for _ in 0..32 {
        let target = root.pointer(&pointer).and_then(|value| value["$ref"].as_str());
        let Some(target) = target.and_then(|target| target.strip_prefix('#')) else { break };
        if root.pointer(target).is_none() {
            break;
        }
        target.clone_into(&mut pointer);
    }
    pointer
}

/// A value as it is shown in a message.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(string) => format!("`{string}`"),
        other => {
            let text = other.to_string();
            match text.char_indices().nth(60) {
                Some((end, _)) => format!("`{}...`", &text[..end]),
                None => format!("`{text}`"),
            }
        }
    }
}
