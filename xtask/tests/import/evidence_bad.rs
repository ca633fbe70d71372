//! Reports that are malformed, hostile or out of date: a typed error, or left out. They never edit.

use serde_json::{Value, json};
use xtask::{commands::evidence::Options, import::evidence::ReportError};

use crate::evidence::{CHOICES, Workspace, report, seen};

/// The error of a report, which has written nothing.
fn refused(bytes: &[u8]) -> ReportError {
    let workspace = Workspace::new();
    let before = workspace.specification();
    let error = workspace.try_import(bytes, Options::default()).unwrap_err();
    assert_eq!(workspace.specification(), before);
    error.downcast::<ReportError>().unwrap_or_else(|error| panic!("{error:#}"))
}

/// What is printed of a report that edits nothing.
fn left_out(report: &Value) -> String {
    let workspace = Workspace::new();
    let before = workspace.specification();
    let text = workspace.import(report);
    assert!(text.starts_with("nothing changed"), "{text}");
    assert_eq!(workspace.specification(), before, "{text}");
    assert_eq!(workspace.read("oneteg-sandbox/choices.toml"), CHOICES, "{text}");
    text
}

fn with(member: &str, value: Value) -> Vec<u8> {
    let mut report = report();
    report[member] = value;
    report.to_string().into_bytes()
}

#[test]
fn what_is_no_report_of_this_vendor_is_refused() {
    let refuse = |bytes: &[u8]| refused(bytes).to_string();
    assert!(matches!(refused(b"# Report"), ReportError::NotJson(_)));
    assert!(matches!(refused(b"[]"), ReportError::OtherFormat));
    assert!(matches!(refused(b"\xff"), ReportError::NotJson(_)));
    assert!(matches!(refused(&with("format", json!("har"))), ReportError::OtherFormat));
    assert!(matches!(refused(&with("version", json!("1"))), ReportError::OtherFormat));
    assert!(matches!(refused(&with("version", json!(2))), ReportError::OtherVersion(2)));
    assert!(matches!(refused(&with("vendor", json!("netx"))), ReportError::OtherVendor { .. }));
    assert!(matches!(refused(&with("date", json!("26.11.2026"))), ReportError::NoDate));
    assert!(matches!(refused(&with("date", json!("2026-11-2\n"))), ReportError::NoDate));
    assert!(matches!(refused(&with("server", json!("loopback"))), ReportError::Sandbox));
    assert!(matches!(refused(&with("server", json!("moon"))), ReportError::Sandbox));
    let twice = json!([{ "operation": "listAlbums" }, { "operation": "listAlbums" }]);
    assert!(matches!(refused(&with("operations", twice)), ReportError::Twice(_)));
    // Values of a report are not repeated.
    let error = refuse(&with("doubts", json!([{ "doubt": 4711 }])));
    assert_eq!(error, "the report is malformed at `doubts[0].doubt`");
    let error = refuse(&with("vendor", json!("../../etc\nSecret")));
    assert!(error.contains("the vendor `(not a name)`"), "{error}");
    let deep = "[".repeat(100_000);
    assert!(matches!(refused(deep.as_bytes()), ReportError::NotJson(_)));
}

#[test]
fn a_report_of_the_sandbox_is_imported_on_request_only() {
    let workspace = Workspace::new();
    let mut report = seen("listAlbums", json!([]), json!([]));
    report["server"] = json!("loopback");
    let options = Options { from_sandbox: true, ..Options::default() };
    let text = workspace.try_import(report.to_string().as_bytes(), options).unwrap();
    assert!(text.starts_with("specs/acme/openapi.yaml changed"), "{text}");
}

#[test]
fn a_file_that_is_too_large_is_refused() {
    let bytes = vec![b' '; (64 << 20) + 1];
    assert!(matches!(refused(&bytes), ReportError::TooLarge));
}

#[test]
fn unknown_operations_and_places_are_left_out() {
    let text = left_out(&seen("deleteEverything", json!([]), json!([])));
    assert!(text.contains("deleteEverything"), "{text}");
    let text = left_out(&seen("../../../etc/passwd\n# Heading", json!([]), json!([])));
    assert!(text.contains("(not a name)") && !text.contains("passwd"), "{text}");

    let finding = |place: &str, kind: &str| {
        json!({ "place": place, "kind": kind, "count": 1, "of": 1,
                "seen": { "count": 1, "types": { "string": 1 }, "values": ["x"] } })
    };
    let mut findings = seen(
        "listAlbums",
        json!([
            finding("/*/gone/inner", "unknown_member"),
            finding("/*/title/inner", "unknown_member"),
            finding("/components/schemas/Album/x", "unknown_member"),
            finding("/*/../../id", "null"),
            finding("/*/title", "enum_value"),
            finding("/*/title", "smell"),
            finding("", "unknown_member"),
        ]),
        json!([{ "place": "/*/gone", "present": 4 }, { "place": "no pointer", "present": 4 }]),
    );
    // The operation itself was not seen as documented, so that nothing changes.
    findings["operations"][0]["responses"][0]["documented"] = json!(false);
    let text = left_out(&findings);
    assert!(text.contains("places that the specification does not have"), "{text}");
    assert!(text.contains("a kind that this tool does not know"), "{text}");
}

#[test]
fn names_and_strings_cannot_carry_markup() {
    let names = [
        "a: b",
        "a\nx-connection: {}",
        "a](http://evil.example)",
        "<script>",
        "../id",
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "ada@example.com",
        "&anchor",
        "*alias",
        "",
    ];
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let findings: Vec<Value> = names
        .iter()
        .map(|name| {
            json!({ "place": format!("/*/{}", escaped(name)), "schema": "Album", "kind": "unknown_member",
                    "count": 1, "of": 1, "seen": { "count": 1, "types": { "string": 1 } } })
        })
        .chain([json!({ "place": "/*/kind", "schema": "Album", "kind": "enum_value", "count": 1, "of": 1,
            "seen": { "count": 2, "types": { "string": 2 }, "values": ["a: b", "]x"] } })])
        .collect();
    let mut report = seen("listAlbums", json!(findings), json!([]));
    report["operations"][0]["responses"][0]["documented"] = json!(false);
    report["operations"][0]["reason"] = json!("# Heading\n[x](http://evil.example)");
    report["doubts"] = json!([{ "operation": "# Heading", "doubt": "[x](http://evil.example)", "verdict": "confirmed",
                                "reason": "x: y" }]);
    report["choices"] =
        json!([{ "id": "acme.order", "verdict": "contradicted", "value": "x\"\n[acme.evil]" }]);
    let text = left_out(&report);
    assert!(
        !text.contains("evil") && !text.contains("# Heading") && !text.contains("ada"),
        "{text}"
    );
    assert!(text.contains("10 × members whose names may be data"), "{text}");
}

#[test]
fn a_report_of_an_older_specification_is_used_where_nothing_changed() {
    let mut report = report();
    report["doubts"] = json!([
        { "operation": "getAlbum", "probe": "status", "verdict": "confirmed", "doubt": "Other words." },
        { "operation": "listAlbums", "probe": "shape", "verdict": "confirmed", "doubt":
          "The response is assumed to be a plain list. Whether it is paginated is unknown. Which filters exist is unknown." },
    ]);
    report["specification"] = json!("0000");
    let text = left_out(&report);
    assert!(text.contains("doubts that the specification no longer has in these words"), "{text}");
    // Rows for some of the probes only.
    assert!(text.contains("doubts whose probes are others than those of the report"), "{text}");
}

#[test]
fn anchored_text_is_left_to_a_person() {
    let workspace = Workspace::new();
    let path = workspace.folder.path().join("specs/acme/openapi.yaml");
    let anchored = workspace.specification().replace(
        "properties:\n        # Comments stay.",
        "properties: &members\n        # Comments stay.",
    );
    std::fs::write(&path, &anchored).unwrap();
    let finding = json!([{ "place": "/*/rating", "schema": "Album", "kind": "unknown_member", "count": 1, "of": 1,
        "seen": { "count": 1, "types": { "integer": 1 } } }]);
    let mut report = seen("listAlbums", finding, json!([]));
    report["operations"][0]["responses"][0]["documented"] = json!(false);
    let text = workspace.import(&report);
    assert_eq!(workspace.specification(), anchored, "{text}");
    assert!(text.contains("cannot be added to the text safely"), "{text}");
}
