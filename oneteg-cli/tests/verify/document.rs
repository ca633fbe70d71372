//! The run in `docs/evidence.md`: its report is committed, and is what the command writes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use oneteg_catalog::evidence::Report;
use oneteg_sandbox::Difference;
use serde_json::{Value, json};

use crate::common::{Cli, Vendors};

/// Writes the report instead of comparing it.
const UPDATE: &str = "ONETEG_UPDATE_DOCS";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/evidence")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_default()
}

/// What does not depend on the day, the fakes, the exact number of requests, or the rest of the specification.
fn lasting(report: &Report) -> Value {
    let operations = report.operations.iter().map(|operation| {
        let findings = operation.findings.iter().map(|finding| {
            let mut finding = finding.clone();
            finding.seen.example = None;
            finding.seen.members.values_mut().for_each(|member| member.example = None);
            finding
        });
        json!({ "operation": operation.operation, "outcome": operation.outcome,
                "findings": findings.collect::<Vec<_>>() })
    });
    json!({
        "vendor": report.vendor, "server": report.server, "mode": report.mode, "completed": report.completed,
        "operations": operations.collect::<Vec<_>>(), "paging": report.paging, "choices": report.choices,
        "doubts": report.doubts,
    })
}

/// A page without fakes, dates and numbers.
fn masked(page: &str) -> String {
    let mut masked = String::new();
    for line in page.lines() {
        let line = match line.split_once("such as ") {
            Some((before, after)) => {
                let rest =
                    after.trim_start_matches('`').split_once('`').map_or("", |(_, rest)| rest);
                format!("{before}such as …{rest}")
            }
            None => line.to_owned(),
        };
        masked.extend(line.chars().filter(|c| !c.is_ascii_digit()));
        masked.push('\n');
    }
    masked
}

#[test]
fn the_report_in_the_documentation_is_what_the_command_writes() {
    let (vendors, cli) = (Vendors::start(), Cli::new());
    cli.connect(&vendors);
    let differences: Vec<Difference> = serde_json::from_str(&read("differences.json")).unwrap();
    let netx = vendors.sandbox.netx();
    for difference in differences {
        netx.plant(difference).unwrap();
    }
    let to = cli.folder().join("report");
    let done = cli.run(&["verify", "nx", "--yes", "--to", to.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    let json = fs::read_to_string(to.join("evidence.json")).unwrap();
    let page = fs::read_to_string(to.join("report.md")).unwrap();
    let report: Report = serde_json::from_str(&json).unwrap();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(folder().join("evidence.json"), &json).unwrap();
        fs::write(folder().join("report.md"), &page).unwrap();
    }
    let committed: Report = serde_json::from_str(&read("evidence.json")).unwrap_or_default();
    let help = format!(
        "run `{UPDATE}=1 cargo test -p oneteg-cli --test verify document`, and review the difference"
    );
    assert_eq!(lasting(&committed), lasting(&report), "{help}");
    assert_eq!(masked(&read("report.md")), masked(&page), "{help}");
}
