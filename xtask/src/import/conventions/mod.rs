//! Adds the house conventions to an imported API: what vetting requires and no vendor writes.
//!
//! Each rule is one function over the whole draft; it reports what it did. The rules run in the order of [`RULES`]. What
//! can be rewritten while generating is left to `normalise`, so that the specification stays close to the vendor's words.

mod components;
mod evidence;
mod ids;
mod known;
mod paths;
mod schema_names;
mod security;
mod servers;
mod summaries;
mod tags;
mod words;

use super::{draft::Draft, names::Names};

/// One rule. The names are those that were chosen in earlier imports.
pub type Rule = fn(&mut Draft, &Names);

/// All rules by name, in the order in which they run.
pub const RULES: [(&str, Rule); 15] = [
    ("document", evidence::document),
    ("path_items", paths::items),
    ("path_parameters", paths::parameters),
    ("left_out", known::left_out),
    ("seen", known::seen),
    ("other_methods", paths::methods),
    ("callbacks", paths::callbacks),
    ("servers", servers::servers),
    ("security", security::security),
    ("tags", tags::tags),
    ("operation_ids", ids::ids),
    ("summaries", summaries::summaries),
    ("schema_names", schema_names::schema_names),
    ("unused_components", components::unused),
    ("evidence", evidence::evidence),
];

/// Applies all rules.
pub fn apply(draft: &mut Draft, names: &Names) {
    for (_, rule) in RULES {
        rule(draft, names);
    }
}
