//! Reads an overlay.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

use super::{Action, Change, Overlay, Version};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    import::input::Input,
    spec::child,
};

const ROOT_KEYS: [&str; 4] = ["overlay", "info", "extends", "actions"];

/// Reads an overlay.
///
/// # Errors
/// Everything that the specification of its version does not allow.
pub fn read(input: &Input) -> Result<Overlay, Diagnostics> {
    let mut reader = Reader { input, errors: Vec::new() };
    let overlay = reader.overlay();
    match overlay {
        Some(overlay) if reader.errors.is_empty() => Ok(overlay),
        _ => Err(Diagnostics(reader.errors)),
    }
}

struct Reader<'a> {
    input: &'a Input,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn location(&self, pointer: &str) -> Option<Location> {
        let mut pointer = pointer;
        loop {
            if let Some(location) = self.input.locations.get(pointer) {
                return Some(location.clone());
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    fn error(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        let location = self.location(pointer);
        self.errors.push(Diagnostic::new(message, location, help));
    }

    fn overlay(&mut self) -> Option<Overlay> {
        let Some(root) = self.input.value.as_object() else {
            self.error("", "an overlay is an object", "write `overlay`, `info` and `actions`");
            return None;
        };
        let version = self.version(root.get("overlay"));
        self.keys(root, "", &ROOT_KEYS);
        self.info(root.get("info"), version);
        let extends = self.string(root, "", "extends", false);
        let actions = match root.get("actions") {
            Some(Value::Array(actions)) if !actions.is_empty() => actions.as_slice(),
            Some(_) => {
                let message = "`actions` is not a list with at least one action";
                self.error("/actions", message, "write a list of objects with `target`");
                &[]
            }
            None => {
                self.error("", "the overlay has no `actions`", "list at least one");
                &[]
            }
        };
        let version = version?;
        let mut read = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let pointer = format!("/actions/{index}");
            if actions[..index].contains(action) {
                self.error(&pointer, "the action is listed twice", "remove one of them");
            }
            read.extend(self.action(action, &pointer, version));
        }
        Some(Overlay { version, extends, actions: read })
    }

    fn version(&mut self, value: Option<&Value>) -> Option<Version> {
        let parts: Vec<&str> =
            value.and_then(Value::as_str).unwrap_or_default().split('.').collect();
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match parts.as_slice() {
            ["1", "0", patch] if is_number(patch) => Some(Version::V1_0),
            ["1", "1", patch] if is_number(patch) => Some(Version::V1_1),
            _ => {
                let found = value.map_or("nothing".to_owned(), |value| format!("`{value}`"));
                self.error(
                    "/overlay",
                    format!("{found} is not a supported version of the Overlay Specification"),
                    "write `overlay: 1.0.0` or `overlay: 1.1.0`",
                );
                None
            }
        }
    }

    fn info(&mut self, value: Option<&Value>, version: Option<Version>) {
        let Some(info) = value.and_then(Value::as_object) else {
            self.error("/info", "`info` is not an object", "write `title` and `version`");
            return;
        };
        // In version 1.0, `info` has no description.
        let keys: &[&str] = match version {
            Some(Version::V1_0) => &["title", "version"],
            _ => &["title", "version", "description"],
        };
        self.keys(info, "/info", keys);
        self.string(info, "/info", "title", true);
        self.string(info, "/info", "version", true);
        self.string(info, "/info", "description", false);
    }

    fn action(&mut self, value: &Value, pointer: &str, version: Version) -> Option<Action> {
        let Some(action) = value.as_object() else {
            self.error(pointer, "an action is an object", "write `target` and what to change");
            return None;
        };
        let keys: &[&str] = match version {
            Version::V1_0 => &["target", "description", "update", "remove"],
            Version::V1_1 => &["target", "description", "update", "copy", "remove"],
        };
        self.keys(action, pointer, keys);
        self.string(action, pointer, "description", false);
        let target = self.path(action, pointer, "target", true);
        let copy = match version {
            Version::V1_0 => None,
            Version::V1_1 => self.path(action, pointer, "copy", false),
        };
        let removes = match action.get("remove") {
            None => false,
            Some(Value::Bool(removes)) => *removes,
            Some(_) => {
                let at = child(pointer, "remove");
                self.error(&at, "`remove` is not a boolean", "write `true` or `false`");
                false
            }
        };
        let change = match (removes, copy, action.get("update")) {
            (true, ..) => Change::Remove,
            (false, None, Some(update)) => Change::Update(update.clone()),
            (false, Some(copy), None) => Change::Copy(copy),
            (false, None, None) => Change::Nothing,
            (false, Some(_), Some(_)) => {
                let message = "the action has both `update` and `copy`, so neither has an effect";
                self.error(pointer, message, "write two actions");
                return None;
            }
        };
        Some(Action { target: target?, change, location: self.location(pointer) })
    }

    fn path(
        &mut self,
        members: &Map<String, Value>,
        pointer: &str,
        key: &str,
        is_required: bool,
    ) -> Option<JsonPath> {
        let path = self.string(members, pointer, key, is_required)?;
        let parsed = JsonPath::parse(&path);
        match parsed.or_else(|error| JsonPath::parse(&bracketed(&path)).map_err(|_| error)) {
            Ok(path) => Some(path),
            Err(error) => {
                self.error(
                    &child(pointer, key),
                    format!("`{path}` is not a JSONPath: {}", error.message()),
                    "write an expression of RFC 9535, such as `$.paths['/items'].get`",
                );
                None
            }
        }
    }

    fn string(
        &mut self,
        members: &Map<String, Value>,
        pointer: &str,
        key: &str,
        is_required: bool,
    ) -> Option<String> {
        match members.get(key) {
            Some(Value::String(string)) => Some(string.clone()),
            Some(_) => {
                let message = format!("`{key}` is not a string");
                self.error(&child(pointer, key), message, "quote it");
                None
            }
            None if is_required => {
                self.error(pointer, format!("`{key}` is missing"), "add it");
                None
            }
            None => None,
        }
    }

    fn keys(&mut self, members: &Map<String, Value>, pointer: &str, known: &[&str]) {
        for key in members.keys() {
            if !known.contains(&key.as_str()) && !key.starts_with("x-") {
                self.error(
                    &child(pointer, key),
                    format!("`{key}` is not a key of this object in this version"),
                    &format!("the keys are {}; others begin with `x-`", known.join(", ")),
                );
            }
        }
    }
}

/// Writes names with a hyphen in brackets: `$.info.x-owner` as `$.info['x-owner']`. RFC 9535 requires that, but the
/// examples of the Overlay Specification do not follow it.
fn bracketed(path: &str) -> String {
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut text = String::new();
    let mut quote = None;
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let name_end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
        let name = &rest[..name_end];
        if quote.is_none() && c == '.' && name.contains('-') {
            if text.ends_with('.') {
                text.push('.');
            }
            text.push_str(&format!("['{name}']"));
            rest = &rest[name_end..];
            continue;
        }
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_hyphens_are_bracketed_outside_of_quotes() {
        for (path, expected) in [
            ("$.info.x-owner.name", "$.info['x-owner'].name"),
            ("$..x-owner", "$..['x-owner']"),
            ("$.a[?@.x-b == 'c.d-e']", "$.a[?@['x-b'] == 'c.d-e']"),
            ("$['a.b-c'].d", "$['a.b-c'].d"),
            ("$.a[-1]", "$.a[-1]"),
        ] {
            assert_eq!(bracketed(path), expected);
            assert!(JsonPath::parse(&bracketed(path)).is_ok(), "{path}");
        }
    }
}
