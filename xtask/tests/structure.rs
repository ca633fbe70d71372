//! How the modules and crates of this workspace depend on each other.
//!
//! The rules have their tests in `xtask/src/lints`, over small planted crates.

use xtask::{lints::workspace, workspace::root};

#[test]
fn no_module_imports_another_that_imports_it_back() {
    let circles = workspace::import_circles(&root()).unwrap();
    let messages: Vec<String> = circles.iter().map(ToString::to_string).collect();
    assert!(circles.is_empty(), "{} import circles\n\n{}", circles.len(), messages.join("\n\n"));
}

#[test]
fn crates_depend_only_on_the_layers_below_them() {
    let misplaced = workspace::misplaced_dependencies(&root()).unwrap();
    let messages: Vec<String> = misplaced.iter().map(ToString::to_string).collect();
    assert!(misplaced.is_empty(), "{}", messages.join("\n"));
}

#[test]
fn code_for_one_operating_system_is_in_one_crate() {
    let (found, unused) = workspace::platform_code(&root()).unwrap();
    let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        messages.is_empty(),
        "{}\n\nor add the file to {} with the reason",
        messages.join("\n"),
        workspace::PLATFORMS
    );
    assert!(unused.is_empty(), "remove from {}: {unused:#?}", workspace::PLATFORMS);
}
