//! The list of served operations is true: each is called, the list is the committed one, and the specification
//! has each with the same method and path.

use std::collections::BTreeSet;

use crate::calls::calls;
use crate::client::Client;
use oneteg_catalog::check::{Checker, Direction};
use oneteg_sandbox::{Sandbox, mediavalet};
use reqwest::Method;
use serde_json::Value;

const COMMITTED: &str = include_str!("../../served/mediavalet.txt");

#[tokio::test]
async fn every_listed_operation_is_served() {
    let client = Client::with(Sandbox::builder().mediavalet_processing_polls(0)).await;
    let mut called = BTreeSet::new();
    for (name, method, path, body) in calls() {
        let body = Some(body).filter(|body| !body.is_null());
        let mut payload = client.ok(method, &path, body).await;
        if let Some(url) = payload["uploadUrl"].as_str() {
            assert_eq!(client.put_blob(url, "x").await.status(), 201, "{name}");
        }
        assert!(called.insert(name), "{name} is called twice");
        let _ = payload.take();
    }
    let bulk = "--b\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\n\r\n--b--\r\n";
    let request = client.request(Method::POST, "/bulk").body(bulk);
    let request = request.header("content-type", "multipart/mixed; boundary=b");
    assert_eq!(request.send().await.unwrap().status(), 200);
    called.insert("sendBulk");
    let mediavalet = client.sandbox.mediavalet();
    let seen = mediavalet.requests().into_iter().filter_map(|seen| seen.operation);
    let recorded: BTreeSet<String> = seen.filter(|name| name != "putBlob").collect();
    let called: Vec<_> = called.into_iter().collect();
    assert_eq!(Vec::from_iter(recorded), called, "each request reached its operation");
    assert_eq!(called, mediavalet::served());
    assert_eq!(called, COMMITTED.lines().collect::<Vec<_>>());
}

/// Every response of a stateful operation is documented: its status, its media type, and its content.
#[tokio::test]
async fn each_response_is_as_the_specification_documents_it() {
    let client = Client::with(Sandbox::builder().mediavalet_processing_polls(0)).await;
    let catalog = oneteg_catalog::of("mediavalet").unwrap();
    let checker = Checker::new(&catalog.schemas);
    let mut differences = Vec::new();
    for (name, method, path, body) in calls() {
        let request = client.request(method, &path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let header = response.headers().get("content-type");
        let media_type = header.map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = response.bytes().await.unwrap();
        let entry = catalog.operations.iter().find(|entry| entry.operation_id == name).unwrap();
        let Some(documented) = entry.responses.iter().find(|it| it.describes(status)) else {
            differences.push(format!("{name}: {status}"));
            continue;
        };
        let Some((expected, schema)) = documented.content.first_key_value() else {
            if !body.is_empty() {
                differences.push(format!("{name}: a body"));
            }
            continue;
        };
        assert!(media_type.starts_with(expected), "{name}: {media_type}");
        if expected.contains("json") {
            let envelope: Value = serde_json::from_slice(&body).unwrap();
            if let Some(url) = envelope["payload"]["uploadUrl"].as_str() {
                client.put_blob(url, "x").await;
            }
            let findings = checker.check(schema, &envelope["payload"], Direction::Response);
            differences.extend(findings.iter().map(|finding| format!("{name}: {finding:?}")));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[tokio::test]
async fn each_is_in_the_specification_with_its_method_and_path() {
    let client = Client::start().await;
    let home = client.get("/").await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/mediavalet");
    let mut specified = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let yaml = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let (mut path, mut method) = (String::new(), String::new());
        for line in yaml.lines() {
            if let Some(found) = line.strip_prefix("  /").and_then(|line| line.strip_suffix(':')) {
                path = format!("/{found}");
            } else if let Some(found) =
                line.strip_prefix("    ").and_then(|line| line.strip_suffix(':'))
            {
                method = found.to_uppercase();
            } else if let Some(id) = line.trim().strip_prefix("operationId: ") {
                specified.push((id.to_owned(), method.clone(), path.to_lowercase()));
            }
        }
    }
    assert_eq!(specified.len(), 312);
    for (name, function) in home["functions"].as_object().unwrap() {
        let method = function["hints"]["allow"][0].as_str().unwrap().to_owned();
        let path = function["href"].as_str().unwrap().to_lowercase();
        let served = (name.clone(), method, path);
        assert!(specified.contains(&served), "{served:?}");
    }
}
