//! One upload, with its state on disk.
//!
//! | State on disk | Event | Next |
//! |---|---|---|
//! | none | begin | the upload is begun, and its state saved before the first byte |
//! | saved | begin | the upload is resumed |
//! | saved | the vendor no longer knows it, or the file is another one | removed; begun again, once |
//! | saved | a part is complete | saved again, at most once a second |
//! | saved | failed or interrupted | saved |
//! | saved | complete | removed by the caller, after it has recorded the result |

use std::{path::Path, time::Duration};

use oneteg_http::{Error, ErrorKind};
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
    /// The path in reports.
    pub(crate) shown: &'a str,
}

/// A complete upload. Remove the state when the result is recorded.
pub(crate) struct Sent {
    pub(crate) file: RemoteFile,
    pub(crate) state: UploadSlot,
}

pub(crate) async fn send(session: &Session<'_>, file: Outgoing<'_>) -> Result<Sent, Error> {
    let absolute =
        std::path::absolute(file.path).map_err(|error| local_error("read", file.path, error))?;
    let slot = session.states.upload(&[
        session.connection,
        session.server,
        &file.folder.id,
        file.name,
        file.replaces.unwrap_or_default(),
        &absolute.to_string_lossy(),
    ])?;
    let bytes =
        std::fs::metadata(file.path).map_err(|error| local_error("read", file.path, error))?.len();
    let saved = slot.load().await?;
    session.reporter.event(&Event::Started {
        path: file.shown,
        bytes: Some(bytes),
        resumed: saved.is_some(),
    });
    let mut result = attempt(session, file, &slot, saved.as_ref()).await;
    if let (Some(_), Err(error)) = (&saved, &result)
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
    session.reporter.event(&Event::Done { path: file.shown, bytes, id: &uploaded.id });
    Ok(Sent { file: uploaded, state: slot })
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
    save(&*running, slot).await?;
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
            save(&*running, slot).await?;
            next_save = Instant::now() + SAVE_INTERVAL;
        }
    };
    if result.as_ref().is_err_and(keeps_state) || result.is_ok() {
        // After success as well: until the result is recorded, the state is what knows of it.
        save(&*running, slot).await?;
    }
    result
}

async fn save(running: &dyn Running, slot: &UploadSlot) -> Result<(), Error> {
    match running.state() {
        Some(state) => slot.save(&state).await,
        None => Ok(()),
    }
}
