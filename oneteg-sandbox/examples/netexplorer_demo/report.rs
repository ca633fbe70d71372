//! The table that the demo prints.
#![allow(clippy::print_stdout)]

use netexplorer_sdk::{Error, ErrorCode};

pub(crate) struct Report {
    title: &'static str,
    rows: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, rows: Vec::new() }
    }

    pub(crate) fn step(&mut self, call: &str, result: String) {
        self.rows.push((call.to_owned(), result));
    }

    /// Adds a refused call. Fails if it was refused for a reason that the demo does not expect.
    pub(crate) fn error(
        &mut self,
        call: &str,
        error: &Error,
        expected: Option<ErrorCode>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let code = ErrorCode::of(error);
        if code != expected || error.status().is_none() {
            return Err(format!("expected {expected:?}, but: {error}").into());
        }
        let code = code.map(|code| format!(" / {code:?}")).unwrap_or_default();
        self.step(&format!("error: {call}"), format!("{:?}{code}: {error}", error.kind()));
        Ok(())
    }

    pub(crate) fn print(&self) {
        let left = self.rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0);
        println!("\n{}\n\n{:left$}  result\n{:-<left$}  {:-<40}", self.title, "call", "", "");
        for (call, result) in &self.rows {
            println!("{call:left$}  {result}");
        }
    }
}
