//! Merges the files of a specification into one document.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use super::{ROOT_FILE, ROOT_FILES, Source, Spec, child, load::parse, parsed::Parsed};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};

/// The sections that files other than the root may have.
const SECTIONS: [&str; 2] = ["paths", "components"];

pub fn merge(sources: &[Source]) -> Result<Spec, Diagnostics> {
    let mut errors = Vec::new();
    let mut parsed = Vec::new();
    for source in sources {
        match parse(source) {
            Ok(file) => parsed.push((source, file)),
            Err(Diagnostics(found)) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(Diagnostics(errors));
    }
    let is_root = |source: &Source| {
        let name = source.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| ROOT_FILES.contains(&name))
    };
    let mut roots = (0..parsed.len()).filter(|index| is_root(parsed[*index].0));
    let Some(root_index) = roots.next() else {
        return Err(Diagnostics::one(Diagnostic::new(
            format!("there is no `{ROOT_FILE}`"),
            None,
            "add it, with `openapi`, `info`, `servers`, `security` and `tags`",
        )));
    };
    if let Some(second) = roots.next() {
        let [first, second] = [root_index, second].map(|index| parsed[index].0.path.clone());
        let start = |file| Some(Location { file, line: 1, column: 1 });
        return Err(Diagnostics::one(
            Diagnostic::new(
                "the folder has two roots of a specification",
                start(second),
                "keep one of them; the other files of a folder have other names",
            )
            .related("the other one", start(first)),
        ));
    }
    drop(roots);
    let (source, file) = parsed.remove(root_index);
    let mut merger = Merger { root: Map::new(), locations: BTreeMap::new(), errors };
    merger.root(&source.path, file);
    for (source, file) in parsed {
        merger.part(&source.path, file);
    }
    if merger.errors.is_empty() {
        let folder = source.path.parent().and_then(|folder| folder.file_name());
        let vendor = folder.and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok(Spec { root: Value::Object(merger.root), vendor, locations: merger.locations })
    } else {
        Err(Diagnostics(merger.errors))
    }
}

struct Merger {
    root: Map<String, Value>,
    locations: BTreeMap<String, Location>,
    errors: Vec<Diagnostic>,
}

impl Merger {
    fn root(&mut self, path: &Path, file: Parsed) {
        self.locations.extend(file.locations);
        match file.value {
            Value::Object(members) => self.root = members,
            _ => self.not_an_object(path, "the file"),
        }
        self.root.entry("paths").or_insert_with(|| json!({}));
        self.root.entry("components").or_insert_with(|| json!({}));
    }

    fn part(&mut self, path: &Path, file: Parsed) {
        let Value::Object(members) = file.value else {
            return self.not_an_object(path, "the file");
        };
        for key in members.keys().filter(|key| !SECTIONS.contains(&key.as_str())) {
            self.errors.push(Diagnostic::new(
                format!("`{key}` does not belong in this file"),
                file.locations.get(&child("", key)).cloned(),
                format!("move it to `{ROOT_FILE}`; other files have `paths` and `components` only"),
            ));
        }
        if let Some(paths) = members.get("paths") {
            self.join(path, "/paths", paths, &file.locations);
        }
        match members.get("components") {
            Some(Value::Object(groups)) => {
                for (group, named) in groups {
                    self.join(path, &child("/components", group), named, &file.locations);
                }
            }
            Some(Value::Null) | None => {}
            Some(_) => self.not_an_object(path, "`components`"),
        }
    }

    /// Adds members to the object of the root at a pointer.
    fn join(
        &mut self,
        path: &Path,
        pointer: &str,
        members: &Value,
        locations: &BTreeMap<String, Location>,
    ) {
        let members = match members {
            Value::Object(members) => members,
            // An empty section.
            Value::Null => return,
            _ => return self.not_an_object(path, &format!("`{pointer}`")),
        };
        for (key, member) in members {
            let pointer_of_member = child(pointer, key);
            let Some(target) = object_at(&mut self.root, pointer) else {
                return self.not_an_object(path, &format!("`{pointer}` of `{ROOT_FILE}`"));
            };
            if target.contains_key(key) {
                let kind = pointer.rsplit('/').next().unwrap_or_default().trim_end_matches('s');
                let first = self.locations.get(&pointer_of_member).cloned();
                self.errors.push(
                    Diagnostic::new(
                        format!("the {kind} `{key}` is defined twice"),
                        locations.get(&pointer_of_member).cloned(),
                        "keep one of them, or rename one",
                    )
                    .related("first defined at", first),
                );
                continue;
            }
            target.insert(key.clone(), member.clone());
            for (pointer, location) in locations.range(pointer_of_member.clone()..) {
                let inside = pointer.strip_prefix(&pointer_of_member);
                if !inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                    // A sibling whose name begins with this one, such as `/a-b`, sorts between `/a` and `/a/x`.
                    if !pointer.starts_with(&pointer_of_member) {
                        break;
                    }
                    continue;
                }
                self.locations.insert(pointer.clone(), location.clone());
            }
        }
    }

    fn not_an_object(&mut self, path: &Path, what: &str) {
        let location = Location { file: path.to_owned(), line: 1, column: 1 };
        self.errors.push(Diagnostic::new(
            format!("{what} is not a mapping"),
            Some(location),
            "write `key: value` lines",
        ));
    }
}

/// The object at a pointer; missing objects on the path to it are created.
fn object_at<'a>(
    root: &'a mut Map<String, Value>,
    pointer: &str,
) -> Option<&'a mut Map<String, Value>> {
    let mut object = root;
    for key in pointer.split('/').skip(1) {
        object = object.entry(key).or_insert_with(|| json!({})).as_object_mut()?;
    }
    Some(object)
}
