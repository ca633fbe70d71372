//! Named schemas, and schemas in general.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Class, Subject, constraints,
    context::{At, Differ, shown},
    enums, members,
    usage::Usage,
    view::{View, bare, name_of},
};
use crate::spec::child;

/// Deeper than any schema that is not a circle.
const MAX_DEPTH: usize = 20;

/// Compares the named schemas.
pub(super) fn components(differ: &mut Differ<'_>) {
    find_renamed(differ);
    let (old, new) = (differ.old, differ.new);
    let empty = serde_json::Map::new();
    let before = old.root["components"]["schemas"].as_object().unwrap_or(&empty);
    let after = new.root["components"]["schemas"].as_object().unwrap_or(&empty);
    for (name, schema) in before {
        let new_name = differ.renamed.get(name).unwrap_or(name).clone();
        let usage = differ.usage.0.get(name).copied().unwrap_or_default();
        let usage = usage.or(differ.usage.1.get(&new_name).copied().unwrap_or_default());
        let at = At::subject(
            Subject::Schema(name.clone()),
            "",
            &child("/components/schemas", name),
            &child("/components/schemas", &new_name),
            usage,
        );
        let Some(now) = after.get(&new_name) else {
            // A schema that only error responses had has no type in the SDK.
            let class =
                if differ.usage.0.contains_key(name) { Class::Breaking } else { Class::Safe };
            differ.push_removed(
                class,
                "schema-removed",
                &at,
                format!("the schema `{name}` is removed"),
            );
            continue;
        };
        if new_name != *name {
            let message = format!("the schema `{name}` is called `{new_name}`");
            let class = if usage.is_any() { Class::Breaking } else { Class::Safe };
            differ.push(class, "schema-renamed", &at, message);
        }
        if usage.is_any() {
            compare(differ, &at, schema, now, 0);
        } else if bare(schema) != bare(now) {
            let message = "changed, but no call sends or receives it";
            differ.push(Class::Safe, "unused-schema-changed", &at, message);
        }
    }
    let renamed: BTreeSet<String> = differ.renamed.values().cloned().collect();
    for name in after.keys().filter(|name| !before.contains_key(*name) && !renamed.contains(*name))
    {
        let pointer = child("/components/schemas", name);
        let at =
            At::subject(Subject::Schema(name.clone()), "", &pointer, &pointer, Usage::default());
        differ.push(Class::Safe, "schema-added", &at, format!("the schema `{name}` is new"));
    }
}

/// Pairs each schema that is gone with the only new one that is equal to it.
pub(super) fn find_renamed(differ: &mut Differ<'_>) {
    let empty = serde_json::Map::new();
    let schemas = |root: &'_ Value| root["components"]["schemas"].as_object().cloned();
    let before = schemas(&differ.old.root).unwrap_or_else(|| empty.clone());
    let after = schemas(&differ.new.root).unwrap_or(empty);
    for (name, schema) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        let mut equal = after
            .iter()
            .filter(|(other, now)| !before.contains_key(*other) && bare(now) == bare(schema));
        if let (Some((other, _)), None) = (equal.next(), equal.next()) {
            differ.renamed.insert(name.clone(), other.clone());
        }
    }
}

/// Compares two schemas and everything in them.
pub(super) fn compare(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value, depth: usize) {
    one(differ, at, old, new, depth);
    while let Some((at, old, new, depth)) = differ.inner.pop() {
        one(differ, &at, &old, &new, depth);
    }
}

fn one(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let names = (name_of(old).map(str::to_owned), name_of(new).map(str::to_owned));
    let is_inner = depth > 0 || !matches!(at.subject, Subject::Schema(_)) || !at.member.is_empty();
    let (before, after) = (View::of(&differ.old.root, old), View::of(&differ.new.root, new));
    if let (Some(before_name), Some(after_name)) = &names
        && is_inner
    {
        let expected = differ.renamed.get(before_name).unwrap_or(before_name).clone();
        nullable(differ, at, &before, &after);
        if expected != *after_name {
            let message =
                format!("{}is the schema `{after_name}`; it was `{before_name}`", at.lead());
            differ.push(Class::Breaking, "schema-replaced", at, message);
            structure(differ, at, &before, &after, depth);
        }
        return;
    }
    if names.0.is_some() != names.1.is_some() && is_inner && is_named_type(&before, &after) {
        let shown = |name: &Option<String>| match name {
            Some(name) => format!("the schema `{name}`"),
            None => "unnamed".to_owned(),
        };
        let message = format!("{}is {}; it was {}", at.lead(), shown(&names.1), shown(&names.0));
        differ.push(Class::Breaking, "schema-replaced", at, message);
    }
    nullable(differ, at, &before, &after);
    structure(differ, at, &before, &after, depth);
}

/// Whether a schema has a separate type in Rust.
fn is_named_type(before: &View, after: &View) -> bool {
    [before, after].iter().any(|view| {
        !view.properties.is_empty() || view.values().is_some() || !view.alternatives.is_empty()
    })
}

fn nullable(differ: &mut Differ<'_>, at: &At, before: &View, after: &View) {
    // Whether a member is an `Option` anyway is decided by the member.
    if before.nullable != after.nullable && !at.place.starts_with("the member") {
        let message = if after.nullable { "may be null" } else { "may no longer be null" };
        differ.push(Class::Breaking, "nullability-changed", at, format!("{}{message}", at.lead()));
    }
}

fn structure(differ: &mut Differ<'_>, at: &At, before: &View, after: &View, depth: usize) {
    documentation(differ, at, before, after);
    if before.ty != after.ty {
        let shown = |ty: &Option<String>| ty.clone().unwrap_or("any value".to_owned());
        let message = format!("{}is {}; it was {}", at.lead(), shown(&after.ty), shown(&before.ty));
        differ.push(Class::Breaking, "type-changed", at, message);
        return;
    }
    alternatives(differ, at, before, after, depth);
    enums::compare(differ, at, before, after);
    members::compare(differ, at, before, after, depth);
    if let (Some(old), Some(new)) = (&before.items, &after.items) {
        let inside = At { place: format!("an item of {}", own_place(at)), ..at.inside("items") };
        differ.compare_inner(inside, old, new, depth + 1);
    } else if before.items.is_some() != after.items.is_some() {
        let message = format!("{}has items of another type", at.lead());
        differ.push(Class::Breaking, "type-changed", at, message);
    }
    constraints::compare(differ, at, before, after, depth);
}

fn own_place(at: &At) -> &str {
    if at.place.is_empty() { "the list" } else { &at.place }
}

fn documentation(differ: &mut Differ<'_>, at: &At, before: &View, after: &View) {
    if before.documentation != after.documentation {
        let message = format!("{}has other documentation", at.lead());
        differ.push(Class::Safe, "documentation-changed", at, message);
    }
}

/// Alternatives are variants of an enum that is not open, so callers may match all of them.
fn alternatives(differ: &mut Differ<'_>, at: &At, before: &View, after: &View, depth: usize) {
    let (old, new) = (&before.alternatives, &after.alternatives);
    if old.is_empty() && new.is_empty() {
        return;
    }
    if old.is_empty() || new.is_empty() {
        let message = if new.is_empty() { "is a single form" } else { "has several forms" };
        differ.push(Class::Breaking, "alternatives-changed", at, format!("{}{message}", at.lead()));
        return;
    }
    if before.alternatives_key != after.alternatives_key {
        let message = format!(
            "{}has its forms in `{}`; they were in `{}`",
            at.lead(),
            after.alternatives_key,
            before.alternatives_key
        );
        differ.push(Class::Risky, "alternatives-changed", at, message);
    }
    let renamed = &differ.renamed;
    let is_same = |a: &Value, b: &Value| match (name_of(a), name_of(b)) {
        (Some(a), Some(b)) => renamed.get(a).map_or(a, String::as_str) == b,
        _ => bare(a) == bare(b),
    };
    let gone: Vec<usize> =
        (0..old.len()).filter(|index| !new.iter().any(|now| is_same(&old[*index], now))).collect();
    let fresh: Vec<usize> =
        (0..new.len()).filter(|index| !old.iter().any(|was| is_same(was, &new[*index]))).collect();
    // One unnamed form that changed is the same form.
    if let ([gone], [fresh]) = (gone.as_slice(), fresh.as_slice())
        && name_of(&old[*gone]).is_none()
        && name_of(&new[*fresh]).is_none()
    {
        let place = format!(
            "form {} of {}",
            fresh + 1,
            if at.place.is_empty() { "the schema" } else { &at.place }
        );
        let mut inside = At { place, ..at.clone() };
        inside.old = format!("{}/{}/{gone}", at.old, before.alternatives_key);
        inside.new = format!("{}/{}/{fresh}", at.new, after.alternatives_key);
        differ.compare_inner(inside, &old[*gone], &new[*fresh], depth + 1);
        return;
    }
    let shown_form = |form: &Value| match name_of(form) {
        Some(name) => format!("`{name}`"),
        None => shown(&bare(form)),
    };
    for index in gone {
        let message = format!("{}no longer has the form {}", at.lead(), shown_form(&old[index]));
        differ.push_removed(Class::Breaking, "alternative-removed", at, message);
    }
    for index in fresh {
        let message = format!("{}may have the form {}", at.lead(), shown_form(&new[index]));
        differ.push(Class::Breaking, "alternative-added", at, message);
    }
}
