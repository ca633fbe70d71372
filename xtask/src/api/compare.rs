//! How two interfaces differ, by the rules of semantic versioning.

use std::collections::BTreeSet;

use super::{Api, Entry, Enum, Finding, Shape, Step, Struct, Trait, functions};

/// The differences, the worst first, then by path.
pub fn compare(old: &Api, new: &Api) -> Vec<Finding> {
    let mut found = old.manifest.compare(&new.manifest);
    for (path, entry) in &old.entries {
        match new.entries.get(path) {
            // What is inside of a removed item is removed with it.
            None if is_inside_of_removed(path, old, new) => {}
            None => found.push(removed(path, entry)),
            Some(now) => {
                let has_gated_owner = owners(path).any(|owner| {
                    let gates = (old.entries.get(owner), new.entries.get(owner));
                    matches!(gates, (Some(old), Some(new)) if old.gate != new.gate)
                });
                // What is inside of an item needs its features.
                if entry.gate != now.gate && !has_gated_owner {
                    found.push(gated(path, entry, now));
                }
                changed(path, entry, now, &mut found);
            }
        }
    }
    for (path, entry) in &new.entries {
        if !old.entries.contains_key(path) && !is_inside_of_removed(path, new, old) {
            found.push(added(path, entry));
        }
    }
    found.sort_by(|a, b| b.step.cmp(&a.step).then_with(|| a.item.cmp(&b.item)));
    found
}

/// Whether an item around this one, or the type that this implements a trait for, is in `here` but not in `there`.
fn is_inside_of_removed(path: &str, here: &Api, there: &Api) -> bool {
    let is_gone = |path: &str| here.entries.contains_key(path) && !there.entries.contains_key(path);
    owners(path).any(is_gone)
}

/// The items around an item, or the type that it implements a trait for and the items around that.
fn owners(path: &str) -> impl Iterator<Item = &str> {
    let (owner, is_own) = match path.split_once(" for ") {
        Some((_, owner)) => {
            (owner.trim_start_matches('&').split('<').next().unwrap_or_default(), true)
        }
        None => (path, false),
    };
    let outer = std::iter::successors(Some(owner), |path| Some(path.rsplit_once("::")?.0));
    outer.skip(usize::from(!is_own))
}

fn removed(path: &str, entry: &Entry) -> Finding {
    let error = match entry.shape {
        Shape::Function(_) | Shape::Macro(_) => "E0599",
        Shape::Implementation(_) => "E0277",
        Shape::Module => "E0433",
        Shape::Value(_) if path.contains("::") => "E0425",
        Shape::Reexport(_) | Shape::Value(_) => "E0432",
        Shape::Trait(_) => "E0405",
        Shape::Rules => "E0433",
        Shape::Struct(_) | Shape::Enum(_) | Shape::Alias(_) => "E0412",
    };
    let name = path.rsplit("::").next().unwrap_or(path);
    Finding::major(path, error, "is removed").about(name)
}

fn added(path: &str, entry: &Entry) -> Finding {
    // Destructuring a value moves its fields out, which `Drop` forbids.
    if path.starts_with("impl Drop for ") {
        return Finding::major(path, "E0509", "is new");
    }
    let what = match entry.shape {
        Shape::Implementation(_) => "is implemented",
        _ => "is new",
    };
    let name = path.rsplit("::").next().unwrap_or(path);
    Finding::new(Step::Minor, path, what).about(name)
}

fn gated(path: &str, old: &Entry, new: &Entry) -> Finding {
    let message = format!("needs the features {}; it needed {}", new.gate, old.gate);
    let finding = if new.gate.holds_where(&old.gate) {
        Finding::new(Step::Minor, path, message)
    } else {
        Finding::major(path, if path.contains("::") { "E0433" } else { "E0432" }, message)
    };
    Finding { is_gate: true, ..finding }
}

fn changed(path: &str, old: &Entry, new: &Entry, found: &mut Vec<Finding>) {
    if new.is_deprecated && !old.is_deprecated {
        found.push(Finding::new(Step::Minor, path, "is deprecated; the compiler warns"));
    }
    if new.is_must_use && !old.is_must_use {
        found.push(Finding::new(Step::Minor, path, "is `must_use`; the compiler warns"));
    }
    if (old.is_deprecated && !new.is_deprecated) || (old.is_must_use && !new.is_must_use) {
        found.push(Finding::new(Step::Patch, path, "has fewer warnings"));
    }
    match (&old.shape, &new.shape) {
        (Shape::Struct(old), Shape::Struct(new)) => structs(path, old, new, found),
        (Shape::Enum(old), Shape::Enum(new)) => enums(path, old, new, found),
        (Shape::Function(old), Shape::Function(new)) => functions::compare(path, old, new, found),
        (Shape::Trait(old), Shape::Trait(new)) => traits(path, old, new, found),
        (Shape::Value(old) | Shape::Alias(old), Shape::Value(new) | Shape::Alias(new))
            if old != new =>
        {
            found.push(Finding::major(path, "E0308", format!("is `{new}`; it was `{old}`")));
        }
        (Shape::Implementation(old), Shape::Implementation(new)) if old != new => {
            found.push(Finding::major(path, "E0308", format!("has `{new}`; it had `{old}`")));
        }
        (Shape::Reexport(old), Shape::Reexport(new)) if old != new => {
            found.push(Finding::major(path, "E0308", format!("is `{new}`; it was `{old}`")));
        }
        (Shape::Macro(old), Shape::Macro(new)) if old != new => {
            found.push(Finding::major(path, "E0308", "takes or returns something else"));
        }
        (old, new) if std::mem::discriminant(old) != std::mem::discriminant(new) => {
            found.push(Finding::major(path, "E0574", "is another kind of item"));
        }
        _ => {}
    }
}

fn structs(path: &str, old: &Struct, new: &Struct, found: &mut Vec<Finding>) {
    if old.form != new.form {
        found.push(Finding::major(
            path,
            "E0533",
            format!("is a {} struct; it was {}", new.form, old.form),
        ));
    }
    if old.generics != new.generics {
        found.push(Finding::major(path, "E0107", "has other generic parameters"));
    }
    fields(path, old, new, found);
    match (old.is_non_exhaustive, new.is_non_exhaustive) {
        (false, true) if !old.has_private_fields => {
            found.push(Finding::major(
                path,
                "E0639",
                "is `non_exhaustive`: struct literals no longer compile",
            ));
        }
        (true, false) => {
            found.push(Finding::new(Step::Minor, path, "is no longer `non_exhaustive`"));
        }
        _ => {}
    }
    if old.is_constructible() && new.has_private_fields && !new.is_non_exhaustive {
        found.push(Finding::major(
            path,
            "E0451",
            "has private fields: struct literals no longer compile",
        ));
    }
}

fn fields(path: &str, old: &Struct, new: &Struct, found: &mut Vec<Finding>) {
    let added: Vec<&String> =
        new.fields.keys().filter(|name| !old.fields.contains_key(*name)).collect();
    let mut renamed = BTreeSet::new();
    for (name, (ty, gate)) in &old.fields {
        let item = format!("{path}.{name}");
        let Some((now, new_gate)) = new.fields.get(name) else {
            // One new field of the type is the same field under another name, as far as anyone can tell.
            let candidates: Vec<&&String> =
                added.iter().filter(|added| new.fields[**added].0 == *ty).collect();
            let mut finding = Finding::major(&item, "E0609", "is removed").about(name);
            if let [only] = candidates.as_slice() {
                renamed.insert((**only).clone());
                finding.message = format!("is removed; `{only}` has the same type");
                finding.names.insert((**only).clone());
            }
            found.push(finding);
            continue;
        };
        if ty != now {
            let message = format!("is `{now}`; it was `{ty}`");
            found.push(Finding::major(&item, "E0308", message).about(name));
        }
        if gate != new_gate && !new_gate.holds_where(gate) {
            found.push(Finding::major(&item, "E0609", format!("needs the features {new_gate}")));
        }
    }
    for name in added {
        let item = format!("{path}.{name}");
        let finding = if old.is_constructible() {
            let message = "is new: struct literals and patterns need it or end in `..`";
            Finding { only_literals: true, ..Finding::major(&item, "E0063", message) }
        } else {
            Finding::new(Step::Minor, &item, "is new")
        };
        found.push(finding.about(name));
    }
}

fn enums(path: &str, old: &Enum, new: &Enum, found: &mut Vec<Finding>) {
    if old.generics != new.generics {
        found.push(Finding::major(path, "E0107", "has other generic parameters"));
    }
    for (name, fields_before) in &old.variants {
        let item = format!("{path}::{name}");
        match new.variants.get(name) {
            None => found.push(Finding::major(&item, "E0599", "is removed").about(name)),
            Some(now) if now.form != fields_before.form => {
                found.push(Finding::major(&item, "E0533", "has other fields").about(name));
            }
            Some(now) => structs(&item, fields_before, now, found),
        }
    }
    for name in new.variants.keys().filter(|name| !old.variants.contains_key(*name)) {
        let item = format!("{path}::{name}");
        found.push(if old.is_non_exhaustive {
            Finding::new(Step::Minor, &item, "is new").about(name)
        } else {
            let message = "is new: a `match` without `_` no longer compiles";
            Finding::major(&item, "E0004", message).about(name)
        });
    }
    match (old.is_non_exhaustive, new.is_non_exhaustive) {
        (false, true) => {
            let message = "is `non_exhaustive`: a `match` without `_` no longer compiles";
            found.push(Finding::major(path, "E0004", message));
        }
        (true, false) => {
            found.push(Finding::new(Step::Minor, path, "is no longer `non_exhaustive`"));
        }
        _ => {}
    }
}

fn traits(path: &str, old: &Trait, new: &Trait, found: &mut Vec<Finding>) {
    if old.header != new.header {
        found.push(Finding::major(path, "E0277", "has other supertraits or generic parameters"));
    }
    for (name, (text, has_default)) in &old.items {
        let item = format!("{path}::{name}");
        match new.items.get(name) {
            None => found.push(Finding::major(&item, "E0407", "is removed")),
            Some((now, _)) if now != text => {
                found.push(Finding::major(&item, "E0053", "has another signature"));
            }
            Some((_, now)) if *has_default && !now => {
                found.push(Finding::major(&item, "E0046", "no longer has a default"));
            }
            Some(_) => {}
        }
    }
    for (name, (_, has_default)) in
        new.items.iter().filter(|(name, _)| !old.items.contains_key(*name))
    {
        let item = format!("{path}::{name}");
        found.push(match has_default {
            true => Finding::new(Step::Minor, &item, "is new"),
            false => Finding::major(&item, "E0046", "is new and has no default"),
        });
    }
}
