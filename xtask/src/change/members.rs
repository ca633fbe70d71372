//! The members of objects.

use serde_json::Value;

use super::{
    Class,
    context::{At, Differ},
    view::{View, bare},
};

/// Compares the members of two objects.
pub(super) fn compare(differ: &mut Differ<'_>, at: &At, before: &View, after: &View, depth: usize) {
    let gone: Vec<&String> =
        before.properties.keys().filter(|name| !after.properties.contains_key(*name)).collect();
    let mut fresh: Vec<&String> =
        after.properties.keys().filter(|name| !before.properties.contains_key(*name)).collect();
    for name in gone {
        let place = format!("the member `{name}`");
        let member = at.inside("properties").inside(name).member(name, place.clone());
        let renamed = fresh.iter().position(|other| is_renamed(name, before, other, after, &fresh));
        if let Some(index) = renamed {
            let other = fresh.remove(index);
            let member =
                At { new: crate::spec::child(&at.inside("properties").new, other), ..member };
            let message = format!("{place} is called `{other}`");
            differ.push(Class::Breaking, "member-renamed", &member, message);
        } else {
            differ.push_removed(
                Class::Breaking,
                "member-removed",
                &member,
                format!("{place} is removed"),
            );
        }
    }
    for name in fresh {
        let place = format!("the member `{name}`");
        let member = at.inside("properties").inside(name).member(name, place.clone());
        added(differ, &member, after.required.contains(name));
    }
    for (name, old) in &before.properties {
        let Some(new) = after.properties.get(name) else { continue };
        let place = format!("the member `{name}`");
        let member = at.inside("properties").inside(name).member(name, place);
        let is_optional = |view: &View, schema: &Value, root: &Value| {
            (!view.required.contains(name), View::of(root, schema).nullable)
        };
        let was = is_optional(before, old, &differ.old.root);
        let is = is_optional(after, new, &differ.new.root);
        presence(differ, &member, was, is);
        differ.compare_inner(member, old, new, depth + 1);
    }
    required_without_member(differ, at, before, after);
}

/// A required name that no member has, as in an object that allows any member.
fn required_without_member(differ: &mut Differ<'_>, at: &At, before: &View, after: &View) {
    let names = |view: &View| -> Vec<String> {
        view.required.iter().filter(|name| !view.properties.contains_key(*name)).cloned().collect()
    };
    let (old, new) = (names(before), names(after));
    if old != new {
        let message = format!("{}requires other members that it does not describe", at.lead());
        differ.push(Class::Risky, "required-changed", at, message);
    }
}

fn added(differ: &mut Differ<'_>, member: &At, is_required: bool) {
    let (class, rule, message) = match (member.usage.sent, is_required) {
        (true, true) => (Class::Breaking, "required-member-added", "is new and required"),
        // Its value was in `extra`; a struct literal of a response needs it.
        (_, true) => (Class::Risky, "required-member-added", "is new and required"),
        (true, false) if !member.usage.received => (Class::Safe, "member-added", "is new"),
        _ => (Class::Risky, "member-added", "is new; its value is no longer in `extra`"),
    };
    differ.push(class, rule, member, format!("{} {message}", member.place));
}

/// Whether a new member is one that is gone, under another name: the only one with its schema, or one with its schema
/// and a name that differs in spelling only.
fn is_renamed(name: &str, before: &View, other: &str, after: &View, fresh: &[&String]) -> bool {
    let schema = bare(&before.properties[name]);
    let is_equal = |other: &str| {
        bare(&after.properties[other]) == schema
            && before.required.contains(name) == after.required.contains(other)
    };
    if !is_equal(other) {
        return false;
    }
    let letters = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    letters(name) == letters(other) || fresh.iter().filter(|other| is_equal(other)).count() == 1
}

/// Compares whether a member is always there: whether it is optional, and whether it may be null.
fn presence(differ: &mut Differ<'_>, member: &At, was: (bool, bool), is: (bool, bool)) {
    let ((was_optional, was_nullable), (is_optional, is_nullable)) = (was, is);
    let was_option = was_optional || was_nullable;
    let is_option = is_optional || is_nullable;
    if was_optional != is_optional {
        let (rule, message) = match is_optional {
            true => ("member-became-optional", "is optional; it was required"),
            false => ("member-became-required", "is required; it was optional"),
        };
        // A constructor takes what is required; a field of a response is an `Option` if it may be absent or null.
        let class = match member.usage.sent || was_option != is_option {
            true => Class::Breaking,
            false => Class::Risky,
        };
        differ.push(class, rule, member, format!("{} {message}", member.place));
    }
    if was_nullable != is_nullable {
        let (rule, message) = match is_nullable {
            true => ("member-became-nullable", "may be null"),
            false => ("member-became-not-nullable", "may no longer be null"),
        };
        let class = match (was_option != is_option, is_nullable) {
            (true, _) => Class::Breaking,
            // A null in a response was an error or a repair; a null in a body will be refused.
            (false, true) if member.usage.received => Class::Risky,
            (false, false) if member.usage.sent => Class::Risky,
            _ => Class::Safe,
        };
        differ.push(class, rule, member, format!("{} {message}", member.place));
    }
}
