//! What is made, called and removed at each vendor.

use oneteg_auth::Vendor;
use serde_json::{Value, json};

/// How often an asset is looked for until the vendor has processed its file; the wait grows from 1 to 15 seconds, to one
/// minute in all.
pub(super) const POLLS: u32 = 8;

/// Calls with objects that are made for them.
pub(super) struct Script {
    /// What the question calls the objects.
    pub(super) what: &'static str,
    /// The kind of an existing object that is needed, with its name in the arguments.
    pub(super) needs: Option<(&'static str, &'static str)>,
    pub(super) steps: Vec<Step>,
}

/// One call. A string in its arguments that begins with `$` is a value: `$name`, `$renamed`, `$file_name` and `$size` of
/// the run, or one that an earlier call returned. A step that lacks a value is left out.
pub(super) struct Step {
    /// The operation. For a link, it is the one whose response contained it.
    pub(super) operation: &'static str,
    pub(super) action: Action,
    pub(super) arguments: Value,
    /// The names under which values of the response are kept, and their places.
    pub(super) keeps: Vec<(&'static str, &'static str)>,
    /// What it makes.
    pub(super) makes: Option<Object>,
    /// The value without which it is left out, besides those of its arguments.
    pub(super) after: Option<&'static str>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Call,
    /// A call with the file in a part of its form. Success keeps the value `sent`.
    Send(&'static str),
    /// Sends the file to a link. Success keeps the value `sent`.
    Put(&'static str),
    /// A call after which the last object appears, at some time. Success keeps the value `finished`.
    Finish,
    /// A call that is repeated until its values are there.
    Poll,
    /// A call that returns the file.
    Read,
    /// Reads the file from a link, which was at a place of the operation's response.
    Get(&'static str, &'static str),
}

/// What a step makes, and how it is removed.
pub(super) struct Object {
    /// What the report calls it.
    pub(super) what: &'static str,
    /// The value that identifies it.
    pub(super) id: &'static str,
    /// Each may use what the one before returned.
    pub(super) removes: Vec<Removes>,
}

/// A call that removes an object.
pub(super) struct Removes {
    pub(super) operation: &'static str,
    pub(super) arguments: Value,
    pub(super) keeps: Option<(&'static str, &'static str)>,
}

impl Step {
    fn keeping(mut self, name: &'static str, place: &'static str) -> Self {
        self.keeps.push((name, place));
        self
    }

    fn making(mut self, what: &'static str, id: &'static str, removes: Vec<Removes>) -> Self {
        self.makes = Some(Object { what, id, removes });
        self
    }

    fn after(mut self, name: &'static str) -> Self {
        self.after = Some(name);
        self
    }

    fn doing(mut self, action: Action) -> Self {
        self.action = action;
        self
    }
}

fn step(operation: &'static str, arguments: Value) -> Step {
    let action = Action::Call;
    Step { operation, action, arguments, keeps: Vec::new(), makes: None, after: None }
}

fn removes(operation: &'static str, arguments: Value) -> Removes {
    Removes { operation, arguments, keeps: None }
}

/// What is made at a vendor.
pub(super) fn scripts(vendor: Vendor) -> Vec<Script> {
    match vendor {
        Vendor::NetX => vec![collection(), imported_asset()],
        Vendor::MediaValet => vec![lightbox(), category_with_asset()],
        Vendor::NetExplorer => vec![folder_with_file()],
        _ => Vec::new(),
    }
}

fn collection() -> Script {
    let parts = json!({ "data": ["collection.id", "collection.base"] });
    let remove = removes("deleteCollection", json!({ "collectionId": "$collection" }));
    Script {
        what: "a collection without assets",
        needs: None,
        steps: vec![
            step(
                "createCollection",
                json!({ "collection": { "title": "$name" }, "assetIds": [], "options": parts }),
            )
            .keeping("collection", "/id")
            .making("a collection without assets", "collection", vec![remove]),
            step("getCollection", json!({ "collectionId": "$collection" })),
            step(
                "updateCollection",
                json!({ "collection": { "id": "$collection", "title": "$renamed" }, "assetIds": [],
                    "options": parts }),
            ),
            step("getAssetsByCollection", json!({ "collectionId": "$collection" })),
        ],
    }
}

/// No known operation deletes a folder, so the asset is in one that exists.
fn imported_asset() -> Script {
    let parts = json!({ "data": ["asset.id", "asset.base", "asset.file"] });
    let remove = removes("deleteAsset", json!({ "assetId": "$asset" }));
    Script {
        what: "an asset with a small picture in an existing folder",
        needs: Some(("folder", "folder")),
        steps: vec![
            step(
                "importAsset",
                json!({ "body": { "folderId": "$folder", "fileName": "$file_name" } }),
            )
            .doing(Action::Send("file"))
            .keeping("asset", "/id")
            .making("an asset with a small picture", "asset", vec![remove]),
            step("getAssets", json!({ "assetIds": ["$asset"], "options": parts })),
            step("getAssetOriginal", json!({ "assetId": "$asset" })).doing(Action::Read),
        ],
    }
}

fn lightbox() -> Script {
    let remove = removes("deleteLightbox", json!({ "lightboxId": "$lightbox" }));
    Script {
        what: "a lightbox without assets",
        needs: None,
        steps: vec![
            step(
                "createLightbox",
                json!({ "body": { "name": "$name", "description": "Made by oneteg verify." } }),
            )
            .keeping("lightbox", "/id")
            .making("a lightbox without assets", "lightbox", vec![remove]),
            step("getLightbox", json!({ "lightboxId": "$lightbox" })),
            step(
                "updateLightbox",
                json!({ "lightboxId": "$lightbox",
                    "body": { "id": "$lightbox", "name": "$renamed" } }),
            ),
            step("listLightboxAssets", json!({ "lightboxId": "$lightbox" })),
        ],
    }
}

/// The five steps of an upload, as the vendor documents them, in a category of the run.
fn category_with_asset() -> Script {
    let remove_category = removes("deleteCategory", json!({ "categoryId": "$category" }));
    let remove_asset = removes("deleteAsset", json!({ "assetId": "$asset", "isHardDelete": true }));
    Script {
        what: "a category with a small picture below an existing one",
        needs: Some(("category", "parent")),
        steps: vec![
            step(
                "createCategory",
                json!({ "body": { "parentId": "$parent", "treeName": "$name" } }),
            )
            .keeping("category", "/id")
            .making("a category", "category", vec![remove_category]),
            step("getCategory", json!({ "categoryId": "$category" })),
            step("createUpload", json!({ "body": { "filename": "$file_name" } }))
                .after("category")
                .keeping("asset", "/id")
                .keeping("upload_link", "/uploadUrl")
                .making("an asset with a small picture", "asset", vec![remove_asset]),
            step("createUpload", json!({})).doing(Action::Put("upload_link")),
            step(
                "updateUpload",
                json!({ "assetId": "$asset", "body": { "filename": "$file_name", "title": "$name",
                    "fileSizeInBytes": "$size" } }),
            )
            .after("sent"),
            step("addCategoriesToUpload", json!({ "assetId": "$asset", "body": ["$category"] }))
                .after("sent"),
            step(
                "patchUpload",
                json!({ "assetId": "$asset",
                    "body": [{ "op": "replace", "path": "/status", "value": 1 }] }),
            )
            .doing(Action::Finish)
            .after("sent"),
            step("getAsset", json!({ "assetId": "$asset" }))
                .doing(Action::Poll)
                .after("finished")
                .keeping("original_link", "/media/original"),
            step("getAsset", json!({})).doing(Action::Get("original_link", "/media/original")),
            step("listCategoryAssets", json!({ "categoryId": "$category" })),
        ],
    }
}

fn folder_with_file() -> Script {
    let mut remove = removes("deleteFolder", json!({ "folderId": "$folder" }));
    remove.keeps = Some(("trash", "/id"));
    let remove = vec![remove, removes("deleteTrashItem", json!({ "trashId": "$trash" }))];
    Script {
        what: "a folder with a small picture below an existing one",
        needs: Some(("folder", "parent")),
        steps: vec![
            step("createFolder", json!({ "body": { "parent_id": "$parent", "name": "$name" } }))
                .keeping("folder", "/id")
                .making("a folder", "folder", remove),
            step("getFolder", json!({ "folderId": "$folder", "depth": 1 })),
            // The file is removed with its folder.
            step("uploadFile", json!({ "body": { "folderId": "$folder", "fileSize": "$size" } }))
                .doing(Action::Send("targetFile"))
                .keeping("file", "/id"),
            step("getFile", json!({ "fileId": "$file" })),
            step("downloadFile", json!({ "fileId": "$file" })).doing(Action::Read),
            step("updateFolder", json!({ "folderId": "$folder", "body": { "name": "$renamed" } })),
            step("listFolderTimelineEntries", json!({ "folderId": "$folder" })),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_an_operation_with_these_arguments() {
        for vendor in Vendor::ALL {
            let catalog = crate::catalog::of(*vendor).unwrap();
            let scripts = scripts(*vendor);
            assert!(!scripts.is_empty(), "{vendor}");
            let check = |operation: &str, arguments: &Value| {
                let entry = catalog.find(operation).unwrap();
                for name in arguments.as_object().unwrap().keys() {
                    let is_known = name == "body" && entry.body.is_some()
                        || entry.parameters.iter().any(|parameter| parameter.name == *name);
                    assert!(is_known, "{operation}: {name}");
                }
            };
            for step in scripts.iter().flat_map(|script| &script.steps) {
                check(step.operation, &step.arguments);
                let Some(object) = &step.makes else { continue };
                assert!(step.keeps.iter().any(|(name, _)| *name == object.id), "{}", object.what);
                for remove in &object.removes {
                    check(remove.operation, &remove.arguments);
                    assert!(remove.operation.starts_with("delete"), "{}", remove.operation);
                }
            }
        }
    }

    #[test]
    fn every_vendor_gets_a_file_that_is_read_again() {
        for vendor in Vendor::ALL {
            let steps: Vec<Step> =
                scripts(*vendor).into_iter().flat_map(|script| script.steps).collect();
            let has = |is: &dyn Fn(Action) -> bool| steps.iter().any(|step| is(step.action));
            assert!(has(&|action| matches!(action, Action::Send(_) | Action::Put(_))), "{vendor}");
            assert!(has(&|action| matches!(action, Action::Read | Action::Get(..))), "{vendor}");
        }
    }
}
