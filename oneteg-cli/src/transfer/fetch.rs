//! One download, with its state on disk.
//!
//! | In the staging folder | Event | Next |
//! |---|---|---|
//! | nothing, or parts without a state | begin | parts are removed, and the first ranges requested |
//! | a state | begin | the ranges that it does not have are requested |
//! | a state | the file at the vendor has changed, or the parts are damaged | removed; begun again, once |
//! | a state | a range is complete | no range is begun until the state is saved |
//! | the complete file | begin, or all ranges complete | gets its date, and is moved to its name |

use std::{fs, path::Path};

use oneteg_http::{Checksum, Error, ErrorKind, StateFile, Transfer, TransferState};

use super::{
    failure::{keeps_state, local_error},
    local::Stamp,
    remote::RemoteFile,
    report::Event,
    session::Session,
    staging::{Placement, Staged},
    state::Lock,
};

/// A file to download.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetching<'a> {
    pub(crate) file: &'a RemoteFile,
    /// The folder that has the staging folder.
    pub(crate) root: &'a Path,
    pub(crate) target: &'a Path,
    pub(crate) placement: Placement,
    /// The path in reports.
    pub(crate) shown: &'a str,
    /// The path on disk in reports, if it does not follow from the other one.
    pub(crate) saved_as: Option<&'a str>,
}

/// A complete download.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetched {
    /// Of the file on disk.
    pub(super) stamp: Stamp,
}

pub(crate) async fn fetch(session: &Session<'_>, fetching: Fetching<'_>) -> Result<Fetched, Error> {
    let Fetching { file, root, target, placement, shown, saved_as } = fetching;
    let staged = Staged::new(root, file, saved_as.unwrap_or(shown))?;
    let _lock = Lock::acquire(staged.lock(), "another process downloads the same file")?;
    let state = StateFile::new(staged.state());
    let is_complete = is_complete(&staged, file).await?;
    let saved = load(&state, &staged).await?;
    session.reporter.event(&Event::Started {
        path: shown,
        bytes: file.size,
        resumed: is_complete || saved.is_some(),
    });
    if !is_complete {
        let resumes = saved.is_some();
        match attempt(session, fetching, &staged, &state, saved).await {
            Err(error) if resumes && !keeps_state(&error) => {
                // The state is out of date.
                staged.discard();
                attempt(session, fetching, &staged, &state, None).await?;
            }
            result => result?,
        }
    }
    let complete = staged.path();
    if session.remote.traits().keeps_dates {
        set_date(&complete, file);
    }
    let stamp = Stamp::read(&complete)?;
    staged.place(target, placement)?;
    state.remove().await?;
    staged.discard();
    session.reporter.event(&Event::Done { path: shown, bytes: stamp.size, id: &file.id, saved_as });
    Ok(Fetched { stamp })
}

/// Whether an earlier process completed the download, and did not move the file to its name.
async fn is_complete(staged: &Staged, file: &RemoteFile) -> Result<bool, Error> {
    let path = staged.path();
    let Ok(stamp) = Stamp::read(&path) else { return Ok(false) };
    // Without a checksum or date, the name does not prove the version.
    let is_it = file.size.is_none_or(|size| size == stamp.size)
        && match &file.md5 {
            Some(md5) => Checksum::md5(md5).matches(&path).await?,
            None => file.changed.is_some(),
        };
    if !is_it {
        fs::remove_file(&path).map_err(|error| local_error("remove", &path, error))?;
    }
    Ok(is_it)
}

async fn load(state: &StateFile, staged: &Staged) -> Result<Option<TransferState>, Error> {
    match state.load::<TransferState>().await {
        Ok(Some(saved)) => Ok(Some(saved)),
        // Parts without a state were never complete.
        Ok(None) => {
            staged.discard();
            Ok(None)
        }
        Err(error) if error.kind() == ErrorKind::Integrity => {
            staged.discard();
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn attempt(
    session: &Session<'_>,
    fetching: Fetching<'_>,
    staged: &Staged,
    state: &StateFile,
    saved: Option<TransferState>,
) -> Result<(), Error> {
    let Fetching { file, shown, .. } = fetching;
    let mut download = session.remote.download(&file.id, &staged.path())?;
    if let Some(bytes) = session.part_size {
        download = download.part_size(bytes);
    }
    if let Some(md5) = &file.md5 {
        download = download.checksum(Checksum::md5(md5));
    }
    if let Some(saved) = saved {
        download = download.resume(saved);
    }
    let mut transfer = download.start();
    let mut progress = transfer.progress();
    let mut done = progress.borrow().done;
    let result = loop {
        let changed = async {
            if progress.changed().await.is_err() {
                // The download has ended; its result comes next.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            result = transfer.wait() => break result,
            () = session.interrupted.cancelled() => transfer.cancel(),
            () = changed => {}
        }
        let now = *progress.borrow_and_update();
        session.reporter.progress(shown, now.done, now.total);
        if session.interrupted.is_cancelled() {
            break transfer.wait().await;
        }
        if now.done > done {
            done = now.done;
            // Otherwise many small ranges would be complete before their state is.
            transfer.pause();
            let saved = save(&transfer, state).await;
            transfer.resume();
            saved?;
        }
    };
    if let Err(error) = &result
        && keeps_state(error)
    {
        save(&transfer, state).await?;
    }
    result.map(drop)
}

/// Saves the state, if there is something to resume.
async fn save(transfer: &Transfer<u64>, state: &StateFile) -> Result<(), Error> {
    let now = transfer.state();
    match now.parts_done() {
        0 => Ok(()),
        _ => state.save(&now).await,
    }
}

/// Gives a file the date that it has at the vendor. A file without it is still the file.
fn set_date(path: &Path, file: &RemoteFile) {
    let Some(changed) = file.changed else { return };
    let since = u64::try_from(changed.timestamp()).ok();
    let time = since.and_then(|seconds| {
        std::time::SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))
    });
    if let (Some(time), Ok(open)) = (time, fs::File::options().write(true).open(path)) {
        let _ = open.set_modified(time);
    }
}
