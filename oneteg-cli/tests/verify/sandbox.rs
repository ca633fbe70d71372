//! A run against each vendor of the sandbox.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
};

use oneteg_catalog::evidence::{Outcome, Report};

use crate::common::{Cli, Vendors, browser};

/// The connections of [`Cli::connect`].
const CONNECTIONS: [&str; 3] = ["nx", "mv", "ne"];

/// Signs in where that is needed.
fn connect(cli: &Cli, vendors: &Vendors) {
    cli.connect(vendors);
    let mut child = cli.start(&["auth", "login", "mv", "--no-browser"]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while browser::url_in(&shown, "http://").is_none() {
        assert!(err.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    browser::open(&browser::url_in(&shown, "http://").unwrap());
    err.read_to_string(&mut shown).unwrap();
    assert!(child.wait().unwrap().success(), "{shown}");
}

fn report(folder: &Path) -> Report {
    serde_json::from_slice(&std::fs::read(folder.join("evidence.json")).unwrap()).unwrap()
}

#[test]
fn nothing_differs_where_nothing_was_changed() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    connect(&cli, &vendors);
    for connection in CONNECTIONS {
        let folder = PathBuf::from(cli.folder()).join(connection);
        let done = cli.run(&["verify", connection, "--yes", "--to", folder.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{done:?}");
        let found = report(&folder);
        assert!(found.operations.iter().any(|operation| operation.outcome == Outcome::Seen));
    }
}
