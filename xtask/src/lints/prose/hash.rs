//! Prose in `#` comments: TOML and YAML.

use super::{Passage, markdown::without_code};

/// The comments of a file; comments on consecutive lines are one passage.
pub fn passages(source: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let Some(start) = comment_start(line) else { continue };
        let (number, is_alone) = (index + 1, line[..start].trim().is_empty());
        let continued =
            passages.last_mut().filter(|last| is_alone && last.last_line() + 1 == number);
        match continued {
            Some(passage) => {
                passage.text.push('\n');
                passage.start_line(number);
                passage.text.push_str(&line[start + 1..]);
            }
            None => {
                let mut passage = Passage::new(number);
                passage.text.push_str(&line[start + 1..]);
                passages.push(passage);
            }
        }
    }
    for passage in &mut passages {
        passage.text = without_code(&passage.text);
    }
    passages
}

/// A comment begins at a `#` after white space and outside of quotation marks.
fn comment_start(line: &str) -> Option<usize> {
    line.match_indices('#').map(|(at, _)| at).find(|at| {
        let before = &line[..*at];
        before.chars().next_back().is_none_or(char::is_whitespace)
            && before.matches('"').count().is_multiple_of(2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_comments_are_one_passage() {
        let source = "# one\n# two\na = 1 # three\nb = \"x # y\"\nc = 'd#e'\n\n# four `code`\n";
        let passages = passages(source);
        let texts: Vec<String> =
            passages.iter().map(|passage| passage.text.replace('\u{1a}', "")).collect();
        assert_eq!(texts, [" one\n two", " three", " four "]);
        assert_eq!(passages[0].line(passages[0].text.find("two").unwrap()), 2);
        assert_eq!(passages[2].line(0), 7);
    }
}
