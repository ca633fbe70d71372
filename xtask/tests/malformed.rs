//! Two hundred malformed specifications: each is refused with clear messages, and none causes a panic.
//!
//! A seeded generator applies classes of mutations to the small specification, to the real one, and to the
//! YAML of that. Every class makes a specification invalid.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod support;

use std::{collections::BTreeMap, fs, panic, path::Path, thread};

use serde_json::{Value, json};
use support::{
    base, changed,
    mutations::{Random, STRUCTURAL, TEXTUAL, pointers},
    netx,
    violations::violations,
};
use xtask::{
    commands::generate::pipeline,
    diagnostic::Diagnostics,
    normalise::normalise,
    spec::{Source, Spec},
    vet,
};

fn merged(sources: &[Source]) -> Value {
    Spec::from_sources(sources).unwrap().root
}

fn one_file(document: &Value) -> Vec<Source> {
    support::sources(document)
}

/// Whether a violation is more than another way to write something, which normalisation reads without a loss.
fn stays(edits: &Value) -> bool {
    let (spec, warnings) = normalise(support::spec(&changed(base(), edits)));
    !warnings.is_empty() || vet::vet(&spec).is_err()
}

/// A malformed specification, and what is wrong with it.
fn malformed(
    number: usize,
    random: &mut Random,
    small: &Value,
    real: &[Source],
    violations: &[(&str, Value)],
) -> (String, Vec<Source>) {
    let is_real = random.below(2) == 0;
    let which = if is_real { "netx" } else { "small" };
    match number % 4 {
        0 => {
            let (rule, edits) = &violations[(number / 4 * 3) % violations.len()];
            (format!("{rule} {edits}"), one_file(&changed(small.clone(), edits)))
        }
        1 | 2 => {
            let (name, mutate) = STRUCTURAL[(number / 4 * 2 + number % 4 - 1) % STRUCTURAL.len()];
            let mut document = if is_real { merged(real) } else { small.clone() };
            mutate(&mut document, random);
            (format!("{name} in {which}"), one_file(&document))
        }
        _ => {
            let (name, mutate) = TEXTUAL[(number / 4) % TEXTUAL.len()];
            let mut sources = real.to_vec();
            let at = random.below(sources.len());
            mutate(&mut sources[at].text, random);
            (format!("{name} in {}", sources[at].path.display()), sources)
        }
    }
}

/// Runs the pipeline on a thread with the stack size of a spawned thread. `Err` is the message of a panic. What is accepted
/// with warnings counts as refused with them: they must be as clear.
fn run_pipeline(sources: Vec<Source>) -> Result<Result<(), Diagnostics>, String> {
    let run = thread::Builder::new().stack_size(2 * 1024 * 1024);
    let run_it = move || match pipeline(&sources)?.warnings {
        none if none.is_empty() => Ok(()),
        warnings => Err(Diagnostics(warnings)),
    };
    let handle = run.spawn(run_it).unwrap();
    handle.join().map_err(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        message
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_default()
    })
}

/// What is unclear about the errors of a specification.
fn unclear(found: &Diagnostics) -> Option<String> {
    let unclear = found.0.iter().find(|error| {
        let is_located = error
            .location
            .as_ref()
            .is_some_and(|location| location.line > 0 && location.column > 0);
        error.message.trim().is_empty()
            || error.help.trim().is_empty()
            || !is_located
            // A message of progenitor only helps those who know progenitor.
            || error.message.contains("progenitor rejects")
    });
    if found.0.is_empty() {
        Some("no message at all".to_owned())
    } else {
        unclear.map(ToString::to_string)
    }
}

#[test]
fn two_hundred_malformed_specifications() {
    const SEED: u64 = 20_240_611;
    const COUNT: usize = 200;
    let (small, real) = (base(), netx());
    let violations: Vec<(&str, Value)> = violations()
        .into_iter()
        .filter(|(_, edits, _)| stays(edits))
        .map(|(rule, edits, _)| (rule, edits))
        .collect();
    let mut random = Random(SEED);
    let (mut clear, mut panics, mut wrong) = (0, 0, Vec::new());
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..COUNT {
        let (what, sources) = malformed(number, &mut random, &small, &real, &violations);
        let class = what.split([' ', '{']).next().unwrap_or_default().to_owned();
        *classes
            .entry(if number % 4 == 0 {
                class
            } else {
                what.split(" in ").next().unwrap().to_owned()
            })
            .or_default() += 1;
        match run_pipeline(sources) {
            Err(panic) => {
                panics += 1;
                wrong.push(format!("{number} {what}: panics: {panic}"));
            }
            Ok(Ok(())) => wrong.push(format!("{number} {what}: is accepted")),
            Ok(Err(found)) => match unclear(&found) {
                Some(reason) => wrong.push(format!("{number} {what}: {reason}")),
                None => clear += 1,
            },
        }
    }
    println!(
        "{COUNT} malformed specs: {clear} clear messages, {panics} panics; {} classes",
        classes.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(classes.len() >= 25, "{classes:?}");
}

/// Writes files to a folder and runs the pipeline on them.
fn read(files: &[(&str, &[u8])]) -> Result<(), Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("specs/x")).unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join("specs/x").join(name), bytes).unwrap();
    }
    let (_, sources) = Spec::read(folder.path(), Path::new("specs/x"))?;
    pipeline(&sources).map(|_| ())
}

#[test]
fn files_that_cannot_be_read() {
    let root = serde_json::to_vec(&base()).unwrap();
    for (files, words) in [
        (vec![("openapi.yaml", b"\xff\xfe\x00".as_slice())], "cannot be read"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"a: \xc3\x28")], "cannot be read"),
        (vec![("a.yaml", b"paths: {}".as_slice())], "there is no `openapi.yaml`"),
        (vec![], "there is no `openapi.yaml`"),
        (vec![("openapi.yaml", b"".as_slice())], "YAML documents"),
        (vec![("openapi.yaml", b"- 1".as_slice())], "not a mapping"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"info: {}")], "does not belong"),
        (vec![("openapi.yaml", root.as_slice()), ("a.yaml", b"paths: []")], "not a mapping"),
        (
            vec![
                ("openapi.yaml", root.as_slice()),
                ("a.yaml", b"components: {schemas: {Item: {}}}"),
            ],
            "defined twice",
        ),
    ] {
        let Err(found) = read(&files) else { panic!("{words}: is accepted") };
        let is_expected = found.0.iter().any(|error| error.message.contains(words));
        assert!(is_expected, "{words}: {found}");
        assert!(found.0.iter().all(|error| !error.help.is_empty()));
    }
    let missing = Spec::read(Path::new("/nowhere"), Path::new("specs/x")).unwrap_err();
    assert!(missing.0[0].message.contains("cannot be read"), "{missing}");
}

#[test]
fn every_cut_of_a_file_gets_messages() {
    // An editor or a copy may cut a file off anywhere.
    let text = serde_json::to_string_pretty(&base()).unwrap();
    for cut in (0..text.len() - 1).step_by(97) {
        let cut_off = support::source(&text[..cut]);
        let result = panic::catch_unwind(|| pipeline(&cut_off).is_err());
        assert_eq!(result.ok(), Some(true), "cut at {cut}");
    }
}

#[test]
fn any_value_anywhere_is_generated_or_refused() {
    // Some of these are valid. Each must give Rust code or clear messages.
    let mut random = Random(7);
    let small = base();
    let all = pointers(&small, |pointer, _| !pointer.is_empty());
    let (mut generated, mut refused) = (0, 0);
    for _ in 0..400 {
        let values = [
            json!(null),
            json!(true),
            json!(-1),
            json!(1e300),
            json!(""),
            json!("\u{0}\u{bd} */ \"#"),
            json!([]),
            json!([null]),
            json!({}),
            json!({ "$ref": "#/components/schemas/Item" }),
            json!({ "": { "": null } }),
        ];
        let pointer = random.pick(&all).clone();
        let mut document = small.clone();
        *document.pointer_mut(&pointer).unwrap() = random.pick(&values).clone();
        let what = format!("{pointer} is {}", document.pointer(&pointer).unwrap());
        let sources = one_file(&document);
        let run = panic::catch_unwind(|| pipeline(&sources));
        match run.unwrap_or_else(|_| panic!("{what}: panics")) {
            Ok(output) => {
                generated += 1;
                for file in output.files {
                    let is_valid = match file.path.extension() {
                        Some(extension) if extension == "json" => {
                            serde_json::from_str::<Value>(&file.text).is_ok()
                        }
                        Some(extension) if extension == "rs" => syn::parse_file(&file.text).is_ok(),
                        _ => true,
                    };
                    assert!(
                        is_valid && !file.text.contains("compile_error!"),
                        "{what}: {}",
                        file.text
                    );
                }
            }
            Err(found) => {
                refused += 1;
                assert_eq!(unclear(&found), None, "{what}");
            }
        }
    }
    println!("400 random values: {refused} refused, {generated} generated");
    assert!(refused > 200, "{refused}");
}
