//! Search texts: words that must all be there, `OR`, `NOT`, quoted phrases, and `*` before or after a word.

/// A search text: at least one of the groups holds, each of whose terms hold.
#[derive(Debug, Default)]
pub(super) struct Words(Vec<Vec<Term>>);

#[derive(Debug)]
struct Term {
    negated: bool,
    /// The words of a phrase, or one word.
    words: Vec<String>,
    open_start: bool,
    open_end: bool,
}

impl Words {
    pub(super) fn parse(text: &str) -> Self {
        let mut groups: Vec<Vec<Term>> = vec![Vec::new()];
        let mut negated = false;
        for (word, quoted) in split(text) {
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
                        open_start: !quoted && word.starts_with('*'),
                        open_end: !quoted && word.ends_with('*'),
                        words: words(&word),
                    };
                    // `*` alone is everything.
                    if let (Some(group), false) = (groups.last_mut(), term.words.is_empty()) {
                        group.push(term);
                    }
                }
            }
        }
        groups.retain(|group| !group.is_empty());
        Self(groups)
    }

    /// Whether the texts, which are asked for only if needed, have what is searched for.
    pub(super) fn matches(&self, texts: &impl Fn() -> Vec<String>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let texts: Vec<Vec<String>> = texts().iter().map(|text| words(text)).collect();
        let holds = |term: &Term| texts.iter().any(|text| term.is_in(text)) != term.negated;
        self.0.iter().any(|group| group.iter().all(holds))
    }
}

impl Term {
    fn is_in(&self, text: &[String]) -> bool {
        let last = self.words.len() - 1;
        text.windows(self.words.len()).any(|window| {
            window.iter().zip(&self.words).enumerate().all(|(at, (is, wanted))| {
                let (start, end) = (self.open_start && at == 0, self.open_end && at == last);
                match (start, end) {
                    (true, true) => is.contains(wanted.as_str()),
                    (true, false) => is.ends_with(wanted.as_str()),
                    (false, true) => is.starts_with(wanted.as_str()),
                    (false, false) => is == wanted,
                }
            })
        })
    }
}

/// The words of a text in lower case; whatever is no letter or digit parts them.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// Words and phrases, and whether they were quoted. A quote that is not closed goes to the end.
fn split(text: &str) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    for (index, part) in text.split('"').enumerate() {
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
    use super::Words;

    #[test]
    fn the_documented_grammar() {
        let texts = || vec!["Red sunrise over the sea".to_owned(), "IMG_0042.png".to_owned()];
        for (text, found) in [
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
            assert_eq!(Words::parse(text).matches(&texts), found, "{text}");
        }
    }
}
