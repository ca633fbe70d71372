//! Whose words a specification is written in.
//!
//! The word list is for our own prose. A specification that was imported, and in which nobody has cited a source since,
//! is in the vendor's words, and so are the documents that are generated from it.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use crate::{
    import::map,
    spec::{ROOT_FILE, Source, parse_yaml},
};

/// The vendors whose specifications are in their own words.
///
/// # Errors
/// If the folder of the specifications cannot be read.
pub fn in_own_words(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut vendors = BTreeSet::new();
    let specs = root.join("specs");
    if !specs.is_dir() {
        return Ok(vendors);
    }
    for entry in fs::read_dir(specs)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let imported = keys(&entry.path().join(map::FILE), "sources");
        let cited = keys(&entry.path().join(ROOT_FILE), "x-sources");
        if !imported.is_empty() && cited.is_subset(&imported) {
            vendors.insert(name);
        }
    }
    Ok(vendors)
}

/// Whether a file is in the words of one of these vendors.
pub fn is_by(vendors: &BTreeSet<String>, path: &Path) -> bool {
    let mut parts = path.iter().filter_map(|part| part.to_str());
    match (parts.next(), parts.next()) {
        (Some("specs"), Some(vendor)) => vendors.contains(vendor),
        (Some(sdk), Some("reference.md")) => {
            sdk.strip_suffix("-sdk").is_some_and(|vendor| vendors.contains(vendor))
        }
        _ => false,
    }
}

/// The keys of a section of a YAML file; none if it cannot be read.
fn keys(path: &Path, section: &str) -> BTreeSet<String> {
    let Ok(text) = fs::read_to_string(path) else { return BTreeSet::new() };
    let value = parse_yaml(&Source { path: path.to_owned(), text }).unwrap_or(Value::Null);
    value[section].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_a_person_cites_ends_the_vendors_words() {
        let folder = tempfile::tempdir().unwrap();
        let specs = folder.path().join("specs/acme");
        fs::create_dir_all(&specs).unwrap();
        let write = |name: &str, text: &str| fs::write(specs.join(name), text).unwrap();
        write(map::FILE, "sources: {v1: A file}\n");
        write(ROOT_FILE, "x-sources: {v1: A file}\n");
        let vendors = in_own_words(folder.path()).unwrap();
        assert!(is_by(&vendors, Path::new("specs/acme/assets.yaml")));
        assert!(is_by(&vendors, Path::new("acme-sdk/reference.md")));
        assert!(!is_by(&vendors, Path::new("acme-sdk/README.md")));
        write(ROOT_FILE, "x-sources: {v1: A file, t1: A program}\n");
        assert_eq!(in_own_words(folder.path()).unwrap(), BTreeSet::new());
    }
}
