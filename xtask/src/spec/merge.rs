//! Merging the files of a specification into one document.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use super::{
    ROOT, Source, Spec, child,
    load::{Parsed, parse},
};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};

/// What a file beside the root may have; everything else belongs into the root.
const PARTS: [&str; 2] = ["paths", "components"];

pub fn merge(sources: &[Source]) -> Result<Spec, Diagnostics> {
    let mut faults = Vec::new();
    let mut parsed = Vec::new();
    for source in sources {
        match parse(source) {
            Ok(file) => parsed.push((source, file)),
            Err(Diagnostics(found)) => faults.extend(found),
        }
    }
    if !faults.is_empty() {
        return Err(Diagnostics(faults));
    }
    let is_root = |source: &Source| source.path.file_name() == Some(ROOT.as_ref());
    let Some(at) = parsed.iter().position(|(source, _)| is_root(source)) else {
        return Err(Diagnostics::one(Diagnostic::new(
            format!("there is no `{ROOT}`"),
            None,
            "write one with `openapi`, `info`, `servers`, `security` and `tags`",
        )));
    };
    let (source, file) = parsed.remove(at);
    let mut merger = Merger { root: Map::new(), places: BTreeMap::new(), faults };
    merger.root(&source.path, file);
    for (source, file) in parsed {
        merger.part(&source.path, file);
    }
    if merger.faults.is_empty() {
        Ok(Spec { root: Value::Object(merger.root), places: merger.places })
    } else {
        Err(Diagnostics(merger.faults))
    }
}

struct Merger {
    root: Map<String, Value>,
    places: BTreeMap<String, Place>,
    faults: Vec<Diagnostic>,
}

impl Merger {
    fn root(&mut self, path: &Path, file: Parsed) {
        self.places.extend(file.places);
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
        for key in members.keys().filter(|key| !PARTS.contains(&key.as_str())) {
            self.faults.push(Diagnostic::new(
                format!("`{key}` does not belong into this file"),
                file.places.get(&child("", key)).cloned(),
                format!(
                    "move it into `{ROOT}`; a file beside it has `paths` and `components` only"
                ),
            ));
        }
        if let Some(paths) = members.get("paths") {
            self.join(path, "/paths", paths, &file.places);
        }
        match members.get("components") {
            Some(Value::Object(groups)) => {
                for (group, named) in groups {
                    self.join(path, &child("/components", group), named, &file.places);
                }
            }
            Some(Value::Null) | None => {}
            Some(_) => self.not_an_object(path, "`components`"),
        }
    }

    /// Adds the members of an object to the same object of the root.
    fn join(
        &mut self,
        path: &Path,
        pointer: &str,
        members: &Value,
        places: &BTreeMap<String, Place>,
    ) {
        let members = match members {
            Value::Object(members) => members,
            // An empty section of a file that has nothing to say there.
            Value::Null => return,
            _ => return self.not_an_object(path, &format!("`{pointer}`")),
        };
        for (key, member) in members {
            let pointer_of_member = child(pointer, key);
            let Some(target) = object_at(&mut self.root, pointer) else {
                return self.not_an_object(path, &format!("`{pointer}` of `{ROOT}`"));
            };
            if target.contains_key(key) {
                let kind = pointer.rsplit('/').next().unwrap_or_default().trim_end_matches('s');
                let first = self.places.get(&pointer_of_member).cloned();
                self.faults.push(
                    Diagnostic::new(
                        format!("the {kind} `{key}` is defined twice"),
                        places.get(&pointer_of_member).cloned(),
                        "keep one of the two, or give one another name",
                    )
                    .related("first defined", first),
                );
                continue;
            }
            target.insert(key.clone(), member.clone());
            for (pointer, place) in places.range(pointer_of_member.clone()..) {
                let inside = pointer.strip_prefix(&pointer_of_member);
                if !inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                    // Siblings that share a prefix sort between a value and its members.
                    if !pointer.starts_with(&pointer_of_member) {
                        break;
                    }
                    continue;
                }
                self.places.insert(pointer.clone(), place.clone());
            }
        }
    }

    fn not_an_object(&mut self, path: &Path, what: &str) {
        let place = Place { file: path.to_owned(), line: 1, column: 1 };
        self.faults.push(Diagnostic::new(
            format!("{what} is not a mapping"),
            Some(place),
            "write `key: value` lines there",
        ));
    }
}

/// The object at a pointer of one or two members, made where it is missing.
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
