//! The report among the sources of the specification.

use serde_json::{Value, json};

use super::{Evidence, Update};
use crate::{
    diagnostic::Diagnostics,
    import::{
        draft::Order,
        insert,
        write::yaml::{self, Style},
    },
    spec::{self, child},
};

/// A report as a source.
pub struct Source {
    /// Its key in `x-sources`, such as `o1`.
    pub key: String,
    description: String,
    /// When the report was made.
    pub date: String,
}

impl Source {
    /// The known key of a report that was imported before, else the next free one.
    pub fn of(evidence: &Evidence, document: &Value) -> Self {
        let report = evidence.report();
        let mention = format!("(SHA-256 {})", evidence.hash());
        let listed = document["x-sources"].as_object();
        let known = listed.into_iter().flatten().find(|(_, description)| {
            description.as_str().is_some_and(|description| description.contains(&mention))
        });
        let is_free = |key: &String| listed.is_none_or(|listed| !listed.contains_key(key));
        let key = match known {
            Some((key, _)) => key.clone(),
            None => (1..).map(|number| format!("o{number}")).find(is_free).unwrap_or_default(),
        };
        let mode = match report.mode {
            oneteg_catalog::evidence::Mode::ReadOnly => "read-only",
            _ => "with writes",
        };
        let rest = if report.completed { "" } else { ", not completed" };
        let description = format!(
            "Run of oneteg verify on {}, {mode}, {} requests{rest} {mention}",
            report.date, report.requests
        );
        Self { key, description, date: report.date.clone() }
    }
}

/// Adds the source if something cites it: the specification, or another file.
pub fn apply(
    update: &mut Update<'_>,
    source: &Source,
    is_cited_elsewhere: bool,
) -> Result<(), Diagnostics> {
    update.edit(|current, texts, log| {
        let is_listed = current.document["x-sources"].get(&source.key).is_some();
        if is_listed || !is_cited_elsewhere && !is_cited(&current.document, &source.key) {
            return;
        }
        let Some(text) = texts.get_mut(&current.root) else { return };
        let order = Order::default();
        let description = json!(source.description);
        if current.document.get("x-sources").is_some() {
            if !insert::member(text, "/x-sources", &source.key, &description, &order) {
                super::unplaced(log, &child("/x-sources", &source.key), &source.description);
            }
        } else if let Some(place) = text.place("") {
            let section = json!({ source.key.clone(): description });
            let member = yaml::member("x-sources", &section, Style::Object, 0, &order);
            text.insert(&place, format!("\n{member}"));
        }
    })
}

fn is_cited(document: &Value, key: &str) -> bool {
    let mut is_cited = false;
    spec::walk(document, "", &mut |value, _| {
        let sources = value["x-evidence"]["sources"].as_array();
        is_cited |= sources.is_some_and(|sources| sources.iter().any(|source| source == key));
    });
    is_cited
}
