//! The word list: phrases that prose avoids, and what to write instead.
//!
//! The list is the table below the heading `## Word list` in `CONTRIBUTING.md`. A phrase matches whole
//! words, in upper or lower case, and across a line break. Words in backticks and code blocks are code and
//! are not searched.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use toml_edit::Document;

use super::prose::Passage;

/// The heading of the table.
pub const HEADING: &str = "## Word list";

/// The phrases, by their first word.
#[derive(Debug, Default)]
pub struct WordList {
    rows: BTreeMap<String, Vec<Row>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// The words of the phrase, in lower case.
    words: Vec<String>,
    replacement: String,
}

/// An occurrence of a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub path: PathBuf,
    pub line: usize,
    /// The phrase as it is written.
    pub phrase: String,
    pub replacement: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, phrase, replacement } = self;
        write!(f, "{}:{line}: \"{phrase}\"; write: {replacement}", path.display())
    }
}

impl WordList {
    /// Reads the table. Its first column has phrases, separated by commas; its second, what to write instead.
    ///
    /// # Errors
    /// If there is no such table, a row is incomplete, or a phrase is listed twice.
    pub fn parse(document: &str) -> anyhow::Result<Self> {
        let mut lines = document.lines().skip_while(|line| line.trim_end() != HEADING).skip(1);
        let table = lines.by_ref().take_while(|line| !line.starts_with("## "));
        let mut list = Self::default();
        for line in table.filter(|line| line.starts_with('|')).skip(2) {
            let cells: Vec<&str> =
                line.trim().trim_matches('|').split('|').map(str::trim).collect();
            let [phrases, replacement] = cells.as_slice() else {
                bail!("this row of the word list does not have two columns: {line}");
            };
            if replacement.is_empty() {
                bail!("this row of the word list has no replacement: {line}");
            }
            for phrase in phrases.split(',') {
                list.add(phrase, replacement).with_context(|| format!("in the row {line}"))?;
            }
        }
        if list.rows.is_empty() {
            bail!("there is no table with two columns below `{HEADING}`");
        }
        Ok(list)
    }

    fn add(&mut self, phrase: &str, replacement: &str) -> anyhow::Result<()> {
        let words: Vec<String> = words(phrase).map(|(_, word)| word.to_lowercase()).collect();
        let Some(first) = words.first() else { bail!("a phrase is empty") };
        let rows = self.rows.entry(first.clone()).or_default();
        if rows.iter().any(|row| row.words == words) {
            bail!("`{}` is listed twice", phrase.trim());
        }
        rows.push(Row { words, replacement: replacement.to_owned() });
        // The longest phrase that matches is reported.
        rows.sort_by_key(|row| std::cmp::Reverse(row.words.len()));
        Ok(())
    }

    /// The occurrences in a passage, except allowed ones.
    pub fn findings(&self, path: &Path, passage: &Passage, allowed: &mut Allowed) -> Vec<Finding> {
        let text = passage.text.as_str();
        let words: Vec<(usize, &str)> = words(text).collect();
        let mut findings = Vec::new();
        let mut index = 0;
        while index < words.len() {
            let found = self.row_at(text, &words[index..]);
            let Some((row, last)) = found.map(|row| (row, words[index + row.words.len() - 1]))
            else {
                index += 1;
                continue;
            };
            let range = words[index].0..last.0 + last.1.len();
            index += row.words.len();
            if !allowed.allows(path, text, &range) {
                findings.push(Finding {
                    path: path.to_owned(),
                    line: passage.line(range.start),
                    phrase: text[range].split_whitespace().collect::<Vec<_>>().join(" "),
                    replacement: row.replacement.clone(),
                });
            }
        }
        findings
    }

    /// The longest phrase that these words begin with.
    fn row_at(&self, text: &str, words: &[(usize, &str)]) -> Option<&Row> {
        let first = words.first()?.1.to_lowercase();
        let rows = [first.as_str(), without_possessive(&first)]
            .into_iter()
            .find_map(|first| self.rows.get(first));
        rows?.iter().find(|row| {
            words.len() >= row.words.len()
                && words.iter().zip(&row.words).all(|((_, word), wanted)| {
                    let word = word.to_lowercase();
                    word == *wanted || without_possessive(&word) == wanted
                })
                && words[..row.words.len()].windows(2).all(|pair| {
                    let between = &text[pair[0].0 + pair[0].1.len()..pair[1].0];
                    between.trim().is_empty() && between.matches('\n').count() <= 1
                })
        })
    }
}

fn without_possessive(word: &str) -> &str {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("s'").map(|_| &word[..word.len() - 1]))
        .unwrap_or(word)
}

/// The words of a string with their offsets. A hyphen or an apostrophe inside a word is a part of it.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(char::is_alphanumeric)?;
        // A leading `_` is a part of a name.
        let start = start - text[at..start].chars().rev().take_while(|c| *c == '_').count();
        let length = text[start..].find(|c| !inside(c)).unwrap_or(text.len() - start);
        at = start + length;
        Some((start, text[start..at].trim_end_matches(['-', '\''])))
    })
}

/// Exceptions from the list: terms of a vendor or of a standard.
#[derive(Debug, Default)]
pub struct Allowed {
    exceptions: Vec<Exception>,
}

#[derive(Debug)]
struct Exception {
    /// A phrase of the list, and words around it.
    words: String,
    /// The file or folder to which the exception applies; empty for all.
    path: String,
    used: bool,
}

impl Allowed {
    /// Reads the exceptions: TOML tables `[[allowed]]` with `words`, `reason` and an optional `path`.
    ///
    /// # Errors
    /// If an exception has no words or no reason.
    pub fn parse(source: &str) -> anyhow::Result<Self> {
        let document = Document::parse(source)?;
        let mut exceptions = Vec::new();
        let tables = document.get("allowed").and_then(|item| item.as_array_of_tables());
        for table in tables.into_iter().flatten() {
            let member = |name: &str| {
                table.get(name).and_then(|item| item.as_str()).unwrap_or_default().to_owned()
            };
            let (words, reason) = (member("words"), member("reason"));
            if words.is_empty() || reason.is_empty() {
                bail!("an exception of the word list needs `words` and a `reason`: {table}");
            }
            exceptions.push(Exception { words, path: member("path"), used: false });
        }
        Ok(Self { exceptions })
    }

    fn allows(&mut self, path: &Path, text: &str, range: &std::ops::Range<usize>) -> bool {
        let mut allows = false;
        for exception in self.exceptions.iter_mut().filter(|e| path.starts_with(&e.path)) {
            let covers = text
                .match_indices(&exception.words)
                .any(|(start, words)| start <= range.start && range.end <= start + words.len());
            exception.used |= covers;
            allows |= covers;
        }
        allows
    }

    /// The exceptions that no occurrence needed so far.
    pub fn unused(&self) -> Vec<&str> {
        self.exceptions.iter().filter(|e| !e.used).map(|e| e.words.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lints::prose::{
        markdown,
        rust::{Parts, passages},
    };

    const TABLE: &str = "# Contributing\n| a | b |\n|---|---|\n| other | table |\n\n## Word list\nWhy.\n\n\
                         | Instead of | Write |\n|---|---|\n| answer, answers | response |\n| try again, a try | retry |\n\n\
                         ## Next\n| not | this |\n";

    fn found(passages: &[Passage]) -> Vec<String> {
        let list = WordList::parse(TABLE).unwrap();
        let mut allowed = Allowed::default();
        let findings = passages.iter().flat_map(|p| list.findings(Path::new("f"), p, &mut allowed));
        findings.map(|finding| finding.to_string()).collect()
    }

    fn in_rust(source: &str) -> Vec<String> {
        found(&passages(source, Parts::CommentsAndLiterals))
    }

    #[test]
    fn in_comments_of_every_kind() {
        for source in [
            "// Answers.",
            "/// The answer, read.",
            "//! answer's",
            "/* an ANSWER */",
            "f(); // (answer)",
        ] {
            assert_eq!(in_rust(source).len(), 1, "{source}");
        }
        assert_eq!(in_rust("\n// The answer."), ["f:2: \"answer\"; write: response"]);
    }

    #[test]
    fn in_literals_of_several_words() {
        assert_eq!(in_rust("fail(\"the answer is bad\")"), ["f:1: \"answer\"; write: response"]);
        assert_eq!(in_rust("member(\"answer\")"), [""; 0]);
        assert_eq!(found(&passages("f(\"an answer\") // answer", Parts::Comments)).len(), 1);
    }

    #[test]
    fn over_a_line_break() {
        assert_eq!(in_rust("// We try\n// again."), ["f:1: \"try again\"; write: retry"]);
        assert_eq!(in_rust("f(\"we try \\\n    again\")"), ["f:1: \"try again\"; write: retry"]);
        assert_eq!(
            found(&[markdown::passage("one\ntry\nagain")]),
            ["f:2: \"try again\"; write: retry"]
        );
        assert_eq!(found(&[markdown::passage("one try\n\nagain")]), [""; 0]);
    }

    #[test]
    fn not_in_code() {
        for source in [
            "let answer = 1;",
            "// `answer`",
            "// [`x`](crate::answer)",
            "//! ```\n//! let answer = 1;\n//! ```",
            "f(\"the {answer} of `answer`\")",
            "f(r#\"{ \"answer\": 1 }\"#)",
        ] {
            assert_eq!(in_rust(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn not_as_a_part_of_another_word_or_over_other_characters() {
        for source in
            ["// answering", "// the_answer", "// answer-like", "// try (again)", "// try. Again"]
        {
            assert_eq!(in_rust(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn every_phrase_of_the_list_of_this_workspace_is_found() {
        let document =
            std::fs::read_to_string(crate::workspace::root().join("CONTRIBUTING.md")).unwrap();
        let list = WordList::parse(&document).unwrap();
        for row in list.rows.values().flatten() {
            let phrase = row.words.join(" ");
            let broken = row.words.join("\n// ");
            for source in [
                format!("// so {phrase}."),
                format!("f(\"so {phrase} x\")"),
                format!("// so {broken}"),
            ] {
                let passages = passages(&source, Parts::CommentsAndLiterals);
                let findings = list.findings(Path::new(""), &passages[0], &mut Allowed::default());
                assert_eq!(findings.len(), 1, "{source}");
                assert_eq!(findings[0].phrase, phrase);
            }
            for source in
                [format!("// `{phrase}`"), format!("// x{phrase}"), format!("// {phrase}x")]
            {
                let passages = passages(&source, Parts::CommentsAndLiterals);
                let findings = list.findings(Path::new(""), &passages[0], &mut Allowed::default());
                assert!(findings.iter().all(|finding| finding.phrase != phrase), "{source}");
            }
        }
    }

    #[test]
    fn exceptions_cover_what_they_name_where_they_name_it() {
        let list = WordList::parse(TABLE).unwrap();
        let source = "[[allowed]]\nwords = \"`x` Answer API\"\nreason = \"a product\"\npath = \"docs\"\n\
                      [[allowed]]\nwords = \"never\"\nreason = \"none\"";
        let mut allowed = Allowed::parse(&source.replace("`x` ", "")).unwrap();
        let passage = markdown::passage("The Answer API gives an answer.");
        assert_eq!(list.findings(Path::new("docs/a.md"), &passage, &mut allowed).len(), 1);
        assert_eq!(list.findings(Path::new("a.md"), &passage, &mut allowed).len(), 2);
        assert_eq!(allowed.unused(), ["never"]);
        assert!(Allowed::parse("[[allowed]]\nwords = \"x\"").is_err());
    }

    #[test]
    fn a_broken_table_is_refused() {
        for (table, message) in [
            ("# No heading", "no table"),
            ("## Word list\n| a | b |\n|---|---|\n| c |", "two columns"),
            ("## Word list\n| a | b |\n|---|---|\n| c | |", "no replacement"),
            ("## Word list\n| a | b |\n|---|---|\n| c, C | d |", "listed twice"),
        ] {
            let error = WordList::parse(table).unwrap_err();
            assert!(format!("{error:#}").contains(message), "{error:#}");
        }
    }
}
