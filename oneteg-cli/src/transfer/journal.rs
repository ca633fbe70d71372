//! The journal of a sync: what it knows of the files it has put in place, by path. One JSON object per line, appended
//! when a file is complete, so a killed process loses at most the last line; the newest line of a path counts.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use oneteg_http::Error;
use serde::{Deserialize, Serialize};

use super::{failure::local_error, local::Stamp, remote::RemoteFile};
use crate::persist::persist;

const NAME: &str = "journal.ndjson";

/// A file that is the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) local: Stamp,
    pub(super) remote: RemoteFile,
    /// When that was found.
    pub(super) at: DateTime<Utc>,
}

impl Record {
    pub(super) fn new(local: Stamp, remote: RemoteFile) -> Self {
        Self { local, remote, at: Utc::now() }
    }

    /// Whether the file at the vendor is still the recorded one. The date counts only where there is no checksum,
    /// since it may change with the metadata.
    pub(super) fn is_of(&self, file: &RemoteFile) -> bool {
        let differs = |known: bool, same: bool| known && !same;
        let checksums = self.remote.md5.is_some() && file.md5.is_some();
        let sizes = self.remote.size.is_some() && file.size.is_some();
        let dates = !checksums && self.remote.changed.is_some() && file.changed.is_some();
        self.remote.id == file.id
            && !differs(checksums, self.remote.md5 == file.md5)
            && !differs(sizes, self.remote.size == file.size)
            && !differs(dates, self.remote.changed == file.changed)
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    /// None: the file was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
}

/// The records of a pair of folders.
#[derive(Debug)]
pub(super) struct Journal {
    records: BTreeMap<String, Record>,
    path: PathBuf,
    /// None: nothing is written, as in a dry run.
    file: Option<Mutex<File>>,
}

impl Journal {
    /// Reads the journal in a folder, to append to it. It is rewritten if most of its lines are outdated.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let (records, lines, complete) = read(&path)?;
        let failed = |error| local_error("write", &path, error);
        if !complete || lines > 2 * records.len() + 100 {
            rewrite(&path, &records).map_err(failed)?;
        }
        let mut options = File::options();
        options.append(true).create(true);
        let file = oneteg_files::private(&mut options).open(&path).map_err(failed)?;
        Ok(Self { records, path, file: Some(Mutex::new(file)) })
    }

    /// Reads the journal in a folder, which need not exist.
    pub(super) fn read_only(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let (records, ..) = read(&path)?;
        Ok(Self { records, path, file: None })
    }

    /// What was known of a file when the journal was opened.
    pub(super) fn get(&self, path: &str) -> Option<&Record> {
        self.records.get(path)
    }

    /// Records that a file is the same on both sides.
    pub(super) fn put(&self, path: &str, record: Record) -> Result<(), Error> {
        self.append(&Line { path: path.to_owned(), record: Some(record) })
    }

    /// Records that a file was deleted.
    pub(super) fn forget(&self, path: &str) -> Result<(), Error> {
        self.append(&Line { path: path.to_owned(), record: None })
    }

    fn append(&self, line: &Line) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let failed = |error| local_error("write", &self.path, error);
        let mut json = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        json.push(b'\n');
        // One write: a killed process leaves the whole line or none.
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&json).map_err(failed)
    }
}

/// The records, the number of lines, and whether the last line is complete. Lines that cannot be read are skipped: what
/// they recorded is compared again.
fn read(path: &Path) -> Result<(BTreeMap<String, Record>, usize, bool), Error> {
    let content = match fs::read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(local_error("read", path, error)),
    };
    let mut records = BTreeMap::new();
    let mut lines = 0;
    for line in content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        lines += 1;
        match serde_json::from_slice::<Line>(line) {
            Ok(Line { path, record: Some(record) }) => drop(records.insert(path, record)),
            Ok(Line { path, record: None }) => drop(records.remove(&path)),
            Err(_) => {}
        }
    }
    Ok((records, lines, content.last().is_none_or(|last| *last == b'\n')))
}

fn rewrite(path: &Path, records: &BTreeMap<String, Record>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Readable by its owner only.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for (path, record) in records {
        let line = Line { path: path.clone(), record: Some(record.clone()) };
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.as_file().sync_data()?;
    persist(file, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(id: &str, md5: Option<&str>, size: u64) -> RemoteFile {
        let md5 = md5.map(str::to_owned);
        RemoteFile { id: id.to_owned(), md5, size: Some(size), ..RemoteFile::default() }
    }

    fn record(size: u64) -> Record {
        Record {
            local: Stamp { size, modified: Some(5) },
            remote: remote("1", None, size),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_newest_line_counts_and_a_torn_one_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.put("a", record(1)).unwrap();
        journal.put("a", record(2)).unwrap();
        journal.put("b", record(3)).unwrap();
        journal.forget("b").unwrap();
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], b"{\"path\":\"c\",\"rec"].concat()).unwrap();
        for journal in
            [Journal::read_only(folder.path()).unwrap(), Journal::open(folder.path()).unwrap()]
        {
            assert_eq!(journal.records, BTreeMap::from([("a".to_owned(), record(2))]));
        }
        // Rewritten, so that the next line does not continue the torn one.
        Journal::open(folder.path()).unwrap().put("c", record(4)).unwrap();
        assert_eq!(Journal::open(folder.path()).unwrap().records.len(), 2);
        let nothing = Journal::read_only(&folder.path().join("missing")).unwrap();
        assert!(nothing.records.is_empty());
    }

    #[test]
    fn a_journal_does_not_grow_without_bound() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        for size in 0..200 {
            journal.put("a", record(size)).unwrap();
        }
        drop(journal);
        drop(Journal::open(folder.path()).unwrap());
        let content = fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert_eq!(content.lines().count(), 1);
    }

    #[test]
    fn a_file_is_the_recorded_one_if_nothing_that_is_known_differs() {
        let of = |md5, id: &str, listed, size| {
            Record { remote: remote("1", md5, 7), ..record(7) }.is_of(&remote(id, listed, size))
        };
        assert!(of(Some("x"), "1", Some("x"), 7) && of(None, "1", Some("x"), 7));
        assert!(!of(Some("x"), "2", Some("x"), 7));
        assert!(!of(Some("x"), "1", Some("y"), 7));
        assert!(!of(None, "1", None, 8));
        let at = |second| RemoteFile {
            changed: DateTime::from_timestamp(second, 0),
            ..remote("1", None, 7)
        };
        let dated = Record { remote: at(1), ..record(7) };
        assert!(dated.is_of(&at(1)) && !dated.is_of(&at(2)));
        let checked = |second| RemoteFile { md5: Some("x".into()), ..at(second) };
        assert!(Record { remote: checked(1), ..record(7) }.is_of(&checked(2)));
    }
}
