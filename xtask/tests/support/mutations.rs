//! Classes of mutations that make a specification invalid, and a seeded generator that chooses where to
//! apply them.

use serde_json::{Value, json};
use xtask::spec::walk;

/// A seeded random number generator (SplitMix64), so that a failure can be reproduced.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        assert!(!of.is_empty(), "nothing to choose from");
        &of[self.below(of.len())]
    }
}

/// The pointers of the values that satisfy a predicate, outside of examples and extensions.
pub fn pointers(document: &Value, holds: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, "", &mut |value, pointer| {
        let is_unchecked = pointer.contains("/example") || pointer.contains("/x-");
        if !is_unchecked && holds(pointer, value) {
            found.push(pointer.to_owned());
        }
    });
    found
}

fn is_schema(pointer: &str, value: &Value) -> bool {
    value.get("type").is_some_and(Value::is_string) && !pointer.contains("securitySchemes")
}

fn is_operation(_: &str, value: &Value) -> bool {
    value.get("operationId").is_some_and(Value::is_string)
}

pub type Mutation = fn(&mut Value, &mut Random);

fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut serde_json::Map<String, Value> {
    document.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap()
}

fn set(
    document: &mut Value,
    random: &mut Random,
    holds: fn(&str, &Value) -> bool,
    key: &str,
    value: Value,
) {
    let pointers = pointers(document, holds);
    let pointer = random.pick(&pointers).clone();
    at(document, &pointer).insert(key.to_owned(), value);
}

fn remove(document: &mut Value, random: &mut Random, holds: fn(&str, &Value) -> bool, key: &str) {
    let pointers =
        pointers(document, |pointer, value| holds(pointer, value) && value.get(key).is_some());
    let pointer = random.pick(&pointers).clone();
    at(document, &pointer).remove(key);
}

/// Mutations that apply to any specification.
pub const STRUCTURAL: &[(&str, Mutation)] = &[
    ("missing schema", |d, r| {
        let names: Vec<String> =
            d["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let name = r.pick(&names).clone();
        at(d, "/components/schemas").remove(&name);
    }),
    ("no operationId", |d, r| remove(d, r, is_operation, "operationId")),
    ("no summary", |d, r| remove(d, r, is_operation, "summary")),
    ("no responses", |d, r| remove(d, r, is_operation, "responses")),
    ("no tag", |d, r| remove(d, r, is_operation, "tags")),
    ("no evidence", |d, r| remove(d, r, is_operation, "x-evidence")),
    ("undeclared tag", |d, r| set(d, r, is_operation, "tags", json!(["nowhere"]))),
    ("equal operationIds", |d, r| {
        let pointers = pointers(d, is_operation);
        let first = r.below(pointers.len());
        let second = (first + 1 + r.below(pointers.len() - 1)) % pointers.len();
        let id = d.pointer(&pointers[first]).unwrap()["operationId"].clone();
        at(d, &pointers[second]).insert("operationId".to_owned(), id);
    }),
    ("equal schema names", |d, r| {
        let names: Vec<String> =
            d["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let name = r.pick(&names).clone();
        let copy = d["components"]["schemas"][&name].clone();
        at(d, "/components/schemas").insert(format!("{name}_"), copy);
    }),
    ("reference to nothing", |d, r| {
        let pointers = pointers(d, |_, value| value.get("$ref").is_some());
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer)
            .insert("$ref".to_owned(), format!("#/components/schemas/Gone{}", r.below(99)).into());
    }),
    ("foreign reference", |d, r| {
        let pointers = pointers(d, |_, value| value.get("$ref").is_some());
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("$ref".to_owned(), "https://example.org/api.yaml#/A".into());
    }),
    ("reference to another kind of part", |d, r| {
        let pointers = pointers(d, |_, value| value.get("$ref").is_some());
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("$ref".to_owned(), "#/paths".into());
    }),
    ("unknown type", |d, r| set(d, r, is_schema, "type", "strin".into())),
    ("empty enum", |d, r| set(d, r, is_schema, "enum", json!([]))),
    ("mixed enum", |d, r| set(d, r, is_schema, "enum", json!(["a", 1, false]))),
    ("too few descriptions", |d, r| {
        let pointers = pointers(d, |_, value| value.get("enum").is_some());
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("x-enum-descriptions".to_owned(), json!([]));
    }),
    ("required but missing", |d, r| {
        let pointers =
            pointers(d, |p, value| value["properties"].is_object() && !p.contains("/allOf/"));
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("required".to_owned(), json!(["isNotThere"]));
    }),
    ("not", |d, r| set(d, r, is_schema, "not", json!({ "type": "string" }))),
    ("misspelled key", |d, r| {
        const KEYS: [&str; 7] = [
            "operationId",
            "responses",
            "description",
            "properties",
            "required",
            "summary",
            "requestBody",
        ];
        let key = *r.pick(&KEYS);
        let pointers =
            pointers(d, |p, value| value.get(key).is_some() && !p.ends_with("/properties"));
        if pointers.is_empty() {
            return misspell_type(d, r);
        }
        let pointer = r.pick(&pointers).clone();
        let members = at(d, &pointer);
        let value = members.remove(key).unwrap();
        let mut letters: Vec<char> = key.chars().collect();
        // Keep the first and the last letter. The letters that are swapped differ in all of these keys.
        let at = 2 + r.below(2);
        letters.swap(at, at + 1);
        members.insert(letters.into_iter().collect(), value);
    }),
    ("value of a wrong type", |d, r| {
        const KEYS: [&str; 8] = [
            "properties",
            "required",
            "responses",
            "content",
            "schema",
            "items",
            "tags",
            "operationId",
        ];
        let key = *r.pick(&KEYS);
        let wrong = [json!(7), json!(true), json!(null)][r.below(3)].clone();
        let pointers = pointers(d, |p, value| {
            // A member of that name is a schema, and a boolean `required` is a parameter's.
            value.get(key).is_some_and(|v| !v.is_boolean()) && !p.ends_with("/properties")
        });
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert(key.to_owned(), wrong);
    }),
    ("undeclared placeholder", |d, r| {
        let paths: Vec<String> = d["paths"].as_object().unwrap().keys().cloned().collect();
        let path = r.pick(&paths).clone();
        let item = at(d, "/paths").remove(&path).unwrap();
        at(d, "/paths").insert(format!("/{{missing}}{path}"), item);
    }),
    ("unclosed placeholder", |d, r| {
        let paths: Vec<String> = d["paths"].as_object().unwrap().keys().cloned().collect();
        let path = r.pick(&paths).clone();
        let item = at(d, "/paths").remove(&path).unwrap();
        at(d, "/paths").insert(format!("/{{open{path}"), item);
    }),
    ("parameters of a procedure out of step", |d, r| {
        let pointers =
            pointers(d, |_, value| value.get("x-rpc-params").is_some_and(Value::is_array));
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer)["x-rpc-params"].as_array_mut().unwrap().push("oneTooMany".into());
    }),
    ("page of nothing", |d, r| {
        let pointers = pointers(d, |_, value| value.get("x-pagination").is_some());
        let pointer = r.pick(&pointers).clone();
        let key = *r.pick(&["start", "size", "items", "total"]);
        at(d, &pointer)["x-pagination"][key] = "no.such.member".into();
    }),
    ("content that is a list", |d, r| {
        let pointers = pointers(d, |p, _| p.ends_with("/requestBody"));
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("content".to_owned(), json!(["application/json"]));
    }),
    ("deep nesting", |d, r| {
        let levels = 13 + r.below(70);
        let deep = (0..levels).fold(
            json!({ "type": "string" }),
            |inner, _| json!({ "type": "array", "items": inner }),
        );
        let pointers = pointers(d, |p, _| p.ends_with("/properties"));
        let pointer = r.pick(&pointers).clone();
        at(d, &pointer).insert("deep".to_owned(), deep);
    }),
];

fn misspell_type(document: &mut Value, random: &mut Random) {
    set(document, random, is_schema, "type", "objekt".into());
}

pub type TextMutation = fn(&mut String, &mut Random);

/// The start of a random line from the second on.
fn line(text: &str, random: &mut Random, fits: impl Fn(&str) -> bool) -> usize {
    let mut starts = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > 0 && fits(line) {
            starts.push(start);
        }
        start += line.len();
    }
    *random.pick(&starts)
}

/// Mutations of the YAML of a file.
pub const TEXTUAL: &[(&str, TextMutation)] = &[
    ("cut off in a string", |t, _| t.push_str("\ntorn: \"half a")),
    ("cut off in a list", |t, _| t.push_str("\ntorn: [a, b")),
    ("tab", |t, _| t.push_str("\ntorn:\n\ta: 1\n")),
    ("wrong indentation", |t, _| t.push_str("\ntorn:\n    a: 1\n  b: 2\n")),
    ("duplicate key", |t, r| {
        let key = *r.pick(&["info", "openapi", "tags"]);
        t.push_str(&format!("\n{key}: again\n"));
        t.push_str(&format!("{key}: again\n"));
    }),
    ("alias of its own value", |t, _| t.push_str("\nx-a: &a {b: *a}\n")),
    ("alias of nothing", |t, _| t.push_str("\nx-c: *nothing\n")),
    ("merge key", |t, _| t.push_str("\nx-c:\n  <<: 1\n")),
    ("number without end", |t, r| {
        t.push_str(&format!("\nx-c: {}\n", r.pick(&[".inf", "-.inf", ".nan", "1e999"])));
    }),
    ("list as a key", |t, _| t.push_str("\n? [a, b]\n: 1\n")),
    ("two documents", |t, _| t.push_str("\n---\na: 1\n")),
    ("deep flow", |t, r| {
        let levels = 120 + r.below(100_000);
        t.push_str(&format!("\nx-deep: {}{}\n", "[".repeat(levels), "]".repeat(levels)));
    }),
    ("bad escape", |t, _| t.push_str("\nx-c: \"\\q\"\n")),
    ("stray line", |t, r| {
        let at = line(t, r, |line| line.starts_with("  ") && line.trim_end().ends_with(':'));
        t.insert_str(at, "neither key nor value\n");
    }),
];
