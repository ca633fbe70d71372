//! The layout of whole files, so that they read as if rustfmt had formatted them.
//!
//! prettyplease runs on stable Rust and always prints the same text, while the output of rustfmt depends on
//! its version (decision 0005). But prettyplease prints no blank lines, and its layout of three constructs is
//! unusual. [`finish`] adds blank lines between items and between methods, and changes these three.

/// Completes the layout of a file. Only white space changes, and a second time changes nothing.
pub fn finish(source: &str) -> String {
    let source = plain_types(&short_gates(source));
    let lines: Vec<&str> = source.lines().collect();
    let mut finished = space_items(&lines, 0).join("\n");
    finished.push('\n');
    finished
}

/// Prints the opening and closing brackets of a long `#[cfg(any(...))]` on one line each, not on two.
fn short_gates(source: &str) -> String {
    let mut short = String::with_capacity(source.len());
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(" && lines.next_if_eq(&"    any(").is_some() {
            short.push_str("#[cfg(any(\n");
            for line in lines.by_ref().take_while(|line| *line != ")]") {
                short.push_str(if line == "    )" { "))]" } else { &line[4..] });
                short.push('\n');
            }
        } else {
            short.push_str(line);
            short.push('\n');
        }
    }
    short
}

/// Removes the spaces between the tokens of the types in the arguments of `into_future!`, which prettyplease
/// takes for expressions.
fn plain_types(source: &str) -> String {
    let plain = |line: &str| {
        if !line.starts_with("into_future!(") {
            return format!("{line}\n");
        }
        let line = line.replace(" :: ", "::").replace(" < ", "<").replace(" ,", ",");
        format!("{}\n", line.replace(" >", ">"))
    };
    source.lines().map(plain).collect()
}

/// The kinds of items that differ in the blank lines around them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Plain comments, at the head of a file.
    Comment,
    /// `//!` and `#![...]`.
    Inner,
    /// `use`: 0 for the standard library, 1 for other crates, 2 for this crate.
    Import(u8),
    /// `mod name;`
    Module,
    /// An `impl`, a trait or a module with a body, which contains items.
    Container,
    Other,
}

/// An item with its documentation and attributes.
struct SourceItem<'a> {
    lines: Vec<&'a str>,
    kind: Kind,
    /// Whether only documentation and attributes have been read so far.
    is_open: bool,
    is_documented: bool,
}

impl SourceItem<'_> {
    /// Whether two items belong to a list without blank lines, such as a group of imports.
    fn is_listed_with(&self, next: &Self) -> bool {
        let is_list =
            matches!(self.kind, Kind::Comment | Kind::Inner | Kind::Import(_) | Kind::Module);
        is_list && self.kind == next.kind && !self.is_documented && !next.is_documented
    }
}

fn space_items(lines: &[&str], indent: usize) -> Vec<String> {
    let items = items(lines, indent);
    let mut spaced = Vec::with_capacity(lines.len() * 5 / 4);
    for (index, item) in items.iter().enumerate() {
        if index > 0 && !items[index - 1].is_listed_with(item) {
            spaced.push(String::new());
        }
        let opening = item.lines.iter().position(|line| is_at(line, indent) && line.ends_with('{'));
        match (item.kind, opening, item.lines.split_last()) {
            (Kind::Container, Some(opening), Some((closing, body))) if body.len() > opening => {
                spaced.extend(body[..=opening].iter().map(|line| (*line).to_owned()));
                spaced.extend(space_items(&body[opening + 1..], indent + 4));
                spaced.push((*closing).to_owned());
            }
            _ => {
                let surplus = if is_overindented(&item.lines) { "    " } else { "" };
                let lines = item.lines.iter();
                spaced.extend(
                    lines.map(|line| line.strip_prefix(surplus).unwrap_or(line).to_owned()),
                );
            }
        }
    }
    spaced
}

/// Whether prettyplease has indented a static twice: it does so with chains whose first call spans several
/// lines.
fn is_overindented(lines: &[&str]) -> bool {
    let mut lines = lines.iter().skip_while(|line| !line.starts_with("pub static "));
    let first = lines.next().is_some_and(|line| line.ends_with('('));
    first && lines.next().is_some_and(|line| line.starts_with("        "))
}

/// Splits lines into the items at one level of indentation, and removes the blank lines between them.
fn items<'a>(lines: &[&'a str], indent: usize) -> Vec<SourceItem<'a>> {
    let mut items: Vec<SourceItem<'a>> = Vec::new();
    for line in lines {
        let code = line.trim_start();
        let starts = is_at(line, indent)
            && !code.starts_with(['}', ')', ']', '{', '.', '>'])
            && !code.starts_with("where");
        let is_head = code.starts_with("///") || code.starts_with("#[");
        match items.last_mut() {
            Some(item) if !starts || item.is_open => {
                item.lines.push(line);
                if starts && !is_head {
                    (item.kind, item.is_open) = (kind(code), false);
                }
                item.is_documented |= starts && code.starts_with("///");
            }
            None if code.is_empty() => {}
            _ => items.push(SourceItem {
                lines: vec![line],
                kind: kind(code),
                is_open: is_head,
                is_documented: code.starts_with("///"),
            }),
        }
    }
    for item in &mut items {
        while item.lines.last().is_some_and(|line| line.is_empty()) {
            item.lines.pop();
        }
    }
    items
}

fn is_at(line: &str, indent: usize) -> bool {
    !line.trim().is_empty() && line.len() - line.trim_start().len() == indent
}

fn kind(code: &str) -> Kind {
    let declaration = code.strip_prefix("pub ").unwrap_or(code);
    if code.starts_with("// ") {
        Kind::Comment
    } else if code.starts_with("//!") || code.starts_with("#![") {
        Kind::Inner
    } else if let Some(path) = declaration.strip_prefix("use ") {
        let root = path.split(|c: char| !c.is_alphanumeric() && c != '_').next();
        Kind::Import(match root {
            Some("std") => 0,
            Some("crate" | "super" | "self") => 2,
            _ => 1,
        })
    } else if declaration.starts_with("mod ") && declaration.ends_with(';') {
        Kind::Module
    } else if ["impl", "trait ", "mod "].iter().any(|word| declaration.starts_with(word)) {
        Kind::Container
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSE: &str = "\
// Generated.
// From a specification.
//! A module.
#![allow(deprecated)]
use std::fmt;
use serde::{
    Serialize,
};
use other::Thing;
use super::types;
use crate::Client;
#[cfg(feature = \"a\")]
mod a;
#[cfg(
    any(
        feature = \"a\",
        feature = \"b\"
    )
)]
mod b;
into_future!(A => Vec < types :: Folder >);
/// A struct.
#[derive(
    Debug,
)]
pub struct A {
    /// A field.
    one: u8,
    two: u8,
}
impl<T> A
where
    T: Sized,
{
    /// A method.
    pub fn one(self) -> u8 {
        if self.two > 1 {
            return 1;
        }
        self.one
    }
    pub fn two(
        self,
    ) -> u8 {
        self.two
    }
}
pub static X: Operation = Operation::new(
        1,
    )
    .public();
pub static Y: u8 = 1;
";

    #[test]
    fn items_and_methods_are_separated_and_lists_are_not() {
        let text = finish(DENSE);
        let blank_before: Vec<&str> = text
            .lines()
            .zip(text.lines().skip(1))
            .filter(|(before, _)| before.is_empty())
            .map(|(_, line)| line.trim())
            .collect();
        assert_eq!(
            blank_before,
            [
                "//! A module.",
                "use std::fmt;",
                "use serde::{",
                "use super::types;",
                "#[cfg(feature = \"a\")]",
                "into_future!(A => Vec<types::Folder>);",
                "/// A struct.",
                "impl<T> A",
                "pub fn two(",
                "pub static X: Operation = Operation::new(",
                "pub static Y: u8 = 1;",
            ]
        );
        let gate = "#[cfg(any(\n    feature = \"a\",\n    feature = \"b\"\n))]\nmod b;\n";
        assert!(text.contains(gate), "{text}");
        assert!(text.contains("Operation::new(\n    1,\n)\n.public();\n"), "{text}");
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(words(&text), words(DENSE), "only white space changes");
    }

    #[test]
    fn finishing_twice_changes_nothing() {
        let text = finish(DENSE);
        assert_eq!(finish(&text), text);
    }
}
