//! A sample of every type of a vendor, as the generator writes them: a JSON object by the type's name.
//!
//! A string such as `"$Asset"` stands for the sample of another type. Types may contain themselves: where
//! a type is already being replaced, nothing stands for it, and the member, or the item of the list, is
//! left out. `"$Asset!"` is a required member: without it, the object that has it is left out too.

use serde_json::{Map, Value};

use crate::{mutation::RoundTripFn, samples::Sample};

/// How deep references are followed.
const DEEPEST: usize = 8;

/// The samples of a vendor's types.
#[derive(Debug, Clone)]
pub struct SampleSet(Map<String, Value>);

impl SampleSet {
    /// Reads a generated file of samples.
    ///
    /// # Panics
    /// If the file is not a JSON object.
    pub fn parse(file: &str) -> Self {
        Self(serde_json::from_str(file).expect("a JSON object of samples"))
    }

    /// JSON with every reference replaced by its sample.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn expand(&self, json: &str) -> String {
        let value = serde_json::from_str(json).expect("JSON");
        self.expanded(&value, &mut Vec::new()).unwrap_or_default().to_string()
    }

    /// The samples of these types, each with what reads it.
    ///
    /// # Panics
    /// If a type has no sample.
    pub fn read_by(
        self,
        types: &'static [(&'static str, RoundTripFn)],
    ) -> impl Iterator<Item = Sample> {
        types.iter().map(move |&(name, round_trip)| {
            let value = self.0.get(name).expect("a sample of each type");
            let value = self.expanded(value, &mut Vec::new()).unwrap_or_default();
            // The tables of a test live as long as its process.
            Sample { name, json: value.to_string().leak(), round_trip }
        })
    }

    /// `None` for what has to be left out.
    fn expanded<'a>(&'a self, value: &'a Value, inside: &mut Vec<&'a str>) -> Option<Value> {
        Some(match value {
            Value::String(string) => match self.reference(string) {
                Some((name, _)) if inside.contains(&name) || inside.len() >= DEEPEST => {
                    return None;
                }
                Some((name, sample)) => {
                    inside.push(name);
                    let expanded = self.expanded(sample, inside);
                    inside.pop();
                    return expanded;
                }
                None => value.clone(),
            },
            Value::Array(items) => {
                items.iter().filter_map(|item| self.expanded(item, inside)).collect()
            }
            Value::Object(members) => {
                let mut expanded = Map::new();
                for (name, member) in members {
                    let is_required = member.as_str().is_some_and(|string| string.ends_with('!'));
                    match self.expanded(member, inside) {
                        Some(member) => {
                            expanded.insert(name.clone(), member);
                        }
                        None if is_required => return None,
                        None => {}
                    }
                }
                Value::Object(expanded)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// The type that a string refers to, and its sample.
    fn reference<'a>(&'a self, string: &'a str) -> Option<(&'a str, &'a Value)> {
        let name = string.strip_prefix('$')?.trim_end_matches('!');
        Some((name, self.0.get(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_at_every_depth() {
        let samples = SampleSet::parse(r#"{"Page": {"items": ["$Item"]}, "Item": {"cost": "$5"}}"#);
        assert_eq!(
            samples.expand(r#"{"pages": ["$Page"], "$Item": "Item"}"#),
            r#"{"$Item":"Item","pages":[{"items":[{"cost":"$5"}]}]}"#
        );
    }

    #[test]
    fn a_type_inside_of_itself_is_left_out() {
        let samples = SampleSet::parse(
            r#"{"Node": {"id": 1, "parent": "$Node", "children": ["$Node"], "link": "$Link"},
                "Link": {"to": "$Node!"}}"#,
        );
        // The link's node is required, so the link is left out with it.
        assert_eq!(samples.expand(r#""$Node""#), r#"{"children":[],"id":1}"#);
        let link = r#"{"to":{"children":[],"id":1}}"#;
        assert_eq!(samples.expand(r#""$Link""#), link);
    }
}
