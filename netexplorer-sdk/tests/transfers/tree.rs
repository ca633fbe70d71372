//! Walking a tree, and looking up paths.

use axum::{Json, extract::Query, http::StatusCode};
use futures_util::StreamExt;
use netexplorer_sdk::{Client, ErrorKind, entry::Entry};
use serde_json::{Value, json};

use crate::platform::{CANARY, Platform};

#[tokio::test]
async fn a_walk_finds_everything_once_and_continues_after_an_error() {
    let platform = Platform::start(None).await;
    let client = platform.client();
    client.upload(10, vec![1]).name("a.txt").send().await.unwrap();
    let walk = client.walk(1).parallel(2);
    let (mut paths, mut refused) = (Vec::new(), 0);
    let mut walk = std::pin::pin!(walk);
    while let Some(found) = walk.next().await {
        match found {
            Ok(found) => {
                paths.push((found.path, found.depth, matches!(found.entry, Entry::File(_))))
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::PermissionDenied);
                refused += 1;
            }
        }
    }
    let expected = [
        ("f10", 1, false),
        ("shared", 1, false),
        ("f10/a.txt", 2, true),
        ("f10/f100", 2, false),
        ("f10/shared", 2, false),
        // Found again, but not listed again.
        ("f10/f100/up", 3, false),
        ("f10/f100/closed", 3, false),
    ];
    let paths: Vec<_> =
        paths.iter().map(|(path, depth, file)| (path.as_str(), *depth, *file)).collect();
    assert_eq!((paths, refused), (expected.to_vec(), 1));

    let shallow: Vec<_> = client.walk(1).max_depth(1).collect().await;
    assert_eq!(shallow.len(), 2);
    assert_eq!(client.walk(1).max_depth(0).count().await, 0);
}

/// The path operation, with responses as platforms send them and as documented.
async fn lookup(Query(query): Query<Vec<(String, String)>>) -> Result<Json<Value>, StatusCode> {
    let path = query.iter().find(|(name, _)| name == "path").unwrap().1.as_str();
    let file = json!({"id": 99, "name": "é.zip", "parent_id": 1458, "size": 10, "guid": "abc"});
    let folder = json!({"id": 1458, "name": "2026", "parent_id": 42});
    match path {
        "backups/é.zip" => Ok(Json(file)),
        "doc/é.zip" => Ok(Json(json!({"object": file}))),
        "2026/" | "2026" => Ok(Json(folder)),
        "doc/2026/" => Ok(Json(json!({"object": folder}))),
        "odd" => Ok(Json(json!([1]))),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

#[tokio::test]
async fn a_path_is_read_in_both_forms() {
    let router = axum::Router::new()
        .route("/api/path", axum::routing::get(lookup))
        .route("/api/folder/7", axum::routing::get(|| async { Json(json!({"id": 7})) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::builder(url).access_token(CANARY).build().unwrap();

    for path in ["backups/é.zip", "/doc/é.zip"] {
        let file = client.find_file(7, path).await.unwrap().unwrap();
        assert_eq!((file.id, file.size), (99, Some(10)), "{path}");
    }
    for path in ["2026", "/2026/", "doc/2026"] {
        let folder = client.find_folder(7, path).await.unwrap().unwrap();
        assert_eq!(folder.id, Some(1458), "{path}");
    }
    for root in ["", "/"] {
        assert_eq!(client.find_folder(7, root).await.unwrap().unwrap().id, Some(7));
    }
    assert!(client.find_entry(7, "nowhere").await.unwrap().is_none());
    // A folder, although a file was requested.
    assert!(client.find_file(7, "2026").await.unwrap().is_none());
    assert_eq!(client.find_entry(7, "odd").await.unwrap_err().kind(), ErrorKind::Decode);
}
