//! Replay: what stored payloads are read as by the types of two checkouts. Compiling both takes minutes, so the test runs
//! only with `ONETEG_TEST_FULL=1`; the parts have unit tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{fs, path::Path};

use xtask::{
    model,
    replay::{
        compare::{Verdict, report, verdict},
        payloads, runner,
    },
    spec::Spec,
    workspace,
};

#[test]
fn payloads_show_what_a_changed_type_breaks() {
    if std::env::var_os("ONETEG_TEST_FULL").is_none() {
        println!("SKIPPED; it runs with ONETEG_TEST_FULL=1");
        return;
    }
    let root = workspace::root();
    let (spec, _) = Spec::read(&root, Path::new("specs/netx")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "getAssets.1.json",
            r#"{"jsonrpc":"2.0","id":"1","result":[{"id":7,"file":{"width":2.5}}]}"#,
        ),
        ("get_assets.2.json", r#"[{"id":"7","file":{"width":"wide"}}]"#),
        ("createFolderFromPath.json", r#"{"id":1,"path":"/a"}"#),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let payloads = payloads::read(folder.path(), &model::operations(&spec)).unwrap();

    let target = root.join("target/replay/build");
    let checkout = root.join("target/replay/test");
    let parts = ["netx-sdk", "oneteg-auth", "oneteg-files", "oneteg-http", "oneteg-test-kit"];
    for part in parts {
        runner::synchronise(&root.join(part), &checkout.join(part)).unwrap();
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.find("members").unwrap()..manifest.find("exclude").unwrap();
    let mut manifest = manifest;
    manifest.replace_range(members, &format!("members = {parts:?}\n"));
    fs::write(checkout.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), checkout.join("Cargo.lock")).unwrap();
    let before = runner::run(&checkout, "netx-sdk", &target, &payloads).unwrap();

    // Widths become strings.
    let shared = checkout.join("netx-sdk/src/generated/types/shared.rs");
    let text = fs::read_to_string(&shared).unwrap();
    let at = text.find("pub struct AssetFile {").unwrap();
    let (head, tail) = text.split_at(at);
    let tail = tail.replacen("pub width: Option<f64>", "pub width: Option<String>", 1);
    assert_ne!(format!("{head}{tail}"), text);
    fs::write(&shared, format!("{head}{tail}")).unwrap();
    let after = runner::run(&checkout, "netx-sdk", &target, &payloads).unwrap();

    let verdicts: Vec<Verdict> =
        before.iter().zip(&after).map(|(before, after)| verdict(before, after)).collect();
    let text = report(&payloads, &verdicts, "old", "new");
    assert_eq!(verdicts[0], Verdict::Same, "{text}");
    assert!(matches!(verdicts[1], Verdict::Worse(_)), "{text}");
    assert_eq!(verdicts[2], Verdict::Better, "{text}");
}
