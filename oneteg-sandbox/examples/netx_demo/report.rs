//! The table that the demo prints.
#![allow(clippy::print_stdout)]

use netx_sdk::{Error, ErrorCode};

#[derive(Default)]
pub(crate) struct Report {
    title: String,
    rows: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn title(&mut self, title: &str) {
        self.title = title.to_owned();
    }

    pub(crate) fn step(&mut self, call: &str, result: String) {
        self.rows.push((call.to_owned(), result));
    }

    /// Adds a refused call. Fails if it was refused for a reason that the demo does not expect.
    pub(crate) fn error(
        &mut self,
        call: &str,
        error: &Error,
        expected: ErrorCode,
    ) -> Result<(), Box<dyn std::error::Error>> {
        if ErrorCode::of(error) != Some(expected) {
            return Err(format!("expected {expected:?}, but: {error}").into());
        }
        self.step(&format!("error: {call}"), format!("{:?} / {expected:?}: {error}", error.kind()));
        Ok(())
    }

    pub(crate) fn print(&self) {
        let widest = |column: fn(&(String, String)) -> &str| {
            self.rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0)
        };
        let (left, right) = (widest(|row| &row.0), widest(|row| &row.1));
        println!("{}\n\n{:left$}  result\n{:-<left$}  {:-<right$}", self.title, "call", "", "");
        for (call, result) in &self.rows {
            println!("{call:left$}  {result}");
        }
    }
}
