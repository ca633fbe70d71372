//! Parameters, bodies and responses of operations.

use serde_json::Value;

use super::{Merge, RULE};
use crate::{import::schemas, spec::child};

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
}
