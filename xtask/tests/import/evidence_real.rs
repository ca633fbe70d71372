//! Reports about the specifications of this workspace.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use oneteg_catalog::{Catalog, Schemas};
use serde_json::{Value, json};
use xtask::{
    commands::{
        evidence::{Options, run_in},
        generate::{Generated, pipeline},
    },
    import::{Folder, evidence::CHOICES},
    spec::{self, Spec},
    workspace,
};

use crate::evidence::report;

/// A copy of a vendor's specification, into which a report was imported.
pub(crate) struct Copy {
    folder: tempfile::TempDir,
    vendor: &'static str,
}

impl Copy {
    pub(crate) fn of(vendor: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("specs").join(vendor);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(workspace::root().join("specs").join(vendor)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
        Self { folder, vendor }
    }

    pub(crate) fn try_import(&self, report: &Path) -> anyhow::Result<String> {
        let options = Options { from_sandbox: true, ..Options::default() };
        Ok(run_in(self.folder.path(), self.vendor, &[report.to_owned()], options)?.text)
    }

    fn import(&self, report: &Path) -> String {
        self.try_import(report).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// A file next to the specification.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn import_value(&self, report: &Value) -> String {
        let path = self.folder.path().join("report.json");
        fs::write(&path, report.to_string()).unwrap();
        self.import(&path)
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::read(&self.folder.path().join("specs").join(self.vendor)).unwrap()
    }

    fn generated(&self) -> Generated {
        let sources = self.folder().sources(self.vendor);
        pipeline(&sources).unwrap_or_else(|errors| panic!("{errors}"))
    }
}

fn is_full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some()
}

/// A report in which every operation was seen, every schema has a member that the specification lacks, every member was
/// `null` once, and every probe is confirmed.
fn everything(vendor: &str, catalog: &Catalog) -> Value {
    let mut report = report();
    report["vendor"] = json!(vendor);
    let operations: Vec<Value> = catalog
        .operations
        .iter()
        .map(|entry| {
            let mut places = Places::default();
            if let Some(schema) = &entry.response.schema {
                places.walk(&catalog.schemas, schema, "", None, 0);
            }
            json!({
                "operation": entry.operation_id, "outcome": "seen", "calls": 1,
                "responses": [{ "status": 200, "documented": true, "count": 1 }],
                "findings": places.findings, "members": places.members,
            })
        })
        .collect();
    report["operations"] = operations.into();
    let rows = catalog.doubts.iter().flat_map(|doubt| {
        doubt.probes.iter().map(|probe| {
            json!({
                "operation": doubt.operation, "parameter": doubt.parameter, "schema": doubt.schema,
                "member": doubt.member, "doubt": doubt.doubt, "probe": probe.ask.word(), "verdict": "confirmed",
            })
        })
    });
    report["doubts"] = rows.collect();
    report
}

#[derive(Default)]
struct Places {
    findings: Vec<Value>,
    members: Vec<Value>,
}

impl Places {
    fn walk(
        &mut self,
        schemas: &Schemas,
        schema: &Value,
        place: &str,
        name: Option<&str>,
        depth: usize,
    ) {
        if depth > 4 {
            return;
        }
        let name = Schemas::name(schema)
            .or_else(|| schema["allOf"].get(0).and_then(Schemas::name))
            .or(name);
        let resolved = schemas.resolve(schema);
        if let Some(members) = resolved["properties"].as_object() {
            self.findings.push(json!({
                "place": format!("{place}/seenOnce"), "schema": name, "kind": "unknown_member", "count": 1, "of": 1,
                "seen": { "count": 1, "types": { "boolean": 1 } },
            }));
            for (member, schema) in members {
                let place = spec::child(place, member);
                self.members.push(json!({ "place": place, "schema": name, "present": 1 }));
                self.findings.push(json!({
                    "place": place, "schema": name, "kind": "null", "count": 1, "of": 2, "seen": { "count": 1, "null": 1 },
                }));
                self.walk(schemas, schema, &place, name, depth + 1);
            }
        }
        for inner in ["items", "additionalProperties"] {
            if resolved[inner].is_object() {
                self.walk(schemas, &resolved[inner], &format!("{place}/*"), name, depth + 1);
            }
        }
    }
}

#[test]
fn everything_that_a_report_can_say_fits_into_the_specifications() {
    let vendors: &[&'static str] =
        if is_full() { &["netx", "mediavalet", "netexplorer"] } else { &["netx"] };
    for vendor in vendors {
        let copy = Copy::of(vendor);
        let before = copy.folder();
        let report = everything(vendor, oneteg_catalog::of(vendor).unwrap());
        let text = copy.import_value(&report);
        let after = copy.folder();
        let document = Spec::from_sources(&after.sources(vendor)).unwrap().root;
        spec::walk(&document, "", &mut |value, at| {
            let evidence = &value["x-evidence"];
            assert!(
                evidence.get("doubt").is_none() && evidence.get("probe").is_none(),
                "{vendor} {at}"
            );
        });
        assert!(!text.contains("## Left out"), "{text}");
        // Comments stay.
        let comments = |folder: &Folder| -> BTreeSet<String> {
            let lines = folder.files.values().flat_map(|text| text.lines());
            lines.filter(|line| line.trim_start().starts_with('#')).map(str::to_owned).collect()
        };
        assert_eq!(comments(&before), comments(&after), "{vendor}");
        let generated = copy.generated();
        assert!(generated.warnings.is_empty(), "{:?}", generated.warnings);
        let has_field = |text: &str| text.contains("pub seen_once: Option<bool>");
        assert!(generated.files.iter().any(|file| has_field(&file.text)), "{vendor}");
        let again = copy.import_value(&report);
        assert!(again.starts_with("nothing changed"), "{again}");
    }
}

#[test]
fn the_report_in_the_documentation_becomes_members_of_the_sdk() {
    let copy = Copy::of("netx");
    let has_field = |generated: &Generated, field: &str| {
        generated.files.iter().any(|file| file.text.contains(&format!("pub {field}: Option<")))
    };
    let fields = ["rating_count", "last_viewed", "created_by"];
    let before = copy.generated();
    assert!(fields.iter().all(|field| !has_field(&before, field)));
    let text = copy.import(&workspace::root().join("docs/evidence/evidence.json"));
    let after = copy.generated();
    for field in fields {
        assert!(has_field(&after, field), "{field}\n{text}");
    }
    // Another type is not imported.
    assert!(
        text.contains("components.schemas.User.properties.name: `string` here; integer"),
        "{text}"
    );
}

#[test]
fn choices_of_the_sandbox_look_at_operations_that_exist() {
    let table = fs::read_to_string(workspace::root().join(CHOICES)).unwrap();
    let table: toml_edit::DocumentMut = table.parse().unwrap();
    let mut seen = 0;
    for vendor in oneteg_catalog::VENDORS {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        for (name, entry) in table[vendor].as_table().unwrap() {
            let places = entry.get("observe").and_then(toml_edit::Item::as_array);
            for place in places.into_iter().flatten() {
                let place = place.as_str().unwrap();
                let (operation, place) = place.split_once(' ').unwrap_or((place, ""));
                assert!(catalog.find(operation).is_some(), "{vendor}.{name}: {operation}");
                assert!(place.is_empty() || place.starts_with('/'), "{vendor}.{name}: {place}");
                seen += 1;
            }
        }
    }
    assert!(seen > 3);
}
