//! `oneteg upload`.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use oneteg_http::{Checksum, Error, ErrorKind};

use crate::{
    arguments::upload::{IfExists, UploadArguments},
    context::Context,
    error::CliError,
    interrupt::Interrupt,
    transfer::{
        Event, Folder, Outgoing, Place, RemoteFile, Session, forget, local_error, send,
        with_session,
    },
};

pub(crate) async fn run(
    context: &Context,
    arguments: UploadArguments,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    if arguments.name.is_some() && arguments.files.len() > 1 {
        return Err(CliError::usage("--name is for a single file"));
    }
    let mut names = HashSet::new();
    for path in &arguments.files {
        check_file(path)?;
        if !names.insert(path.file_name()) {
            let name = path.file_name().unwrap_or_default().display();
            return Err(CliError::usage(format!("two of the files have the name {name}")));
        }
    }
    let UploadArguments { connection, files, to, create, name, if_exists, transfer } = arguments;
    let to: Place = to.parse()?;
    with_session(context, &connection, &transfer, "uploaded", interrupt, async |session| {
        let Some(folder) = session.remote.folder(&to, create).await? else {
            let error = session.no_folder(&to);
            return Err(match to {
                Place::Path(_) if !create => error.with_hint("--create creates it."),
                _ => error,
            });
        };
        let upload = |path: PathBuf| {
            let (folder, name) = (&folder, name.as_deref());
            async move { upload(session, &path, folder, name, if_exists).await }
        };
        Ok(session.for_each(files, |path| path.display().to_string(), upload).await?)
    })
    .await
}

/// Refuses what is not a file before anything is sent.
fn check_file(path: &Path) -> Result<(), CliError> {
    let metadata = std::fs::metadata(path).map_err(|error| local_error("read", path, error))?;
    if metadata.is_dir() {
        let message = format!("{} is a folder", path.display());
        return Err(CliError::usage(message).with_hint("`oneteg sync up` uploads folders."));
    }
    if !metadata.is_file() {
        let message = format!("{} is neither a file nor a folder", path.display());
        return Err(CliError::usage(message)
            .with_hint("Write what it contains to a file, and upload that."));
    }
    Ok(())
}

async fn upload(
    session: &Session<'_>,
    path: &Path,
    folder: &Folder,
    name: Option<&str>,
    if_exists: IfExists,
) -> Result<(), Error> {
    let shown = path.display().to_string();
    let advice = if name.is_some() { "choose another --name" } else { "rename the file" };
    let Some(name) = name.or_else(|| path.file_name()?.to_str()) else {
        let message = "the name is not valid Unicode; set another with --name";
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    };
    if let Some(problem) = session.remote.name_problem(name) {
        let message = format!("the vendor does not take the name: {problem}; {advice}");
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    let existing = match if_exists {
        IfExists::Add => None,
        _ => session.remote.named(folder, name).await?.into_iter().next(),
    };
    let replaces = existing.as_ref().map(|existing| existing.id.as_str());
    let (starts_over, shown) = (false, &*shown);
    let outgoing = Outgoing { path, name, folder, replaces, starts_over, shown };
    if let Some(existing) = &existing {
        let same = is_same(path, existing).await?;
        if same || if_exists == IfExists::Skip {
            let reason = match same {
                true => "the folder has the same file",
                false => "the folder has a file of the name",
            };
            session.reporter.same(false);
            session.reporter.event(&Event::Skipped { path: shown, reason });
            return forget(session, outgoing).await;
        }
    }
    let sent = send(session, outgoing).await?;
    sent.state.remove().await
}

/// Whether the vendor's checksum is that of the file on disk.
async fn is_same(path: &Path, existing: &RemoteFile) -> Result<bool, Error> {
    match &existing.md5 {
        Some(md5) => Checksum::md5(md5).matches(path).await,
        None => Ok(false),
    }
}
