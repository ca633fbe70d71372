//! The prose of this workspace follows the word list of `CONTRIBUTING.md`.
//!
//! The rule has its tests in `xtask/src/lints/wording.rs`.

use xtask::{
    lints::workspace::{CONTRIBUTING, EXCEPTIONS, wording},
    workspace::root,
};

#[test]
fn the_word_list_is_followed() {
    let (findings, _) = wording(&root()).unwrap();
    let messages: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(
        findings.is_empty(),
        "{}\n\n{} phrases of the word list in {CONTRIBUTING}. Rewrite the sentence, put a name of \
         the code into backticks, or add a vendor's term to {EXCEPTIONS} with the reason.",
        messages.join("\n"),
        findings.len()
    );
}

#[test]
fn every_exception_is_needed() {
    let (_, unused) = wording(&root()).unwrap();
    assert!(unused.is_empty(), "remove from {EXCEPTIONS}: {unused:#?}");
}
