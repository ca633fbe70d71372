//! A progress bar. On a terminal it moves; otherwise only its final state is printed.
#![allow(clippy::print_stdout)]

use std::io::{self, IsTerminal, Write};

use netexplorer_sdk::TransferProgress;
use tokio::sync::watch;

const WIDTH: u64 = 30;

/// Draws the bar until the transfer ends.
pub(crate) async fn draw(name: &str, mut progress: watch::Receiver<TransferProgress>) {
    let terminal = io::stdout().is_terminal();
    loop {
        let now = *progress.borrow_and_update();
        let line = line(name, now.done, now.total.unwrap_or(now.done));
        let ended = progress.changed().await.is_err();
        if terminal {
            print!("\r{line}");
            // Failing to draw the bar must not stop the transfer.
            let _ = io::stdout().flush();
        }
        if ended {
            println!("{}", if terminal { "" } else { &line });
            return;
        }
    }
}

fn line(name: &str, done: u64, total: u64) -> String {
    let part = |of: u64| (done * of).checked_div(total).unwrap_or(of);
    let full = "#".repeat(usize::try_from(part(WIDTH)).unwrap_or_default());
    let width = usize::try_from(WIDTH).unwrap_or_default();
    format!("[{full:.<width$}] {:>3} %  {name}", part(100))
}
