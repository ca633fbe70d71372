//! The help page of every operation.

use oneteg_auth::Vendor;

use super::{
    super::{command, example, list},
    all, arguments_of, parsed,
};
use crate::catalog;

fn help(vendor: Vendor, name: &str) -> String {
    let catalog = catalog::of(vendor).unwrap();
    let entry = catalog.find(name).unwrap();
    let arguments = arguments_of(catalog, entry);
    let operation = catalog::in_sdk(vendor, entry).unwrap();
    let command = command::command("acme", catalog, entry, operation, &arguments);
    command.term_width(80).render_help().to_string()
}

#[test]
fn pages_of_operations_of_each_kind() {
    for (vendor, name) in [
        (Vendor::NetX, "get-assets-by-folder"),
        (Vendor::NetX, "get-assets-by-query"),
        (Vendor::NetX, "import-asset"),
        (Vendor::MediaValet, "list-category-assets"),
        (Vendor::MediaValet, "add-keywords-to-asset"),
        (Vendor::MediaValet, "update-asset"),
        (Vendor::NetExplorer, "get-folder"),
        (Vendor::NetExplorer, "create-folder"),
        (Vendor::NetExplorer, "download-file"),
        (Vendor::NetExplorer, "replace-file-content"),
    ] {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("help_{name}"), help(vendor, name)));
    }
}

#[test]
fn lists_of_operations() {
    let catalog = catalog::of(Vendor::NetExplorer).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::assert_snapshot!("list_netexplorer", list::page("acme", catalog, None, 80));
        insta::assert_snapshot!("list_folders", list::page("acme", catalog, Some("folders"), 80));
    });
}

/// Also `clap`'s own checks, such as two arguments with one name.
#[test]
fn every_page_fits_into_80_columns_and_its_example_is_a_call() {
    for (vendor, catalog, entry) in all() {
        let arguments = arguments_of(catalog, entry);
        let operation = catalog::in_sdk(vendor, entry).unwrap();
        command::command("acme", catalog, entry, operation, &arguments).debug_assert();
        let page = help(vendor, &entry.name);
        let (page, example) = page.split_once("Example:\n").unwrap();
        for line in page.lines() {
            let is_one_word = line.split_whitespace().count() <= 2;
            let is_usage = line.starts_with("Usage:");
            assert!(
                line.chars().count() <= 80 || is_one_word || is_usage,
                "{}: {line}",
                entry.name
            );
        }
        assert!(example.trim().starts_with(&format!("oneteg acme {}", entry.name)), "{example}");
        let words = example::words(catalog, entry, &arguments);
        if let Err(error) = parsed(vendor, catalog, entry, &words) {
            panic!("{} {words:?}: {error} {:?}", entry.name, error.hint());
        }
    }
}

#[test]
fn a_list_fits_into_its_width() {
    for vendor in Vendor::ALL {
        let catalog = catalog::of(*vendor).unwrap();
        for width in [60, 80, 110] {
            let page = list::page("acme", catalog, None, width);
            for line in page.lines().filter(|line| line.starts_with("  ")) {
                assert!(line.chars().count() <= width, "{line}");
            }
            assert!(catalog.operations.iter().all(|entry| page.contains(&entry.name)));
        }
    }
}
