//! The options object that ends the parameters of most methods: page, sort and data selectors.

use std::ops::Range;

use serde::Deserialize;
use serde_json::{Value, json};

use super::response::RpcError;
use crate::choices::netx as choices;

/// `{page, sort, data}`. Each member may be missing or null; unknown members are ignored.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RequestOptions {
    pub(crate) page: Option<Page>,
    pub(crate) sort: Option<Sort>,
    pub(crate) data: Option<Vec<String>>,
}

/// A part of a list. Without a size it is everything from the start index on, up to the largest page.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    start_index: Option<usize>,
    size: Option<usize>,
}

/// A sort order. It applies to lists of assets only; other lists ignore it, because no source shows a sorted
/// one.
#[derive(Debug, Deserialize)]
pub(crate) struct Sort {
    pub(crate) field: String,
    #[serde(default)]
    pub(crate) order: SortOrder,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SortOrder {
    #[default]
    Asc,
    Desc,
}

impl RequestOptions {
    /// The positions on the requested page of a list with this number of items.
    pub(crate) fn range(&self, total: usize) -> Range<usize> {
        let page = self.page.as_ref();
        let start = page.and_then(|page| page.start_index).unwrap_or(0).min(total);
        let size = page.and_then(|page| page.size).unwrap_or(usize::MAX);
        let size = size.min(choices::LARGEST_PAGE.get());
        start..start.saturating_add(size).min(total)
    }

    /// `{results, size}` of these items. Only those on the page are rendered.
    pub(crate) fn page_of<T>(&self, items: Vec<T>, render: impl FnMut(T) -> Value) -> Value {
        let total = items.len();
        let page = self.range(total);
        let (start, size) = (page.start, page.len());
        let results: Vec<_> = items.into_iter().skip(start).take(size).map(render).collect();
        json!({ "results": results, "size": total })
    }

    /// The selected parts of an object of this kind: the `kind.part` selectors without their prefix, or the
    /// default parts if there are no selectors.
    ///
    /// # Errors
    /// A selector that is not in `known`, unless such selectors are ignored.
    pub(crate) fn parts(&self, kind: &str, known: &[&str]) -> Result<Parts, RpcError> {
        let Some(selectors) = &self.data else {
            return Ok(Parts(choices::DEFAULT_PARTS.get().iter().map(str::to_owned).collect()));
        };
        let mut parts = Vec::new();
        for selector in selectors {
            let part = selector.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.'));
            match part {
                Some(part) if known.contains(&part) => parts.push(part.to_owned()),
                _ if !choices::UNKNOWN_SELECTORS_REFUSED.get() => {}
                _ => {
                    let known = known.join(", ");
                    return Err(RpcError::invalid_params(format!(
                        "unknown data selector `{selector}`; the parts of `{kind}` are {known}"
                    )));
                }
            }
        }
        Ok(Parts(parts))
    }
}

/// The parts of an object that a response has.
#[derive(Debug)]
pub(crate) struct Parts(Vec<String>);

impl Parts {
    /// All of these parts.
    pub(crate) fn all(known: &[&str]) -> Self {
        Self(known.iter().map(|part| (*part).to_owned()).collect())
    }

    pub(crate) fn contains(&self, part: &str) -> bool {
        self.0.iter().any(|selected| selected == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(value: Value) -> RequestOptions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_page_reports_the_total_and_renders_its_items_only() {
        let page = |page: Value| {
            let mut rendered = 0;
            let options = options(json!({ "page": page }));
            let result = options.page_of(vec!["a", "b", "c"], |item| {
                rendered += 1;
                item.into()
            });
            (result, rendered)
        };
        let whole = json!({ "results": ["a", "b", "c"], "size": 3 });
        assert_eq!(page(Value::Null), (whole, 3));
        let part = json!({ "results": ["b"], "size": 3 });
        assert_eq!(page(json!({ "startIndex": 1, "size": 1 })), (part, 1));
        let beyond = json!({ "results": [], "size": 3 });
        assert_eq!(page(json!({ "startIndex": usize::MAX, "size": usize::MAX })), (beyond, 0));
    }

    #[test]
    fn selectors_lose_their_prefix_and_unknown_ones_are_refused() {
        let parts = |data: Value| options(json!({ "data": data })).parts("asset", &["id", "file"]);
        assert!(parts(Value::Null).unwrap().contains("base"));
        let selected = parts(json!(["asset.file"])).unwrap();
        assert!(selected.contains("file") && !selected.contains("base"));
        for unknown in ["asset.views", "folder.id", "file", "asset", "asset."] {
            assert!(parts(json!([unknown])).is_err(), "{unknown}");
        }
    }
}
