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

use serde_json::{Map, Value};

pub use comparison::{Comparison, Fake};
pub use format::is_name;

use crate::{Schemas, evidence::Finding};
use expected::{Cache, Expected, Part};
use walk::{At, Found, Sink};

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

    /// Calls `visit` with each object of a value: its place, the named schema around it, and its members. Objects of which
    /// the specification states nothing are not visited.
    pub fn visit_objects(&self, schema: &Value, value: &Value, visit: &mut Visit<'_>) {
        walk::Walk::new(self, Direction::Response, Visitor(visit)).run(&self.part(schema), value);
    }

    fn part(&self, schema: &Value) -> Part {
        expected::part(self.schemas, schema, 0)
    }
}

/// What [`Checker::visit_objects`] calls.
pub type Visit<'f> = dyn FnMut(&str, Option<&str>, &Map<String, Value>) + 'f;

struct Visitor<'f, 'g>(&'g mut Visit<'f>);

impl Sink for Visitor<'_, '_> {
    fn value(&mut self, _: At<'_>, _: &Value, _: Option<&str>) {}

    fn free(&mut self, _: At<'_>, _: &Value) {}

    fn object(&mut self, at: At<'_>, _: &Expected, object: &Map<String, Value>) {
        (self.0)(at.place, at.schema.map(AsRef::as_ref), object);
    }

    fn found(&mut self, _: At<'_>, _: Found<'_>) {}

    fn shown<'n>(&mut self, _: At<'_>, name: &'n str) -> &'n str {
        name
    }
}

#[cfg(test)]
mod tests;
