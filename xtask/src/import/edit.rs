//! Edits of a YAML file as text, which leave everything else as it is written.

use std::collections::BTreeMap;

use crate::{
    diagnostic::Location,
    spec::{Parsed, child},
};

/// The text of a file with the places of its values.
pub struct Text<'a> {
    text: &'a str,
    parsed: &'a Parsed,
    /// The offset of each line.
    lines: Vec<usize>,
    /// The pointers of all values in the order in which they are written, with their offsets.
    written: Vec<(usize, &'a str)>,
    /// What to insert, and how much to delete, by offset; in the order in which they were added.
    edits: BTreeMap<usize, Vec<(usize, String)>>,
}

impl<'a> Text<'a> {
    /// A file without edits.
    pub fn new(text: &'a str, parsed: &'a Parsed) -> Self {
        let starts = text.char_indices().filter(|(_, c)| *c == '\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        let mut new = Self { text, parsed, lines, written: Vec::new(), edits: BTreeMap::new() };
        new.written =
            parsed.locations.iter().map(|(at, location)| (new.at(location), at.as_str())).collect();
        new.written.sort_unstable();
        new
    }

    /// Whether there are edits.
    pub fn is_changed(&self) -> bool {
        !self.edits.is_empty()
    }

    /// The text with all edits.
    pub fn edited(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (offset, edits) in &self.edits {
            text.push_str(self.text.get(at..*offset).unwrap_or_default());
            at = at.max(*offset);
            for (deleted, inserted) in edits {
                if !inserted.is_empty()
                    && inserted.ends_with('\n')
                    && !text.is_empty()
                    && !text.ends_with('\n')
                    && self.is_line_start(*offset)
                {
                    // The file had no line break at its end.
                    text.push('\n');
                }
                text.push_str(inserted);
                at = at.max(offset + deleted);
            }
        }
        text.push_str(self.text.get(at..).unwrap_or_default());
        text
    }

    fn is_line_start(&self, offset: usize) -> bool {
        offset == self.text.len() || self.lines.binary_search(&offset).is_ok()
    }

    /// The offset of a value's key; of the value itself if it is an item of a list.
    fn offset(&self, pointer: &str) -> Option<usize> {
        self.parsed.locations.get(pointer).map(|location| self.at(location))
    }

    fn at(&self, location: &Location) -> usize {
        let start = self.lines.get(location.line - 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..).unwrap_or_default();
        let column = line.char_indices().nth(location.column - 1).map_or(line.len(), |(at, _)| at);
        start + column
    }

    /// The column of a value's key, from 0.
    pub fn indent(&self, pointer: &str) -> Option<usize> {
        Some(self.parsed.locations.get(pointer)?.column - 1)
    }

    /// The text of a member, from the line of its key to its last line. `None` if it shares its lines with others.
    pub fn block(&self, pointer: &str) -> Option<&'a str> {
        let (start, end) = self.range(pointer)?;
        self.text.get(start..end)
    }

    /// The lines of a member. Comments and empty lines after it belong to what follows.
    fn range(&self, pointer: &str) -> Option<(usize, usize)> {
        let key = self.offset(pointer)?;
        let start = self.line_start(key);
        if !self.text.get(start..key)?.trim_matches(|c| c == ' ' || c == '-').is_empty() {
            return None;
        }
        let inside = format!("{pointer}/");
        let is_outside = |other: &str| other != pointer && !other.starts_with(&inside);
        let first = self.written.partition_point(|(at, _)| *at <= key);
        let mut after = self.written.iter().skip(first);
        let next = after.find(|(_, other)| is_outside(other)).map(|(at, _)| *at);
        let mut end = match next {
            Some(next) => self.line_start(next),
            None => self.text.len(),
        };
        if next.is_some() && end <= key {
            return None;
        }
        while let Some(line) = self.line_before(end).filter(|line| line.0 > start) {
            let content = line.1.trim_start();
            // What is indented more than the key may be a line of a literal block.
            let is_comment =
                content.starts_with('#') && line.1.len() - content.len() <= key - start;
            if !content.trim().is_empty() && !is_comment {
                break;
            }
            end = line.0;
        }
        Some((start, end))
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
    }

    /// The line that ends at an offset: its start and its content.
    fn line_before(&self, end: usize) -> Option<(usize, &'a str)> {
        let before = self.text.get(..end)?;
        let content = before.strip_suffix('\n').unwrap_or(before);
        let start = content.rfind('\n').map_or(0, |at| at + 1);
        (end > 0).then(|| (start, &content[start..]))
    }

    /// Replaces the lines of a member.
    pub fn replace(&mut self, pointer: &str, with: String) -> bool {
        let Some((start, end)) = self.range(pointer) else { return false };
        self.edits.entry(start).or_default().push((end - start, with));
        true
    }

    /// Removes the lines of a member, and the empty lines before it.
    pub fn remove(&mut self, pointer: &str) -> bool {
        let Some((mut start, end)) = self.range(pointer) else { return false };
        while let Some(line) = self.line_before(start).filter(|line| line.1.trim().is_empty()) {
            if start == 0 {
                break;
            }
            start = line.0;
        }
        self.edits.entry(start).or_default().push((end - start, String::new()));
        true
    }

    /// How a new member of an object can be added.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        let value = match pointer {
            "" => &self.parsed.value,
            pointer => self.parsed.value.pointer(pointer)?,
        };
        let last = match value {
            serde_json::Value::Object(members) => {
                let names = members.keys().map(|name| child(pointer, name));
                names.max_by_key(|at| self.parsed.locations.get(at))
            }
            serde_json::Value::Array(items) => {
                items.len().checked_sub(1).map(|last| format!("{pointer}/{last}"))
            }
            // An empty section: the members follow on the next lines.
            serde_json::Value::Null => {
                let (_, end) = self.range(pointer)?;
                return Some(Place::Lines { at: end, indent: self.indent(pointer)? + 2 });
            }
            _ => return None,
        };
        let opening = self.opening(pointer);
        if let Some(opening) = opening {
            let (at, is_empty) = flow_end(self.text, opening)?;
            return Some(Place::Flow { at, is_empty });
        }
        let last = last?;
        let (start, end) = self.range(&last)?;
        let indent = match value {
            // The dash of an item.
            serde_json::Value::Array(_) => self.text.get(start..)?.find('-')?,
            _ => self.indent(&last)?,
        };
        Some(Place::Lines { at: end, indent })
    }

    /// Where a member can be added after another one of the same object. `None` in flow style.
    pub fn after(&self, pointer: &str) -> Option<Place> {
        let (_, end) = self.range(pointer)?;
        Some(Place::Lines { at: end, indent: self.indent(pointer)? })
    }

    /// Whether a value is written in flow style.
    pub fn is_flow(&self, pointer: &str) -> bool {
        self.opening(pointer).is_some()
    }

    /// The offset of the bracket of a value in flow style.
    fn opening(&self, pointer: &str) -> Option<usize> {
        let key = self.offset(pointer)?;
        let is_item = pointer.rsplit('/').next().is_some_and(|name| name.parse::<usize>().is_ok());
        let rest = self.text.get(key..)?;
        let value = if is_item && rest.starts_with(['{', '[']) || pointer.is_empty() {
            rest
        } else {
            after_key(rest)?
        };
        let value = value.trim_start_matches(' ');
        value.starts_with(['{', '[']).then(|| self.text.len() - value.len())
    }

    /// Whether a value, or one around it, has an anchor: an edit of it is one of all its copies.
    pub fn is_anchored(&self, pointer: &str) -> bool {
        let mut pointer = pointer;
        while !pointer.is_empty() {
            if let Some(key) = self.offset(pointer)
                && let Some(rest) = self.text.get(key..)
            {
                let line_before = self.text.get(self.line_start(key)..key).unwrap_or_default();
                let value = after_key(rest).unwrap_or_default().trim_start_matches(' ');
                if value.starts_with('&')
                    || rest.starts_with('&')
                    || line_before.trim_start_matches([' ', '-']).starts_with('&')
                {
                    return true;
                }
            }
            pointer = &pointer[..pointer.rfind('/').unwrap_or_default()];
        }
        false
    }

    /// Inserts text at a place.
    pub fn insert(&mut self, place: &Place, text: String) {
        let (Place::Lines { at, .. } | Place::Flow { at, .. }) = place;
        self.edits.entry(*at).or_default().push((0, text));
    }
}

/// Where a new member or item can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On lines before this offset, indented like the others.
    Lines { at: usize, indent: usize },
    /// In flow style, at this offset. Nothing is there yet, or nothing after the last comma, if it is empty.
    Flow { at: usize, is_empty: bool },
}

/// What is written after the colon of a key.
fn after_key(rest: &str) -> Option<&str> {
    let line = rest.lines().next()?;
    let colon = match line.chars().next()? {
        // Keys in quotes may contain colons; none needs a space after its own.
        quote @ ('"' | '\'') => {
            let end = 1 + line.get(1..)?.find(quote)? + 1;
            let after = line.get(end..)?;
            let spaces = after.len() - after.trim_start_matches(' ').len();
            after.trim_start_matches(' ').starts_with(':').then_some(end + spaces)?
        }
        _ => line.find(": ").or_else(|| line.rfind(':'))?,
    };
    rest.get(colon + 1..)
}

/// The end of what is inside the bracket at an offset, without spaces and comments, and whether an item may follow
/// without a comma.
fn flow_end(text: &str, opening: usize) -> Option<(usize, bool)> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut previous = ' ';
    let mut is_comment = false;
    let mut last = (opening, '[');
    for (at, c) in text.get(opening..)?.char_indices() {
        match (quote, c) {
            _ if is_comment => is_comment = c != '\n',
            (Some('"'), '"') if previous == '\\' => {}
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            // An apostrophe inside a word opens nothing.
            (None, '"' | '\'') if " [{,:".contains(previous) => quote = Some(c),
            (None, '#') if previous.is_whitespace() => is_comment = true,
            (None, '{' | '[') => depth += 1,
            (None, '}' | ']') => {
                depth -= 1;
                if depth == 0 {
                    let (end, c) = last;
                    return Some((end, end == opening + 1 || c == ','));
                }
            }
            _ => {}
        }
        if !is_comment && !c.is_whitespace() {
            last = (opening + at + c.len_utf8(), c);
        }
        // A backslash that is itself escaped escapes nothing.
        previous = if previous == '\\' && c == '\\' { ' ' } else { c };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, Source};

    fn edited(text: &str, edit: impl FnOnce(&mut Text<'_>)) -> String {
        let parsed = spec::parse(&Source { path: "a.yaml".into(), text: text.to_owned() }).unwrap();
        let mut text = Text::new(text, &parsed);
        edit(&mut text);
        text.edited()
    }

    fn add(text: &mut Text<'_>, pointer: &str, name: &str) {
        let place = text.place(pointer).unwrap();
        let new = match place {
            Place::Lines { indent, .. } => format!("{}{name}: 1\n", " ".repeat(indent)),
            Place::Flow { is_empty: true, .. } => format!("{name}: 1"),
            Place::Flow { .. } => format!(", {name}: 1"),
        };
        text.insert(&place, new);
    }

    #[test]
    fn members_are_added_in_the_style_of_the_others() {
        for (before, after) in [
            ("a:\n  b: 1\n\n# Of c.\nc: 2\n", "a:\n  b: 1\n  new: 1\n\n# Of c.\nc: 2\n"),
            ("a:\n    b: {x: 1}\nc: 2\n", "a:\n    b: {x: 1}\n    new: 1\nc: 2\n"),
            (
                "a: {b: 'x}', c: it's} # A comment.\n",
                "a: {b: 'x}', c: it's, new: 1} # A comment.\n",
            ),
            ("a: {}\nc: 2\n", "a: {new: 1}\nc: 2\n"),
            ("a: { b: 1 }\nc: 2\n", "a: { b: 1, new: 1 }\nc: 2\n"),
            ("a: {b: 1, # One.\n}\nc: 2\n", "a: {b: 1,new: 1 # One.\n}\nc: 2\n"),
            (
                "{\"a\":{\"b\":1},\"c\":{\"d\": {}}}\n",
                "{\"a\":{\"b\":1, new: 1},\"c\":{\"d\": {}}}\n",
            ),
            ("a:\nc: 2\n", "a:\n  new: 1\nc: 2\n"),
            ("a:\n  b: |\n    x\n\n    y", "a:\n  b: |\n    x\n\n    y\n  new: 1\n"),
        ] {
            assert_eq!(edited(before, |text| add(text, "/a", "new")), after);
        }
    }

    #[test]
    fn items_are_added_in_the_style_of_the_others() {
        for (before, after) in [
            ("a: [b, 'c]'] # Why.\n", "a: [b, 'c]', new] # Why.\n"),
            ("a: [ b, c, ]\n", "a: [ b, c,new ]\n"),
            ("a: [\n  b, # Why.\n  c # Why.\n]\n", "a: [\n  b, # Why.\n  c, new # Why.\n]\n"),
            ("a: []\n", "a: [new]\n"),
            ("a:\n- b # Why.\n# Of c.\nc: 1\n", "a:\n- b # Why.\n- new\n# Of c.\nc: 1\n"),
            ("a:\n  - b\n  - c", "a:\n  - b\n  - c\n  - new\n"),
        ] {
            let edited = edited(before, |text| {
                let place = text.place("/a").unwrap();
                let new = match place {
                    Place::Lines { indent, .. } => format!("{}- new\n", " ".repeat(indent)),
                    Place::Flow { is_empty, .. } => {
                        (if is_empty { "new" } else { ", new" }).to_owned()
                    }
                };
                text.insert(&place, new);
            });
            assert_eq!(edited, after);
            let parsed = spec::parse(&Source { path: "a.yaml".into(), text: edited }).unwrap();
            assert!(parsed.value["a"].as_array().unwrap().contains(&"new".into()), "{after}");
        }
    }

    #[test]
    fn a_member_is_added_after_another() {
        let before = "a:\n  type: string\n  # Of b.\n  b: {c: 1}\n";
        let after = edited(before, |text| {
            let place = text.after("/a/type").unwrap();
            assert_eq!(text.after("/a/b/c"), None);
            assert!(text.is_flow("/a/b") && !text.is_flow("/a"));
            text.insert(&place, "  nullable: true\n".to_owned());
        });
        assert_eq!(after, "a:\n  type: string\n  nullable: true\n  # Of b.\n  b: {c: 1}\n");
    }

    #[test]
    fn anchored_values_are_found() {
        let before = "a: &a\n  b: [c]\nd:\n  e: &e [f]\n  g: [h]\ni: *a\n";
        edited(before, |text| {
            let found = ["/a/b", "/d/e", "/d/g", "/d"].map(|pointer| text.is_anchored(pointer));
            assert_eq!(found, [true, true, false, false]);
        });
    }

    #[test]
    fn blocks_are_replaced_and_removed_with_their_lines_only() {
        let before = "a: 1\n\n# Of b.\nb:\n  - x\n  - y\n\n# Of c.\nc: 2\n";
        let parsed =
            spec::parse(&Source { path: "a.yaml".into(), text: before.to_owned() }).unwrap();
        assert_eq!(Text::new(before, &parsed).block("/b"), Some("b:\n  - x\n  - y\n"));
        let replaced = edited(before, |text| assert!(text.replace("/b", "b: 3\n".to_owned())));
        assert_eq!(replaced, "a: 1\n\n# Of b.\nb: 3\n\n# Of c.\nc: 2\n");
        let flow = "a: {b: 1, c: 2}\n";
        let parsed = spec::parse(&Source { path: "a.yaml".into(), text: flow.to_owned() }).unwrap();
        assert_eq!(Text::new(flow, &parsed).block("/a/b"), None);
    }
}
