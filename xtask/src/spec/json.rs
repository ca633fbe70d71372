//! Reads JSON, and keeps the location of each value.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    child,
    parsed::{MAX_DEPTH, Parsed},
};
use crate::diagnostic::{Diagnostic, Location};

/// Parses a JSON document.
pub(super) fn parse(path: &Path, text: &str) -> Result<Parsed, Box<Diagnostic>> {
    let mut reader = Reader {
        path: path.to_owned(),
        text,
        at: 0,
        line: 1,
        line_start: 0,
        wide: 0,
        locations: BTreeMap::new(),
    };
    let value = reader.value("", 0)?;
    reader.white_space();
    match reader.peek() {
        None => Ok(Parsed { value, locations: reader.locations }),
        Some(_) => Err(reader.invalid("something follows the document")),
    }
}

struct Reader<'a> {
    path: PathBuf,
    text: &'a str,
    /// The offset in bytes.
    at: usize,
    line: usize,
    /// The offset of the line.
    line_start: usize,
    /// How many bytes before the offset, on this line, are not the first of their character.
    wide: usize,
    locations: BTreeMap<String, Location>,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl<'a> Reader<'a> {
    fn location(&self) -> Location {
        let column = self.at - self.line_start - self.wide + 1;
        Location { file: self.path.clone(), line: self.line, column }
    }

    fn invalid(&self, what: &str) -> Box<Diagnostic> {
        let help = if self.peek().is_none() {
            "the file is not complete; get it again"
        } else {
            "correct the syntax; a JSON formatter shows where it breaks"
        };
        let message = format!("this is not valid JSON: {what}");
        Box::new(Diagnostic::new(message, Some(self.location()), help))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self, bytes: usize) {
        for byte in self.text.as_bytes().iter().skip(self.at).take(bytes) {
            self.at += 1;
            match byte {
                b'\n' => {
                    self.line += 1;
                    (self.line_start, self.wide) = (self.at, 0);
                }
                0x80..=0xBF => self.wide += 1,
                _ => {}
            }
        }
    }

    fn white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.advance(1);
        }
    }

    /// The offset after the string that begins here.
    fn string_end(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        loop {
            match bytes.get(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn string(&mut self) -> Read<String> {
        let Some(written) = self.string_end().and_then(|end| self.text.get(self.at..end)) else {
            self.advance(self.text.len());
            return Err(self.invalid("the file ends inside a string"));
        };
        let string = serde_json::from_str(written)
            .map_err(|_| self.invalid("a string contains what must be escaped"))?;
        self.advance(written.len());
        Ok(string)
    }

    fn value(&mut self, pointer: &str, depth: usize) -> Read<Value> {
        self.white_space();
        let location = self.location();
        if depth > MAX_DEPTH {
            let help = "move the inner schemas to `components.schemas`";
            let error = Diagnostic::new("this is nested too deeply", Some(location), help);
            return Err(Box::new(error));
        }
        self.locations.entry(pointer.to_owned()).or_insert(location);
        match self.peek() {
            Some(b'{') => self.object(pointer, depth),
            Some(b'[') => self.list(pointer, depth),
            Some(b'"') => self.string().map(Value::String),
            Some(_) => self.word(),
            None => Err(self.invalid("the file ends where a value must follow")),
        }
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> Read<Value> {
        let rest: &'a str = self.text.get(self.at..).unwrap_or_default();
        let end = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | ':' | '"');
        let word = rest.split(end).next().unwrap_or_default();
        let value = serde_json::from_str(word)
            .map_err(|_| self.invalid(&format!("`{word}` is not a value")))?;
        self.advance(word.len());
        Ok(value)
    }

    /// What follows a member or an item: a comma, or the end.
    fn next(&mut self, end: u8, what: &str) -> Read<bool> {
        self.white_space();
        match self.peek() {
            Some(b',') => {
                self.advance(1);
                Ok(true)
            }
            Some(byte) if byte == end => {
                self.advance(1);
                Ok(false)
            }
            Some(_) => Err(self.invalid("a comma is missing")),
            None => Err(self.invalid(&format!("the file ends inside {what}"))),
        }
    }

    /// Whether an object or a list ends at once.
    fn is_empty(&mut self, end: u8) -> bool {
        self.advance(1);
        self.white_space();
        let is_empty = self.peek() == Some(end);
        self.advance(usize::from(is_empty));
        is_empty
    }

    fn object(&mut self, pointer: &str, depth: usize) -> Read<Value> {
        let mut object = Map::new();
        if self.is_empty(b'}') {
            return Ok(Value::Object(object));
        }
        loop {
            self.white_space();
            let location = self.location();
            match self.peek() {
                Some(b'"') => {}
                Some(_) => return Err(self.invalid("a key must be a string")),
                None => return Err(self.invalid("the file ends inside an object")),
            }
            let key = self.string()?;
            let pointer = child(pointer, &key);
            if let Some(first) = self.locations.insert(pointer.clone(), location.clone()) {
                let message = format!("this is not valid JSON: the key `{key}` is there twice");
                let help = "keep one of them, or rename one";
                let error = Diagnostic::new(message, Some(location), help);
                return Err(Box::new(error.related("first written at", Some(first))));
            }
            self.white_space();
            if self.peek() != Some(b':') {
                return Err(self.invalid("a colon must follow a key"));
            }
            self.advance(1);
            object.insert(key, self.value(&pointer, depth + 1)?);
            if !self.next(b'}', "an object")? {
                return Ok(Value::Object(object));
            }
        }
    }

    fn list(&mut self, pointer: &str, depth: usize) -> Read<Value> {
        let mut list = Vec::new();
        if self.is_empty(b']') {
            return Ok(Value::Array(list));
        }
        loop {
            self.white_space();
            if self.peek().is_none() {
                return Err(self.invalid("the file ends inside a list"));
            }
            list.push(self.value(&format!("{pointer}/{}", list.len()), depth + 1)?);
            if !self.next(b']', "a list")? {
                return Ok(Value::Array(list));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_serde_json_and_have_locations() {
        let text = "{\n  \"ä\": {\"a/b\": [1, -2.5e3, \"\\u00e9\\\"\", true]},\n  \"c\": null, \"d\": {}, \"e\": []\n}";
        let parsed = parse(Path::new("a.json"), text).unwrap();
        assert_eq!(parsed.value, serde_json::from_str::<Value>(text).unwrap());
        let at = |pointer: &str| parsed.locations[pointer].to_string();
        assert_eq!(at("/ä"), "a.json:2:3");
        assert_eq!(at("/ä/a~1b"), "a.json:2:9", "columns are counted in characters");
        assert_eq!(at("/ä/a~1b/2"), "a.json:2:28");
        assert_eq!(at("/e"), "a.json:3:23");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, message, place) in [
            ("{\"a\": 1,}", "a key must be a string", "1:9"),
            ("{\"a\" 1}", "a colon must follow a key", "1:6"),
            ("[1 2]", "a comma is missing", "1:4"),
            ("[yes]", "`yes` is not a value", "1:2"),
            ("[\"\n\"]", "what must be escaped", "1:2"),
            ("{\"a\": 1, \"a\": 2}", "the key `a` is there twice", "1:10"),
            ("{} {}", "something follows the document", "1:4"),
            ("{\"a\":", "the file ends where a value must follow", "1:6"),
            ("[\"a", "the file ends inside a string", "1:4"),
            ("[\"a\\", "the file ends inside a string", "1:5"),
            ("{\"a\": 1e999}", "`1e999` is not a value", "1:7"),
        ] {
            let error = parse(Path::new("a.json"), text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error}");
            assert!(error.location.unwrap().to_string().ends_with(place), "{text}");
        }
        let deep = "[".repeat(5000);
        let error = parse(Path::new("a.json"), &deep).unwrap_err();
        assert_eq!(error.message, "this is nested too deeply");
    }
}
