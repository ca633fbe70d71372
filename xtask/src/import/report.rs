//! What an import changed, left out and guessed, and what a person must decide; grouped and counted.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

/// How many places of a group are listed in the text; JSON has all.
const SHOWN: usize = 3;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person must decide; until then, the import uses what the message states.
    ToDecide,
    /// A part of the vendor's file is not in the specification.
    LeftOut,
    /// The file does not state it; the import assumed it.
    Guessed,
    /// It is written differently, with the same meaning.
    Changed,
}

impl Kind {
    const ALL: [Self; 4] = [Self::ToDecide, Self::LeftOut, Self::Guessed, Self::Changed];

    /// The word for it in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::ToDecide => "to_decide",
            Self::LeftOut => "left_out",
            Self::Guessed => "guessed",
            Self::Changed => "changed",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::ToDecide => "To decide",
            Self::LeftOut => "Left out",
            Self::Guessed => "Guessed",
            Self::Changed => "Changed",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub kind: Kind,
    /// The rule that did it.
    pub rule: &'static str,
    /// What happened, in the same words wherever it happened.
    pub message: String,
    /// Where: `GET /assets`, `components.schemas.Asset`, or a path in the file.
    pub place: String,
    /// What is different at this place, such as the two names of a renamed schema.
    pub detail: String,
}

/// Everything that happened, in the order in which it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub entries: Vec<Entry>,
}

impl Report {
    /// Adds an entry. Entries with the same kind, rule and message become one group.
    pub fn add(
        &mut self,
        kind: Kind,
        rule: &'static str,
        message: impl Into<String>,
        place: impl Into<String>,
        detail: impl Into<String>,
    ) {
        let (message, place, detail) = (message.into(), place.into(), detail.into());
        self.entries.push(Entry { kind, rule, message, place, detail });
    }

    /// It is written differently, with the same meaning.
    pub fn changed(&mut self, rule: &'static str, message: &str, place: &str, detail: &str) {
        self.add(Kind::Changed, rule, message, place, detail);
    }

    /// A part of the file is not in the specification.
    pub fn left_out(&mut self, rule: &'static str, message: &str, place: &str, detail: &str) {
        self.add(Kind::LeftOut, rule, message, place, detail);
    }

    /// The file does not state it.
    pub fn guessed(&mut self, rule: &'static str, message: &str, place: &str, detail: &str) {
        self.add(Kind::Guessed, rule, message, place, detail);
    }

    /// A person must decide.
    pub fn to_decide(&mut self, rule: &'static str, message: &str, place: &str, detail: &str) {
        self.add(Kind::ToDecide, rule, message, place, detail);
    }

    /// How many entries are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.entries.iter().filter(|entry| entry.kind == kind).count()
    }

    /// The entries of a kind by rule and message, the most frequent first.
    fn groups(&self, kind: Kind) -> Vec<((&'static str, &str), Vec<&Entry>)> {
        let mut groups: BTreeMap<(&'static str, &str), Vec<&Entry>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.kind == kind) {
            groups.entry((entry.rule, &entry.message)).or_default().push(entry);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, entries)| std::cmp::Reverse(entries.len()));
        groups
    }

    /// The report for people, in Markdown.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for kind in Kind::ALL {
            let groups = self.groups(kind);
            if groups.is_empty() {
                continue;
            }
            let _ = writeln!(text, "## {} ({})\n", kind.heading(), self.count(kind));
            for ((rule, message), entries) in groups {
                let _ = writeln!(text, "- {} × {message} (`{rule}`)", entries.len());
                for entry in entries.iter().take(SHOWN) {
                    let detail = plain(&entry.detail);
                    let separator = if detail.is_empty() { "" } else { ": " };
                    let _ = writeln!(text, "  - {}{separator}{detail}", entry.place);
                }
                if entries.len() > SHOWN {
                    let _ = writeln!(text, "  - and {} more", entries.len() - SHOWN);
                }
            }
            text.push('\n');
        }
        text.trim_end().to_owned()
    }

    /// The report for programs: every entry, by kind and group.
    pub fn json(&self) -> Value {
        let mut kinds = serde_json::Map::new();
        for kind in Kind::ALL {
            let groups = self.groups(kind).into_iter().map(|((rule, message), entries)| {
                let places: Vec<Value> = entries
                    .iter()
                    .map(|entry| json!({ "place": entry.place, "detail": entry.detail }))
                    .collect();
                json!({ "rule": rule, "message": message, "count": entries.len(), "places": places })
            });
            kinds.insert(kind.key().to_owned(), groups.collect());
        }
        Value::Object(kinds)
    }
}

/// A vendor's words on one line, without links: the report becomes a part of a README.
fn plain(detail: &str) -> String {
    const LONGEST: usize = 200;
    let line = detail.split_whitespace().collect::<Vec<_>>().join(" ").replace("](", "] (");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_entries_are_one_line_with_a_count() {
        let mut report = Report::default();
        for place in ["GET /a", "GET /b", "GET /c", "GET /d"] {
            report.left_out("callbacks", "requests that the vendor sends", place, "");
        }
        report.changed("summaries", "summaries are new", "GET /a", "See [here](/x)\nnow");
        assert_eq!(
            report.text(),
            "## Left out (4)\n\n- 4 × requests that the vendor sends (`callbacks`)\n  - GET /a\n  - GET /b\n  - GET \
             /c\n  - and 1 more\n\n## Changed (1)\n\n- 1 × summaries are new (`summaries`)\n  - GET /a: See [here] (/x) now"
        );
        assert_eq!(report.json()["left_out"][0]["count"], 4);
    }
}
