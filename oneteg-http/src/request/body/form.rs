//! Multipart forms.

use std::{borrow::Cow, path::PathBuf};

use oneteg_auth::BoxFuture;
use reqwest::{Request, RequestBuilder, multipart};
use serde::Serialize;
use serde_json::Value;

use super::{ClientSource, StreamedBody, progress::Progress, source::UploadSource};
use crate::{Error, request::query};

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
///
/// The setters do not fail. The first part that cannot be written is kept as the error of the call.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Form {
    parts: Vec<(Cow<'static, str>, FormValue)>,
    error: Option<Error>,
}

#[derive(Debug)]
enum FormValue {
    Text(String),
    Json(String),
    File(FilePart),
}

impl Form {
    /// Adds a part of plain text.
    pub fn text(&mut self, name: impl Into<Cow<'static, str>>, text: String) {
        self.parts.push((name.into(), FormValue::Text(text)));
    }

    /// Adds a file.
    pub fn file(&mut self, name: impl Into<Cow<'static, str>>, part: FilePart) {
        self.parts.push((name.into(), FormValue::File(part)));
    }

    /// Adds a part of JSON, with its media type.
    pub fn json<T: Serialize + ?Sized>(&mut self, name: impl Into<Cow<'static, str>>, value: &T) {
        let name = name.into();
        match query::to_value(&name, value) {
            Ok(value) => self.parts.push((name, FormValue::Json(value.to_string()))),
            Err(error) => self.fail(error),
        }
    }

    /// Adds a part as OpenAPI defines it by default: text for a plain value, JSON for a list or an object. `null` has
    /// none.
    pub fn value<T: Serialize + ?Sized>(&mut self, name: impl Into<Cow<'static, str>>, value: &T) {
        let name = name.into();
        match query::to_value(&name, value) {
            Ok(Value::Null) => {}
            Ok(Value::String(text)) => self.text(name, text),
            Ok(value @ (Value::Array(_) | Value::Object(_))) => self.json(name, &value),
            Ok(plain @ (Value::Bool(_) | Value::Number(_))) => self.text(name, plain.to_string()),
            Err(error) => self.fail(error),
        }
    }

    /// Adds the parts of another form.
    pub fn append(&mut self, mut other: Self) {
        self.parts.append(&mut other.parts);
        self.error = self.error.take().or(other.error);
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }

    /// Refuses a form that cannot be sent.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        let mut parts = self.parts.iter().filter_map(|(_, value)| match value {
            FormValue::Text(_) | FormValue::Json(_) => None,
            FormValue::File(part) => Some(part),
        });
        parts.try_for_each(FilePart::check)
    }

    fn try_clone(&self) -> Option<Self> {
        let parts = self.parts.iter().map(|(name, value)| {
            let value = match value {
                FormValue::Text(text) => FormValue::Text(text.clone()),
                FormValue::Json(json) => FormValue::Json(json.clone()),
                FormValue::File(part) => FormValue::File(part.try_clone()?),
            };
            Some((name.clone(), value))
        });
        Some(Self { parts: parts.collect::<Option<_>>()?, error: None })
    }

    async fn into_multipart(self, progress: &Progress) -> Result<multipart::Form, Error> {
        let mut form = multipart::Form::new();
        for (name, value) in self.parts {
            form = match value {
                FormValue::Text(text) => form.text(name, text),
                FormValue::Json(json) => {
                    form.part(name, with_media_type(multipart::Part::text(json), JSON)?)
                }
                FormValue::File(part) => form.part(name, file_part(part, progress).await?),
            };
        }
        Ok(form)
    }
}

impl StreamedBody for Form {
    /// Its boundary is chosen when it is attached.
    fn media_type(&self) -> Option<&'static str> {
        None
    }

    fn try_clone(&self) -> Option<Box<dyn StreamedBody>> {
        Some(Box::new(self.try_clone()?))
    }

    fn attach<'a>(
        self: Box<Self>,
        request: Request,
        client: &'a ClientSource<'a>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Request, Error>> {
        Box::pin(async move {
            let form = self.into_multipart(progress).await?;
            RequestBuilder::from_parts(client()?, request)
                .multipart(form)
                .build()
                .map_err(Error::from_reqwest)
        })
    }
}

const JSON: &str = "application/json";

async fn file_part(part: FilePart, progress: &Progress) -> Result<multipart::Part, Error> {
    let (body, length) = part.source.into_body(progress).await?;
    let multipart = match length {
        Some(length) => multipart::Part::stream_with_length(body, length),
        None => multipart::Part::stream(body),
    };
    let media_type = part.content_type.as_deref().unwrap_or("application/octet-stream");
    // As browsers do (HTML Standard, section 4.10.22.8).
    let file_name = part.file_name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    with_media_type(multipart.file_name(file_name), media_type)
}

fn with_media_type(part: multipart::Part, media_type: &str) -> Result<multipart::Part, Error> {
    part.mime_str(media_type).map_err(|error| {
        Error::invalid_request(format!("`{media_type}` is not a media type")).with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(form: &Form) -> Vec<String> {
        let shown = |(name, value): &(Cow<'static, str>, FormValue)| match value {
            FormValue::Text(text) => format!("{name}: text {text}"),
            FormValue::Json(json) => format!("{name}: JSON {json}"),
            FormValue::File(part) => format!("{name}: file {}", part.file_name()),
        };
        form.parts.iter().map(shown).collect()
    }

    #[test]
    fn a_value_is_text_if_it_is_plain_and_json_otherwise() {
        let mut form = Form::default();
        form.value("a", "x");
        form.value("b", &7);
        form.value("c", &json!({ "d": [1] }));
        form.value("e", &json!([true]));
        form.value("f", &None::<bool>);
        form.json("g", "x");
        let mut more = Form::default();
        more.file("h".to_owned(), FilePart::new("h.png", Vec::new()));
        form.append(more);
        let expected = [
            "a: text x",
            "b: text 7",
            "c: JSON {\"d\":[1]}",
            "e: JSON [true]",
            "g: JSON \"x\"",
            "h: file h.png",
        ];
        assert_eq!(parts(&form), expected);
        assert_eq!(parts(&form.try_clone().unwrap()), expected);
    }

    #[test]
    fn a_part_that_cannot_be_written_is_the_error_of_the_call() {
        let mut form = Form::default();
        form.value("map", &std::collections::BTreeMap::from([((1, 2), 3)]));
        let error = form.check().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
        assert!(error.message().contains("`map` cannot be written"), "{error}");
    }
}
