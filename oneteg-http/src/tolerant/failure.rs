//! Why a value could not be read.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why a value could not be read. Boxed, because it is passed up through many small results.
#[derive(Debug)]
pub(super) struct Failure(Box<FailureDetails>);

#[derive(Debug)]
pub(super) struct FailureDetails {
    /// The reason, without the value: an error may be logged.
    pub(super) message: String,
    /// The place, set by the innermost reader that knows it.
    pub(super) path: Option<String>,
    /// The member that occurs under two of its names.
    pub(super) duplicate: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(FailureDetails { message: message.into(), path: None, duplicate: None }))
    }

    /// The member that occurs under two of its names, if that is the failure.
    pub(super) fn duplicate(&self) -> Option<&'static str> {
        self.0.duplicate
    }

    /// The failure with a place, unless it has one.
    pub(super) fn at(mut self, path: impl FnOnce() -> String) -> Self {
        self.0.path.get_or_insert_with(path);
        self
    }

    pub(super) fn into_details(self) -> FailureDetails {
        *self.0
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", type_name(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found another {}", type_name(&found)))
    }

    fn duplicate_field(field: &'static str) -> Self {
        let mut failure = Self::new(format!("duplicate field `{field}`"));
        failure.0.duplicate = Some(field);
        failure
    }
}

fn type_name(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "object",
        _ => "value",
    }
}
