//! Parameters in paths, queries, headers and cookies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Class,
    context::{At, Differ, resolved, shown},
    schemas,
    usage::Usage,
};
use crate::{model::resolve, spec::child};

/// A parameter with its pointer.
struct Found<'a> {
    name: String,
    place: String,
    pointer: String,
    value: &'a Value,
    is_required: bool,
}

/// Compares the parameters of an operation, each given as its path item and itself. `renamed` has the placeholders of
/// the old path by those of the new one.
pub(super) fn compare(
    differ: &mut Differ<'_>,
    at: &At,
    old: (&Value, &Value),
    new: (&Value, &Value),
    renamed: &BTreeMap<String, String>,
) {
    let (old_root, new_root) = (&differ.old.root, &differ.new.root);
    let before = parameters(old_root, old, &at.old);
    let mut after = parameters(new_root, new, &at.new);
    let mut gone = Vec::new();
    let mut pairs = Vec::new();
    for was in before {
        let in_path = was.place == "path";
        let name = if in_path { renamed.get(&was.name).unwrap_or(&was.name) } else { &was.name };
        match after.iter().position(|is| is.name == *name && is.place == was.place) {
            Some(index) => pairs.push((was, after.remove(index))),
            None => gone.push(was),
        }
    }
    let mut removed = Vec::new();
    for was in gone {
        match after.iter().position(|is| is.name == was.name) {
            Some(index) => pairs.push((was, after.remove(index))),
            None => removed.push(was),
        }
    }
    for (was, is) in &pairs {
        pair(differ, at, was, is);
    }
    for was in removed {
        let at = place(at, &was, &was);
        differ.push_removed(
            Class::Breaking,
            "parameter-removed",
            &at,
            format!("{} is removed", at.place),
        );
    }
    for is in after {
        let at = place(at, &is, &is);
        let (class, rule, message) = match is.is_required {
            true => (Class::Breaking, "required-parameter-added", "is new and required"),
            false => (Class::Safe, "parameter-added", "is new"),
        };
        differ.push(class, rule, &at, format!("{} {message}", at.place));
    }
}

fn parameters<'a>(
    root: &'a Value,
    (item, operation): (&'a Value, &'a Value),
    at: &str,
) -> Vec<Found<'a>> {
    let path = at.rsplit_once('/').map_or(at, |(path, _)| path);
    let mut found: Vec<Found<'_>> = Vec::new();
    for (list, pointer) in [(item, path), (operation, at)] {
        let list = list["parameters"].as_array();
        for (index, value) in list.into_iter().flatten().enumerate() {
            let pointer = resolved(root, &child(&child(pointer, "parameters"), &index.to_string()));
            let value = resolve(root, value);
            let (name, place) = (text(&value["name"]), text(&value["in"]));
            let is_required = value["required"] == true || place == "path";
            found.retain(|other| (&other.name, &other.place) != (&name, &place));
            found.push(Found { name, place, pointer, value, is_required });
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn place(at: &At, was: &Found<'_>, is: &Found<'_>) -> At {
    let at =
        At { old: was.pointer.clone(), new: is.pointer.clone(), usage: Usage::SENT, ..at.clone() };
    at.member(&was.name, format!("the parameter `{}`", was.name))
}

fn pair(differ: &mut Differ<'_>, at: &At, was: &Found<'_>, is: &Found<'_>) {
    let at = &place(at, was, is);
    let lead = &at.place;
    if was.name != is.name {
        let message = format!("{lead} is called `{}`; callers give it by position", is.name);
        differ.push(Class::Safe, "placeholder-renamed", at, message);
    }
    if was.place != is.place {
        let message = format!("{lead} is in the {}; it was in the {}", is.place, was.place);
        differ.push(Class::Risky, "parameter-moved", at, message);
    }
    if was.is_required != is.is_required {
        let (rule, message) = match is.is_required {
            true => ("parameter-became-required", "is required; it was optional"),
            false => ("parameter-became-optional", "is optional; it was required"),
        };
        differ.push(Class::Breaking, rule, at, format!("{lead} {message}"));
    }
    let format = |value: &Value| {
        ["style", "explode", "allowReserved", "allowEmptyValue", "content"].map(|key| match key {
            "content" => {
                let types = value["content"].as_object().into_iter().flatten();
                Value::from(types.map(|(name, _)| name.clone()).collect::<Vec<_>>())
            }
            key => value[key].clone(),
        })
    };
    if format(was.value) != format(is.value) {
        let message = format!("{lead} is written in another style");
        differ.push(Class::Risky, "parameter-style-changed", at, message);
    }
    if (was.value["deprecated"] == true) != (is.value["deprecated"] == true) {
        let (class, message) = match is.value["deprecated"] == true {
            true => (Class::Risky, "is deprecated"),
            false => (Class::Safe, "is no longer deprecated"),
        };
        differ.push(class, "deprecation-changed", at, format!("{lead} {message}"));
    }
    let changed = |key: &str| was.value[key] != is.value[key];
    if ["description", "x-evidence", "example", "examples"].into_iter().any(changed) {
        differ.push(
            Class::Safe,
            "documentation-changed",
            at,
            format!("{lead} has other documentation"),
        );
    }
    for key in ["x-sunset", "x-stability-level"].into_iter().filter(|key| changed(key)) {
        let message = format!("{lead} has the `{key}` {}", shown(&is.value[key]));
        differ.push(Class::Risky, "lifecycle-changed", at, message);
    }
    let (old, new) = (schema(was.value), schema(is.value));
    schemas::compare(differ, &at.inside("schema"), old, new, 1);
}

/// The schema of a parameter, or that of its content.
fn schema(parameter: &Value) -> &Value {
    let content = parameter["content"].as_object().and_then(|content| content.values().next());
    content.map_or(&parameter["schema"], |content| &content["schema"])
}
