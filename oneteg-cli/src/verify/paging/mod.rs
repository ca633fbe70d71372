//! How the pages of a list are requested, by experiment.
//!
//! | The specification | Experiment | Calls |
//! |---|---|---|
//! | states parameters | two small pages must continue each other, and be what one larger page contains | 3 |
//! | states none (`single`) | parameters that other lists or the vendor's own names suggest are tried, all at once first | 2 to 6; for the first list up to 13 |
//!
//! ```text
//! base ---- fewer than 2 items ---> nothing to learn
//!   '-- size candidates, all at once, = 1 --> as before: no size
//!         '-- fewer items --> each alone ---> size
//!   '-- start candidates, all at once --> as before: no start
//!         '-- other items --> each alone ---> start, offset or page, first 0 or 1
//! in between: the same items in another order ---> the order is not stable, and no start can be found
//! ```
//!
//! What seems to select a page may be a list in another order each time, so the base is requested once more before. So it is
//! if no other page was as long.
//! Items are compared by their `id`, or as a whole. A server that refuses an unknown parameter is asked with each alone.

mod calls;
mod stated;
mod tried;

use std::collections::BTreeSet;

use oneteg_catalog::evidence::{Finding, Kind, Paging};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::calls::{bound, items, run, total};
use self::tried::Candidates;
use super::session::Stop;
use crate::catalog::Entry;

/// What the experiments of a run found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Learned {
    /// How lists are read page by page.
    pub(crate) pages: Vec<Paging>,
    /// The operations whose pages were looked at.
    lists: BTreeSet<String>,
    /// The parameters to try, with those that worked for an earlier list.
    candidates: Option<Candidates>,
}

/// A list, as it was returned.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Page {
    /// What identifies the items.
    pub(crate) items: Vec<Value>,
    pub(crate) total: Option<u64>,
}

impl Page {
    /// How many items both pages have.
    fn overlap(&self, other: &Self) -> u64 {
        self.items.iter().filter(|item| other.items.contains(item)).count() as u64
    }

    fn begins(&self, other: &Self) -> bool {
        other.items.starts_with(&self.items)
    }

    /// Whether both pages have the same items in another order.
    fn is_reordered(&self, other: &Self) -> bool {
        self.items != other.items
            && self.items.len() == other.items.len()
            && self.overlap(other) == self.items.len() as u64
    }
}

/// A list that can be requested with parameters.
pub(crate) trait List {
    /// A page with these parameters; `None` if the server refuses them.
    ///
    /// # Errors
    /// If the run ends.
    async fn page(&mut self, parameters: &[(&str, u64)]) -> Result<Option<Page>, Stop>;
}

/// What an experiment showed.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) paging: Option<Paging>,
    /// How the list deviates from the specification.
    pub(crate) findings: Vec<Finding>,
}

/// A deviation of a list. `place` is that of the items or the total.
fn finding(place: &str, said: String, seen: &str) -> Finding {
    let mut finding = Finding::new(place, Kind::Paging);
    finding.said = Some(said);
    finding.seen.count = 1;
    finding.seen.values.insert(seen.to_owned());
    finding
}

/// The place of a dotted path.
fn place(path: &str) -> String {
    match path {
        "" => String::new(),
        path => format!("/{}", path.replace('.', "/")),
    }
}

/// The row of the report for an experiment with a list.
fn row(entry: &Entry) -> Paging {
    let mut row = Paging::new(entry.operation_id.clone());
    if let Some(said) = &entry.paging {
        row.said = Some(serde_json::json!({
            "style": said.style, "start": said.start, "size": said.size,
            "items": said.items, "total": said.total,
        }));
        row.items = (!said.items.is_empty()).then(|| said.items.clone());
        row.total = (!said.total.is_empty()).then(|| said.total.clone());
    }
    row
}

#[cfg(test)]
mod tests;
