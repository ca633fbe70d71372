//! Search queries: parsed, checked against the store, and evaluated asset by asset.
//!
//! The five criteria and the three operators are known; how the operators of one list combine is not. The
//! sandbox's own choice: each criterion is combined with the result of those above it (`and`, `or`,
//! `and not`), and the first one with a result that is true. A list with a single operator therefore means
//! what it should.
//!
//! Further choices: `exact` is case-sensitive and `contains` is not; `keywords` covers the name, the file
//! name and all attribute values; bounds are inclusive by default; an empty list matches every asset.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::options::{Sort, SortOrder};
use super::request::id_member;
use super::response::RpcError;
use super::state::{Asset, Store};

/// The maximum number of OR-ed exact criteria in one list.
const MAX_OR_EXACT: usize = 100;

/// `{query: [criterion, ..]}` as the client sent it.
#[derive(Debug, Deserialize)]
pub(crate) struct SentQuery {
    query: Vec<SentCriterion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentCriterion {
    operator: Operator,
    exact: Option<SentMatch>,
    contains: Option<SentMatch>,
    range: Option<SentRange>,
    folder: Option<SentFolder>,
    subquery: Option<SentQuery>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operator {
    And,
    Or,
    Not,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentMatch {
    field: Option<String>,
    attribute: Option<String>,
    value: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SentRange {
    field: Option<String>,
    attribute: Option<String>,
    min: Option<Value>,
    max: Option<Value>,
    include_min: Option<bool>,
    include_max: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SentFolder {
    #[serde(deserialize_with = "id_member")]
    folder_id: u64,
    recursive: bool,
}

/// A checked query.
#[derive(Debug)]
pub(crate) struct Query(Vec<(Operator, Criterion)>);

/// A checked criterion.
#[derive(Debug)]
enum Criterion {
    Exact(ValueSource, String),
    Contains(ValueSource, String),
    Range { source: ValueSource, min: Option<Bound>, max: Option<Bound> },
    Folders(BTreeSet<u64>),
    Query(Query),
}

#[derive(Debug)]
struct Bound {
    at: String,
    included: bool,
}

/// The source of the compared values.
#[derive(Debug, Clone, Copy)]
enum ValueSource {
    Field(Field),
    Attribute(u64),
}

#[derive(Debug, Clone, Copy)]
enum Field {
    AssetId,
    Name,
    FileChecksum,
    FileName,
    FileType,
    CreationDate,
    ImportDate,
    ModDate,
    Keywords,
}

impl Query {
    /// Checks a query: its size, its fields, and the folders and attributes that it refers to.
    pub(crate) fn prepare(sent: SentQuery, store: &Store) -> Result<Self, RpcError> {
        let alternatives = sent
            .query
            .iter()
            .filter(|criterion| criterion.operator == Operator::Or && criterion.exact.is_some())
            .count();
        if alternatives > MAX_OR_EXACT {
            return Err(RpcError::refused(format!(
                "The query has {alternatives} OR-ed exact criteria; the maximum is {MAX_OR_EXACT}"
            )));
        }
        let criteria = sent.query.into_iter().map(|criterion| {
            let operator = criterion.operator;
            Ok((operator, Criterion::prepare(criterion, store)?))
        });
        criteria.collect::<Result<_, RpcError>>().map(Self)
    }

    /// Whether all generated assets match if any does: nothing that differs among them is compared.
    pub(crate) fn treats_generated_alike(&self) -> bool {
        self.0.iter().all(|(_, criterion)| match criterion {
            Criterion::Exact(source, _)
            | Criterion::Contains(source, _)
            | Criterion::Range { source, .. } => match source {
                ValueSource::Attribute(_) => true,
                ValueSource::Field(field) => !field.differs_among_generated(),
            },
            Criterion::Folders(_) => true,
            Criterion::Query(query) => query.treats_generated_alike(),
        })
    }

    pub(crate) fn matches(&self, id: u64, asset: &Asset) -> bool {
        let mut result = None;
        for (operator, criterion) in &self.0 {
            let holds = criterion.holds(id, asset);
            result = Some(match (operator, result) {
                (Operator::Not, before) => before.unwrap_or(true) && !holds,
                (_, None) => holds,
                (Operator::And, Some(before)) => before && holds,
                (Operator::Or, Some(before)) => before || holds,
            });
        }
        result.unwrap_or(true)
    }
}

impl Criterion {
    fn prepare(sent: SentCriterion, store: &Store) -> Result<Self, RpcError> {
        let SentCriterion { operator: _, exact, contains, range, folder, subquery } = sent;
        match (exact, contains, range, folder, subquery) {
            (Some(exact), None, None, None, None) => {
                let (source, value) = exact.prepare(store)?;
                Ok(Self::Exact(source, value))
            }
            (None, Some(contains), None, None, None) => {
                let (source, value) = contains.prepare(store)?;
                Ok(Self::Contains(source, value.to_lowercase()))
            }
            (None, None, Some(range), None, None) => range.prepare(store),
            (None, None, None, Some(SentFolder { folder_id, recursive }), None) => {
                store.folder(folder_id)?;
                let tree =
                    if recursive { store.folder_tree(folder_id) } else { [folder_id].into() };
                Ok(Self::Folders(tree))
            }
            (None, None, None, None, Some(query)) => Ok(Self::Query(Query::prepare(query, store)?)),
            _ => Err(RpcError::invalid_params(
                "a criterion needs exactly one of exact, contains, range, folder and subquery",
            )),
        }
    }

    fn holds(&self, id: u64, asset: &Asset) -> bool {
        match self {
            Self::Exact(source, expected) => {
                source.values(id, asset).iter().any(|value| value == expected)
            }
            Self::Contains(source, expected) => {
                source.values(id, asset).iter().any(|value| value.to_lowercase().contains(expected))
            }
            Self::Range { source, min, max } => source.values(id, asset).iter().any(|value| {
                min.as_ref().is_none_or(|bound| bound.allows(value, Ordering::Greater))
                    && max.as_ref().is_none_or(|bound| bound.allows(value, Ordering::Less))
            }),
            Self::Folders(folders) => !asset.folders.is_disjoint(folders),
            Self::Query(query) => query.matches(id, asset),
        }
    }
}

impl SentMatch {
    fn prepare(self, store: &Store) -> Result<(ValueSource, String), RpcError> {
        let source = ValueSource::lookup(self.field, self.attribute, store)?;
        let value = string(&self.value)
            .ok_or_else(|| RpcError::invalid_params("`value` must be a string or a number"))?;
        Ok((source, value))
    }
}

impl SentRange {
    fn prepare(self, store: &Store) -> Result<Criterion, RpcError> {
        let source = ValueSource::lookup(self.field, self.attribute, store)?;
        let bound = |at: Option<Value>, included: Option<bool>| {
            let Some(at) = at else { return Ok(None) };
            let at = string(&at)
                .ok_or_else(|| RpcError::invalid_params("a bound must be a string or a number"))?;
            Ok(Some(Bound { at, included: included.unwrap_or(true) }))
        };
        Ok(Criterion::Range {
            source,
            min: bound(self.min, self.include_min)?,
            max: bound(self.max, self.include_max)?,
        })
    }
}

impl Bound {
    fn allows(&self, value: &str, side: Ordering) -> bool {
        let order = compare(value, &self.at);
        order == side || (self.included && order == Ordering::Equal)
    }
}

/// Compares as numbers if both are numbers, otherwise as strings.
fn compare(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (a.parse::<i128>(), b.parse::<i128>()) {
        return a.cmp(&b);
    }
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) if a.is_finite() && b.is_finite() => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

fn string(value: &Value) -> Option<String> {
    match value {
        Value::String(string) => Some(string.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl ValueSource {
    fn lookup(
        field: Option<String>,
        attribute: Option<String>,
        store: &Store,
    ) -> Result<Self, RpcError> {
        match (field, attribute) {
            (Some(field), None) => Field::lookup(&field).map(Self::Field),
            (None, Some(label)) => {
                let id = store
                    .attribute_with_label(&label)
                    .ok_or_else(|| RpcError::unknown_attribute(&label))?;
                Ok(Self::Attribute(id))
            }
            _ => Err(RpcError::invalid_params(
                "a criterion needs either a `field` or an `attribute`",
            )),
        }
    }

    fn values(self, id: u64, asset: &Asset) -> Vec<String> {
        match self {
            Self::Attribute(attribute) => {
                asset.attributes.get(&attribute).cloned().unwrap_or_default()
            }
            Self::Field(Field::Keywords) => [&asset.name, &asset.file.name]
                .into_iter()
                .chain(asset.attributes.values().flatten())
                .cloned()
                .collect(),
            Self::Field(field) => vec![field.value(id, asset)],
        }
    }
}

impl Field {
    fn lookup(name: &str) -> Result<Self, RpcError> {
        Ok(match name {
            "assetId" => Self::AssetId,
            "name" => Self::Name,
            "fileChecksum" => Self::FileChecksum,
            "fileName" => Self::FileName,
            "fileType" => Self::FileType,
            "creationDate" => Self::CreationDate,
            "importDate" => Self::ImportDate,
            "modDate" => Self::ModDate,
            "keywords" => Self::Keywords,
            _ => return Err(RpcError::invalid_params(format!("unknown search field `{name}`"))),
        })
    }

    /// Whether each generated asset has another value. It grows with the id.
    fn differs_among_generated(self) -> bool {
        !matches!(self, Self::FileChecksum | Self::FileName | Self::FileType)
    }

    /// The value of a field; for `keywords`, the name only.
    fn value(self, id: u64, asset: &Asset) -> String {
        match self {
            Self::AssetId => id.to_string(),
            Self::Name | Self::Keywords => asset.name.clone(),
            Self::FileChecksum => asset.file.checksum.clone(),
            Self::FileName => asset.file.name.clone(),
            Self::FileType => asset.file.extension(),
            Self::CreationDate => asset.creation_date.to_string(),
            Self::ImportDate => asset.import_date.to_string(),
            Self::ModDate => asset.mod_date.to_string(),
        }
    }
}

/// The order of a sorted list of assets. Equal ones stay in the order of their ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AssetOrder {
    field: Field,
    direction: SortOrder,
}

impl AssetOrder {
    pub(crate) fn new(sort: &Sort) -> Result<Self, RpcError> {
        match Field::lookup(&sort.field)? {
            Field::Keywords => {
                Err(RpcError::invalid_params("assets cannot be sorted by `keywords`"))
            }
            field => Ok(Self { field, direction: sort.order }),
        }
    }

    pub(crate) fn compare(&self, (id_a, a): (u64, &Asset), (id_b, b): (u64, &Asset)) -> Ordering {
        let order = compare(&self.field.value(id_a, a), &self.field.value(id_b, b));
        if self.direction == SortOrder::Desc { order.reverse() } else { order }
    }

    /// Whether the generated assets are in descending order of their ids: in the other fields all of them are equal.
    pub(crate) fn reverses_generated(&self) -> bool {
        self.direction == SortOrder::Desc && self.field.differs_among_generated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers_and_strings_as_strings() {
        assert_eq!(compare("9", "10"), Ordering::Less);
        assert_eq!(compare("9.5", "10"), Ordering::Less);
        assert_eq!(compare("9a", "10"), Ordering::Greater);
        assert_eq!(compare("inf", "10"), Ordering::Greater);
        assert_eq!(compare("1700000000001", "1700000000000"), Ordering::Greater);
    }
}
