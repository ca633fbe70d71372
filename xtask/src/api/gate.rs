//! The features that an item needs.

use std::{collections::BTreeSet, fmt};

use syn::{Attribute, Meta, Token, punctuated::Punctuated};

/// The condition of `#[cfg]`: any of these sets of features, of which all must be enabled. A condition other than a
/// feature counts as one, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate(BTreeSet<BTreeSet<String>>);

impl Default for Gate {
    fn default() -> Self {
        Self(BTreeSet::from([BTreeSet::new()]))
    }
}

impl Gate {
    /// The condition that the attributes of an item state.
    pub fn of(attributes: &[Attribute]) -> Self {
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        conditions
            .filter_map(|attribute| attribute.parse_args::<Meta>().ok())
            .fold(Self::default(), |gate, condition| gate.and(&Self::condition(&condition)))
    }

    fn condition(condition: &Meta) -> Self {
        let parts = |list: &syn::MetaList| {
            list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .unwrap_or_default()
        };
        match condition {
            Meta::List(list) if list.path.is_ident("all") => parts(list)
                .iter()
                .fold(Self::default(), |gate, part| gate.and(&Self::condition(part))),
            Meta::List(list) if list.path.is_ident("any") => {
                parts(list).iter().fold(Self(BTreeSet::new()), |gate, part| {
                    Self(gate.0.into_iter().chain(Self::condition(part).0).collect()).reduced()
                })
            }
            Meta::NameValue(pair) if pair.path.is_ident("feature") => {
                Self::one(super::written::written(&pair.value).trim_matches('"'))
            }
            other => Self::one(&format!("cfg({})", super::written::written(other))),
        }
    }

    fn one(name: &str) -> Self {
        Self(BTreeSet::from([BTreeSet::from([name.to_owned()])]))
    }

    /// Both conditions.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut sets = BTreeSet::new();
        for left in &self.0 {
            for right in &other.0 {
                sets.insert(left.union(right).cloned().collect());
            }
        }
        Self(sets).reduced()
    }

    /// Without the sets that contain another.
    fn reduced(self) -> Self {
        let is_needed = |set: &&BTreeSet<String>| {
            !self.0.iter().any(|other| other != *set && other.is_subset(set))
        };
        Self(self.0.iter().filter(is_needed).cloned().collect())
    }

    /// Whether the item exists in builds of tests only.
    pub fn is_test(&self) -> bool {
        self.0.iter().all(|set| set.contains("cfg(test)"))
    }

    /// Whether this holds wherever the other holds.
    pub fn holds_where(&self, other: &Self) -> bool {
        other.0.iter().all(|set| self.0.iter().any(|own| own.is_subset(set)))
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets: Vec<String> = self
            .0
            .iter()
            .map(|set| set.iter().cloned().collect::<Vec<_>>().join(" and "))
            .collect();
        match sets.iter().all(String::is_empty) {
            true => f.write_str("none"),
            false => f.write_str(&sets.join(" or ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(condition: &str) -> Gate {
        let item: syn::ItemStruct =
            syn::parse_str(&format!("#[cfg({condition})] struct A;")).unwrap();
        Gate::of(&item.attrs)
    }

    #[test]
    fn a_looser_condition_holds_where_a_stricter_one_does() {
        let a = gate("feature = \"a\"");
        let a_or_b = gate("any(feature = \"a\", feature = \"b\")");
        let a_and_b = gate("all(feature = \"a\", feature = \"b\")");
        assert!(a_or_b.holds_where(&a) && !a.holds_where(&a_or_b));
        assert!(a.holds_where(&a_and_b) && !a_and_b.holds_where(&a));
        assert!(Gate::default().holds_where(&a) && !a.holds_where(&Gate::default()));
        assert_eq!(a_or_b.and(&a), a);
        assert_eq!(a_and_b.to_string(), "a and b");
        assert!(gate("test").is_test() && !a.is_test() && !Gate::default().is_test());
    }
}
