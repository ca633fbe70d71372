//! Values of the command line, from what was typed to what is sent.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use oneteg_auth::SecretSource;
use oneteg_http::UploadSource;
use serde_json::Value;
use tokio_util::io::ReaderStream;
use zeroize::Zeroizing;

use super::{arguments::Argument, schema::Kind};
use crate::{error::CliError, prompt};

/// A larger document is refused: it was probably another file.
const LARGEST_JSON: u64 = 64 << 20;

/// A file to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileArgument {
    /// `None` for standard input.
    pub(crate) path: Option<PathBuf>,
    pub(crate) media_type: Option<String>,
    pub(crate) file_name: Option<String>,
    /// The bytes, if they come from neither.
    pub(crate) content: Option<Arc<[u8]>>,
}

impl FileArgument {
    /// Reads `PATH`, `-`, or either followed by `;type=image/png` and `;filename=logo.png`.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut rest, mut media_type, mut file_name) = (text, None, None);
        while let Some((before, last)) = rest.rsplit_once(';') {
            match last.split_once('=') {
                Some(("type", value)) => media_type = Some(value.to_owned()),
                Some(("filename", value)) => file_name = Some(value.to_owned()),
                // A part of the path.
                _ => break,
            }
            rest = before;
        }
        let path = (rest != "-").then(|| PathBuf::from(rest));
        Self { path, media_type, file_name, content: None }
    }

    /// Bytes in memory.
    pub(crate) fn of_bytes(name: &str, media_type: &str, content: Arc<[u8]>) -> Self {
        Self {
            path: None,
            media_type: Some(media_type.to_owned()),
            file_name: Some(name.to_owned()),
            content: Some(content),
        }
    }

    /// The file name to send.
    pub(crate) fn sent_name(&self) -> String {
        let own = || self.path.as_deref().and_then(Path::file_name);
        match (&self.file_name, own()) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) => name.to_string_lossy().into_owned(),
            (None, None) => "file".to_owned(),
        }
    }
}

impl FileArgument {
    /// The bytes, read while they are sent.
    ///
    /// # Errors
    /// If there is no such file. Nothing was sent then.
    pub(crate) fn source(&self) -> Result<UploadSource, CliError> {
        if let Some(content) = &self.content {
            return Ok(UploadSource::bytes(content.to_vec()));
        }
        let Some(path) = &self.path else {
            return Ok(UploadSource::stream(ReaderStream::new(tokio::io::stdin()), None));
        };
        let shown = path.display();
        match std::fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(UploadSource::path(path)),
            Ok(_) => Err(CliError::usage(format!("{shown} is not a file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(CliError::not_found(format!("there is no file {shown}")))
            }
            Err(error) => Err(CliError::failure(format!("{shown} cannot be read: {error}"))),
        }
    }

    /// What is sent, for people.
    pub(crate) fn describe(&self) -> String {
        let Some(path) = &self.path else { return "standard input".to_owned() };
        let bytes = std::fs::metadata(path).map(|found| format!(", {} bytes", found.len()));
        let media_type = self.media_type.as_deref().unwrap_or("application/octet-stream");
        let bytes = bytes.unwrap_or_default();
        format!("{} as {:?}, {media_type}{bytes}", path.display(), self.sent_name())
    }
}

/// The value that an argument stands for.
///
/// # Errors
/// A usage error that names the argument and what it expects.
pub(crate) fn parse(argument: &Argument, text: &str) -> Result<Value, CliError> {
    let refused = |expected: &str| {
        CliError::usage(format!("--{}: `{text}` is not {expected}", argument.flag))
    };
    if argument.secret {
        return secret(argument, text);
    }
    match &argument.shape.kind {
        Kind::Integer => text
            .parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<u64>().map(Value::from))
            .map_err(|_| refused("an integer")),
        Kind::Number => match text.parse::<f64>() {
            // An integer stays one: `7` is not sent as `7.0`.
            Ok(_) if text.parse::<i64>().is_ok() => {
                Ok(Value::from(text.parse::<i64>().unwrap_or_default()))
            }
            Ok(number) if number.is_finite() => Ok(Value::from(number)),
            _ => Err(refused("a number")),
        },
        Kind::Boolean => boolean(text).map(Value::from).ok_or_else(|| refused("true or false")),
        Kind::FlagNumber => match boolean(text) {
            Some(flag) => Ok(Value::from(u8::from(flag))),
            None => Err(refused("true or false")),
        },
        Kind::FlagPresence => match boolean(text) {
            Some(true) => Ok(Value::from(1)),
            // Left out.
            Some(false) => Ok(Value::Null),
            None => Err(refused("true or false")),
        },
        Kind::String(_) => Ok(Value::from(text)),
        Kind::Uuid => match uuid::Uuid::parse_str(text) {
            Ok(id) => Ok(Value::from(id.to_string())),
            Err(_) => Err(refused("a UUID, such as 6f1a2b3c-0d4e-4f5a-8b6c-7d8e9fa0b1c2")),
        },
        Kind::DateTime => match chrono::DateTime::parse_from_rfc3339(text) {
            Ok(_) => Ok(Value::from(text)),
            Err(_) => Err(refused("a date with time and zone, such as 2026-03-01T12:00:00Z")),
        },
        Kind::Date => match text.parse::<chrono::NaiveDate>() {
            Ok(_) => Ok(Value::from(text)),
            Err(_) => Err(refused("a date, such as 2026-03-01")),
        },
        Kind::Json { or_text } => json(&argument.flag, text, *or_text, argument.secret),
        Kind::File => Ok(Value::from(text)),
    }
}

/// A secret, which is a string: a reference, a line of standard input, or a value that everyone may know.
fn secret(argument: &Argument, text: &str) -> Result<Value, CliError> {
    let flag = &argument.flag;
    if text == "-" {
        return secret_from_stdin(flag);
    }
    if !["env:", "file:", "inline:"].iter().any(|prefix| text.starts_with(prefix)) {
        let message = format!("--{flag} has a value that other users of this machine could read");
        return Err(CliError::usage(message).with_hint(
            "use env:NAME for a variable, file:PATH for a file, - for a line of standard input, or inline:VALUE for a \
             value that everyone may know",
        ));
    }
    match SecretSource::from(text).resolve() {
        Ok(secret) => Ok(Value::from(secret.expose())),
        Err(problem) => Err(CliError::usage(format!("--{flag}: {problem}"))),
    }
}

/// A secret that is typed without being shown, or else a line of standard input.
fn secret_from_stdin(flag: &str) -> Result<Value, CliError> {
    let missing = || CliError::usage(format!("--{flag}: no secret was given"));
    if io::stdin().is_terminal() {
        let typed = prompt::secret(flag)?.ok_or_else(missing)?;
        return Ok(Value::from(typed.expose()));
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(missing()),
        secret => Ok(Value::from(secret)),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// Reads JSON from `@file`, `-` (standard input), or the argument itself.
///
/// # Errors
/// A usage error that names the flag and the place in the JSON; never the JSON, which may contain secrets.
pub(crate) fn json(flag: &str, text: &str, or_text: bool, secret: bool) -> Result<Value, CliError> {
    let (document, origin) = match text.strip_prefix('@') {
        Some(path) => (read(flag, Path::new(path))?, format!(" in {path}")),
        None if text == "-" => (standard_input(flag)?, " on standard input".to_owned()),
        None => (text.as_bytes().to_vec(), String::new()),
    };
    let is_typed = origin.is_empty();
    match serde_json::from_slice(&document) {
        Ok(value) => Ok(value),
        Err(_) if or_text && is_typed => Ok(Value::from(text)),
        Err(error) => {
            let mut message = format!(
                "--{flag}: the JSON{origin} is not valid at line {}, column {}",
                error.line(),
                error.column()
            );
            if is_typed && !secret && Path::new(text).exists() {
                message.push_str(&format!("; write @{text} for the content of that file"));
            }
            Err(CliError::usage(message))
        }
    }
}

/// The content of a file with JSON.
fn read(flag: &str, path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            CliError::not_found(format!("--{flag}: there is no file {}", path.display()))
        }
        _ => CliError::failure(format!("--{flag}: {} cannot be read: {error}", path.display())),
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    bounded(flag, file).map_err(failed)?
}

fn standard_input(flag: &str) -> Result<Vec<u8>, CliError> {
    bounded(flag, io::stdin().lock()).map_err(|error| {
        CliError::failure(format!("--{flag}: standard input cannot be read: {error}"))
    })?
}

fn bounded(flag: &str, source: impl io::Read) -> io::Result<Result<Vec<u8>, CliError>> {
    let mut document = Vec::new();
    source.take(LARGEST_JSON + 1).read_to_end(&mut document)?;
    if document.len() as u64 > LARGEST_JSON {
        return Ok(Err(CliError::usage(format!("--{flag}: more than 64 MiB of JSON"))));
    }
    Ok(Ok(document))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operations::{arguments::Target, schema::Shape};

    fn argument(kind: Kind) -> Argument {
        Argument {
            flag: "value".to_owned(),
            name: "value".to_owned(),
            target: Target::Body,
            shape: Shape { kind, many: false },
            required: false,
            positional: false,
            secret: false,
            description: String::new(),
        }
    }

    #[test]
    fn text_becomes_the_value_of_its_type() {
        let id = "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9fa0b1c2";
        for (kind, text, expected) in [
            (Kind::Integer, "-7", json!(-7)),
            (Kind::Integer, "18446744073709551615", json!(u64::MAX)),
            (Kind::Number, "7", json!(7)),
            (Kind::Number, "1.5e3", json!(1500.0)),
            (Kind::Boolean, "Yes", json!(true)),
            (Kind::FlagNumber, "false", json!(0)),
            (Kind::FlagPresence, "true", json!(1)),
            (Kind::FlagPresence, "false", json!(null)),
            (Kind::String(vec!["a".to_owned()]), "not known yet", json!("not known yet")),
            (Kind::Uuid, &id.to_uppercase(), json!(id)),
            (Kind::DateTime, "2026-03-01T12:00:00+01:00", json!("2026-03-01T12:00:00+01:00")),
            (Kind::Date, "2026-03-01", json!("2026-03-01")),
            (Kind::Json { or_text: false }, "[1]", json!([1])),
            (Kind::Json { or_text: true }, "beach", json!("beach")),
        ] {
            assert_eq!(parse(&argument(kind), text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_is_expected() {
        for (kind, text, expected) in [
            (Kind::Integer, "seven", "--value: `seven` is not an integer"),
            (Kind::Integer, "7.5", "--value: `7.5` is not an integer"),
            (Kind::Number, "NaN", "--value: `NaN` is not a number"),
            (Kind::Boolean, "maybe", "--value: `maybe` is not true or false"),
            (Kind::DateTime, "2026-03-01", "is not a date with time and zone"),
            (Kind::Date, "1 March", "is not a date, such as"),
            (Kind::Uuid, "7", "is not a UUID"),
            (Kind::Json { or_text: false }, "{\"a\":", "is not valid at line 1, column 5"),
        ] {
            let error = parse(&argument(kind), text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn errors_repeat_no_secret() {
        let secret = Argument { secret: true, ..argument(Kind::String(Vec::new())) };
        let error = parse(&secret, "canary").unwrap_err();
        assert!(error.to_string().contains("other users of this machine"), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert_eq!(parse(&secret, "inline:known").unwrap(), json!("known"));
        let error = parse(&secret, "env:ONETEG_TEST_NOT_SET").unwrap_err().to_string();
        assert!(error.starts_with("--value: ") && error.contains("ONETEG_TEST_NOT_SET"), "{error}");
        let error = json("json", r#"{"password": canary}"#, false, false).unwrap_err().to_string();
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn a_file_may_have_a_type_and_another_name() {
        let file = |text: &str| {
            let file = FileArgument::parse(text);
            (
                file.path.clone().map(|path| path.display().to_string()),
                file.media_type.clone(),
                file.sent_name(),
            )
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(file("a/b.png"), (some("a/b.png"), None, "b.png".to_owned()));
        assert_eq!(file("a;b"), (some("a;b"), None, "a;b".to_owned()));
        assert_eq!(
            file("x;type=image/png;filename=a\"b.png"),
            (some("x"), some("image/png"), "a\"b.png".to_owned())
        );
        assert_eq!(file("-"), (None, None, "file".to_owned()));
    }
}
