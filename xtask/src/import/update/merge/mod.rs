//! Adds what the vendor's file has to operations and schemas that were edited: new parameters, members and values of
//! enums. What differs otherwise is reported; nothing that is written changes.

mod differences;
mod operation;
mod procedure;
mod schema;

use serde_json::Value;

use crate::import::{draft::Order, edit::Text, insert, report::Report, schemas};

/// The rule of all entries.
pub const RULE: &str = "update";

/// Where a value is compared.
pub struct Merge<'a, 'b> {
    pub text: &'a mut Text<'b>,
    pub order: &'a Order,
    pub report: &'a mut Report,
    /// The members that an earlier import wrote, where that is known: those that are missing now were removed on purpose.
    pub written: Option<&'a [String]>,
    /// Whether differences are reported. On the first import onto a folder there would be one everywhere.
    pub is_tracked: bool,
}

impl Merge<'_, '_> {
    /// A type, a format or a reference.
    pub fn differs(&mut self, at: &str, ours: &str, theirs: &str) {
        let message = "types that were edited here differ; correct them, or keep them";
        self.decide(message, at, &format!("`{ours}` here, `{theirs}` in the vendor's file"));
    }

    /// Adds an entry for a person, unless the folder was never imported.
    pub fn decide(&mut self, message: &str, at: &str, detail: &str) {
        if self.is_tracked {
            self.report.to_decide(RULE, message, &schemas::place(at), detail);
        }
    }

    /// Inserts a member, and reports it. `false` if there is no place for it.
    fn add(&mut self, pointer: &str, name: &str, value: &Value, message: &str) -> bool {
        let is_added = self.insert(pointer, name, value);
        if is_added {
            let list = value.as_array().filter(|_| name == "required");
            let names: Vec<&str> = list
                .map_or_else(|| vec![name], |list| list.iter().filter_map(Value::as_str).collect());
            for name in names {
                self.report.changed(RULE, message, &schemas::place(pointer), name);
            }
        }
        is_added
    }

    /// Inserts a member into the object at a pointer.
    fn insert(&mut self, pointer: &str, name: &str, value: &Value) -> bool {
        insert::member(self.text, pointer, name, value, self.order) || self.unplaced(pointer, name)
    }

    /// Inserts an item into the list at a pointer.
    pub fn item(&mut self, pointer: &str, value: &Value) -> bool {
        if insert::item(self.text, pointer, value, self.order) {
            return true;
        }
        let name = value["name"].as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.unplaced(pointer, &name)
    }

    fn unplaced(&mut self, pointer: &str, name: &str) -> bool {
        let message = "what is new cannot be added to the text safely; add it manually";
        self.report.to_decide(RULE, message, &schemas::place(pointer), name);
        false
    }
}
