//! The vendors' own examples of requests are no violations.

use oneteg_catalog::kebab;
use serde_json::Value;

use crate::client::Client;

/// The examples of a vendor with the operation of each, from the list of the SDK's tests.
fn examples(vendor: &str) -> Vec<(String, String, Value)> {
    let sdk = format!("{}/../{vendor}-sdk/tests", env!("CARGO_MANIFEST_DIR"));
    let list = std::fs::read_to_string(format!("{sdk}/samples.rs")).unwrap();
    let pairs = list.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("(\"")?.strip_suffix("\"),")?;
        line.split_once("\", \"")
            .filter(|(name, operation)| name.ends_with(".request") && !operation.contains(' '))
    });
    pairs
        .map(|(name, operation)| {
            let text = std::fs::read_to_string(format!("{sdk}/data/facts/{name}.json")).unwrap();
            let mut body = serde_json::from_str(&text).unwrap();
            fill(&mut body);
            (name.to_owned(), operation.to_owned(), body)
        })
        .collect()
}

/// Replaces placeholders, such as `<asset id>` and `{subscriptionId}`, by an id.
fn fill(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with(['<', '{']) => {
            *text = "ca7e6000-0000-4000-8000-000000000002".to_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(fill),
        Value::Object(members) => members.values_mut().for_each(fill),
        _ => {}
    }
}

#[tokio::test]
async fn the_examples_of_the_vendors_are_accepted() {
    let client = Client::start().await;
    for (vendor, fewest) in [("mediavalet", 15), ("netexplorer", 5)] {
        let catalog = oneteg_catalog::of(vendor).unwrap();
        let examples = examples(vendor);
        assert!(examples.len() >= fewest, "{vendor}: {}", examples.len());
        for (name, operation, body) in examples {
            let entry = catalog.find(&kebab(&operation)).unwrap();
            client.call(vendor, entry).json(&body).send().await.unwrap();
            assert_eq!(client.sandbox.violations(), [], "{name}");
        }
    }
}
