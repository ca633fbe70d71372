//! What is wrong with a specification, said once and readably: what, where, and what to do.

use std::{fmt, path::PathBuf};

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the workspace.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// One fault of a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// Where, when it is in a file.
    pub place: Option<Place>,
    /// The other place, when two contradict each other.
    pub related: Option<(String, Place)>,
    /// What to do about it.
    pub cure: String,
}

impl Diagnostic {
    /// A fault at a place, with its cure.
    pub fn new(message: impl Into<String>, place: Option<Place>, cure: impl Into<String>) -> Self {
        Self { message: message.into(), place, related: None, cure: cure.into() }
    }

    /// Adds the other place.
    #[must_use]
    pub fn related(mut self, what: impl Into<String>, place: Option<Place>) -> Self {
        self.related = place.map(|place| (what.into(), place));
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        if let Some((what, place)) = &self.related {
            write!(f, "\n  {what} --> {place}")?;
        }
        write!(f, "\n  cure: {}", self.cure)
    }
}

/// All faults of a specification. Never empty when returned as an error.
#[derive(Debug)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// One fault.
    pub fn one(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.0 {
            writeln!(f, "{diagnostic}\n")?;
        }
        let many = if self.0.len() == 1 { "" } else { "s" };
        write!(f, "{} fault{many} in the specification", self.0.len())
    }
}

impl std::error::Error for Diagnostics {}
