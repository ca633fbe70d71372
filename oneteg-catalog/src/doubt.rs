//! What a specification is not sure of, and what would settle it.

use serde::{Deserialize, Serialize};

/// A doubt (`x-evidence.doubt`) with its probes.
#[derive(Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Doubt {
    /// The `operationId`, if it is about an operation, its parameters or its body.
    pub operation: Option<String>,
    /// The name of a parameter. Without an operation, it is about all that have the parameter.
    pub parameter: Option<String>,
    /// The name of a schema, if it is about one or its members.
    pub schema: Option<String>,
    /// The place of a member below the schema, or the body, as in [`crate::evidence::Finding::place`].
    pub member: Option<String>,
    /// What is uncertain, in Markdown.
    pub doubt: String,
    /// What would settle it. Each sentence of the doubt has a probe.
    #[serde(default)]
    pub probes: Vec<Probe>,
}

/// A question that settles a doubt or some sentences of it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Probe {
    /// The question.
    pub ask: Ask,
    /// The numbers of the sentences that it settles, from 1; empty for all.
    #[serde(default)]
    pub of: Vec<usize>,
    /// A place below the subject of the doubt; empty for the subject.
    #[serde(default)]
    pub at: String,
    /// The parameter that the question is about.
    pub parameter: Option<String>,
}

macro_rules! asks {
    ($($(#[doc = $doc:literal])* $name:ident $word:literal,)*) => {
        /// A question about an operation, a schema or a member.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Ask {
            $($(#[doc = $doc])* $name,)*
            /// A question that this version does not know.
            #[default]
            #[serde(other)]
            Other,
        }

        impl Ask {
            /// The words of all questions, as specifications write them.
            pub const WORDS: &[&str] = &[$($word),*];

            /// The word of the question.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Other => "other",
                }
            }
        }
    };
}

asks! {
    /// Whether the value has the described type: a list or an object, for example.
    Shape "shape",
    /// Whether there are no members besides those described.
    Members "members",
    /// Whether the member exists and has the described type.
    Member "member",
    /// Whether the names are spelled as described, and not like their aliases.
    Spelling "spelling",
    /// Whether there are no values besides those described.
    Values "values",
    /// Whether the response is empty.
    Empty "empty",
    /// What the response contains.
    Content "content",
    /// Which status a success has.
    Status "status",
    /// Which media type the response has.
    MediaType "media_type",
    /// Whether the call succeeds as it is described.
    Call "call",
    /// Whether parameters select a page, and which.
    Paging "paging",
    /// Whether the call needs no credential of a user.
    Public "public",
    /// Whether the parameter has an effect on a list.
    Parameter "parameter",
    /// Whether the place exists if the parameter is left out.
    Without "without",
    /// Whether the items have the order of the requested ids.
    Order "order",
    /// What a list contains for an id that does not exist.
    UnknownId "unknown_id",
    /// How a parameter is compared with names: in full or in part, with or without letter case.
    Matching "matching",
    /// Whether a tree contains all levels or only the top one.
    Levels "levels",
    /// Only a write shows it.
    Write "write",
    /// Only an account of another kind, or a second user, shows it.
    Account "account",
    /// No response shows it: a meaning, a unit, the values that a parameter accepts.
    Vendor "vendor",
}

/// The sentences of a doubt. A sentence ends with a full stop before a space and a capital letter or a backtick.
pub fn sentences(doubt: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut rest = doubt.trim();
    let mut searched = 0;
    while let Some(found) = rest.get(searched..).and_then(|text| text.find(". ")) {
        let end = searched + found + 1;
        let next = rest[end..].trim_start();
        if next.starts_with(|letter: char| letter.is_uppercase() || letter == '`') {
            sentences.push(&rest[..end]);
            rest = next;
            searched = 0;
        } else {
            searched = end;
        }
    }
    if !rest.is_empty() {
        sentences.push(rest);
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VENDORS;

    #[test]
    fn a_doubt_consists_of_sentences() {
        assert_eq!(
            sentences("Is it a list, e.g. of ids? No. `type` is 2. 3 is\nunknown. Ä."),
            ["Is it a list, e.g. of ids? No.", "`type` is 2. 3 is\nunknown.", "Ä."]
        );
        assert_eq!(sentences(" "), Vec::<&str>::new());
        assert_eq!(sentences("One"), ["One"]);
    }

    #[test]
    fn words_are_read_and_written() {
        for word in Ask::WORDS {
            let ask: Ask = serde_json::from_value((*word).into()).unwrap();
            assert_eq!(ask.word(), *word);
        }
        let later: Ask = serde_json::from_value("smell".into()).unwrap();
        assert_eq!(later, Ask::Other);
    }

    /// A maintainer who adds a doubt also states what would settle it.
    #[test]
    fn every_sentence_of_every_doubt_has_a_probe() {
        for vendor in VENDORS {
            let catalog = crate::of(vendor).unwrap();
            assert!(catalog.doubts.len() > 40, "{vendor}");
            for doubt in &catalog.doubts {
                for number in 1..=sentences(&doubt.doubt).len() {
                    let is_probed =
                        |probe: &Probe| probe.of.is_empty() || probe.of.contains(&number);
                    assert!(
                        doubt.probes.iter().any(is_probed),
                        "{vendor}, sentence {number}: {doubt:?}"
                    );
                }
                assert!(doubt.probes.iter().all(|probe| probe.ask != Ask::Other), "{doubt:?}");
            }
        }
    }

    #[test]
    fn every_doubt_about_an_operation_or_schema_names_one_that_exists() {
        for vendor in VENDORS {
            let catalog = crate::of(vendor).unwrap();
            for doubt in &catalog.doubts {
                let operation = doubt.operation.as_deref();
                assert!(operation.is_none_or(|name| catalog.find(name).is_some()), "{doubt:?}");
                let schema = doubt.schema.as_deref();
                assert!(schema.is_none_or(|name| catalog.schemas.get(name).is_some()), "{doubt:?}");
            }
        }
    }
}
