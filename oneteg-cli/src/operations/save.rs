//! Responses that are files: to a file of this machine, or to standard output.
//!
//! A file is written under a temporary name in its folder and renamed when it is complete, so an interrupted call leaves
//! what was there before.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use oneteg_http::ByteStream;

use crate::{arguments::FileArguments, context::Context, error::CliError, persist::persist};

/// Where the bytes go.
#[derive(Debug)]
pub(crate) enum Target {
    StandardOutput,
    File { path: PathBuf, overwrite: bool },
}

impl Target {
    /// The target, before anything is requested.
    ///
    /// # Errors
    /// If bytes would go to a terminal, the file exists, or its folder does not.
    pub(crate) fn choose(context: &Context, arguments: &FileArguments) -> Result<Self, CliError> {
        let Some(path) = arguments.to.clone() else {
            return match context.terminal.stdout {
                true => Err(CliError::usage(
                    "the response is a file, which a terminal cannot show",
                )
                .with_hint(
                    "write it to a file with --to FILE, or to the terminal anyway with --to -",
                )),
                false => Ok(Self::StandardOutput),
            };
        };
        if path.as_os_str() == "-" {
            return Ok(Self::StandardOutput);
        }
        if path.is_dir() {
            return Err(CliError::usage(format!(
                "{} is a folder; give the name of a file",
                path.display()
            )));
        }
        if path.exists() && !arguments.overwrite {
            let message = format!("{} exists", path.display());
            return Err(CliError::usage(message)
                .with_hint("replace it with --overwrite, or choose another name"));
        }
        let folder = folder_of(&path);
        if !folder.is_dir() {
            return Err(CliError::not_found(format!("there is no folder {}", folder.display())));
        }
        Ok(Self::File { path, overwrite: arguments.overwrite })
    }

    /// Writes all bytes. Returns their number.
    ///
    /// # Errors
    /// Those of the network and of the disk. A file is then left as it was.
    pub(crate) async fn write(&self, bytes: ByteStream) -> Result<u64, CliError> {
        match self {
            Self::StandardOutput => {
                let mut out = io::stdout().lock();
                let written = copy(bytes, &mut out).await?;
                out.flush()?;
                Ok(written)
            }
            Self::File { path, overwrite } => {
                let failed = |error: io::Error| failed(path, error);
                let mut file = temporary(path).map_err(failed)?;
                let written = copy_to_disk(bytes, file.as_file_mut(), path).await?;
                file.as_file().sync_all().map_err(failed)?;
                match overwrite {
                    true => persist(file, path).map_err(failed)?,
                    // Also if it has appeared meanwhile.
                    false => {
                        file.persist_noclobber(path).map_err(|error| failed(error.error))?;
                    }
                }
                Ok(written)
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn temporary(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".oneteg-").suffix(".partial");
    // As for any new file: the umask applies.
    if let Some(permissions) = oneteg_files::permissions(0o666) {
        builder.permissions(permissions);
    }
    builder.tempfile_in(folder_of(path))
}

async fn copy(mut bytes: ByteStream, out: &mut dyn Write) -> Result<u64, CliError> {
    let mut written = 0;
    while let Some(chunk) = bytes.next_chunk().await {
        let chunk = chunk?;
        out.write_all(&chunk)?;
        written += chunk.len() as u64;
    }
    Ok(written)
}

async fn copy_to_disk(
    mut bytes: ByteStream,
    out: &mut dyn Write,
    path: &Path,
) -> Result<u64, CliError> {
    let mut written = 0;
    while let Some(chunk) = bytes.next_chunk().await {
        let chunk = chunk?;
        out.write_all(&chunk).map_err(|error| failed(path, error))?;
        written += chunk.len() as u64;
    }
    Ok(written)
}

fn failed(path: &Path, error: io::Error) -> CliError {
    let reason = match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists now; nothing was replaced".to_owned(),
        _ => error.to_string(),
    };
    CliError::failure(format!("{} was not written: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{arguments::GlobalArguments, error::Exit};

    #[test]
    fn bytes_go_to_a_terminal_only_if_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let config_dir = Some(folder.path().to_owned());
        let global = GlobalArguments { config_dir, ..GlobalArguments::default() };
        let mut context = Context::new(&global).unwrap();
        let choose = |context: &Context, to: Option<&str>| {
            let to = to.map(PathBuf::from);
            Target::choose(context, &FileArguments { to, ..FileArguments::default() })
        };
        context.terminal.stdout = true;
        let error = choose(&context, None).unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        assert!(error.hint().unwrap().contains("--to FILE"), "{error}");
        assert!(matches!(choose(&context, Some("-")), Ok(Target::StandardOutput)));
        let error = choose(&context, folder.path().to_str()).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
        context.terminal.stdout = false;
        assert!(matches!(choose(&context, None), Ok(Target::StandardOutput)));
    }
}
