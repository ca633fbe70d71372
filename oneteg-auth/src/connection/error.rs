use std::fmt;

use super::{field::ConnectionField, vendor::Vendor};

/// Why settings are not a usable connection. It names every faulty setting at once and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The text is not TOML or JSON at all. The parser's own words are left out, because parsers quote
    /// the line they stumble over, and that line may hold a secret.
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

/// One faulty setting, in the words of the connection form.
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

    /// A problem with something that is not one of the settings.
    pub(crate) fn outside_fields(path: String, kind: FieldProblemKind) -> Self {
        Self { field: None, path, kind }
    }

    /// The setting, or `None` for a name that is not a setting.
    pub fn field(&self) -> Option<ConnectionField> {
        self.field
    }

    /// Where it is in the document, such as `authentication.client_secret`.
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
            Some(field) => write!(f, "{}: {}", field.label(), self.kind),
            None => write!(f, "{}: {}", self.path, self.kind),
        }
    }
}

/// What is wrong with a setting. No variant holds the value that was given: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldProblemKind {
    /// Nothing was given.
    #[error("is required")]
    Required,
    /// No setting has this name.
    #[error("is not a setting{}", did_you_mean(.nearest))]
    UnknownField {
        /// The setting whose name is nearest.
        nearest: Option<String>,
    },
    /// The same name occurs twice.
    #[error("is given twice; keep one")]
    Repeated,
    /// A number, a list or a table where something else belongs.
    #[error("must be {expected}")]
    WrongKind {
        /// What belongs there.
        expected: &'static str,
    },
    /// Not one of the choices.
    #[error("must be one of {}{}", .choices.join(", "), did_you_mean(.nearest))]
    NotAChoice {
        /// What may be chosen.
        choices: Vec<&'static str>,
        /// The choice whose name is nearest.
        nearest: Option<String>,
    },
    /// Not an absolute URL.
    #[error("is not a URL; write it in full, such as https://company.example.com")]
    NotAUrl,
    /// Plain `http`, which would show credentials to the network (RFC 6749 section 3.2).
    #[error(
        "must begin with https:// (http:// is for this machine only: 127.0.0.1, [::1], localhost)"
    )]
    NotHttps,
    /// A part that this URL must not have.
    #[error("must not have {part}; take it out of the URL")]
    UrlPart {
        /// The part, such as `a user name or password`.
        part: &'static str,
    },
    /// It contradicts another setting.
    #[error("does not go with {other}; take one of the two out")]
    Contradicts {
        /// The other setting, such as `Flows Client Credentials`.
        other: String,
    },
    /// The vendor has no such setting.
    #[error("is not a setting of {vendor} connections; take it out")]
    NotForVendor {
        /// Whose connection it is.
        vendor: Vendor,
    },
    /// The vendor does not offer this way to authenticate.
    #[error("{vendor} connections take {offered}")]
    NotOffered {
        /// Whose connection it is.
        vendor: Vendor,
        /// What the vendor offers.
        offered: &'static str,
    },
    /// Not an authentication scheme name (RFC 9110 section 11.1).
    #[error("must be one word of letters, digits and signs, such as Bearer")]
    NotAScheme,
    /// Not a list of scope names (RFC 6749 section 3.3).
    #[error("must be scope names of printable ASCII without quotes, separated by spaces")]
    NotScopes,
    /// A key with a character that no key contains and that cannot be sent in a header.
    #[error("has {found}, which cannot be sent; copy it again, on one line and without spaces")]
    NotSendable {
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// An invisible character, such as a line break or a zero-width space.
    #[error("has {found}; copy it again, on one line and as plain text")]
    HiddenCharacter {
        /// The kind of character (`a line break`).
        found: &'static str,
    },
    /// `env:` or `file:` without a usable name behind it.
    #[error("has no usable name after {prefix}; write {prefix}NAME")]
    BadReference {
        /// `env:` or `file:`.
        prefix: &'static str,
    },
    /// `env:NAME` and there is no such variable.
    #[error("the environment variable {name} is not set")]
    EnvMissing {
        /// The variable's name.
        name: String,
    },
    /// `env:NAME` and the variable is blank.
    #[error("the environment variable {name} is blank")]
    EnvBlank {
        /// The variable's name.
        name: String,
    },
    /// `env:NAME` and the variable is not UTF-8.
    #[error("the environment variable {name} is not UTF-8 text")]
    EnvNotText {
        /// The variable's name.
        name: String,
    },
    /// `file:PATH` and the file cannot be read.
    #[error("the file {path} cannot be read ({reason})")]
    FileUnreadable {
        /// The path as given.
        path: String,
        /// The operating system's reason.
        reason: String,
    },
    /// `file:PATH` and the file is blank.
    #[error("the file {path} is blank")]
    FileBlank {
        /// The path as given.
        path: String,
    },
    /// `file:PATH` and the file is not a secret's text.
    #[error("the file {path} is not UTF-8 text of at most 64 KiB")]
    FileNotText {
        /// The path as given.
        path: String,
    },
    /// A secret given inline would be written out.
    #[error("is written inline; use env:NAME or file:PATH, or the with_secrets method")]
    InlineSecret,
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}
