//! What differs between a request and the specification.

/// What the sandbox does with a request that violates the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ViolationPolicy {
    /// Refuses it, in the vendor's form, with a message that names each violation.
    #[default]
    Refuse,
    /// Only records it, and handles the request as the vendor presumably would.
    Record,
}

/// A difference between a request and the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The vendor: `netx`, `mediavalet` or `netexplorer`.
    pub vendor: &'static str,
    /// The `operationId` of the operation that the request is for.
    pub operation: &'static str,
    /// Where: `path`, `query`, `header` or `body`, and the name or the JSON pointer of the value, such as
    /// `query: offset` or `body: /files/*/id`.
    pub place: String,
    /// What differs, such as "is unknown" or "must be an integer".
    pub reason: String,
    pub(crate) part: Part,
}

/// The part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A value of the path that cannot be an id.
    Path,
    /// A value of the path that is none of its words.
    PathWord,
    Query,
    Header,
    MediaType,
    Body,
}

impl Part {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Path | Self::PathWord => "path",
            Self::Query => "query",
            Self::Header | Self::MediaType => "header",
            Self::Body => "body",
        }
    }
}

/// One line for a client.
pub(super) fn message(violations: &[Violation]) -> String {
    /// More do not help.
    const SHOWN: usize = 5;
    let mut parts: Vec<String> = violations
        .iter()
        .take(SHOWN)
        .map(|violation| format!("{} {}", violation.place, violation.reason))
        .collect();
    if violations.len() > SHOWN {
        parts.push(format!("{} more", violations.len() - SHOWN));
    }
    let operation = violations.first().map_or("", |violation| violation.operation);
    format!("The request differs from the specification of {operation}: {}", parts.join("; "))
}
