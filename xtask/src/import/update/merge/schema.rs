//! Members, parts and values of schemas.

use serde_json::{Map, Value};

use super::{
    super::known::bare,
    Merge, RULE,
    differences::{required, type_of},
};
use crate::{import::schemas, spec::child};

/// The keys that compose schemas.
const PARTS: [&str; 3] = ["allOf", "oneOf", "anyOf"];

impl Merge<'_, '_> {
    /// A schema: `at` is its pointer in the file.
    pub fn schema(&mut self, ours: &Value, theirs: &Value, at: &str, depth: usize) {
        let (bare_ours, bare_theirs) = (bare(ours), bare(theirs));
        match (bare_ours["$ref"].as_str(), bare_theirs["$ref"].as_str()) {
            (Some(a), Some(b)) if a == b => return self.keys(ours, theirs, at),
            (None, None) => {}
            (a, b) => {
                return self.differs(
                    at,
                    a.unwrap_or("a description"),
                    b.unwrap_or("a description"),
                );
            }
        }
        let (a, b) = (type_of(ours), type_of(theirs));
        if a != b && a.is_some() && b.is_some() {
            return self.differs(at, a.unwrap_or_default(), b.unwrap_or_default());
        }
        let has_parts = |schema: &Value| PARTS.iter().any(|key| schema.get(*key).is_some());
        if a != b && !has_parts(ours) && !has_parts(theirs) {
            self.differs(at, a.unwrap_or("any type"), b.unwrap_or("any type"));
        }
        self.values(ours, theirs, at);
        for key in ["items", "additionalProperties"] {
            if let (Some(Value::Object(_)), Some(Value::Object(_))) =
                (ours.get(key), theirs.get(key))
            {
                self.schema(&ours[key], &theirs[key], &child(at, key), depth + 1);
            }
        }
        self.parts(ours, theirs, at, depth);
        self.members(ours, theirs, at, depth);
        self.keys(ours, theirs, at);
    }

    /// The parts of a composed schema.
    fn parts(&mut self, ours: &Value, theirs: &Value, at: &str, depth: usize) {
        for key in PARTS {
            let list = |schema: &Value| schema[key].as_array().cloned().unwrap_or_default();
            let (own, new) = (list(ours), list(theirs));
            if own.len() == new.len() {
                for (index, (ours, theirs)) in own.iter().zip(&new).enumerate() {
                    let at = format!("{}/{index}", child(at, key));
                    self.schema(ours, theirs, &at, depth + 1);
                }
            } else {
                let (own, new) = (own.len(), new.len());
                let message = "composed schemas that were edited here have other parts; correct them, or keep them";
                let detail = format!("{own} parts here, {new} in the vendor's file");
                self.decide(message, &child(at, key), &detail);
            }
        }
    }

    fn members(&mut self, ours: &Value, theirs: &Value, at: &str, depth: usize) {
        let empty = Map::new();
        let new = theirs["properties"].as_object().unwrap_or(&empty);
        let Some(own) = ours["properties"].as_object() else {
            if new.is_empty() {
                let lists = [required(ours), required(theirs)];
                self.obligations(at, [&lists[0], &[]], [&lists[1], &[]], &[]);
            } else {
                self.differs(at, "no members", "members");
            }
            return;
        };
        // The name here of a member of the vendor.
        let ours_of = |name: &str| {
            let is_alias = |(_, member): &(&String, &Value)| {
                member["x-aliases"].as_array().is_some_and(|all| all.iter().any(|a| a == name))
            };
            let renamed = || own.iter().find(is_alias).map(|(name, _)| name.clone());
            if own.contains_key(name) { Some(name.to_owned()) } else { renamed() }
        };
        let pointer = child(at, "properties");
        let names = self.order.keys(new);
        let mut known: Vec<String> = Vec::new();
        for name in &names {
            if let Some(here) = ours_of(name) {
                if here == **name {
                    self.schema(&own[*name], &new[*name], &child(&pointer, name), depth + 1);
                }
                known.push(here);
            }
        }
        let written = self.written.filter(|_| depth == 0);
        let is_written = |name: &String| written.is_some_and(|written| written.contains(name));
        let only_here: Vec<&String> = own
            .keys()
            .filter(|name| !known.contains(name))
            .filter(|name| written.is_none() || is_written(name))
            .collect();
        self.removed(ours, &only_here, at);
        let mut added: Vec<&str> = Vec::new();
        let mut gone: Vec<&str> = Vec::new();
        for name in names.into_iter().filter(|name| ours_of(name).is_none()) {
            if is_written(name) {
                gone.push(name);
            } else if self.add(&pointer, name, &new[name], "members were added") {
                added.push(name);
            }
        }
        let required_here = required(ours);
        let required_there: Vec<String> = required(theirs)
            .into_iter()
            .map(|name| ours_of(name).unwrap_or_else(|| name.to_owned()))
            .collect();
        let (mut rest, mut names) = (Vec::new(), Vec::new());
        for name in &required_there {
            match added.contains(&name.as_str()) && !required_here.contains(&name.as_str()) {
                true => names.push(name.as_str()),
                false => rest.push(name.as_str()),
            }
        }
        self.require(ours, &names, at);
        let members: Vec<&str> = own.keys().map(String::as_str).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        self.obligations(at, [&required_here, &members], [&rest, &known], &gone);
    }

    /// Adds the names of new members to `required`.
    fn require(&mut self, ours: &Value, names: &[&str], at: &str) {
        let pointer = child(at, "required");
        if names.is_empty() {
            return;
        }
        if ours.get("required").is_none() {
            let message = "new members are required";
            self.add(at, "required", &Value::from(names), message);
            return;
        }
        for name in names {
            if self.item(&pointer, &Value::from(*name)) {
                self.report.changed(RULE, "new members are required", &schemas::place(at), name);
            }
        }
    }

    fn values(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let (Some(own), Some(new)) = (ours["enum"].as_array(), theirs["enum"].as_array()) else {
            return;
        };
        // Lists next to the values would no longer fit.
        let has_lists =
            ["x-enum-names", "x-enum-descriptions"].iter().any(|key| ours.get(key).is_some());
        for value in own.iter().filter(|value| !new.contains(value)) {
            let message = "values that the vendor's file does not have; remove them, or keep them";
            self.decide(message, &child(at, "enum"), &value.to_string());
        }
        for value in new.iter().filter(|value| !own.contains(value)) {
            if has_lists {
                self.report.to_decide(
                    RULE,
                    "the vendor has a further value; the enum has a name or a description for each",
                    &schemas::place(at),
                    &value.to_string(),
                );
                continue;
            }
            if self.item(&child(at, "enum"), value) {
                let message = "values of enums were added";
                self.report.changed(RULE, message, &schemas::place(at), &value.to_string());
            }
        }
    }
}
