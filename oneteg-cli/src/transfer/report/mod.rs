//! Reports of transfers: lines and progress bars for people, events for programs.
//!
//! | Standard output is | `--quiet` | Standard output gets | Standard error gets |
//! |---|---|---|---|
//! | a terminal | no | a line for each file | bars if it is a terminal, failures, a summary |
//! | a terminal | yes | nothing | failures |
//! | anything else | either | events, one JSON object per line | the same, without bars if it is no terminal |

mod bars;
mod event;

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{self, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use indicatif::HumanBytes;

use self::bars::Bars;
pub(crate) use self::event::{Event, Totals};
use crate::{
    context::Context,
    error::{CliError, Exit},
    output::printable,
};

const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Where reports go.
#[derive(Debug)]
pub(crate) struct Reporter {
    /// Events instead of lines.
    events: bool,
    quiet: bool,
    /// What a complete transfer is called, such as `uploaded`.
    verb: &'static str,
    bars: Option<Bars>,
    totals: Mutex<Totals>,
    /// When the last event of a file's progress was printed.
    progress: Mutex<HashMap<String, Instant>>,
    /// Why standard output can no longer be written.
    unwritten: Mutex<Option<io::Error>>,
    failures: Mutex<Option<Failures>>,
    /// Whether a plan is only shown.
    is_dry: AtomicBool,
}

/// What the failures of several files have in common.
#[derive(Debug, Clone, Copy)]
struct Failures {
    /// That of each; of different ones, the general one.
    exit: Exit,
    /// Whether any may go away.
    may_pass: bool,
}

impl Failures {
    fn with(self, exit: Exit, may_pass: bool) -> Self {
        let exit = if self.exit == exit { exit } else { Exit::Failure };
        Self { exit, may_pass: self.may_pass || may_pass }
    }
}

impl Reporter {
    /// `events`: whether events are printed; by default, unless standard output is a terminal.
    pub(crate) fn new(context: &Context, events: Option<bool>, verb: &'static str) -> Self {
        let events = events.unwrap_or(!context.terminal.stdout);
        let draws = context.terminal.stderr && !context.quiet && context.verbose == 0;
        Self {
            events,
            quiet: context.quiet,
            verb,
            bars: draws.then(|| Bars::new(&context.terminal)),
            totals: Mutex::default(),
            progress: Mutex::default(),
            unwritten: Mutex::default(),
            failures: Mutex::default(),
            is_dry: AtomicBool::new(false),
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, count: impl FnOnce(&mut Totals)) {
        count(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Nothing but a plan is shown: there is no summary of what was done.
    pub(super) fn set_dry(&self) {
        self.is_dry.store(true, Relaxed);
    }

    /// The error of a command that failed for some of its files, or for all.
    pub(crate) fn failure(&self) -> Option<CliError> {
        let Totals { transferred, same, created, deleted, failed, .. } = self.totals();
        let failures = (*self.failures.lock().unwrap_or_else(PoisonError::into_inner))?;
        let is_all = transferred + same + created + deleted == 0;
        let exit = if is_all { failures.exit } else { Exit::Partial };
        let message = match failed {
            1 => "one file or folder failed".to_owned(),
            failed => format!("{failed} files or folders failed"),
        };
        let error = CliError::new(exit, message);
        Some(match failures.may_pass {
            true => error.with_hint("Run the same command again to transfer what is missing."),
            // The same would happen again.
            false => error,
        })
    }

    /// Counts a file that is the same on both sides.
    pub(crate) fn same(&self, by_date: bool) {
        self.count(|totals| {
            totals.same += 1;
            totals.same_by_date += usize::from(by_date);
        });
    }

    /// Whether standard output can no longer be written.
    pub(crate) fn is_closed(&self) -> bool {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The error of a command whose standard output could not be written: its reader has gone, or the disk is full.
    pub(crate) fn output_error(&self) -> Option<CliError> {
        let error = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).take();
        error.map(CliError::output)
    }

    pub(crate) fn event(&self, event: &Event<'_>) {
        match event {
            Event::Done { bytes, .. } => self.count(|totals| {
                totals.transferred += 1;
                totals.bytes += bytes;
            }),
            Event::Created { .. } => self.count(|totals| totals.created += 1),
            Event::Deleted { .. } => self.count(|totals| totals.deleted += 1),
            Event::Skipped { .. } => self.count(|totals| totals.skipped += 1),
            Event::Failed { exit, may_pass, .. } => {
                self.count(|totals| totals.failed += 1);
                let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                let (exit, may_pass) = (*exit, *may_pass);
                let first = Failures { exit, may_pass };
                *failures = Some(failures.map_or(first, |before| before.with(exit, may_pass)));
            }
            _ => {}
        }
        self.draw(event);
        if self.events {
            if let Ok(line) = serde_json::to_string(event) {
                self.print(&line);
            }
        } else if let Some(line) = self.line(event).filter(|_| !self.quiet) {
            self.print(&line);
        }
        // Failures are for people as well, wherever the events go.
        if let Event::Failed { path, error, .. } = event {
            self.complain(&format!("failed: {}: {}", printable(path), printable(error)));
        }
    }

    /// The bytes of a file that need not be sent again.
    pub(crate) fn progress(&self, path: &str, done: u64, total: Option<u64>) {
        if let Some(bars) = &self.bars {
            bars.progress(path, done, total);
        }
        if !self.events {
            return;
        }
        let mut last = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let begun = *last.entry(path.to_owned()).or_insert(now);
        if now.duration_since(begun) >= PROGRESS_INTERVAL {
            last.insert(path.to_owned(), now);
            drop(last);
            self.event(&Event::Progress { path, done, total });
        }
    }

    /// Prints a note for people to standard error, unless notes are not wanted.
    pub(crate) fn note(&self, note: &str) {
        if !self.quiet && !self.events {
            self.complain(note);
        }
    }

    /// Prints the summary of what was done. `error`: why the command fails.
    pub(crate) fn end(&self, error: Option<&str>) {
        if let Some(bars) = &self.bars {
            bars.clear();
        }
        let totals = self.totals();
        if self.events {
            self.event(&Event::End { totals, error });
        }
        // A plan that was only shown, or refused, has nothing to sum up.
        if totals != Totals::default() && !self.is_dry.load(Relaxed) {
            self.note(&summary(totals, self.verb));
        }
    }

    fn draw(&self, event: &Event<'_>) {
        let Some(bars) = &self.bars else { return };
        match event {
            Event::Plan { bytes, .. } => bars.set_total(*bytes),
            Event::Started { path, bytes, .. } => bars.start(path, *bytes),
            Event::Done { path, bytes, .. } => bars.end(path, Some(*bytes)),
            Event::Failed { path, .. } => bars.end(path, None),
            _ => {}
        }
        if let Event::Done { path, .. } | Event::Failed { path, .. } = event {
            self.progress.lock().unwrap_or_else(PoisonError::into_inner).remove(*path);
        }
    }

    /// The line for people, if the event has one on standard output.
    fn line(&self, event: &Event<'_>) -> Option<String> {
        let line = match event {
            Event::Planned { action, path, bytes, reason } => {
                let mut line = format!("{action:<10} {}", printable(path));
                if let Some(bytes) = bytes {
                    // Writing to a string cannot fail.
                    let _ = write!(line, "  {}", HumanBytes(*bytes));
                }
                if !reason.is_empty() {
                    let _ = write!(line, "  ({reason})");
                }
                line
            }
            Event::Done { path, bytes, id, saved_as } => {
                let saved_as =
                    saved_as.map(|at| format!(" as {}", printable(at))).unwrap_or_default();
                let (path, bytes) = (printable(path), HumanBytes(*bytes));
                format!("{:<10} {path}{saved_as}  {bytes}  id:{id}", self.verb)
            }
            Event::Created { path } => format!("{:<10} {}/", "created", printable(path)),
            Event::Deleted { path } => format!("{:<10} {}", "deleted", printable(path)),
            Event::Note { path, note } => {
                format!("{:<10} {}  ({})", "note", printable(path), printable(note))
            }
            Event::Skipped { path, reason } => {
                format!("{:<10} {}  ({})", "skipped", printable(path), printable(reason))
            }
            _ => return None,
        };
        Some(line)
    }

    fn print(&self, line: &str) {
        let print = || writeln!(io::stdout().lock(), "{line}");
        let printed = match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        };
        if let Err(error) = printed {
            let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            // What follows from the first is of no interest.
            unwritten.get_or_insert(error);
        }
    }

    fn complain(&self, line: &str) {
        // There is nowhere to report that standard error is closed.
        let print = || drop(writeln!(anstream::stderr().lock(), "{line}"));
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

/// A number of things, such as `1 folder` and `2 folders`.
pub(super) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn summary(totals: Totals, verb: &str) -> String {
    let Totals { transferred, bytes, same, same_by_date, created, deleted, skipped, failed } =
        totals;
    let mut summary = format!("{transferred} {verb} ({})", HumanBytes(bytes));
    let folders = format!("{} created", counted(created, "folder"));
    for (count, what) in [
        (same, format!("{same} unchanged")),
        (created, folders),
        (deleted, format!("{deleted} deleted")),
        (skipped, format!("{skipped} skipped")),
        (failed, format!("{failed} failed")),
    ] {
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(summary, ", {what}");
        }
    }
    if same_by_date > 0 {
        let _ = write!(
            summary,
            "\n{same_by_date} of the unchanged were compared by size and date: there is no checksum"
        );
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_what_happened_and_how_files_were_compared() {
        let totals =
            Totals { transferred: 2, bytes: 3 << 20, same: 4, failed: 1, ..Totals::default() };
        assert_eq!(summary(totals, "uploaded"), "2 uploaded (3.00 MiB), 4 unchanged, 1 failed");
        let by_date = Totals { same: 4, same_by_date: 3, ..Totals::default() };
        assert!(
            summary(by_date, "uploaded").ends_with(
                "3 of the unchanged were compared by size and date: there is no checksum"
            )
        );
    }

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(
            (counted(1, "folder"), counted(2, "folder")),
            ("1 folder".into(), "2 folders".into())
        );
    }

    #[test]
    fn an_event_is_one_object_with_its_name() {
        let event = Event::Done { path: "a/b", bytes: 7, id: "9", saved_as: None };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(line, r#"{"event":"done","path":"a/b","bytes":7,"id":"9"}"#);
        let totals = Totals { failed: 1, ..Totals::default() };
        let end = serde_json::to_value(Event::End { totals, error: None }).unwrap();
        assert_eq!((&end["event"], &end["failed"]), (&"end".into(), &1.into()));
        assert!(end.get("error").is_none(), "{end}");
    }
}
