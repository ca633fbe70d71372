//! A folder on disk and one at a vendor are made equal, in one direction.
//!
//! | State | Action | Next |
//! |---|---|---|
//! | start | lock the pair of folders, read its journal, and list both folders | compared |
//! | compared | decide about each file (see `compare`), hashing those whose contents decide | planned |
//! | planned | a dry run prints the plan | ended; nothing was changed |
//! | planned | deletions are confirmed | running, or ended; nothing was changed |
//! | running | create folders, then transfer files, several at a time; each that is complete enters the journal | deleting |
//! | running | a file failed | the others continue |
//! | running | the session expired, the disk is full, Ctrl-C | ended: states are saved, and the next run continues |
//! | deleting | nothing failed, and both folders could be read | delete files, then folders that are empty | ended |
//!
//! There is no other state: a run that was killed is continued by planning again, from what is on both sides, the
//! journal, and the states of single transfers.

mod down;
mod plan;
mod up;

use std::path::Path;

use oneteg_http::{Error, ErrorKind};

pub(crate) use super::compare::Direction;
use super::{
    failure::local_error,
    journal::Journal,
    local::{self, LocalTree},
    remote::{Folder, Place, Remote},
    report::Event,
    session::Session,
    staging,
    tree::RemoteTree,
};
use crate::error::CliError;
use plan::Plan;

/// Settings of a sync.
pub(crate) struct SyncOptions<'a> {
    pub(crate) direction: Direction,
    /// Whether what only the target has is deleted.
    pub(crate) delete: bool,
    /// Whether a target that the sync has not put there is replaced.
    pub(crate) overwrite: bool,
    pub(crate) dry_run: bool,
    /// Asks whether the number of files and folders may be deleted.
    pub(crate) confirm: &'a (dyn Fn(usize) -> Result<bool, CliError> + Sync),
}

/// What both sides have, and what is known of them.
struct Sides {
    local: LocalTree,
    remote: RemoteTree,
    /// None in a dry run that would create it.
    folder: Option<Folder>,
    journal: Journal,
}

pub(crate) async fn sync(
    session: &Session<'_>,
    local: &Path,
    at: &Place,
    options: &SyncOptions<'_>,
) -> Result<(), CliError> {
    // The source first: without it, the target is not created.
    let is_up = options.direction == Direction::Up;
    let source = is_up.then(|| prepare_local(local, options)).transpose()?;
    let folder = session.remote.folder(at, is_up && !options.dry_run).await?;
    // Nothing is created under an id.
    let would_create = is_up && options.dry_run && matches!(at, Place::Path(_));
    if folder.is_none() && !would_create {
        return Err(session.no_folder(at));
    }
    let root = source.map_or_else(|| prepare_local(local, options), Ok)?;
    let id = folder.as_ref().map_or_else(|| at.to_string(), |folder| folder.id.clone());
    let shown = root.to_string_lossy().into_owned();
    let identity = [session.connection, session.server, &*id, &*shown];
    let (journal, _lock) = match options.dry_run {
        true => (Journal::read_only(&session.states.pair_folder(&identity))?, None),
        false => {
            let (folder, lock) = session.states.pair(&identity)?;
            (Journal::open(&folder)?, Some(lock))
        }
    };
    let planned = async {
        let remote = match &folder {
            Some(folder) => list(session.remote, folder).await?,
            None => RemoteTree::default(),
        };
        let local = match root.exists() {
            true => local::scan(root).await?,
            // A dry run of a download into a folder that does not exist yet.
            false => LocalTree { root, ..LocalTree::default() },
        };
        let sides = Sides { local, remote, folder, journal };
        let plan = match options.direction {
            Direction::Up => up::plan(session, &sides, options).await?,
            Direction::Down => down::plan(session, &sides, options).await?,
        };
        Ok::<_, CliError>((sides, plan))
    };
    let (sides, plan) = tokio::select! {
        planned = planned => planned?,
        // Nothing was changed that would have to be saved.
        () = session.interrupted.cancelled() => return Err(CliError::interrupted()),
    };
    if options.dry_run {
        plan.print(session.reporter);
        return Ok(());
    }
    let deletions = plan.deletions.len();
    if deletions > 0 && !(options.confirm)(deletions)? {
        return Err(CliError::failure("nothing was changed")
            .with_hint("Without --delete, nothing is deleted."));
    }
    plan.announce(session.reporter);
    let result = match options.direction {
        Direction::Up => up::run(session, &sides, &plan).await,
        Direction::Down => down::run(session, &sides, &plan).await,
    };
    Ok(result?)
}

/// The folder on disk, as an absolute path without links, so that it has one name.
fn prepare_local(local: &Path, options: &SyncOptions<'_>) -> Result<std::path::PathBuf, CliError> {
    if options.direction == Direction::Down && !options.dry_run && !local.exists() {
        std::fs::create_dir_all(local)
            .map_err(|error| local_error("create the folder", local, error))?;
    }
    match local.canonicalize() {
        Ok(root) if root.is_dir() => Ok(root),
        Ok(_) => Err(CliError::usage(format!("{} is not a folder", local.display()))),
        Err(_) if options.direction == Direction::Down && options.dry_run => {
            Ok(std::path::absolute(local)?)
        }
        Err(error) => Err(local_error("read the folder", local, error).into()),
    }
}

async fn list(remote: &dyn Remote, folder: &Folder) -> Result<RemoteTree, CliError> {
    let failed = |error: Error| {
        let message = format!("the folder cannot be listed: {error}");
        let exit = CliError::from(error).exit();
        CliError::new(exit, message)
    };
    RemoteTree::list(remote, folder).await.map_err(failed)
}

/// What every run does after its transfers: nothing is deleted after a failure.
fn may_delete(session: &Session<'_>, plan: &Plan) -> bool {
    if plan.deletions.is_empty() {
        return false;
    }
    if session.reporter.totals().failed == 0 {
        return true;
    }
    let reason = "nothing is deleted, because something failed";
    for deletion in &plan.deletions {
        session.reporter.event(&Event::Skipped { path: &deletion.path, reason });
    }
    false
}

/// Removes partial downloads that no file of the plan will resume.
fn clean(root: &Path, plan: &Plan) {
    staging::clean(root, &plan.staging_keys());
}

fn is_missing(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}
