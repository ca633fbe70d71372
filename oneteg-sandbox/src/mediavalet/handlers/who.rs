//! What there is, and how many files of which kind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::answer::{Answer, Outcome};
use super::super::call::Call;
use super::super::operations;
use super::super::state::Store;

/// The operations served, by their ids.
pub(crate) fn home(_: &mut Store, _: &Call) -> Outcome {
    let functions = operations::ALL.iter().map(|operation| {
        let function = json!({
            "rel": operation.name,
            "href": operation.path,
            "templated": operation.path.contains('{'),
            "hints": { "allow": [operation.method] },
        });
        (operation.name.to_owned(), function)
    });
    Ok(Answer::ok(json!({ "functions": functions.collect::<BTreeMap<_, _>>() })))
}

/// The groups of file extensions, and how many assets have each.
pub(crate) fn facets(store: &mut Store, call: &Call) -> Outcome {
    let mut facets: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for (_, asset) in store.listed(false) {
        let extension = asset.file().extension();
        let group = match (asset.file().kind(), extension.as_str()) {
            ("Image", _) => "imageFileExtension",
            ("Video", _) => "videoFileExtension",
            ("Audio", _) => "audioFileExtension",
            ("Adobe", _) => "adobeFileExtension",
            (_, "doc" | "docx") => "wordFileExtension",
            (_, "xls" | "xlsx") => "excelFileExtension",
            (_, "ppt" | "pptx") => "powerpointFileExtension",
            (_, "pdf") => "pdfFileExtension",
            _ => "otherFileExtension",
        };
        *facets.entry(group).or_default().entry(extension).or_default() += 1;
    }
    let shown = |(name, counts): (&str, BTreeMap<String, u64>)| -> Value {
        json!({ "facetName": name, "facets": counts })
    };
    call.list(facets.into_iter().map(shown).collect())
}
