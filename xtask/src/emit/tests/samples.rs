//! The samples of all types, as a file of JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use proc_macro2::Literal;
use serde_json::Value;

use super::{
    super::{Input, types::Types},
    sample::Sampler,
};
use crate::names;

/// A value of every type that is read from JSON, by the type's name.
pub struct Samples<'a> {
    sampler: Sampler<'a>,
    values: BTreeMap<String, Value>,
}

impl<'a> Samples<'a> {
    pub fn new(input: &Input<'a>, types: &Types) -> Self {
        let root = &input.spec.root;
        let schemas = root["components"]["schemas"].as_object();
        let sampled: Vec<(&String, String, &Value)> = schemas
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name, names::pascal(name), schema))
            // The values of an enum without a name are in the samples of what contains it.
            .filter(|(_, _, schema)| schema["x-unnamed"] != true)
            .filter(|(_, ty, _)| types.is_reached(ty) && !input.lowered.forms.contains_key(ty))
            .collect();
        let sampler = Sampler::new(root, sampled.iter().map(|(_, ty, _)| ty.clone()).collect());
        let values = sampled
            .into_iter()
            .map(|(name, ty, schema)| (ty, sampler.sample(schema, name)))
            .collect();
        Self { sampler, values }
    }

    /// The names of the types that have a sample.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.sampler.names().iter()
    }

    /// The JSON of a sample as a literal. Strings in it are derived from the name.
    pub fn literal(&self, schema: &Value, name: &str) -> Literal {
        raw(&self.sampler.sample(schema, name).to_string())
    }

    /// The JSON of a parameter's sample as a literal.
    pub fn parameter(&self, schema: &Value, name: &str) -> Literal {
        raw(&self.sampler.parameter(schema, name).to_string())
    }

    /// The contents of `samples.json`, with one line for each member: a changed member is a changed line.
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        for (index, (name, value)) in self.values.iter().enumerate() {
            text.push_str(if index > 0 { ",\n" } else { "\n" });
            let _ = write!(text, "  {}: ", Value::from(name.as_str()));
            match value.as_object().filter(|members| !members.is_empty()) {
                Some(members) => {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(name, value)| format!("    {}: {value}", Value::from(name.as_str())))
                        .collect();
                    let _ = write!(text, "{{\n{}\n  }}", members.join(",\n"));
                }
                None => text.push_str(&value.to_string()),
            }
        }
        text.push_str("\n}\n");
        text
    }
}

/// A string literal; a raw one if it contains quotes, so that JSON stays readable.
fn raw(text: &str) -> Literal {
    let hashes = text.split('"').skip(1).map(leading_hashes).max().map(|most| "#".repeat(most + 1));
    let literal = hashes.and_then(|hashes| format!("r{hashes}\"{text}\"{hashes}").parse().ok());
    literal.unwrap_or_else(|| Literal::string(text))
}

fn leading_hashes(text: &str) -> usize {
    text.len() - text.trim_start_matches('#').len()
}
