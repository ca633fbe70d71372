//! The operations of the vendors, as in `oneteg-catalog`, and what the SDKs know of them.

use oneteg_auth::Vendor;
use oneteg_http::{Operation, codegen::QueryStyle};

pub(crate) use oneteg_catalog::{
    Body, BodyKind, Catalog, Entry, Parameter, Place, ResponseKind, Style,
};

use crate::error::CliError;

/// The catalog of a vendor.
///
/// # Errors
/// If the vendor has none.
pub(crate) fn of(vendor: Vendor) -> Result<&'static Catalog, CliError> {
    oneteg_catalog::of(&vendor.profile().variables.to_lowercase()).ok_or_else(|| {
        CliError::usage(format!("`oneteg` does not know the operations of the vendor {vendor}"))
            .with_hint("use `oneteg api <CONNECTION> <METHOD> <PATH>`")
    })
}

/// The names of operations that are most similar to an unknown one, best first.
pub(crate) fn nearest<'a>(catalog: &'a Catalog, name: &str) -> Vec<&'a str> {
    let known = catalog.operations.iter().map(|entry| entry.name.as_str());
    crate::error::nearest(&oneteg_catalog::kebab(name), known)
}

/// What the runtime needs to call an operation.
pub(crate) fn in_sdk(vendor: Vendor, entry: &Entry) -> Option<&'static Operation> {
    let id = entry.name.replace('-', "_");
    operations(vendor).iter().copied().find(|operation| operation.id == id)
}

/// The operations of a vendor's SDK.
fn operations(vendor: Vendor) -> &'static [&'static Operation] {
    match vendor {
        Vendor::NetX => netx_sdk::OPERATIONS,
        Vendor::MediaValet => mediavalet_sdk::OPERATIONS,
        Vendor::NetExplorer => netexplorer_sdk::OPERATIONS,
        _ => &[],
    }
}

/// How the runtime writes several values.
pub(crate) fn query_style(style: Style) -> QueryStyle {
    match style {
        Style::Exploded => QueryStyle::Exploded,
        Style::Commas => QueryStyle::Commas,
        Style::Spaces => QueryStyle::Spaces,
        Style::Pipes => QueryStyle::Pipes,
        Style::DeepObject => QueryStyle::DeepObject,
        Style::Json => QueryStyle::Json,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn all() -> impl Iterator<Item = (Vendor, &'static Catalog)> {
        Vendor::ALL.iter().map(|vendor| (*vendor, of(*vendor).unwrap()))
    }

    #[test]
    fn every_operation_of_the_sdks_is_in_the_catalog_and_only_those() {
        for (vendor, catalog) in all() {
            let mut known: Vec<&str> =
                operations(vendor).iter().map(|operation| operation.id).collect();
            known.sort_unstable();
            let ids: Vec<String> =
                catalog.operations.iter().map(|entry| entry.name.replace('-', "_")).collect();
            assert_eq!(known, ids.iter().map(String::as_str).collect::<Vec<_>>(), "{vendor}");
            for entry in &catalog.operations {
                let operation = in_sdk(vendor, entry).unwrap();
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
                let operation = in_sdk(vendor, entry).unwrap();
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
    fn similar_names_are_found() {
        let netx = of(Vendor::NetX).unwrap();
        assert!(nearest(netx, "get-assetsbyfolder").contains(&"get-assets-by-folder"));
    }

    /// Methods that are safe by definition need no list; these are judged by their names.
    #[test]
    fn the_calls_by_post_that_only_read() {
        let mut reading = Vec::new();
        for (vendor, catalog) in all() {
            for entry in catalog.operations.iter().filter(|entry| !entry.writes) {
                let method = in_sdk(vendor, entry).unwrap().method.as_str();
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
                if in_sdk(vendor, entry).unwrap().method == "GET" {
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
}
