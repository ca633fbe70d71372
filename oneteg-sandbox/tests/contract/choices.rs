//! The table of the sandbox's own choices.

use std::process::Command;

use oneteg_catalog::VENDORS;
use oneteg_sandbox::choices;

#[test]
fn the_readme_has_the_table_that_the_command_prints() {
    let printed =
        Command::new(env!("CARGO_BIN_EXE_oneteg-sandbox")).arg("choices").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("### netx") && printed.contains("`asset-page-size`"), "{printed}");
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(readme.contains(&printed), "replace the table in README.md: oneteg-sandbox choices");
}

#[test]
fn a_choice_has_its_value_and_its_operations() {
    let choice = &choices::of("mediavalet")["asset-page-size"];
    assert_eq!(choice.value(), "50");
    assert!(choice.evidence.is_none());
    assert!(choices::of("acme").is_empty());
    assert!(choices::markdown(&VENDORS[..1]).starts_with("### mediavalet\n"));
}
