//! The words of a vendor.

use std::{borrow::Cow, collections::BTreeSet};

use serde_json::Value;

use super::Known;

/// The words of a vendor: names of members and parameters, values of enumerations, parts of its messages. A name stays
/// where it is a value too, because requests name members: to sort by, to select, to change. See [`Known`].
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    names: BTreeSet<Cow<'static, str>>,
    values: BTreeSet<Cow<'static, str>>,
    phrases: Vec<Cow<'static, str>>,
    is_own: Option<fn(&str) -> bool>,
}

impl Vocabulary {
    /// The names and values of a specification.
    pub fn new<N: Into<Cow<'static, str>>, V: Into<Cow<'static, str>>>(
        names: impl IntoIterator<Item = N>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
            values: values.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Adds values, such as those that a client sends without the specification listing them.
    #[must_use]
    pub fn values<V: Into<Cow<'static, str>>>(
        mut self,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Adds parts of messages that a client reads, such as `Try again in`. Their case does not matter.
    #[must_use]
    pub fn phrases<P: Into<Cow<'static, str>>>(
        mut self,
        phrases: impl IntoIterator<Item = P>,
    ) -> Self {
        self.phrases.extend(phrases.into_iter().map(Into::into));
        self
    }

    /// Adds the values that a function recognises, such as ids that a client makes by a rule.
    #[must_use]
    pub fn recognised_by(mut self, is_own: fn(&str) -> bool) -> Self {
        self.is_own = Some(is_own);
        self
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub(super) fn has_value(&self, value: &str) -> bool {
        self.values.contains(value)
            || self.names.contains(value)
            || self.is_own.is_some_and(|is_own| is_own(value))
    }

    /// Begin and end of the first phrase in a string.
    pub(super) fn phrase(&self, string: &str) -> Option<(usize, usize)> {
        let found = |phrase: &Cow<'static, str>| {
            let begin = string.find(&**phrase).or_else(|| {
                // Only lower-casing that keeps the positions can be searched.
                let lower = string.to_lowercase();
                (lower.len() == string.len()).then(|| lower.find(&phrase.to_lowercase())).flatten()
            })?;
            let end = begin + phrase.len();
            string.get(begin..end).map(|_| (begin, end))
        };
        self.phrases.iter().filter_map(found).min()
    }
}

impl Known for Vocabulary {
    fn is_name(&self, _: &str, name: &str) -> bool {
        self.names.contains(name)
    }

    fn is_value(&self, _: &str, value: &Value) -> bool {
        value.as_str().is_some_and(|value| self.has_value(value))
    }
}
