//! Writes the generated files of an SDK.
//!
//! | Module | Writes |
//! |---|---|
//! | `operations`, `pages` | the methods of the client and their request builders, by tag |
//! | `types` | the types of arguments and responses, by tag |
//! | `tables` | the static description of each operation |
//! | `mock` | the table of typed mocks |
//! | `words` | the words that recorded calls keep; the SDK declares this module itself |
//! | `tests` | calls and samples for the SDK's tests |
//! | `reference` | the lists of operations, `reference.md` and `llms.txt` |
//! | `features` | the features of the manifest |
//!
//! They share `arguments`, `docs`, `example`, `imports`, `paths` and `values`. `print`, `layout` and `header` turn
//! their tokens into files.

mod arguments;
mod docs;
mod example;
mod features;
mod header;
mod imports;
mod layout;
mod mock;
mod operations;
mod pages;
mod paths;
mod print;
mod reference;
mod tables;
mod tests;
mod types;
mod values;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

pub use features::with_features;
pub use header::Provenance;
use proc_macro2::Ident;
use quote::{format_ident, quote};

use crate::{
    codegen::{self, ProgenitorOutput, Signature},
    diagnostic::Diagnostics,
    lower::{self, Lowered},
    model::{self, Operation},
    names,
    spec::{Source, Spec},
};

/// A generated file: its path, relative to the SDK, and its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    pub path: PathBuf,
    pub text: String,
}

/// The input of the emitters.
pub struct Input<'a> {
    pub spec: &'a Spec,
    pub operations: &'a [Operation],
    pub lowered: &'a Lowered,
    pub output: &'a ProgenitorOutput,
    pub provenance: &'a Provenance,
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

    /// The description of the tag with this module.
    fn tag_description(&self, module: &str) -> &str {
        let tags = self.spec.root["tags"].as_array().into_iter().flatten();
        let named = |name: &str| names::feature(name) == module;
        let mut found = tags.filter(|tag| tag["name"].as_str().is_some_and(named));
        found.next().and_then(|tag| tag["description"].as_str()).unwrap_or_default()
    }

    /// The name of the SDK's library.
    fn library(&self) -> Ident {
        let vendor = self.spec.root["x-vendor"].as_str().unwrap_or(&self.spec.vendor);
        let vendor = vendor.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        format_ident!("{vendor}_sdk")
    }
}

/// The folder for generated code, relative to the SDK.
pub const CODE: &str = "src/generated";
/// The folder for generated tests, relative to the SDK.
pub const TESTS: &str = "tests/generated";

/// The list of the tags in the documentation of the client, relative to the generated code.
const TAGS: &str = "tags.md";

/// The list of operations for readers, relative to the SDK.
pub const REFERENCE: &str = "reference.md";
/// The list of operations for language models, relative to the SDK.
pub const LLMS: &str = "llms.txt";

/// What is emitted of a specification.
pub struct Emitted {
    /// The files, relative to the crate of the SDK.
    pub files: Vec<GeneratedFile>,
    /// The features of the tags.
    pub features: BTreeSet<String>,
    /// The number of operations.
    pub operations: usize,
}

/// Runs the steps after vetting: lowers the specification, runs progenitor, and emits all files.
///
/// # Errors
/// [`Diagnostics`] of what progenitor rejects.
pub fn of_vetted(spec: &Spec, sources: &[Source]) -> Result<Emitted, Diagnostics> {
    let lowered = lower::lower(spec);
    let output = codegen::run(spec, &lowered)?;
    let operations = model::operations(spec);
    let provenance = Provenance::of(sources);
    let input = Input {
        spec,
        operations: &operations,
        lowered: &lowered,
        output: &output,
        provenance: &provenance,
    };
    let features = operations.iter().map(|operation| names::feature(&operation.tag)).collect();
    Ok(Emitted { files: emit(&input), features, operations: operations.len() })
}

/// Emits all files of one SDK, sorted by path.
pub fn emit(input: &Input<'_>) -> Vec<GeneratedFile> {
    let header = input.provenance.header();
    let code = |path: &str, header: &str, text: &str| GeneratedFile {
        path: Path::new(CODE).join(path),
        text: layout::finish(&format!("{header}\n{text}")),
    };
    let tags = input.by_tag();
    let mut types = types::Types::new(input);
    let mut files = Vec::new();
    for (tag, operations) in &tags {
        let (text, reached) = operations::tag(input, &types, tag, operations);
        types.reach(tag, &reached);
        files.push(code(&format!("{tag}.rs"), &header, &text));
    }
    let features: BTreeSet<String> = tags.keys().cloned().collect();
    for (path, text) in types.files(&features) {
        files.push(code(&path, &header, &text));
    }
    files.push(code("operations.rs", &header, &tables::tables(input)));
    files.push(code("mock.rs", &header, &mock::table(input, &types)));
    files.push(code("words.rs", &header, &words::words(input)));
    let listed: Vec<(&str, &str, usize)> = tags
        .iter()
        .map(|(tag, operations)| (&**tag, input.tag_description(tag), operations.len()))
        .collect();
    files.push(GeneratedFile {
        path: Path::new(CODE).join(TAGS),
        text: format!("<!-- {} -->\n\n{}", input.provenance.notice(), docs::tags(&listed)),
    });
    files.push(code("mod.rs", &input.provenance.root_header(), &root(&features)));

    let samples = tests::Samples::new(input, &types);
    for (name, text) in [
        (
            "calls.rs",
            layout::finish(&format!("{header}\n{}", tests::calls(input, &types, &samples))),
        ),
        ("samples.rs", layout::finish(&format!("{header}\n{}", tests::readers(input, &samples)))),
        ("samples.json", samples.json()),
    ] {
        files.push(GeneratedFile { path: Path::new(TESTS).join(name), text });
    }
    for (name, text) in
        [(REFERENCE, reference::reference(input, &types)), (LLMS, reference::llms(input))]
    {
        files.push(GeneratedFile { path: name.into(), text });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn root(features: &BTreeSet<String>) -> String {
    let modules = features.iter().map(|feature| {
        let module = format_ident!("{feature}");
        quote! {
            #[cfg(feature = #feature)]
            pub mod #module;
        }
    });
    print::tokens(quote! {
        #(#modules)*
        #[cfg(feature = "mock")]
        pub mod mock;
        pub mod operations;
        pub mod types;
    })
}
