//! Prose in Rust source: comments, and string literals of several words.

use super::{CODE, Passage, markdown::without_code, overwrite};

/// The parts of a file that are prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// Comments. In tests, literals are data.
    Comments,
    /// Comments and literals: messages, and the documentation that the generator writes.
    CommentsAndLiterals,
}

/// The comments of a file, and its literals that have several words. Comments on consecutive lines are one
/// passage. Literals in the unit tests, which are at the end of a file, are data.
pub fn passages(source: &str, parts: Parts) -> Vec<Passage> {
    let mut lexer = Lexer { source, at: 0, line: 1, comments: Vec::new(), literals: Vec::new() };
    lexer.run();
    let mut passages = lexer.comments;
    for passage in &mut passages {
        passage.text = without_code(&passage.text);
    }
    if parts == Parts::CommentsAndLiterals {
        let tests = source.find("\n#[cfg(test)]\nmod ").unwrap_or(source.len());
        let tests = source[..tests].matches('\n').count() + 1;
        let prose = |literal: &Passage| {
            literal.line(0) <= tests && literal.text.trim().contains(char::is_whitespace)
        };
        for mut literal in lexer.literals.into_iter().filter(prose) {
            literal.text = without_placeholders(&without_code(&literal.text));
            passages.push(literal);
        }
    }
    passages
}

/// Overwrites `{placeholders}`, and single words in quotation marks, which are names in JSON.
fn without_placeholders(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (open, close) in [('{', '}'), ('"', '"')] {
        for (at, _) in text.match_indices(open) {
            let inside = &text[at + 1..];
            let length = inside.find(close).unwrap_or(0);
            if length > 0 && !inside[..length].contains(char::is_whitespace) {
                overwrite(&mut bytes, at..at + length + 2);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The part of the lexical grammar of Rust that distinguishes comments and strings from code.
struct Lexer<'a> {
    source: &'a str,
    at: usize,
    line: usize,
    comments: Vec<Passage>,
    literals: Vec<Passage>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        while let Some(next) = self.rest().chars().next() {
            let rest = self.rest();
            if rest.starts_with("//") {
                self.line_comment();
            } else if rest.starts_with("/*") {
                self.block_comment();
            } else if next == '"' {
                self.string();
            } else if next == '\'' {
                self.quote();
            } else if next.is_alphabetic() || next == '_' {
                self.word();
            } else {
                self.skip(next.len_utf8());
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn skip(&mut self, length: usize) {
        self.line += self.rest()[..length].matches('\n').count();
        self.at += length;
    }

    /// Reads a line comment. It continues the passage of the comment on the line above if both have the same
    /// marker and are alone on their lines.
    fn line_comment(&mut self) {
        let rest = self.rest();
        let length = rest.find('\n').unwrap_or(rest.len());
        let marker = ["//!", "///", "//"].into_iter().find(|marker| rest.starts_with(marker));
        let marker = marker.unwrap_or_default();
        let line_start = self.source[..self.at].rfind('\n').map_or(0, |found| found + 1);
        let alone = self.source[line_start..self.at].trim().is_empty();
        let above = self.source[..line_start].trim_end_matches('\n');
        let above = above[above.rfind('\n').map_or(0, |found| found + 1)..].trim_start();
        let same_kind = above.starts_with(marker)
            && (marker != "//" || !(above.starts_with("///") || above.starts_with("//!")));
        let line = self.line;
        let continued = self
            .comments
            .last_mut()
            .filter(|last| alone && same_kind && last.last_line() + 1 == line);
        let text = &rest[marker.len()..length];
        match continued {
            Some(passage) => {
                passage.text.push('\n');
                passage.start_line(line);
                passage.text.push_str(text);
            }
            None => {
                let mut passage = Passage::new(line);
                passage.text.push_str(text);
                self.comments.push(passage);
            }
        }
        self.skip(length);
    }

    fn block_comment(&mut self) {
        let rest = self.rest();
        let mut depth = 0;
        let mut length = 0;
        while let Some(next) = rest[length..].chars().next() {
            if rest[length..].starts_with("/*") {
                depth += 1;
                length += 2;
            } else if rest[length..].starts_with("*/") {
                depth -= 1;
                length += 2;
                if depth == 0 {
                    break;
                }
            } else {
                length += next.len_utf8();
            }
        }
        let mut passage = Passage::new(self.line);
        for (index, line) in rest[..length].split_inclusive('\n').enumerate() {
            passage.start_line(self.line + index);
            passage.text.push_str(line);
        }
        self.comments.push(passage);
        self.skip(length);
    }

    /// An identifier, or the prefix of a string.
    fn word(&mut self) {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &rest[..length];
        let hashes = rest[length..].bytes().take_while(|byte| *byte == b'#').count();
        let is_string = rest[length + hashes..].starts_with('"');
        if ["r", "br", "cr"].contains(&word) && is_string {
            self.skip(length);
            self.raw_string(hashes);
        } else {
            // A string after `b` or `c` is read like any other.
            self.skip(length);
        }
    }

    fn raw_string(&mut self, hashes: usize) {
        self.skip(hashes + 1);
        let rest = self.rest();
        let end = format!("\"{}", "#".repeat(hashes));
        let length = rest.find(&end).unwrap_or(rest.len());
        let mut passage = Passage::new(self.line);
        for (index, line) in rest[..length].split_inclusive('\n').enumerate() {
            passage.start_line(self.line + index);
            passage.text.push_str(line);
        }
        self.literals.push(passage);
        self.skip(length);
        self.skip(end.len().min(self.rest().len()));
    }

    fn string(&mut self) {
        self.skip(1);
        let mut passage = Passage::new(self.line);
        while let Some(next) = self.rest().chars().next() {
            match next {
                '"' => break,
                '\\' => {
                    let escaped = self.rest()[1..].chars().next().unwrap_or('\\');
                    self.skip(1 + escaped.len_utf8());
                    match escaped {
                        // An escaped line break also skips the indentation of the next line.
                        '\n' => {
                            let rest = self.rest();
                            self.skip(rest.len() - rest.trim_start().len());
                        }
                        'n' => passage.text.push('\n'),
                        '"' => passage.text.push('"'),
                        _ => passage.text.push(char::from(CODE)),
                    }
                    passage.start_line(self.line);
                    continue;
                }
                _ => passage.text.push(next),
            }
            self.skip(next.len_utf8());
            if next == '\n' {
                passage.start_line(self.line);
            }
        }
        self.literals.push(passage);
        self.skip(1.min(self.rest().len()));
    }

    /// A character literal, or the start of a lifetime.
    fn quote(&mut self) {
        let rest = self.rest();
        let mut characters = rest[1..].chars();
        let length = match (characters.next(), characters.next()) {
            (Some('\\'), Some(escaped)) => {
                let after = 2 + escaped.len_utf8();
                rest[after..].find('\'').map_or(rest.len(), |found| after + found + 1)
            }
            (Some(character), Some('\'')) => 2 + character.len_utf8(),
            _ => 1,
        };
        self.skip(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        let passages = passages(source, Parts::CommentsAndLiterals);
        passages.into_iter().map(|passage| passage.text.replace('\u{1a}', "")).collect()
    }

    #[test]
    fn consecutive_comments_of_a_kind_are_one_passage() {
        assert_eq!(
            texts("//! a\n//! b\n\n/// c\n/// d\nfn f() {} // e\n// f\n    // g\n\n// h"),
            [" a\n b", " c\n d", " e", " f\n g", " h"]
        );
    }

    #[test]
    fn block_comments_nest() {
        assert_eq!(texts("/* a /* b */ c */ fn f() {}"), ["/* a /* b */ c */"]);
    }

    #[test]
    fn literals_of_several_words() {
        assert_eq!(
            texts(
                r##"f("key", "two words", r#"raw "key" words"#, b"byte words", "a\nb \"k\" c")"##
            ),
            ["two words", "raw  words", "byte words", "a\nb  c"]
        );
        assert_eq!(texts("f(\"first \\\n     second\")"), ["first second"]);
        assert_eq!(texts(r#"f("the {name} has {0:?}")"#), ["the  has "]);
    }

    #[test]
    fn literals_of_unit_tests_are_data() {
        let source = "fn f() { g(\"a message\") }\n#[cfg(test)]\nmod tests {\n    // A comment.\n    f(\"some data\");\n}";
        assert_eq!(texts(source), [" A comment.", "a message"]);
    }

    #[test]
    fn neither_characters_nor_lifetimes_open_a_string() {
        assert_eq!(texts(r#"f('"', '\'', '\u{1}', x as &'a str, "two words")"#), ["two words"]);
        assert_eq!(texts("fn r#type() {} // a"), [" a"]);
    }

    #[test]
    fn a_string_is_no_comment_and_a_comment_no_string() {
        assert_eq!(texts(r#"f("http://x and y") // it's "one" thing"#).len(), 2);
        assert_eq!(texts("// it's\nf(\"a b\")"), [" it's", "a b"]);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let source = "fn f() {\n    // one\n    // two\n    g(\"a \\\n        b\");\n}";
        let passages = passages(source, Parts::CommentsAndLiterals);
        let line = |passage: &Passage, word: &str| passage.line(passage.text.find(word).unwrap());
        assert_eq!(line(&passages[0], "two"), 3);
        assert_eq!(line(&passages[1], "a"), 4);
        assert_eq!(line(&passages[1], "b"), 5);
    }
}
