//! `oneteg download`.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use oneteg_http::{Checksum, Error, ErrorKind};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    arguments::download::DownloadArguments,
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    transfer::{
        Event, Fetching, PARTIAL, Place, Placement, RemoteFile, Session, fetch, safe_name,
        with_session,
    },
};

pub(crate) async fn run(
    context: &Context,
    arguments: DownloadArguments,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let DownloadArguments { connection, files, to, overwrite, transfer } = arguments;
    let places = files.into_iter().map(|at| Ok((at.parse()?, at)));
    let files: Vec<(Place, String)> = places.collect::<Result<_, CliError>>()?;
    let is_folder = files.len() > 1 || to.is_dir() || to.to_string_lossy().ends_with(['/', '\\']);
    // Without a slash at the end, with which a file would seem not to exist.
    let to: PathBuf = to.components().collect();
    if is_folder && to.exists() && !to.is_dir() {
        let message = format!("{} is a file, not a folder", to.display());
        return Err(CliError::usage(message));
    }
    with_session(context, &connection, &transfer, "downloaded", interrupt, async |session| {
        let found = Mutex::new(Vec::new());
        let look_up = |(n, (place, at)): (usize, (Place, String))| {
            let (to, found) = (&to, &found);
            async move {
                let chosen = find(session, at, &place, to, is_folder).await?;
                found.lock().unwrap_or_else(PoisonError::into_inner).push((n, chosen));
                Ok(())
            }
        };
        let files = files.into_iter().enumerate().collect();
        session.for_each(files, |(_, (_, at))| at.clone(), look_up).await?;
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by_key(|(n, _)| *n);
        let found: Vec<_> = found.into_iter().map(|(_, chosen)| chosen).collect();
        refuse_collisions(&found)?;
        let download = |chosen| download(session, chosen, overwrite);
        Ok(session.for_each(found, |chosen| chosen.at.clone(), download).await?)
    })
    .await
}

/// A file that exists, and where it is saved.
struct Chosen {
    /// As it was given.
    at: String,
    file: RemoteFile,
    /// The folder on disk.
    root: PathBuf,
    target: PathBuf,
}

async fn find(
    session: &Session<'_>,
    at: String,
    place: &Place,
    to: &Path,
    is_folder: bool,
) -> Result<Chosen, Error> {
    let Some(file) = session.remote.file(place).await? else {
        return Err(Error::new(ErrorKind::NotFound, "there is no such file at the vendor"));
    };
    let (root, target) = target(to, is_folder, &file).await?;
    Ok(Chosen { at, file, root, target })
}

/// Refuses files of which one would replace another. Some disks distinguish neither case nor the Unicode form
/// of names.
fn refuse_collisions(files: &[Chosen]) -> Result<(), CliError> {
    let mut names = HashSet::new();
    for name in files.iter().filter_map(|chosen| chosen.target.file_name()) {
        let folded: String = name.to_string_lossy().to_uppercase().to_lowercase().nfc().collect();
        if !names.insert(folded) {
            let message = format!("two of the files have the name {}", name.display());
            return Err(CliError::usage(message)
                .with_hint("One at a time, --to saves a file under another name."));
        }
    }
    Ok(())
}

async fn download(session: &Session<'_>, chosen: Chosen, overwrite: bool) -> Result<(), Error> {
    let Chosen { at, file, root, target } = chosen;
    let at = &*at;
    if let Ok(metadata) = std::fs::symlink_metadata(&target) {
        if !metadata.is_file() {
            let message = format!("{} exists, and is not a file", target.display());
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if let Some(md5) = &file.md5
            && Checksum::md5(md5).matches(&target).await?
        {
            session.reporter.same(false);
            session
                .reporter
                .event(&Event::Skipped { path: at, reason: "the same file is on disk" });
            return Ok(());
        }
        if !overwrite {
            let message =
                format!("{} exists, and differs; --overwrite replaces it", target.display());
            return Err(Error::new(ErrorKind::Conflict, message));
        }
    }
    let placement = if overwrite { Placement::Overwrite } else { Placement::New };
    let shown = target.display().to_string();
    let (saved_as, shown) = (Some(&*shown), at);
    let fetching =
        Fetching { file: &file, root: &root, target: &target, placement, shown, saved_as };
    let fetched = fetch(session, fetching).await;
    // Fails if other downloads are in it.
    let _ = std::fs::remove_dir(root.join(PARTIAL));
    fetched.map(drop)
}

/// The folder and the path of a file on disk.
async fn target(
    to: &Path,
    is_folder: bool,
    file: &RemoteFile,
) -> Result<(PathBuf, PathBuf), Error> {
    if is_folder {
        return Ok((to.to_owned(), to.join(safe_name(&file.name).await?)));
    }
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok((parent.unwrap_or(Path::new(".")).to_owned(), to.to_owned()))
}
