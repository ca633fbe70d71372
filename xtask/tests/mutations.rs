//! A thousand random changes to files of every format: each is imported and generated, or refused with clear messages,
//! with the same result every time. `ONETEG_TEST_FULL=1` runs them all, otherwise a part.
//!
//! `malformed.rs` has changes that always make a specification invalid. Many of those here do not.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{collections::BTreeMap, fs, path::Path, thread};

use serde_json::{Value, json};
use support::{
    base,
    formats::{har, openapi_2, openapi_31, postman},
    mutations::Random,
    sources,
};
use tempfile::TempDir;
use xtask::{
    commands::generate::pipeline,
    diagnostic::Diagnostics,
    import,
    spec::{Source, walk},
};

/// What a format's readers have to know about: keys and values that may appear anywhere.
const MEMBERS: &str = r##"{
    "$ref": "#/components/schemas/Item", "allOf": [{"type": "object"}], "oneOf": [{"type": "string"}, {"type": "integer"}],
    "anyOf": [{"$ref": "#/components/schemas/Folder"}, {"enum": ["x"]}], "not": {}, "nullable": true, "enum": ["a", "A", 1, null],
    "discriminator": {"propertyName": "kind", "mapping": {"a": "Item"}}, "additionalProperties": {"type": "array", "items": {}},
    "type": ["string", "null"], "const": 1, "format": "date-time", "items": {"type": "object", "properties": {"a": {}}},
    "required": ["id", "gone"], "properties": {"type": {"type": "string"}, "+1": {"type": "integer"}, "": {}}, "default": {"a": [1]},
    "servers": [{"url": "https://{host}.example/up"}], "security": [{"gone": []}], "callbacks": {"x": {}}, "deprecated": "yes",
    "content": {"*/*": {}, "application/json": {"schema": {"type": "string"}}}, "schema": {"$ref": "#/definitions/Item"},
    "parameters": [{"name": "a b", "in": "query"}, {"in": "body", "name": "b", "schema": {}}], "operationId": "fn",
    "responses": {"default": {"description": ""}, "2XX": {"description": ""}}, "tags": ["types", "A b"], "xml": {}, "pattern": "(",
    "requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"f": {"format": "binary"}}}}}},
    "url": {"raw": "{{host}}/a/:id?x=1"}, "raw": "{\"method\": \"get\", \"params\": [{\"a\": 1}]}", "maximum": 1e400, "in": "cookie",
    "text": "{\"id\": 1", "examples": {"a": {"value": null}}, "webhooks": {"x": {"post": {}}}, "x-rpc-params": ["id", null, "id"],
    "x-pagination": {"style": "page", "start": "a.b"}, "style": "deepObject", "explode": true, "minLength": -1, "title": "9 *"
}"##;

/// Values in place of any other.
fn odd_value(random: &mut Random) -> Value {
    let deep = (0..30).fold(json!({}), |inner, _| json!({ "properties": { "a": inner } }));
    let values = [
        json!(null),
        json!(false),
        json!(0),
        json!(-1.5),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}\u{2028} */ \"#{}"),
        json!("$ref"),
        json!("ÄÖ ⊕ 日本"),
        json!([]),
        json!([[], {}]),
        json!({}),
        json!({ "": { "": null } }),
        deep,
    ];
    random.pick(&values).clone()
}

/// Changes one thing of a document, and returns where.
fn change(document: &mut Value, random: &mut Random) -> String {
    let mut all = Vec::new();
    walk(document, "", &mut |_, pointer| all.push(pointer.to_owned()));
    let pointer = random.pick(&all).clone();
    let other = random.pick(&all).clone();
    let copy = document.pointer(&other).unwrap().clone();
    let value = document.pointer_mut(&pointer).unwrap();
    match random.below(9) {
        0 => *value = odd_value(random),
        1 => *value = copy,
        2 => *value = json!({ "$ref": format!("#{other}") }),
        3 => *value = json!({ "allOf": [value.clone(), copy] }),
        4 => {
            let text = value.to_string();
            *value = Value::String(
                text + random.pick::<&str>(&["", "#", "?a=b", "/{x}", "\n", " \"", "é"]),
            );
        }
        5 => {
            let members: Value = serde_json::from_str(&MEMBERS.replace("1e400", "1e300")).unwrap();
            let members = members.as_object().unwrap();
            let keys: Vec<&String> = members.keys().collect();
            let key = *random.pick(&keys);
            match value {
                Value::Object(object) => drop(object.insert(key.clone(), members[key].clone())),
                Value::Array(items) => items.push(json!({ key.as_str(): members[key] })),
                scalar => *scalar = members[key].clone(),
            }
        }
        6 => match value {
            Value::Object(object) if !object.is_empty() => {
                let keys: Vec<String> = object.keys().cloned().collect();
                let member = object.remove(random.pick(&keys)).unwrap();
                let name = *random
                    .pick(&["", "type", "a b", "x-", "self", "/", "200", "$", "é", "Id", "id"]);
                object.insert(name.to_owned(), member);
            }
            _ => *value = odd_value(random),
        },
        7 => match value {
            Value::Array(items) => items.extend(items.clone()),
            Value::Object(object) => object.clear(),
            _ => *value = copy,
        },
        _ => {
            let Some((parent, name)) = pointer.rsplit_once('/') else {
                return "nothing".to_owned();
            };
            let name = name.replace("~1", "/").replace("~0", "~");
            match document.pointer_mut(parent).unwrap() {
                Value::Object(members) => drop(members.remove(&name)),
                Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                _ => {}
            }
        }
    }
    pointer
}

/// Changes the text of a file.
fn change_text(text: &mut String, random: &mut Random) {
    let at = (0..=random.below(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
    match random.below(3) {
        0 => text.truncate(at),
        1 => text.insert_str(
            at,
            random.pick::<&str>(&["\t", "\"", "}", "\u{feff}", "&a *a", "\n- ", ": "]),
        ),
        _ => {
            let end = (at..=text.len())
                .skip(1 + random.below(40))
                .find(|end| text.is_char_boundary(*end));
            text.replace_range(at..end.unwrap_or(text.len()), "");
        }
    }
}

/// What became of a file: everything that is written, or the messages.
type Outcome = Result<BTreeMap<String, String>, Diagnostics>;

fn generate(sources: &[Source]) -> Outcome {
    let generated = pipeline(sources)?;
    let mut all: BTreeMap<String, String> = generated
        .files
        .into_iter()
        .map(|file| (file.path.display().to_string(), file.text))
        .collect();
    let warnings = generated.warnings.iter().map(ToString::to_string);
    all.insert("warnings".to_owned(), warnings.collect());
    Ok(all)
}

fn import_and_generate(file: &Path) -> Outcome {
    let imported = import::import("acme", &[file.to_owned()])?;
    let mut all = imported.files.clone();
    all.insert("report".to_owned(), imported.report.text());
    all.extend(generate(&imported.sources("acme"))?);
    Ok(all)
}

/// Runs something on a thread with the stack of the main thread. `Err` is the message of a panic.
fn caught<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let thread = thread::Builder::new().stack_size(8 * 1024 * 1024).spawn(run).unwrap();
    thread.join().map_err(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        message
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

#[test]
fn every_change_is_generated_or_refused_and_always_the_same() {
    let is_full = std::env::var_os("ONETEG_TEST_FULL").is_some();
    let count = if is_full { 1000 } else { 120 };
    let mut random = Random(20_261_126);
    let formats = [
        ("OpenAPI 3.0", base()),
        ("OpenAPI 3.1", openapi_31()),
        ("OpenAPI 2.0", openapi_2()),
        ("Postman", postman()),
        ("HAR", har()),
        ("specification", base()),
    ];
    let folder = TempDir::new().unwrap();
    let mut outcomes: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for number in 0..count {
        let (format, original) = &formats[number % formats.len()];
        let mut document = original.clone();
        let places: Vec<String> =
            (0..1 + random.below(3)).map(|_| change(&mut document, &mut random)).collect();
        let mut text = serde_json::to_string_pretty(&document).unwrap();
        if random.below(10) == 0 {
            change_text(&mut text, &mut random);
        }
        let what = format!("{number} {format} {places:?}");
        let run = || match *format {
            "specification" => {
                let mut sources = sources(&document);
                sources[0].text.clone_from(&text);
                caught(move || generate(&sources))
            }
            _ => {
                let path = folder.path().join("vendor.json");
                fs::write(&path, &text).unwrap();
                caught(move || import_and_generate(&path))
            }
        };
        match (run(), run()) {
            (Ok(first), Ok(second)) => {
                if format!("{first:?}") != format!("{second:?}") {
                    wrong.push(format!("{what}: two results"));
                }
                outcomes.entry(format).or_default()[usize::from(first.is_err())] += 1;
                if let Err(found) = first
                    && (found.0.is_empty()
                        || found.0.iter().any(|error| {
                            error.message.trim().is_empty() || error.help.trim().is_empty()
                        }))
                {
                    wrong.push(format!("{what}: an unclear message: {found}"));
                }
            }
            (first, _) => {
                if std::env::var_os("KEEP").is_some() {
                    fs::write(format!("/tmp/mutation-{number}.json"), &text).unwrap();
                }
                wrong.push(format!("{what}: panics: {}", first.err().unwrap_or_default()));
            }
        }
    }
    println!("{count} changes, generated and refused: {outcomes:?}");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    // The changes are of the right size: neither harmless nor always fatal.
    let sum = |index: usize| outcomes.values().map(|both| both[index]).sum::<usize>();
    assert!(sum(0) > count / 10 && sum(1) > count / 10, "{outcomes:?}");
}

#[test]
fn unchanged_files_are_generated() {
    let folder = TempDir::new().unwrap();
    for (format, document) in [
        ("3.0", base()),
        ("3.1", openapi_31()),
        ("2.0", openapi_2()),
        ("postman", postman()),
        ("har", har()),
    ] {
        let path = folder.path().join("vendor.json");
        fs::write(&path, document.to_string()).unwrap();
        let outcome = import_and_generate(&path);
        assert!(outcome.is_ok(), "{format}: {}", outcome.unwrap_err());
    }
}
