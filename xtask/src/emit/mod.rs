//! Writing the generated files of an SDK.

mod cases;
mod docs;
mod enums;
mod features;
mod forms;
mod header;
mod members;
mod mock;
mod operations;
mod pages;
mod paths;
mod print;
mod sample;
mod tables;
mod types;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

pub use features::with_features;
pub use header::{Hash, hash};
use proc_macro2::Ident;
use quote::{format_ident, quote};

use crate::{
    codegen::{ProgenitorOutput, Signature},
    lower::Lowered,
    model::Operation,
    names,
    spec::Spec,
};

/// A generated file: its path below the SDK's crate, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    pub path: PathBuf,
    pub text: String,
}

/// Everything the emitters read.
pub struct Input<'a> {
    pub spec: &'a Spec,
    pub operations: &'a [Operation],
    pub lowered: &'a Lowered,
    pub output: &'a ProgenitorOutput,
    pub hashes: &'a [Hash],
}

impl Input<'_> {
    fn signature(&self, operation: &Operation) -> Option<&Signature> {
        self.output.operations.get(&operation.ident())
    }

    /// The operations by the module and feature of their tag.
    fn by_tag(&self) -> BTreeMap<String, Vec<&Operation>> {
        let mut tags: BTreeMap<String, Vec<&Operation>> = BTreeMap::new();
        for operation in self.operations {
            tags.entry(names::feature(&operation.tag)).or_default().push(operation);
        }
        tags
    }
}

/// Where generated code is in an SDK.
pub const CODE: &str = "src/generated";
/// Where the generated part of its tests is.
pub const TESTS: &str = "tests/generated";

/// Emits all files of one SDK, sorted by path.
pub fn emit(input: &Input<'_>) -> Vec<GeneratedFile> {
    let tags = input.by_tag();
    let mut types = types::Types::new(input);
    let mut files = Vec::new();
    for (tag, operations) in &tags {
        let (text, reached) = operations::tag(input, &types, operations);
        types.reach(tag, &reached);
        files.push(file(input, &format!("{tag}.rs"), text));
    }
    let features: BTreeSet<String> = tags.keys().cloned().collect();
    for (path, text) in types.files(&features) {
        files.push(file(input, &path, text));
    }
    files.push(file(input, "operations.rs", tables::tables(input)));
    files.push(file(input, "mock.rs", mock::helpers(input)));
    files.push(file(input, "mod.rs", root(&features)));
    for file in &mut files {
        file.path = Path::new(CODE).join(&file.path);
    }
    let vendor = input.spec.root["x-vendor"].as_str().unwrap_or_default();
    let sdk = format!("{}_sdk", vendor.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
    for (name, text) in [
        ("calls.rs", cases::calls(input, &types, &sdk)),
        ("samples.rs", cases::samples(input, &types, &sdk)),
    ] {
        let mut file = file(input, name, text);
        file.path = Path::new(TESTS).join(&file.path);
        files.push(file);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn file(input: &Input<'_>, path: &str, text: String) -> GeneratedFile {
    let text = format!("{}\n{text}", header::header(input.hashes));
    GeneratedFile { path: path.into(), text }
}

fn root(features: &BTreeSet<String>) -> String {
    let modules: Vec<Ident> = features.iter().map(|feature| format_ident!("{feature}")).collect();
    let docs = features.iter().map(|feature| format!(" Operations of the tag `{feature}`."));
    let names = features.iter();
    print::tokens(quote! {
        #(
            #[doc = #docs]
            #[cfg(feature = #names)]
            pub mod #modules;
        )*
        #[doc = " Typed helpers that mock the operations on an httpmock server."]
        #[cfg(feature = "mock")]
        pub mod mock;
        #[doc = " The types of arguments and answers."]
        pub mod types;
        #[doc = " What is known of each operation."]
        pub mod operations;
    })
}
