//! The list of served operations is true: each is called, and the list is the committed one.

use std::collections::BTreeSet;

use oneteg_sandbox::netx;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, file_part};

const COMMITTED: &str = include_str!("../../served/netx.txt");

/// A call of each JSON-RPC method, which succeeds after the calls before it.
fn rpc_calls() -> Vec<(&'static str, Value)> {
    let query = json!({ "query": [{ "operator": "and", "exact": { "field": "fileType", "value": "png" } }] });
    vec![
        ("getAssets", json!([[201]])),
        ("getAssetsByFolder", json!([1, true])),
        ("updateAsset", json!([{ "id": 201, "name": "New" }])),
        ("addAssetToFolder", json!([201, 8])),
        ("removeAssetFromFolder", json!([201, 8])),
        ("getAssetAttributes", json!([201])),
        ("getFoldersByParent", json!([1])),
        ("getFoldersByNameFilter", json!(["a"])),
        ("getFolderByPath", json!(["Archive"])),
        ("createFolderFromPath", json!(["Archive/2020"])),
        ("createCollection", json!([{ "title": "New" }, [201]])),
        ("updateCollection", json!([{ "id": 54, "title": "Newer" }, [202]])),
        ("getCollection", json!([54])),
        ("getAssetsByCollection", json!([54])),
        ("getCollections", json!([{}])),
        ("getCollectionsByUser", json!([1, null])),
        ("deleteCollection", json!([54])),
        ("getAttributes", json!([])),
        ("getValuesByAttribute", json!([13])),
        ("getAssetsByQuery", json!([query])),
        ("getSelf", json!([])),
        ("getUsersByGroup", json!([1])),
        ("getGroupsByUser", json!([1])),
        ("getViewsByAsset", json!([201])),
        ("deleteAsset", json!([205])),
    ]
}

/// A request for each operation outside JSON-RPC.
fn http_calls() -> Vec<(&'static str, Method, String)> {
    vec![
        ("getAssetOriginal", Method::GET, "/api/file/asset/201".into()),
        ("getAssetThumbnail", Method::GET, "/api/file/asset/201/thumbnail".into()),
        ("getAssetPreview", Method::GET, "/api/file/asset/201/preview".into()),
        ("getViewFile", Method::GET, "/api/file/asset/201/view/901".into()),
        ("importAsset", Method::POST, "/api/import/asset".into()),
        ("reimportAsset", Method::PUT, "/api/import/asset/201".into()),
        ("importVersion", Method::POST, "/api/import/asset/201/version".into()),
        ("importView", Method::POST, "/api/import/asset/201/view".into()),
        ("healthCheck", Method::GET, format!("/health/{}", netx::HEALTH_TOKEN)),
    ]
}

#[tokio::test]
async fn every_listed_operation_is_served() {
    let client = Client::start().await;
    let mut succeeded = BTreeSet::new();
    for (method, params) in rpc_calls() {
        let result = client.ok(method, params).await;
        assert!(result.is_object() || result.is_array(), "{method}: {result}");
        succeeded.insert(method);
    }
    for (name, method, path) in http_calls() {
        let mut request = client.request(method.clone(), &path);
        if method != Method::GET {
            let form = file_part(&b"x"[..]).text("folderId", "8").text("fileName", "a.txt");
            request = request.multipart(form);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        assert!(!response.bytes().await.unwrap().is_empty(), "{name}");
        succeeded.insert(name);
    }
    let recorded: BTreeSet<_> =
        client.sandbox.netx().requests().into_iter().filter_map(|seen| seen.operation).collect();
    let succeeded: Vec<_> = succeeded.into_iter().collect();
    assert_eq!(Vec::from_iter(recorded), succeeded, "each request reached its operation");
    assert_eq!(succeeded, netx::served());
    assert_eq!(succeeded, COMMITTED.lines().collect::<Vec<_>>());
}

#[tokio::test]
async fn any_value_in_any_position_gets_a_response() {
    let client = Client::start().await;
    let junk = json!([
        null, true, -1, 0, 1.5, 1e300, u64::MAX, "", "x", "\u{0}", "99999999999999999999", [], [null], [[]],
        ["asset.id"], {}, { "id": 201 }, { "query": [{}] }, { "page": { "startIndex": u64::MAX, "size": u64::MAX } },
        { "data": [""] }, { "sort": {} }, { "id": 201, "attributes": { "Tags": [""] } }, "////", "a/\u{202e}/b",
    ]);
    for (method, params) in rpc_calls() {
        let known = params.as_array().unwrap();
        for position in 0..=known.len() + 1 {
            for value in junk.as_array().unwrap() {
                let mut params = known.clone();
                params.resize(params.len().max(position + 1), Value::Null);
                params[position] = value.clone();
                let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
                let envelope = client.post_rpc(body.to_string()).await;
                let outcomes = ["result", "error"].map(|name| envelope.get(name).is_some());
                assert_ne!(outcomes[0], outcomes[1], "{body}: {envelope}");
            }
        }
    }
}
