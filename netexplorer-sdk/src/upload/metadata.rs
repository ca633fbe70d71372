//! Name and dates of an uploaded file, determined before anything is sent.

use std::{path::Path, time::SystemTime};

use chrono::{DateTime, SubsecRound, Utc};
use oneteg_http::{Error, ErrorKind, UploadSource};

use crate::names::name_problem;

/// The name to upload under: the given one, or that of the source's path.
pub(super) fn file_name(given: Option<String>, source: &UploadSource) -> Result<String, Error> {
    let name = match (given, source.file_path().and_then(Path::file_name)) {
        (Some(name), _) => name,
        (None, Some(name)) => name.to_string_lossy().into_owned(),
        (None, None) => {
            let message = "the source has no file name; set one with `name`";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
    };
    check_name(&name)?;
    Ok(name)
}

/// Refuses a name that the platform would refuse, or silently change.
fn check_name(name: &str) -> Result<(), Error> {
    name_problem(name).map_or(Ok(()), |reason| {
        let message = format!("invalid file name: {reason}; set another with `name`");
        Err(Error::new(ErrorKind::InvalidRequest, message))
    })
}

/// The dates of a file on disk, truncated to whole seconds, the precision in which they are sent.
#[derive(Default)]
pub(super) struct FileDates {
    pub(super) created: Option<DateTime<Utc>>,
    pub(super) modified: Option<DateTime<Utc>>,
}

impl FileDates {
    /// The dates of the source's file; none if the source is not a file.
    pub(super) async fn read(source: &UploadSource) -> Self {
        let Some(path) = source.file_path() else { return Self::default() };
        let Ok(metadata) = tokio::fs::metadata(path).await else { return Self::default() };
        let date = |time: SystemTime| DateTime::<Utc>::from(time).trunc_subsecs(0);
        // Some file systems do not store the creation time.
        Self {
            created: metadata.created().ok().map(date),
            modified: metadata.modified().ok().map(date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_checked_before_anything_is_sent() {
        check_name("été 2026.zip").unwrap();
        assert_eq!(check_name("a/b").unwrap_err().kind(), ErrorKind::InvalidRequest);
    }

    #[test]
    fn the_given_name_takes_precedence_over_that_of_the_path() {
        let path = || UploadSource::from(Path::new("folder/film.mov"));
        assert_eq!(file_name(None, &path()).unwrap(), "film.mov");
        assert_eq!(file_name(Some("other.mov".to_owned()), &path()).unwrap(), "other.mov");
        let bytes = || UploadSource::from(vec![1]);
        assert_eq!(file_name(Some("note.txt".to_owned()), &bytes()).unwrap(), "note.txt");
        let unnamed = file_name(None, &bytes()).unwrap_err();
        assert_eq!(unnamed.kind(), ErrorKind::InvalidRequest);
    }
}
