//! The features of an SDK's `Cargo.toml`: one for each tag, maintained by the generator.

use std::collections::BTreeSet;

use toml_edit::{Array, DocumentMut, Item, Table, value};

/// The manifest with the features of these tags. Everything else in it stays as it is.
///
/// The features that `full` lists belong to the generator, all others to the maintainer.
///
/// # Errors
/// The parser's message if the manifest is not TOML.
pub fn with_features(manifest: &str, tags: &BTreeSet<String>) -> Result<String, String> {
    let mut document: DocumentMut = manifest.parse().map_err(|error| format!("{error}"))?;
    let features = document.entry("features").or_insert(Item::Table(Table::new()));
    let Some(features) = features.as_table_mut() else {
        return Err("`features` is not a table".to_owned());
    };
    let before: BTreeSet<String> = features
        .get("full")
        .and_then(Item::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    for gone in before.difference(tags) {
        features.remove(gone);
    }
    let mut full: Array = tags.iter().map(String::as_str).collect();
    for name in full.iter_mut() {
        name.decor_mut().set_prefix("\n    ");
    }
    full.set_trailing("\n");
    full.set_trailing_comma(true);
    features["full"] = value(full);
    for tag in tags.iter().filter(|tag| !features.contains_key(tag)).cloned().collect::<Vec<_>>() {
        features[tag.as_str()] = value(Array::new());
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_rest_of_the_manifest() {
        let manifest = "[package]\nname = \"x\" # why\n\n[features]\ndefault = [\"full\"]\nfull = [\"old\"]\nold = []\nmock = []\n";
        let tags = BTreeSet::from(["assets".to_owned(), "files".to_owned()]);
        let written = with_features(manifest, &tags).unwrap();
        assert_eq!(
            written,
            "[package]\nname = \"x\" # why\n\n[features]\ndefault = [\"full\"]\nfull = [\n    \"assets\",\n    \"files\",\n]\nmock = []\nassets = []\nfiles = []\n"
        );
        assert_eq!(with_features(&written, &tags).unwrap(), written);
    }
}
