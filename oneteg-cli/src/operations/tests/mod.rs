//! The command line of every operation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod every_list;
mod every_operation;
mod help_pages;
mod sdk_calls;

use std::ffi::OsString;

use oneteg_auth::Vendor;

use super::{
    arguments::{self, Argument},
    call::{self, Call},
    command,
};
use crate::{
    catalog::{self, Catalog, Entry},
    error::CliError,
};

/// The operations of all vendors.
fn all() -> impl Iterator<Item = (Vendor, &'static Catalog, &'static Entry)> {
    Vendor::ALL.iter().flat_map(|vendor| {
        let catalog = catalog::of(*vendor).unwrap();
        catalog.operations.iter().map(move |entry| (*vendor, catalog, entry))
    })
}

fn arguments_of(catalog: &Catalog, entry: &Entry) -> Vec<Argument> {
    arguments::arguments(catalog, entry, &command::reserved())
}

/// Reads the words that follow the name of an operation.
fn parsed(
    vendor: Vendor,
    catalog: &Catalog,
    entry: &Entry,
    words: &[String],
) -> Result<Call, CliError> {
    let arguments = arguments_of(catalog, entry);
    let operation = catalog::in_sdk(vendor, entry).unwrap();
    let command = command::command("acme", catalog, entry, operation, &arguments);
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    let parsed =
        command::parse(command, &arguments, words).map_err(|error| command::usage_error(&error))?;
    call::from_words(catalog, entry, &arguments, parsed.given)
}
