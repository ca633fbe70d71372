//! Compares values with schemas.
//!
//! | Module | Does |
//! |---|---|
//! | `format` | recognises dates, ids and names |
//! | `expected` | reads a schema once |
//! | `walk` | goes through a value and its schema at once |
//! | `comparison` | joins the differences of many values by place |
//!
//! A place is a JSON pointer with `*` for the items of lists and the entries of maps. A value fits if it has the type,
//! the format and the members of its schema; of alternatives, the one that fits best counts. An integer may be written
//! as `5.0`. Where the specification lets SDKs accept a deviation, the finding is lenient: an id or an `x-lenient` member
//! that is a number instead of a string or the other way round, and a time in another notation. Another name of a member
//! (`x-aliases`) is no difference.

mod comparison;
mod expected;
mod format;
mod walk;

use serde_json::Value;

pub use comparison::{Comparison, Fake};
pub use format::is_name;

use crate::{Schemas, evidence::Finding};
use expected::{Cache, Part};

/// Compares values with the schemas of one vendor. Schemas are read once; keep it.
///
/// ```
/// use oneteg_catalog::check::{Checker, Direction};
/// use oneteg_catalog::evidence::Kind;
/// use serde_json::json;
///
/// let catalog = oneteg_catalog::of("netexplorer").expect("the vendor is known");
/// let checker = Checker::new(&catalog.schemas);
/// let file = json!({ "$ref": "#/components/schemas/File" });
/// let findings = checker.check(&file, &json!({ "id": true, "colour": "red" }), Direction::Response);
/// let found: Vec<_> = findings.iter().map(|finding| (finding.place.as_str(), finding.kind)).collect();
/// assert_eq!(found, [("/colour", Kind::UnknownMember), ("/id", Kind::Type)]);
/// ```
#[derive(Debug)]
pub struct Checker<'a> {
    schemas: &'a Schemas,
    cache: Cache,
}

/// Which way a value is sent.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the vendor. Every unknown member is a difference.
    Response,
    /// To the vendor. Unknown members are lenient where the schema has `additionalProperties: true`.
    Request,
}

impl<'a> Checker<'a> {
    /// A checker that has read no schema yet.
    pub fn new(schemas: &'a Schemas) -> Self {
        Self { schemas, cache: Cache::default() }
    }

    /// The differences between a value and a schema, by place; empty if it fits.
    pub fn check(&self, schema: &Value, value: &Value, direction: Direction) -> Vec<Finding> {
        let mut comparison = Comparison::default();
        comparison.add_in(self, schema, value, direction, None);
        comparison.finish().0
    }

    fn part(&self, schema: &Value) -> Part {
        expected::part(self.schemas, schema, 0)
    }
}

#[cfg(test)]
mod tests;
