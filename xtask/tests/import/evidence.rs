//! Reports of `oneteg verify` that become part of a specification.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{
    commands::{
        evidence::{Options, run_in},
        generate::pipeline,
    },
    import::Folder,
    spec::Spec,
};

const SPEC: &str = include_str!("../data/evidence/openapi.yaml");
pub(crate) const CHOICES: &str = "# The table.\n[acme.page-size]\nchoice = \"Pages have this size.\"\n\
    value = 50 # A round number.\n\n[acme.order]\nchoice = \"Lists are sorted by name.\"\nvalue = \"name\"\n\n\
    [acme.album-members]\nchoice = \"An album has these.\"\nvalue = [\"title\", \"size\"]\n\
    observe = [\"listAlbums /*\", \"getAlbum\"]\n";

/// A workspace with a specification and a table of choices.
pub(crate) struct Workspace {
    pub(crate) folder: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("specs/acme/openapi.yaml", SPEC);
        write("oneteg-sandbox/choices.toml", CHOICES);
        Self { folder }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn specification(&self) -> String {
        self.read("specs/acme/openapi.yaml")
    }

    pub(crate) fn report(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("report.json");
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Imports a report, and returns what the command prints.
    pub(crate) fn import(&self, report: &Value) -> String {
        self.try_import(report.to_string().as_bytes(), Options::default())
            .unwrap_or_else(|error| panic!("{error:#}"))
    }

    pub(crate) fn try_import(&self, bytes: &[u8], options: Options) -> anyhow::Result<String> {
        let report = self.report(bytes);
        Ok(run_in(self.folder.path(), "acme", &[report], options)?.text)
    }

    pub(crate) fn document(&self) -> Value {
        let folder = Folder::read(&self.folder.path().join("specs/acme")).unwrap();
        pipeline(&folder.sources("acme")).unwrap_or_else(|errors| panic!("{errors}"));
        Spec::from_sources(&folder.sources("acme")).unwrap().root
    }
}

/// A report without findings.
pub(crate) fn report() -> Value {
    json!({
        "format": "oneteg-evidence", "version": 1, "vendor": "acme", "date": "2026-11-26", "tool": "oneteg 0.1.0",
        "specification": "", "server": "account", "mode": "read_only", "requests": 12, "budget": 40, "completed": true,
        "operations": [], "doubts": [], "paging": [], "choices": []
    })
}

/// A report about one operation that was seen.
pub(crate) fn seen(operation: &str, findings: Value, members: Value) -> Value {
    let mut report = report();
    report["operations"] = json!([{
        "operation": operation, "outcome": "seen", "calls": 3, "findings": findings, "members": members,
        "responses": [{ "status": 200, "media_type": "application/json", "documented": true, "count": 3 }]
    }]);
    report
}

fn unknown(place: &str, seen: Value) -> Value {
    json!({ "place": place, "schema": "Album", "kind": "unknown_member", "count": 2, "of": 3, "seen": seen })
}

#[test]
fn members_that_were_seen_are_added_with_their_types() {
    let workspace = Workspace::new();
    let report = seen(
        "listAlbums",
        json!([
            unknown("/*/photoCount", json!({ "count": 2, "types": { "integer": 2 } })),
            unknown(
                "/*/owner",
                json!({ "count": 2, "types": { "object": 2 }, "members": {
                "userId": { "count": 2, "types": { "string": 2 }, "formats": { "uuid": 2 } } } })
            ),
            unknown("/*/createdAt", json!({ "count": 2, "types": { "string": 2 } })),
            unknown("/*/cover/height", json!({ "count": 2, "types": { "integer": 2 } })),
            unknown("/*/empty", json!({ "count": 2, "null": 2 })),
            unknown("/*/mixed", json!({ "count": 2, "types": { "integer": 1, "string": 1 } })),
        ]),
        json!([]),
    );
    let text = workspace.import(&report);
    let schemas = workspace.document()["components"]["schemas"].clone();
    let evidence = json!({ "confidence": "observed", "sources": ["o1"] });
    let album = &schemas["Album"]["properties"];
    assert_eq!(
        album["photoCount"],
        json!({ "type": "integer", "format": "int64", "nullable": true, "x-evidence": evidence,
                "description": "Seen in responses; not documented." })
    );
    assert_eq!(album["owner"]["properties"]["userId"]["format"], "uuid");
    // Another spelling is no member.
    assert_eq!(album["created_at"]["x-aliases"], json!(["createdAt"]));
    assert!(album.get("createdAt").is_none() && album.get("empty").is_none(), "{text}");
    assert!(album.get("mixed").is_none(), "{text}");
    assert_eq!(schemas["Picture"]["properties"]["height"]["type"], "integer");
    // `Picture` is also sent.
    assert!(text.contains("## Guessed (1)"), "{text}");
    assert!(text.contains("components.schemas.Picture.height"), "{text}");
    let specification = workspace.specification();
    assert!(
        specification
            .contains("  o1: Run of oneteg verify on 2026-11-26, read-only, 12 requests (SHA-256 "),
        "{specification}"
    );
    // Nothing else is written differently.
    for line in SPEC.lines() {
        let is_kept = specification.contains(line)
            || ["  confidence: documented", "sources: [v1]", "- v1"]
                .iter()
                .any(|part| line.contains(part));
        assert!(is_kept, "{line}\n{specification}");
    }
    // The second time, nothing changes.
    assert!(workspace.import(&report).starts_with("nothing changed"));
    assert_eq!(workspace.specification(), specification);
}

#[test]
fn what_was_seen_as_described_has_the_grade_observed() {
    let workspace = Workspace::new();
    let members = json!([
        { "place": "/*/title", "schema": "Album", "present": 3 },
        { "place": "/*/created_at", "schema": "Album", "present": 3, "null": 3 }
    ]);
    workspace.import(&seen("listAlbums", json!([]), members));
    let document = workspace.document();
    let operation = &document["paths"]["/albums"]["get"]["x-evidence"];
    assert_eq!(
        (&operation["confidence"], &operation["sources"]),
        (&json!("observed"), &json!(["v1", "o1"]))
    );
    let album = &document["components"]["schemas"]["Album"];
    assert_eq!(album["x-evidence"]["confidence"], "observed");
    // It was only `null`.
    assert_eq!(album["properties"]["created_at"]["x-evidence"]["confidence"], "inferred");
    // It was not called.
    assert_eq!(
        document["paths"]["/albums/{albumId}"]["get"]["x-evidence"]["confidence"],
        "inferred"
    );
    let specification = workspace.specification();
    for kept in [
        "        # Why this is here.\n        confidence: observed",
        "- v1 # The list has one item.\n          - o1",
    ] {
        assert!(specification.contains(kept), "{specification}");
    }
}

#[test]
fn null_and_values_of_enums_are_added() {
    let workspace = Workspace::new();
    let finding = |place: &str, kind: &str, seen: Value| json!({ "place": place, "schema": "Album", "kind": kind, "count": 1, "of": 3, "seen": seen });
    let report = seen(
        "listAlbums",
        json!([
            finding("/*/title", "null", json!({ "count": 1, "null": 1 })),
            finding("/*/cover", "null", json!({ "count": 1, "null": 1 })),
            finding(
                "/*/kind",
                "enum_value",
                json!({ "count": 1, "types": { "string": 1 }, "values": ["shared"] })
            ),
        ]),
        json!([]),
    );
    let text = workspace.import(&report);
    let document = workspace.document();
    let album = &document["components"]["schemas"]["Album"]["properties"];
    assert_eq!(album["title"]["nullable"], true, "{text}");
    assert_eq!(
        album["cover"],
        json!({ "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Picture" }] })
    );
    assert_eq!(album["kind"]["enum"], json!(["open", "closed", "shared"]));
    assert_eq!(album["kind"]["x-enum-descriptions"][2], "Seen in responses; not documented.");
    assert!(
        workspace
            .specification()
            .contains("title:\n          type: string\n          nullable: true\n")
    );
    assert!(workspace.import(&report).starts_with("nothing changed"));
}

#[test]
fn conflicts_are_for_a_person_and_lower_no_grade() {
    let workspace = Workspace::new();
    let finding = |place: &str, kind: &str, seen: Value| json!({ "place": place, "schema": "Album", "kind": kind, "count": 1, "of": 3, "seen": seen });
    let findings = json!([
        finding("/*/title", "type", json!({ "count": 1, "types": { "integer": 1 } })),
        finding("/*/id", "missing", json!({})),
        finding("/*/created_at", "format", json!({ "count": 1, "types": { "string": 1 } })),
        finding("/*/kind", "enum_value", json!({ "count": 1, "types": { "string": 1 } })),
        finding("", "status", json!({ "values": ["206"] })),
        finding("envelope:/result", "envelope", json!({})),
    ]);
    let members = json!([{ "place": "/*/created_at", "schema": "Album", "present": 3 }]);
    let text = workspace.import(&seen("listAlbums", findings, members));
    assert_eq!(workspace.specification(), SPEC, "{text}");
    assert!(text.contains("## To decide (6)"), "{text}");
    for part in [
        "components.schemas.Album.properties.title: `string` here; integer once",
        "components.schemas.Album.properties.id: 1 of 3",
        "GET /albums: `206`",
        "the report does not name; ask its author",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn doubts_are_settled_sentence_by_sentence() {
    let workspace = Workspace::new();
    let mut report = report();
    let of_list = |probe: &str, verdict: &str| {
        json!({ "operation": "listAlbums", "probe": probe, "verdict": verdict, "doubt":
            "The response is assumed to be a plain list. Whether it is paginated is unknown. Which filters exist is unknown." })
    };
    report["doubts"] = json!([
        of_list("shape", "confirmed"),
        of_list("paging", "not_reachable"),
        of_list("vendor", "needs_other_account"),
        { "operation": "getAlbum", "probe": "status", "verdict": "confirmed",
          "doubt": "It is read from a program that no longer exists." },
        { "schema": "Album", "member": "created_at", "probe": "content", "verdict": "answered", "seen": "date-time",
          "doubt": "The format is unknown." },
    ]);
    let text = workspace.import(&report);
    let document = workspace.document();
    let list = &document["paths"]["/albums"]["get"]["x-evidence"];
    assert_eq!(
        list["doubt"], "Whether it is paginated is unknown. Which filters exist is unknown.",
        "{text}"
    );
    assert_eq!(
        list["probe"],
        json!([{ "ask": "paging", "of": [1] }, { "ask": "vendor", "of": [2] }])
    );
    assert_eq!(list["confidence"], "documented");
    let get = &document["paths"]["/albums/{albumId}"]["get"]["x-evidence"];
    assert_eq!(*get, json!({ "confidence": "observed", "sources": ["v1", "o1"] }));
    let created = &document["components"]["schemas"]["Album"]["properties"]["created_at"];
    assert_eq!(created["description"], "When it was created. Responses contain `date-time`.");
    assert_eq!(created["x-evidence"], json!({ "confidence": "observed", "sources": ["v1", "o1"] }));
    assert!(text.contains("doubts that the run did not reach"), "{text}");
    let specification = workspace.specification();
    assert!(workspace.import(&report).starts_with("nothing changed"));
    assert_eq!(workspace.specification(), specification);
}

#[test]
fn a_contradicted_doubt_becomes_what_was_seen() {
    let workspace = Workspace::new();
    let mut report = report();
    report["doubts"] = json!([
        { "operation": "getAlbum", "probe": "status", "verdict": "contradicted", "seen": 410,
          "doubt": "It is read from a program that no longer exists." },
        { "operation": "createAlbum", "probe": "write", "verdict": "contradicted", "seen": "Delete *everything*: [now](http://x)",
          "doubt": "The body is a guess." },
    ]);
    let text = workspace.import(&report);
    let document = workspace.document();
    let get = &document["paths"]["/albums/{albumId}"]["get"]["x-evidence"];
    assert_eq!(
        get["doubt"],
        "Responses contradict what is described; the probe `status` saw `410`."
    );
    assert_eq!(
        (&get["confidence"], &get["probe"]),
        (&json!("inferred"), &json!([{ "ask": "status" }]))
    );
    let create = &document["paths"]["/albums"]["post"]["x-evidence"];
    assert_eq!(
        create["doubt"],
        "Responses contradict what is described; the probe `write` saw something else."
    );
    assert!(text.contains("## To decide (2)"), "{text}");
    assert!(workspace.import(&report).starts_with("nothing changed"));
}

#[test]
fn pages_that_an_experiment_found_become_parameters() {
    let workspace = Workspace::new();
    let mut report = report();
    report["paging"] = json!([{ "operation": "listAlbums", "style": "offset", "start": "offset", "size": "limit",
        "total": "../total", "first": 0, "pages_read": 3, "overlaps": 0, "stable": true }]);
    let text = workspace.import(&report);
    let document = workspace.document();
    let list = &document["paths"]["/albums"]["get"];
    assert_eq!(
        list["x-pagination"],
        json!({ "style": "offset", "start": "offset", "size": "limit" }),
        "{text}"
    );
    let names: Vec<&Value> =
        list["parameters"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["offset", "limit"]);
    assert_eq!(list["parameters"][0]["x-evidence"]["confidence"], "observed");
    assert!(
        workspace
            .specification()
            .contains("x-pagination: {style: offset, start: offset, size: limit}")
    );
    assert!(workspace.import(&report).starts_with("nothing changed"));
}

#[test]
fn experiments_that_are_not_conclusive_change_nothing() {
    let workspace = Workspace::new();
    let paging = |change: (&str, Value)| {
        let mut paging = json!({ "operation": "listAlbums", "style": "offset", "start": "offset", "size": "limit",
            "first": 0, "pages_read": 3, "overlaps": 0, "stable": true });
        paging[change.0] = change.1;
        paging
    };
    for change in [
        ("pages_read", json!(1)),
        ("overlaps", json!(2)),
        ("stable", json!(false)),
        ("start", json!("a&b=c")),
        ("size", json!("offset")),
        ("style", json!("single")),
        ("style", json!("spiral")),
    ] {
        let mut report = report();
        report["paging"] = json!([paging(change.clone())]);
        let text = workspace.import(&report);
        assert!(text.starts_with("nothing changed"), "{change:?}: {text}");
    }
    let mut pages = report();
    pages["paging"] = json!([paging(("style", json!("page")))]);
    assert!(workspace.import(&pages).contains("pages are numbered from 0"));
}

#[test]
fn choices_of_the_sandbox_are_replaced() {
    let workspace = Workspace::new();
    let mut report = report();
    report["choices"] = json!([
        { "id": "acme.page-size", "verdict": "contradicted", "value": 100 },
        { "id": "order", "verdict": "confirmed" },
        { "id": "acme.order", "verdict": "contradicted", "value": 3 },
        { "id": "acme.unknown", "verdict": "contradicted", "value": 3 },
    ]);
    let text = workspace.import(&report);
    let table = workspace.read("oneteg-sandbox/choices.toml");
    assert_eq!(
        table,
        CHOICES
            .replace(
                "value = 50 # A round number.\n",
                "value = 100 # A round number.\nevidence = \"observed 2026-11-26 (o1)\"\n"
            )
            .replace(
                "value = \"name\"\n",
                "value = \"name\"\nevidence = \"observed 2026-11-26 (o1)\"\n"
            ),
        "{text}"
    );
    assert!(workspace.document()["x-sources"]["o1"].is_string(), "{text}");
    assert!(workspace.import(&report).starts_with("nothing changed"));
}

/// `oneteg verify` does not know the table: it states what the vendor does.
#[test]
fn what_was_seen_of_a_choice_is_evidence_or_replaces_it() {
    let workspace = Workspace::new();
    let mut report = report();
    report["choices"] = json!([
        { "id": "acme.page-size", "verdict": "answered", "value": 50 },
        { "id": "acme.order", "verdict": "answered", "value": "date" },
    ]);
    let text = workspace.import(&report);
    let table = workspace.read("oneteg-sandbox/choices.toml");
    let evidence = "evidence = \"observed 2026-11-26 (o1)\"\n";
    assert_eq!(
        table,
        CHOICES
            .replace("A round number.\n", &format!("A round number.\n{evidence}"))
            .replace("value = \"name\"\n", &format!("value = \"date\"\n{evidence}")),
        "{text}"
    );
    assert!(workspace.import(&report).starts_with("nothing changed"));
    let mut next = report.clone();
    next["date"] = json!("2026-11-27");
    workspace.import(&next);
    assert_eq!(workspace.read("oneteg-sandbox/choices.toml"), table);
}

#[test]
fn check_writes_nothing() {
    let workspace = Workspace::new();
    let report = seen("listAlbums", json!([]), json!([]));
    let options = Options { check: true, ..Options::default() };
    let text = workspace.try_import(report.to_string().as_bytes(), options).unwrap();
    assert!(text.starts_with("specs/acme/openapi.yaml would change"), "{text}");
    assert_eq!(workspace.specification(), SPEC);
}

#[test]
fn a_choice_that_states_where_to_look_is_replaced() {
    let workspace = Workspace::new();
    let finding = json!([{ "place": "/*/owner", "schema": "Album", "kind": "unknown_member", "count": 1, "of": 1,
        "seen": { "count": 1, "types": { "string": 1 } } }]);
    let members = json!([
        { "place": "/*", "present": 2 }, { "place": "/*/title", "present": 2 }, { "place": "/*/cover/width", "present": 2 },
        { "place": "/*/kind", "present": 0, "absent": 2 }
    ]);
    let report = seen("listAlbums", finding, members);
    let text = workspace.import(&report);
    let table = workspace.read("oneteg-sandbox/choices.toml");
    assert!(table.contains("value = [\"title\", \"owner\"]\nobserve"), "{table}\n{text}");
    assert!(workspace.import(&report).starts_with("nothing changed"));
    // The next account confirms it, which is known already.
    let mut next = report.clone();
    next["date"] = json!("2026-11-27");
    workspace.import(&next);
    assert_eq!(workspace.read("oneteg-sandbox/choices.toml"), table);
}

#[test]
fn a_doubt_about_members_is_settled_by_the_members_that_are_added() {
    let workspace = Workspace::new();
    let spec = workspace.specification().replace(
        "          - v1 # The list has one item.\n",
        "          - v1 # The list has one item.\n        doubt: No response has been seen. Its size is unknown.\n        \
         probe: [{ask: members}, {ask: write, of: [2]}]\n",
    );
    fs::write(workspace.folder.path().join("specs/acme/openapi.yaml"), spec).unwrap();
    let finding = json!([{ "place": "/*/rating", "schema": "Album", "kind": "unknown_member", "count": 1, "of": 1,
        "seen": { "count": 1, "types": { "integer": 1 } } }]);
    let mut report = seen("listAlbums", finding, json!([]));
    let row = |probe: &str, verdict: &str, seen: Value| {
        json!({ "schema": "Album", "probe": probe, "verdict": verdict, "seen": seen,
                "doubt": "No response has been seen. Its size is unknown." })
    };
    report["doubts"] = json!([
        row("members", "contradicted", json!(["rating"])),
        row("write", "needs_write", Value::Null),
    ]);
    let text = workspace.import(&report);
    let album = workspace.document()["components"]["schemas"]["Album"].clone();
    assert_eq!(album["x-evidence"]["doubt"], "Its size is unknown.", "{text}");
    assert_eq!(
        album["x-evidence"]["probe"],
        json!([{ "ask": "members" }, { "ask": "write", "of": [1] }])
    );
    assert!(workspace.specification().contains("probe: [{ask: members}, {ask: write, of: [1]}]"));
    assert!(!text.contains("To decide"), "{text}");
}
