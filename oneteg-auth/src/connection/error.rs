use std::fmt;

use super::{field::ConnectionField, vendor::Vendor};

/// Why settings are not a usable connection. It names every faulty setting at once and contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The document is not valid TOML or JSON. The parser's message is left out, because parsers quote the
    /// faulty line, and that line may contain a secret.
    #[error("the settings are not valid {format}: correct line {line}, column {column}")]
    Syntax {
        /// `TOML` or `JSON`.
        format: &'static str,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
    },
    /// Settings are missing, unknown or wrong.
    #[error("{}", in_one_line(.0))]
    Settings(Vec<FieldProblem>),
}

impl ConnectionError {
    /// What is wrong with each setting; empty for [`ConnectionError::Syntax`].
    pub fn problems(&self) -> &[FieldProblem] {
        match self {
            Self::Syntax { .. } => &[],
            Self::Settings(problems) => problems,
        }
    }

    pub(crate) fn unless_empty(problems: Vec<FieldProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self::Settings(problems)) }
    }
}

fn in_one_line(problems: &[FieldProblem]) -> String {
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    match all.len() {
        1 => all.concat(),
        count => format!("{count} settings need attention: {}", all.join("; ")),
    }
}

/// One faulty setting. `Display` uses the label of the connection form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    field: Option<ConnectionField>,
    path: String,
    kind: FieldProblemKind,
}

impl FieldProblem {
    pub(crate) fn new(field: ConnectionField, kind: FieldProblemKind) -> Self {
        Self { field: Some(field), path: field.path(), kind }
    }

    /// A problem with something that is not a setting.
    pub(crate) fn outside_fields(path: String, kind: FieldProblemKind) -> Self {
        Self { field: None, path, kind }
    }

    /// The same problem with a setting that was read from this variable.
    pub(super) fn in_variable(self, name: String) -> Self {
        Self { path: name, ..self }
    }

    /// The setting; `None` for a name that is not a setting.
    pub fn field(&self) -> Option<ConnectionField> {
        self.field
    }

    /// Its path in the document, such as `authentication.client_secret`, or the name of its variable.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    pub fn kind(&self) -> &FieldProblemKind {
        &self.kind
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) if self.path == field.path() => {
                write!(f, "{}: {}", field.label(), self.kind)
            }
            Some(field) => write!(f, "{} ({}): {}", field.label(), self.path, self.kind),
            None => write!(f, "{}: {}", self.path, self.kind),
        }
    }
}

/// What is wrong with a setting. No variant contains the value that was given: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblemKind {
    /// It is missing.
    #[error("is required")]
    Required,
    /// No setting has this name.
    #[error("is not a setting{}", did_you_mean(.nearest))]
    UnknownField {
        /// The setting with the most similar name.
        nearest: Option<String>,
    },
    /// The name occurs twice.
    #[error("is given twice; keep one")]
    Repeated,
    /// A value of the wrong type, such as a number.
    #[error("must be {expected}")]
    WrongKind {
        /// The type that is expected.
        expected: &'static str,
    },
    /// It is not one of the choices.
    #[error("must be one of {}{}", .choices.join(", "), did_you_mean(.nearest))]
    NotAChoice {
        /// The choices.
        choices: Vec<&'static str>,
        /// The choice with the most similar name.
        nearest: Option<String>,
    },
    /// It is not an absolute URL.
    #[error("is not a URL; write it in full, such as https://company.example.com")]
    NotAUrl,
    /// It is plain `http`, which would reveal credentials to the network (RFC 6749 section 3.2).
    #[error(
        "must begin with https:// (http:// is for this machine only: 127.0.0.1, [::1], localhost)"
    )]
    NotHttps,
    /// It has a part that this URL must not have.
    #[error("must not have {part}; remove it from the URL")]
    UrlPart {
        /// The part, such as `a user name or password`.
        part: &'static str,
    },
    /// It contradicts another setting.
    #[error("conflicts with {other}; remove one of the two")]
    Conflicts {
        /// The other setting, such as `Flows Client Credentials`.
        other: String,
    },
    /// The vendor has no such setting.
    #[error("is not a setting of {vendor} connections; remove it")]
    NotForVendor {
        /// The vendor of the connection.
        vendor: Vendor,
    },
    /// The vendor does not offer this kind of authentication.
    #[error("{vendor} connections use {offered}")]
    NotOffered {
        /// The vendor of the connection.
        vendor: Vendor,
        /// What the vendor offers.
        offered: &'static str,
    },
    /// It is not the name of an authentication scheme (RFC 9110 section 11.1).
    #[error("must be one word of letters, digits and signs, such as Bearer")]
    NotAScheme,
    /// It is not a list of scope names (RFC 6749 section 3.3).
    #[error("must be scope names of printable ASCII without quotes, separated by spaces")]
    NotScopes,
    /// A key contains a character that cannot be sent in a header.
    #[error("has {found}, which cannot be sent; copy it again, on one line and without spaces")]
    NotSendable {
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// It contains an invisible character, such as a line break or a zero-width space.
    #[error("has {found}; copy it again, on one line and as plain text")]
    HiddenCharacter {
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// `env:` or `file:` is not followed by a usable name.
    #[error("has no usable name after {prefix}; write {prefix}NAME")]
    InvalidReference {
        /// `env:` or `file:`.
        prefix: &'static str,
    },
    /// `env:NAME`, and the variable is not set.
    #[error("the environment variable {name} is not set")]
    EnvMissing {
        /// The name of the variable.
        name: String,
    },
    /// `env:NAME`, and the variable is blank.
    #[error("the environment variable {name} is blank")]
    EnvBlank {
        /// The name of the variable.
        name: String,
    },
    /// `env:NAME`, and the variable is not UTF-8.
    #[error("the environment variable {name} is not UTF-8 text")]
    EnvNotText {
        /// The name of the variable.
        name: String,
    },
    /// `file:PATH`, and the file cannot be read.
    #[error("the file {path} cannot be read ({reason})")]
    FileUnreadable {
        /// The path as given.
        path: String,
        /// The reason that the operating system reported.
        reason: String,
    },
    /// `file:PATH`, and the file is blank.
    #[error("the file {path} is blank")]
    FileBlank {
        /// The path as given.
        path: String,
    },
    /// `file:PATH`, and the file is not UTF-8 or is too long.
    #[error("the file {path} is not UTF-8 text of at most 64 KiB")]
    FileNotText {
        /// The path as given.
        path: String,
    },
    /// A secret that is given inline would be written out.
    #[error("is written inline; use env:NAME or file:PATH, or the with_secrets method")]
    InlineSecret,
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}
