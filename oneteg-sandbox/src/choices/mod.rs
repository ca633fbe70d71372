//! The sandbox's own choices: what it does where no source shows what the vendor does.
//!
//! They are data, in `choices.toml`: one table each, with the value that the code reads, so that evidence can replace
//! a value without a search through the code. A file of this module declares the choices of a vendor by type; the
//! code reads those statics. A test compares the declarations with the table.
//!
//! ```toml
//! [mediavalet.page-size]
//! choice = "A page of a list of assets has this many items by default."
//! value = 50
//! operations = ["listAssets"]                       # absent: all operations that it can concern
//! observe = ["getUsers /results/*"]                 # of members only: where responses show them
//! evidence = "observed 2026-12-01 (o1)"             # once there is any
//! ```

pub(crate) mod mediavalet;
pub(crate) mod netexplorer;
pub(crate) mod netx;
mod print;
mod value;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use print::markdown;
use value::Decided;
pub(crate) use value::Words;

const TABLE: &str = include_str!("../../choices.toml");

/// A decision that the sandbox makes because no source shows what the vendor does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SandboxChoice {
    /// What was decided, as a sentence; "this" refers to the value.
    pub choice: String,
    /// The ids of the operations concerned; empty for all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What is known, and why this was chosen.
    pub reason: Option<String>,
    /// Where responses of the vendor show the members that are the value: an operation and a place of its response,
    /// such as `getUsers /results/*`. `cargo xtask import --evidence` reads it.
    #[serde(default)]
    pub observe: Vec<String>,
    /// What was observed at the vendor since; the value then follows it.
    pub evidence: Option<String>,
    value: toml::Value,
}

impl SandboxChoice {
    /// The value as TOML, such as `50` or `["file", "folder"]`.
    #[must_use]
    pub fn value(&self) -> String {
        self.value.to_string()
    }
}

/// The choices of a vendor by name: `netx`, `mediavalet` or `netexplorer`; empty for others.
#[must_use]
pub fn of(vendor: &str) -> &'static BTreeMap<String, SandboxChoice> {
    static NONE: BTreeMap<String, SandboxChoice> = BTreeMap::new();
    table().get(vendor).unwrap_or(&NONE)
}

type Table = BTreeMap<String, BTreeMap<String, SandboxChoice>>;

fn table() -> &'static Table {
    static PARSED: OnceLock<Table> = OnceLock::new();
    // A test parses the table, which is part of the program.
    PARSED.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// A choice, with the type of its value.
pub(crate) struct Choice<T> {
    vendor: &'static str,
    name: &'static str,
    value: OnceLock<T>,
}

impl<T: Decided> Choice<T> {
    const fn new(vendor: &'static str, name: &'static str) -> Self {
        Self { vendor, name, value: OnceLock::new() }
    }

    /// The value, which is read once.
    pub(crate) fn get(&self) -> T {
        *self.value.get_or_init(|| self.read().unwrap_or_default())
    }

    /// `None` if the table has no such choice, or one of another type; a test fails then.
    fn read(&self) -> Option<T> {
        T::read(&of(self.vendor).get(self.name)?.value)
    }
}

/// Declares the choices of a vendor: `NAME: type = "name in the table";`.
macro_rules! choices {
    ($vendor:literal: $($name:ident: $type:ty = $key:literal;)*) => {
        use super::Choice;

        $(pub(crate) static $name: Choice<$type> = Choice::new($vendor, $key);)*

        /// The names, and whether the table has a value of the declared type.
        #[cfg(test)]
        pub(super) fn declared() -> Vec<(&'static str, bool)> {
            vec![$(($key, $name.read().is_some())),*]
        }
    };
}
use choices;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_declares_every_choice_with_the_type_of_its_value() {
        let parsed: Table = toml::from_str(TABLE).unwrap();
        for (vendor, declared) in [
            ("netx", netx::declared()),
            ("mediavalet", mediavalet::declared()),
            ("netexplorer", netexplorer::declared()),
        ] {
            for (name, has_type) in &declared {
                assert!(
                    has_type,
                    "{vendor}.{name} is missing in choices.toml, or has another type"
                );
            }
            let mut names: Vec<_> = declared.iter().map(|(name, _)| *name).collect();
            names.sort_unstable();
            assert_eq!(names, parsed[vendor].keys().collect::<Vec<_>>(), "{vendor}");
        }
        assert_eq!(parsed.len(), 3, "a vendor without a stand-in has no choices");
    }

    #[test]
    fn a_choice_names_operations_of_its_vendor_and_is_a_sentence() {
        for vendor in oneteg_catalog::VENDORS {
            let catalog = oneteg_catalog::of(vendor).unwrap();
            for (name, choice) in of(vendor) {
                assert!(choice.choice.ends_with('.'), "{vendor}.{name}");
                for id in &choice.operations {
                    let found = catalog.operations.iter().any(|entry| entry.operation_id == *id);
                    assert!(found, "{vendor}.{name}: there is no operation {id}");
                }
            }
        }
    }
}
