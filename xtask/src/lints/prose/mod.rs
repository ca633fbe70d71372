//! Finds the prose in files of several kinds: what is written for people to read.
//!
//! Code is not prose. Code blocks, words in backticks, link targets and URLs are blanked out, so that
//! what is left can be searched, and every word keeps its place.

pub mod markdown;
pub mod rust;
pub mod yaml;

/// A piece of prose: a block of comment lines, a string literal, a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// What it says, code blanked out.
    pub text: String,
    /// The line of the file for the offsets from each of these on, in ascending order.
    lines: Vec<(usize, usize)>,
}

impl Passage {
    fn new(line: usize) -> Self {
        Self { text: String::new(), lines: vec![(0, line)] }
    }

    /// Says that what is added from here on is on this line of the file.
    fn at_line(&mut self, line: usize) {
        self.lines.push((self.text.len(), line));
    }

    /// The line of the file that an offset of the text is on.
    pub fn line(&self, offset: usize) -> usize {
        let next = self.lines.partition_point(|(start, _)| *start <= offset);
        self.lines[next.saturating_sub(1)].1
    }

    fn last_line(&self) -> usize {
        self.lines.last().map_or(0, |(_, line)| *line)
    }
}

/// Stands for a byte of code. It is neither a letter nor a blank, so that no phrase reaches across it.
const CODE: u8 = 0x1a;

/// Blanks out a range of bytes, but not its line breaks.
fn blank(bytes: &mut [u8], range: std::ops::Range<usize>) {
    for byte in &mut bytes[range] {
        if *byte != b'\n' {
            *byte = CODE;
        }
    }
}
