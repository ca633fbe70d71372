//! What the responses of a report showed, by the part of the specification that they are about: operations share
//! schemas, so what several of them showed is joined.

use std::collections::{BTreeMap, BTreeSet};

use oneteg_catalog::evidence::{self, Finding, Kind, Outcome, Shape};
use serde_json::Value;

use super::{
    RULE,
    places::{self, Places},
    shapes, words,
};
use crate::{
    import::{draft::METHODS, report::Report, schemas},
    spec::child,
};

/// What was seen, by pointers into the specification.
#[derive(Debug, Default)]
pub struct Facts {
    /// Operations, schemas and members that are as described.
    pub observed: BTreeSet<String>,
    /// Members that schemas lack, by schema and name.
    pub members: BTreeMap<(String, String), Shape>,
    /// Other spellings of members.
    pub aliases: BTreeMap<String, BTreeSet<String>>,
    /// Members that were `null` and may not be.
    pub nulls: BTreeSet<String>,
    /// Values that enums lack.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

/// The pointers of operations by their id.
pub fn operations(document: &Value) -> BTreeMap<&str, String> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(id) = item[method]["operationId"].as_str() {
                found.insert(id, child(&child("/paths", path), method));
            }
        }
    }
    found
}

/// Collects what a report showed. What cannot be used is reported.
pub fn collect(report: &evidence::Report, document: &Value, log: &mut Report) -> Facts {
    let operations = operations(document);
    let mut facts = Facts::default();
    let mut contradicted = BTreeSet::new();
    for operation in &report.operations {
        let Some(at) = operations.get(operation.operation.as_str()) else {
            let message = "operations that the specification does not have";
            log.left_out(RULE, message, &words::shown_name(&operation.operation), "");
            continue;
        };
        if operation.outcome != Outcome::Seen {
            continue;
        }
        let places = Places::new(document);
        let mut one = One {
            places,
            roots: places.responses(at),
            operation: at,
            facts: &mut facts,
            contradicted: &mut contradicted,
            log,
        };
        one.operation(operation);
    }
    facts.observed.retain(|pointer| !contradicted.contains(pointer));
    facts
}

/// Whether an operation was seen with a documented success that is wholly of the described kind.
pub fn is_as_described(operation: &evidence::Operation) -> bool {
    let is_whole = |finding: &Finding| {
        let is_about_all = finding.place.is_empty() || !finding.place.starts_with('/');
        let kinds = [Kind::Type, Kind::Envelope, Kind::Content, Kind::MediaType];
        is_about_all && !finding.lenient && kinds.contains(&finding.kind)
    };
    let is_documented = |response: &evidence::Response| {
        response.documented && (200..300).contains(&response.status)
    };
    operation.outcome == Outcome::Seen
        && operation.responses.iter().any(is_documented)
        && !operation.findings.iter().any(is_whole)
}

/// One operation.
struct One<'a> {
    places: Places<'a>,
    /// Its successful responses.
    roots: Vec<String>,
    operation: &'a str,
    facts: &'a mut Facts,
    /// What was seen with another type: it is not as described.
    contradicted: &'a mut BTreeSet<String>,
    log: &'a mut Report,
}

impl One<'_> {
    fn operation(&mut self, operation: &evidence::Operation) {
        let is_as_described = is_as_described(operation);
        if is_as_described {
            self.facts.observed.insert(self.operation.to_owned());
        }
        for finding in &operation.findings {
            self.finding(finding);
        }
        for member in operation.members.iter().filter(|_| is_as_described) {
            if member.present > member.null {
                self.seen(&member.place, member.schema.as_deref());
            }
            self.untyped(member);
        }
    }

    /// A member that had a value: it, and the schema that it is a member of.
    fn seen(&mut self, place: &str, hint: Option<&str>) {
        if let [only] = self.places.at(&self.roots, place, hint).as_slice() {
            self.facts.observed.insert(only.clone());
        }
        let Some((parent, _)) = places::split(place) else { return };
        if let [only] = self.places.objects(&self.roots, parent, hint).as_slice() {
            self.facts.observed.insert(only.clone());
        }
    }

    /// A value of which the specification states nothing: which type it is meant to have, a person decides.
    fn untyped(&mut self, member: &evidence::Member) {
        let Some(shape) = &member.seen else { return };
        let found = self.places.at(&self.roots, &member.place, member.schema.as_deref());
        if let [only] = found.as_slice()
            && self.places.value(&self.places.bare(only)).get("type").is_none()
        {
            let message =
                "values of which the specification states nothing; describe them if all are alike";
            self.decide(message, only, &shapes::shown(shape));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        match finding.kind {
            Kind::UnknownMember => self.unknown_member(finding),
            Kind::Null => {
                if let Some(member) = self.member(finding) {
                    self.null(finding, member);
                }
            }
            Kind::Type => {
                if let Some(member) = self.member(finding) {
                    self.other_type(finding, &member);
                }
            }
            Kind::EnumValue => {
                if let Some(member) = self.member(finding) {
                    self.values(finding, &member);
                }
            }
            Kind::Missing if !finding.lenient => {
                if let Some(member) = self.member(finding) {
                    self.missing(finding, &member);
                }
            }
            Kind::Format if !finding.lenient => {
                if let Some(member) = self.member(finding) {
                    let message = "values have another format; correct `format`, or keep it";
                    self.decide(message, &member, &counted(finding));
                }
            }
            Kind::Missing | Kind::Format => {}
            Kind::Status | Kind::MediaType => {
                let shown: Vec<String> =
                    finding.seen.values.iter().map(|word| shown_word(word)).collect();
                let message = match finding.kind {
                    Kind::Status => "statuses that are not documented; add them, or find out why",
                    _ => "media types that are not documented; add them, or find out why",
                };
                self.decide(message, self.operation, &shown.join(", "));
            }
            Kind::Envelope => {
                let message =
                    "responses are not in the envelope; correct `x-envelope` of the operation";
                self.decide(message, self.operation, &counted(finding));
            }
            Kind::Content => {
                let message = "responses cannot be read; find out why";
                self.decide(message, self.operation, &counted(finding));
            }
            Kind::Paging => {
                let message = "lists do not keep their page, their size or their total";
                self.decide(message, self.operation, &counted(finding));
            }
            _ => {
                let message = "findings of a kind that this tool does not know";
                self.log.left_out(RULE, message, &schemas::place(self.operation), "");
            }
        }
    }

    /// The member that a finding is about.
    fn member(&mut self, finding: &Finding) -> Option<String> {
        let found = self.places.at(&self.roots, &finding.place, finding.schema.as_deref());
        match found.as_slice() {
            [only] => return Some(only.clone()),
            [] => self.unplaced(&finding.place),
            _ => self.ambiguous(&finding.place),
        }
        None
    }

    fn unknown_member(&mut self, finding: &Finding) {
        let Some((parent, name)) = places::split(&finding.place) else { return };
        if !words::is_name(&name) {
            let message = "members whose names may be data";
            self.log.left_out(RULE, message, &schemas::place(self.operation), "");
            return;
        }
        let objects = self.places.objects(&self.roots, parent, finding.schema.as_deref());
        match objects.as_slice() {
            [] => self.unplaced(parent),
            [only] if self.places.has_member(only, &name) => {}
            [only] => self.new_member(only, name, &finding.seen),
            _ => self.ambiguous(parent),
        }
    }

    fn new_member(&mut self, object: &str, name: String, seen: &Shape) {
        if let Some(known) = self.places.other_spelling(object, &name) {
            if shapes::admits(self.places.value(&self.places.bare(&known)), seen) {
                self.facts.aliases.entry(known).or_default().insert(name);
            } else {
                let message =
                    "members have another spelling and another type; correct the type, or add them";
                self.decide(message, &known, &format!("`{name}`: {}", shapes::shown(seen)));
            }
            return;
        }
        let Some(home) = self.places.home(object) else {
            let message = "new members of a schema with several parts; add them to the one that they belong to";
            return self.decide(message, object, &name);
        };
        shapes::add(self.facts.members.entry((home, name)).or_default(), seen);
    }

    fn null(&mut self, finding: &Finding, member: String) {
        let is_nullable = |pointer: &str| self.places.value(pointer)["nullable"] == true;
        let has_null = self.places.value(&member)["enum"]
            .as_array()
            .is_some_and(|values| values.contains(&Value::Null));
        if finding.lenient
            || has_null
            || is_nullable(&member)
            || is_nullable(&self.places.bare(&member))
        {
            return;
        }
        if !member.contains("/properties/") {
            let message =
                "items or whole responses are `null`; make them nullable, or find out why";
            return self.decide(message, &member, &counted(finding));
        }
        self.facts.nulls.insert(member);
    }

    fn other_type(&mut self, finding: &Finding, member: &str) {
        let bare = self.places.bare(member);
        if finding.lenient || shapes::admits(self.places.value(&bare), &finding.seen) {
            return;
        }
        self.contradicted.extend([member.to_owned(), bare.clone()]);
        let described = self.places.value(&bare)["type"].as_str().unwrap_or("another type");
        let detail = format!("`{described}` here; {}", shapes::shown(&finding.seen));
        let message =
            "values have other types; correct the type, or make it lenient with `x-lenient`";
        self.decide(message, member, &detail);
    }

    fn values(&mut self, finding: &Finding, member: &str) {
        let bare = self.places.bare(member);
        let schema = self.places.value(&bare);
        let Some(known) = schema["enum"].as_array() else { return self.unplaced(&finding.place) };
        let (new, other): (Vec<&String>, Vec<&String>) = finding
            .seen
            .values
            .iter()
            .filter(|value| !known.iter().any(|known| known == value.as_str()))
            .partition(|value| words::is_word(value) && schema["type"] == "string");
        if new.is_empty() && (!other.is_empty() || finding.seen.values.is_empty()) {
            let message =
                "values that the enum does not have and the report does not name; ask its author";
            return self.decide(message, &bare, &counted(finding));
        }
        self.facts.values.entry(bare).or_default().extend(new.into_iter().cloned());
    }

    fn missing(&mut self, finding: &Finding, member: &str) {
        let Some((properties, name)) = places::split(member) else { return };
        let object = properties.strip_suffix("/properties").unwrap_or(properties);
        let required = self.places.value(object)["required"].as_array();
        if required.is_some_and(|required| required.iter().any(|required| *required == name)) {
            let message =
                "required members are absent; remove them from `required`, or find out why";
            self.decide(message, member, &counted(finding));
        }
    }

    fn unplaced(&mut self, place: &str) {
        let message = "places that the specification does not have, or no longer has";
        self.log.left_out(RULE, message, &schemas::place(self.operation), &shown_place(place));
    }

    fn ambiguous(&mut self, place: &str) {
        let message = "places in a union; change the alternative that they belong to";
        self.decide(message, self.operation, &shown_place(place));
    }

    /// Adds an entry for a person, once: operations share schemas.
    fn decide(&mut self, message: &str, pointer: &str, detail: &str) {
        let place = schemas::place(pointer);
        let is_known =
            self.log.entries.iter().any(|entry| entry.place == place && entry.message == message);
        if !is_known {
            self.log.to_decide(RULE, message, &place, detail);
        }
    }
}

/// How often something was seen, and which types.
fn counted(finding: &Finding) -> String {
    let types = match finding.seen == Shape::default() {
        true => String::new(),
        false => format!("; {}", shapes::shown(&finding.seen)),
    };
    format!("{} of {}{types}", finding.count, finding.of)
}

/// A status or a media type.
fn shown_word(word: &str) -> String {
    let is_plain =
        |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "+-./".contains(c));
    if word.len() <= 80 && is_plain(word) {
        format!("`{word}`")
    } else {
        "something else".to_owned()
    }
}

/// A place for people: what is no name is left out.
fn shown_place(place: &str) -> String {
    let shown = |segment: String| match segment == "*" || words::is_name(&segment) {
        true => segment,
        false => "?".to_owned(),
    };
    let all: Vec<String> = places::segments(place).into_iter().take(16).map(shown).collect();
    format!("`/{}`", all.join("/"))
}
