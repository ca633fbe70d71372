//! The selection and order of assets in lists: search strings, filters, container filters and sorting.

mod expression;
mod fields;
mod search_terms;
mod sort;

use serde::Deserialize;
use serde_json::Value;

use self::expression::Expression;
use self::search_terms::SearchTerms;
use self::sort::SortOrder;
use super::pages::Page;
use super::request::ApiRequest;
use super::response::ApiError;
use super::state::{Asset, Store};
use crate::choices::mediavalet as choices;

/// A query for assets, from the URL of a list or from the body of a search.
pub(crate) struct AssetQuery {
    search: SearchTerms,
    search_fields: Vec<String>,
    filters: Option<Expression>,
    container_filter: Option<Expression>,
    order: Option<SortOrder>,
    include_deleted: bool,
    pub(crate) page: Page,
}

/// The parameters of a query, as the body of a search has them. Members for semantic search and for files are
/// ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    search: Option<String>,
    search_fields: Option<String>,
    filters: Option<String>,
    #[serde(alias = "containerfilter")]
    container_filter: Option<String>,
    sort: Option<String>,
    /// A number, or a string with one.
    count: Option<Value>,
    offset: Option<Value>,
    include_soft_deleted: Option<bool>,
}

impl AssetQuery {
    pub(crate) fn from_url(request: &ApiRequest) -> Result<Self, ApiError> {
        let string = |name| request.query_param(name).map(str::to_owned);
        let parameters = Parameters {
            search: string("search"),
            search_fields: string("searchfields"),
            filters: string("filters"),
            container_filter: string("containerfilter"),
            sort: string("sort"),
            count: string("count").map(Value::String),
            offset: string("offset").map(Value::String),
            include_soft_deleted: Some(request.flag("includesoftdeleted")),
        };
        Self::new(&parameters, request.largest_offset)
    }

    pub(crate) fn from_body(request: &ApiRequest) -> Result<Self, ApiError> {
        Self::new(&request.json()?, request.largest_offset)
    }

    fn new(parameters: &Parameters, largest_offset: usize) -> Result<Self, ApiError> {
        let number = |value: &Option<Value>| match value {
            None | Some(Value::Null) => None,
            Some(Value::String(string)) => Some(string.clone()),
            Some(other) => Some(other.to_string()),
        };
        let (offset, count) = (number(&parameters.offset), number(&parameters.count));
        let page =
            Page::parse(offset.as_deref(), count.as_deref(), choices::ASSET_PAGE_SIZE.get())?
                .within(largest_offset)?;
        let names = parameters.search_fields.iter().flat_map(|names| names.split(','));
        let search_fields: Vec<String> =
            names.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = search_fields.iter().find(|name| !fields::is_search_field(name)) {
            return Err(ApiError::bad_request(format!("There is no search field {unknown}")));
        }
        let expression = |value: &Option<String>| {
            let value = value.as_deref().map(str::trim).filter(|value| !value.is_empty());
            value.map(Expression::parse).transpose()
        };
        Ok(Self {
            search: SearchTerms::parse(parameters.search.as_deref().unwrap_or_default()),
            search_fields,
            filters: expression(&parameters.filters)?,
            container_filter: expression(&parameters.container_filter)?,
            order: parameters.sort.as_deref().map(SortOrder::parse).transpose()?,
            include_deleted: parameters.include_soft_deleted.unwrap_or_default(),
            page,
        })
    }

    /// The ids of the assets that match, in the requested order, or else in order of creation.
    pub(crate) fn run(&self, store: &Store) -> Result<Vec<String>, ApiError> {
        for expression in self.filters.iter().chain(&self.container_filter) {
            expression.check_names(&|name| fields::is_filter_name(store, name))?;
        }
        let mut matching: Vec<(&str, &Asset)> = store
            .listed_assets(self.include_deleted)
            .filter(|(_, asset)| self.matches(store, asset))
            .collect();
        if let Some(order) = &self.order {
            order.sort(&mut matching);
        }
        Ok(matching.into_iter().map(|(id, _)| id.to_owned()).collect())
    }

    fn matches(&self, store: &Store, asset: &Asset) -> bool {
        let values = |name: &str| fields::filter_values(store, asset, name);
        let holds = |expression: &Expression| expression.holds(&values);
        self.filters.iter().chain(&self.container_filter).all(holds)
            && self.search.matches(&|| fields::search_values(store, asset, &self.search_fields))
    }
}
