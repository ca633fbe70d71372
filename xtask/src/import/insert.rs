//! Adds members and items to a YAML file as text, in the style of what is around them.

use serde_json::Value;

use super::{
    draft::Order,
    edit::{Place, Text},
    write::yaml::{self, Style},
};
use crate::spec::child;

/// Adds a member to the object at a pointer. `false` if there is no safe place for it.
pub fn member(
    text: &mut Text<'_>,
    pointer: &str,
    name: &str,
    value: &Value,
    order: &Order,
) -> bool {
    match place(text, pointer) {
        Some(place) => member_at(text, &place, pointer, name, value, order),
        None => return false,
    }
    true
}

/// Adds a member after another one of the same object; at its end in flow style. `false` if there is no safe place.
pub fn member_after(
    text: &mut Text<'_>,
    pointer: &str,
    previous: &str,
    name: &str,
    value: &Value,
    order: &Order,
) -> bool {
    let after = child(pointer, previous);
    match text.after(&after).filter(|_| !text.is_anchored(pointer)) {
        Some(place) => member_at(text, &place, pointer, name, value, order),
        None => return member(text, pointer, name, value, order),
    }
    true
}

fn member_at(
    text: &mut Text<'_>,
    place: &Place,
    pointer: &str,
    name: &str,
    value: &Value,
    order: &Order,
) {
    let style = if pointer.ends_with("/properties") { Style::Names } else { Style::Object };
    let written = match place {
        Place::Lines { indent, .. } => yaml::member(name, value, style, *indent, order),
        Place::Flow { is_empty, .. } => {
            let separator = if *is_empty { "" } else { ", " };
            format!("{separator}{}: {}", yaml::key(name), yaml::flow(value, Style::Object, order))
        }
    };
    text.insert(place, written);
}

/// The line of a member whose value is written in flow style; on several lines if that is too long.
pub fn line(name: &str, value: &Value, indent: usize, order: &Order) -> String {
    const WIDTH: usize = 118;
    let flow = yaml::flow(value, Style::Data, order);
    let line = format!("{}{}: {flow}\n", " ".repeat(indent), yaml::key(name));
    match line.len() > WIDTH {
        true => yaml::member(name, value, Style::Object, indent, order),
        false => line,
    }
}

/// Adds an item to the list at a pointer. `false` if there is no safe place for it.
pub fn item(text: &mut Text<'_>, pointer: &str, value: &Value, order: &Order) -> bool {
    let Some(place) = place(text, pointer) else { return false };
    let written = match place {
        Place::Lines { indent, .. } => yaml::item(value, Style::Object, indent, order),
        Place::Flow { is_empty, .. } => {
            let separator = if is_empty { "" } else { ", " };
            format!("{separator}{}", yaml::flow(value, Style::Object, order))
        }
    };
    text.insert(&place, written);
    true
}

/// The place for something new. What has an anchor has copies, which would change too.
fn place(text: &Text<'_>, pointer: &str) -> Option<Place> {
    text.place(pointer).filter(|_| !text.is_anchored(pointer))
}
