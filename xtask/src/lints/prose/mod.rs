//! Extracts the prose of source files: comments, messages, documents.
//!
//! Code is not prose. Code blocks, words in backticks, link targets and URLs are overwritten, so that the
//! rest can be searched and every word keeps its line.

pub mod hash;
pub mod markdown;
pub mod rust;
pub mod yaml;

/// A piece of prose: a block of comment lines, a string literal, a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The text, with code overwritten.
    pub text: String,
    /// Where each line of the file begins: offset in the text and number, in ascending order.
    lines: Vec<(usize, usize)>,
}

impl Passage {
    fn new(line: usize) -> Self {
        Self { text: String::new(), lines: vec![(0, line)] }
    }

    /// Begins a line of the file: text that is added from now on is on it.
    fn start_line(&mut self, line: usize) {
        self.lines.push((self.text.len(), line));
    }

    /// The line of the file for an offset in the text.
    pub fn line(&self, offset: usize) -> usize {
        let next = self.lines.partition_point(|(start, _)| *start <= offset);
        self.lines[next.saturating_sub(1)].1
    }

    fn last_line(&self) -> usize {
        self.lines.last().map_or(0, |(_, line)| *line)
    }
}

/// Overwrites a byte of code. It is neither a letter nor white space, so no phrase continues across it.
const CODE: u8 = 0x1a;

/// Overwrites a range of bytes, except line breaks.
fn overwrite(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = CODE;
        }
    }
}
