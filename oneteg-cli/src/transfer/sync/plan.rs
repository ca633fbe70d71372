//! What a sync will do.

use std::collections::{BTreeSet, HashSet};

use indicatif::HumanBytes;
use oneteg_http::{Error, ErrorKind};

use super::super::{
    compare::{Direction, Equality, Known, Target, Verdict, compare, decide},
    journal::{Journal, Record},
    local::Stamp,
    remote::{Place, RemoteFile},
    report::{Event, Reporter, counted},
    session::Session,
    staging::{Placement, staging_key},
};

/// For how long a file that was uploaded, and is not listed, is assumed to be in processing.
const PROCESSING: chrono::TimeDelta = chrono::TimeDelta::hours(1);

#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Folders to create, parents first.
    pub(super) folders: Vec<String>,
    pub(super) uploads: Vec<Upload>,
    pub(super) downloads: Vec<Download>,
    /// Files that are the same on both sides, to be recorded.
    pub(super) records: Vec<(String, Record)>,
    /// The files that are the same on both sides.
    pub(super) same: Vec<String>,
    /// Of these, those compared by size and date.
    pub(super) same_by_date: usize,
    /// Files first, then folders from the deepest.
    pub(super) deletions: Vec<Deletion>,
    /// What cannot be done, by path, with the reason.
    pub(super) problems: Vec<(String, Error)>,
    /// What is left as it is, by path, with the reason.
    pub(super) skipped: Vec<(String, String)>,
    /// Paths below which nothing is done.
    blocked: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct Upload {
    pub(super) path: String,
    pub(super) stamp: Stamp,
    /// The file to make a new version of.
    pub(super) replaces: Option<String>,
    /// Whether the same content was uploaded before: its state is not to be continued.
    pub(super) again: bool,
}

#[derive(Debug)]
pub(super) struct Download {
    pub(super) path: String,
    pub(super) file: RemoteFile,
    pub(super) placement: Placement,
    /// The name at the vendor, if it is not that on disk.
    pub(super) renamed: Option<String>,
}

#[derive(Debug)]
pub(super) struct Deletion {
    /// On the target.
    pub(super) path: String,
    pub(super) is_folder: bool,
}

/// A file on both sides.
pub(super) struct Pair<'a> {
    pub(super) stamp: Stamp,
    pub(super) file: &'a RemoteFile,
    pub(super) record: Option<&'a Record>,
}

/// What to do with a file on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    Same,
    /// The same, and to be recorded.
    Record {
        by_date: bool,
    },
    Replace,
    Conflict,
}

/// Decides about a file on both sides. Reads the file on disk if its content decides.
pub(super) async fn resolve(
    session: &Session<'_>,
    pair: &Pair<'_>,
    at: &std::path::Path,
    direction: Direction,
    overwrite: bool,
) -> Result<Resolution, Error> {
    let Pair { stamp, file, record, .. } = pair;
    let local_unchanged = record.map(|record| record.local == *stamp);
    let remote_unchanged = record.map(|record| record.is_of(file));
    let (source_unchanged, target_unchanged) = match direction {
        Direction::Up => (local_unchanged, remote_unchanged),
        Direction::Down => (remote_unchanged, local_unchanged),
    };
    let target = match target_unchanged {
        None => Target::Unknown,
        Some(true) => Target::Unchanged,
        Some(false) => Target::Changed,
    };
    let may_replace = match decide(Known { source_unchanged, target }) {
        Verdict::Same => return Ok(Resolution::Same),
        Verdict::Compare { may_replace } => may_replace || overwrite,
    };
    let keeps_dates = session.remote.traits().keeps_dates;
    Ok(match compare(at, *stamp, file, direction, keeps_dates).await? {
        Equality::Checksum => Resolution::Record { by_date: false },
        Equality::SizeAndDate => Resolution::Record { by_date: true },
        Equality::Different if may_replace => Resolution::Replace,
        Equality::Different => Resolution::Conflict,
    })
}

/// Why a file is not replaced.
pub(super) fn conflict(direction: Direction, record: Option<&Record>) -> String {
    let target = match direction {
        Direction::Up => "the vendor's file",
        Direction::Down => "the file on disk",
    };
    match record {
        None => {
            format!("differs, and {target} is not from an earlier sync; --overwrite replaces it")
        }
        Some(_) => format!(
            "differs, and {target} has changed since the last sync; --overwrite replaces it"
        ),
    }
}

/// A file that was uploaded earlier, and is missing from a listing that may lag behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unlisted {
    /// It does not exist any more, or never did.
    Gone,
    Exists(RemoteFile),
    /// It may not be visible yet.
    Processing,
}

/// Looks for a recorded file that is not listed.
pub(super) async fn look_up(
    session: &Session<'_>,
    record: Option<&Record>,
) -> Result<Unlisted, Error> {
    let Some(record) = record.filter(|_| !session.remote.traits().lists_at_once) else {
        return Ok(Unlisted::Gone);
    };
    let id = Place::Id(record.remote.id.clone());
    Ok(match session.remote.file(&id).await? {
        Some(file) => Unlisted::Exists(file),
        None if chrono::Utc::now() - record.at < PROCESSING => Unlisted::Processing,
        None => Unlisted::Gone,
    })
}

impl Plan {
    /// Reports a problem of a file, or of a folder with all that is below it.
    pub(super) fn problem(&mut self, path: &str, problem: impl Into<String>) {
        self.failure(path, Error::new(ErrorKind::Conflict, problem));
    }

    /// As [`problem`](Self::problem), of another kind.
    pub(super) fn failure(&mut self, path: &str, error: Error) {
        self.problems.push((path.to_owned(), error));
        self.blocked.insert(path.to_owned());
    }

    pub(super) fn skip(&mut self, path: &str, reason: impl Into<String>) {
        self.skipped.push((path.to_owned(), reason.into()));
    }

    /// Whether something above a path is a problem.
    pub(super) fn is_blocked(&self, path: &str) -> bool {
        path.match_indices('/').any(|(at, _)| self.blocked.contains(&path[..at]))
    }

    pub(super) fn add_same(&mut self, path: &str, by_date: bool) {
        self.same.push(path.to_owned());
        self.same_by_date += usize::from(by_date);
    }

    fn bytes(&self) -> u64 {
        let uploads = self.uploads.iter().map(|upload| upload.stamp.size);
        let downloads = self.downloads.iter().filter_map(|download| download.file.size);
        uploads.chain(downloads).sum()
    }

    /// The keys of the downloads in the staging folder.
    pub(super) fn staging_keys(&self) -> HashSet<String> {
        self.downloads.iter().map(|download| staging_key(&download.file, &download.path)).collect()
    }

    /// Reports the plan before it is carried out, with what cannot be done.
    pub(super) fn announce(&self, reporter: &Reporter) {
        reporter.event(&Event::Plan {
            folders: self.folders.len(),
            transfers: self.uploads.len() + self.downloads.len(),
            bytes: self.bytes(),
            same: self.same.len(),
            deletions: self.deletions.len(),
            failed: self.problems.len(),
        });
        self.print_rest(reporter);
    }

    fn print_rest(&self, reporter: &Reporter) {
        for n in 0..self.same.len() {
            reporter.same(n < self.same_by_date);
        }
        for (path, reason) in &self.skipped {
            reporter.event(&Event::Skipped { path, reason });
        }
        for (path, error) in &self.problems {
            reporter.event(&Event::failed(path, error));
        }
    }

    /// Prints every step.
    pub(super) fn print(&self, reporter: &Reporter) {
        reporter.set_dry();
        let planned = |action, path: &str, bytes, reason: &str| {
            reporter.event(&Event::Planned { action, path, bytes, reason });
        };
        for path in &self.folders {
            planned("create", path, None, "");
        }
        for upload in &self.uploads {
            let (action, reason) = how(upload.replaces.is_some());
            planned(
                if action { "replace" } else { "upload" },
                &upload.path,
                Some(upload.stamp.size),
                reason,
            );
        }
        for download in &self.downloads {
            let (action, reason) = how(download.placement != Placement::New);
            let reason = download
                .renamed
                .as_ref()
                .map_or(reason.to_owned(), |name| format!("named {name:?} there"));
            planned(
                if action { "replace" } else { "download" },
                &download.path,
                download.file.size,
                &reason,
            );
        }
        for deletion in &self.deletions {
            planned("delete", &deletion.path, None, if deletion.is_folder { "folder" } else { "" });
        }
        self.print_rest(reporter);
        let totals = reporter.totals();
        let mut parts = vec![
            format!("{} to create", counted(self.folders.len(), "folder")),
            format!(
                "{} to transfer ({})",
                counted(self.uploads.len() + self.downloads.len(), "file"),
                HumanBytes(self.bytes())
            ),
            format!("{} to delete", self.deletions.len()),
            format!("{} unchanged", totals.same),
            format!("{} that cannot be done", totals.failed),
        ];
        parts.retain(|part| !part.starts_with("0 "));
        if parts.is_empty() {
            parts.push("nothing to do".to_owned());
        }
        reporter.note(&parts.join(", "));
    }

    /// Records the files that were found to be the same.
    pub(super) fn record(&self, journal: &Journal) -> Result<(), Error> {
        self.records.iter().try_for_each(|(path, record)| journal.put(path, record.clone()))
    }
}

fn how(replaces: bool) -> (bool, &'static str) {
    (replaces, if replaces { "changed" } else { "" })
}

/// The error of a run that Ctrl-C stopped.
pub(super) fn interrupted() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_done_below_a_problem() {
        let mut plan = Plan::default();
        plan.problem("a/b", "a file is in the way");
        assert!(plan.is_blocked("a/b/c") && plan.is_blocked("a/b/c/d"));
        assert!(!plan.is_blocked("a/b") && !plan.is_blocked("a/bc/d"));
    }
}
