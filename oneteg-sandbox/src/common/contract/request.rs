//! Compares a request with its operation: parameters, media type and body.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use oneteg_catalog::check::Direction;
use oneteg_catalog::evidence::{Finding, Kind};
use oneteg_catalog::{Body, BodyKind, Entry, Parameter, Place, Schemas, Style};
use serde_json::Value;
use url::form_urlencoded;

use super::violation::{Part, Violation};
use super::{Found, Specification};

/// What a vendor accepts beyond its specification.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lenience {
    /// Letter case does not matter in the names of query parameters and of the body's members.
    pub(crate) names_in_any_case: bool,
    /// An integer may be a string of digits.
    pub(crate) text_for_integers: bool,
    /// An id that is a string may be a number.
    pub(crate) numbers_for_ids: bool,
    /// A boolean may be a string.
    pub(crate) text_for_booleans: bool,
    /// A body that is one string may be plain text.
    pub(crate) plain_text_strings: bool,
    /// Query parameters that are accepted although the specification lacks them, by operation; those of `""` by all.
    pub(crate) query: Vec<(&'static str, &'static str)>,
    /// An empty string stands for none of the words of an enum.
    pub(crate) empty_words: bool,
    /// Members of bodies that are accepted although the specification lacks them.
    pub(crate) members: Vec<&'static str>,
    /// Members whose values may be others than those of the specification.
    pub(crate) words: Vec<&'static str>,
    /// Parameters of procedures that may be missing, may lack members and have others.
    pub(crate) loose_parameters: Vec<&'static str>,
    /// Further media types of bodies, by operation. Their content is not compared.
    pub(crate) media_types: Vec<(&'static str, &'static str)>,
}

/// A request.
pub(super) struct Sent<'a> {
    pub(super) parts: &'a Parts,
    /// `None` if it was not examined.
    pub(super) body: Option<&'a Bytes>,
    /// The body of a JSON-RPC request.
    pub(super) rpc: Option<&'a Value>,
}

/// A comparison.
pub(super) struct Check<'a> {
    pub(super) specification: &'a Specification,
    pub(super) lenience: Lenience,
    pub(super) vendor: &'static str,
}

/// The violations found so far.
struct Report {
    vendor: &'static str,
    operation: &'static str,
    violations: Vec<Violation>,
}

impl Report {
    fn add(&mut self, part: Part, name: &str, reason: impl Into<String>) {
        let place = match name {
            "" => part.word().to_owned(),
            name => format!("{}: {name}", part.word()),
        };
        let (vendor, operation, reason) = (self.vendor, self.operation, reason.into());
        self.violations.push(Violation { vendor, operation, place, reason, part });
    }
}

impl Check<'_> {
    /// The differences, in the order of the request's parts.
    pub(super) fn run(&self, found: &Found, sent: &Sent<'_>) -> Vec<Violation> {
        let operation = found.entry.operation_id.as_str();
        let mut report = Report { vendor: self.vendor, operation, violations: Vec::new() };
        if let Some(rpc) = sent.rpc {
            self.procedure(found.entry, rpc, &mut report);
            return report.violations;
        }
        self.path(found, &mut report);
        self.query(found.entry, sent.parts.uri.query().unwrap_or_default(), &mut report);
        for header in parameters(found.entry, Place::Header).filter(|header| header.required) {
            if !sent.parts.headers.contains_key(&header.name) {
                report.add(Part::Header, &header.name, "is missing");
            }
        }
        if let Some(body) = &found.entry.body {
            self.body(body, sent, &mut report);
        }
        report.violations
    }

    fn path(&self, found: &Found, report: &mut Report) {
        for (name, value) in &found.path {
            let known = parameters(found.entry, Place::Path).find(|known| known.name == *name);
            if let Some(reason) = known.and_then(|known| self.mistyped(&known.schema, value)) {
                let part = match reason.contains("must be one of") {
                    true => Part::PathWord,
                    false => Part::Path,
                };
                report.add(part, name, reason);
            }
        }
    }

    fn query(&self, entry: &'static Entry, query: &str, report: &mut Report) {
        let same = |known: &str, name: &str| {
            known == name || (self.lenience.names_in_any_case && known.eq_ignore_ascii_case(name))
        };
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for (name, value) in &pairs {
            let known = parameters(entry, Place::Query).find(|known| {
                let is_deep = known.style == Style::DeepObject;
                let name = if is_deep { name.split('[').next().unwrap_or(name) } else { name };
                same(&known.name, name)
            });
            let is_accepted = || {
                self.lenience.query.iter().any(|(operation, accepted)| {
                    (operation.is_empty() || *operation == entry.operation_id)
                        && same(accepted, name)
                }) || entry.query.iter().any(|(constant, _)| same(constant, name))
            };
            match known {
                Some(known) if known.style != Style::DeepObject => {
                    if let Some(reason) = self.mistyped_argument(known, value) {
                        report.add(Part::Query, &known.name, reason);
                    }
                }
                Some(_) => {}
                None if is_accepted() => {}
                None => {
                    report.add(Part::Query, name, format!("is unknown; {}", known_names(entry)));
                }
            }
        }
        for known in parameters(entry, Place::Query).filter(|known| known.required) {
            let is_deep = known.style == Style::DeepObject;
            let is_sent = pairs.iter().any(|(name, _)| {
                same(&known.name, name) || (is_deep && name.starts_with(&known.name))
            });
            if !is_sent {
                report.add(Part::Query, &known.name, "is missing");
            }
        }
    }

    /// Why a value of the query does not fit. An empty value counts as none.
    fn mistyped_argument(&self, parameter: &Parameter, value: &str) -> Option<String> {
        if value.is_empty() && !parameter.required {
            return None;
        }
        let schema = self.specification.catalog.schemas.resolve(&parameter.schema);
        if schema["type"] != "array" {
            return self.mistyped(&parameter.schema, value);
        }
        let separator = match parameter.style {
            Style::Commas => ',',
            Style::Spaces => ' ',
            Style::Pipes => '|',
            Style::Exploded => return self.mistyped(&schema["items"], value),
            Style::DeepObject | Style::Json => return None,
        };
        value.split(separator).find_map(|item| self.mistyped(&schema["items"], item))
    }

    /// Why a string is no value of a schema.
    fn mistyped(&self, schema: &Value, text: &str) -> Option<String> {
        let resolved = self.specification.catalog.schemas.resolve(schema);
        let value = match resolved["type"].as_str() {
            Some("integer") => match text.trim().parse::<i64>() {
                Ok(number) => number.into(),
                Err(_) => return Some("must be an integer".to_owned()),
            },
            Some("number") => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => number.into(),
                _ => return Some("must be a number".to_owned()),
            },
            Some("boolean") => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => true.into(),
                "false" | "0" => false.into(),
                _ => return Some("must be `true` or `false`".to_owned()),
            },
            Some("string") => text.into(),
            _ => return None,
        };
        let findings = self.specification.checker.check(schema, &value, Direction::Request);
        findings.iter().find(|finding| !finding.lenient).map(reason)
    }

    fn body(&self, body: &Body, sent: &Sent<'_>, report: &mut Report) {
        let media_type = sent.parts.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let is_empty = sent.body.is_some_and(Bytes::is_empty);
        if is_empty {
            if body.required {
                report.add(Part::Body, "", "is missing");
            }
            return;
        }
        // A file may have any media type. Without one, the vendors read what they expect.
        if body.kind != BodyKind::Upload
            && let Some(sent) = media_type
        {
            let sent = essence(&String::from_utf8_lossy(sent));
            let expected = essence(&body.media_type);
            let is_json = |name: &str| name == "application/json" || name.ends_with("+json");
            let is_further = |(operation, further): &(&str, &str)| {
                *operation == report.operation && *further == sent
            };
            if self.lenience.media_types.iter().any(is_further) {
                return;
            }
            let is_text = self.lenience.plain_text_strings
                && sent == "text/plain"
                && self.is_string(&body.schema);
            let is_same = sent == expected || (is_json(&sent) && is_json(&expected));
            if !is_same && !is_text {
                let reason = format!("must be {expected}, not {sent}");
                report.add(Part::MediaType, "content-type", reason);
                return;
            }
        }
        let Some(bytes) = sent.body.filter(|_| body.kind == BodyKind::Json) else { return };
        match serde_json::from_slice(bytes) {
            Ok(value) => self.content(&body.schema, &value, "", report),
            Err(_) if self.lenience.plain_text_strings && self.is_string(&body.schema) => {}
            Err(error) => report.add(Part::Body, "", format!("is not JSON: {error}")),
        }
    }

    fn is_string(&self, schema: &Value) -> bool {
        self.specification.catalog.schemas.resolve(schema)["type"] == "string"
    }

    /// The positional parameters of a procedure; null counts as missing. The envelope and surplus parameters are left
    /// to the handler.
    fn procedure(&self, entry: &'static Entry, rpc: &Value, report: &mut Report) {
        if !(rpc["params"].is_array() || rpc["params"].is_null()) {
            return;
        }
        for (position, parameter) in parameters(entry, Place::Procedure).enumerate() {
            let value = rpc["params"].get(position).filter(|value| !value.is_null());
            match value {
                Some(value) => self.content(&parameter.schema, value, &parameter.name, report),
                None if parameter.required && !self.is_loose(&parameter.name) => {
                    report.add(Part::Body, &parameter.name, "is missing");
                }
                None => {}
            }
        }
    }

    /// Compares a JSON value with a schema.
    fn content(&self, schema: &Value, value: &Value, name: &str, report: &mut Report) {
        let findings = self.specification.checker.check(schema, value, Direction::Request);
        for finding in findings.iter().filter(|finding| !self.is_lenient(finding, value)) {
            let is_loose = matches!(finding.kind, Kind::Missing | Kind::UnknownMember);
            if is_loose && self.is_loose(name) {
                continue;
            }
            report.add(Part::Body, &format!("{name}{}", finding.place), reason(finding));
        }
    }

    fn is_loose(&self, parameter: &str) -> bool {
        self.lenience.loose_parameters.contains(&parameter)
    }

    fn is_lenient(&self, finding: &Finding, value: &Value) -> bool {
        if finding.lenient && (finding.kind != Kind::Type || self.lenience.numbers_for_ids) {
            return true;
        }
        let name = finding.place.rsplit('/').next().unwrap_or_default();
        match finding.kind {
            Kind::UnknownMember => {
                self.lenience.members.contains(&name)
                    || (self.lenience.names_in_any_case && self.is_member(finding, name))
            }
            // Members and entries of maps are optional; a client may also send null for one, but not for an item.
            Kind::Null => finding.place.rsplit_once('/').is_some_and(|(parent, _)| {
                values_at(value, parent).iter().all(|parent| parent.is_object())
            }),
            Kind::Type => {
                let said = finding.said.as_deref().unwrap_or_default();
                let values = values_at(value, &finding.place);
                (self.lenience.text_for_integers
                    && said.starts_with("integer")
                    && values.iter().all(|value| is_integer(value)))
                    || (self.lenience.text_for_booleans
                        && said.starts_with("boolean")
                        && values.iter().all(|value| is_boolean(value)))
            }
            Kind::EnumValue => {
                let is_empty = |value: &&Value| value.as_str() == Some("");
                self.lenience.words.contains(&name)
                    || (self.lenience.empty_words
                        && values_at(value, &finding.place).iter().any(is_empty))
            }
            Kind::Missing if self.lenience.names_in_any_case => {
                has_in_any_case(value, &finding.place)
            }
            _ => false,
        }
    }

    /// Whether the schema around a finding has a member of this name in another letter case.
    fn is_member(&self, finding: &Finding, name: &str) -> bool {
        let schemas: &Schemas = &self.specification.catalog.schemas;
        let Some(schema) = finding.schema.as_deref().and_then(|schema| schemas.get(schema)) else {
            return false;
        };
        let resolved = schemas.resolve(&schema);
        let members = resolved["properties"].as_object();
        members.is_some_and(|members| members.keys().any(|known| known.eq_ignore_ascii_case(name)))
    }
}

/// The parameters of an operation in one part of the request.
fn parameters(entry: &'static Entry, place: Place) -> impl Iterator<Item = &'static Parameter> {
    entry.parameters.iter().filter(move |parameter| parameter.place == place)
}

fn known_names(entry: &'static Entry) -> String {
    let names: Vec<&str> =
        parameters(entry, Place::Query).map(|known| known.name.as_str()).collect();
    match names.is_empty() {
        true => "there are no query parameters".to_owned(),
        false => format!("the query parameters are {}", names.join(", ")),
    }
}

/// A media type without its parameters, in lower case.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn reason(finding: &Finding) -> String {
    let said = finding.said.as_deref().unwrap_or_default();
    match finding.kind {
        Kind::UnknownMember => "is unknown".to_owned(),
        Kind::Missing => "is missing".to_owned(),
        Kind::Null => "must not be null".to_owned(),
        Kind::EnumValue => format!("must be {said}"),
        _ => match said.chars().next() {
            Some('a' | 'e' | 'i' | 'o' | 'u') => format!("must be an {said}"),
            _ => format!("must be a {said}"),
        },
    }
}

/// The values at a place, which is a JSON pointer with `*` for items.
fn values_at<'v>(value: &'v Value, place: &str) -> Vec<&'v Value> {
    let mut values = vec![value];
    for segment in place.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        values = values
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect::<Vec<_>>(),
                Value::Object(members) if segment == "*" => members.values().collect(),
                Value::Object(members) => members.get(&segment).into_iter().collect(),
                _ => Vec::new(),
            })
            .collect();
    }
    values
}

/// Whether a value is an integer or a string of digits.
fn is_integer(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
        other => other.is_i64() || other.is_u64() || other.is_null(),
    }
}

fn is_boolean(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        other => other.is_boolean() || other.is_null(),
    }
}

/// Whether a member is there in another letter case.
fn has_in_any_case(value: &Value, place: &str) -> bool {
    let Some((parent, name)) = place.rsplit_once('/') else { return false };
    values_at(value, parent).into_iter().all(|parent| {
        let members = parent.as_object();
        members.is_some_and(|members| members.keys().any(|known| known.eq_ignore_ascii_case(name)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_below_lists_and_maps() {
        let value = json!({ "a": [{ "b": "1" }, { "b": 2 }], "m": { "x": "3", "y": "z" } });
        assert_eq!(values_at(&value, "/a/*/b"), [&json!("1"), &json!(2)]);
        assert_eq!(values_at(&value, "/m/*").len(), 2);
        assert_eq!(values_at(&value, ""), [&value]);
        assert!(values_at(&value, "/a/*/c").is_empty());
        assert!(values_at(&value, "/a/*/b").into_iter().all(is_integer));
        assert!(!values_at(&value, "/m/*").into_iter().all(is_integer));
        assert!(has_in_any_case(&value, "/a/*/B"));
        assert!(!has_in_any_case(&value, "/a/*/c"));
    }

    #[test]
    fn media_types_are_compared_without_parameters() {
        assert_eq!(essence("Application/JSON; charset=utf-8"), "application/json");
        assert_eq!(essence(""), "");
    }
}
