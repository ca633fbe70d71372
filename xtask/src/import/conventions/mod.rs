//! Adds the house conventions to an imported API: what vetting requires and no vendor writes.
//!
//! Each rule is one function over the whole draft; it reports what it did. The rules run in the order of [`RULES`]. What
//! can be rewritten while generating is left to `normalise`, so that the specification stays close to the vendor's words.

mod components;
mod connections;
mod evidence;
mod ids;
mod known;
mod nulls;
mod paths;
mod schema_names;
mod security;
mod server_paths;
mod servers;
mod summaries;
mod tags;
mod words;

use super::{draft::Draft, names::Names};

/// One rule. The names are those that were chosen in earlier imports.
pub type Rule = fn(&mut Draft, &Names);

/// The rules that decide which paths there are. They run before the names of a folder are known.
pub const FIRST: [(&str, Rule); 5] = [
    ("nulls", nulls::nulls),
    ("document", evidence::document),
    ("path_items", paths::items),
    ("path_parameters", paths::parameters),
    ("servers", servers::servers),
];

/// The other rules by name, in the order in which they run.
pub const RULES: [(&str, Rule); 12] = [
    ("left_out", known::left_out),
    ("seen", known::seen),
    ("other_methods", paths::methods),
    ("callbacks", paths::callbacks),
    ("security", security::security),
    ("connections", connections::connections),
    ("tags", tags::tags),
    ("operation_ids", ids::ids),
    ("summaries", summaries::summaries),
    ("schema_names", schema_names::schema_names),
    ("unused_components", components::unused),
    ("evidence", evidence::evidence),
];

/// Applies the first rules.
pub fn prepare(draft: &mut Draft, vendor: &str) {
    let names = Names { vendor: vendor.to_owned(), ..Names::default() };
    for (_, rule) in FIRST {
        rule(draft, &names);
    }
}

/// Applies the other rules.
pub fn apply(draft: &mut Draft, names: &Names) {
    for (_, rule) in RULES {
        rule(draft, names);
    }
}
