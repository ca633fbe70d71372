//! Walks through a value and its schema at once, and reports to a [`Sink`].

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Checker, Direction,
    expected::{Expected, JsonType, Member, Part, Rest},
    format::{self, Fit},
};
use crate::evidence::Kind;

/// How many alternatives inside alternatives are compared; further ones are chosen by their type alone.
const MAX_TRIALS: usize = 4;

/// A difference at one place.
pub(super) struct Found<'v> {
    pub(super) kind: Kind,
    pub(super) said: String,
    pub(super) lenient: bool,
    /// `None` for an absent member.
    pub(super) value: Option<&'v Value>,
}

/// What a walk reports to. Places are JSON pointers with `*`.
pub(super) trait Sink {
    /// A value at a place that the specification has.
    fn value(&mut self, at: At<'_>, value: &Value, alias: Option<&str>);
    /// A value of which the specification states nothing more.
    fn free(&mut self, at: At<'_>, value: &Value);
    /// An object with its stated members.
    fn object(&mut self, at: At<'_>, expected: &Expected, object: &Map<String, Value>);
    /// A difference.
    fn found(&mut self, at: At<'_>, found: Found<'_>);
    /// The name under which an unknown member of an object is reported.
    fn shown<'n>(&mut self, at: At<'_>, name: &'n str) -> &'n str;
}

/// A place, and the named schema around it.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) place: &'a str,
    pub(super) schema: Option<&'a Arc<str>>,
}

pub(super) struct Walk<'a, S> {
    checker: &'a Checker<'a>,
    direction: Direction,
    sink: S,
    place: String,
    schema: Option<Arc<str>>,
    trials: usize,
}

impl<'a, S: Sink> Walk<'a, S> {
    pub(super) fn new(checker: &'a Checker<'a>, direction: Direction, sink: S) -> Self {
        Self { checker, direction, sink, place: String::new(), schema: None, trials: 0 }
    }

    pub(super) fn run(&mut self, part: &Part, value: &Value) {
        self.part(part, value, false, None);
    }

    fn found(&mut self, kind: Kind, said: String, lenient: bool, value: Option<&Value>) {
        let at = At { place: &self.place, schema: self.schema.as_ref() };
        self.sink.found(at, Found { kind, said, lenient, value });
    }

    /// Compares a value with a schema. `lenient` is what the member states that contains it.
    fn part(&mut self, part: &Part, value: &Value, lenient: bool, alias: Option<&str>) {
        match part {
            Part::Inline(expected) => {
                self.value(expected, value, expected.nullable, lenient, alias)
            }
            Part::Named { name, nullable } => {
                let expected = self.checker.cache.get(self.checker.schemas, name);
                let around = self.schema.replace(Arc::clone(name));
                let nullable = *nullable || expected.nullable;
                self.value(&expected, value, nullable, lenient, alias);
                self.schema = around;
            }
        }
    }

    fn value(
        &mut self,
        expected: &Expected,
        value: &Value,
        nullable: bool,
        lenient: bool,
        alias: Option<&str>,
    ) {
        if !expected.alternatives.is_empty() {
            return self.alternatives(expected, value, nullable, lenient, alias);
        }
        let at = At { place: &self.place, schema: self.schema.as_ref() };
        self.sink.value(at, value, alias);
        let lenient = lenient || expected.lenient;
        let is_object = !expected.members.is_empty() || matches!(expected.rest, Rest::Map(_));
        let Some(ty) = expected.ty.or(is_object.then_some(JsonType::Object)) else {
            self.sink.free(at, value);
            return self.enumerated(expected, value);
        };
        match (ty, value) {
            (_, Value::Null) => {
                if !nullable {
                    self.found(Kind::Null, "not nullable".to_owned(), false, Some(value));
                }
                return;
            }
            (JsonType::Object, Value::Object(object)) => return self.object(expected, object),
            (JsonType::Array, Value::Array(items)) => return self.items(expected, items, lenient),
            _ => {}
        }
        if !is_of(ty, value) {
            let is_either = matches!(ty, JsonType::String | JsonType::Integer)
                && (value.is_string() || value.is_number());
            return self.found(Kind::Type, said(ty, expected), lenient && is_either, Some(value));
        }
        self.enumerated(expected, value);
        if let Some(format) = &expected.format {
            match format::fit(format, value) {
                Fit::Fits => {}
                fit => {
                    self.found(Kind::Format, said(ty, expected), fit == Fit::Lenient, Some(value));
                }
            }
        }
    }

    fn enumerated(&mut self, expected: &Expected, value: &Value) {
        let is_known = |known: &Value| {
            known == value || (value.is_number() && known.as_f64() == value.as_f64())
        };
        if !expected.values.is_empty() && !value.is_null() && !expected.values.iter().any(is_known)
        {
            let known: Vec<String> = expected
                .values
                .iter()
                .map(|known| known.as_str().map_or_else(|| known.to_string(), str::to_owned))
                .collect();
            let said = format!("one of {}", known.join(", "));
            self.found(Kind::EnumValue, said, false, Some(value));
        }
    }

    fn items(&mut self, expected: &Expected, items: &[Value], lenient: bool) {
        let Some(part) = &expected.items else { return };
        let length = self.place.len();
        self.place.push_str("/*");
        for item in items {
            self.part(part, item, lenient, None);
        }
        self.place.truncate(length);
    }

    fn object(&mut self, expected: &Expected, object: &Map<String, Value>) {
        let at = At { place: &self.place, schema: self.schema.as_ref() };
        if expected.is_free() {
            self.sink.free(at, &Value::Object(object.clone()));
            return;
        }
        self.sink.object(at, expected, object);
        for name in &expected.required {
            if present(expected, object, name).is_none() {
                self.inside(name, |walk| {
                    walk.found(Kind::Missing, "required".to_owned(), false, None);
                });
            }
        }
        for (name, value) in object {
            let known = expected.aliases.get(name).unwrap_or(name);
            if let Some(Member { part, lenient, .. }) = expected.members.get(known) {
                let alias = (known != name).then_some(name.as_str());
                self.inside(known, |walk| walk.part(part, value, *lenient, alias));
            } else if let Rest::Map(part) = &expected.rest {
                self.inside("*", |walk| walk.part(part, value, false, None));
            } else {
                let is_open = matches!(expected.rest, Rest::Open);
                let lenient = self.direction == Direction::Request && is_open;
                let at = At { place: &self.place, schema: self.schema.as_ref() };
                let shown = self.sink.shown(at, name);
                self.inside(shown, |walk| {
                    let said = "no such member".to_owned();
                    walk.found(Kind::UnknownMember, said, lenient, Some(value));
                });
            }
        }
    }

    fn inside(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        let length = self.place.len();
        self.place.push('/');
        self.place.push_str(&name.replace('~', "~0").replace('/', "~1"));
        work(self);
        self.place.truncate(length);
    }

    /// Compares with the alternative that fits best.
    fn alternatives(
        &mut self,
        expected: &Expected,
        value: &Value,
        nullable: bool,
        lenient: bool,
        alias: Option<&str>,
    ) {
        if value.is_null() && nullable {
            let at = At { place: &self.place, schema: self.schema.as_ref() };
            return self.sink.value(at, value, alias);
        }
        let weights = expected.alternatives.iter().map(|part| self.weight(part, value));
        let weights: Vec<u64> = weights.collect();
        let best = weights.iter().enumerate().min_by_key(|(_, weight)| **weight);
        let best = best.and_then(|(index, _)| expected.alternatives.get(index));
        let Some(best) = best else { return };
        self.part(best, value, lenient, alias);
    }

    /// How badly a value fits a schema; 0 fits.
    fn weight(&self, part: &Part, value: &Value) -> u64 {
        if self.trials >= MAX_TRIALS {
            return 0;
        }
        let mut walk = Walk::new(self.checker, self.direction, Weight::default());
        walk.trials = self.trials + 1;
        walk.run(part, value);
        walk.sink.0
    }
}

/// The value of a member, under its name or another one of the specification.
pub(super) fn present<'v>(
    expected: &Expected,
    object: &'v Map<String, Value>,
    name: &str,
) -> Option<&'v Value> {
    object
        .get(name)
        .or_else(|| expected.members.get(name)?.aliases.iter().find_map(|alias| object.get(alias)))
}

fn is_of(ty: JsonType, value: &Value) -> bool {
    match ty {
        JsonType::String => value.is_string(),
        JsonType::Integer => value.is_i64() || value.is_u64() || format::is_whole_f64(value),
        JsonType::Number => value.is_number(),
        JsonType::Boolean => value.is_boolean(),
        JsonType::Object => value.is_object(),
        JsonType::Array => value.is_array(),
    }
}

fn said(ty: JsonType, expected: &Expected) -> String {
    match &expected.format {
        Some(format) => format!("{} ({format})", ty.word()),
        None => ty.word().to_owned(),
    }
}

/// Adds up how badly a value fits.
#[derive(Default)]
struct Weight(u64);

impl Sink for Weight {
    fn value(&mut self, _: At<'_>, _: &Value, _: Option<&str>) {}

    fn free(&mut self, _: At<'_>, _: &Value) {}

    fn object(&mut self, _: At<'_>, _: &Expected, _: &Map<String, Value>) {}

    fn found(&mut self, at: At<'_>, found: Found<'_>) {
        self.0 = self.0.saturating_add(match (found.kind, found.lenient) {
            (_, true) => 1,
            // The value is of another type as a whole.
            (Kind::Type | Kind::Null, _) if at.place.is_empty() => 1 << 32,
            (Kind::Type | Kind::Missing, _) => 20,
            (Kind::Null, _) => 10,
            (Kind::UnknownMember, _) => 5,
            _ => 2,
        });
    }

    fn shown<'n>(&mut self, _: At<'_>, name: &'n str) -> &'n str {
        name
    }
}
