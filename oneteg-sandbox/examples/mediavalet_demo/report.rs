//! What the demo prints: a progress bar during the upload, and a table at the end.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::{IsTerminal, stderr};

use mediavalet_sdk::TransferProgress;
use tokio::sync::watch::Receiver;

/// The length of the bar, in characters.
const LENGTH: u64 = 40;

pub(crate) struct Report {
    title: String,
    rows: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), rows: Vec::new() }
    }

    pub(crate) fn step(&mut self, call: &str, result: String) {
        self.rows.push((call.to_owned(), result));
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

/// Draws the progress until its sender is dropped: repeatedly in a terminal, otherwise only the last state.
pub(crate) async fn bar(mut progress: Receiver<TransferProgress>) {
    let terminal = stderr().is_terminal();
    while progress.changed().await.is_ok() {
        let current = *progress.borrow_and_update();
        if terminal {
            eprint!("\r{}", line(&current));
        }
    }
    let last = *progress.borrow();
    eprintln!("{}{}", if terminal { "\r" } else { "" }, line(&last));
}

fn line(progress: &TransferProgress) -> String {
    let total = progress.total.unwrap_or(progress.done).max(1);
    let drawn = usize::try_from(progress.done * LENGTH / total).unwrap_or_default();
    let (done, total) = (progress.done >> 20, total >> 20);
    format!("upload [{:<40}] {done:>3} of {total} MiB", "#".repeat(drawn))
}
