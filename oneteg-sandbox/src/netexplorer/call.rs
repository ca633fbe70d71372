//! One call: who makes it, and what its path, query and body say.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use url::form_urlencoded;

use super::errors::Failure;
use super::members::Members;

/// On whose behalf a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) user: u64,
    /// May see and do everything.
    pub(crate) admin: bool,
}

impl Caller {
    /// For what a key in the URL opens: the key is the right.
    pub(crate) const KEY_HOLDER: Self = Self { user: 0, admin: true };

    pub(crate) fn must_be_admin(self) -> Result<(), Failure> {
        if self.admin { Ok(()) } else { Err(Failure::forbidden()) }
    }
}

/// The query of a URL; of names that come twice the last counts.
#[derive(Debug, Default)]
pub(crate) struct Query(BTreeMap<String, String>);

impl Query {
    pub(crate) fn of(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A flag: bare, `1` and `true` set it.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name), Some("" | "1" | "true"))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let number = |text: &str| {
            text.parse().map_err(|_| Failure::invalid(format!("« {name} » doit être un nombre")))
        };
        self.text(name).map(number).transpose()
    }

    pub(crate) fn id(&self, name: &str) -> Result<u64, Failure> {
        let id = self.text(name).and_then(|text| text.parse().ok());
        id.ok_or_else(|| Failure::invalid(format!("« {name} » doit être un identifiant")))
    }

    pub(crate) fn date(&self, name: &str) -> Result<Option<DateTime<Utc>>, Failure> {
        self.text(name).map(|text| date(name, text)).transpose()
    }
}

/// A moment in RFC 3339.
pub(crate) fn date(name: &str, text: &str) -> Result<DateTime<Utc>, Failure> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.to_utc())
        .map_err(|_| Failure::invalid(format!("« {name} » doit être une date ISO 8601")))
}

/// A call that has been read.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) path: BTreeMap<String, String>,
    pub(crate) query: Query,
    pub(crate) body: Members,
    pub(crate) headers: HeaderMap,
}

impl Call {
    /// A text in the path; empty when the route has none of this name.
    pub(crate) fn segment(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }

    /// An id in the path. What is no number names nothing.
    pub(crate) fn id(&self, name: &str) -> Result<u64, Failure> {
        self.segment(name).parse().map_err(|_| Failure::missing())
    }
}
