//! Reads recordings of browsers and proxies in the HTTP Archive format (HAR 1.1 to 1.3).
//!
//! A recording shows what one person did: it proves that an operation exists, and no more. So everything here is
//! corroborated, not documented; IDs in paths become parameters; and what is not a call of the API is left out: other
//! hosts, pages and static files, preflights, repeated calls.

mod entry;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Draft, Report,
    examples::{self, Collection, secrets::Secrets},
};
use entry::Entry;

/// The rule in reports.
const RULE: &str = "har";

/// Whether a document is a recording. Returns its version.
pub fn version(document: &Value) -> Option<String> {
    let log = document.get("log")?;
    log["entries"].as_array()?;
    Some(log["version"].as_str().unwrap_or("1.2").to_owned())
}

/// Describes a recording.
///
/// # Errors
/// A message, if it has no call of an API.
pub fn read(document: &Value) -> Result<Draft, String> {
    let (mut report, mut secrets) = (Report::default(), Secrets::default());
    let all = document["log"]["entries"].as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        return Err("the recording has no entries".to_owned());
    }
    let mut entries: Vec<Entry> = Vec::new();
    for (index, value) in all.iter().enumerate() {
        let place = format!("entry {}", index + 1);
        match Entry::read(value, &place) {
            Ok(entry) => {
                entry.note_secrets(value, &mut secrets, &mut report);
                entries.push(entry);
            }
            Err(reason) => report.left_out(RULE, reason, &place, ""),
        }
    }
    let Some(server) = api(&entries) else {
        return Err("the recording has no call of an API, only pages and static files".to_owned());
    };
    let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
    entries.retain(|entry| {
        let is_own = entry.server == server;
        if !is_own {
            *hosts.entry(entry.server.clone()).or_default() += 1;
        }
        is_own
    });
    for (host, count) in hosts {
        report.left_out(RULE, "requests to other hosts", &host, &format!("{count} requests"));
    }
    let mut calls = Vec::new();
    for entry in entries {
        let place = entry.place.clone();
        if let Some(call) = entry.call(&mut secrets, &mut report) {
            calls.push(call);
        } else {
            report.left_out(RULE, "requests that are not calls of the API", &place, "");
        }
    }
    let schemes: BTreeMap<String, Value> =
        calls.iter().filter_map(|call| call.scheme.clone()).collect();
    let security =
        most_common(calls.iter().filter_map(|call| Some(call.scheme.as_ref()?.0.as_str())));
    let title = server.split("://").nth(1).unwrap_or(&server).to_owned();
    let shown: BTreeSet<&str> = calls.iter().map(|call| call.place.as_str()).collect();
    report.guessed(
        RULE,
        "operations were derived from a recording: methods and types may be incomplete",
        &title,
        &format!("{} requests", shown.len()),
    );
    let calls = calls
        .into_iter()
        .map(|entry::Recorded { mut call, scheme, .. }| {
            call.security = Some(scheme.map(|(name, _)| name).unwrap_or_default());
            call
        })
        .collect();
    Ok(examples::draft(
        Collection {
            title,
            description: String::new(),
            version: "1".to_owned(),
            confidence: "corroborated",
            noun: "recording",
            server,
            schemes,
            security,
            calls,
            ..Collection::default()
        },
        report,
        &secrets,
    ))
}

/// The server with the most responses in JSON; without any, the one with the most requests.
fn api(entries: &[Entry]) -> Option<String> {
    let with_json = entries.iter().filter(|entry| entry.is_json);
    let server = most_common(with_json.map(|entry| entry.server.as_str()));
    server.or_else(|| most_common(entries.iter().map(|entry| entry.server.as_str())))
}

/// The most frequent string; of equally frequent ones, the first in the alphabet.
fn most_common<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let most = counts.into_iter().max_by_key(|(value, count)| (*count, std::cmp::Reverse(*value)));
    most.map(|(value, _)| value.to_owned())
}
