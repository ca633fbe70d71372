//! The requests of each operation, in one snapshot: a call with only the required arguments, and one with all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

// Each test uses only a part of it.
#[allow(dead_code, unreachable_pub)]
mod support;

use std::{collections::BTreeSet, fmt::Write as _};

use bytes::Bytes;
use netx_sdk::{
    CallOptions, Client, Error, FilePart, OPERATIONS, ResponseValue, UploadSource,
    search::{any, attribute, field, folder, not},
    types::{
        AssetUpdate, CollectionInput, DataSelector, ImportAssetForm, ImportVersionForm,
        ImportViewForm, ReimportAssetForm, RequestOptions, SearchField, SearchQuery, SortOrder,
    },
};
use serde_json::{Value, json};
use support::{client, recorder::RequestRecorder};

/// Options with all their members.
fn options(id: DataSelector, base: DataSelector) -> RequestOptions {
    RequestOptions::new().page(200, 100).sort_by("name", SortOrder::Desc).select([id, base])
}

fn asset_options() -> RequestOptions {
    options(DataSelector::AssetId, DataSelector::AssetBase)
}

fn folder_options() -> RequestOptions {
    options(DataSelector::FolderId, DataSelector::FolderBase)
}

fn collection_options() -> RequestOptions {
    options(DataSelector::CollectionId, DataSelector::CollectionPermissions)
}

fn with_id() -> CallOptions {
    CallOptions::new().request_id("nightly \"export\"")
}

fn picture() -> FilePart {
    FilePart::new("harbour.jpg", Bytes::from_static(PICTURE))
}

/// Bytes that are easily corrupted: not UTF-8, and with something that looks like a boundary.
const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\0\r\n--boundary\r\n";

fn query() -> SearchQuery {
    folder(646)
        .recursive()
        .and(field(SearchField::FileType).is("jpg"))
        .and(any([attribute("Caption").contains("harbour"), attribute("Count").is(7)]))
        .and(field(SearchField::ImportDate).at_least(1_700_000_000_000))
        .and(not(attribute("Status").is("Draft")))
        .into()
}

/// Checks that a call succeeded, whatever its response.
fn done<T>(result: Result<ResponseValue<T>, Error>) {
    if let Err(error) = result {
        panic!("{error}: {:?}", error.body_preview());
    }
}

async fn snapshot(name: &str, server: &RequestRecorder, titles: &[&str]) {
    let requests = server.requests();
    assert_eq!(requests.len(), titles.len(), "one request for each call of {name}");
    let mut snapshot = String::new();
    for (title, request) in titles.iter().zip(&requests) {
        let _ = write!(snapshot, "{}## {title}\n\n", if snapshot.is_empty() { "" } else { "\n" });
        snapshot.push_str(&request.snapshot().await);
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, snapshot));
}

/// One test per operation: the server's response, then the calls.
macro_rules! wire {
    ($($name:ident: $server:ident($response:expr), |$client:ident| [$($title:literal => $call:expr),* $(,)?];)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let server = RequestRecorder::$server($response).await;
                let $client: Client = client(&server.url);
                $(done($call.send().await);)*
                snapshot(stringify!($name), &server, &[$($title),*]).await;
            }
        )*
        const CALLED: &[&str] = &[$(stringify!($name)),*];
    };
}

wire! {
    add_asset_to_folder: json_rpc(json!({"id": 18201})), |netx| [
        "required" => netx.add_asset_to_folder(18201, 341),
        "all" => netx.add_asset_to_folder(18201, 341).options(asset_options()).call_options(with_id()),
    ];
    delete_asset: json_rpc(json!({})), |netx| [
        "required" => netx.delete_asset(18201),
        "all" => netx.delete_asset(18201).call_options(with_id()),
    ];
    get_asset_attributes: json_rpc(json!({})), |netx| [
        "required" => netx.get_asset_attributes(18201),
    ];
    get_assets: json_rpc(json!([{"id": 1}])), |netx| [
        "required" => netx.get_assets([1, 2]),
        "all" => netx.get_assets([1, 2]).options(asset_options()).call_options(with_id()),
        "an empty list and empty options" => netx.get_assets([]).options(RequestOptions::new()),
    ];
    get_assets_by_folder: json_rpc(json!({"results": [], "size": 0})), |netx| [
        "required" => netx.get_assets_by_folder(12, false),
        "all" => netx.get_assets_by_folder(i64::MAX, true).options(asset_options()).call_options(with_id()),
    ];
    remove_asset_from_folder: json_rpc(json!({"id": 18201})), |netx| [
        "required" => netx.remove_asset_from_folder(18201, 341),
        "all" => netx.remove_asset_from_folder(18201, 341).options(asset_options()),
    ];
    update_asset: json_rpc(json!({"id": 1})), |netx| [
        "required" => netx.update_asset(AssetUpdate::new(1)),
        "all" => netx.update_asset(AssetUpdate::new(1)
            .name("Hafen \u{fc}ber \"Nacht\"")
            .file_name("new.pdf")
            .attributes([("Caption", ["a", "b"])])
            .extra("notYetKnown", Value::Null)).options(asset_options()),
    ];
    get_attributes: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_attributes(),
        "all" => netx.get_attributes().options(RequestOptions::new().page(0, 200)),
    ];
    get_values_by_attribute: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_values_by_attribute(5),
        "all" => netx.get_values_by_attribute(5).options(RequestOptions::new().page(0, 5000)),
    ];
    create_collection: json_rpc(json!({"id": 7})), |netx| [
        "required" => netx.create_collection(CollectionInput::new("My collection"), []),
        "all" => netx.create_collection(CollectionInput::new("My collection"), [18201])
            .options(collection_options()),
    ];
    delete_collection: json_rpc(json!(true)), |netx| [
        "required" => netx.delete_collection(7),
    ];
    get_assets_by_collection: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_assets_by_collection(7),
        "all" => netx.get_assets_by_collection(7).options(asset_options()),
    ];
    get_collection: json_rpc(json!({"id": 7})), |netx| [
        "required" => netx.get_collection(7),
        "all" => netx.get_collection(7).options(collection_options()),
    ];
    get_collections: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_collections(RequestOptions::new()),
        "all" => netx.get_collections(collection_options()),
    ];
    get_collections_by_user: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_collections_by_user(3),
        "all" => netx.get_collections_by_user(3).options(collection_options()),
    ];
    update_collection: json_rpc(json!({"id": 7})), |netx| [
        "required" => netx.update_collection(CollectionInput::new("My collection").id(7), [18201]),
        "all" => netx.update_collection(CollectionInput::new("My collection").id(7), [18201, 18202])
            .options(collection_options()),
    ];
    get_asset_original: with_body(PICTURE), |netx| ["required" => netx.get_asset_original(201)];
    get_asset_preview: with_body(PICTURE), |netx| ["required" => netx.get_asset_preview(201)];
    get_asset_thumbnail: with_body(PICTURE), |netx| ["required" => netx.get_asset_thumbnail(201)];
    get_view_file: with_body(PICTURE), |netx| ["required" => netx.get_view_file(201, 9)];
    create_folder_from_path: json_rpc(json!({"id": 5})), |netx| [
        "required" => netx.create_folder_from_path("a/b/c"),
        "all" => netx.create_folder_from_path("a/b/c").options(folder_options()),
    ];
    get_folder_by_path: json_rpc(json!(null)), |netx| [
        "required" => netx.get_folder_by_path("Collection Website API/BF1"),
        "all" => netx.get_folder_by_path("Collection Website API/BF1").options(folder_options()),
    ];
    get_folders_by_name_filter: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_folders_by_name_filter("name"),
        "all" => netx.get_folders_by_name_filter("name").options(folder_options()),
    ];
    get_folders_by_parent: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_folders_by_parent(1),
        "all" => netx.get_folders_by_parent(1).options(folder_options()),
    ];
    health_check: with_body("OK"), |netx| [
        "required" => netx.health_check("4711"),
        "a token with characters of a URL" => netx.health_check("a/b?c#d e%2F\u{fc}"),
    ];
    import_asset: with_body(r#"{"id": 1}"#), |netx| [
        "required" => netx.import_asset(ImportAssetForm::new(picture(), 2, "harbour.jpg")),
        "all" => netx.import_asset(ImportAssetForm::new(
            FilePart::new("Hafen \u{fc}ber \"Nacht\".jpg", Bytes::from_static(PICTURE)).content_type("image/jpeg"),
            2,
            "Hafen \u{fc}ber \"Nacht\".jpg",
        )),
    ];
    import_version: with_body(r#"{"id": 1}"#), |netx| [
        "required" => netx.import_version(18201, ImportVersionForm::new(picture())),
        "all" => netx.import_version(18201, ImportVersionForm::new(picture()).file_name("v2.jpg")),
    ];
    import_view: with_body("null"), |netx| [
        "required" => netx.import_view(18201, ImportViewForm::new(picture(), "harbour.jpg")),
        "all" => netx.import_view(18201, ImportViewForm::new(picture(), "harbour.jpg")
            .view_name("Back").description("The back.\nIn two lines.")),
    ];
    reimport_asset: with_body(r#"{"id": 1}"#), |netx| [
        "required" => netx.reimport_asset(18201, ReimportAssetForm::new(picture())),
        "all" => netx.reimport_asset(18201, ReimportAssetForm::new(picture()).file_name("v2.jpg")),
    ];
    get_assets_by_query: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_assets_by_query(query()),
        "all" => netx.get_assets_by_query(query()).options(asset_options()),
    ];
    get_groups_by_user: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_groups_by_user(3),
        "all" => netx.get_groups_by_user(3).options(RequestOptions::new().page(0, 70)),
    ];
    get_self: json_rpc(json!({"userId": 3})), |netx| [
        "required" => netx.get_self(),
        "all" => netx.get_self().call_options(with_id()),
    ];
    get_users_by_group: json_rpc(json!({"results": []})), |netx| [
        "required" => netx.get_users_by_group(1),
        "all" => netx.get_users_by_group(1).options(RequestOptions::new().page(0, 70)),
    ];
    get_views_by_asset: json_rpc(json!([])), |netx| [
        "required" => netx.get_views_by_asset(18201),
        "all" => netx.get_views_by_asset(18201)
            .options(options(DataSelector::ViewId, DataSelector::ViewFile)),
    ];
}

#[test]
fn every_operation_has_a_call_and_every_snapshot_an_operation() {
    let operations: BTreeSet<String> =
        OPERATIONS.iter().map(|operation| operation.id.to_owned()).collect();
    let called: BTreeSet<String> = CALLED.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(called, operations);
    assert_eq!(CALLED.len(), OPERATIONS.len(), "an operation is called twice");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots");
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            Some(name.strip_prefix("wire__")?.strip_suffix(".snap")?.to_owned())
        })
        .collect();
    assert_eq!(kept, operations);
}

/// A file from bytes, a path and two kinds of stream is sent as the same form.
#[tokio::test]
async fn the_source_of_a_file_does_not_change_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harbour.jpg");
    std::fs::write(&path, PICTURE).unwrap();
    let chunks = || {
        let chunks: Vec<std::io::Result<Bytes>> =
            PICTURE.chunks(3).map(|chunk| Ok(Bytes::from_static(chunk))).collect();
        futures_util::stream::iter(chunks)
    };
    let length = Some(PICTURE.len() as u64);
    for import in IMPORTS {
        let sources = [
            (true, picture()),
            (true, FilePart::path(&path)),
            (true, FilePart::new("harbour.jpg", UploadSource::stream(chunks(), length))),
            (false, FilePart::new("harbour.jpg", UploadSource::stream(chunks(), None))),
        ];
        let mut forms = Vec::new();
        for (has_length, source) in sources {
            let server = RequestRecorder::with_body(r#"{"id": 1}"#).await;
            import(client(&server.url), source).await;
            let request = server.only_request();
            assert_eq!(request.headers.contains_key("content-length"), has_length);
            assert_eq!(request.headers.contains_key("transfer-encoding"), !has_length);
            forms.push(request.parts().await);
        }
        assert_eq!(forms[0][0].bytes, PICTURE);
        for form in &forms[1..] {
            assert_eq!(form, &forms[0]);
        }
    }
}

type Import = fn(Client, FilePart) -> std::pin::Pin<Box<dyn Future<Output = ()>>>;

const IMPORTS: [Import; 4] = [
    |netx, file| {
        Box::pin(async move {
            done(netx.import_asset(ImportAssetForm::new(file, 2, "a.jpg")).send().await);
        })
    },
    |netx, file| {
        Box::pin(async move {
            done(netx.import_version(1, ImportVersionForm::new(file)).send().await);
        })
    },
    |netx, file| {
        Box::pin(async move {
            done(netx.import_view(1, ImportViewForm::new(file, "a.jpg")).send().await);
        })
    },
    |netx, file| {
        Box::pin(async move {
            done(netx.reimport_asset(1, ReimportAssetForm::new(file)).send().await);
        })
    },
];
