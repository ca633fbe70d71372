use std::path::PathBuf;

use reqwest::multipart;

use super::{progress::Progress, source::UploadSource};
use crate::Error;

/// A file in a multipart form: its bytes, the file name to send and the media type.
///
/// ```
/// use oneteg_http::FilePart;
///
/// let part = FilePart::new("logo.svg", b"<svg/>".to_vec()).content_type("image/svg+xml");
/// assert_eq!(part.file_name(), "logo.svg");
/// ```
#[derive(Debug)]
pub struct FilePart {
    source: UploadSource,
    file_name: String,
    content_type: Option<String>,
}

impl FilePart {
    /// Creates a part with a file name. Quotes and line breaks in the name are percent-encoded, as browsers do;
    /// any other control character makes the call fail with
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    pub fn new(file_name: impl Into<String>, source: impl Into<UploadSource>) -> Self {
        Self { source: source.into(), file_name: file_name.into(), content_type: None }
    }

    /// Creates a part from a local file, with that file's name. The path must lead to a regular file, see
    /// [`UploadSource::path`].
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let file_name = path
            .file_name()
            .map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
        Self::new(file_name, UploadSource::path(path))
    }

    /// Sets the media type. Default: `application/octet-stream`.
    #[must_use]
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// The file name to send.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The bytes, the file name, and the media type if it was set.
    pub fn into_parts(self) -> (UploadSource, String, Option<String>) {
        (self.source, self.file_name, self.content_type)
    }

    /// Refuses a name that headers do not allow.
    fn check(&self) -> Result<(), Error> {
        let is_refused = |c: &char| c.is_control() && !matches!(c, '\r' | '\n');
        match self.file_name.chars().find(is_refused) {
            None => Ok(()),
            Some(c) => {
                let name = self.file_name.escape_debug();
                Err(Error::invalid_request(format!(
                    "the file name \"{name}\" contains the control character U+{:04X}; choose another name \
                     with `FilePart::new`",
                    u32::from(c)
                )))
            }
        }
    }

    fn try_clone(&self) -> Option<Self> {
        Some(Self {
            source: self.source.try_clone()?,
            file_name: self.file_name.clone(),
            content_type: self.content_type.clone(),
        })
    }
}

impl From<PathBuf> for FilePart {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

/// A path, as a string.
impl From<&str> for FilePart {
    fn from(path: &str) -> Self {
        Self::path(path)
    }
}

impl From<&std::path::Path> for FilePart {
    fn from(path: &std::path::Path) -> Self {
        Self::path(path)
    }
}

/// A multipart form, as generated code builds it.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Form(Vec<(&'static str, FormValue)>);

#[derive(Debug)]
enum FormValue {
    Text(String),
    File(FilePart),
}

impl Form {
    pub fn text(&mut self, name: &'static str, text: String) {
        self.0.push((name, FormValue::Text(text)));
    }

    pub fn file(&mut self, name: &'static str, part: FilePart) {
        self.0.push((name, FormValue::File(part)));
    }

    /// Refuses a form that cannot be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut parts = self.0.iter().filter_map(|(_, value)| match value {
            FormValue::Text(_) => None,
            FormValue::File(part) => Some(part),
        });
        parts.try_for_each(FilePart::check)
    }

    pub(crate) fn try_clone(&self) -> Option<Self> {
        let parts = self.0.iter().map(|(name, value)| {
            Some((
                *name,
                match value {
                    FormValue::Text(text) => FormValue::Text(text.clone()),
                    FormValue::File(part) => FormValue::File(part.try_clone()?),
                },
            ))
        });
        parts.collect::<Option<_>>().map(Self)
    }

    pub(crate) async fn into_multipart(
        self,
        progress: &Progress,
    ) -> Result<multipart::Form, Error> {
        let mut form = multipart::Form::new();
        for (name, value) in self.0 {
            form = match value {
                FormValue::Text(text) => form.text(name, text),
                FormValue::File(part) => form.part(name, file_part(part, progress).await?),
            };
        }
        Ok(form)
    }
}

async fn file_part(part: FilePart, progress: &Progress) -> Result<multipart::Part, Error> {
    let (body, length) = part.source.into_body(progress).await?;
    let multipart = match length {
        Some(length) => multipart::Part::stream_with_length(body, length),
        None => multipart::Part::stream(body),
    };
    let media_type = part.content_type.as_deref().unwrap_or("application/octet-stream");
    // As browsers do (HTML Standard, section 4.10.22.8).
    let file_name = part.file_name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    multipart.file_name(file_name).mime_str(media_type).map_err(|error| {
        Error::invalid_request(format!("`{media_type}` is not a media type")).with_source(error)
    })
}
