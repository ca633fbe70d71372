//! Adds what the vendor's file has to operations and schemas that were edited: new parameters, members and values of
//! enums. What differs otherwise is reported; nothing that is written changes.

use serde_json::{Map, Value};

use super::{
    differences::{required, type_of},
    known::bare,
};
use crate::{
    import::{
        draft::Order,
        edit::{Place, Text},
        report::Report,
        schemas,
        write::yaml::{self, Style},
    },
    spec::child,
};

/// The rule of all entries.
pub const RULE: &str = "update";

/// The keys that compose schemas.
const PARTS: [&str; 3] = ["allOf", "oneOf", "anyOf"];

/// Where a value is compared.
pub struct Merge<'a, 'b> {
    pub text: &'a mut Text<'b>,
    pub order: &'a Order,
    pub report: &'a mut Report,
    /// The members that an earlier import wrote, where that is known: those that are missing now were removed on purpose.
    pub written: Option<&'a [String]>,
    /// Whether differences are reported. On the first import onto a folder there would be one everywhere.
    pub is_tracked: bool,
}

impl Merge<'_, '_> {
    /// An operation: `at` is its pointer in the file.
    pub fn operation(&mut self, ours: &Value, theirs: &Value, at: &str, documents: [&Value; 2]) {
        // What is inside others comes first: an insertion at the end of both belongs to the inner one.
        let bodies = (ours.get("requestBody"), theirs.get("requestBody"));
        if let (Some(ours), Some(theirs)) = bodies
            && ours.get("$ref").is_none()
            && theirs.get("$ref").is_none()
        {
            self.content(ours, theirs, &child(at, "requestBody"));
        }
        let success = |operation: &Value| {
            let responses = operation["responses"].as_object()?;
            responses.keys().find(|status| status.starts_with('2')).cloned()
        };
        if let (Some(our_status), Some(their_status)) = (success(ours), success(theirs)) {
            let (ours, theirs) =
                (&ours["responses"][&our_status], &theirs["responses"][&their_status]);
            if ours.get("$ref").is_none() && theirs.get("$ref").is_none() {
                self.content(ours, theirs, &child(&child(at, "responses"), &our_status));
            }
        }
        self.parameters(ours, theirs, at, documents);
        if let (None, Some(body)) = bodies {
            self.add(at, "requestBody", body, "bodies were added");
        }
        self.positions(ours, theirs, at);
    }

    fn parameters(
        &mut self,
        ours: &Value,
        theirs: &Value,
        at: &str,
        [our_root, their_root]: [&Value; 2],
    ) {
        fn resolved<'v>(root: &'v Value, parameter: &'v Value) -> &'v Value {
            let target = parameter["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
            target.and_then(|target| root.pointer(target)).unwrap_or(parameter)
        }
        let names_of = |root: &Value, parameter: &Value| {
            let parameter = resolved(root, parameter);
            (parameter["name"].clone(), parameter["in"].clone())
        };
        let list =
            |operation: &Value| operation["parameters"].as_array().cloned().unwrap_or_default();
        let (own, theirs) = (list(ours), list(theirs));
        let known: Vec<_> = own.iter().map(|parameter| names_of(our_root, parameter)).collect();
        let pointer = child(at, "parameters");
        let mut new: Vec<Value> = Vec::new();
        let mut found: Vec<usize> = Vec::new();
        for parameter in theirs {
            let names = names_of(their_root, &parameter);
            if let Some(index) = known.iter().position(|known| *known == names) {
                found.push(index);
                // A component is merged where it is described.
                if own[index].get("$ref").is_none() {
                    let theirs = resolved(their_root, &parameter);
                    self.parameter(&own[index], theirs, &format!("{pointer}/{index}"));
                }
            } else if names.1 != "path" {
                // Placeholders may have other names here.
                new.push(parameter);
            }
        }
        for (_, (name, _)) in known
            .iter()
            .enumerate()
            .filter(|(index, (_, location))| location != "path" && !found.contains(index))
        {
            let message =
                "parameters that the vendor's file does not have; remove them, or keep them";
            self.decide(message, &pointer, &name.to_string());
        }
        let is_placed = match own.is_empty() && !new.is_empty() {
            true => {
                let is_placed = self.insert(at, "parameters", &Value::Array(new.clone()));
                vec![is_placed; new.len()]
            }
            false => new.iter().map(|parameter| self.item(&pointer, parameter)).collect(),
        };
        for (parameter, _) in new.iter().zip(is_placed).filter(|(_, is_placed)| *is_placed) {
            let parameter = resolved(their_root, parameter);
            let message = match parameter["required"] == true {
                true => "required parameters were added",
                false => "optional parameters were added",
            };
            let name = parameter["name"].as_str().unwrap_or_default();
            self.report.changed(RULE, message, &schemas::place(at), name);
        }
    }

    /// A parameter that both have.
    fn parameter(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let is_required = |parameter: &Value| parameter["required"] == true;
        if is_required(ours) != is_required(theirs) {
            let word = |parameter: &Value| match is_required(parameter) {
                true => "required",
                false => "optional",
            };
            let (name, here, there) = (&ours["name"], word(ours), word(theirs));
            let message = "parameters that were edited here differ; correct them, or keep them";
            let detail = format!("{name} is {here} here, {there} in the vendor's file");
            self.decide(message, at, &detail);
        }
        if let (Some(ours), Some(theirs)) = (ours.get("schema"), theirs.get("schema")) {
            self.schema(ours, theirs, &child(at, "schema"), 0);
        }
    }

    fn content(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let (Some(our_content), Some(their_content)) =
            (ours["content"].as_object(), theirs["content"].as_object())
        else {
            return;
        };
        for media_type in their_content.keys().filter(|name| !our_content.contains_key(*name)) {
            let message =
                "media types that only the vendor's file has; add them, or leave them out";
            self.decide(message, &child(at, "content"), media_type);
        }
        for (media_type, ours) in our_content {
            let theirs = their_content.get(media_type).and_then(|theirs| theirs.get("schema"));
            if let (Some(ours), Some(theirs)) = (ours.get("schema"), theirs) {
                let at = child(&child(&child(at, "content"), media_type), "schema");
                self.schema(ours, theirs, &at, 0);
            }
        }
    }

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

    /// Inserts a member, and reports it. `false` if there is no place for it.
    fn add(&mut self, pointer: &str, name: &str, value: &Value, message: &str) -> bool {
        let is_added = self.insert(pointer, name, value);
        if is_added {
            let list = value.as_array().filter(|_| name == "required");
            let names: Vec<&str> = list
                .map_or_else(|| vec![name], |list| list.iter().filter_map(Value::as_str).collect());
            for name in names {
                self.report.changed(RULE, message, &schemas::place(pointer), name);
            }
        }
        is_added
    }

    /// Inserts a member into the object at a pointer.
    fn insert(&mut self, pointer: &str, name: &str, value: &Value) -> bool {
        let style = if pointer.ends_with("/properties") { Style::Names } else { Style::Object };
        let Some(place) = self.place(pointer) else { return self.unplaced(pointer, name) };
        let text = match place {
            Place::Lines { indent, .. } => yaml::member(name, value, style, indent, self.order),
            Place::Flow { is_empty, .. } => {
                let separator = if is_empty { "" } else { ", " };
                format!(
                    "{separator}{}: {}",
                    yaml::key(name),
                    yaml::flow(value, Style::Object, self.order)
                )
            }
        };
        self.text.insert(&place, text);
        true
    }

    /// Inserts an item into the list at a pointer.
    pub fn item(&mut self, pointer: &str, value: &Value) -> bool {
        let Some(place) = self.place(pointer) else {
            let name = value["name"].as_str().map_or_else(|| value.to_string(), str::to_owned);
            return self.unplaced(pointer, &name);
        };
        let text = match place {
            Place::Lines { indent, .. } => yaml::item(value, Style::Object, indent, self.order),
            Place::Flow { is_empty, .. } => {
                let separator = if is_empty { "" } else { ", " };
                format!("{separator}{}", yaml::flow(value, Style::Object, self.order))
            }
        };
        self.text.insert(&place, text);
        true
    }

    /// The place for something new. What has an anchor has copies, which would change too.
    fn place(&self, pointer: &str) -> Option<Place> {
        self.text.place(pointer).filter(|_| !self.text.is_anchored(pointer))
    }

    fn unplaced(&mut self, pointer: &str, name: &str) -> bool {
        let message = "what is new cannot be added to the text safely; add it manually";
        self.report.to_decide(RULE, message, &schemas::place(pointer), name);
        false
    }
}
