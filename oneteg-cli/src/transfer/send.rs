//! One upload, with its state on disk.
//!
//! | State on disk | Event | Next |
//! |---|---|---|
//! | none, or that of an upload with another aim | begin | the upload is begun, and its state saved before the second part |
//! | saved | begin | the upload is resumed |
//! | saved | the vendor no longer knows it, or the file is another one | removed; begun again, once |
//! | saved | a part is complete | saved again, at most once a second |
//! | saved | failed or interrupted | saved |
//! | saved | complete | removed by the caller, after it has recorded the result |

use std::{path::Path, time::Duration};

use oneteg_http::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    failure::{keeps_state, local_error},
    remote::{Folder, RemoteFile, Running, Sending},
    report::Event,
    session::Session,
    state::UploadSlot,
};

const SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// A file to upload.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) path: &'a Path,
    /// The name at the vendor.
    pub(crate) name: &'a str,
    pub(crate) folder: &'a Folder,
    /// The file to make a new version of.
    pub(crate) replaces: Option<&'a str>,
    /// Whether a saved state is that of an earlier upload of the same file, and is not continued.
    pub(crate) starts_over: bool,
    /// The path in reports.
    pub(crate) shown: &'a str,
}

/// A complete upload. Remove the state when the result is recorded.
pub(crate) struct Sent {
    pub(crate) file: RemoteFile,
    pub(crate) state: UploadSlot,
}

/// What is saved of an upload.
#[derive(Serialize, Deserialize)]
struct Saved {
    /// As in [`Outgoing`]: with another value, it is another upload.
    replaces: Option<String>,
    /// What the vendor's upload needs to be resumed.
    state: Value,
}

pub(crate) async fn send(session: &Session<'_>, file: Outgoing<'_>) -> Result<Sent, Error> {
    let slot = slot(session, file)?;
    let bytes =
        std::fs::metadata(file.path).map_err(|error| local_error("read", file.path, error))?.len();
    if file.starts_over {
        slot.remove().await?;
    }
    let saved = slot.load().await?.and_then(|saved| serde_json::from_value::<Saved>(saved).ok());
    let saved = saved.filter(|saved| saved.replaces.as_deref() == file.replaces);
    let resumed = saved.is_some();
    session.reporter.event(&Event::Started { path: file.shown, bytes: Some(bytes), resumed });
    let mut result = attempt(session, file, &slot, saved.as_ref().map(|saved| &saved.state)).await;
    if let (true, Err(error)) = (resumed, &result)
        && !keeps_state(error)
    {
        // The state is out of date.
        slot.remove().await?;
        result = attempt(session, file, &slot, None).await;
    }
    if let Err(error) = &result
        && !keeps_state(error)
    {
        slot.remove().await?;
    }
    let uploaded = result?;
    let done = Event::Done { path: file.shown, bytes, id: &uploaded.id, saved_as: None };
    session.reporter.event(&done);
    Ok(Sent { file: uploaded, state: slot })
}

/// Removes the state of an upload that is complete already: a process was killed after it had recorded the result.
pub(crate) async fn forget(session: &Session<'_>, file: Outgoing<'_>) -> Result<(), Error> {
    if !session.states.has_uploads() {
        return Ok(());
    }
    slot(session, file)?.remove().await
}

fn slot(session: &Session<'_>, file: Outgoing<'_>) -> Result<UploadSlot, Error> {
    let absolute =
        std::path::absolute(file.path).map_err(|error| local_error("read", file.path, error))?;
    session.states.upload(&[
        session.connection,
        session.server,
        &file.folder.id,
        file.name,
        &absolute.to_string_lossy(),
    ])
}

async fn attempt(
    session: &Session<'_>,
    file: Outgoing<'_>,
    slot: &UploadSlot,
    state: Option<&Value>,
) -> Result<RemoteFile, Error> {
    let sending = Sending {
        path: file.path,
        name: file.name,
        folder: file.folder,
        replaces: file.replaces,
        state,
        part_size: session.part_size,
    };
    let mut running = session.remote.upload(sending).await?;
    // The first part may be under way. No other one is begun before the state is on the disk.
    running.pause();
    save(&*running, file, slot).await?;
    running.resume();
    let mut progress = running.progress();
    let mut next_save = Instant::now() + SAVE_INTERVAL;
    let result = loop {
        let changed = async {
            if progress.changed().await.is_err() {
                // The upload has ended; its result comes next.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            result = running.wait() => break result,
            () = session.interrupted.cancelled() => {
                break Err(Error::new(ErrorKind::Cancelled, "the upload was interrupted"));
            }
            () = changed => {}
        }
        let now = *progress.borrow_and_update();
        session.reporter.progress(file.shown, now.done, now.total);
        if Instant::now() >= next_save {
            save(&*running, file, slot).await?;
            next_save = Instant::now() + SAVE_INTERVAL;
        }
    };
    if result.as_ref().is_err_and(keeps_state) || result.is_ok() {
        // After success as well: until the result is recorded, the state is what knows of it.
        save(&*running, file, slot).await?;
    }
    result
}

async fn save(running: &dyn Running, file: Outgoing<'_>, slot: &UploadSlot) -> Result<(), Error> {
    let Some(state) = running.state() else { return Ok(()) };
    let saved = Saved { replaces: file.replaces.map(str::to_owned), state };
    slot.save(&saved).await
}
