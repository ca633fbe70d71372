//! Search strings: words that must all occur, `OR`, `NOT`, quoted phrases, and `*` before or after a word.

/// A parsed search string: all terms of at least one group must hold.
#[derive(Debug, Default)]
pub(super) struct SearchTerms(Vec<Vec<Term>>);

#[derive(Debug)]
struct Term {
    negated: bool,
    /// The words of a phrase, or one word.
    words: Vec<String>,
    wildcard_start: bool,
    wildcard_end: bool,
}

impl SearchTerms {
    pub(super) fn parse(search: &str) -> Self {
        let mut groups: Vec<Vec<Term>> = vec![Vec::new()];
        let mut negated = false;
        for (word, quoted) in split(search) {
            match word.as_str() {
                "OR" if !quoted => {
                    groups.push(Vec::new());
                    negated = false;
                }
                "AND" if !quoted => {}
                "NOT" if !quoted => negated = true,
                _ => {
                    let term = Term {
                        negated: std::mem::take(&mut negated),
                        wildcard_start: !quoted && word.starts_with('*'),
                        wildcard_end: !quoted && word.ends_with('*'),
                        words: words(&word),
                    };
                    // `*` alone matches everything.
                    if let (Some(group), false) = (groups.last_mut(), term.words.is_empty()) {
                        group.push(term);
                    }
                }
            }
        }
        groups.retain(|group| !group.is_empty());
        Self(groups)
    }

    /// Whether a term contains a digit.
    pub(super) fn has_digits(&self) -> bool {
        let mut words = self.0.iter().flatten().flat_map(|term| &term.words);
        words.any(|word| word.contains(|c: char| c.is_numeric()))
    }

    /// Whether the values match. They are requested only if there is something to search for.
    pub(super) fn matches(&self, values: &impl Fn() -> Vec<String>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let values: Vec<Vec<String>> = values().iter().map(|value| words(value)).collect();
        let holds = |term: &Term| values.iter().any(|value| term.is_in(value)) != term.negated;
        self.0.iter().any(|group| group.iter().all(holds))
    }
}

impl Term {
    fn is_in(&self, value: &[String]) -> bool {
        let last = self.words.len() - 1;
        value.windows(self.words.len()).any(|window| {
            window.iter().zip(&self.words).enumerate().all(|(index, (actual, expected))| {
                let (start, end) =
                    (self.wildcard_start && index == 0, self.wildcard_end && index == last);
                match (start, end) {
                    (true, true) => actual.contains(expected.as_str()),
                    (true, false) => actual.ends_with(expected.as_str()),
                    (false, true) => actual.starts_with(expected.as_str()),
                    (false, false) => actual == expected,
                }
            })
        })
    }
}

/// The words of a string in lower case. All characters other than letters and digits separate words.
fn words(string: &str) -> Vec<String> {
    let parts = string.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// The words and phrases, and whether they were quoted. An unclosed quote extends to the end.
fn split(search: &str) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    for (index, part) in search.split('"').enumerate() {
        if index % 2 == 1 {
            parts.push((part.to_owned(), true));
        } else {
            parts.extend(part.split_whitespace().map(|word| (word.to_owned(), false)));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::SearchTerms;

    #[test]
    fn the_documented_grammar() {
        let values = || vec!["Red sunrise over the sea".to_owned(), "IMG_0042.png".to_owned()];
        for (search, found) in [
            ("", true),
            ("*", true),
            ("sunrise RED", true),
            ("sunrise blue", false),
            ("sunrise OR blue", true),
            ("blue OR green red", false),
            ("NOT blue", true),
            ("red NOT sunrise", false),
            ("\"sunrise over\"", true),
            ("\"over sunrise\"", false),
            ("sun", false),
            ("sun*", true),
            ("*rise", true),
            ("*nris*", true),
            ("img_0042.png", true),
            ("\"OR\"", false),
        ] {
            assert_eq!(SearchTerms::parse(search).matches(&values), found, "{search}");
        }
    }
}
