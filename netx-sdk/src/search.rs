//! Building a search that reads like the question.
//!
//! ```
//! use netx_sdk::search::{any, attribute, field, folder, not};
//! use netx_sdk::types::{SearchField, SearchQuery};
//!
//! // In folder 646 or below, pictures of type jpg with one of two object numbers, but no drafts.
//! let query: SearchQuery = folder(646).recursive()
//!     .and(field(SearchField::FileType).is("jpg"))
//!     .and(any([attribute("ObjectID").is("1"), attribute("ObjectID").is("2")]))
//!     .and(not(attribute("Status").is("Draft")))
//!     .into();
//! # let _ = query;
//! ```

use chrono::{DateTime, Utc};

// This module hides the generated one of the same name.
pub use crate::generated::search::*;

use crate::types::{
    Criterion, CriterionOperator, FolderCriterion, MatchCriterion, RangeCriterion, SearchField,
    SearchQuery, SearchValue,
};

/// A question: one condition, or several joined. It becomes a [`SearchQuery`].
///
/// It is a list of criteria that must hold (`and`) or must not (`not`); those joined by `or` are nested in
/// one of them.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a condition does nothing until it is searched with"]
pub struct Condition(Vec<Criterion>);

/// Assets that meet at least one of the conditions.
///
/// About 100 conditions joined this way make the server fail; split longer lists into several searches.
pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    let criteria = conditions.into_iter().map(|condition| condition.joined(&CriterionOperator::Or));
    // A nested query of their own, so that `or` binds nothing else: how `and` and `or` bind within one list
    // is unknown.
    Condition(vec![nested(criteria.collect(), CriterionOperator::And)])
}

/// Assets that meet all of the conditions.
pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition(conditions.into_iter().flat_map(|condition| condition.0).collect())
}

/// Assets that do not meet the condition. `a.and(not(b))` and `a.and_not(b)` send the same query: NetX
/// expresses a negation as the operator of a criterion, alongside `and` and `or`.
pub fn not(condition: Condition) -> Condition {
    Condition(vec![condition.joined(&CriterionOperator::Not)])
}

/// Assets in a folder; [`recursive`](FolderCondition::recursive) adds its sub-folders.
pub fn folder(id: i64) -> FolderCondition {
    FolderCondition { id, recursive: false }
}

/// A metadata attribute, by its label as the user interface writes it.
pub fn attribute(label: impl Into<String>) -> Subject {
    Subject { field: None, attribute: Some(label.into()) }
}

/// A system field.
pub fn field(field: impl Into<SearchField>) -> Subject {
    Subject { field: Some(field.into()), attribute: None }
}

fn nested(criteria: Vec<Criterion>, operator: CriterionOperator) -> Criterion {
    Criterion { subquery: Some(SearchQuery { query: criteria }), ..empty(operator) }
}

fn empty(operator: CriterionOperator) -> Criterion {
    Criterion { operator, contains: None, exact: None, folder: None, range: None, subquery: None }
}

impl Condition {
    /// And also this.
    pub fn and(mut self, other: impl Into<Self>) -> Self {
        self.0.extend(other.into().0);
        self
    }

    /// And not this.
    pub fn and_not(mut self, other: impl Into<Self>) -> Self {
        self.0.push(other.into().joined(&CriterionOperator::Not));
        self
    }

    /// Either all of the above, or this.
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
            // Not not.
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

impl From<Condition> for SearchQuery {
    fn from(condition: Condition) -> Self {
        Self { query: condition.0 }
    }
}

/// A folder to look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a condition does nothing until it is searched with"]
pub struct FolderCondition {
    id: i64,
    recursive: bool,
}

impl FolderCondition {
    /// Looks in sub-folders too.
    pub fn recursive(mut self) -> Self {
        self.recursive = true;
        self
    }

    /// And also this.
    pub fn and(self, other: impl Into<Condition>) -> Condition {
        Condition::from(self).and(other)
    }

    /// And not this.
    pub fn and_not(self, other: impl Into<Condition>) -> Condition {
        Condition::from(self).and_not(other)
    }

    /// This, or that.
    pub fn or(self, other: impl Into<Condition>) -> Condition {
        Condition::from(self).or(other)
    }
}

impl From<FolderCondition> for Condition {
    fn from(folder: FolderCondition) -> Self {
        let criterion = FolderCriterion { folder_id: folder.id, recursive: folder.recursive };
        Self(vec![Criterion { folder: Some(criterion), ..empty(CriterionOperator::And) }])
    }
}

impl From<FolderCondition> for SearchQuery {
    fn from(folder: FolderCondition) -> Self {
        Condition::from(folder).into()
    }
}

/// What is compared: a field or an attribute.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "say what it is compared with"]
pub struct Subject {
    field: Option<SearchField>,
    attribute: Option<String>,
}

impl Subject {
    /// It is exactly this.
    pub fn is(self, value: impl Into<SearchValue>) -> Condition {
        let exact = Some(self.matching(value.into()));
        Condition(vec![Criterion { exact, ..empty(CriterionOperator::And) }])
    }

    /// It contains this text.
    pub fn contains(self, text: impl Into<SearchValue>) -> Condition {
        let contains = Some(self.matching(text.into()));
        Condition(vec![Criterion { contains, ..empty(CriterionOperator::And) }])
    }

    /// It is one of these. See [`any`] for the limit.
    pub fn is_one_of<V: Into<SearchValue>>(self, values: impl IntoIterator<Item = V>) -> Condition {
        any(values.into_iter().map(|value| self.clone().is(value)))
    }

    /// It lies between these, both included.
    pub fn between(self, min: impl Into<SearchValue>, max: impl Into<SearchValue>) -> Condition {
        self.range(Some(min.into()), Some(max.into()))
    }

    /// It is this or more, or later.
    pub fn at_least(self, min: impl Into<SearchValue>) -> Condition {
        self.range(Some(min.into()), None)
    }

    /// It is this or less, or earlier.
    pub fn at_most(self, max: impl Into<SearchValue>) -> Condition {
        self.range(None, Some(max.into()))
    }

    fn matching(self, value: SearchValue) -> MatchCriterion {
        MatchCriterion { attribute: self.attribute, field: self.field, value }
    }

    fn range(self, min: Option<SearchValue>, max: Option<SearchValue>) -> Condition {
        let range = RangeCriterion {
            attribute: self.attribute,
            field: self.field,
            include_max: true,
            include_min: true,
            max,
            min,
        };
        Condition(vec![Criterion { range: Some(range), ..empty(CriterionOperator::And) }])
    }
}

impl From<&str> for SearchValue {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for SearchValue {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<DateTime<Utc>> for SearchValue {
    /// Milliseconds, as NetX counts time.
    fn from(time: DateTime<Utc>) -> Self {
        Self::Int64(time.timestamp_millis())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(condition: impl Into<SearchQuery>) -> Value {
        serde_json::to_value(condition.into()).unwrap()
    }

    #[test]
    fn one_condition_is_one_criterion() {
        assert_eq!(
            written(field(SearchField::FileName).is("a.jpg")),
            json!({"query": [{"operator": "and", "exact": {"field": "fileName", "value": "a.jpg"}}]})
        );
    }

    #[test]
    fn alternatives_are_nested() {
        assert_eq!(
            written(folder(1).and(any([attribute("A").is("1"), attribute("A").contains("2")]))),
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
    fn a_negation_is_the_operator_of_its_criterion() {
        let draft = || attribute("Status").is("Draft");
        let flat = json!({"query": [
            {"operator": "and", "folder": {"folderId": 1, "recursive": false}},
            {"operator": "not", "exact": {"attribute": "Status", "value": "Draft"}}
        ]});
        assert_eq!(written(folder(1).and(not(draft()))), flat);
        assert_eq!(written(folder(1).and_not(draft())), flat);
        assert_eq!(written(all([folder(1).into(), not(draft())])), flat);
        assert_eq!(written(folder(1).and(all([not(draft())]))), flat);
        assert_eq!(written(not(draft()))["query"], json!([flat["query"][1]]));
        assert_eq!(written(not(draft()).and(folder(1)))["query"][0], flat["query"][1]);
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
        assert_eq!(written(folder(1).and(not(both()))), flat);
        assert_eq!(written(folder(1).and_not(both())), flat);
        let either = || attribute("A").is_one_of(["1", "2"]);
        let flat = written(folder(1).and_not(either()));
        assert_eq!(flat["query"][1]["operator"], "not");
        assert_eq!(flat["query"][1]["subquery"]["query"][1]["operator"], "or");
        assert_eq!(written(folder(1).and(not(either()))), flat);
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
        for question in [a().and(not(b())).or(c()), a().and_not(b()).or(c())] {
            let written = written(question);
            assert_eq!(written["query"][0]["subquery"]["query"][0], group("not"));
        }
        // Not not is yes, and of a group what is in it.
        assert_eq!(written(not(not(a()))), written(a()));
        assert_eq!(
            written(c().and(not(not(a().and(b()))))),
            written(c().and(not(not(all([a(), b()])))))
        );
        assert_eq!(written(c().and_not(not(a()))), written(c().and(a())));
        // Only `or` has to nest a negation: a criterion has one operator.
        assert_eq!(
            written(any([a(), not(b())]))["query"][0]["subquery"]["query"][1],
            json!({"operator": "or", "subquery": {"query": [
                {"operator": "not", "exact": {"attribute": "B", "value": "2"}}
            ]}})
        );
    }

    #[test]
    fn an_open_bound_is_null() {
        assert_eq!(
            written(field(SearchField::ImportDate).at_least(7)),
            json!({"query": [{"operator": "and", "range": {
                "field": "importDate", "min": 7, "max": null, "includeMin": true, "includeMax": true
            }}]})
        );
    }

    #[test]
    fn or_takes_all_of_what_came_before() {
        let question =
            attribute("A").is("1").and(attribute("B").is("2")).or(attribute("C").is("3"));
        assert_eq!(
            written(question),
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
