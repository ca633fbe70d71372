//! What was seen at the places that a doubt is about.

use std::collections::BTreeMap;

use oneteg_catalog::{
    Doubt,
    evidence::{Finding, Kind, Member, Operation, Outcome, Response, Verdict},
};
use serde_json::Value;

use super::{Judgement, sites::Sites};
use crate::catalog::{Catalog, Entry};

/// The places that a probe is about, with what was seen there.
pub(super) struct Seen<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) doubt: &'a Doubt,
    places: Vec<Place<'a>>,
}

/// One place in the responses of one operation.
pub(super) struct Place<'a> {
    pub(super) entry: &'a Entry,
    pub(super) operation: Option<&'a Operation>,
    pub(super) place: String,
}

impl<'a> Seen<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        sites: &Sites,
        operations: &'a [Operation],
        doubt: &'a Doubt,
        at: &str,
    ) -> Self {
        let below = format!("{}{at}", doubt.member.as_deref().unwrap_or_default());
        let place = |entry: &'a Entry, place: &str| Place {
            entry,
            operation: operations.iter().find(|seen| seen.operation == entry.operation_id),
            place: format!("{place}{below}"),
        };
        let places = match (&doubt.operation, &doubt.schema, &doubt.parameter) {
            (Some(operation), _, _) => {
                catalog.find(operation).map(|entry| place(entry, "")).into_iter().collect()
            }
            (None, Some(schema), _) => {
                let sites = sites.of(schema).iter();
                sites
                    .filter_map(|(index, at)| {
                        catalog.operations.get(*index).map(|entry| place(entry, at))
                    })
                    .collect()
            }
            (None, None, Some(parameter)) => catalog
                .operations
                .iter()
                .filter(|entry| entry.parameters.iter().any(|known| known.name == *parameter))
                .map(|entry| place(entry, ""))
                .collect(),
            _ => Vec::new(),
        };
        Self { catalog, doubt, places }
    }

    /// The operations of which a response was compared, with the place.
    pub(super) fn compared(&self) -> impl Iterator<Item = (&Place<'a>, &'a Operation)> {
        self.places.iter().filter_map(|place| {
            let operation = place.operation?;
            (operation.outcome == Outcome::Seen).then_some((place, operation))
        })
    }

    /// The findings at exactly these places.
    pub(super) fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.compared().flat_map(|(place, operation)| {
            operation.findings.iter().filter(move |finding| finding.place == place.place)
        })
    }

    /// The findings at and below these places. Those of a schema are only its own, not those of schemas inside it.
    pub(super) fn findings_below(&self) -> impl Iterator<Item = &'a Finding> {
        let schema = self.doubt.schema.as_deref();
        self.compared().flat_map(move |(place, operation)| {
            operation.findings.iter().filter(move |finding| {
                let rest = finding.place.strip_prefix(&place.place);
                let is_own = schema.is_none()
                    || finding.schema.as_deref() == schema
                    || rest.is_some_and(|rest| rest.matches('/').count() <= 1);
                is_own && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
    }

    /// The members at exactly these places.
    pub(super) fn members(&self) -> impl Iterator<Item = &'a Member> {
        self.compared().flat_map(|(place, operation)| {
            operation.members.iter().filter(move |member| member.place == place.place)
        })
    }

    /// The members directly below these places.
    pub(super) fn members_inside(&self) -> impl Iterator<Item = &'a Member> {
        self.compared().flat_map(|(place, operation)| {
            operation.members.iter().filter(move |member| {
                member.place.rsplit_once('/').is_some_and(|(parent, _)| parent == place.place)
            })
        })
    }

    /// The number of values at these places that are not `null`.
    pub(super) fn present(&self) -> u64 {
        self.members().map(|member| member.present.saturating_sub(member.null)).sum()
    }

    /// The number of members that were looked at or missed below these places, so that 0 means that no object was seen.
    pub(super) fn objects(&self) -> u64 {
        let below = self.compared().flat_map(|(place, operation)| {
            operation.members.iter().filter(move |member| {
                let rest = member.place.strip_prefix(&place.place);
                rest.is_some_and(|rest| rest.starts_with('/') && !rest.ends_with("/*"))
            })
        });
        below.map(|member| member.present + member.absent).sum()
    }

    /// The responses of the operations that are successes.
    pub(super) fn successes(&self) -> impl Iterator<Item = &'a Response> {
        self.compared()
            .flat_map(|(_, operation)| &operation.responses)
            .filter(|response| (200..300).contains(&response.status))
    }

    /// All responses, also those of operations that failed.
    pub(super) fn responses(&self) -> impl Iterator<Item = &'a Response> {
        self.places.iter().filter_map(|place| place.operation).flat_map(|seen| &seen.responses)
    }

    /// The schema at these places, resolved, as the first operation has it.
    pub(super) fn schema(&self) -> Value {
        let Some(place) = self.places.first() else { return Value::Null };
        let mut schema = place.entry.response.schema.clone().unwrap_or_default();
        for name in place.place.split('/').skip(1) {
            let resolved = self.catalog.schemas.resolve(&schema);
            let alternatives = resolved["oneOf"].as_array().or(resolved["anyOf"].as_array());
            let parts = alternatives.cloned().unwrap_or_else(|| vec![resolved]);
            let name = name.replace("~1", "/").replace("~0", "~");
            schema = parts
                .iter()
                .map(|part| self.catalog.schemas.resolve(part))
                .find_map(|part| {
                    let inside = match name.as_str() {
                        "*" => part.get("items").or(part.get("additionalProperties")),
                        name => part["properties"].get(name),
                    };
                    inside.cloned()
                })
                .unwrap_or_default();
        }
        self.catalog.schemas.resolve(&schema)
    }

    /// The operation of a doubt about one.
    pub(super) fn entry(&self) -> Option<&'a Entry> {
        self.places.first().map(|place| place.entry)
    }

    /// What became of the operation of a doubt about one.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.places.first()?.operation.map(|operation| operation.outcome)
    }

    /// Why nothing was seen; `None` if a response was compared.
    pub(super) fn unseen(&self) -> Option<Judgement> {
        if self.compared().next().is_some() {
            return None;
        }
        if self.places.is_empty() {
            return Some(Judgement::open(
                Verdict::NeedsWrite,
                "no response contains it; only a write sends it",
            ));
        }
        if self.places.iter().all(|place| place.entry.writes) {
            return Some(Judgement::open(Verdict::NeedsWrite, "only writes return it"));
        }
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        for place in self.places.iter().filter(|place| !place.entry.writes) {
            *reasons.entry(reason(place)).or_default() += 1;
        }
        let total: usize = reasons.values().sum();
        let why = match reasons.len() {
            1 if total == 1 => reasons.into_keys().next().unwrap_or_default(),
            _ => {
                let most = reasons.into_iter().max_by_key(|(_, count)| *count);
                let (reason, count) = most.unwrap_or_default();
                let count = if count == 1 { "one".to_owned() } else { count.to_string() };
                format!(
                    "none of the {total} operations that return it could be read; for {count} of them: {reason}"
                )
            }
        };
        Some(Judgement::not_reachable(why))
    }

    /// Why a place was not seen although its operation was.
    pub(super) fn absent(&self) -> Judgement {
        let absent: u64 = self.members().map(|member| member.absent).sum();
        let null: u64 = self.members().map(|member| member.null).sum();
        Judgement::not_reachable(match (absent, null) {
            (0, 0) => "no response contained an object that might have it".to_owned(),
            (absent, 0) => format!("absent in all {absent} objects"),
            (0, null) => format!("null in all {null} objects"),
            (absent, null) => format!("absent in {absent} objects, null in {null}"),
        })
    }
}

fn reason(place: &Place<'_>) -> String {
    let Some(operation) = place.operation else { return "the operation was not called".to_owned() };
    if let Some(reason) = &operation.reason {
        return reason.clone();
    }
    match operation.outcome {
        Outcome::Refused => "the account may not call the operation",
        Outcome::Failed => "no call of the operation succeeded",
        _ => "the operation was not called",
    }
    .to_owned()
}

/// The kinds of findings that deny the type of a value.
pub(super) fn is_of_type(kind: Kind) -> bool {
    matches!(kind, Kind::Type | Kind::Format)
}
