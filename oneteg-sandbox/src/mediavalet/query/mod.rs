//! The selection and order of assets in lists: search strings, filters, container filters and sorting.

mod expression;
mod fields;
mod generated;
mod search_terms;
mod selection;
mod sort;

use serde::Deserialize;
use serde_json::Value;

use self::expression::Expression;
use self::search_terms::SearchTerms;
pub(crate) use self::selection::{Order, Selection};
use self::sort::SortOrder;
use super::envelope::RecordCount;
use super::pages::{ASSET_PAGE_SIZE, Page};
use super::request::ApiRequest;
use super::response::ApiError;
use super::state::{Asset, AssetRef, Store};

/// A query for assets, from the URL of a list or from the body of a search.
pub(crate) struct AssetQuery {
    search: SearchTerms,
    search_fields: Vec<String>,
    filters: Option<Expression>,
    container_filter: Option<Expression>,
    order: Option<SortOrder>,
    include_deleted: bool,
    page: Page,
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
        let page = Page::parse(offset.as_deref(), count.as_deref(), ASSET_PAGE_SIZE)?
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

    /// The assets on the requested page that match, in the requested order, or else in order of creation.
    pub(crate) fn run<'s>(
        &self,
        store: &'s Store,
    ) -> Result<(Vec<AssetRef<'s>>, RecordCount), ApiError> {
        for expression in self.expressions() {
            expression.check_names(&|name| fields::is_filter_name(store, name))?;
        }
        let listed = store.listed_assets(self.include_deleted).map(|(_, asset)| asset);
        let stored = listed.filter(|asset| self.matches(store, asset)).collect();
        let mut generated = store.assets.generated_numbers();
        for expression in self.expressions() {
            generated = generated::filter(store, expression, &generated);
        }
        let generated = generated::search(store, &self.search, &self.search_fields, &generated);
        let selection = Selection { stored, generated };
        let Some(order) = &self.order else {
            return Ok(selection.page(&store.assets, self.page, None));
        };
        let compare = |a: &Asset, b: &Asset| order.compare(a, b);
        let order = Order { compare: &compare, descending: order.is_descending() };
        Ok(selection.page(&store.assets, self.page, Some(&order)))
    }

    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.filters.iter().chain(&self.container_filter)
    }

    fn matches(&self, store: &Store, asset: &Asset) -> bool {
        let values = |name: &str| fields::filter_values(store, asset, name);
        self.expressions().all(|expression| expression.holds(&values))
            && self.search.matches(&|| fields::search_values(store, asset, &self.search_fields))
    }
}
