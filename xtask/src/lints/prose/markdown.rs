//! Prose in Markdown: documents, comments, and messages.

use super::{Passage, overwrite};

/// The prose of a document.
pub fn passage(source: &str) -> Passage {
    let mut passage = Passage::new(1);
    for (index, line) in source.split_inclusive('\n').enumerate() {
        passage.start_line(index + 1);
        passage.text.push_str(line);
    }
    passage.text = without_code(&passage.text);
    passage
}

/// Overwrites code and link targets. Every byte keeps its offset.
pub(super) fn without_code(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut start = 0;
    let mut fence: Option<&str> = None;
    // The start of the paragraph: inline code may contain a line break, but not an empty line.
    let mut paragraph = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let trimmed = line.trim_start();
        match fence {
            Some(mark) => {
                overwrite(&mut bytes, start..end);
                if trimmed.starts_with(mark) {
                    fence = None;
                }
                paragraph = end;
            }
            None => {
                let opened = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
                if opened.is_some() || trimmed.is_empty() {
                    inline_code(text, paragraph..start, &mut bytes);
                    paragraph = end;
                }
                if opened.is_some() {
                    overwrite(&mut bytes, start..end);
                    fence = opened;
                }
            }
        }
        start = end;
    }
    inline_code(text, paragraph..text.len(), &mut bytes);
    link_targets(text, &mut bytes);
    // Overwritten ranges begin and end at ASCII characters, so the rest is still UTF-8.
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Overwrites what is between two runs of backticks of the same length.
fn inline_code(text: &str, range: std::ops::Range<usize>, bytes: &mut [u8]) {
    let mut at = range.start;
    while let Some(opening) = text[at..range.end].find('`').map(|found| at + found) {
        let length = backticks(&text[opening..range.end]);
        let inside = opening + length;
        let mut search = inside;
        let closing = loop {
            let Some(found) = text[search..range.end].find('`').map(|found| search + found) else {
                break None;
            };
            let run = backticks(&text[found..range.end]);
            if run == length {
                break Some(found);
            }
            search = found + run;
        };
        at = match closing {
            Some(closing) => {
                overwrite(bytes, opening..closing + length);
                closing + length
            }
            None => inside,
        };
    }
}

fn backticks(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'`').count()
}

/// Overwrites the targets of `[words](target)` and `[words]: target`, and URLs.
fn link_targets(text: &str, bytes: &mut [u8]) {
    for (at, _) in text.match_indices("](") {
        if let Some(length) = text[at..].find(')') {
            overwrite(bytes, at + 1..at + length);
        }
    }
    for (at, _) in text.match_indices("]: ") {
        let line_start = text[..at].rfind('\n').map_or(0, |found| found + 1);
        if text[line_start..at].trim_start().starts_with('[') {
            let length = text[at..].find('\n').unwrap_or(text.len() - at);
            overwrite(bytes, at + 1..at + length);
        }
    }
    for scheme in ["https://", "http://"] {
        for (at, _) in text.match_indices(scheme) {
            let length = text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
            overwrite(bytes, at..at + length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str) -> String {
        without_code(text).replace('\u{1a}', "")
    }

    #[test]
    fn code_is_overwritten() {
        assert_eq!(left("a `b` c ``d ` e`` f"), "a  c  f");
        assert_eq!(left("over `a\nline` break"), "over \n break");
        assert_eq!(left("a lone ` is\n\na mark ` here"), "a lone ` is\n\na mark ` here");
        assert_eq!(left("before\n```sh\ncode\n```\nafter"), "before\n\n\n\nafter");
    }

    #[test]
    fn link_targets_are_overwritten() {
        assert_eq!(left("[words](docs/x.md) after"), "[words]) after");
        assert_eq!(left("[`A`]: crate::A\nafter"), "[]\nafter");
        assert_eq!(left("see https://x.test/y now"), "see  now");
    }

    #[test]
    fn lines_are_kept() {
        let passage = passage("one\n`two`\nthree");
        assert_eq!(passage.line(passage.text.find("three").unwrap()), 3);
    }
}
