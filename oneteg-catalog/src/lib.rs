//! Every known operation of the vendors as data: how it is called, what it returns, and how well it is known.
//! `cargo xtask generate` reads it from the specifications and writes it here as compressed JSON; a vendor's catalog is
//! unpacked when it is first used.
//!
//! ```
//! let catalog = oneteg_catalog::of("netexplorer").expect("the vendor is known");
//! let operation = catalog.find("get-folder").expect("the operation is known");
//! assert_eq!((operation.method.as_str(), operation.path.as_str()), ("GET", "/folder/{folderId}"));
//! assert_eq!(catalog.base_path, "/api");
//! ```
//!
//! | Module | Holds |
//! |---|---|
//! | `entry` | an operation, its parameters and its body |
//! | `response` | what an operation returns |
//! | `schema` | the schemas that they refer to |
//! | `doubt` | what is uncertain, and what would settle it |
//! | [`check`] | compares a value with a schema |
//! | [`evidence`] | the report of `oneteg verify` |
//! | `sample` | a value of a schema |

pub mod check;
mod doubt;
mod entry;
pub mod evidence;
mod response;
mod sample;
mod schema;

use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

pub use doubt::{Ask, Doubt, Probe, sentences};
pub use entry::{Body, BodyKind, Entry, Evidence, Paging, Parameter, Place, Style};
pub use response::{Documented, Response, ResponseKind};
pub use schema::Schemas;

/// Far more than any catalog.
const MAX_BYTES: usize = 32 << 20;

/// The names of the vendors, as in [`of`].
pub const VENDORS: [&str; 3] = ["mediavalet", "netexplorer", "netx"];

/// The operations of one vendor.
#[derive(Debug, Deserialize)]
#[non_exhaustive]
pub struct Catalog {
    /// The SHA-256 of the specification that it was generated from, in hexadecimal, as in the SDK's `generated/mod.rs`.
    #[serde(default)]
    pub specification: String,
    /// What the paths of operations continue: the path of the API's server, such as `/api`; may be empty.
    pub base_path: String,
    /// The description of each tag; `None` if it has none.
    pub tags: BTreeMap<String, Option<String>>,
    /// Sorted by name.
    pub operations: Vec<Entry>,
    /// The schemas that parameters, bodies and responses refer to.
    pub schemas: Schemas,
    /// Everything that the specification is not sure of, in its order.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
}

impl Catalog {
    /// The operation of a name: `get-asset`; `get_asset` and `getAsset` are the same.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let name = kebab(name);
        self.operations.iter().find(|entry| entry.name == name)
    }
}

/// The catalog of a vendor: `netx`, `mediavalet` or `netexplorer`; `None` for others.
pub fn of(vendor: &str) -> Option<&'static Catalog> {
    static NETX: OnceLock<Option<Catalog>> = OnceLock::new();
    static MEDIAVALET: OnceLock<Option<Catalog>> = OnceLock::new();
    static NETEXPLORER: OnceLock<Option<Catalog>> = OnceLock::new();
    let (cell, packed): (_, &[u8]) = match vendor {
        "netx" => (&NETX, include_bytes!("../catalogs/netx.json.deflate")),
        "mediavalet" => (&MEDIAVALET, include_bytes!("../catalogs/mediavalet.json.deflate")),
        "netexplorer" => (&NETEXPLORER, include_bytes!("../catalogs/netexplorer.json.deflate")),
        _ => return None,
    };
    cell.get_or_init(|| unpacked(packed)).as_ref()
}

fn unpacked(packed: &[u8]) -> Option<Catalog> {
    let json = miniz_oxide::inflate::decompress_to_vec_with_limit(packed, MAX_BYTES).ok()?;
    serde_json::from_slice(&json).ok()
}

/// A name of any style in lower case with hyphens: `getAsset` becomes `get-asset`.
pub fn kebab(name: &str) -> String {
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

    #[test]
    fn every_catalog_is_unpacked() {
        let count = |vendor: &&str| of(vendor).unwrap().operations.len();
        assert_eq!(VENDORS.iter().map(count).sum::<usize>(), 590);
        assert!(of("acme").is_none());
    }

    #[test]
    fn every_operation_has_a_successful_response() {
        for vendor in VENDORS {
            for entry in &of(vendor).unwrap().operations {
                assert!(
                    entry.responses.iter().any(Documented::is_success),
                    "{vendor} {}",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn an_operation_is_found_by_its_name_in_any_style() {
        let netx = of("netx").unwrap();
        for name in ["get-assets-by-folder", "get_assets_by_folder", "getAssetsByFolder"] {
            assert_eq!(netx.find(name).unwrap().name, "get-assets-by-folder");
        }
        assert!(netx.find("get-asset").is_none());
        // Every name of a specification leads to its operation.
        for vendor in VENDORS {
            let catalog = of(vendor).unwrap();
            for entry in &catalog.operations {
                assert_eq!(catalog.find(&entry.name).unwrap().name, entry.name);
                assert_eq!(catalog.find(&entry.operation_id).unwrap().name, entry.name);
            }
        }
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
