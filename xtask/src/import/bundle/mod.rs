//! Brings what a file refers to in other files into one document.
//!
//! A reference in place of a schema, parameter, response and so on makes its target a component, so that it is one type
//! wherever it is used. Any other reference, such as that of a path or an operation, is replaced by its target.

mod kinds;

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::{draft::Order, input::Input};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    spec::child,
};
use kinds::Kind;

/// Longer chains of references are circles.
const MAX_DEPTH: usize = 60;

/// A place in a file.
type Target = (PathBuf, String);

/// A document without references to other files.
pub struct Bundled {
    pub document: Value,
    /// The references that lead to nothing in it, with the first place of each.
    pub dangling: BTreeMap<String, Location>,
}

/// Replaces the references of a document that lead to other files.
///
/// # Errors
/// [`Diagnostics`] with every reference that leads to the network, to a missing file, or to nothing.
pub fn bundle(root: &Input, order: &mut Order) -> Result<Bundled, Diagnostics> {
    let mut bundler = Bundler {
        is_v2: root.value.get("swagger").is_some(),
        root: normal(&root.path),
        files: BTreeMap::new(),
        names: BTreeMap::new(),
        taken: BTreeMap::new(),
        components: Vec::new(),
        errors: Vec::new(),
        local: BTreeMap::new(),
        order,
    };
    let mut document = root.value.clone();
    let file = File { path: bundler.root.clone(), locations: root.locations.clone() };
    bundler.sections(&mut document, &file);
    bundler.known_names(&document);
    bundler.value(&mut document, Kind::Document, &file, "", 0);
    if !bundler.errors.is_empty() {
        return Err(Diagnostics(bundler.errors));
    }
    for (group, name, value) in bundler.components {
        let groups =
            if bundler.is_v2 { &mut document } else { object(&mut document, "components") };
        object(groups, group)[&name] = value;
    }
    let mut dangling = bundler.local;
    dangling.retain(|target, _| {
        target.strip_prefix('#').is_some_and(|at| document.pointer(at).is_none())
    });
    Ok(Bundled { document, dangling })
}

/// The object at a key; one is made if there is none.
fn object<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    if !value[key].is_object() {
        value[key] = json!({});
    }
    &mut value[key]
}

/// The file that a value comes from.
#[derive(Clone)]
struct File {
    path: PathBuf,
    locations: BTreeMap<String, Location>,
}

struct Bundler<'a> {
    is_v2: bool,
    root: PathBuf,
    files: BTreeMap<PathBuf, Input>,
    /// The references to what has become a component.
    names: BTreeMap<Target, String>,
    /// What has a name, by group and name.
    taken: BTreeMap<(&'static str, String), Option<Target>>,
    components: Vec<(&'static str, String, Value)>,
    errors: Vec<Diagnostic>,
    /// The references into the document, with the first place of each.
    local: BTreeMap<String, Location>,
    order: &'a mut Order,
}

impl Bundler<'_> {
    /// Replaces references in place of whole sections, so that the names in them are known.
    fn sections(&mut self, document: &mut Value, file: &File) {
        let mut pointers = vec!["/paths".to_owned(), "/components".to_owned()];
        let groups = Kind::GROUPS.map(|(_, group)| self.group_pointer(group));
        pointers.extend(groups);
        for pointer in pointers {
            let Some(section) = document.pointer_mut(&pointer) else { continue };
            if section.get("$ref").is_some() {
                self.inline(section, Kind::Any, file, &pointer, 0);
            }
        }
    }

    /// The pointer of a group of components.
    fn group_pointer(&self, group: &str) -> String {
        match (self.is_v2, group) {
            (true, "schemas") => "/definitions".to_owned(),
            (true, group) => child("", group),
            (false, group) => child("/components", group),
        }
    }

    /// Takes the names of the document's own components. One that is itself a reference gives its name to the target.
    fn known_names(&mut self, document: &Value) {
        for (_, group) in Kind::GROUPS {
            let pointer = self.group_pointer(group);
            let members = document.pointer(&pointer).and_then(Value::as_object);
            for (name, value) in members.into_iter().flatten() {
                let target = value["$ref"]
                    .as_str()
                    .and_then(|target| self.target(target, &self.root.clone()));
                let target = target.filter(|(path, _)| *path != self.root);
                if let Some(target) = &target {
                    let own = format!("#{}", child(&pointer, name));
                    self.names.entry(target.clone()).or_insert(own);
                }
                self.taken.insert((group, name.clone()), target);
            }
        }
    }

    fn value(&mut self, value: &mut Value, kind: Kind, file: &File, at: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return self.error(
                file,
                at,
                "this is nested too deeply, or refers to itself",
                "break the circle",
            );
        }
        match value {
            Value::Object(members) => {
                if members.get("$ref").is_some_and(Value::is_string) && kind != Kind::Names {
                    return self.reference(value, kind, file, at, depth);
                }
                for (key, member) in members {
                    let kind = kind.member(key, member);
                    self.value(member, kind, file, &child(at, key), depth + 1);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(item, kind, file, &format!("{at}/{index}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, value: &mut Value, kind: Kind, file: &File, at: &str, depth: usize) {
        let written = value["$ref"].as_str().unwrap_or_default().to_owned();
        let is_local = file.path == self.root && written.starts_with('#');
        if is_local {
            return self.refers(written, file, at);
        }
        if written.contains("://") {
            return self.error(
                file,
                at,
                &format!("the reference `{written}` leads to the network"),
                "download that file, and refer to it by its path",
            );
        }
        let Some(target) = self.target(&written, &file.path) else {
            return self.error(
                file,
                at,
                &format!("`{written}` is not a reference"),
                "write a path or `#/...`",
            );
        };
        if target.0 == self.root {
            let target = format!("#{}", target.1);
            value["$ref"] = json!(target);
            return self.refers(target, file, at);
        }
        let Some(group) = kind.group() else { return self.inline(value, kind, file, at, depth) };
        let pointer = self.group_pointer(group);
        // A component that is only a reference is replaced by the target, which has its name.
        let own = (file.path == self.root).then(|| format!("#{at}"));
        if own.is_some() && self.names.get(&target) == own.as_ref() {
            return self.inline(value, kind, file, at, depth);
        }
        if let Some(name) = self.names.get(&target) {
            value["$ref"] = json!(name);
            return;
        }
        let Some((mut found, source)) = self.load(&target, &written, file, at) else { return };
        let name = self.name(group, &target);
        let reference = format!("#{}", child(&pointer, &name));
        self.names.insert(target.clone(), reference.clone());
        value["$ref"] = json!(reference);
        self.value(&mut found, kind, &source, &target.1, depth + 1);
        self.components.push((group, name, found));
    }

    /// Replaces a reference by its target; members next to it stay.
    fn inline(&mut self, value: &mut Value, kind: Kind, file: &File, at: &str, depth: usize) {
        let written = value["$ref"].as_str().unwrap_or_default().to_owned();
        let target = self.target(&written, &file.path);
        let Some(target) =
            target.filter(|(path, pointer)| *path != self.root || !pointer.is_empty())
        else {
            return;
        };
        // The vendor's own values may look like references.
        let is_data = kind == Kind::Data;
        if is_data && !target.0.is_file() {
            return;
        }
        let Some((mut found, source)) = self.load(&target, &written, file, at) else { return };
        self.value(&mut found, kind, &source, &target.1, depth + 1);
        let siblings: Map<String, Value> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "$ref")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if let Some(members) = found.as_object_mut() {
            members.extend(siblings);
        }
        *value = found;
    }

    /// The file and the pointer of a reference.
    fn target(&self, written: &str, base: &Path) -> Option<Target> {
        let (path, pointer) = written.split_once('#').unwrap_or((written, ""));
        let path = decoded(path);
        let path = match path.as_str() {
            "" => base.to_owned(),
            path => normal(&base.parent().unwrap_or(Path::new("")).join(path)),
        };
        let pointer = decoded(pointer);
        (pointer.is_empty() || pointer.starts_with('/')).then_some((path, pointer))
    }

    /// The value at a target, and its file.
    fn load(
        &mut self,
        target: &Target,
        written: &str,
        file: &File,
        at: &str,
    ) -> Option<(Value, File)> {
        if !self.files.contains_key(&target.0) {
            match Input::read(&target.0, self.order) {
                Ok(input) => {
                    self.files.insert(target.0.clone(), input);
                }
                Err(_) if !target.0.is_file() => {
                    let message = format!("`{written}` leads to a file that does not exist");
                    let help = format!("add {}, or correct the reference", target.0.display());
                    self.error(file, at, &message, &help);
                    return None;
                }
                Err(Diagnostics(errors)) => {
                    self.errors.extend(errors);
                    return None;
                }
            }
        }
        let input = self.files.get(&target.0)?;
        match input.value.pointer(&target.1) {
            Some(value) => {
                let file = File { path: target.0.clone(), locations: BTreeMap::new() };
                Some((value.clone(), file))
            }
            None => {
                let message = format!("`{written}` leads to nothing");
                let help =
                    format!("{} has no such place; correct the reference", target.0.display());
                self.error(file, at, &message, &help);
                None
            }
        }
    }

    /// A free name for a target: the last part of its pointer, or the name of its file.
    fn name(&mut self, group: &'static str, target: &Target) -> String {
        let stem =
            |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let last = target.1.rsplit('/').next().filter(|last| !last.is_empty());
        let name = match last {
            Some(last) => last.replace("~1", "/").replace("~0", "~"),
            None => stem(&target.0),
        };
        let folder = target.0.parent().map(stem).unwrap_or_default();
        let numbered = (2..u32::MAX).map(|number| format!("{name}-{number}"));
        let mut candidates = [name.clone(), format!("{folder}-{name}")].into_iter().chain(numbered);
        let free = candidates.find(|name| !self.taken.contains_key(&(group, name.clone())));
        let name = free.unwrap_or(name);
        self.taken.insert((group, name.clone()), Some(target.clone()));
        name
    }

    /// Remembers the place of a reference into the document.
    fn refers(&mut self, target: String, file: &File, at: &str) {
        let location = self.location(file, &child(at, "$ref"));
        self.local.entry(target).or_insert(location);
    }

    /// The location of a value in its file; that of the file where it is not known.
    fn location(&self, file: &File, at: &str) -> Location {
        let known = file.locations.get(at).cloned();
        let input = self.files.get(&file.path);
        let start = Location { file: file.path.clone(), line: 1, column: 1 };
        known.or_else(|| input?.locations.get(at).cloned()).unwrap_or(start)
    }

    fn error(&mut self, file: &File, at: &str, message: &str, help: &str) {
        let error = Diagnostic::new(message, Some(self.location(file, at)), help);
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if normal.file_name().is_some() => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// Percent-encoded characters as they are.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_pointers_are_plain() {
        assert_eq!(normal(Path::new("a/./b/../c.yaml")), Path::new("a/c.yaml"));
        assert_eq!(normal(Path::new("../c.yaml")), Path::new("../c.yaml"));
        assert_eq!(decoded("a%20b%2"), "a b%2");
    }
}
