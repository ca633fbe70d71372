//! What a check found.

use serde::Serialize;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Nothing is wrong.
    Ok,
    /// Not examined, because an earlier check failed or there is nothing to examine.
    Skipped,
    /// Works now, and may not later or elsewhere.
    Warning,
    /// Calls fail because of it.
    Problem,
}

impl State {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was examined, such as `proxy`.
    pub(crate) check: &'static str,
    /// The connection that it concerns; `None` for this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection: Option<String>,
    pub(crate) state: State,
    /// What was found. Without secrets.
    pub(crate) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Finding {
    pub(crate) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Ok, found.into(), None)
    }

    pub(crate) fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, State::Skipped, found.into(), None)
    }

    pub(crate) fn warning(
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Warning, found.into(), Some(remedy.into()))
    }

    pub(crate) fn problem(
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Problem, found.into(), Some(remedy.into()))
    }

    const fn new(check: &'static str, state: State, found: String, remedy: Option<String>) -> Self {
        Self { check, connection: None, state, found, remedy }
    }

    pub(crate) fn of(mut self, connection: &str) -> Self {
        self.connection = Some(connection.to_owned());
        self
    }

    pub(crate) fn is_problem(&self) -> bool {
        self.state == State::Problem
    }
}
