//! Adds what the vendor's file has to operations and schemas that were edited: new parameters, members and values of
//! enums. What differs otherwise is reported; nothing that is written changes.

use serde_json::{Map, Value};

use super::known::bare;
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

const RULE: &str = "update";

/// Where a value is compared.
pub struct Merge<'a, 'b> {
    pub text: &'a mut Text<'b>,
    pub order: &'a Order,
    pub report: &'a mut Report,
    /// The members that an earlier import wrote: those that are missing now were removed on purpose.
    pub written: &'a [String],
    /// Whether differences are reported. On the first import onto a folder there would be one everywhere.
    pub is_tracked: bool,
}

impl Merge<'_, '_> {
    /// An operation: `at` is its pointer in the file.
    pub fn operation(&mut self, ours: &Value, theirs: &Value, at: &str, documents: [&Value; 2]) {
        self.parameters(ours, theirs, at, documents);
        match (ours.get("requestBody"), theirs.get("requestBody")) {
            (None, Some(body)) => self.add(at, "requestBody", body, "bodies were added"),
            (Some(ours), Some(theirs))
                if ours.get("$ref").is_none() && theirs.get("$ref").is_none() =>
            {
                self.content(ours, theirs, &child(at, "requestBody"));
            }
            _ => {}
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
        let own = list(ours);
        let known: Vec<_> = own.iter().map(|parameter| names_of(our_root, parameter)).collect();
        let new: Vec<Value> = list(theirs)
            .into_iter()
            .filter(|parameter| {
                let (name, location) = names_of(their_root, parameter);
                // Placeholders may have other names here.
                location != "path" && !known.contains(&(name, location))
            })
            .collect();
        if new.is_empty() {
            return;
        }
        for parameter in &new {
            let parameter = resolved(their_root, parameter);
            let message = match parameter["required"] == true {
                true => "required parameters were added",
                false => "optional parameters were added",
            };
            let name = parameter["name"].as_str().unwrap_or_default();
            self.report.changed(RULE, message, &schemas::place(at), name);
        }
        let pointer = child(at, "parameters");
        if own.is_empty() {
            return self.insert(at, "parameters", &Value::Array(new));
        }
        for parameter in &new {
            self.item(&pointer, parameter);
        }
    }

    fn content(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let (Some(our_content), Some(their_content)) =
            (ours["content"].as_object(), theirs["content"].as_object())
        else {
            return;
        };
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
            (Some(a), Some(b)) if a == b => return,
            (None, None) => {}
            (a, b) => {
                return self.differs(
                    at,
                    a.unwrap_or("a description"),
                    b.unwrap_or("a description"),
                );
            }
        }
        let (a, b) = (&ours["type"], &theirs["type"]);
        if a != b && a.is_string() && b.is_string() {
            return self.differs(
                at,
                a.as_str().unwrap_or_default(),
                b.as_str().unwrap_or_default(),
            );
        }
        self.values(ours, theirs, at);
        if let Some(members) = theirs["properties"].as_object() {
            self.members(ours, members, at, depth);
        }
        for key in ["items", "additionalProperties"] {
            if let (Some(Value::Object(_)), Some(Value::Object(_))) =
                (ours.get(key), theirs.get(key))
            {
                self.schema(&ours[key], &theirs[key], &child(at, key), depth + 1);
            }
        }
        if let (Some(a), Some(b)) = (ours["format"].as_str(), theirs["format"].as_str())
            && a != b
        {
            self.differs(at, a, b);
        }
    }

    fn members(&mut self, ours: &Value, theirs: &Map<String, Value>, at: &str, depth: usize) {
        let Some(own) = ours["properties"].as_object() else {
            if self.is_tracked && ours["allOf"].is_null() {
                self.differs(at, "no members", "members");
            }
            return;
        };
        let aliases: Vec<&str> = own
            .values()
            .flat_map(|member| member["x-aliases"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        let pointer = child(at, "properties");
        for name in self.order.keys(theirs) {
            let Some(value) = theirs.get(name) else { continue };
            match own.get(name) {
                Some(known) => self.schema(known, value, &child(&pointer, name), depth + 1),
                None if aliases.contains(&name.as_str()) => {}
                None if depth == 0 && self.written.contains(name) => {}
                None => self.add(&pointer, name, value, "members were added"),
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
            self.report.changed(
                RULE,
                "values of enums were added",
                &schemas::place(at),
                &value.to_string(),
            );
            self.item(&child(at, "enum"), value);
        }
    }

    fn differs(&mut self, at: &str, ours: &str, theirs: &str) {
        if self.is_tracked {
            let detail = format!("`{ours}` here, `{theirs}` in the vendor's file");
            self.report.to_decide(
                RULE,
                "types that were edited here differ",
                &schemas::place(at),
                &detail,
            );
        }
    }

    fn add(&mut self, pointer: &str, name: &str, value: &Value, message: &str) {
        self.report.changed(RULE, message, &schemas::place(pointer), name);
        self.insert(pointer, name, value);
    }

    /// Inserts a member into the object at a pointer.
    fn insert(&mut self, pointer: &str, name: &str, value: &Value) {
        let style = if pointer.ends_with("/properties") { Style::Names } else { Style::Object };
        let Some(place) = self.text.place(pointer) else { return self.unplaced(pointer, name) };
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
    }

    /// Inserts an item into the list at a pointer.
    fn item(&mut self, pointer: &str, value: &Value) {
        let Some(place) = self.text.place(pointer) else { return self.unplaced(pointer, "") };
        let text = match place {
            Place::Lines { indent, .. } => yaml::item(value, Style::Object, indent, self.order),
            Place::Flow { is_empty, .. } => {
                let separator = if is_empty { "" } else { ", " };
                format!("{separator}{}", yaml::flow(value, Style::Object, self.order))
            }
        };
        self.text.insert(&place, text);
    }

    fn unplaced(&mut self, pointer: &str, name: &str) {
        let message = "the place for what is new was not found in the text; add it manually";
        self.report.to_decide(RULE, message, &schemas::place(pointer), name);
    }
}
