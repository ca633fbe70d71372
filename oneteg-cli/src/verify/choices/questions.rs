//! The choices of the sandbox that one call settles. All calls only read.

use oneteg_auth::Vendor;
use serde_json::{Value, json};

/// An id that no object has.
const UNKNOWN: u64 = 2_000_000_011;

/// A choice, and the call that settles it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// The name in the sandbox's table.
    pub(super) id: &'static str,
    pub(super) operation: &'static str,
    /// How the call differs from one that succeeded.
    pub(super) change: Change,
    pub(super) look: Look,
}

/// A change of arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Nothing,
    /// Another value at a dotted path.
    Set(&'static str, Value),
    /// The argument is left out.
    Remove(&'static str),
    /// A list of ids becomes one of strings.
    AsStrings(&'static str),
}

/// What is read from the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The status of the refusal.
    Status,
    /// The vendor's code of the refusal.
    Code,
    IsRefused,
    IsAccepted,
    IsList,
    IsObject,
    /// Whether the list has items.
    HasItems,
    /// The number of items of a page of several.
    PageLength,
}

/// The questions of a vendor.
pub(super) fn questions(vendor: Vendor) -> Vec<Question> {
    let of = |id, operation, change, look| Question { id, operation, change, look };
    let list = |id, operation| of(id, operation, Change::Nothing, Look::IsList);
    let object = |id, operation| of(id, operation, Change::Nothing, Look::IsObject);
    match vendor {
        Vendor::NetX => {
            let unknown_part = || Change::Set("options.data", json!(["asset.oneteg"]));
            vec![
                of(
                    "unknown-object-status",
                    "getAssetOriginal",
                    Change::Set("assetId", UNKNOWN.into()),
                    Look::Status,
                ),
                of(
                    "unknown-object-code",
                    "getCollection",
                    Change::Set("collectionId", UNKNOWN.into()),
                    Look::Code,
                ),
                of("invalid-parameters-code", "getAssets", unknown_part(), Look::Code),
                of("unknown-selectors-refused", "getAssets", unknown_part(), Look::IsRefused),
                of("ids-as-strings", "getAssets", Change::AsStrings("assetIds"), Look::IsAccepted),
                of(
                    "empty-query-matches",
                    "getAssetsByQuery",
                    Change::Set("query", json!({ "query": [] })),
                    Look::HasItems,
                ),
                object("views-as-page", "getViewsByAsset"),
            ]
        }
        Vendor::MediaValet => vec![
            of(
                "violation-status",
                "listAssets",
                Change::Set("count", json!("oneteg")),
                Look::Status,
            ),
            of(
                "mistyped-path-status",
                "getAsset",
                Change::Set("assetId", json!("oneteg")),
                Look::Status,
            ),
            // The largest offset is 100,000.
            of(
                "beyond-largest-offset-status",
                "listAssets",
                Change::Set("offset", json!(100_001)),
                Look::Status,
            ),
            of("asset-page-size", "listAssets", Change::Remove("count"), Look::PageLength),
            of("list-page-size", "listUsers", Change::Remove("count"), Look::PageLength),
            list("saved-searches-as-list", "listSavedSearches"),
            list("history-as-list", "listAssetHistory"),
            list("persons-as-list", "listMostViewedPersons"),
            list("current-permissions-as-list", "getCurrentUserPermissions"),
        ],
        Vendor::NetExplorer => vec![
            of(
                "unknown-object-status",
                "getFolder",
                Change::Set("folderId", UNKNOWN.into()),
                Look::Status,
            ),
            of(
                "invalid-request-status",
                "getFolder",
                Change::Set("depth", json!("oneteg")),
                Look::Status,
            ),
            object("roots-as-object", "listRoots"),
        ],
        _ => Vec::new(),
    }
}
