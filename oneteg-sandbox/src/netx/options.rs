//! The options object that most methods end with: page, sort and data selectors.

use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::RpcFailure;

/// `{page, sort, data}`; every member may be missing or null, unknown ones are passed over.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Options {
    pub(crate) page: Option<Page>,
    pub(crate) sort: Option<Sort>,
    pub(crate) data: Option<Vec<String>>,
}

/// A part of a result. Without a size, everything from the start index on; there is no largest size.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    start_index: Option<usize>,
    size: Option<usize>,
}

/// An order. Only lists of assets are sorted; elsewhere it is passed over, as no source shows it there.
#[derive(Debug, Deserialize)]
pub(crate) struct Sort {
    pub(crate) field: String,
    #[serde(default)]
    pub(crate) order: Order,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    #[default]
    Asc,
    Desc,
}

impl Options {
    /// `{results, size}` of these items, of which only those on the page are rendered.
    pub(crate) fn page_of<T>(&self, items: Vec<T>, render: impl FnMut(T) -> Value) -> Value {
        let page = self.page.as_ref();
        let start = page.and_then(|page| page.start_index).unwrap_or(0);
        let size = page.and_then(|page| page.size).unwrap_or(usize::MAX);
        let total = items.len();
        let results: Vec<_> = items.into_iter().skip(start).take(size).map(render).collect();
        json!({ "results": results, "size": total })
    }

    /// The parts asked for, of those that `kind` has: `kind.part` selectors, without the prefix.
    ///
    /// # Errors
    /// A selector that no source names: it would silently select nothing.
    pub(crate) fn parts(&self, kind: &str, known: &[&str]) -> Result<Parts, RpcFailure> {
        let Some(selectors) = &self.data else {
            return Ok(Parts(vec!["base".into()]));
        };
        let mut parts = Vec::new();
        for selector in selectors {
            let part = selector.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
            match part {
                Some(part) if known.contains(&part) => parts.push(part.to_owned()),
                _ => {
                    let known = known.join(", ");
                    let message =
                        format!("no data selector `{selector}`; of `{kind}.` there are {known}");
                    return Err(RpcFailure::params(message));
                }
            }
        }
        Ok(Parts(parts))
    }
}

/// The parts of an object that come back.
#[derive(Debug)]
pub(crate) struct Parts(Vec<String>);

impl Parts {
    /// Every one of these.
    pub(crate) fn all(known: &[&str]) -> Self {
        Self(known.iter().map(|part| (*part).to_owned()).collect())
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.0.iter().any(|asked| asked == part)
    }
}
