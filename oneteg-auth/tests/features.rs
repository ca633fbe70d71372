//! What the features `oauth` and `profiles` bring into a build.

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

#[test]
fn without_profiles_a_build_has_no_toml() {
    let (with, without) = (crates("rustls,profiles"), crates("rustls"));
    for name in ["etcetera", "toml", "toml_parser", "winnow"] {
        assert!(with.contains(name), "{name} is not a dependency of `profiles`");
        assert!(!without.contains(name), "{name} without `profiles`");
    }
}

/// A client that reads a clock needs no second interface to the system: each is a second of a build.
#[test]
fn no_feature_of_an_ordinary_client_brings_another_interface_to_the_system() {
    let all = crates("rustls,oauth,browser,profiles");
    for name in ["rustix", "linux-raw-sys"] {
        assert!(!all.contains(name), "{name}");
    }
}
