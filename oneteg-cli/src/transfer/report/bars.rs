//! Progress bars on standard error: one for all files, and one for each that is being transferred.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::Terminal;

pub(super) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    files: Mutex<HashMap<String, (ProgressBar, u64)>>,
    style: ProgressStyle,
}

impl fmt::Debug for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bars").finish_non_exhaustive()
    }
}

impl Bars {
    pub(super) fn new(terminal: &Terminal) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let bar =
            "[{bar:24}] {bytes:>10} / {total_bytes:<10} {binary_bytes_per_sec:>12} {wide_msg}";
        let chars = if terminal.unicode {
            "\u{2588}\u{2589}\u{258a}\u{258b}\u{258c}\u{258d}\u{258e}\u{258f} "
        } else {
            "=> "
        };
        let style = |template| {
            let style = ProgressStyle::with_template(template);
            style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars(chars)
        };
        let total = all.add(ProgressBar::new(0));
        total.set_style(style(
            "[{bar:24}] {bytes:>10} / {total_bytes:<10} {binary_bytes_per_sec:>12} {eta:>4} left",
        ));
        Self { all, total, files: Mutex::default(), style: style(bar) }
    }

    /// The bytes of all files.
    pub(super) fn set_total(&self, bytes: u64) {
        self.total.set_length(bytes);
    }

    pub(super) fn start(&self, path: &str, bytes: Option<u64>) {
        let bar = self.all.insert_before(&self.total, ProgressBar::new(bytes.unwrap_or(0)));
        bar.set_style(self.style.clone());
        bar.set_message(path.to_owned());
        if self.total.length() == Some(0) {
            self.total.set_length(bytes.unwrap_or(0));
        }
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), (bar, 0));
    }

    pub(super) fn progress(&self, path: &str, done: u64, total: Option<u64>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((bar, before)) = files.get_mut(path) else { return };
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(done);
        self.total.inc(done.saturating_sub(*before));
        *before = done;
    }

    /// Removes the bar of a file, with the bytes that it had when it ended.
    pub(super) fn end(&self, path: &str, done: Option<u64>) {
        let Some((bar, before)) =
            self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(path)
        else {
            return;
        };
        self.total.inc(done.unwrap_or(before).saturating_sub(before));
        bar.finish_and_clear();
    }

    pub(super) fn clear(&self) {
        self.total.finish_and_clear();
        // A bar that stays on the screen is no failure.
        let _ = self.all.clear();
    }

    /// Prints while no bar is drawn.
    pub(super) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        self.all.suspend(print)
    }
}
