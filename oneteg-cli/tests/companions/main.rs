//! The commands around the API: the sandbox, the doctor, the MCP server, completions and manual pages; and how `oneteg`
//! behaves in odd surroundings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod mcp;
mod mcp_peer;
mod pages;
mod readme;
mod sandbox;
mod support;
mod surroundings;
mod tls_server;

use std::io::{BufRead as _, BufReader, Read as _};

use common::{Cli, browser};

/// Signs in to a connection of a sandbox, as a person with a browser does.
fn sign_in(cli: &Cli, connection: &str) {
    let mut child = cli.start(&["auth", "login", connection, "--no-browser", "--again"]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while browser::url_in(&shown, "http://").is_none() {
        assert!(err.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    browser::open(&browser::url_in(&shown, "http://").unwrap());
    err.read_to_string(&mut shown).unwrap();
    assert!(child.wait().unwrap().success(), "{shown}");
}
