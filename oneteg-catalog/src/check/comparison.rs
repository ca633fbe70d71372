//! The differences of many values, joined by place, without the values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Checker, Direction,
    expected::Expected,
    format::{self, is_name},
    walk::{At, Found, Sink, Walk, present},
};
use crate::evidence::{Finding, Kind, Member, Shape};

/// How many differences are kept; a limit against hostile responses.
const MAX_FINDINGS: usize = 1000;
/// How many unknown members of one place are kept under their names.
const MAX_UNKNOWN: usize = 100;
/// How many levels of an unknown value are described.
const MAX_DEPTH: usize = 6;

/// Makes a fake of a value, for people who read the report.
pub type Fake<'f> = dyn FnMut(&str, &Value) -> Value + Send + 'f;

/// Joins the differences of values of one schema, such as all responses of an operation.
#[derive(Debug, Default)]
pub struct Comparison {
    findings: BTreeMap<(String, Kind), Finding>,
    members: BTreeMap<String, Member>,
    /// How many objects were at a place.
    objects: BTreeMap<String, u64>,
    /// How many unknown members of a place are kept under their names.
    unknown: BTreeMap<String, usize>,
}

impl Comparison {
    /// Compares one more value of a response with its schema. With `fake`, findings of single values have an example.
    pub fn add(
        &mut self,
        checker: &Checker<'_>,
        schema: &Value,
        value: &Value,
        fake: Option<&mut Fake<'_>>,
    ) {
        self.add_in(checker, schema, value, Direction::Response, fake);
    }

    pub(super) fn add_in(
        &mut self,
        checker: &Checker<'_>,
        schema: &Value,
        value: &Value,
        direction: Direction,
        fake: Option<&mut Fake<'_>>,
    ) {
        let part = checker.part(schema);
        let sink = Joining { comparison: self, fake };
        Walk::new(checker, direction, sink).run(&part, value);
    }

    /// Adds a difference that is none of the content, such as an undocumented status. Equal ones are counted.
    pub fn note(&mut self, finding: Finding) {
        let key = (finding.place.clone(), finding.kind);
        if let Some(known) = self.findings.get_mut(&key) {
            known.count += finding.count;
            known.of += finding.of;
            known.seen.values.extend(finding.seen.values);
        } else if self.findings.len() < MAX_FINDINGS {
            self.findings.insert(key, finding);
        }
    }

    /// Continues what [`Comparison::finish`] returned earlier.
    pub fn restore(findings: Vec<Finding>, members: Vec<Member>) -> Self {
        let mut comparison = Self::default();
        for finding in findings {
            if matches!(finding.kind, Kind::UnknownMember | Kind::Missing) {
                let parent = finding.place.rsplit_once('/').map_or("", |(parent, _)| parent);
                let count = comparison.objects.entry(parent.to_owned()).or_default();
                *count = finding.of.max(*count);
            }
            comparison.findings.insert((finding.place.clone(), finding.kind), finding);
        }
        let members = members.into_iter().map(|member| (member.place.clone(), member));
        comparison.members = members.collect();
        comparison
    }

    /// Whether no value was compared.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What was seen of a place of the specification.
    pub fn member(&self, place: &str) -> Option<&Member> {
        self.members.get(place)
    }

    /// The differences and the places that were looked at, by place.
    pub fn finish(mut self) -> (Vec<Finding>, Vec<Member>) {
        for ((place, kind), finding) in &mut self.findings {
            let parent = || place.rsplit_once('/').map_or("", |(parent, _)| parent);
            let of = match kind {
                Kind::UnknownMember | Kind::Missing => self.objects.get(parent()).copied(),
                Kind::Status | Kind::MediaType | Kind::Envelope | Kind::Content | Kind::Paging => {
                    None
                }
                _ => self.members.get(place).map(|member| member.present),
            };
            finding.of = of.unwrap_or(finding.of).max(finding.count);
        }
        (self.findings.into_values().collect(), self.members.into_values().collect())
    }
}

struct Joining<'c, 'f, 'g> {
    comparison: &'c mut Comparison,
    fake: Option<&'g mut Fake<'f>>,
}

impl Joining<'_, '_, '_> {
    fn member(&mut self, place: &str, at: At<'_>) -> &mut Member {
        let schema = at.schema.map(ToString::to_string);
        self.comparison
            .members
            .entry(place.to_owned())
            .or_insert_with(|| Member::new(place, schema))
    }
}

impl Sink for Joining<'_, '_, '_> {
    fn value(&mut self, at: At<'_>, value: &Value, alias: Option<&str>) {
        let member = self.member(at.place, at);
        member.present += 1;
        member.null += u64::from(value.is_null());
        if let Some(alias) = alias {
            *member.aliases.entry(alias.to_owned()).or_default() += 1;
        }
    }

    fn free(&mut self, at: At<'_>, value: &Value) {
        self.member(at.place, at).seen.get_or_insert_default().record(value, MAX_DEPTH);
    }

    fn object(&mut self, at: At<'_>, expected: &Expected, object: &Map<String, Value>) {
        *self.comparison.objects.entry(at.place.to_owned()).or_default() += 1;
        for name in expected.members.keys() {
            if present(expected, object, name).is_none() {
                let name = name.replace('~', "~0").replace('/', "~1");
                self.member(&format!("{}/{name}", at.place), at).absent += 1;
            }
        }
    }

    fn found(&mut self, at: At<'_>, found: Found<'_>) {
        let is_full = self.comparison.findings.len() >= MAX_FINDINGS;
        let key = (at.place.to_owned(), found.kind);
        if is_full && !self.comparison.findings.contains_key(&key) {
            return;
        }
        let finding = self.comparison.findings.entry(key).or_insert_with(|| Finding {
            schema: at.schema.map(ToString::to_string),
            said: Some(found.said),
            lenient: true,
            count: 0,
            ..Finding::new(at.place, found.kind)
        });
        finding.count += 1;
        // It is lenient only if each value is.
        finding.lenient &= found.lenient;
        let Some(value) = found.value else { return };
        finding.seen.record(value, MAX_DEPTH);
        if found.kind == Kind::EnumValue
            && finding.seen.values.len() < MAX_UNKNOWN
            && let Some(word) = value.as_str().filter(|text| format::is_word(text))
        {
            finding.seen.values.insert(word.to_owned());
        }
        let is_plain = value.is_string() || value.is_number();
        if let Some(fake) =
            self.fake.as_mut().filter(|_| is_plain && finding.seen.example.is_none())
        {
            finding.seen.example = Some(fake(at.place, value));
        }
    }

    fn shown<'n>(&mut self, at: At<'_>, name: &'n str) -> &'n str {
        let key = format!("{}/{name}", at.place);
        let known = self.comparison.findings.contains_key(&(key, Kind::UnknownMember));
        if !is_name(name) {
            return "*";
        }
        let count = self.comparison.unknown.entry(at.place.to_owned()).or_default();
        if !known && *count >= MAX_UNKNOWN {
            return "*";
        }
        *count += usize::from(!known);
        name
    }
}

impl Shape {
    /// Adds the type of a value, and those of its members down to `depth` levels. Names that may be data are `*`.
    pub fn record(&mut self, value: &Value, depth: usize) {
        self.count += 1;
        let ty = match value {
            Value::Null => {
                self.null += 1;
                return;
            }
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        *self.types.entry(ty.to_owned()).or_default() += 1;
        if let Some(format) = format::recognised(value) {
            *self.formats.entry(format.to_owned()).or_default() += 1;
        }
        if depth == 0 {
            return;
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.items.get_or_insert_default().record(item, depth - 1);
                }
            }
            Value::Object(object) => {
                // An object whose names are data is a map.
                let is_map = object.len() > MAX_UNKNOWN || !object.keys().all(|name| is_name(name));
                for (name, value) in object {
                    let is_full =
                        self.members.len() >= MAX_UNKNOWN && !self.members.contains_key(name);
                    let name = if is_map || is_full { "*" } else { name };
                    self.members.entry(name.to_owned()).or_default().record(value, depth - 1);
                }
            }
            _ => {}
        }
    }
}
