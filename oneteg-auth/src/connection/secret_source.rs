use std::{borrow::Cow, fs::File, io::Read as _, path::PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

use super::error::FieldProblemKind;
use crate::{Secret, secret::without_wrapping};

const ENV: &str = "env:";
const FILE: &str = "file:";
const INLINE: &str = "inline:";
/// Far more than any key or client secret. A path that names a device must not fill the memory.
const MAX_BYTES: u64 = 64 * 1024;

/// Where a secret comes from: inline, `env:NAME`, or `file:PATH`.
///
/// A secret that itself begins with one of these prefixes is written as `inline:` followed by the secret. A
/// leading byte order mark and trailing line breaks are never part of a secret. `Debug` shows names and
/// paths, never a secret.
///
/// ```
/// use oneteg_auth::SecretSource;
///
/// let source = SecretSource::from("env:NETX_API_KEY");
/// assert!(matches!(&source, SecretSource::Env(name) if name == "NETX_API_KEY"));
/// assert_eq!(format!("{:?}", SecretSource::from("s3cret")), "Inline([secret])");
/// ```
///
/// The author of `env:` and `file:` references chooses what this process reads: check
/// [`SecretSource::is_reference`] before you resolve settings from an untrusted source.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SecretSource {
    /// The secret itself.
    Inline(Secret),
    /// The environment variable of this name.
    Env(String),
    /// The UTF-8 file of this path (relative to the working directory).
    File(PathBuf),
}

impl SecretSource {
    /// Whether the secret is elsewhere: in a variable or a file.
    pub fn is_reference(&self) -> bool {
        !matches!(self, Self::Inline(_))
    }

    /// Fetches the secret. It is not cached: a changed variable or file counts the next time.
    ///
    /// # Errors
    /// [`FieldProblemKind`] if the variable or file is missing, unreadable or blank, or if an inline secret
    /// is blank.
    pub fn resolve(&self) -> Result<Secret, FieldProblemKind> {
        self.check()?;
        match self {
            Self::Inline(secret) => Ok(Secret::new(without_wrapping(secret.expose()))),
            Self::Env(name) => from_variable(name, std::env::var(name)),
            Self::File(path) => from_file(path),
        }
    }

    /// Checks the source without reading the environment or the disk.
    pub(crate) fn check(&self) -> Result<(), FieldProblemKind> {
        match self {
            Self::Inline(secret) if without_wrapping(secret.expose()).trim().is_empty() => {
                Err(FieldProblemKind::Required)
            }
            Self::Env(name) if !is_variable_name(name) => {
                Err(FieldProblemKind::InvalidReference { prefix: ENV })
            }
            // A path that is not UTF-8 could not be written back.
            Self::File(path) if path.to_str().is_none_or(|path| path.trim().is_empty()) => {
                Err(FieldProblemKind::InvalidReference { prefix: FILE })
            }
            _ => Ok(()),
        }
    }

    /// The secret, if it is available here.
    pub(crate) fn inline(&self) -> Option<Secret> {
        match self {
            Self::Inline(secret) => Some(Secret::new(without_wrapping(secret.expose()))),
            Self::Env(_) | Self::File(_) => None,
        }
    }

    /// The string it was read from, including an inline secret.
    pub(crate) fn as_given(&self) -> Cow<'_, str> {
        match self {
            Self::Inline(secret) if begins_with_a_prefix(secret.expose()) => {
                format!("{INLINE}{}", secret.expose()).into()
            }
            Self::Inline(secret) => secret.expose().into(),
            Self::Env(name) => format!("{ENV}{name}").into(),
            Self::File(path) => format!("{FILE}{}", path.display()).into(),
        }
    }
}

impl From<&str> for SecretSource {
    fn from(value: &str) -> Self {
        if let Some(name) = value.strip_prefix(ENV) {
            Self::Env(name.trim().to_owned())
        } else if let Some(path) = value.strip_prefix(FILE) {
            Self::File(path.into())
        } else {
            Self::Inline(Secret::new(value.strip_prefix(INLINE).unwrap_or(value)))
        }
    }
}

impl From<String> for SecretSource {
    fn from(mut value: String) -> Self {
        let source = Self::from(value.as_str());
        value.zeroize();
        source
    }
}

impl From<Secret> for SecretSource {
    /// The secret unchanged: `env:` and `file:` have no meaning in it.
    fn from(secret: Secret) -> Self {
        Self::Inline(secret)
    }
}

fn begins_with_a_prefix(value: &str) -> bool {
    [ENV, FILE, INLINE].iter().any(|prefix| value.starts_with(prefix))
}

/// Only names that POSIX calls portable: anything else is more likely a secret than a name.
fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn from_variable(
    name: &str,
    value: Result<String, std::env::VarError>,
) -> Result<Secret, FieldProblemKind> {
    let name = || name.to_owned();
    // A secret from the start, so that the variable's content is zeroised.
    match value.map(Secret::new).map(|value| Secret::new(without_wrapping(value.expose()))) {
        Ok(secret) if secret.is_blank() => Err(FieldProblemKind::EnvBlank { name: name() }),
        Ok(secret) => Ok(secret),
        Err(std::env::VarError::NotPresent) => Err(FieldProblemKind::EnvMissing { name: name() }),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(FieldProblemKind::EnvNotText { name: name() })
        }
    }
}

fn from_file(path: &std::path::Path) -> Result<Secret, FieldProblemKind> {
    let shown = || path.display().to_string();
    let unreadable = |error: std::io::Error| FieldProblemKind::FileUnreadable {
        path: shown(),
        reason: match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".into(),
            kind => kind.to_string(),
        },
    };
    // Opening a named pipe would wait forever for a writer, so the file type is checked first.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FieldProblemKind::FileUnreadable {
            path: shown(),
            reason: "not a file".into(),
        });
    }
    // The full capacity at once: a buffer that grows leaves copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let value = std::str::from_utf8(&bytes).ok().filter(|value| value.len() as u64 <= MAX_BYTES);
    let value = value.ok_or_else(|| FieldProblemKind::FileNotText { path: shown() })?;
    let secret = Secret::new(without_wrapping(value));
    if secret.is_blank() { Err(FieldProblemKind::FileBlank { path: shown() }) } else { Ok(secret) }
}

#[cfg(test)]
mod tests {
    use std::env::VarError;

    use super::*;

    #[test]
    fn variables_that_are_absent_blank_or_not_text() {
        let of = |value| from_variable("KEY", value).unwrap_err();
        assert_eq!(
            of(Err(VarError::NotPresent)),
            FieldProblemKind::EnvMissing { name: "KEY".into() }
        );
        assert_eq!(of(Ok(" \n".into())), FieldProblemKind::EnvBlank { name: "KEY".into() });
        let canary = VarError::NotUnicode("canary-4711".into());
        assert_eq!(of(Err(canary)), FieldProblemKind::EnvNotText { name: "KEY".into() });
        assert_eq!(
            of(Ok("\u{feff}\r\n".into())),
            FieldProblemKind::EnvBlank { name: "KEY".into() }
        );
        for wrapped in ["abc", "abc\n", "abc\r\n", "\u{feff}abc", "\u{feff}abc\r\n\r\n"] {
            assert_eq!(from_variable("KEY", Ok(wrapped.into())).unwrap().expose(), "abc");
        }
        // Only one byte order mark, and no other white space: a secret may begin and end with a space.
        assert_eq!(from_variable("KEY", Ok(" abc \n".into())).unwrap().expose(), " abc ");
    }

    #[test]
    fn what_was_given_comes_back() {
        for value in ["abc", "env:KEY", "file:/run/secrets/key", "inline:env:KEY", "inline:inline:"]
        {
            assert_eq!(SecretSource::from(value).as_given(), value);
        }
        let literal = SecretSource::from(Secret::new("env:KEY"));
        assert_eq!(literal.resolve().unwrap().expose(), "env:KEY");
        assert_eq!(literal.as_given(), "inline:env:KEY");
    }
}
