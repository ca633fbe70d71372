//! Methods that make several calls, or read a response specially, against a server that records the requests.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Bytes,
    http::{Method, StatusCode, Uri},
};
use netexplorer_sdk::{
    Client, ErrorKind,
    types::{CreateSignatureActorRequest, CreateSignatureRequest},
};
use serde_json::{Value, json};

use crate::platform::CANARY;

type Calls = Arc<Mutex<Vec<(String, Value)>>>;

/// A client of a server that records `METHOD path` and body of every request, and refuses paths ending in `refused`.
async fn start(refused: &'static str) -> (Client, Calls) {
    let calls = Calls::default();
    let recorded = Arc::clone(&calls);
    let router = Router::new().fallback(async move |method: Method, uri: Uri, body: Bytes| {
        let call = format!("{method} {uri}");
        let body = serde_json::from_slice(&body).unwrap_or_default();
        recorded.lock().unwrap().push((call.clone(), body));
        if call.ends_with(refused) {
            return (StatusCode::FORBIDDEN, Json(json!({"error": "Vous n'avez pas les droits"})));
        }
        (
            StatusCode::OK,
            Json(
                json!({"id": 5, "key": "k", "token": "a token+/", "url": "https://c.example/u/k"}),
            ),
        )
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (Client::builder(url).access_token(CANARY).build().unwrap(), calls)
}

fn names(calls: &Calls) -> Vec<String> {
    calls.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
}

#[tokio::test]
async fn a_signature_request_is_created_completely_or_not_at_all() {
    for (refused, activated) in [("nothing", true), ("/actors", false)] {
        let (client, calls) = start(refused).await;
        let settings = CreateSignatureRequest::new().name("Contract");
        let actor = |email: &str| CreateSignatureActorRequest::new().email(email);
        let request = client.request_signatures(settings).file(98).file(99);
        let result = request.actor(actor("a@example.com")).activate().await;
        let mut expected = vec![
            "POST /api/signatures",
            "POST /api/signatures/5/documents/98",
            "POST /api/signatures/5/documents/99",
            "POST /api/signatures/5/actors",
        ];
        if activated {
            expected.push("POST /api/signatures/5/activate");
            assert_eq!(result.unwrap().id, Some(5));
        } else {
            expected.push("DELETE /api/signatures/5");
            assert_eq!(result.unwrap_err().kind(), ErrorKind::PermissionDenied);
        }
        assert_eq!(names(&calls), expected);
        let calls = calls.lock().unwrap();
        assert_eq!(calls[0].1, json!({"name": "Contract"}));
        assert_eq!(calls[3].1, json!({"email": "a@example.com"}));
    }
}

#[tokio::test]
async fn files_are_requested_with_a_link_and_an_email() {
    for refused in ["nothing", "/email"] {
        let (client, calls) = start(refused).await;
        let (link, sent) = client.request_files(42, ["a@example.com"]).await.unwrap();
        assert_eq!((link.id, sent.is_ok()), (5, refused == "nothing"));
        assert_eq!(names(&calls), ["POST /api/ulink", "POST /api/ulink/email"]);
        let email = json!({"folder_id": 42, "ulink_id": 5, "recipients": ["a@example.com"]});
        assert_eq!(calls.lock().unwrap()[1].1, email);
    }
}

#[tokio::test]
async fn links_carry_their_own_token() {
    let (client, calls) = start("nothing").await;
    let download = client.download_link(99).await.unwrap();
    assert!(
        download.expose().ends_with("/api/file/download?token=a+token%2B%2F"),
        "{}",
        download.expose()
    );
    let preview = client.preview_link(99).await.unwrap();
    assert!(preview.expose().contains("/api/preview/99?token="));
    assert!(!format!("{download:?}").contains("token="));
    assert_eq!(
        names(&calls),
        ["POST /api/token/file/99/download", "POST /api/token/file/99/preview"]
    );
}

#[tokio::test]
async fn a_response_that_is_no_archive_is_an_error() {
    let (client, calls) = start("nothing").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.zip");
    let error = client.zip().parameter("files", "7,8").save(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(!path.exists());
    assert_eq!(names(&calls), ["GET /api/zip?files=7%2C8"]);

    let router = Router::new().fallback(|| async { b"PK\x05\x06archive".to_vec() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::builder(url).base_path("/v4").access_token(CANARY).build().unwrap();
    assert_eq!(client.zip().save(&path).await.unwrap(), 11);
    assert_eq!(std::fs::read(&path).unwrap(), b"PK\x05\x06archive");
}

#[tokio::test]
async fn the_platforms_message_reaches_the_error() {
    use netexplorer_sdk::{ErrorCode, RetryPolicy};
    let cases = [
        (403, r#"{"error": "Un élément du même nom existe déjà."}"#, ErrorKind::Conflict, true),
        (422, r#"{"message": "Un élément du même nom existe déjà."}"#, ErrorKind::Conflict, true),
        (403, "Un élément du même nom existe déjà.", ErrorKind::Conflict, true),
        (403, r#"{"error": "Accès refusé"}"#, ErrorKind::PermissionDenied, false),
        (409, r#"{"error": "Conflit"}"#, ErrorKind::Conflict, false),
        (400, r#"{"error_description": "Paramètre manquant"}"#, ErrorKind::Api, false),
        (500, "", ErrorKind::Server, false),
        (423, "Fichier en cours de transfert", ErrorKind::Locked, false),
    ];
    for (status, body, kind, duplicate) in cases {
        let attempts = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&attempts);
        let router = Router::new().fallback(async move || {
            *counted.lock().unwrap() += 1;
            (StatusCode::from_u16(status).unwrap(), body)
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let policy = RetryPolicy::builder().max_attempts(2).build();
        let client = Client::builder(url).access_token(CANARY).retry(policy).build().unwrap();
        let folder = json!({"parent_id": 1, "name": "a"});
        let error =
            client.request(Method::POST, "/folder").json(&folder).send_empty().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert_eq!(
            ErrorCode::of(&error) == Some(ErrorCode::DuplicateName),
            duplicate,
            "{status} {body}"
        );
        if let Some(message) = body.split('"').nth(3).or((!body.is_empty()).then_some(body)) {
            assert_eq!(error.message(), message);
        }
        // Only 423 is retried: the request was not processed.
        assert_eq!(*attempts.lock().unwrap(), if status == 423 { 2 } else { 1 }, "{status} {body}");
    }
}
