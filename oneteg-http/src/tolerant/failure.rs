use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why something could not be read. Boxed: it is handed up through many small results.
#[derive(Debug)]
pub(super) struct Failure(Box<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    /// What is wrong, without the value that is: an error may be logged.
    pub(super) message: String,
    /// Where; set by the innermost reader that knows.
    pub(super) path: Option<String>,
    /// The member that came under two of its names.
    pub(super) twice: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Inner { message: message.into(), path: None, twice: None }))
    }

    /// The member that came under two of its names, where that is the failure.
    pub(super) fn twice(&self) -> Option<&'static str> {
        self.0.twice
    }

    /// The failure at a place, unless it has one.
    pub(super) fn at(mut self, path: impl FnOnce() -> String) -> Self {
        self.0.path.get_or_insert_with(path);
        self
    }

    pub(super) fn into_inner(self) -> Inner {
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
        Self::new(format!("expected {expected}, found {}", kind_of(&found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found another {}", kind_of(&found)))
    }

    fn duplicate_field(field: &'static str) -> Self {
        let mut failure = Self::new(format!("duplicate field `{field}`"));
        failure.0.twice = Some(field);
        failure
    }
}

fn kind_of(found: &Unexpected<'_>) -> &'static str {
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
