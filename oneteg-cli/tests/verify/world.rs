//! A user with connections to a sandbox, and the reports of runs.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::PathBuf,
};

use oneteg_catalog::evidence::{Finding, Operation, Outcome, Report};
use oneteg_sandbox::{Sandbox, SandboxBuilder};

use crate::common::{Cli, Done, Vendors, browser};

/// The connections of [`Cli::connect`].
pub(crate) const CONNECTIONS: [&str; 3] = ["nx", "mv", "ne"];

/// A sandbox and a user who is signed in.
pub(crate) struct World {
    pub(crate) vendors: Vendors,
    pub(crate) cli: Cli,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Sandbox::builder())
    }

    pub(crate) fn with(builder: SandboxBuilder) -> Self {
        Self::of(Vendors::with(builder))
    }

    /// A user of these vendors, whose addresses may be those of other servers.
    pub(crate) fn of(vendors: Vendors) -> Self {
        let cli = Cli::new();
        cli.connect(&vendors);
        let mut child = cli.start(&["auth", "login", "mv", "--no-browser"]);
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut shown = String::new();
        while browser::url_in(&shown, "http://").is_none() {
            assert!(err.read_line(&mut shown).unwrap() > 0, "{shown}");
        }
        browser::open(&browser::url_in(&shown, "http://").unwrap());
        err.read_to_string(&mut shown).unwrap();
        assert!(child.wait().unwrap().success(), "{shown}");
        Self { vendors, cli }
    }

    /// The folder of the report of a connection.
    pub(crate) fn folder(&self, connection: &str) -> PathBuf {
        self.cli.folder().join(format!("report-{connection}"))
    }

    /// The arguments of a run.
    pub(crate) fn arguments(&self, connection: &str, more: &[&str]) -> Vec<String> {
        let folder = self.folder(connection).display().to_string();
        let arguments = ["verify", connection, "--yes", "--to", &folder];
        arguments.iter().chain(more).map(|word| (*word).to_owned()).collect()
    }

    pub(crate) fn verify(&self, connection: &str, more: &[&str]) -> Done {
        let arguments = self.arguments(connection, more);
        self.cli.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Runs to the end, and returns the report.
    pub(crate) fn verified(&self, connection: &str) -> Report {
        let done = self.verify(connection, &[]);
        assert_eq!(done.code, 0, "{done:?}");
        self.report(connection)
    }

    pub(crate) fn report(&self, connection: &str) -> Report {
        let path = self.folder(connection).join("evidence.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// The report for people.
    pub(crate) fn page(&self, connection: &str) -> String {
        std::fs::read_to_string(self.folder(connection).join("report.md")).unwrap()
    }
}

/// The differences that clients do not accept.
pub(crate) fn differences(report: &Report) -> Vec<String> {
    let shown = |operation: &Operation, finding: &Finding| {
        format!("{} {} {:?}: {:?}", operation.operation, finding.place, finding.kind, finding.seen)
    };
    let operations = report.operations.iter();
    operations
        .flat_map(|operation| {
            let findings = operation.findings.iter().filter(|finding| !finding.lenient);
            findings.map(|finding| shown(operation, finding)).collect::<Vec<_>>()
        })
        .collect()
}

pub(crate) fn count(report: &Report, outcome: Outcome) -> usize {
    report.operations.iter().filter(|operation| operation.outcome == outcome).count()
}

pub(crate) fn operation<'r>(report: &'r Report, name: &str) -> &'r Operation {
    report.operations.iter().find(|operation| operation.operation == name).unwrap()
}
