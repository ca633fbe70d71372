//! What the readers of YAML and JSON make of a file.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagnostic::Location;

/// Deeper nesting than any real specification has. Without a limit, the stack would be it.
pub(super) const MAX_DEPTH: usize = 100;

/// A parsed file: its value, and the location of every JSON pointer in it.
#[derive(Debug)]
pub struct Parsed {
    pub value: Value,
    pub locations: BTreeMap<String, Location>,
}
