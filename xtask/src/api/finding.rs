//! What a comparison of two interfaces finds.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

/// The part of the version that a change increments, for a crate at 1.0 or later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Nothing changed.
    #[default]
    None,
    /// Programs compile as before and find nothing new.
    Patch,
    /// Programs compile as before; there is something new, or a new warning.
    Minor,
    /// Some program that compiled does not compile, or compiles to something else.
    Major,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// One difference between two interfaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it means for the version.
    pub step: Step,
    /// The path of the item.
    pub item: String,
    /// What changed, in a sentence without the item.
    pub message: String,
    /// The compiler error that a user meets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The names of the arguments, fields or variants that it is about.
    pub names: BTreeSet<String>,
    /// Whether only struct literals and patterns that list every field are affected.
    pub only_literals: bool,
    /// Whether it is about the features that the item needs.
    pub is_gate: bool,
}

impl Finding {
    /// A finding without compiler error.
    pub fn new(step: Step, item: &str, message: impl Into<String>) -> Self {
        Self {
            step,
            item: item.to_owned(),
            message: message.into(),
            error: None,
            names: BTreeSet::new(),
            only_literals: false,
            is_gate: false,
        }
    }

    /// A major change and the compiler error that it causes.
    pub fn major(item: &str, error: &'static str, message: impl Into<String>) -> Self {
        Self { error: Some(error), ..Self::new(Step::Major, item, message) }
    }

    /// Adds the name of an argument, a field or a variant.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        self.names.insert(name.to_owned());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.item, self.message)?;
        if let Some(error) = self.error {
            write!(f, " ({error})")?;
        }
        Ok(())
    }
}
