//! Ten changes that vendors make, planted in each vendor's specification: the class, the Rust item, the compiler error
//! that its users meet, and the part of the version that it increments.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex},
};

use serde_json::{Value, json};
use xtask::{
    api::{Api, Step},
    change::Class::{self, Breaking, Risky, Safe},
    commands::interface,
    impact::Impact,
    spec::{ROOT_FILE, Source, Spec},
    workspace,
};

/// A change of a vendor, and what is expected of it.
struct Planted {
    name: &'static str,
    edit: fn(&mut Value),
    class: Class,
    rule: &'static str,
    /// An item of the interface that changes, and the error of its users.
    rust: Option<(&'static str, Option<&'static str>)>,
    step: Step,
}

/// The operation with an id.
fn operation<'a>(document: &'a mut Value, id: &str) -> &'a mut Value {
    let paths = document["paths"].as_object_mut().unwrap();
    let operations = paths.values_mut().flat_map(|item| item.as_object_mut().unwrap().values_mut());
    operations.into_iter().find(|operation| operation["operationId"] == id).unwrap()
}

/// Removes the operation with an id from its path. Returns its path, method and itself.
fn take(document: &mut Value, id: &str) -> (String, String, Value) {
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        let methods = item.as_object_mut().unwrap();
        let method = methods.iter().find(|(_, operation)| operation["operationId"] == id);
        if let Some(method) = method.map(|(method, _)| method.clone()) {
            let operation = methods.remove(&method).unwrap();
            return (path.clone(), method, operation);
        }
    }
    panic!("there is no operation {id}");
}

fn add(document: &mut Value, path: &str, method: &str, operation: Value) {
    document["paths"].as_object_mut().unwrap().entry(path).or_insert_with(|| json!({}))[method] =
        operation;
}

/// A copy of an operation at another path, under another id.
fn copy(document: &mut Value, id: &str, path: &str, new_id: &str) {
    let mut operation = operation(document, id).clone();
    operation["operationId"] = new_id.into();
    let (_, method, original) = take(&mut document.clone(), id);
    assert_eq!(original["operationId"], id);
    add(document, path, &method, operation);
}

fn moved(document: &mut Value, id: &str, to: fn(&str) -> String) {
    let (path, method, operation) = take(document, id);
    add(document, &to(&path), &method, operation);
}

fn schema<'a>(document: &'a mut Value, name: &str) -> &'a mut Value {
    &mut document["components"]["schemas"][name]
}

/// Adds a value to a named enum, which may describe its values.
fn add_value(document: &mut Value, schema_name: &str, value: &str) {
    let schema = schema(document, schema_name);
    schema["enum"].as_array_mut().unwrap().push(value.into());
    if let Some(descriptions) = schema["x-enum-descriptions"].as_array_mut() {
        descriptions.push("A new value.".into());
    }
}

fn remove_last_value(document: &mut Value, schema_name: &str) {
    let schema = schema(document, schema_name);
    schema["enum"].as_array_mut().unwrap().pop();
    if let Some(descriptions) = schema["x-enum-descriptions"].as_array_mut() {
        descriptions.pop();
    }
}

fn rename_member(document: &mut Value, schema_name: &str, from: &str, to: &str) {
    let members = schema(document, schema_name)["properties"].as_object_mut().unwrap();
    let member = members.remove(from).unwrap();
    members.insert(to.to_owned(), member);
}

const NETX: [Planted; 10] = [
    Planted {
        name: "new operation",
        edit: |d| copy(d, "getFolderByPath", "/api/rpc#getFolderByGuid", "getFolderByGuid"),
        class: Safe,
        rule: "operation-added",
        rust: Some(("Client::get_folder_by_guid", None)),
        step: Step::Minor,
    },
    Planted {
        name: "new required parameter",
        edit: |d| {
            let operation = operation(d, "getFoldersByParent");
            operation["x-rpc-params"].as_array_mut().unwrap().push("depth".into());
            let schema = &mut operation["requestBody"]["content"]["application/json"]["schema"];
            schema["required"].as_array_mut().unwrap().push("depth".into());
            schema["properties"]["depth"] = json!({ "type": "integer", "format": "int64" });
        },
        class: Breaking,
        rule: "required-member-added",
        rust: Some(("Client::get_folders_by_parent", Some("E0061"))),
        step: Step::Major,
    },
    Planted {
        name: "renamed member",
        edit: |d| rename_member(d, "Asset", "fileName", "originalName"),
        class: Breaking,
        rule: "member-renamed",
        rust: Some(("types::Asset.file_name", Some("E0609"))),
        step: Step::Major,
    },
    Planted {
        name: "removed operation",
        edit: |d| drop(take(d, "deleteCollection")),
        class: Breaking,
        rule: "operation-removed",
        rust: Some(("Client::delete_collection", Some("E0599"))),
        step: Step::Major,
    },
    Planted {
        name: "type change",
        edit: |d| schema(d, "Folder")["properties"]["id"] = json!({ "type": "string" }),
        class: Breaking,
        rule: "type-changed",
        rust: Some(("types::Folder.id", Some("E0308"))),
        step: Step::Major,
    },
    Planted {
        name: "enum value",
        edit: |d| add_value(d, "SortOrder", "random"),
        class: Safe,
        rule: "enum-value-added",
        rust: Some(("types::SortOrder::Random", None)),
        step: Step::Minor,
    },
    Planted {
        name: "nullability",
        edit: |d| schema(d, "Asset")["properties"]["id"]["nullable"] = true.into(),
        class: Breaking,
        rule: "member-became-nullable",
        rust: Some(("types::Asset.id", Some("E0308"))),
        step: Step::Major,
    },
    Planted {
        name: "moved path",
        edit: |d| moved(d, "getAssets", |path| path.replace("/api/", "/api/v2/")),
        class: Risky,
        rule: "path-moved",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "new scope",
        edit: |d| d["security"][1]["oauth2"] = json!(["assets.read"]),
        class: Risky,
        rule: "scope-added",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "changed pagination",
        edit: |d| operation(d, "getAssetsByFolder")["x-pagination"]["style"] = "page".into(),
        class: Risky,
        rule: "pagination-changed",
        rust: None,
        step: Step::Patch,
    },
];

const MEDIAVALET: [Planted; 10] = [
    Planted {
        name: "new operation",
        edit: |d| {
            copy(d, "listCategoryAssets", "/categories/{categoryId}/watched", "listWatchedAssets");
        },
        class: Safe,
        rule: "operation-added",
        rust: Some(("Client::list_watched_assets", None)),
        step: Step::Minor,
    },
    Planted {
        name: "new required parameter",
        edit: |d| {
            let parameter = json!({ "name": "libraryId", "in": "query", "required": true, "schema": { "type": "string" } });
            operation(d, "listCategories")["parameters"].as_array_mut().unwrap().push(parameter);
        },
        class: Breaking,
        rule: "required-parameter-added",
        rust: Some(("Client::list_categories", Some("E0061"))),
        step: Step::Major,
    },
    Planted {
        name: "renamed member",
        edit: |d| rename_member(d, "CategoryCreateRequest", "treeName", "label"),
        class: Breaking,
        rule: "member-renamed",
        rust: Some(("types::CategoryCreateRequest.tree_name", Some("E0609"))),
        step: Step::Major,
    },
    Planted {
        name: "removed operation",
        edit: |d| drop(take(d, "listFolderAssets")),
        class: Breaking,
        rule: "operation-removed",
        rust: Some(("categories::ListFolderAssets", Some("E0412"))),
        step: Step::Major,
    },
    Planted {
        name: "type change",
        edit: |d| d["components"]["parameters"]["count"]["schema"] = json!({ "type": "string" }),
        class: Breaking,
        rule: "type-changed",
        rust: Some(("categories::ListCategories::count", Some("E0277"))),
        step: Step::Major,
    },
    Planted {
        name: "enum value",
        edit: |d| add_value(d, "BrandedPortalStatus", "Archived"),
        class: Risky,
        rule: "enum-value-added",
        rust: Some(("types::BrandedPortalStatus::Archived", None)),
        step: Step::Minor,
    },
    Planted {
        name: "nullability",
        edit: |d| {
            schema(d, "IntegrationCreateRequest")["properties"]["appName"]["nullable"] = true.into()
        },
        class: Breaking,
        rule: "member-became-nullable",
        rust: Some(("types::IntegrationCreateRequest.app_name", Some("E0308"))),
        step: Step::Major,
    },
    Planted {
        name: "moved path",
        edit: |d| moved(d, "listCategoryAssets", |path| format!("/v2{path}")),
        class: Risky,
        rule: "path-moved",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "new scope",
        edit: |d| d["security"][0]["oauth2"] = json!(["api", "openid"]),
        class: Risky,
        rule: "scope-added",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "changed pagination",
        edit: |d| operation(d, "listCategoryAssets")["x-pagination"]["style"] = "page".into(),
        class: Risky,
        rule: "pagination-changed",
        rust: None,
        step: Step::Patch,
    },
];

const NETEXPLORER: [Planted; 10] = [
    Planted {
        name: "new operation",
        edit: |d| copy(d, "getFolder", "/folder/{folderId}/summary", "getFolderSummary"),
        class: Safe,
        rule: "operation-added",
        rust: Some(("Client::get_folder_summary", None)),
        step: Step::Minor,
    },
    Planted {
        name: "new required parameter",
        edit: |d| {
            let schema = schema(d, "CreateFolderRequest");
            schema["required"].as_array_mut().unwrap().push("color".into());
            schema["properties"]["color"] = json!({ "type": "string" });
        },
        class: Breaking,
        rule: "required-member-added",
        rust: Some(("types::CreateFolderRequest::new", Some("E0061"))),
        step: Step::Major,
    },
    Planted {
        name: "renamed member",
        edit: |d| rename_member(d, "Folder", "name", "label"),
        class: Breaking,
        rule: "member-renamed",
        rust: Some(("types::Folder.name", Some("E0609"))),
        step: Step::Major,
    },
    Planted {
        name: "removed operation",
        edit: |d| drop(take(d, "deleteFolder")),
        class: Breaking,
        rule: "operation-removed",
        rust: Some(("Client::delete_folder", Some("E0599"))),
        step: Step::Major,
    },
    Planted {
        name: "type change",
        edit: |d| {
            operation(d, "getFolder")["parameters"][1]["schema"] = json!({ "type": "string" })
        },
        class: Breaking,
        rule: "type-changed",
        rust: Some(("folders::GetFolder::depth", Some("E0277"))),
        step: Step::Major,
    },
    Planted {
        name: "enum value",
        edit: |d| remove_last_value(d, "FileType"),
        class: Breaking,
        rule: "enum-value-removed",
        rust: Some(("types::FileType::Video", Some("E0599"))),
        step: Step::Major,
    },
    Planted {
        name: "nullability",
        edit: |d| {
            schema(d, "Folder")["properties"]["name"].as_object_mut().unwrap().remove("nullable");
        },
        class: Safe,
        rule: "member-became-not-nullable",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "moved path",
        edit: |d| moved(d, "createFolder", |path| format!("/v4{path}")),
        class: Risky,
        rule: "path-moved",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "new scope",
        edit: |d| d["security"][0]["oauth2"] = json!(["all"]),
        class: Risky,
        rule: "scope-added",
        rust: None,
        step: Step::Patch,
    },
    Planted {
        name: "changed pagination",
        edit: |d| {
            operation(d, "listFileActivities").as_object_mut().unwrap().remove("x-pagination");
        },
        class: Breaking,
        rule: "pagination-removed",
        rust: Some(("activity::ListFileActivities::pages", Some("E0599"))),
        step: Step::Major,
    },
];

/// The operations that the changes are about. The others are left out: generating all of them takes seconds for each
/// change.
const OPERATIONS: [(&str, &[&str]); 3] = [
    (
        "netx",
        &[
            "getFolderByPath",
            "getFoldersByParent",
            "deleteCollection",
            "getAssets",
            "getAssetsByFolder",
            "getCollections",
        ],
    ),
    (
        "mediavalet",
        &[
            "listCategories",
            "listCategoryAssets",
            "listFolderAssets",
            "createCategory",
            "getBrandedPortal",
            "createIntegration",
        ],
    ),
    (
        "netexplorer",
        &[
            "getFolder",
            "createFolder",
            "deleteFolder",
            "listFileActivities",
            "getFileTemplateFolder",
        ],
    ),
];

/// A specification with some of its operations.
fn pruned(mut document: Value, ids: &[&str]) -> Value {
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        item.as_object_mut().unwrap().retain(|_, operation| {
            let id = operation["operationId"].as_str();
            id.is_none_or(|id| ids.contains(&id))
        });
    }
    document["paths"].as_object_mut().unwrap().retain(|_, item| {
        item.as_object().unwrap().values().any(|operation| operation.get("operationId").is_some())
    });
    document
}

/// Removes the components that no operation reaches.
fn without_unused(mut document: Value) -> Value {
    let components = document["components"].clone();
    let mut reached = BTreeSet::new();
    let mut texts = vec![document["paths"].to_string()];
    while let Some(text) = texts.pop() {
        for part in text.split("\"#/components/").skip(1) {
            let name = part.split('"').next().unwrap().to_owned();
            if let Some((group, key)) = name.split_once('/')
                && reached.insert(name.clone())
            {
                texts.push(components[group][key].to_string());
            }
        }
    }
    for (group, named) in document["components"].as_object_mut().unwrap() {
        if group != "securitySchemes" {
            let named = named.as_object_mut().unwrap();
            named.retain(|name, _| reached.contains(&format!("{group}/{name}")));
        }
    }
    document
}

/// Interfaces that were generated before: the old side is the same for all changes of a vendor.
static GENERATED: LazyLock<Mutex<BTreeMap<String, Api>>> = LazyLock::new(Mutex::default);

fn generated(sources: &[Source]) -> Result<Api, String> {
    let text = sources[0].text.clone();
    if let Some(known) = GENERATED.lock().unwrap().get(&text) {
        return Ok(known.clone());
    }
    let api = interface::generated(sources)?;
    GENERATED.lock().unwrap().insert(text, api.clone());
    Ok(api)
}

fn sources(document: &Value) -> Vec<Source> {
    vec![Source { path: ROOT_FILE.into(), text: document.to_string() }]
}

fn check(vendor: &str, planted: &[Planted]) {
    let folder = format!("specs/{vendor}");
    let (spec, _) =
        Spec::read(&workspace::root(), folder.as_ref()).unwrap_or_else(|errors| panic!("{errors}"));
    let (_, ids) = OPERATIONS.iter().find(|(name, _)| *name == vendor).unwrap();
    let root = without_unused(pruned(spec.root, ids));
    let old = sources(&root);
    let mut wrong = Vec::new();
    for Planted { name, edit, class, rule, rust, step } in planted {
        let mut document = root.clone();
        edit(&mut document);
        let impact =
            Impact::of(vendor, &old, &sources(&without_unused(document)), generated).unwrap();
        let found = impact.changes.iter().find(|(change, _)| change.rule == *rule);
        let has_item = |items: &[xtask::api::Finding]| match rust {
            None => items.iter().all(|finding| finding.error.is_none()),
            Some((item, error)) => {
                items.iter().any(|finding| finding.item == *item && finding.error == *error)
            }
        };
        let is_right =
            found.is_some_and(|(change, items)| change.class == *class && has_item(items));
        let is_generated = impact.notes.is_empty();
        let is_worst = impact.changes.iter().all(|(change, _)| change.class <= *class);
        if !is_generated
            || !is_right
            || !is_worst
            || impact.worst_step() != *step
            || !impact.unexplained.is_empty()
        {
            wrong.push(format!(
                "{vendor}, {name}: step {}, unexplained {:?}, {:?}, {:#?}",
                impact.worst_step(),
                impact.unexplained,
                impact.notes,
                impact.changes
            ));
        }
    }
    println!("{vendor}: {} of {}", planted.len() - wrong.len(), planted.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn ten_changes_of_netx() {
    check("netx", &NETX);
}

#[test]
fn ten_changes_of_mediavalet() {
    check("mediavalet", &MEDIAVALET);
}

#[test]
fn ten_changes_of_netexplorer() {
    check("netexplorer", &NETEXPLORER);
}
