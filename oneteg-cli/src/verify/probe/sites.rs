//! Where in responses a schema occurs.

use std::collections::BTreeMap;

use oneteg_catalog::Schemas;
use serde_json::Value;

use crate::catalog::Catalog;

/// How deep schemas are followed; a limit against those that contain themselves.
const MAX_DEPTH: usize = 16;

/// The places of schemas: the index of an operation in the catalog, and a pointer with `*`.
pub(super) struct Sites(BTreeMap<String, Vec<(usize, String)>>);

impl Sites {
    pub(super) fn new(catalog: &Catalog) -> Self {
        let mut sites = Self(BTreeMap::new());
        for (index, entry) in catalog.operations.iter().enumerate() {
            if let Some(schema) = &entry.response.schema {
                let mut walk = Walk {
                    schemas: &catalog.schemas,
                    sites: &mut sites,
                    operation: index,
                    around: Vec::new(),
                };
                walk.schema(schema, "", 0);
            }
        }
        sites
    }

    pub(super) fn of(&self, schema: &str) -> &[(usize, String)] {
        self.0.get(schema).map_or(&[], Vec::as_slice)
    }
}

struct Walk<'a> {
    schemas: &'a Schemas,
    sites: &'a mut Sites,
    operation: usize,
    /// The named schemas around the place.
    around: Vec<String>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, place: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(name) = Schemas::name(schema) {
            let site = (self.operation, place.to_owned());
            let known = self.sites.0.entry(name.to_owned()).or_default();
            if !known.contains(&site) {
                known.push(site);
            }
            if self.around.iter().any(|around| around == name) {
                return;
            }
            let Some(target) = self.schemas.get(name) else { return };
            self.around.push(name.to_owned());
            self.schema(&target, place, depth + 1);
            self.around.pop();
            return;
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in schema[key].as_array().into_iter().flatten() {
                self.schema(part, place, depth + 1);
            }
        }
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let name = name.replace('~', "~0").replace('/', "~1");
            self.schema(member, &format!("{place}/{name}"), depth + 1);
        }
        for key in ["items", "additionalProperties"] {
            if schema[key].is_object() {
                self.schema(&schema[key], &format!("{place}/*"), depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_found_below_lists_members_and_compositions() {
        let catalog = oneteg_catalog::of("netexplorer").unwrap();
        let sites = Sites::new(catalog);
        let of = |schema: &str, operation: &str| -> Vec<&str> {
            let id = |index: usize| catalog.operations[index].operation_id.as_str();
            let sites = sites.of(schema).iter().filter(|(index, _)| id(*index) == operation);
            sites.map(|(_, place)| place.as_str()).collect()
        };
        assert_eq!(of("Folder", "listFolders"), ["/*", "/*/content/folders/*"]);
        assert!(of("File", "getFolder").contains(&"/content/files/*"));
        assert_eq!(of("Folder", "listUsers"), [] as [&str; 0]);
    }
}
