//! `oneteg download`.

use std::path::{Path, PathBuf};

use oneteg_http::{Checksum, Error, ErrorKind};

use crate::{
    arguments::download::DownloadArguments,
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    transfer::{
        Event, Fetching, PARTIAL, Place, Placement, RemoteFile, Session, fetch, local_error,
        safe_name, with_session,
    },
};

pub(crate) async fn run(
    context: &Context,
    arguments: DownloadArguments,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let DownloadArguments { connection, files, to, overwrite, transfer } = arguments;
    let is_folder = files.len() > 1 || to.is_dir() || to.to_string_lossy().ends_with(['/', '\\']);
    if is_folder {
        std::fs::create_dir_all(&to)
            .map_err(|error| local_error("create the folder", &to, error))?;
    }
    with_session(context, &connection, &transfer, "downloaded", interrupt, async |session| {
        let download = |at: String| {
            let to = &to;
            async move { download(session, &at, to, is_folder, overwrite).await }
        };
        Ok(session.for_each(files, Clone::clone, download).await?)
    })
    .await
}

async fn download(
    session: &Session<'_>,
    at: &str,
    to: &Path,
    is_folder: bool,
    overwrite: bool,
) -> Result<(), Error> {
    let Ok(place) = at.parse::<Place>();
    let Some(file) = session.remote.file(&place).await? else {
        return Err(Error::new(ErrorKind::NotFound, "there is no such file at the vendor"));
    };
    let (root, target) = target(to, is_folder, &file).await?;
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
