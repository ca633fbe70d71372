//! Which assets a list has, and in which order: search texts, filters, container filters and sorting.

mod expression;
mod fields;
mod lexer;
mod sort;
mod words;

use super::answer::Failure;
use super::call::{ASSETS_IN_A_PAGE, Call, Page};
use super::state::{Asset, Store};
use expression::Expression;
use serde::Deserialize;
use serde_json::Value;
use sort::Order;
use words::Words;

/// A question for assets: from the query of a list, or from the body of a search.
pub(crate) struct Question {
    search: Words,
    search_fields: Vec<String>,
    filters: Option<Expression>,
    containers: Option<Expression>,
    order: Option<Order>,
    deleted_too: bool,
    pub(crate) page: Page,
}

/// The body of a search; members for meaning and for files are passed over.
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

impl Question {
    pub(crate) fn from_query(call: &Call) -> Result<Self, Failure> {
        let page = call.asset_page()?;
        let read = |name| call.query(name);
        let deleted_too = call.flag("includesoftdeleted");
        let containers = read("containerfilter");
        let texts =
            [read("search"), read("searchfields"), read("filters"), containers, read("sort")];
        Self::new(texts, deleted_too, page)
    }

    pub(crate) fn from_body(call: &Call) -> Result<Self, Failure> {
        let body: SearchBody = call.json()?;
        let number = |value: &Option<Value>| match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        let (offset, count) = (number(&body.offset), number(&body.count));
        let page = Page::new(offset.as_deref(), count.as_deref(), ASSETS_IN_A_PAGE)?;
        let page = call.within_limit(page)?;
        let deleted_too = body.include_soft_deleted.unwrap_or_default();
        let texts = [
            body.search.as_deref(),
            body.search_fields.as_deref(),
            body.filters.as_deref(),
            body.container_filter.as_deref(),
            body.sort.as_deref(),
        ];
        Self::new(texts, deleted_too, page)
    }

    fn new(texts: [Option<&str>; 5], deleted_too: bool, page: Page) -> Result<Self, Failure> {
        let [search, search_fields, filters, containers, order] = texts;
        let expression = |text: Option<&str>| {
            let text = text.map(str::trim).filter(|text| !text.is_empty());
            text.map(Expression::parse).transpose()
        };
        let named = search_fields.into_iter().flat_map(|names| names.split(','));
        let search_fields: Vec<String> =
            named.map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
        if let Some(unknown) = search_fields.iter().find(|name| !fields::is_searched(name)) {
            return Err(Failure::bad_request(format!("There is no search field {unknown}")));
        }
        Ok(Self {
            search: Words::parse(search.unwrap_or_default()),
            search_fields,
            filters: expression(filters)?,
            containers: expression(containers)?,
            order: order.map(Order::parse).transpose()?,
            deleted_too,
            page,
        })
    }

    /// The ids of the assets that match, in the order asked for, else in that of their making.
    pub(crate) fn run(&self, store: &Store) -> Result<Vec<String>, Failure> {
        for expression in self.filters.iter().chain(&self.containers) {
            expression.check_names(&|name| fields::is_filtered(store, name))?;
        }
        let mut found: Vec<(&str, &Asset)> = store
            .listed(self.deleted_too)
            .filter(|(_, asset)| self.matches(store, asset))
            .collect();
        if let Some(order) = &self.order {
            order.sort(&mut found);
        }
        Ok(found.into_iter().map(|(id, _)| id.to_owned()).collect())
    }

    fn matches(&self, store: &Store, asset: &Asset) -> bool {
        let values = |name: &str| fields::filtered(store, asset, name);
        let holds = |expression: &Expression| expression.holds(&values);
        self.filters.iter().chain(&self.containers).all(holds)
            && self.search.matches(&|| fields::searched(store, asset, &self.search_fields))
    }
}
