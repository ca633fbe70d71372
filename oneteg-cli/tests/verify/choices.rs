//! What a run sees of the choices of the sandbox.

use std::collections::BTreeMap;

use oneteg_catalog::evidence::{Report, Verdict};
use oneteg_sandbox::{Change, Difference};
use serde_json::Value;

use crate::world::{CONNECTIONS, World};

/// The values of a report, by the names in the table.
fn values(report: &Report) -> BTreeMap<String, String> {
    let choices = report.choices.iter().map(|choice| {
        assert_eq!(choice.verdict, Verdict::Answered);
        let name = choice.id.strip_prefix(&format!("{}.", report.vendor)).unwrap();
        (name.to_owned(), choice.value.as_ref().unwrap().to_string())
    });
    choices.collect()
}

#[test]
fn the_sandbox_does_what_its_table_states() {
    let world = World::new();
    for (connection, expected) in CONNECTIONS.into_iter().zip([7, 6, 5]) {
        let report = world.verified(connection);
        let values = values(&report);
        let table = oneteg_sandbox::choices::of(&report.vendor);
        for (name, value) in &values {
            assert_eq!(table[name].value(), *value, "{connection}: {name}");
        }
        assert!(values.len() >= expected, "{connection}: {values:?}");
        let row = report.choices.first().unwrap();
        let page = world.page(connection);
        assert!(page.contains("## Choices of the sandbox"), "{connection}");
        assert!(page.contains(&format!("| `{}` |", row.id)), "{connection}");
    }
}

#[test]
fn a_vendor_that_decides_otherwise_is_seen() {
    let world = World::new();
    let sandbox = &world.vendors.sandbox;
    let change = |text: &str| serde_json::from_str::<Change>(text).unwrap();
    let unwrapped = change(r#"{"wrap": {"at": "", "member": "roots"}}"#);
    sandbox.mediavalet().plant(Difference::new("listSavedSearches", unwrapped)).unwrap();
    let report = world.verified("mv");
    let choice = report.choices.iter().find(|it| it.id == "mediavalet.saved-searches-as-list");
    assert_eq!(choice.unwrap().value, Some(Value::Bool(false)));
}
