//! Which difference of the generated interface comes from which change.

use std::collections::BTreeSet;

use super::Impact;
use crate::{
    api::{Finding, Step},
    change::{Change, Class, Subject},
    names,
    spec::{Source, Spec},
};

/// Rules about what the interface does not show.
const NO_INTERFACE: [&str; 28] = [
    "argument-order-changed",
    "behaviour-changed",
    "credential-added",
    "credential-changed",
    "credential-removed",
    "default-changed",
    "direction-changed",
    "documentation-changed",
    "encoding-changed",
    "errors-changed",
    "header-added",
    "header-became-optional",
    "header-removed",
    "header-type-changed",
    "lifecycle-changed",
    "limit-changed",
    "limit-loosened",
    "limit-tightened",
    "method-changed",
    "parameter-moved",
    "parameter-style-changed",
    "path-moved",
    "scope-added",
    "scope-removed",
    "server-changed",
    "servers-changed",
    "success-added",
    "success-removed",
];

/// The names of the types of all named schemas.
pub(super) fn schema_types(documents: &[&[Source]]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for sources in documents {
        let Ok(spec) = Spec::from_sources(sources) else { continue };
        let schemas = spec.root["components"]["schemas"].as_object();
        found.extend(schemas.into_iter().flatten().map(|(name, _)| names::pascal(name)));
    }
    found
}

/// Gives each change the differences that come from it, and its class by them.
pub(super) fn link(impact: &mut Impact, findings: Vec<Finding>, schemas: &BTreeSet<String>) {
    let rest = attach(impact, findings, schemas);
    for (change, items) in &mut impact.changes {
        if NO_INTERFACE.contains(&change.rule) {
            continue;
        }
        let stops = items.iter().any(|finding| {
            finding.step == Step::Major && !finding.only_literals && !finding.is_gate
        });
        change.class = match (change.class, stops) {
            (_, true) => Class::Breaking,
            (Class::Breaking, false) => Class::Risky,
            (class, false) => class,
        };
    }
    impact.changes.sort_by_key(|(change, _)| std::cmp::Reverse(change.class));
    impact.unexplained = rest;
}

/// Gives each change the differences that come from it. Returns those that come from none.
pub(super) fn attach(
    impact: &mut Impact,
    findings: Vec<Finding>,
    schemas: &BTreeSet<String>,
) -> Vec<Finding> {
    let mut is_explained = vec![false; findings.len()];
    for (change, items) in &mut impact.changes {
        if NO_INTERFACE.contains(&change.rule) {
            continue;
        }
        for (finding, is_explained) in findings.iter().zip(&mut is_explained) {
            let subjects = [&change.subject].into_iter().chain(&change.also);
            if subjects.into_iter().any(|subject| is_about(subject, change, finding, schemas)) {
                *is_explained = true;
                items.push(finding.clone());
            }
        }
    }
    let rest = findings.into_iter().zip(is_explained).filter(|(_, is_explained)| !is_explained);
    rest.map(|(finding, _)| finding).collect()
}

/// Rules that change which operations use a type, and with them the features that it needs.
const GATES: [&str; 10] = [
    "operation-added",
    "operation-removed",
    "tag-changed",
    "schema-replaced",
    "type-changed",
    "member-added",
    "member-removed",
    "member-renamed",
    "body-added",
    "body-removed",
];

/// Whether a difference comes from a change of a subject.
fn is_about(
    subject: &Subject,
    change: &Change,
    finding: &Finding,
    schemas: &BTreeSet<String>,
) -> bool {
    if finding.is_gate && GATES.contains(&change.rule) {
        return true;
    }
    let item = finding.item.rsplit(" for ").next().unwrap_or(&finding.item);
    let segments: Vec<&str> =
        item.split(['.', ':']).filter(|segment| !segment.is_empty()).collect();
    let (ty, others) = match subject {
        Subject::Api => return false,
        Subject::Operation(id) => {
            // A renamed operation has its new name in the new interface.
            let ids = [Some(id.clone()), renamed(change)];
            let names: Vec<String> = ids
                .into_iter()
                .flatten()
                .flat_map(|id| {
                    [names::snake(&id), names::pascal(&id), names::snake(&id).to_uppercase()]
                })
                .collect();
            (names::pascal(id), names)
        }
        Subject::Schema(name) => {
            let ty = names::pascal(name);
            let others = [Some(ty.clone()), renamed(change).map(|name| names::pascal(&name))];
            (ty, others.into_iter().flatten().collect())
        }
    };
    let is_in_types = segments.first() == Some(&"types");
    // A type of an unnamed schema begins with the name of what it is in.
    let is_inner_type =
        |segment: &&str| is_in_types && segment.starts_with(&ty) && !schemas.contains(*segment);
    let is_owner = segments.iter().any(|segment| {
        let is_named = others.iter().any(|name| name == segment);
        is_named || is_inner_type(segment)
    });
    if !is_owner {
        return false;
    }
    let Some(member) = change.member.rsplit('.').next().filter(|member| !member.is_empty()) else {
        return true;
    };
    let last = segments.last().copied().unwrap_or_default();
    let outer: Vec<&str> = change.member.split('.').collect();
    let names: Vec<String> = outer.iter().map(|member| names::snake(member)).collect();
    let own: Vec<String> = [Some(member.to_owned()), renamed(change)]
        .into_iter()
        .flatten()
        .map(|name| names::snake(&name).trim_end_matches('_').to_owned())
        .collect();
    let is_of = |name: &str| {
        let name = name.trim_start_matches("r#").trim_end_matches('_');
        own.iter().any(|own| own == name)
    };
    finding.names.iter().any(|name| is_of(name) || names.contains(name))
        || is_of(last)
        // The whole type or call, such as one that is removed.
        || others.iter().any(|name| name == last) && finding.names.is_empty()
        || segments.iter().any(|segment| segment.contains(&names::pascal(member)))
}

/// The new name of a renamed subject, from the message.
fn renamed(change: &Change) -> Option<String> {
    let rest = change.message.split_once("is called `")?.1;
    Some(rest.split_once('`')?.0.to_owned())
}
