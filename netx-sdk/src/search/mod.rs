//! Builds search queries from conditions.
//!
//! ```
//! use netx_sdk::search::{any, attribute, field, folder, not};
//! use netx_sdk::types::{SearchField, SearchQuery};
//!
//! // JPEG pictures in folder 646 or its sub-folders, with one of two object numbers, except drafts.
//! let query: SearchQuery = folder(646).recursive()
//!     .and(field(SearchField::FileType).is("jpg"))
//!     .and(any([attribute("ObjectID").is("1"), attribute("ObjectID").is("2")]))
//!     .and(not(attribute("Status").is("Draft")))
//!     .into();
//! # let _ = query;
//! ```
//!
//! Dates are compared with `chrono`'s types, bounds included or not:
//!
//! ```
//! use chrono::{Days, NaiveDate, Utc};
//! use netx_sdk::{search::field, types::SearchField};
//!
//! let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
//! let from_march = field(SearchField::ImportDate).at_least(day);
//! let until_february = field(SearchField::ImportDate).before(day);
//! let this_week = field(SearchField::ModDate).after(Utc::now() - Days::new(7));
//! # let _ = (from_march, until_february, this_week);
//! ```
//!
//! A query is a list of criteria, each with an operator. How NetX combines `and` and `or` within one list is not
//! documented, so the builder never mixes them:
//!
//! | Builder | Criteria |
//! |---|---|
//! | a condition | one, with `and` |
//! | [`a.and(b)`](SearchCondition::and), [`all`] | those of all conditions, in one list |
//! | [`not(a)`](not()), [`a.and_not(b)`](SearchCondition::and_not) | the negated criterion with `not`; several are nested in one first |
//! | [`a.or(b)`](SearchCondition::or), [`any`] | one with `and`, with a nested list of `or` criteria |

mod bound;

use std::ops::{Bound, RangeBounds};

use chrono::{DateTime, NaiveDate, TimeZone};

#[doc(inline)]
pub use self::bound::SearchBound;
use self::bound::{Moment, lower_end, upper_end};

// This module replaces the generated one of the same name.
pub use crate::generated::search::*;

use crate::types::{
    Criterion, CriterionOperator, FolderCriterion, MatchCriterion, RangeCriterion, SearchField,
    SearchQuery, SearchValue,
};

/// One or several conditions that an asset must meet. Converts into a [`SearchQuery`].
///
/// Its criteria all have the operator `and` or `not`; alternatives (`or`) are nested in one of them.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a condition does nothing until it is passed to a search"]
pub struct SearchCondition(Vec<Criterion>);

/// Matches assets that meet at least one of the conditions; without conditions, none.
///
/// The server fails at about 100 conditions in one call of `any`; split longer lists into several searches.
pub fn any(conditions: impl IntoIterator<Item = SearchCondition>) -> SearchCondition {
    let criteria = conditions.into_iter().map(|condition| condition.joined(&CriterionOperator::Or));
    let criteria: Vec<_> = criteria.collect();
    if criteria.is_empty() {
        return nothing();
    }
    // In a separate nested query, so that `or` applies to nothing else: its precedence in a mixed list is unknown.
    SearchCondition(vec![nested(criteria, CriterionOperator::And)])
}

/// Matches no asset: a condition and its opposite. What a server makes of an empty nested query is not known; if it ignored
/// the query, everything would match.
fn nothing() -> SearchCondition {
    let id = || field(SearchField::AssetId).is(0);
    id().and_not(id())
}

/// Matches assets that meet all conditions.
pub fn all(conditions: impl IntoIterator<Item = SearchCondition>) -> SearchCondition {
    SearchCondition(conditions.into_iter().flat_map(|condition| condition.0).collect())
}

/// Matches assets that do not meet the condition. `a.and(not(b))` and `a.and_not(b)` send the same query: in NetX,
/// negation is an operator of a criterion, like `and` and `or`.
pub fn not(condition: SearchCondition) -> SearchCondition {
    SearchCondition(vec![condition.joined(&CriterionOperator::Not)])
}

/// Matches assets in a folder; [`recursive`](FolderCondition::recursive) adds its sub-folders.
pub fn folder(id: i64) -> FolderCondition {
    FolderCondition { id, recursive: false }
}

/// A metadata attribute, by its label as shown in the user interface.
pub fn attribute(label: impl Into<String>) -> SearchProperty {
    SearchProperty { field: None, attribute: Some(label.into()) }
}

/// A system field.
pub fn field(field: impl Into<SearchField>) -> SearchProperty {
    SearchProperty { field: Some(field.into()), attribute: None }
}

fn nested(criteria: Vec<Criterion>, operator: CriterionOperator) -> Criterion {
    Criterion::new(operator).subquery(SearchQuery::new(criteria))
}

impl SearchCondition {
    /// Also requires the other condition.
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// Also requires that the other condition is not met.
    pub fn and_not(mut self, other: impl Into<Self>) -> Self {
        self.0.push(other.into().joined(&CriterionOperator::Not));
        self
    }

    /// Matches what meets all conditions so far, or the other condition.
    pub fn or(self, other: impl Into<Self>) -> Self {
        any([self, other.into()])
    }

    /// The condition as one criterion with this operator, for `or` and `not`; several criteria are nested.
    fn joined(mut self, operator: &CriterionOperator) -> Criterion {
        use CriterionOperator::{And, Not};
        match self.0.pop() {
            Some(only) if self.0.is_empty() && only.operator == And => {
                Criterion { operator: operator.clone(), ..only }
            }
            // A double negation.
            Some(only) if self.0.is_empty() && *operator == Not => {
                Criterion { operator: And, ..only }
            }
            last => {
                self.0.extend(last);
                nested(self.0, operator.clone())
            }
        }
    }
}

impl From<SearchCondition> for SearchQuery {
    fn from(condition: SearchCondition) -> Self {
        Self::new(condition.0)
    }
}

/// The condition that an asset is in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a condition does nothing until it is passed to a search"]
pub struct FolderCondition {
    id: i64,
    recursive: bool,
}

impl FolderCondition {
    /// Includes sub-folders.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// Also requires the other condition.
    pub fn and(self, other: impl Into<SearchCondition>) -> SearchCondition {
        SearchCondition::from(self).and(other)
    }

    /// Also requires that the other condition is not met.
    pub fn and_not(self, other: impl Into<SearchCondition>) -> SearchCondition {
        SearchCondition::from(self).and_not(other)
    }

    /// Matches what is in the folder, or meets the other condition.
    pub fn or(self, other: impl Into<SearchCondition>) -> SearchCondition {
        SearchCondition::from(self).or(other)
    }
}

impl From<FolderCondition> for SearchCondition {
    fn from(folder: FolderCondition) -> Self {
        let criterion = FolderCriterion::new(folder.id, folder.recursive);
        Self(vec![Criterion::default().folder(criterion)])
    }
}

impl From<FolderCondition> for SearchQuery {
    fn from(folder: FolderCondition) -> Self {
        SearchCondition::from(folder).into()
    }
}

/// A property of assets, to compare with a value: a system field or a metadata attribute.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a property does nothing until it is compared with a value"]
pub struct SearchProperty {
    field: Option<SearchField>,
    attribute: Option<String>,
}

impl SearchProperty {
    /// The property equals the value.
    pub fn is(self, value: impl Into<SearchValue>) -> SearchCondition {
        let exact = self.matching(value.into());
        SearchCondition(vec![Criterion::default().exact(exact)])
    }

    /// The property contains the value as a substring.
    pub fn contains(self, value: impl Into<SearchValue>) -> SearchCondition {
        let contains = self.matching(value.into());
        SearchCondition(vec![Criterion::default().contains(contains)])
    }

    /// The property equals one of the values; without values, no asset matches. See [`any`] for the limit.
    pub fn is_one_of<V: Into<SearchValue>>(
        self,
        values: impl IntoIterator<Item = V>,
    ) -> SearchCondition {
        any(values.into_iter().map(|value| self.clone().is(value)))
    }

    /// The property is in the range, bounds included. A day is a bound with all its hours (UTC).
    pub fn between(self, min: impl SearchBound, max: impl SearchBound) -> SearchCondition {
        self.range(Bound::Included(min.moment()), Bound::Included(max.moment()))
    }

    /// The property is in a range of Rust, whose bounds may be included, excluded or open.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use netx_sdk::{search::field, types::SearchField};
    ///
    /// let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    /// let imported_in_2025 = field(SearchField::ImportDate).in_range(new_year(2025)..new_year(2026));
    /// # let _ = imported_in_2025;
    /// ```
    pub fn in_range<B: SearchBound + Clone>(self, range: impl RangeBounds<B>) -> SearchCondition {
        let moment = |bound: Bound<&B>| bound.cloned().map(SearchBound::moment);
        self.range(moment(range.start_bound()), moment(range.end_bound()))
    }

    /// The date is within a day, in UTC.
    pub fn on(self, day: NaiveDate) -> SearchCondition {
        self.between(day, day)
    }

    /// The property is the value or greater (later).
    pub fn at_least(self, min: impl SearchBound) -> SearchCondition {
        self.range(Bound::Included(min.moment()), Bound::Unbounded)
    }

    /// The property is the value or less (earlier).
    pub fn at_most(self, max: impl SearchBound) -> SearchCondition {
        self.range(Bound::Unbounded, Bound::Included(max.moment()))
    }

    /// The property is later (greater) than the value. `after` a day is from the beginning of the next one.
    pub fn after(self, min: impl SearchBound) -> SearchCondition {
        self.range(Bound::Excluded(min.moment()), Bound::Unbounded)
    }

    /// The property is earlier (less) than the value.
    pub fn before(self, max: impl SearchBound) -> SearchCondition {
        self.range(Bound::Unbounded, Bound::Excluded(max.moment()))
    }

    fn matching(self, value: SearchValue) -> MatchCriterion {
        let mut criterion = MatchCriterion::new(value);
        (criterion.attribute, criterion.field) = (self.attribute, self.field);
        criterion
    }

    fn range(self, min: Bound<Moment>, max: Bound<Moment>) -> SearchCondition {
        let ((min, include_min), (max, include_max)) = (lower_end(min), upper_end(max));
        let mut range = RangeCriterion::new(include_min, include_max);
        (range.attribute, range.field, range.min, range.max) =
            (self.attribute, self.field, min, max);
        SearchCondition(vec![Criterion::default().range(range)])
    }
}

impl Default for Criterion {
    /// No condition, joined by `and`. Set one of its members.
    fn default() -> Self {
        Self::new(CriterionOperator::And)
    }
}

impl From<&str> for SearchValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl<Tz: TimeZone> From<DateTime<Tz>> for SearchValue {
    /// Milliseconds since the Unix epoch, the format of NetX.
    fn from(time: DateTime<Tz>) -> Self {
        Self::Int64(time.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn json_of(condition: impl Into<SearchQuery>) -> Value {
        serde_json::to_value(condition.into()).unwrap()
    }

    #[test]
    fn one_condition_is_one_criterion() {
        assert_eq!(
            json_of(field(SearchField::FileName).is("a.jpg")),
            json!({"query": [{"operator": "and", "exact": {"field": "fileName", "value": "a.jpg"}}]})
        );
    }

    #[test]
    fn alternatives_are_nested() {
        assert_eq!(
            json_of(folder(1).and(any([attribute("A").is("1"), attribute("A").contains("2")]))),
            json!({"query": [
                {"operator": "and", "folder": {"folderId": 1, "recursive": false}},
                {"operator": "and", "subquery": {"query": [
                    {"operator": "or", "exact": {"attribute": "A", "value": "1"}},
                    {"operator": "or", "contains": {"attribute": "A", "value": "2"}}
                ]}}
            ]})
        );
    }

    #[test]
    fn alternatives_of_nothing_match_nothing() {
        let contradiction = json!([
            {"operator": "and", "exact": {"field": "assetId", "value": 0}},
            {"operator": "not", "exact": {"field": "assetId", "value": 0}}
        ]);
        assert_eq!(json_of(any([])), json!({"query": contradiction}));
        let none: [&str; 0] = [];
        let found = json_of(folder(1).and(attribute("Status").is_one_of(none)));
        assert_eq!(found["query"].as_array().unwrap()[1..], contradiction.as_array().unwrap()[..]);
        // It does not turn into its opposite in a negation.
        let negated = json_of(not(any([])));
        assert_eq!(negated["query"][0]["subquery"]["query"], contradiction);
    }

    #[test]
    fn a_negation_is_the_operator_of_its_criterion() {
        let draft = || attribute("Status").is("Draft");
        let flat = json!({"query": [
            {"operator": "and", "folder": {"folderId": 1, "recursive": false}},
            {"operator": "not", "exact": {"attribute": "Status", "value": "Draft"}}
        ]});
        assert_eq!(json_of(folder(1).and(not(draft()))), flat);
        assert_eq!(json_of(folder(1).and_not(draft())), flat);
        assert_eq!(json_of(all([folder(1).into(), not(draft())])), flat);
        assert_eq!(json_of(folder(1).and(all([not(draft())]))), flat);
        assert_eq!(json_of(not(draft()))["query"], json!([flat["query"][1]]));
        assert_eq!(json_of(not(draft()).and(folder(1)))["query"][0], flat["query"][1]);
    }

    #[test]
    fn a_negated_group_stays_together_in_both_forms() {
        let both = || attribute("A").is("1").and(attribute("B").is("2"));
        let flat = json!({"query": [
            {"operator": "and", "folder": {"folderId": 1, "recursive": false}},
            {"operator": "not", "subquery": {"query": [
                {"operator": "and", "exact": {"attribute": "A", "value": "1"}},
                {"operator": "and", "exact": {"attribute": "B", "value": "2"}}
            ]}}
        ]});
        assert_eq!(json_of(folder(1).and(not(both()))), flat);
        assert_eq!(json_of(folder(1).and_not(both())), flat);
        let either = || attribute("A").is_one_of(["1", "2"]);
        let flat = json_of(folder(1).and_not(either()));
        assert_eq!(flat["query"][1]["operator"], "not");
        assert_eq!(flat["query"][1]["subquery"]["query"][1]["operator"], "or");
        assert_eq!(json_of(folder(1).and(not(either()))), flat);
    }

    #[test]
    fn nested_groups_have_flat_negations_too() {
        let (a, b, c) =
            (|| attribute("A").is("1"), || attribute("B").is("2"), || attribute("C").is("3"));
        let group = |second| {
            json!({"operator": "or", "subquery": {"query": [
                {"operator": "and", "exact": {"attribute": "A", "value": "1"}},
                {"operator": second, "exact": {"attribute": "B", "value": "2"}}
            ]}})
        };
        for condition in [a().and(not(b())).or(c()), a().and_not(b()).or(c())] {
            let query = json_of(condition);
            assert_eq!(query["query"][0]["subquery"]["query"][0], group("not"));
        }
        // A double negation is the condition itself, or the group's conditions.
        assert_eq!(json_of(not(not(a()))), json_of(a()));
        assert_eq!(
            json_of(c().and(not(not(a().and(b()))))),
            json_of(c().and(not(not(all([a(), b()])))))
        );
        assert_eq!(json_of(c().and_not(not(a()))), json_of(c().and(a())));
        // A negation within `or` must be nested, since a criterion has only one operator.
        assert_eq!(
            json_of(any([a(), not(b())]))["query"][0]["subquery"]["query"][1],
            json!({"operator": "or", "subquery": {"query": [
                {"operator": "not", "exact": {"attribute": "B", "value": "2"}}
            ]}})
        );
    }

    #[test]
    fn an_open_bound_is_null() {
        assert_eq!(
            json_of(field(SearchField::ImportDate).at_least(7)),
            json!({"query": [{"operator": "and", "range": {
                "field": "importDate", "min": 7, "max": null, "includeMin": true, "includeMax": true
            }}]})
        );
    }

    #[test]
    fn bounds_may_be_excluded() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        let range = |condition| json_of(condition)["query"][0]["range"].take();
        let imported = || field(SearchField::ImportDate);
        assert_eq!(
            range(imported().after(7).and(imported().before(9))),
            json!({"field": "importDate", "min": 7, "max": null, "includeMin": false, "includeMax": true})
        );
        assert_eq!(range(imported().in_range(7..9)), {
            json!({"field": "importDate", "min": 7, "max": 9, "includeMin": true, "includeMax": false})
        });
        assert_eq!(range(imported().in_range(7..=9)), range(imported().between(7, 9)));
        assert_eq!(range(imported().in_range(7..)), range(imported().at_least(7)));
        assert_eq!(range(imported().in_range(..=9)), range(imported().at_most(9)));
        assert_eq!(range(imported().on(day(5))), range(imported().in_range(day(5)..day(6))));
        assert_eq!(range(imported().after(day(5))), range(imported().at_least(day(6))));
        assert_eq!(range(imported().at_most(day(5))), range(imported().before(day(6))));
    }

    #[test]
    fn a_criterion_may_be_written_with_one_member() {
        let folder = FolderCriterion::new(1, true);
        let query = SearchQuery::new([Criterion::default().folder(folder)]);
        assert_eq!(query, SearchQuery::from(super::folder(1).recursive()));
    }

    #[test]
    fn or_takes_all_of_what_came_before() {
        let condition =
            attribute("A").is("1").and(attribute("B").is("2")).or(attribute("C").is("3"));
        assert_eq!(
            json_of(condition),
            json!({"query": [{"operator": "and", "subquery": {"query": [
                {"operator": "or", "subquery": {"query": [
                    {"operator": "and", "exact": {"attribute": "A", "value": "1"}},
                    {"operator": "and", "exact": {"attribute": "B", "value": "2"}}
                ]}},
                {"operator": "or", "exact": {"attribute": "C", "value": "3"}}
            ]}}]})
        );
    }
}
