//! The mock helpers: each operation can be mocked, arguments and parameters are matched, and the client reads the
//! mocked response.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use netx_sdk::{
    ErrorKind, FilePart, OPERATIONS,
    httpmock::MockServer,
    mock::MockServerExt as _,
    search::folder,
    types::{
        Asset, AssetPage, AssetUpdate, AttributePage, AttributeValuePage, Collection,
        CollectionInput, CollectionPage, EmptyObject, Folder, FolderPage, GetAssetsByFolderParams,
        GroupPage, ImportAssetForm, ImportVersionForm, ImportViewForm, ReimportAssetForm,
        RequestOptions, User, UserPage, View, ViewList,
    },
};
use serde_json::json;
use support::client;

fn asset() -> Asset {
    Asset { id: 18201, name: Some("Harbour".to_owned()), ..Asset::default() }
}

fn picture() -> FilePart {
    FilePart::new("harbour.jpg", Bytes::from_static(b"\xff\xd8"))
}

fn title() -> CollectionInput {
    CollectionInput::new("Harbours").id(7)
}

#[tokio::test]
async fn a_mock_is_a_few_lines() {
    let server = MockServer::start_async().await;
    let mock = server.get_self(|_, then| {
        then.success(200, &User { user_id: 3, ..User::default() });
    });
    let user = client(&server.base_url()).get_self().send().await.unwrap();
    assert_eq!(user.user_id, 3);
    mock.assert_async().await;
}

#[tokio::test]
async fn a_procedure_matches_by_its_parameters() {
    let server = MockServer::start_async().await;
    let options = RequestOptions::new().page(0, 2);
    let expected = GetAssetsByFolderParams::new(12, true).options(options.clone());
    let mock = server.get_assets_by_folder(|when, then| {
        when.params(&expected);
        then.success(200, &AssetPage { results: Some(vec![asset()]), ..AssetPage::default() });
    });
    let netx = client(&server.base_url());

    let page = netx.get_assets_by_folder(12, true).options(options.clone()).send().await.unwrap();
    assert_eq!(page.results.as_deref(), Some(&[asset()][..]));

    // Another folder, another flag, no options: httpmock responds with 404 if nothing matches.
    for call in [
        netx.get_assets_by_folder(13, true).options(options.clone()),
        netx.get_assets_by_folder(12, false).options(options),
        netx.get_assets_by_folder(12, true),
    ] {
        assert_eq!(call.send().await.unwrap_err().kind(), ErrorKind::Configuration);
    }
    assert_eq!(mock.calls_async().await, 1);
}

#[tokio::test]
async fn another_procedure_at_the_same_path_does_not_match() {
    let server = MockServer::start_async().await;
    let mock = server.get_self(|_, then| {
        then.success(200, &User { user_id: 3, ..User::default() });
    });
    let error = client(&server.base_url()).get_assets([1]).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(mock.calls_async().await, 0);
}

#[tokio::test]
async fn a_procedure_can_fail() {
    let server = MockServer::start_async().await;
    server.delete_asset(|_, then| {
        then.rpc_error(3004, "Access not allowed to object for the given caller");
    });
    let error = client(&server.base_url()).delete_asset(1).send().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::PermissionDenied, Some("3004")));
}

#[tokio::test]
async fn a_file_matches_by_its_path_argument() {
    let server = MockServer::start_async().await;
    server.get_view_file(|when, then| {
        when.asset_id(201).view_id(9);
        then.success(200, b"\xff\xd8");
    });
    let netx = client(&server.base_url());
    let file = netx.get_view_file(201, 9).send().await.unwrap().into_inner();
    assert_eq!(file.collect(1024).await.unwrap(), b"\xff\xd8");
    for (asset, view) in [(201, 8), (9, 201)] {
        let error = netx.get_view_file(asset, view).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}

#[tokio::test]
async fn an_import_is_mocked_like_any_call() {
    let server = MockServer::start_async().await;
    let mock = server.import_asset(|_, then| {
        then.success(200, &asset());
    });
    let form = ImportAssetForm::new(picture(), 2, "harbour.jpg");
    let stored = client(&server.base_url()).import_asset(form).send().await.unwrap();
    assert_eq!(stored.into_inner(), asset());
    mock.assert_async().await;
}

#[tokio::test]
async fn a_failure_has_a_status_and_a_document() {
    let server = MockServer::start_async().await;
    server.get_asset_original(|_, then| {
        then.failure(403, &json!({"message": "not yours"}));
    });
    let error = client(&server.base_url()).get_asset_original(201).send().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::PermissionDenied, "not yours"));
}

/// One mock and one call per operation, on a server that has all mocks at once.
macro_rules! mocks {
    ($($name:ident: |$then:ident| $response:expr, |$client:ident| $call:expr;)*) => {
        #[tokio::test]
        async fn every_operation_can_be_mocked() {
            let server = MockServer::start_async().await;
            $(let $name = server.$name(|_, $then| { $response; });)*
            $(
                let $client = client(&server.base_url());
                if let Err(error) = $call.send().await {
                    panic!("{error}");
                }
            )*
            $(assert_eq!($name.calls_async().await, 1, stringify!($name));)*
            let mocked: BTreeSet<&str> = [$(stringify!($name)),*].into();
            assert_eq!(mocked, OPERATIONS.iter().map(|operation| operation.id).collect());
        }
    };
}

mocks! {
    add_asset_to_folder: |then| then.success(200, &asset()), |netx| netx.add_asset_to_folder(1, 2);
    delete_asset: |then| then.success(200, &EmptyObject::default()), |netx| netx.delete_asset(1);
    get_asset_attributes: |then| then.success(200, &BTreeMap::new()), |netx| netx.get_asset_attributes(1);
    get_assets: |then| then.success(200, &vec![asset()]), |netx| netx.get_assets([1]);
    get_assets_by_folder: |then| then.success(200, &AssetPage::default()), |netx| netx.get_assets_by_folder(1, true);
    remove_asset_from_folder: |then| then.success(200, &asset()), |netx| netx.remove_asset_from_folder(1, 2);
    update_asset: |then| then.success(200, &asset()), |netx| netx.update_asset(AssetUpdate::default());
    get_attributes: |then| then.success(200, &AttributePage::default()), |netx| netx.get_attributes();
    get_values_by_attribute: |then| then.success(200, &AttributeValuePage::default()), |netx| netx.get_values_by_attribute(1);
    create_collection: |then| then.success(200, &Collection::default()), |netx| netx.create_collection(title(), [1]);
    delete_collection: |then| then.success(200, &json!(true)), |netx| netx.delete_collection(7);
    get_assets_by_collection: |then| then.success(200, &AssetPage::default()), |netx| netx.get_assets_by_collection(7);
    get_collection: |then| then.success(200, &Collection::default()), |netx| netx.get_collection(7);
    get_collections: |then| then.success(200, &CollectionPage::default()), |netx| netx.get_collections(RequestOptions::new());
    get_collections_by_user: |then| then.success(200, &CollectionPage::default()), |netx| netx.get_collections_by_user(3);
    update_collection: |then| then.success(200, &Collection::default()), |netx| netx.update_collection(title(), [1]);
    get_asset_original: |then| then.success(200, "original"), |netx| netx.get_asset_original(1);
    get_asset_preview: |then| then.success(200, "preview"), |netx| netx.get_asset_preview(1);
    get_asset_thumbnail: |then| then.success(200, "thumbnail"), |netx| netx.get_asset_thumbnail(1);
    get_view_file: |then| then.success(200, "view"), |netx| netx.get_view_file(1, 2);
    create_folder_from_path: |then| then.success(200, &Folder::default()), |netx| netx.create_folder_from_path("a/b");
    get_folder_by_path: |then| then.success(200, &None), |netx| netx.get_folder_by_path("a/b");
    get_folders_by_name_filter: |then| then.success(200, &FolderPage::default()), |netx| netx.get_folders_by_name_filter("a");
    get_folders_by_parent: |then| then.success(200, &FolderPage::default()), |netx| netx.get_folders_by_parent(1);
    health_check: |then| then.success(200), |netx| netx.health_check("4711");
    import_asset: |then| then.success(200, &asset()), |netx| netx.import_asset(ImportAssetForm::new(picture(), 2, "a"));
    import_version: |then| then.success(200, &asset()), |netx| netx.import_version(1, ImportVersionForm::new(picture()));
    import_view: |then| then.success(200, &json!({})), |netx| netx.import_view(1, ImportViewForm::new(picture(), "a"));
    reimport_asset: |then| then.success(200, &asset()), |netx| netx.reimport_asset(1, ReimportAssetForm::new(picture()));
    get_assets_by_query: |then| then.success(200, &AssetPage::default()), |netx| netx.get_assets_by_query(folder(1));
    get_groups_by_user: |then| then.success(200, &GroupPage::default()), |netx| netx.get_groups_by_user(3);
    get_self: |then| then.success(200, &User::default()), |netx| netx.get_self();
    get_users_by_group: |then| then.success(200, &UserPage::default()), |netx| netx.get_users_by_group(1);
    get_views_by_asset: |then| then.success(200, &ViewList::Array(vec![View::default()])), |netx| netx.get_views_by_asset(1);
}
