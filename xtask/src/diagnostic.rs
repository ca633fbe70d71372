//! Errors and warnings of a specification: what is wrong, where, and how to fix it.

use std::{fmt, path::PathBuf};

/// A position in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// Whether a diagnostic stops the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The specification cannot be generated.
    Error,
    /// The specification is generated, but something of it is left out or read as something else.
    Warning,
}

/// One error or warning of a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the generator.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; `None` if the error is not in a file.
    pub location: Option<Location>,
    /// The JSON pointer of the value in the merged specification, if it has one.
    pub pointer: Option<String>,
    /// The other location, if two parts contradict each other, and what it is.
    pub related: Option<(String, Location)>,
    /// How to fix it.
    pub help: String,
}

impl Diagnostic {
    /// An error at a location.
    pub fn new(
        message: impl Into<String>,
        location: Option<Location>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            location,
            pointer: None,
            related: None,
            help: help.into(),
        }
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds the JSON pointer of the value.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds the other location.
    #[must_use]
    pub fn related(mut self, what: impl Into<String>, location: Option<Location>) -> Self {
        self.related = location.map(|location| (what.into(), location));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}", self.message)?;
        if let Some(location) = &self.location {
            write!(f, "\n  --> {location}")?;
        }
        if let Some((what, location)) = &self.related {
            write!(f, "\n  {what} --> {location}")?;
        }
        write!(f, "\n  help: {}", self.help)
    }
}

/// All errors of a specification. Never empty when returned as an error.
#[derive(Debug)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// A single error.
    pub fn one(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} error{plural} in the specification", self.0.len())
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_location_the_related_one_and_the_help() {
        let at = |line| Some(Location { file: "a.yaml".into(), line, column: 3 });
        let diagnostic =
            Diagnostic::new("two tags are equal", at(7), "rename one").related("the first", at(2));
        assert_eq!(
            Diagnostics::one(diagnostic).to_string(),
            "error: two tags are equal\n  --> a.yaml:7:3\n  the first --> a.yaml:2:3\n  help: rename \
             one\n\n1 error in the specification"
        );
    }
}
