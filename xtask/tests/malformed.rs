//! Two hundred malformed specifications: each gets clear messages, and none a panic.
//!
//! A seeded generator applies classes of mistakes to the small specification, to the real one, and to
//! their text. Every class makes a specification that is really wrong.

mod support;

use std::{collections::BTreeMap, fs, panic, path::Path, thread};

use serde_json::{Value, json};
use support::{base, changed, faults::faults, netx};
use xtask::{
    diagnostic::Diagnostics,
    generate::pipeline,
    spec::{Source, Spec, walk},
};

/// A small generator of numbers (SplitMix64), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        assert!(!of.is_empty(), "nothing to choose from");
        &of[self.below(of.len())]
    }
}

/// The pointers of values for which this holds, outside of examples and extensions.
fn places(document: &Value, holds: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    walk(document, "", &mut |value, pointer| {
        let is_ours = pointer.contains("/example") || pointer.contains("/x-");
        if !is_ours && holds(pointer, value) {
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

type Mistake = fn(&mut Value, &mut Random);

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
    let places = places(document, holds);
    let place = random.pick(&places).clone();
    at(document, &place).insert(key.to_owned(), value);
}

fn remove(document: &mut Value, random: &mut Random, holds: fn(&str, &Value) -> bool, key: &str) {
    let places =
        places(document, |pointer, value| holds(pointer, value) && value.get(key).is_some());
    let place = random.pick(&places).clone();
    at(document, &place).remove(key);
}

/// Mistakes that can be made in any specification.
const STRUCTURAL: [(&str, Mistake); 30] = [
    ("missing schema", |d, r| {
        let names: Vec<String> =
            d["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let name = r.pick(&names).clone();
        at(d, "/components/schemas").remove(&name);
    }),
    ("no operationId", |d, r| remove(d, r, is_operation, "operationId")),
    ("no summary", |d, r| remove(d, r, is_operation, "summary")),
    ("no answers", |d, r| remove(d, r, is_operation, "responses")),
    ("no tag", |d, r| remove(d, r, is_operation, "tags")),
    ("no evidence", |d, r| remove(d, r, is_operation, "x-evidence")),
    ("undeclared tag", |d, r| set(d, r, is_operation, "tags", json!(["nowhere"]))),
    ("equal operationIds", |d, r| {
        let places = places(d, is_operation);
        let first = r.below(places.len());
        let second = (first + 1 + r.below(places.len() - 1)) % places.len();
        let id = d.pointer(&places[first]).unwrap()["operationId"].clone();
        at(d, &places[second]).insert("operationId".to_owned(), id);
    }),
    ("equal schema names", |d, r| {
        let names: Vec<String> =
            d["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
        let name = r.pick(&names).clone();
        let copy = d["components"]["schemas"][&name].clone();
        at(d, "/components/schemas").insert(format!("{name}_"), copy);
    }),
    ("reference to nothing", |d, r| {
        let places = places(d, |_, value| value.get("$ref").is_some());
        let place = r.pick(&places).clone();
        at(d, &place)
            .insert("$ref".to_owned(), format!("#/components/schemas/Gone{}", r.below(99)).into());
    }),
    ("foreign reference", |d, r| {
        let places = places(d, |_, value| value.get("$ref").is_some());
        let place = r.pick(&places).clone();
        at(d, &place).insert("$ref".to_owned(), "https://example.org/api.yaml#/A".into());
    }),
    ("reference to another kind of part", |d, r| {
        let places = places(d, |_, value| value.get("$ref").is_some());
        let place = r.pick(&places).clone();
        at(d, &place).insert("$ref".to_owned(), "#/paths".into());
    }),
    ("list of types", |d, r| set(d, r, is_schema, "type", json!(["string", "null"]))),
    ("unknown type", |d, r| set(d, r, is_schema, "type", "strin".into())),
    ("const", |d, r| set(d, r, is_schema, "const", 1.into())),
    ("empty enum", |d, r| set(d, r, is_schema, "enum", json!([]))),
    ("equal values of an enum", |d, r| set(d, r, is_schema, "enum", json!(["a", "b", "a"]))),
    ("mixed enum", |d, r| set(d, r, is_schema, "enum", json!(["a", 1, false]))),
    ("too few descriptions", |d, r| {
        let places = places(d, |_, value| value.get("enum").is_some());
        let place = r.pick(&places).clone();
        at(d, &place).insert("x-enum-descriptions".to_owned(), json!([]));
    }),
    ("required but not there", |d, r| {
        let places =
            places(d, |p, value| value["properties"].is_object() && !p.contains("/allOf/"));
        let place = r.pick(&places).clone();
        at(d, &place).insert("required".to_owned(), json!(["isNotThere"]));
    }),
    ("not", |d, r| set(d, r, is_schema, "not", json!({ "type": "string" }))),
    ("discriminator", |d, r| set(d, r, is_schema, "discriminator", json!({ "propertyName": "k" }))),
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
        let places = places(d, |p, value| value.get(key).is_some() && !p.ends_with("/properties"));
        if places.is_empty() {
            return misspell_type(d, r);
        }
        let place = r.pick(&places).clone();
        let members = at(d, &place);
        let value = members.remove(key).unwrap();
        let mut letters: Vec<char> = key.chars().collect();
        // The first and last letter stay, and these keys have no equal neighbours there.
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
        let places = places(d, |p, value| {
            // A member of that name is a schema, and a boolean `required` is a parameter's.
            value.get(key).is_some_and(|v| !v.is_boolean()) && !p.ends_with("/properties")
        });
        let place = r.pick(&places).clone();
        at(d, &place).insert(key.to_owned(), wrong);
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
        let places = places(d, |_, value| value.get("x-rpc-params").is_some_and(Value::is_array));
        let place = r.pick(&places).clone();
        at(d, &place)["x-rpc-params"].as_array_mut().unwrap().push("oneTooMany".into());
    }),
    ("page of nothing", |d, r| {
        let places = places(d, |_, value| value.get("x-pagination").is_some());
        let place = r.pick(&places).clone();
        let key = *r.pick(&["start", "size", "items", "total"]);
        at(d, &place)["x-pagination"][key] = "no.such.member".into();
    }),
    ("several media types", |d, r| {
        let places = places(d, |p, _| p.ends_with("requestBody/content"));
        let place = r.pick(&places).clone();
        at(d, &place).insert("text/csv".to_owned(), json!({}));
    }),
    ("deep nesting", |d, r| {
        let levels = 13 + r.below(70);
        let deep = (0..levels).fold(
            json!({ "type": "string" }),
            |inner, _| json!({ "type": "object", "properties": { "a": inner } }),
        );
        let places = places(d, |p, _| p.ends_with("/properties"));
        let place = r.pick(&places).clone();
        at(d, &place).insert("deep".to_owned(), deep);
    }),
];

fn misspell_type(document: &mut Value, random: &mut Random) {
    set(document, random, is_schema, "type", "objekt".into());
}

type Tear = fn(&mut String, &mut Random);

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

/// Mistakes of the text of a file.
const TEXTUAL: [(&str, Tear); 14] = [
    ("torn in a text", |t, _| t.push_str("\ntorn: \"half a")),
    ("torn in a list", |t, _| t.push_str("\ntorn: [a, b")),
    ("tab", |t, _| t.push_str("\ntorn:\n\ta: 1\n")),
    ("wrong indentation", |t, _| t.push_str("\ntorn:\n    a: 1\n  b: 2\n")),
    ("duplicate key", |t, r| {
        let key = *r.pick(&["info", "openapi", "tags"]);
        t.push_str(&format!("\n{key}: again\n"));
        t.push_str(&format!("{key}: again\n"));
    }),
    ("alias", |t, _| t.push_str("\nx-a: &a {b: 1}\nx-c: *a\n")),
    ("alias of nothing", |t, _| t.push_str("\nx-c: *nothing\n")),
    ("merge key", |t, _| t.push_str("\nx-c:\n  <<: {a: 1}\n")),
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
    ("stray text", |t, r| {
        let at = line(t, r, |line| line.starts_with("  ") && line.trim_end().ends_with(':'));
        t.insert_str(at, "neither key nor value\n");
    }),
];

fn merged(sources: &[Source]) -> Value {
    Spec::from_sources(sources).unwrap().root
}

fn one_file(document: &Value) -> Vec<Source> {
    support::sources(document)
}

/// One malformed specification, and what is wrong with it.
fn malformed(
    number: usize,
    random: &mut Random,
    small: &Value,
    real: &[Source],
) -> (String, Vec<Source>) {
    let is_real = random.below(2) == 0;
    let which = if is_real { "netx" } else { "small" };
    match number % 4 {
        0 => {
            let all = faults();
            let (rule, edits, _) = &all[(number / 4 * 3) % all.len()];
            (format!("{rule} {edits}"), one_file(&changed(small.clone(), edits)))
        }
        1 | 2 => {
            let (name, mistake) = STRUCTURAL[(number / 4 * 2 + number % 4 - 1) % STRUCTURAL.len()];
            let mut document = if is_real { merged(real) } else { small.clone() };
            mistake(&mut document, random);
            (format!("{name} in {which}"), one_file(&document))
        }
        _ => {
            let (name, tear) = TEXTUAL[(number / 4) % TEXTUAL.len()];
            let mut sources = real.to_vec();
            let at = random.below(sources.len());
            tear(&mut sources[at].text, random);
            (format!("{name} in {}", sources[at].path.display()), sources)
        }
    }
}

/// Runs the pipeline on a thread with a usual stack; `Err` is a panic's message.
fn outcome(sources: Vec<Source>) -> Result<Result<(), Diagnostics>, String> {
    let run = thread::Builder::new().stack_size(2 * 1024 * 1024);
    let handle = run.spawn(move || pipeline(&sources).map(|_| ())).unwrap();
    handle.join().map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
    })
}

/// What is unclear about the faults of a specification.
fn unclear(found: &Diagnostics) -> Option<String> {
    let bad = found.0.iter().find(|fault| {
        let is_placed =
            fault.place.as_ref().is_some_and(|place| place.line > 0 && place.column > 0);
        fault.message.trim().is_empty()
            || fault.cure.trim().is_empty()
            || !is_placed
            // What progenitor says is for those who know progenitor.
            || fault.message.contains("the generator cannot take")
    });
    if found.0.is_empty() {
        Some("no message at all".to_owned())
    } else {
        bad.map(ToString::to_string)
    }
}

#[test]
fn two_hundred_malformed_specifications() {
    const SEED: u64 = 20_240_611;
    const COUNT: usize = 200;
    let (small, real) = (base(), netx());
    let mut random = Random(SEED);
    let (mut clear, mut panics, mut wrong) = (0, 0, Vec::new());
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..COUNT {
        let (what, sources) = malformed(number, &mut random, &small, &real);
        let class = what.split([' ', '{']).next().unwrap_or_default().to_owned();
        *classes
            .entry(if number % 4 == 0 {
                class
            } else {
                what.split(" in ").next().unwrap().to_owned()
            })
            .or_default() += 1;
        match outcome(sources) {
            Err(panic) => {
                panics += 1;
                wrong.push(format!("{number} {what}: panics: {panic}"));
            }
            Ok(Ok(())) => wrong.push(format!("{number} {what}: is let through")),
            Ok(Err(found)) => match unclear(&found) {
                Some(reason) => wrong.push(format!("{number} {what}: {reason}")),
                None => clear += 1,
            },
        }
    }
    println!(
        "{COUNT} malformed specs: {clear} clear messages, {panics} panics; {} classes",
        classes.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(classes.len() >= 25, "{classes:?}");
}

/// Writes files into a folder and reads them as a vendor's specification.
fn read(files: &[(&str, &[u8])]) -> Result<(), Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("specs/x")).unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join("specs/x").join(name), bytes).unwrap();
    }
    let (_, sources) = Spec::read(folder.path(), Path::new("specs/x"))?;
    pipeline(&sources).map(|_| ())
}

#[test]
fn files_that_cannot_be_read() {
    let root = serde_json::to_vec(&base()).unwrap();
    for (files, words) in [
        (vec![("openapi.yaml", b"\xff\xfe\x00".as_slice())], "cannot be read"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"a: \xc3\x28")], "cannot be read"),
        (vec![("a.yaml", b"paths: {}".as_slice())], "there is no `openapi.yaml`"),
        (vec![], "there is no `openapi.yaml`"),
        (vec![("openapi.yaml", b"".as_slice())], "YAML documents"),
        (vec![("openapi.yaml", b"- 1".as_slice())], "not a mapping"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"info: {}")], "does not belong"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"paths: []")], "not a mapping"),
        (
            vec![
                ("openapi.yaml", root.as_slice()),
                ("a.yaml", b"components: {schemas: {Item: {}}}"),
            ],
            "defined twice",
        ),
    ] {
        let Err(found) = read(&files) else { panic!("{words}: is let through") };
        let says = found.0.iter().any(|fault| fault.message.contains(words));
        assert!(says, "{words}: {found}");
        assert!(found.0.iter().all(|fault| !fault.cure.is_empty()));
    }
    let missing = Spec::read(Path::new("/nowhere"), Path::new("specs/x")).unwrap_err();
    assert!(missing.0[0].message.contains("cannot be read"), "{missing}");
}

#[test]
fn every_cut_of_a_file_gets_messages() {
    // A file may be cut off anywhere; what is left is seldom a whole specification.
    let text = serde_json::to_string_pretty(&base()).unwrap();
    for cut in (0..text.len() - 1).step_by(97) {
        let cut_off = support::source(&text[..cut]);
        let result = panic::catch_unwind(|| pipeline(&cut_off).is_err());
        assert_eq!(result.ok(), Some(true), "cut at {cut}");
    }
}
