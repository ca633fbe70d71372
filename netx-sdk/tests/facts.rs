//! The request examples of published programs, reproduced with the typed client: what arrives equals the example.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use std::collections::BTreeSet;

use bytes::Bytes;
use netx_sdk::{
    CallOptions, ErrorCode, ErrorKind, FilePart,
    search::{any, attribute, field, folder},
    types::{
        AssetUpdate, CollectionInput, Criterion, CriterionOperator, DataSelector, FolderCriterion,
        ImportAssetForm, MatchCriterion, RequestOptions, SearchField, SearchQuery, SearchValue,
        SortOrder,
    },
};
use serde_json::{Value, json};
use support::{
    client,
    recorder::{RequestRecorder, json_response},
};

/// Why an example is changed before it is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Change {
    /// The example uses session keys: it has a member `dataContext`, the key as its first parameter, or both. The
    /// current API has neither; the credential is in a header.
    SessionKey,
    /// The excerpt ends before the options and omits `jsonrpc`. The client sends absent options as `null`, so that
    /// the position of a parameter never depends on another.
    CutShort,
    /// One program puts a `null` between the query and the options; all others send only these two.
    NullInTheMiddle,
    /// The older program sends no parameters; the one for the current API sends a single `null`.
    NoParameters,
}
use Change::{CutShort, NoParameters, NullInTheMiddle, SessionKey};

/// The examples that are changed before they are compared. All others are compared unchanged.
const CHANGED: &[(&str, &[Change])] = &[
    ("createFolderFromPath.1", &[SessionKey]),
    ("getAssetAttributes.2", &[SessionKey]),
    ("getAssetsByFolder.2", &[SessionKey, CutShort]),
    ("getAssetsByQuery.6", &[NullInTheMiddle]),
    ("getAssetsByQuery.7", &[NullInTheMiddle]),
    ("getAssetsByQuery.8", &[SessionKey]),
    ("getFoldersByNameFilter.1", &[SessionKey]),
    ("getFoldersByParent.1", &[SessionKey]),
    ("getSelf.2", &[SessionKey, NoParameters]),
];

/// The examples that no test here uses, with the reason.
const EXCLUDED: &[(&str, &str)] = &[
    ("authenticate.1.request", "creates a session key; the current API takes tokens"),
    ("oauthToken.1.request", "`oneteg-auth` calls the token endpoint"),
    ("getProgressReport.1.response", "a method of the API that preceded the public one"),
    ("getShareBean.1.response", "a method of the API that preceded the public one"),
    ("facetedSearch.1.request", "a method of the API that preceded the public one"),
];

fn example(name: &str) -> Value {
    let path = format!("{}/tests/data/facts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The example in the form of the current API.
fn expected(name: &str) -> Value {
    let mut expected = example(&format!("{name}.request"));
    let changes = CHANGED.iter().find(|(changed, _)| *changed == name).map_or(&[][..], |c| c.1);
    for change in changes {
        let members = expected.as_object_mut().unwrap();
        match change {
            SessionKey => {
                let context = members.remove("dataContext");
                let params = members["params"].as_array_mut().unwrap();
                let key = params.first() == Some(&json!("<sessionKey>"));
                if key {
                    params.remove(0);
                }
                assert!(key || context.is_some(), "{name} has no session key");
            }
            CutShort => {
                assert!(members.insert("jsonrpc".to_owned(), json!("2.0")).is_none());
                members["params"].as_array_mut().unwrap().push(Value::Null);
            }
            NullInTheMiddle => {
                assert_eq!(members["params"].as_array_mut().unwrap().remove(1), Value::Null);
            }
            NoParameters => {
                assert_eq!(members.insert("params".to_owned(), json!([null])), Some(json!([])));
            }
        }
    }
    expected
}

fn data(parts: impl IntoIterator<Item = &'static str>) -> RequestOptions {
    let options = RequestOptions::new().select(parts);
    let unknown = |part: &&DataSelector| matches!(part, DataSelector::Other(_));
    assert_eq!(options.data.iter().flatten().find(unknown), None, "a selector has no name");
    options
}

/// One test per example: the result to respond with, and the call that must send the example.
macro_rules! facts {
    ($($test:ident: $name:literal, $result:expr, |$client:ident| $call:expr;)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let server = RequestRecorder::json_rpc($result).await;
                let $client = client(&server.url);
                let expected = expected($name);
                let id = CallOptions::new().request_id(expected["id"].as_str().unwrap());
                $call.call_options(id).send().await.unwrap();
                let request = server.only_request();
                assert_eq!((request.method.as_str(), request.uri.path()), ("POST", "/api/rpc"));
                assert_eq!(request.json(), expected);
            }
        )*
        const REPRODUCED: &[&str] = &[$($name),*];
    };
}

facts! {
    add_asset_to_folder_1: "addAssetToFolder.1", json!({"id": 18201}), |netx|
        netx.add_asset_to_folder(18201, 341)
            .options(data(["asset.id", "asset.base", "asset.file", "asset.folders"]));
    create_collection_1: "createCollection.1", json!({"id": 7}), |netx|
        netx.create_collection(CollectionInput::new("My collection"), [18201])
            .options(data(["collection.id", "collection.base", "collection.permissions"]));
    create_folder_from_path_1: "createFolderFromPath.1", json!({"id": 5}), |netx|
        netx.create_folder_from_path("a/b/c")
            .options(data(["folder.id", "folder.base", "folder.children"]));
    delete_asset_1: "deleteAsset.1", json!({}), |netx| netx.delete_asset(18201);
    delete_collection_1: "deleteCollection.1", json!(null), |netx| netx.delete_collection(7);
    get_asset_attributes_1: "getAssetAttributes.1", json!({}), |netx| netx.get_asset_attributes(18201);
    get_asset_attributes_2: "getAssetAttributes.2", json!({}), |netx| netx.get_asset_attributes(362_741);
    get_assets_1: "getAssets.1", json!([]), |netx|
        netx.get_assets([1]).options(data(["asset.base", "asset.file"]));
    get_assets_by_collection_1: "getAssetsByCollection.1", json!({}), |netx|
        netx.get_assets_by_collection(7).options(data(["asset.id"]));
    get_assets_by_folder_1: "getAssetsByFolder.1", json!({}), |netx|
        netx.get_assets_by_folder(12, false).options(data(["asset.id", "asset.base"]).page(0, 2));
    get_assets_by_folder_2: "getAssetsByFolder.2", json!({}), |netx| netx.get_assets_by_folder(12, false);
    get_assets_by_folder_3: "getAssetsByFolder.3", json!({}), |netx|
        netx.get_assets_by_folder(646, false).options(data([
            "asset.id", "asset.base", "asset.attributes", "asset.file", "asset.proxies", "asset.views",
        ]));
    get_assets_by_folder_5: "getAssetsByFolder.5", json!({}), |netx|
        netx.get_assets_by_folder(2, false).options(data(["asset.id", "asset.base"]).page(0, 100));
    get_assets_by_query_1: "getAssetsByQuery.1", json!({}), |netx|
        netx.get_assets_by_query(field(SearchField::FileName).is("a.jpg")).options(data(["asset.id"]));
    get_assets_by_query_4: "getAssetsByQuery.4", json!({}), |netx|
        netx.get_assets_by_query(primary_pictures()).options(primary_picture_options());
    get_assets_by_query_6: "getAssetsByQuery.6", json!({}), |netx|
        netx.get_assets_by_query(
            folder(77).and(field(SearchField::ImportDate).between(
                SearchValue::from("1700000000000"),
                SearchValue::from("1700086400000"),
            )),
        )
        .options(data(["asset.id", "asset.file"]).page(0, 1000));
    get_assets_by_query_7: "getAssetsByQuery.7", json!({}), |netx|
        netx.get_assets_by_query(folder(78).and(field(SearchField::FileName).is_one_of(["a.jpg"])))
            .options(data(["asset.id", "asset.file"]).page(0, 10_000));
    get_assets_by_query_8: "getAssetsByQuery.8", json!({}), |netx|
        netx.get_assets_by_query(
            field(SearchField::ImportDate).between(1_595_283_800_000, 1_595_283_820_000),
        )
        .options(
            data(["asset.id", "asset.attributes", "asset.base", "asset.file", "asset.folders"]).page(0, 101),
        );
    get_assets_by_query_9: "getAssetsByQuery.9", json!({}), |netx|
        netx.get_assets_by_query(folder(646).and(attribute("ObjectID (TMS)").is("123"))).options(
            data(["asset.id", "asset.base", "asset.attributes", "asset.file", "asset.proxies"])
                .page(0, 10)
                .sort_by("name", SortOrder::Asc),
        );
    get_attributes_1: "getAttributes.1", json!({}), |netx|
        netx.get_attributes().options(RequestOptions::new().page(0, 200));
    get_collection_1: "getCollection.1", json!({"id": 7}), |netx|
        netx.get_collection(7)
            .options(data(["collection.id", "collection.base", "collection.permissions"]));
    get_collections_1: "getCollections.1", json!({}), |netx|
        netx.get_collections(data(["collection.id", "collection.base"]).page(0, 8));
    get_folder_by_path_1: "getFolderByPath.1", json!(null), |netx|
        netx.get_folder_by_path("Collection Website API/BF1")
            .options(data(["folder.id", "folder.base", "folder.children"]));
    get_folders_by_name_filter_1: "getFoldersByNameFilter.1", json!({}), |netx|
        netx.get_folders_by_name_filter("name")
            .options(data(["folder.id", "folder.base", "folder.children"]).page(0, 500));
    get_folders_by_parent_1: "getFoldersByParent.1", json!({}), |netx|
        netx.get_folders_by_parent(1)
            .options(data(["folder.id", "folder.base", "folder.children"]).page(0, 500));
    get_self_1: "getSelf.1", json!({"userId": 3}), |netx| netx.get_self();
    get_self_2: "getSelf.2", json!({"userId": 3}), |netx| netx.get_self();
    get_users_by_group_1: "getUsersByGroup.1", json!({}), |netx|
        netx.get_users_by_group(1).options(RequestOptions::new().page(0, 70));
    get_views_by_asset_1: "getViewsByAsset.1", json!([]), |netx|
        netx.get_views_by_asset(18201).options(data(["view.id", "view.base", "view.file"]));
    update_asset_1: "updateAsset.1", json!({"id": 1}), |netx|
        netx.update_asset(AssetUpdate::new(1).name("new name").file_name("new.pdf"))
        .options(data(["asset.base"]));
}

/// `getAssetsByQuery.4`, in the types that are sent.
fn primary_pictures() -> SearchQuery {
    let attribute = |label: &str, value: &str| {
        MatchCriterion::new(SearchValue::String(value.to_owned())).attribute(label)
    };
    let object = |id| Criterion::new(CriterionOperator::Or).exact(attribute("ObjectID (TMS)", id));
    let primary = attribute("Primary Display Image (TMS)", "Primary Display Image");
    let jpg =
        MatchCriterion::new(SearchValue::String("jpg".to_owned())).field(SearchField::FileType);
    let and = || Criterion::new(CriterionOperator::And);
    SearchQuery::new([
        and().folder(FolderCriterion::new(646, true)),
        and().exact(primary),
        and().exact(jpg),
        and().subquery(SearchQuery::new([object("1"), object("2")])),
    ])
}

fn primary_picture_options() -> RequestOptions {
    data([
        "asset.id",
        "asset.base",
        "asset.attributes",
        "asset.file",
        "asset.proxies",
        "asset.folders",
    ])
    .page(0, 3000)
    .sort_by("name", SortOrder::Asc)
}

#[test]
fn the_search_builder_writes_the_same_query_as_the_types() {
    let built: SearchQuery = folder(646)
        .recursive()
        .and(attribute("Primary Display Image (TMS)").is("Primary Display Image"))
        .and(field(SearchField::FileType).is("jpg"))
        .and(any(["1", "2"].map(|id| attribute("ObjectID (TMS)").is(id))))
        .into();
    assert_eq!(built, primary_pictures());
    let example = example("getAssetsByQuery.4.request");
    assert_eq!(serde_json::to_value(built).unwrap(), example["params"][0]);
}

/// The two programs order the parts differently. A form has no order, so names and values are compared.
#[tokio::test]
async fn import_asset_sends_the_parts_of_both_examples() {
    for (name, folder_id, file_name) in
        [("importAsset.1", 2, "logotest.png"), ("importAsset.2", 341, "a.jpg")]
    {
        let server = RequestRecorder::with_body(r#"{"id": 1}"#).await;
        let file = FilePart::new(file_name, Bytes::from_static(b"\x89PNG"));
        let form = ImportAssetForm::new(file, folder_id, file_name);
        client(&server.url).import_asset(form).send().await.unwrap();

        let request = server.only_request();
        let parts: serde_json::Map<String, Value> = request
            .parts()
            .await
            .into_iter()
            .map(|part| match part.file_name {
                // The examples write a file as `@` and its name.
                Some(file_name) => {
                    assert_eq!(part.bytes, b"\x89PNG");
                    (part.name, json!(format!("@{file_name}")))
                }
                None => (part.name, json!(String::from_utf8(part.bytes).unwrap())),
            })
            .collect();
        let media_type = request.headers["content-type"].to_str().unwrap();
        let (media_type, _) = media_type.split_once(';').unwrap();
        let sent = json!({
            "http": format!("{} {}", request.method, request.uri),
            "content_type": media_type,
            "parts": parts,
        });
        assert_eq!(sent, example(&format!("{name}.request")));
    }
}

#[tokio::test]
async fn the_recorded_error_is_a_refused_permission() {
    let body = example("anyMethod.1.response").to_string();
    let server = RequestRecorder::start(move |_| json_response(body.clone())).await;
    let error = client(&server.url).get_assets([1]).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.code(), Some("3004"));
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::AccessDenied));
    assert_eq!(error.message(), "Access not allowed to object for the given caller");
}

#[tokio::test]
async fn the_assets_of_a_search_have_their_file_and_the_parents_of_their_folders() {
    let server =
        RequestRecorder::json_rpc(example("getAssetsByQuery.1.response")["result"].clone()).await;
    let found = client(&server.url).get_assets_by_query(folder(646)).send().await.unwrap();
    let found = found.into_inner();
    assert_eq!(found.size, Some(1));
    let asset = &found.results.unwrap()[0];
    assert_eq!((asset.id, asset.name.as_deref()), (101, Some("archive asset")));
    let file = asset.file.as_ref().unwrap();
    assert_eq!(file.name.as_deref(), Some("DBG-F-000001.JPG"));
    let folder = &asset.folders.as_ref().unwrap()[0];
    assert_eq!((folder.id, folder.parent_id), (700, Some(646)));
    assert_eq!(folder.path.as_deref(), Some("Collection Website API/001"));
    assert!(folder.extra.is_empty(), "{:?}", folder.extra);
}

#[tokio::test]
async fn the_values_of_an_attribute_are_in_results() {
    let server =
        RequestRecorder::json_rpc(example("getValuesByAttribute.1.response")["result"].clone())
            .await;
    let netx = client(&server.url);
    let page = netx.get_values_by_attribute(23).send().await.unwrap().into_inner();
    assert_eq!(page.size, Some(2));
    let values = netx.get_values_by_attribute(23).pages().all().await.unwrap();
    assert_eq!(Some(&values), page.results.as_ref());
    let shown: Vec<_> = values.iter().map(|value| (value.value.as_deref(), value.count)).collect();
    assert_eq!(shown, [(Some("Project A"), None), (Some("Project B"), None)]);
}

#[test]
fn every_example_is_used_or_excluded_with_a_reason() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/facts");
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".json", ""))
        .collect();
    let mut used: BTreeSet<String> =
        REPRODUCED.iter().map(|name| format!("{name}.request")).collect();
    used.extend(
        [
            "importAsset.1.request",
            "importAsset.2.request",
            "anyMethod.1.response",
            "getAssetsByQuery.1.response",
            "getValuesByAttribute.1.response",
        ]
        .map(str::to_owned),
    );
    for (name, reason) in EXCLUDED {
        assert!(!reason.is_empty(), "{name} is excluded without a reason");
        assert!(used.insert((*name).to_owned()), "{name} is used and excluded");
    }
    assert_eq!(kept, used);
    for (name, _) in CHANGED {
        assert!(REPRODUCED.contains(name), "{name} is changed but not used");
    }
}
