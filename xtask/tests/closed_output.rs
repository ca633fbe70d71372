//! A reader of standard output that has gone, as with `cargo xtask coverage | head -1`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{io, process::Command};

#[test]
fn a_closed_standard_output_ends_a_command_silently() {
    for arguments in [&["coverage", "netx"][..], &["--json", "changelog", "check"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(arguments)
            .stdout(writer)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}
