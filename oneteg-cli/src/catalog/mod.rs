//! The operations of the vendors: what people need to call one. `cargo xtask generate` reads it from the specifications
//! and writes it here as compressed JSON; a vendor's catalog is unpacked when it is first used.
//!
//! | File | Holds |
//! |---|---|
//! | `entry` | an operation, its parameters and its body |
//! | `schema` | the schemas that parameters and bodies refer to |

mod entry;
mod schema;

use std::{collections::BTreeMap, sync::OnceLock};

use oneteg_auth::Vendor;
use serde::Deserialize;

pub(crate) use entry::{Body, BodyKind, Entry, Place, ResponseKind, Style};
pub(crate) use schema::Schemas;

use crate::error::CliError;

/// Far more than any catalog.
const MAX_BYTES: usize = 16 << 20;

/// The operations of one vendor.
#[derive(Debug, Deserialize)]
pub(crate) struct Catalog {
    /// The description of each tag; `None` if it has none.
    pub(crate) tags: BTreeMap<String, Option<String>>,
    /// Sorted by name.
    pub(crate) operations: Vec<Entry>,
    pub(crate) schemas: Schemas,
}

impl Catalog {
    /// The operation of a name: `get-asset`; `get_asset` and `getAsset` are the same.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        let name = kebab(name);
        self.operations.iter().find(|entry| entry.name == name)
    }

    /// The names that are most similar to an unknown one, best first.
    pub(crate) fn nearest(&self, name: &str) -> Vec<&str> {
        crate::error::nearest(&kebab(name), self.operations.iter().map(|entry| entry.name.as_str()))
    }
}

/// The catalog of a vendor.
///
/// # Errors
/// If the vendor has none.
pub(crate) fn of(vendor: Vendor) -> Result<&'static Catalog, CliError> {
    static NETX: OnceLock<Option<Catalog>> = OnceLock::new();
    static MEDIAVALET: OnceLock<Option<Catalog>> = OnceLock::new();
    static NETEXPLORER: OnceLock<Option<Catalog>> = OnceLock::new();
    let (cell, packed): (_, &[u8]) = match vendor {
        Vendor::NetX => (&NETX, include_bytes!("netx.json.deflate")),
        Vendor::MediaValet => (&MEDIAVALET, include_bytes!("mediavalet.json.deflate")),
        Vendor::NetExplorer => (&NETEXPLORER, include_bytes!("netexplorer.json.deflate")),
        _ => return Err(missing(vendor)),
    };
    cell.get_or_init(|| unpacked(packed)).as_ref().ok_or_else(|| missing(vendor))
}

fn unpacked(packed: &[u8]) -> Option<Catalog> {
    let json = miniz_oxide::inflate::decompress_to_vec_with_limit(packed, MAX_BYTES).ok()?;
    serde_json::from_slice(&json).ok()
}

fn missing(vendor: Vendor) -> CliError {
    CliError::usage(format!("`oneteg` does not know the operations of the vendor {vendor}"))
        .with_hint("use `oneteg api <CONNECTION> <METHOD> <PATH>`")
}

/// A name of any style in lower case with hyphens.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    let mut previous = '-';
    for (index, letter) in name.chars().enumerate() {
        match letter {
            '_' | ' ' => kebab.push('-'),
            _ if letter.is_uppercase() => {
                if index > 0 && previous.is_lowercase() {
                    kebab.push('-');
                }
                kebab.extend(letter.to_lowercase());
            }
            _ => kebab.push(letter),
        }
        previous = letter;
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (Vendor, &'static Catalog)> {
        Vendor::ALL.iter().map(|vendor| (*vendor, of(*vendor).unwrap()))
    }

    #[test]
    fn every_operation_of_the_sdks_is_in_the_catalog_and_only_those() {
        for (vendor, catalog) in all() {
            let mut known: Vec<&str> =
                entry::operations(vendor).iter().map(|operation| operation.id).collect();
            known.sort_unstable();
            let ids: Vec<String> =
                catalog.operations.iter().map(|entry| entry.name.replace('-', "_")).collect();
            assert_eq!(known, ids.iter().map(String::as_str).collect::<Vec<_>>(), "{vendor}");
            for entry in &catalog.operations {
                let operation = entry.operation(vendor).unwrap();
                assert_eq!(operation.tag, entry.tag.replace('-', "_"), "{}", entry.name);
                assert!(catalog.tags.contains_key(&entry.tag), "{}", entry.tag);
            }
        }
        assert_eq!(all().map(|(_, catalog)| catalog.operations.len()).sum::<usize>(), 590);
    }

    #[test]
    fn the_parameters_are_those_of_the_request() {
        for (vendor, catalog) in all() {
            for entry in &catalog.operations {
                let operation = entry.operation(vendor).unwrap();
                let of = |place: Place| {
                    entry.parameters.iter().filter(move |parameter| parameter.place == place)
                };
                for parameter in of(Place::Path) {
                    let variable = format!("{{{}}}", parameter.name);
                    let url = operation.server.map_or("", |server| server.url);
                    assert!(
                        operation.path.contains(&variable) || url.contains(&variable),
                        "{}: {variable}",
                        entry.name
                    );
                }
                let positions: Vec<&str> = of(Place::Procedure).map(|p| p.name.as_str()).collect();
                let rpc: Vec<&str> = operation
                    .rpc
                    .iter()
                    .flat_map(|rpc| rpc.params.iter().flatten().copied())
                    .collect();
                assert_eq!(positions, rpc, "{}", entry.name);
                let mut flags: Vec<&str> =
                    entry.parameters.iter().map(|parameter| parameter.flag.as_str()).collect();
                flags.sort_unstable();
                let count = flags.len();
                flags.dedup();
                assert_eq!(flags.len(), count, "{}: two flags with one name", entry.name);
            }
        }
    }

    #[test]
    fn an_operation_is_found_by_its_name_in_any_style() {
        let netx = of(Vendor::NetX).unwrap();
        for name in ["get-assets-by-folder", "get_assets_by_folder", "getAssetsByFolder"] {
            assert_eq!(netx.find(name).unwrap().name, "get-assets-by-folder");
        }
        assert!(netx.find("get-asset").is_none());
        assert!(netx.nearest("get-assetsbyfolder").contains(&"get-assets-by-folder"));
        // Every name of a specification leads to its operation.
        for (_, catalog) in all() {
            for entry in &catalog.operations {
                assert_eq!(catalog.find(&entry.name).unwrap().name, entry.name);
            }
        }
    }

    /// Methods that are safe by definition need no list; these are judged by their names.
    #[test]
    fn the_calls_by_post_that_only_read() {
        let mut reading = Vec::new();
        for (vendor, catalog) in all() {
            for entry in catalog.operations.iter().filter(|entry| !entry.writes) {
                let method = entry.operation(vendor).unwrap().method.as_str();
                match method {
                    "GET" | "HEAD" => {}
                    "POST" => reading.push(format!("{vendor} {}", entry.name)),
                    other => panic!("{}: {other}", entry.name),
                }
            }
        }
        insta::assert_snapshot!(reading.join("\n"));
    }

    /// A reader may not trust a GET that changes something.
    #[test]
    fn the_first_words_of_gets_that_only_read() {
        let mut words: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (vendor, catalog) in all() {
            for entry in catalog.operations.iter().filter(|entry| !entry.writes) {
                if entry.operation(vendor).unwrap().method == "GET" {
                    let word = entry.name.split('-').next().unwrap();
                    words.entry(word.to_owned()).or_default().push(&entry.name);
                }
            }
        }
        let listed: Vec<String> = words
            .into_iter()
            .map(|(word, names)| match word.as_str() {
                "get" | "list" | "download" | "search" | "find" => {
                    format!("{word}: {}", names.len())
                }
                _ => format!("{word}: {}", names.join(", ")),
            })
            .collect();
        insta::assert_snapshot!(listed.join("\n"));
    }

    #[test]
    fn a_name_in_any_style_is_written_with_hyphens() {
        for (name, expected) in
            [("getAsset", "get-asset"), ("GET_ASSET", "get-asset"), ("a b", "a-b"), ("é", "é")]
        {
            assert_eq!(kebab(name), expected);
        }
    }
}
