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
use super::pages::{ASSET_PAGE_SIZE, Page};
use super::request::ApiRequest;
use super::response::ApiError;
use super::state::{Asset, Store};

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

/// The body of a search. Members for semantic search and for files are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SearchBody {
    search: Option<String>,
    search_fields: Option<String>,
    filters: Option<String>,
    #[serde(alias = "containerfilter")]
    container_filter: Option<String>,
    sort: Option<String>,
    count: Option<Value>,
    offset: Option<Value>,
    include_soft_deleted: Option<bool>,
}

impl AssetQuery {
    pub(crate) fn from_url(request: &ApiRequest) -> Result<Self, ApiError> {
        let page = request.asset_page()?;
        let read = |name| request.query_param(name);
        let include_deleted = request.flag("includesoftdeleted");
        let container_filter = read("containerfilter");
        let strings =
            [read("search"), read("searchfields"), read("filters"), container_filter, read("sort")];
        Self::new(strings, include_deleted, page)
    }

    pub(crate) fn from_body(request: &ApiRequest) -> Result<Self, ApiError> {
        let body: SearchBody = request.json()?;
        let number = |value: &Option<Value>| match value {
            None | Some(Value::Null) => None,
            Some(Value::String(string)) => Some(string.clone()),
            Some(other) => Some(other.to_string()),
        };
        let (offset, count) = (number(&body.offset), number(&body.count));
        let page = Page::parse(offset.as_deref(), count.as_deref(), ASSET_PAGE_SIZE)?
            .within(request.largest_offset)?;
        let include_deleted = body.include_soft_deleted.unwrap_or_default();
        let strings = [
            body.search.as_deref(),
            body.search_fields.as_deref(),
            body.filters.as_deref(),
            body.container_filter.as_deref(),
            body.sort.as_deref(),
        ];
        Self::new(strings, include_deleted, page)
    }

    fn new(
        strings: [Option<&str>; 5],
        include_deleted: bool,
        page: Page,
    ) -> Result<Self, ApiError> {
        let [search, search_fields, filters, container_filter, order] = strings;
        let expression = |value: Option<&str>| {
            let value = value.map(str::trim).filter(|value| !value.is_empty());
            value.map(Expression::parse).transpose()
        };
        let names = search_fields.into_iter().flat_map(|names| names.split(','));
        let search_fields: Vec<String> =
            names.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = search_fields.iter().find(|name| !fields::is_search_field(name)) {
            return Err(ApiError::bad_request(format!("There is no search field {unknown}")));
        }
        Ok(Self {
            search: SearchTerms::parse(search.unwrap_or_default()),
            search_fields,
            filters: expression(filters)?,
            container_filter: expression(container_filter)?,
            order: order.map(SortOrder::parse).transpose()?,
            include_deleted,
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
