//! 140 seeded changes of the generated code of the SDKs: the part of the version that each increments is right.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

#[path = "support/rust_changes.rs"]
mod rust_changes;
mod support;

use std::{collections::BTreeMap, path::Path};

use quote::ToTokens;
use rust_changes::CHANGES;
use support::mutations::Random;
use xtask::{
    api::{Api, Step},
    revision::Revision,
    semver::Sources,
    workspace,
};

const SEED: u64 = 20_261_126;
/// Each kind of change is applied this often.
const ROUNDS: usize = 2;

#[test]
fn the_step_of_every_seeded_change_is_right() {
    let tree = Revision::working_tree(&workspace::root());
    let sdks: Vec<(Sources, Api)> = ["netx-sdk", "mediavalet-sdk", "netexplorer-sdk"]
        .iter()
        .map(|package| {
            let sources = small(Sources::of(&tree, package).unwrap());
            let api = Api::read(&sources.files, &sources.manifest).unwrap();
            (sources, api)
        })
        .collect();
    let mut random = Random(SEED);
    let mut steps: BTreeMap<Step, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for round in 0..ROUNDS {
        for (number, (name, expected, apply)) in CHANGES.iter().enumerate() {
            // A kind that an SDK has nothing for is applied to the next.
            let (old, new, what) = (0..sdks.len())
                .find_map(|offset| {
                    let (old, api) = &sdks[(number + round + offset) % sdks.len()];
                    let mut new = old.clone();
                    let what = apply(&mut new, &mut random)?;
                    Some((api, new, what))
                })
                .unwrap_or_else(|| panic!("{name}: no SDK has anything to change"));
            let (step, findings) = new.step_from(old, true).unwrap();
            *steps.entry(*expected).or_default() += 1;
            if step != *expected {
                wrong.push(format!("{name} ({what}): {step} instead of {expected}: {findings:#?}"));
            }
        }
    }
    let all: usize = steps.values().sum();
    println!("{} of {all} are right; expected: {steps:?}", all - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all >= 120, "{all} changes");
}

/// The sources without most operations and types, which would be parsed for every change.
fn small(mut sources: Sources) -> Sources {
    const KEPT: [&str; 7] =
        ["mod", "mock", "operations", "folders", "categories", "direct_links", "persons"];
    let is_netx = sources.files.contains_key(Path::new("find_folder.rs"));
    sources.files.retain(|path, text| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // One SDK has the tables of all its operations; the others are large.
        let is_small = is_netx || text.len() < 60_000;
        !path.starts_with("generated") || KEPT.contains(&name.as_ref()) && is_small
    });
    let modules = Path::new("generated/mod.rs");
    let mut file = syn::parse_file(&sources.files[modules]).unwrap();
    file.items.retain(|item| match item {
        syn::Item::Mod(module) => {
            let name = module.ident.to_string();
            let folder = Path::new("generated").join(&name);
            [folder.with_extension("rs"), folder.join("mod.rs")]
                .iter()
                .any(|path| sources.files.contains_key(path))
        }
        _ => true,
    });
    sources.files.insert(modules.to_owned(), file.to_token_stream().to_string());
    sources
}

#[test]
fn equal_sources_need_no_version() {
    let tree = Revision::working_tree(&workspace::root());
    for package in ["netx-sdk", "oneteg-http", "oneteg-auth"] {
        let sources = Sources::of(&tree, package).unwrap();
        assert_eq!(sources.step_to(&sources).unwrap().0, Step::None, "{package}");
    }
}
