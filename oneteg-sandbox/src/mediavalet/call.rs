//! A request as the operations see it: path, query, body, and what version of the API it is for.

use axum::body::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::{Failure, Records};
use super::blobs::Links;

/// The default page size of lists of assets.
pub(crate) const ASSETS_IN_A_PAGE: usize = 50;

/// The versions of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    V1_0,
    V1_1,
    V1_2,
}

impl Version {
    pub(crate) const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }
}

/// A request that the gateway has let pass.
pub(crate) struct Call {
    pub(crate) version: Version,
    /// Makes links to the blob storage.
    pub(crate) links: Links,
    /// How many looks a new asset takes to be ready.
    pub(crate) processing_polls: u32,
    /// The largest offset that lists of assets take.
    pub(crate) largest_offset: usize,
    pub(crate) path: Vec<(&'static str, String)>,
    /// With names in lower case.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Call {
    /// A parameter of the path, which the table's template has.
    pub(crate) fn path(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// An id in the path. Ids are compared in lower case.
    pub(crate) fn id(&self, name: &str) -> String {
        self.path(name).to_lowercase()
    }

    /// A query parameter that is there and not empty. The name is given in lower case.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The body as JSON of this shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::bad_request(format!("The body is not as expected: {error}")))
    }

    /// The body as one text: a JSON string, or plain text.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        if let Ok(text) = serde_json::from_slice::<String>(&self.body) {
            return Ok(text);
        }
        String::from_utf8(self.body.to_vec())
            .map_err(|_| Failure::bad_request("The body must be a text"))
    }

    /// The part of a list that is asked for by `offset` and `count`.
    pub(crate) fn page(&self, default_count: usize) -> Result<Page, Failure> {
        Page::new(self.query("offset"), self.query("count"), default_count)
    }

    /// The requested part of a list of assets.
    pub(crate) fn asset_page(&self) -> Result<Page, Failure> {
        self.within_limit(self.page(ASSETS_IN_A_PAGE)?)
    }

    /// The page, unless it begins beyond the largest offset.
    pub(crate) fn within_limit(&self, page: Page) -> Result<Page, Failure> {
        let limit = self.largest_offset;
        match page.offset > limit {
            true => Err(Failure::bad_request(format!("`offset` must not be above {limit}"))),
            false => Ok(page),
        }
    }

    /// A list cut to the page asked for; whole unless told.
    pub(crate) fn list(&self, items: Vec<Value>) -> Result<super::answer::Answer, Failure> {
        let (items, records) = self.page(usize::MAX)?.cut(items);
        Ok(super::answer::Answer::ok(Value::Array(items)).of(records))
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    offset: usize,
    count: usize,
}

impl Page {
    pub(crate) fn new(
        offset: Option<&str>,
        count: Option<&str>,
        default_count: usize,
    ) -> Result<Self, Failure> {
        let number = |name: &str, text: Option<&str>, default: usize| match text {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| {
                Failure::bad_request(format!("`{name}` must be a number from 0, not {text:?}"))
            }),
        };
        Ok(Self {
            offset: number("offset", offset, 0)?,
            count: number("count", count, default_count)?,
        })
    }

    pub(crate) fn cut<T>(self, items: Vec<T>) -> (Vec<T>, Records) {
        let total = items.len();
        let items: Vec<T> = items.into_iter().skip(self.offset).take(self.count).collect();
        let records = Records { total, start: self.offset, returned: items.len() };
        (items, records)
    }
}
