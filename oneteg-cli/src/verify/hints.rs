//! Arguments that the specification states only in prose, each with the place where it does.

use oneteg_auth::Vendor;
use serde_json::{Value, json};

use super::names::Subject;

/// What to send for a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Hint {
    /// This value.
    Value(Value),
    /// A value of this kind from earlier responses.
    Found(Subject),
}

/// The hint for a parameter or, with the name `body`, for the body of an operation.
pub(crate) fn of(vendor: Vendor, operation: &str, parameter: &str) -> Option<Hint> {
    let value = |value| Some(Hint::Value(value));
    let found = |noun: &str, attribute: &str| Some(Hint::Found(Subject::new(noun, attribute)));
    match (vendor, operation, parameter) {
        // "ID of the parent folder; 1 for the root."
        (Vendor::NetX, "getFoldersByParent", "parentFolderId") => value(json!(1)),
        // "Folder names from the root, separated by slashes": the name of one below the root.
        (Vendor::NetX, "getFolderByPath", "path") => found("folder", "name"),
        (Vendor::NetX, "getFoldersByNameFilter", "nameFilter") => found("folder", "name"),
        // The example's criterion that every asset meets: imported after the beginning of 1970.
        (Vendor::NetX, "getAssetsByQuery", "query") => value(json!({ "query": [{
            "operator": "and",
            "range": { "field": "importDate", "min": 0, "max": null, "includeMin": true, "includeMax": true },
        }] })),
        // "`Xmp`, `Exif` and `Iptc` are likely values."
        (Vendor::MediaValet, "listAssetMetadata", "metadataType") => value(json!("Xmp")),
        // "`identified` or `unidentified`, as far as known."
        (Vendor::MediaValet, _, "identificationType") => value(json!("identified")),
        // "`BrandedPortal` is the only value known."
        (Vendor::MediaValet, "listPolicyResourceIds", "resourceType") => {
            value(json!("BrandedPortal"))
        }
        // "ID of the root folder."
        (Vendor::NetExplorer, _, "root") => found("root", "id"),
        // Elements are files and folders, and `type` is the kind of the element.
        (Vendor::NetExplorer, _, "elementId" | "targetId" | "folder") => found("folder", "id"),
        (
            Vendor::NetExplorer,
            "getElementTagCategory"
            | "listAttachedTagCategories"
            | "listElementTagCategories"
            | "listTargetAnnotations",
            "type",
        ) => value(json!("folder")),
        // The kind of object in the vendor's French terms: a folder.
        (Vendor::NetExplorer, "getObjectPath", "object_type") => value(json!("Dossier")),
        (Vendor::NetExplorer, "getObjectPath", "object_id") => found("folder", "id"),
        // "Path below the root; a trailing slash selects a folder."
        (Vendor::NetExplorer, "getObjectByPath", "path") => value(json!("/")),
        _ => None,
    }
}

/// Optional parameters of an operation without which its responses lack what later calls need.
pub(crate) fn optional(vendor: Vendor, operation: &str) -> Vec<(&'static str, Value)> {
    match (vendor, operation) {
        // "Levels of content to embed: 1 the direct content": no list of files is known.
        (Vendor::NetExplorer, "getFolder") => vec![("depth", json!(1))],
        _ => Vec::new(),
    }
}
