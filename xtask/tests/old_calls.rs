//! The generated calls of an old release are compiled against the current SDK: what a user would meet is found, by
//! operation and compiler error.
//!
//! The calls are edited instead of the SDK, so one run of the compiler shows all errors. With `ONETEG_TEST_FULL=1`, each
//! seeded change of the SDK is compiled too, and must agree with the step that reading the sources finds.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

#[path = "support/rust_changes.rs"]
mod rust_changes;
mod support;

use std::{collections::BTreeMap, path::Path};

use rust_changes::CHANGES;
use support::mutations::Random;
use xtask::{
    api::{Api, Files, Step},
    revision::Revision,
    semver::{Elsewhere, Sources, compile_calls},
    workspace,
};

const PACKAGE: &str = "netx-sdk";

/// The committed calls of NetX.
fn calls(tree: &Revision) -> Files {
    tree.files(&Path::new(PACKAGE).join("tests/generated")).unwrap()
}

#[test]
fn errors_of_old_calls_have_their_operation_and_code() {
    let tree = Revision::working_tree(&workspace::root());
    let mut calls = calls(&tree);
    let errors = compile_calls(&workspace::root(), PACKAGE, &calls, &tree).unwrap();
    assert_eq!(errors, [], "the committed calls compile");

    let edits = [
        // What an old release called, what it is called now, and the error.
        ("delete_asset", ".delete_asset(", ".erase_asset(", "E0599"),
        (
            "get_asset_attributes",
            "get_asset_attributes(arg::<i64>(\"7\"))",
            "get_asset_attributes()",
            "E0061",
        ),
        ("get_assets", "arg::<Vec<i64>>(\"[7]\")", "arg::<Vec<String>>(\"[7]\")", "E0271"),
        ("get_assets_by_folder", "arg::<bool>(\"true\")", "arg::<String>(\"true\")", "E0308"),
        ("get_attributes", ".options(", ".filter(", "E0599"),
        ("get_collection", "arg::<i64>(\"7\")", "arg::<i64>(\"7\"), arg::<i64>(\"7\")", "E0061"),
        ("update_asset", "arg::<types::AssetUpdate>", "arg::<types::AssetChange>", "E0425"),
    ];
    let text = calls.get_mut(Path::new("calls.rs")).unwrap();
    for (operation, now, then, _) in edits {
        let start = text.find(&format!("operation: \"{operation}\"")).unwrap();
        let end = text[start..].find("},\n    Case {").map_or(text.len(), |length| start + length);
        let edited = text[start..end].replacen(now, then, 1);
        assert_ne!(edited, text[start..end], "{operation} has no {now}");
        text.replace_range(start..end, &edited);
    }
    let errors = compile_calls(&workspace::root(), PACKAGE, &calls, &tree).unwrap();
    let found: BTreeMap<&str, &str> =
        errors.iter().map(|error| (error.operation.as_str(), error.code.as_str())).collect();
    let expected: BTreeMap<&str, &str> =
        edits.iter().map(|(operation, .., code)| (*operation, *code)).collect();
    assert_eq!(found, expected, "{errors:#?}");
}

#[test]
fn the_compiler_agrees_with_the_steps_of_seeded_changes() {
    if std::env::var_os("ONETEG_TEST_FULL").is_none_or(|value| value != "1") {
        println!("SKIPPED: set ONETEG_TEST_FULL=1 to compile every seeded change");
        return;
    }
    let root = workspace::root();
    let tree = Revision::working_tree(&root);
    let old = Sources::of(&tree, PACKAGE).unwrap();
    let api = Api::read(&old.files, &old.manifest).unwrap();
    let all = tree.files(Path::new(PACKAGE)).unwrap();
    let calls = calls(&tree);
    let elsewhere = Elsewhere::new(&root, PACKAGE).unwrap();
    let mut random = Random(20_261_127);
    let (mut compiled, mut stopped, mut wrong) = (0, 0, Vec::new());
    for (name, expected, apply) in CHANGES {
        let mut new = old.clone();
        let Some(what) = apply(&mut new, &mut random) else { continue };
        let (step, _) = new.step_from(&api, true).unwrap();
        assert_eq!(step, expected, "{name} ({what})");
        let mut files = all.clone();
        for (path, text) in &new.files {
            files.insert(Path::new("src").join(path), text.clone());
        }
        elsewhere.write(&files).unwrap();
        match elsewhere.compile_calls(&calls) {
            // The SDK itself needs what was changed.
            Err(_) => stopped += 1,
            Ok(errors) => {
                compiled += 1;
                if !errors.is_empty() && step != Step::Major {
                    wrong.push(format!("{name} ({what}): {step}, but {errors:?}"));
                }
            }
        }
    }
    println!("{compiled} changes compiled, {stopped} stop the SDK itself");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compiled >= 20, "{compiled} changes compiled");
}
