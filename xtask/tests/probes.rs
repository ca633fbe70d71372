//! Small specifications of one feature each: those that progenitor alone refuses, panics on or gets
//! wrong either work after lowering, or are refused with a clear message.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::sources;
use xtask::generate::pipeline;

/// The probes that are refused, and words of the reason.
const REFUSED: [(&str, &str); 39] = [
    ("body_star", "not a media type that can be sent"),
    ("body_two_types", "the request body has 2 media types"),
    ("doc_20", "no version of OpenAPI 3.0"),
    ("doc_31", "OpenAPI 3.1.0 is not supported"),
    ("doc_callbacks", "`callbacks` of an operation are not generated"),
    ("doc_dup_opid", "two operations are called `o`"),
    ("doc_no_opid", "the operation has no `operationId`"),
    ("doc_opid_clash_after_snake", "two operations are called `get_foo`"),
    ("doc_opid_new", "a name that the client needs"),
    ("doc_pathref", "a path that is a reference"),
    ("doc_tags_clash", "two tags become the feature `user_groups`"),
    ("doc_two_tags", "the operation has 2 tags"),
    ("param_body_and_query_body", "every call needs for itself"),
    ("param_bracket_names", "every call needs for itself"),
    ("param_collision", "called `page_size` in Rust"),
    ("param_content_json", "media type of its own"),
    ("param_cookie", "cookies are not sent"),
    ("param_path_matrix", "the style `matrix` is not supported"),
    ("param_path_notrequired", "the path parameter `a` is not required"),
    ("param_path_undeclared", "the placeholder `a` of the path has no parameter"),
    ("param_same_name_two_in", "called `id` in Rust"),
    ("path_query", "a query or white space"),
    ("resp_302", "no answer for success"),
    ("resp_default_only", "no answer for success"),
    ("resp_options", "the method `options` is not supported"),
    ("sch_allof_conflict", "give the member `a` different types"),
    ("sch_allof_disc_inherit", "`discriminator` in a schema"),
    ("sch_anyof_null", "an enum needs the type string or integer"),
    ("sch_external_ref", "does not stay within the specification"),
    ("sch_missing_ref", "`Nope` is not defined"),
    ("sch_names_collide", "become the type `FooBar`"),
    ("sch_names_prelude", "generated code needs"),
    ("sch_not", "`not` in a schema"),
    ("sch_oneof_disc", "`discriminator` in a schema"),
    ("sch_oneof_enumdisc", "alternative 1 also takes"),
    ("sch_oneof_overlap", "alternative 1 also takes"),
    ("sch_prop_collide", "become the field `foo_bar`"),
    ("sch_prop_empty", "cannot be a field in Rust"),
    ("sch_prop_names", "become the field `type_`"),
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
            (Ok(_), Some(_)) => wrong.push(format!("{name}: is let through")),
            (Ok((files, _)), None) => {
                work += 1;
                for file in files {
                    let is_json = file.path.extension().is_some_and(|end| end == "json");
                    let is_broken = file.text.contains("compile_error!")
                        || (!is_json && syn::parse_file(&file.text).is_err());
                    if is_broken {
                        wrong.push(format!("{name}: {} is not Rust", file.path.display()));
                    }
                }
            }
            (Err(faults), None) => wrong.push(format!("{name}: {faults}")),
            (Err(faults), Some(words)) => {
                refused += 1;
                let is_clear =
                    faults.0.iter().all(|fault| fault.place.is_some() && !fault.cure.is_empty());
                let says = faults.0.iter().any(|fault| fault.message.contains(words));
                if !is_clear || !says {
                    wrong.push(format!("{name} does not say `{words}`: {faults}"));
                }
            }
        }
    }
    println!("{work} probes work, {refused} are refused with a clear message");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(refused, REFUSED.len());
}
