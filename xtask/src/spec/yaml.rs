//! Reads YAML, and keeps the location of each value.
//!
//! Scalars have the types of YAML 1.2, so `no` is a string. An alias is a copy of what it refers to, and a merge key adds
//! the members that the mapping lacks.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::{Map, Number, Value};

use super::{
    child,
    parsed::{MAX_DEPTH, Parsed},
};
use crate::diagnostic::{Diagnostic, Diagnostics, Location};

/// The most values that aliases may copy: a few lines can ask for billions.
const MAX_COPIES: usize = 1_000_000;

/// Parses a file with one YAML document.
pub(super) fn parse(path: &Path, text: &str) -> Result<Parsed, Diagnostics> {
    let mut reader = Reader {
        path: path.to_owned(),
        events: Parser::new_from_str(text),
        locations: BTreeMap::new(),
        anchors: BTreeMap::new(),
        copies: 0,
        errors: Vec::new(),
    };
    match reader.documents() {
        Err(error) => Err(Diagnostics::one(reader.invalid(&error))),
        Ok(_) if !reader.errors.is_empty() => Err(Diagnostics(reader.errors)),
        Ok(documents) => match <[Value; 1]>::try_from(documents) {
            Ok([value]) => Ok(Parsed { value, locations: reader.locations }),
            Err(documents) => {
                let location = Location { file: path.to_owned(), line: 1, column: 1 };
                Err(Diagnostics::one(Diagnostic::new(
                    format!("the file has {} YAML documents", documents.len()),
                    Some(location),
                    "keep exactly one document in each file",
                )))
            }
        },
    }
}

struct Reader<'a> {
    path: PathBuf,
    events: Parser<'a, StrInput<'a>>,
    locations: BTreeMap<String, Location>,
    /// The values that have an anchor, and how many values each consists of.
    anchors: BTreeMap<usize, (Value, usize)>,
    copies: usize,
    errors: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn invalid(&self, error: &ScanError) -> Diagnostic {
        let marker = error.marker();
        let location =
            Location { file: self.path.clone(), line: marker.line(), column: marker.col() + 1 };
        Diagnostic::new(
            format!("this is not valid YAML: {}", error.info()),
            Some(location),
            "correct the syntax; indentation must be spaces, and text with `: `, ` #` or quotes must be quoted",
        )
    }

    fn location(&self, span: &Span) -> Location {
        let start = span.start;
        Location { file: self.path.clone(), line: start.line(), column: start.col() + 1 }
    }

    /// Reports an error; the value is `null` in its place.
    fn error(&mut self, location: Location, message: impl Into<String>, help: &str) -> Value {
        self.errors.push(Diagnostic::new(message, Some(location), help));
        Value::Null
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ScanError> {
        match self.events.next() {
            Some(event) => event,
            None => Ok((Event::StreamEnd, Span::empty(granit_parser::Marker::new(0, 1, 0)))),
        }
    }

    fn documents(&mut self) -> Result<Vec<Value>, ScanError> {
        let mut documents = Vec::new();
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(documents),
                (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
                (event, span) => {
                    self.anchors.clear();
                    documents.push(self.value(event, span, "", 0)?);
                }
            }
        }
    }

    /// The value that begins with an event.
    fn value(
        &mut self,
        event: Event<'a>,
        span: Span,
        pointer: &str,
        depth: usize,
    ) -> Result<Value, ScanError> {
        let location = self.location(&span);
        self.locations.entry(pointer.to_owned()).or_insert_with(|| location.clone());
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| matches!(tag.suffix(), "str" | "binary"));
                (self.scalar(&text, style, is_text, location), anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                (self.sequence(location, pointer, depth)?, anchor)
            }
            Event::MappingStart(_, anchor, _) => (self.mapping(location, pointer, depth)?, anchor),
            Event::Alias(anchor) => return Ok(self.alias(anchor, location)),
            _ => (self.error(location, "this value cannot be read", "quote it"), 0),
        };
        if anchor > 0 {
            let size = size(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        Ok(value)
    }

    fn alias(&mut self, anchor: usize, location: Location) -> Value {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            let help = "repeat the value, or name the schema and use `$ref`";
            return self.error(
                location,
                "this YAML alias refers to a value that contains it",
                help,
            );
        };
        self.copies += size;
        if self.copies > MAX_COPIES {
            let help = "name the repeated schemas, and use `$ref`";
            return self.error(
                location,
                "the YAML aliases of this file copy too many values",
                help,
            );
        }
        value.clone()
    }

    fn sequence(
        &mut self,
        location: Location,
        pointer: &str,
        depth: usize,
    ) -> Result<Value, ScanError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::SequenceEnd | Event::StreamEnd => break,
                _ if depth >= MAX_DEPTH => self.skip(event)?,
                event => {
                    let pointer = format!("{pointer}/{}", items.len());
                    items.push(self.value(event, span, &pointer, depth + 1)?);
                }
            }
        }
        self.depth(depth, location);
        Ok(Value::Array(items))
    }

    fn mapping(
        &mut self,
        location: Location,
        pointer: &str,
        depth: usize,
    ) -> Result<Value, ScanError> {
        let mut members = Map::new();
        let mut merged: Vec<(Location, Value)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::MappingEnd | Event::StreamEnd => break,
                _ if depth >= MAX_DEPTH => self.skip(event)?,
                Event::Scalar(key, style, ..) => {
                    // The location of a member is that of its key, where a reader looks for it.
                    let location = self.location(&span);
                    let pointer = child(pointer, &key);
                    let (event, span) = self.next()?;
                    if style == ScalarStyle::Plain && key == "<<" {
                        merged.push((location, self.value(event, span, &pointer, depth + 1)?));
                        continue;
                    }
                    self.twice(&members, &key, &pointer, &location);
                    self.locations.insert(pointer.clone(), location);
                    let value = self.value(event, span, &pointer, depth + 1)?;
                    members.insert(key.into_owned(), value);
                }
                key => {
                    let location = self.location(&span);
                    self.error(location, "this key is not a string", "quote it");
                    self.skip(key)?;
                    let (value, _) = self.next()?;
                    self.skip(value)?;
                }
            }
        }
        for (location, value) in merged {
            self.merge(&mut members, pointer, location, value);
        }
        self.depth(depth, location);
        Ok(Value::Object(members))
    }

    fn twice(&mut self, members: &Map<String, Value>, key: &str, pointer: &str, at: &Location) {
        if members.contains_key(key) {
            let first = self.locations.get(pointer).cloned();
            let message = format!("this is not valid YAML: the key `{key}` is there twice");
            let help = "keep one of them, or rename one";
            let error = Diagnostic::new(message, Some(at.clone()), help);
            self.errors.push(error.related("first written at", first));
        }
    }

    /// Adds the members of a merge key that a mapping lacks.
    fn merge(
        &mut self,
        members: &mut Map<String, Value>,
        pointer: &str,
        location: Location,
        value: Value,
    ) {
        match value {
            Value::Object(others) => {
                for (key, value) in others {
                    let pointer = child(pointer, &key);
                    if !members.contains_key(&key) {
                        self.locations.insert(pointer, location.clone());
                        members.insert(key, value);
                    }
                }
            }
            Value::Array(list) if list.iter().all(Value::is_object) => {
                for value in list {
                    self.merge(members, pointer, location.clone(), value);
                }
            }
            _ => {
                let help = "merge a mapping, or quote the key";
                self.error(location, "a YAML merge key has something else than mappings", help);
            }
        }
    }

    fn depth(&mut self, depth: usize, location: Location) {
        if depth >= MAX_DEPTH {
            let help = "move the inner schemas to `components.schemas`";
            self.error(location, "this is nested too deeply", help);
        }
    }

    /// Skips the value that begins with an event.
    fn skip(&mut self, event: Event<'a>) -> Result<(), ScanError> {
        let mut open =
            usize::from(matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)));
        while open > 0 {
            match self.next()?.0 {
                Event::SequenceStart(..) | Event::MappingStart(..) => open += 1,
                Event::SequenceEnd | Event::MappingEnd => open -= 1,
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        is_text: bool,
        location: Location,
    ) -> Value {
        if is_text || style != ScalarStyle::Plain {
            return Value::String(text.to_owned());
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            number if is_infinite(number) => {
                self.error(location, "JSON has no such number", "write a finite number")
            }
            number if looks_like_a_number(number) => match number_of(number) {
                Some(number) => Value::Number(number),
                None => self.error(location, "JSON has no such number", "write a finite number"),
            },
            text => Value::String(text.to_owned()),
        }
    }
}

fn is_infinite(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

/// Whether a plain scalar is a number of YAML 1.2. One with leading zeros is none: it is an identifier, such as a postcode,
/// and would lose them.
fn looks_like_a_number(text: &str) -> bool {
    let is_digits =
        |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
    if let Some(digits) = text.strip_prefix("0x") {
        return is_digits(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return is_digits(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let has_leading_zero =
        mantissa.starts_with('0') && mantissa.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let exponent = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = is_digits(whole, 10) || is_digits(fraction, 10);
    let all_digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    has_digits
        && !has_leading_zero
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|exponent| is_digits(exponent, 10))
}

/// The value of a number; `None` if it is too large.
fn number_of(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

/// How many values a value consists of.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> Result<Value, String> {
        parse(Path::new("a.yaml"), text)
            .map(|parsed| parsed.value)
            .map_err(|errors| errors.to_string())
    }

    #[test]
    fn yaml_becomes_json() {
        let text = "a: &unused 1\n200: x\ntrue: [null, 1.5, 'no']\nb: {c: no}\n";
        let expected = json!({ "a": 1, "200": "x", "true": [null, 1.5, "no"], "b": { "c": "no" } });
        assert_eq!(parsed(text), Ok(expected));
    }

    #[test]
    fn scalars_have_the_types_of_yaml_1_2() {
        for (text, expected) in [
            ("-7", json!(-7)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("0x1F", json!(31)),
            ("0o17", json!(15)),
            ("010", json!("010")),
            ("-01.5", json!("-01.5")),
            ("0", json!(0)),
            ("-0.5", json!(-0.5)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("1.", json!(1.0)),
            ("1.0.0", json!("1.0.0")),
            ("1_000", json!("1_000")),
            ("2020-01-01", json!("2020-01-01")),
            ("-", json!([null])),
            ("e3", json!("e3")),
            (".", json!(".")),
            ("!!str 5", json!("5")),
            ("~", json!(null)),
            ("yes", json!("yes")),
            ("\"\\ud83d\\ude00\"", json!("\u{1f600}")),
        ] {
            assert_eq!(parsed(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_other_readers_accept_is_read() {
        let expected = json!({ "b": ["x"], "c": { "d": "e f" } });
        for text in [
            "b: [\n  \"x\"\n]\nc: {d: e f}\n",
            "b: [\n\"x\",\n]\nc: {\nd: e f\n}\n",
            "b:\n- x\nc:\n  d: 'e\n\n f'\n".replace("\n\n", "\n").as_str(),
            "b: [x\n  ]\nc: { \"d\":\"e f\" }\n",
        ] {
            assert_eq!(parsed(text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn aliases_are_copies_and_merge_keys_add_members() {
        let text = "a: &a {b: 1, c: [&i 2]}\nd: *a\ne:\n  <<: *a\n  b: 3\nf: {<<: [*a, {g: *i}]}\n";
        let a = json!({ "b": 1, "c": [2] });
        let expected = json!({
            "a": a, "d": a, "e": { "b": 3, "c": [2] }, "f": { "b": 1, "c": [2], "g": 2 }
        });
        assert_eq!(parsed(text), Ok(expected));
        let parsed = parse(Path::new("a.yaml"), text).unwrap();
        assert_eq!(parsed.locations["/d"].to_string(), "a.yaml:2:1");
        assert_eq!(parsed.locations["/e/c"].to_string(), "a.yaml:4:3");
    }

    #[test]
    fn what_json_does_not_have_is_refused_with_its_location() {
        let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, n| {
            let list = vec![format!("*a{}", n - 1); 10].join(", ");
            format!("{text}a{n}: &a{n} [{list}]\n")
        });
        let deep = (0..120).map(|n| format!("{}- \n", "  ".repeat(n))).collect::<String>();
        for (text, message) in [
            ("a: &x [1, *x]\n", "refers to a value that contains it\n  --> a.yaml:1:11"),
            ("a:\n  <<: 1\n", "something else than mappings\n  --> a.yaml:2:3"),
            ("a: .inf\n", "JSON has no such number\n  --> a.yaml:1:4"),
            ("a: 1e999\n", "JSON has no such number\n  --> a.yaml:1:4"),
            ("? [a]\n: 1\n", "this key is not a string\n  --> a.yaml:1:3"),
            ("a: 1\n---\nb: 2\n", "the file has 2 YAML documents"),
            ("# nothing\n", "the file has 0 YAML documents"),
            (
                "a: 1\na: 2\n",
                "this is not valid YAML: the key `a` is there twice\n  --> a.yaml:2:1",
            ),
            ("a: b: c\n", "this is not valid YAML"),
            ("a: [1, 2\n", "this is not valid YAML"),
            ("a: *gone\n", "this is not valid YAML"),
            (&bomb, "copy too many values"),
            (&deep, "this is nested too deeply"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
