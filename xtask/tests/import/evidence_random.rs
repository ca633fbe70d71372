//! Reports that were changed at random: an import never panics, never writes a value of a report, never leaves a
//! specification that `generate` refuses, and a second import changes nothing. There are many more with
//! `ONETEG_TEST_FULL=1`.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};
use xtask::{commands::evidence::Options, import::Folder, spec, workspace};

use crate::{
    evidence::{CHOICES, Workspace, report},
    evidence_real::Copy,
};

/// Part of every string that no specification may contain.
const CANARY: &str = "qzx <canary>";

/// A report of which an import uses every part.
fn full() -> Value {
    let found = |place: &str, kind: &str, seen: Value| {
        json!({ "place": place, "schema": "Album", "kind": kind, "said": "string", "lenient": false,
                "count": 2, "of": 3, "seen": seen })
    };
    let mut report = report();
    report["operations"] = json!([
        {
            "operation": "listAlbums", "outcome": "seen", "calls": 3,
            "responses": [{ "status": 200, "media_type": "application/json", "documented": true, "count": 3 }],
            "findings": [
                found("/*/photoCount", "unknown_member", json!({ "count": 2, "types": { "integer": 2 } })),
                found("/*/owner", "unknown_member", json!({ "count": 2, "types": { "object": 2 }, "members": {
                    "userId": { "count": 2, "types": { "string": 2 }, "formats": { "uuid": 2 }, "example": CANARY },
                    "roles": { "count": 2, "types": { "array": 2 }, "items": { "count": 4, "types": { "string": 4 } } },
                } })),
                found("/*/createdAt", "unknown_member", json!({ "count": 2, "types": { "string": 2 } })),
                found("/*/cover/height", "unknown_member", json!({ "count": 2, "types": { "integer": 2 } })),
                found("/*/mixed", "unknown_member", json!({ "count": 2, "types": { "integer": 1, "string": 1 } })),
                found("/*/title", "null", json!({ "count": 1, "null": 1 })),
                found("/*/cover", "null", json!({ "count": 1, "null": 1 })),
                found("/*/kind", "enum_value", json!({ "count": 1, "types": { "string": 1 }, "values": ["shared"] })),
                found("/*/id", "missing", json!({})),
                found("", "status", json!({ "values": ["206"] })),
            ],
            "members": [
                { "place": "/*/title", "schema": "Album", "present": 3 },
                { "place": "/*/created_at", "schema": "Album", "present": 3, "aliases": { "createdAt": 1 } },
            ],
        },
        { "operation": "getAlbum", "outcome": "failed", "reason": "The vendor failed (HTTP 500).", "calls": 1 },
    ]);
    report["doubts"] = json!([
        { "operation": "listAlbums", "probe": "shape", "verdict": "confirmed",
          "doubt": "The response is assumed to be a plain list. Whether it is paginated is unknown. Which filters exist is unknown." },
        { "operation": "getAlbum", "probe": "status", "verdict": "contradicted", "seen": 410,
          "doubt": "It is read from a program that no longer exists." },
        { "operation": "createAlbum", "probe": "write", "verdict": "contradicted", "seen": CANARY,
          "doubt": "The body is a guess." },
        { "schema": "Album", "member": "created_at", "probe": "content", "verdict": "answered", "seen": "date-time",
          "doubt": "The format is unknown." },
    ]);
    report["paging"] = json!([{ "operation": "listAlbums", "style": "offset", "start": "offset", "size": "limit",
        "first": 0, "pages_read": 3, "overlaps": 0, "stable": true }]);
    report["choices"] = json!([
        { "id": "acme.page-size", "verdict": "contradicted", "value": 20 },
        { "id": "acme.order", "verdict": "contradicted", "value": "date" },
    ]);
    report
}

/// What could be read as markup.
const MARKUP: [&str; 9] =
    [": ", "\n# ", "\" \n- ", "](http://x)", "<b>", "*", "&a ", "/../", "\u{0}"];

/// A string that is odd, and no name.
fn odd(random: &mut fastrand::Rng) -> String {
    format!("{CANARY}{}", random.choice(MARKUP).unwrap())
}

/// Every place of a document.
fn places(value: &Value) -> Vec<String> {
    let mut places = Vec::new();
    spec::walk(value, "", &mut |_, at| places.push(at.to_owned()));
    places
}

fn change(report: &mut Value, random: &mut fastrand::Rng) {
    let places = places(report);
    let at = random.choice(&places).unwrap();
    let other = random.choice(&places).unwrap();
    let copied = report.pointer(other).cloned().unwrap_or_default();
    let Some(value) = report.pointer_mut(at) else { return };
    // A value of another type is refused as a whole, which a few reports suffice for.
    let keeps_types = random.u8(..20) > 0;
    let before = value.clone();
    match (random.u8(..12), &mut *value) {
        (0, _) => *value = copied,
        (1, Value::Array(items)) => items.extend(items.first().cloned()),
        (2, Value::Array(items)) => {
            items.pop();
        }
        (3, Value::Object(members)) => {
            members.insert(odd(random), copied);
        }
        (4, Value::Object(members)) => {
            let name = random.choice(members.keys()).cloned();
            name.and_then(|name| members.remove(&name));
        }
        (5, Value::Object(members)) => {
            // Another name of a member that was seen.
            let names = [
                "title",
                "Type",
                "x-evidence",
                "$ref",
                "id",
                "properties",
                "constructor",
                "true",
                "1e3",
                "null",
            ];
            let name = random.choice(names).unwrap();
            members.insert(name.to_owned(), copied);
        }
        (6, Value::String(text)) => text.push_str(&odd(random)),
        (7, Value::String(text)) => {
            let mut parts: Vec<&str> = text.split('/').collect();
            random.shuffle(&mut parts);
            *text = parts.join("/");
        }
        (8, Value::String(text)) => {
            let words = [
                "unknown_member",
                "null",
                "enum_value",
                "type",
                "confirmed",
                "contradicted",
                "answered",
                "seen",
                "offset",
                "page",
                "cursor",
                "single",
                "string",
                "integer",
                "/*/title",
                "/*/cover",
                "/*/kind",
                "Album",
                "Picture",
            ];
            (*random.choice(words).unwrap()).clone_into(text);
        }
        (9, Value::Number(_)) => {
            *value = random
                .choice([json!(0), json!(-1), json!(u64::MAX), json!(1.5), json!(1e300)])
                .unwrap();
        }
        (10, _) => *value = json!(odd(random)),
        _ => {
            *value =
                random.choice([Value::Null, json!([]), json!({}), json!(true), json!(7)]).unwrap();
        }
    }
    if keeps_types && std::mem::discriminant(&before) != std::mem::discriminant(value) {
        *value = before;
    }
}

/// The names of all members of all schemas.
fn members(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    spec::walk(document, "", &mut |value, at| {
        if at.ends_with("/properties") {
            names.extend(value.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        }
    });
    names
}

fn is_full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some()
}

#[test]
fn reports_that_were_changed_at_random_are_used_or_refused() {
    let count = if is_full() { 1000 } else { 60 };
    let mut used = 0;
    for seed in 0..count {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut report = full();
        for _ in 0..random.usize(1..6) {
            change(&mut report, &mut random);
        }
        let workspace = Workspace::new();
        let before = (workspace.specification(), workspace.read("oneteg-sandbox/choices.toml"));
        let known = members(&workspace.document());
        let import = || workspace.try_import(report.to_string().as_bytes(), Options::default());
        let shown = |what: &str| format!("seed {seed}: {what}\n{report:#}");
        let now = || (workspace.specification(), workspace.read("oneteg-sandbox/choices.toml"));
        match import() {
            Err(error) => {
                let text = format!("{error:#}");
                assert!(!text.contains("fault of the import"), "{}", shown(&text));
                assert!(!text.contains(CANARY), "{}", shown(&text));
                assert_eq!(now(), before, "{}", shown(&text));
            }
            Ok(text) => {
                used += 1;
                assert!(!text.contains(CANARY), "{}", shown(&text));
                let after = now();
                assert!(
                    !after.0.contains(CANARY) && !after.1.contains(CANARY),
                    "{}",
                    shown(&after.0)
                );
                // What was added is in the report.
                let source = report.to_string();
                let added = members(&workspace.document());
                for name in added.difference(&known) {
                    assert!(source.contains(name.as_str()), "{}", shown(name));
                }
                let table: toml_edit::DocumentMut = after.1.parse().unwrap();
                assert_eq!(table.len(), CHOICES.parse::<toml_edit::DocumentMut>().unwrap().len());
                let again = import().unwrap();
                assert!(again.starts_with("nothing changed"), "{}", shown(&again));
                assert_eq!(now(), after, "{}", shown(&again));
            }
        }
    }
    assert!(used * 3 > count, "only {used} of {count} were used");
}

/// The same with the report of a run, into a specification of this workspace.
#[test]
fn the_report_of_a_run_may_be_changed_at_random() {
    let text = fs::read_to_string(workspace::root().join("docs/evidence/evidence.json")).unwrap();
    let count = if is_full() { 40 } else { 4 };
    for seed in 0..count {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut report: Value = serde_json::from_str(&text).unwrap();
        for _ in 0..random.usize(20..200) {
            change(&mut report, &mut random);
        }
        // A report that is none would be refused as a whole.
        let base: Value = serde_json::from_str(&text).unwrap();
        for member in ["format", "version", "vendor", "date", "server"] {
            report[member] = base[member].clone();
        }
        let copy = Copy::of("netx");
        let path = copy.path("report.json");
        fs::write(&path, report.to_string()).unwrap();
        let specification = |folder: &Folder| folder.files.clone();
        let before = specification(&copy.folder());
        match copy.try_import(&path) {
            Err(error) => {
                let text = format!("{error:#}");
                assert!(!text.contains("fault of the import"), "seed {seed}: {text}");
                assert_eq!(specification(&copy.folder()), before, "seed {seed}: {text}");
            }
            Ok(_) => {
                let after = specification(&copy.folder());
                assert!(!after.values().any(|text| text.contains(CANARY)), "seed {seed}");
                let again = copy.try_import(&path).unwrap();
                assert!(again.starts_with("nothing changed"), "seed {seed}: {again}");
                assert_eq!(specification(&copy.folder()), after, "seed {seed}");
            }
        }
    }
}
