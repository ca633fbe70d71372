//! Complete runs against each vendor of the sandbox.

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{Mode, Outcome, Server};
use oneteg_sandbox::Sandbox;
use serde_json::Value;

use crate::world::{CONNECTIONS, World, count, differences, operation};

/// The number of operations that changed something at the vendor of a connection.
fn writes(world: &World, connection: &str) -> u64 {
    let sandbox = &world.vendors.sandbox;
    match connection {
        "nx" => sandbox.netx().counters().writes,
        "mv" => sandbox.mediavalet().counters().writes,
        _ => sandbox.netexplorer().counters().writes,
    }
}

#[test]
fn nothing_differs_and_nothing_is_changed() {
    let world = World::new();
    for connection in CONNECTIONS {
        let before = writes(&world, connection);
        let report = world.verified(connection);
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
        assert_eq!(writes(&world, connection), before, "{connection}");
        assert!(report.completed && report.requests <= report.budget, "{connection}");
        assert_eq!((report.server, report.mode), (Server::Loopback, Mode::ReadOnly));
        assert!(count(&report, Outcome::Seen) > 20, "{connection}");
        // Every operation of the specification is in the report, with a reason if it was not looked at.
        assert!(
            report.operations.iter().all(|operation| {
                operation.outcome == Outcome::Seen || operation.reason.is_some()
            })
        );
    }
}

/// Every string that responses to these commands contain and the specification does not.
fn secrets_of_the_account(world: &World) -> BTreeSet<String> {
    let mut strings = BTreeSet::new();
    for (vendor, words) in [
        ("netx", "nx get-folders-by-parent 1"),
        ("netx", "nx get-self"),
        ("netx", "nx get-assets-by-folder 1 --recursive"),
        ("netx", "nx get-users-by-group 1"),
        ("mediavalet", "mv list-assets"),
        ("mediavalet", "mv list-users"),
        ("mediavalet", "mv list-categories"),
        ("mediavalet", "mv get-current-user"),
        ("netexplorer", "ne get-folder 1 --depth -1"),
        ("netexplorer", "ne list-users"),
        ("netexplorer", "ne list-tags"),
        ("netexplorer", "ne get-account"),
    ] {
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend(["--output", "json"]);
        let value: Value = serde_json::from_str(&world.cli.ok(&arguments)).unwrap();
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let known: String = catalog.operations.iter().map(|entry| format!("{entry:?}")).collect();
        // The names of members, which are in the report of any vendor.
        let schemas = oneteg_catalog::VENDORS.iter().map(|vendor| {
            format!("{:?}", oneteg_catalog::of(vendor).unwrap().schemas).replace('\\', "")
        });
        let schemas: String = schemas.collect();
        let is_name = |text: &str| schemas.contains(&format!("\"{text}\":"));
        let mut values = vec![&value];
        while let Some(value) = values.pop() {
            match value {
                Value::String(text)
                    if text.len() > 4
                        && !is_common(text)
                        && !is_name(text)
                        && !known.contains(text.as_str()) =>
                {
                    strings.insert(text.clone());
                }
                Value::Array(items) => values.extend(items),
                Value::Object(members) => values.extend(members.values()),
                _ => {}
            }
        }
    }
    strings
}

/// Whether a string is a word of every account: the media type of a file.
fn is_common(text: &str) -> bool {
    matches!(text, "image/png" | "text/csv" | "text/plain")
}

/// Whether a string contains another as a whole word: `Archive` is no part of `getArchivedFile`.
fn contains(text: &str, part: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(part).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + part.len()..]);
        !is_letter(before.chars().next_back()) && !is_letter(after.chars().next())
    })
}

#[test]
fn no_report_contains_a_value_of_the_account() {
    let world = World::new();
    let strings = secrets_of_the_account(&world);
    assert!(strings.len() > 60, "{strings:?}");
    for connection in CONNECTIONS {
        world.verified(connection);
        let json = std::fs::read_to_string(world.folder(connection).join("evidence.json")).unwrap();
        for shown in [world.page(connection), json] {
            let found: Vec<&String> =
                strings.iter().filter(|text| contains(&shown, text)).collect();
            assert_eq!(found, [] as [&String; 0], "{connection}");
        }
    }
}

#[test]
fn an_empty_account_leaves_single_objects_unseen() {
    let world = World::with(Sandbox::builder().seeded(false));
    for connection in CONNECTIONS {
        let report = world.verified(connection);
        assert!(report.completed, "{connection}");
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
        assert!(count(&report, Outcome::NotReached) > 0, "{connection}");
    }
}

#[test]
fn an_account_with_a_million_assets_is_not_listed() {
    let world = World::with(Sandbox::builder().generated_assets(1_000_000));
    for connection in CONNECTIONS {
        let report = world.verified(connection);
        assert!(report.requests < 700, "{connection}: {}", report.requests);
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
    }
}

#[test]
fn permissions_that_are_missing_are_named() {
    let tags = ["tag:assets", "tag:folders", "tag:users", "tag:tags", "tag:categories"];
    let world = World::with(Sandbox::builder().deny(tags));
    for (connection, refused) in
        [("nx", "getAssetsByFolder"), ("mv", "listAssets"), ("ne", "listFolders")]
    {
        let report = world.verified(connection);
        let found = operation(&report, refused);
        assert_eq!(found.outcome, Outcome::Refused, "{connection}: {found:?}");
        assert!(
            found.reason.as_ref().unwrap().starts_with("The vendor refuses it to this account")
        );
        assert!(count(&report, Outcome::Seen) > 0, "{connection}");
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
        assert!(world.page(connection).contains("- The vendor refuses it to this account (HTTP"));
    }
}

#[test]
fn writes_are_removed() {
    let world = World::new();
    for (connection, made, removed) in [
        ("nx", "createCollection", "deleteCollection"),
        ("mv", "createCategory", "deleteCategory"),
        ("ne", "createFolder", "deleteTrashItem"),
    ] {
        let done = world.verify(connection, &["--writes"]);
        assert_eq!(done.code, 0, "{done:?}");
        let report = world.report(connection);
        assert_eq!(report.mode, Mode::Writes);
        for name in [made, removed] {
            assert_eq!(
                operation(&report, name).outcome,
                Outcome::Seen,
                "{connection} {name}: {report:?}"
            );
        }
        assert_eq!(report.left_behind, [] as [String; 0], "{connection}");
        assert_eq!(differences(&report), [] as [String; 0], "{connection}");
        assert!(writes(&world, connection) > 0);
    }
    let names = |words: &str| world.cli.ok(&words.split(' ').collect::<Vec<_>>());
    for words in
        ["mv list-categories", "mv list-lightboxes", "ne list-folders", "ne list-trash-items"]
    {
        assert!(!names(words).contains("oneteg-verify"), "{words}");
    }
}
