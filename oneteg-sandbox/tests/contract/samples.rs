//! Operations without a stateful handler respond with the sample of their specification.

use oneteg_catalog::check::{Checker, Direction};
use oneteg_catalog::{Documented, VENDORS};
use oneteg_sandbox::{Fault, Sandbox};
use serde_json::{Value, json};

use crate::client::{Client, content, unserved};

const MARK: &str = "x-oneteg-sandbox";

#[tokio::test]
async fn every_operation_without_a_handler_has_a_documented_response() {
    let client = Client::start().await;
    for vendor in VENDORS {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let checker = Checker::new(&catalog.schemas);
        for entry in unserved(vendor) {
            let name = format!("{vendor} {}", entry.operation_id);
            let response = client.call(vendor, entry).send().await.unwrap();
            let status = response.status().as_u16();
            assert_eq!(client.sandbox.violations(), [], "{name}");
            assert_eq!(response.headers()[MARK], "sample", "{name}: {status}");
            let documented = entry.responses.iter().find(|response| response.describes(status));
            let documented: &Documented = documented.unwrap_or_else(|| panic!("{name}: {status}"));
            let Some((media_type, schema)) = documented.content.first_key_value() else {
                assert!(response.bytes().await.unwrap().is_empty(), "{name}");
                continue;
            };
            assert!(response.headers()["content-type"].to_str().unwrap().starts_with(media_type));
            if media_type.contains("json") {
                let value = content(entry, response.json().await.unwrap());
                let findings = checker.check(schema, &value, Direction::Response);
                assert_eq!(findings, [], "{name}");
            } else {
                assert!(!response.bytes().await.unwrap().is_empty(), "{name}");
            }
        }
    }
    // Every request is recorded under its operation, so that faults and permissions reach it.
    for (vendor, requests) in [
        ("mediavalet", client.sandbox.mediavalet().requests()),
        ("netexplorer", client.sandbox.netexplorer().requests()),
    ] {
        let recorded: Vec<_> =
            requests.into_iter().filter_map(|request| request.operation).collect();
        let called: Vec<_> = unserved(vendor).map(|entry| entry.operation_id.clone()).collect();
        assert_eq!(recorded, called);
    }
}

#[tokio::test]
async fn a_sample_is_the_same_each_time_and_repeats_the_ids_of_the_path() {
    let client = Client::start().await;
    let mut repeated = 0;
    for vendor in ["mediavalet", "netexplorer"] {
        for entry in unserved(vendor).filter(|entry| entry.method == "GET") {
            let [parameter] = entry.parameters.as_slice() else { continue };
            let marker = format!("{{{}}}", parameter.name);
            let names_id = parameter.name.to_lowercase().ends_with("id");
            if !entry.path.ends_with(&marker) || !names_id {
                continue;
            }
            let id = match parameter.schema["format"].as_str().unwrap_or_default() {
                "uuid" => json!("0a0b0c0d-0000-4000-8000-000000004711"),
                _ => json!("4711"),
            };
            let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            let base = &oneteg_catalog::of(vendor).unwrap().base_path;
            let path = format!("{base}{}", entry.path.replace(&marker, &text));
            let read = async || {
                client.request(vendor, "GET", &path).send().await.unwrap().bytes().await.unwrap()
            };
            let first = read().await;
            assert_eq!(first, read().await, "{path}");
            let value = serde_json::from_slice(&first).unwrap_or_default();
            let value = content(entry, value);
            let own = [parameter.name.as_str(), "id"].map(|name| &value[name]);
            if let Some(own) = own.into_iter().find(|own| !own.is_null()) {
                let own = own.as_str().map_or_else(|| own.to_string(), str::to_owned);
                assert_eq!(own, text, "{path}");
                repeated += 1;
            }
        }
    }
    assert!(repeated > 0, "no response has an id of its path");
}

#[tokio::test]
async fn a_list_ends_after_its_page() {
    let client = Client::start().await;
    let catalog = oneteg_catalog::of("mediavalet").unwrap();
    let mut lists = 0;
    for entry in unserved("mediavalet") {
        let Some(paging) = entry.paging.as_ref().filter(|paging| paging.style == "offset") else {
            continue;
        };
        let items = async |offset: &str| {
            let in_query = entry.parameters.iter().any(|known| known.name == paging.start);
            let request = if in_query {
                client.call_with("mediavalet", entry, &[(&paging.start, offset)])
            } else {
                let body = &entry.body.as_ref().unwrap().schema;
                let mut body = catalog.schemas.sample(body);
                body[&paging.start] = offset.parse::<u64>().unwrap().into();
                client.call("mediavalet", entry).json(&body)
            };
            let envelope: Value = request.send().await.unwrap().json().await.unwrap();
            let count = envelope["recordCount"].clone();
            let member =
                if paging.items.is_empty() { String::new() } else { format!("/{}", paging.items) };
            let payload = content(entry, envelope);
            (payload.pointer(&member).unwrap().as_array().unwrap().len(), count)
        };
        let (first, count) = items("0").await;
        assert_eq!((first, &count["totalRecordsFound"]), (1, &json!(1)), "{}", entry.operation_id);
        let (second, count) = items("50").await;
        assert_eq!((second, &count["recordsReturned"]), (0, &json!(0)), "{}", entry.operation_id);
        lists += 1;
    }
    assert!(lists > 5, "{lists}");
}

#[tokio::test]
async fn a_sample_of_an_operation_that_writes_counts_as_a_write() {
    let client = Client::start().await;
    let writes = || client.sandbox.netexplorer().counters().writes;
    let writing = unserved("netexplorer").find(|entry| entry.writes).unwrap();
    let reading = unserved("netexplorer").find(|entry| !entry.writes).unwrap();
    client.call("netexplorer", reading).send().await.unwrap();
    assert_eq!(writes(), 0);
    client.call("netexplorer", writing).send().await.unwrap();
    assert_eq!(writes(), 1);
    assert_eq!(client.sandbox.netexplorer().recording().writes_of(&writing.operation_id), 1);
}

#[tokio::test]
async fn credentials_faults_and_permissions_apply_to_samples() {
    let entry =
        unserved("mediavalet").find(|entry| !entry.public && entry.method == "GET").unwrap();
    let name = entry.operation_id.as_str();
    let client = Client::with(Sandbox::builder().deny([name])).await;
    let denied = client.call("mediavalet", entry).send().await.unwrap();
    assert_eq!(denied.status(), 403);
    let client = Client::start().await;
    let unauthorised = client.bare("mediavalet", &entry.method, &entry.path).send().await.unwrap();
    assert_eq!(unauthorised.status(), 401);
    client.sandbox.mediavalet().script(Fault::response(503).only(name)).unwrap();
    let statuses = [503, 200];
    for status in statuses {
        let response = client.call("mediavalet", entry).send().await.unwrap();
        assert_eq!(response.status(), status, "{name}");
    }
}

#[tokio::test]
async fn a_path_of_no_operation_is_not_found() {
    let client = Client::start().await;
    for (vendor, path) in
        [("netx", "/api/nothing"), ("mediavalet", "/nothing"), ("netexplorer", "/api/nothing")]
    {
        let response = client.request(vendor, "GET", path).send().await.unwrap();
        assert_eq!(response.status(), 404, "{vendor}");
        assert!(response.headers().get(MARK).is_none());
    }
}
