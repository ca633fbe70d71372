//! Finds the part of the specification that describes a place of a response.
//!
//! A place is a pointer into the content of a response, with `*` for items and for the entries of maps. It leads through
//! references, compositions and unions; of a union, the alternatives that have the place are candidates, and the name of
//! the schema around it in the report chooses between them.

use serde_json::Value;

use crate::{model::is_json, spec::child};

const REFERENCE: char = '#';
/// Deeper than any specification; a limit against circles.
const MAX_DEPTH: usize = 32;
/// More candidates than any union has.
const MAX_CANDIDATES: usize = 64;
const UNIONS: [&str; 2] = ["oneOf", "anyOf"];

/// The places of a document.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    document: &'a Value,
}

impl<'a> Places<'a> {
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// The value at a pointer of the document; `null` if there is none.
    pub fn value(&self, pointer: &str) -> &'a Value {
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The pointers of the JSON schemas of an operation's successful responses.
    pub fn responses(&self, operation: &str) -> Vec<String> {
        let responses = child(operation, "responses");
        let mut found = Vec::new();
        for status in self.value(&responses).as_object().into_iter().flatten().map(|(key, _)| key) {
            if !status.starts_with('2') {
                continue;
            }
            let content = child(&self.follow(&child(&responses, status)), "content");
            for media_type in
                self.value(&content).as_object().into_iter().flatten().map(|(key, _)| key)
            {
                let schema = child(&child(&content, media_type), "schema");
                if is_json(media_type) && !self.value(&schema).is_null() {
                    found.push(schema);
                }
            }
        }
        found
    }

    /// The schemas at a place below others, without following references of the last step: those of members as they are
    /// written. `hint` is the name of the schema around the place.
    pub fn at(&self, roots: &[String], place: &str, hint: Option<&str>) -> Vec<String> {
        let mut found = roots.to_vec();
        for segment in segments(place) {
            let mut next: Vec<String> = Vec::new();
            for pointer in &found {
                for stepped in self.step(pointer, &segment) {
                    if !next.contains(&stepped) && next.len() < MAX_CANDIDATES {
                        next.push(stepped);
                    }
                }
            }
            found = next;
        }
        self.preferred(found, hint)
    }

    /// The objects at a place, without references.
    pub fn objects(&self, roots: &[String], place: &str, hint: Option<&str>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for pointer in self.at(roots, place, None) {
            for concrete in self.alternatives(&pointer, 0) {
                if self.is_object(&concrete) && !found.contains(&concrete) {
                    found.push(concrete);
                }
            }
        }
        self.preferred(found, hint)
    }

    /// Those that are in the named schema, if there are any.
    fn preferred(&self, found: Vec<String>, hint: Option<&str>) -> Vec<String> {
        let Some(hint) = hint.filter(|_| found.len() > 1) else { return found };
        let within = child("/components/schemas", hint);
        let is_within =
            |pointer: &String| *pointer == within || pointer.starts_with(&format!("{within}/"));
        let chosen: Vec<String> =
            found.iter().filter(|pointer| is_within(pointer)).cloned().collect();
        if chosen.is_empty() { found } else { chosen }
    }

    fn step(&self, pointer: &str, segment: &str) -> Vec<String> {
        let mut found = Vec::new();
        for concrete in self.alternatives(pointer, 0) {
            for part in self.parts(&concrete) {
                let schema = self.value(&part);
                if segment == "*" {
                    let inner = if schema.get("items").is_some() {
                        "items"
                    } else {
                        "additionalProperties"
                    };
                    if schema[inner].is_object() {
                        found.push(child(&part, inner));
                    }
                } else if let Some(name) = member_called(schema, segment) {
                    found.push(child(&child(&part, "properties"), name));
                }
            }
        }
        found
    }

    /// Follows references.
    pub fn follow(&self, pointer: &str) -> String {
        let mut pointer = pointer.to_owned();
        for _ in 0..MAX_DEPTH {
            let target = self.value(&pointer)["$ref"].as_str();
            match target.and_then(|target| target.strip_prefix(REFERENCE)) {
                Some(target) => pointer = target.to_owned(),
                None => break,
            }
        }
        pointer
    }

    /// The schemas that a union consists of; the schema itself if it is none. Without references.
    fn alternatives(&self, pointer: &str, depth: usize) -> Vec<String> {
        let pointer = self.follow(pointer);
        let schema = self.value(&pointer);
        let union = UNIONS.into_iter().find(|key| schema[*key].is_array());
        // A composition of one part is that part.
        let only = schema["allOf"].as_array().filter(|all| all.len() == 1);
        let is_bare = schema.get("properties").is_none();
        if depth >= MAX_DEPTH {
            return vec![pointer];
        }
        match (union, only) {
            (Some(key), _) => {
                let all = schema[key].as_array().map_or(0, Vec::len);
                let at = child(&pointer, key);
                (0..all)
                    .flat_map(|index| self.alternatives(&format!("{at}/{index}"), depth + 1))
                    .collect()
            }
            (None, Some(_)) if is_bare => {
                self.alternatives(&format!("{}/0", child(&pointer, "allOf")), depth + 1)
            }
            _ => vec![pointer],
        }
    }

    /// A schema without references, and the parts that it is composed of.
    pub fn parts(&self, pointer: &str) -> Vec<String> {
        let mut parts = vec![pointer.to_owned()];
        let mut at = 0;
        while at < parts.len() && parts.len() < MAX_CANDIDATES {
            let all = self.value(&parts[at])["allOf"].as_array().map_or(0, Vec::len);
            let below = child(&parts[at], "allOf");
            for index in 0..all {
                for part in self.alternatives(&format!("{below}/{index}"), 0) {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
            }
            at += 1;
        }
        parts
    }

    fn is_object(&self, pointer: &str) -> bool {
        self.parts(pointer).iter().any(|part| {
            let schema = self.value(part);
            schema["type"] == "object" || schema["properties"].is_object()
        })
    }

    /// Where an object's new members are written: `None` if several of its parts may be meant.
    pub fn home(&self, object: &str) -> Option<String> {
        let parts = self.parts(object);
        let with_members: Vec<&String> =
            parts.iter().filter(|part| self.value(part)["properties"].is_object()).collect();
        let own = |part: &&&String| **part == object || part.starts_with(&format!("{object}/"));
        match with_members.as_slice() {
            [] if parts.len() == 1 => Some(object.to_owned()),
            [] => None,
            [only] => Some((*only).clone()),
            several => {
                let mut own = several.iter().filter(own);
                let only = own.next()?;
                own.next().is_none().then(|| (**only).clone())
            }
        }
    }

    /// The member of an object that a name may be another spelling of: its pointer.
    pub fn other_spelling(&self, object: &str, name: &str) -> Option<String> {
        let bare = |name: &str| name.replace(['_', '-', '.'], "").to_ascii_lowercase();
        self.parts(object).into_iter().find_map(|part| {
            let members = self.value(&part)["properties"].as_object()?;
            let (found, _) = members.iter().find(|(known, _)| bare(known) == bare(name))?;
            Some(child(&child(&part, "properties"), found))
        })
    }

    /// Whether an object has a member of this name or alias.
    pub fn has_member(&self, object: &str, name: &str) -> bool {
        self.parts(object).iter().any(|part| member_called(self.value(part), name).is_some())
    }

    /// The schema of a member, without references and without the composition that makes it nullable.
    pub fn bare(&self, pointer: &str) -> String {
        match self.alternatives(pointer, 0).as_slice() {
            [only] => only.clone(),
            _ => self.follow(pointer),
        }
    }
}

/// The name under which a schema has a member with this name or alias.
fn member_called<'s>(schema: &'s Value, name: &str) -> Option<&'s str> {
    let members = schema["properties"].as_object()?;
    if let Some((name, _)) = members.get_key_value(name) {
        return Some(name);
    }
    let is_alias = |member: &Value| {
        member["x-aliases"].as_array().is_some_and(|all| all.iter().any(|alias| alias == name))
    };
    members.iter().find(|(_, member)| is_alias(member)).map(|(name, _)| name.as_str())
}

/// The segments of a pointer.
pub fn segments(place: &str) -> Vec<String> {
    place.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
}

/// A place without its last segment, and that segment.
pub fn split(place: &str) -> Option<(&str, String)> {
    let (parent, last) = place.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "paths": { "/a": { "get": { "responses": {
                "200": { "$ref": "#/components/responses/Page" },
                "404": { "content": { "application/json": { "schema": { "type": "string" } } } }
            } } } },
            "components": {
                "responses": { "Page": { "content": { "application/json": { "schema": { "oneOf": [
                    { "type": "array", "items": { "$ref": "#/components/schemas/Asset" } },
                    { "type": "object", "properties": {
                        "items": { "type": "array", "items": { "$ref": "#/components/schemas/Asset" } }
                    } }
                ] } } } } },
                "schemas": {
                    "Base": { "type": "object", "properties": { "id": { "type": "string" } } },
                    "Asset": { "allOf": [
                        { "$ref": "#/components/schemas/Base" },
                        { "type": "object", "properties": {
                            "name": { "type": "string", "x-aliases": ["title"] },
                            "parent": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Asset" }] },
                            "tags": { "type": "object", "additionalProperties": { "type": "integer" } },
                            "owner": { "anyOf": [
                                { "$ref": "#/components/schemas/Base" }, { "$ref": "#/components/schemas/Group" }
                            ] }
                        } }
                    ] },
                    "Group": { "type": "object", "properties": { "id": { "type": "integer" } } },
                    "Loop": { "$ref": "#/components/schemas/Loop" }
                }
            }
        })
    }

    #[test]
    fn places_lead_through_references_compositions_and_unions() {
        let document = document();
        let places = Places::new(&document);
        let roots = places.responses("/paths/~1a/get");
        assert_eq!(roots.len(), 1);
        let member =
            |name: &str| vec![format!("/components/schemas/Asset/allOf/1/properties/{name}")];
        assert_eq!(places.at(&roots, "/*/name", None), member("name"));
        assert_eq!(places.at(&roots, "/items/*/title", None), member("name"));
        assert_eq!(places.at(&roots, "/*/parent/parent/parent", None), member("parent"));
        assert_eq!(places.at(&roots, "/*/id", None), ["/components/schemas/Base/properties/id"]);
        assert_eq!(
            places.at(&roots, "/*/tags/*", None),
            ["/components/schemas/Asset/allOf/1/properties/tags/additionalProperties"]
        );
        assert!(places.at(&roots, "/*/name/deeper", None).is_empty());
        assert!(places.at(&roots, "/items/0/name", None).is_empty());
        assert!(places.at(&["/components/schemas/Loop".to_owned()], "/a", None).is_empty());
    }

    #[test]
    fn the_schema_around_a_place_chooses_between_alternatives() {
        let document = document();
        let places = Places::new(&document);
        let roots = places.responses("/paths/~1a/get");
        let objects = |hint| places.objects(&roots, "/*/owner", hint);
        assert_eq!(objects(None).len(), 2);
        assert_eq!(objects(Some("Group")), ["/components/schemas/Group"]);
        assert_eq!(objects(Some("Other")).len(), 2);
        assert_eq!(
            places.at(&roots, "/*/owner/id", Some("Base")),
            ["/components/schemas/Base/properties/id"]
        );
    }

    #[test]
    fn new_members_have_one_home() {
        let document = document();
        let places = Places::new(&document);
        let asset = "/components/schemas/Asset";
        assert_eq!(places.home(asset).as_deref(), Some("/components/schemas/Asset/allOf/1"));
        assert_eq!(
            places.home("/components/schemas/Base").as_deref(),
            Some("/components/schemas/Base")
        );
        assert!(places.has_member(asset, "id") && places.has_member(asset, "title"));
        assert!(!places.has_member(asset, "Name"));
        assert_eq!(
            places.other_spelling(asset, "Na_me").as_deref(),
            Some("/components/schemas/Asset/allOf/1/properties/name")
        );
    }
}
