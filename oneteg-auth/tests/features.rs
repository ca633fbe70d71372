//! What the feature `oauth` brings into a build.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, process::Command};

/// The crates that a program builds for this one with some features.
fn crates(features: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--package", "oneteg-auth", "--no-default-features", "--features", features])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn without_oauth_a_build_has_none_of_its_dependencies() {
    let (with, without) = (crates("rustls,oauth"), crates("rustls"));
    for name in ["chacha20poly1305", "poly1305", "arc-swap", "sha2"] {
        assert!(with.contains(name), "{name} is not a dependency of `oauth`");
        assert!(!without.contains(name), "{name} without `oauth`");
    }
    assert!(with.len() >= without.len() + 15, "{} and {} crates", with.len(), without.len());
    assert!(!with.contains("webbrowser"), "the browser is a feature of its own");
}
