//! Small specifications, each with one feature of OpenAPI. What progenitor alone refuses, panics on or
//! generates wrongly either works after lowering or is refused with a clear message.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::sources;
use xtask::commands::generate::pipeline;

/// The probes that are refused, and a part of the message.
const REFUSED: [(&str, &str); 14] = [
    ("doc_20", "not a version of OpenAPI 3.0"),
    ("doc_31", "OpenAPI 3.1.0 is not supported"),
    ("doc_dup_opid", "two operations have the Rust name `o`"),
    ("doc_no_opid", "the operation has no `operationId`"),
    ("doc_opid_clash_after_snake", "two operations have the Rust name `get_foo`"),
    ("doc_opid_new", "a reserved name"),
    ("doc_pathref", "in place of a path leads to nothing"),
    ("doc_tags_clash", "two tags become the feature `user_groups`"),
    ("doc_two_tags", "the operation has 2 tags"),
    ("param_path_matrix", "the style `matrix` is not supported"),
    ("sch_external_ref", "leads out of the specification"),
    ("sch_missing_ref", "`Nope` is not defined"),
    ("sch_names_collide", "become the type `FooBar`"),
    ("sch_names_prelude", "a reserved name"),
];

fn probes() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("data/probes.json")).unwrap()
}

#[test]
fn probes_work_or_are_refused_clearly() {
    let mut wrong = Vec::new();
    let (mut work, mut refused) = (0, 0);
    for (name, document) in &probes() {
        let expected = REFUSED.iter().find(|(refused, _)| refused == name).map(|(_, words)| *words);
        match (pipeline(&sources(document)), expected) {
            (Ok(_), Some(_)) => wrong.push(format!("{name}: is accepted")),
            (Ok(generated), None) => {
                work += 1;
                for file in generated.files {
                    let is_rust = file.path.extension().is_some_and(|end| end == "rs");
                    let is_broken = file.text.contains("compile_error!")
                        || (is_rust && syn::parse_file(&file.text).is_err());
                    if is_broken {
                        wrong.push(format!("{name}: {} is not Rust", file.path.display()));
                    }
                }
            }
            (Err(errors), None) => wrong.push(format!("{name}: {errors}")),
            (Err(errors), Some(words)) => {
                refused += 1;
                let is_clear =
                    errors.0.iter().all(|error| error.location.is_some() && !error.help.is_empty());
                let is_expected = errors.0.iter().any(|error| error.message.contains(words));
                if !is_clear || !is_expected {
                    wrong.push(format!("{name} is refused without `{words}`: {errors}"));
                }
            }
        }
    }
    println!("{work} probes work, {refused} are refused with a clear message");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(refused, REFUSED.len());
}
