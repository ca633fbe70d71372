//! Which generated assets a query selects, without looking at each of them.
//!
//! | Condition | Numbers that it selects |
//! |---|---|
//! | on the date of upload or approval, which ascends | a range |
//! | on another property, which all of them share | all or none |
//! | a search without digits | all or none |
//! | a search with digits | found by looking at each |

use super::expression::{Expression, Operator};
use super::fields;
use super::search_terms::SearchTerms;
use super::selection::partition_point;
use crate::mediavalet::state::{Numbers, Store};

/// The numbers for which an expression holds, out of `all`.
pub(super) fn filter(store: &Store, expression: &Expression, all: &Numbers) -> Numbers {
    match expression {
        Expression::And(parts) => {
            parts.iter().fold(all.clone(), |found, part| filter(store, part, &found))
        }
        Expression::Or(parts) => parts
            .iter()
            .fold(Numbers::default(), |found, part| found.union(&filter(store, part, all))),
        Expression::Compare { name, operator, value } => {
            let date = matches!(name.to_lowercase().as_str(), "dateuploaded" | "dateapproved");
            let holds = |number, operator| {
                let comparison =
                    Expression::Compare { name: name.clone(), operator, value: value.clone() };
                let asset = store.assets.generated(number);
                comparison.holds(&|name| fields::filter_values(store, &asset, name))
            };
            let first = |operator| {
                let length = usize::try_from(all.len()).unwrap_or(usize::MAX);
                partition_point(length, |place| {
                    all.nth(place as u64).is_some_and(|number| holds(number, operator))
                }) as u64
            };
            // The places before `lower` have an earlier date, those from `upper` on a later one.
            let (lower, upper) =
                if date { (first(Operator::Lt), first(Operator::Le)) } else { (0, 0) };
            match (date, operator) {
                (true, Operator::Lt) => places(all, 0, lower),
                (true, Operator::Le) => places(all, 0, upper),
                (true, Operator::Ge) => places(all, lower, all.len()),
                (true, Operator::Gt) => places(all, upper, all.len()),
                (true, Operator::Eq) => places(all, lower, upper),
                (true, Operator::Ne) => places(all, 0, lower).union(&places(all, upper, all.len())),
                (true, _) => {
                    Numbers::collect(all.iter().filter(|number| holds(*number, *operator)))
                }
                (false, _) => match all.nth(0) {
                    Some(number) if holds(number, *operator) => all.clone(),
                    _ => Numbers::default(),
                },
            }
        }
    }
}

/// The numbers at the places from `start` to `end` (exclusive).
fn places(all: &Numbers, start: u64, end: u64) -> Numbers {
    match (all.nth(start), end.checked_sub(1).and_then(|last| all.nth(last))) {
        (Some(first), Some(last)) if start < end => all.intersection(&Numbers::range(first, last)),
        _ => Numbers::default(),
    }
}

/// The numbers that a search finds in the named fields, out of `all`.
pub(super) fn search(
    store: &Store,
    terms: &SearchTerms,
    names: &[String],
    all: &Numbers,
) -> Numbers {
    let matches = |number| {
        let asset = store.assets.generated(number);
        terms.matches(&|| fields::search_values(store, &asset, names))
    };
    // The generated assets differ in digits only.
    if terms.has_digits() {
        return Numbers::collect(all.iter().filter(|number| matches(*number)));
    }
    match all.nth(0) {
        Some(number) if matches(number) => all.clone(),
        _ => Numbers::default(),
    }
}
