//! Searching assets: text, filters and containers in the vendor's grammar.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use mediavalet_sdk::search::{field, in_category, search};
//!
//! let pictures = field("AssetType").eq("Image").and(field("AverageRating").ge(4));
//! let question = search()
//!     .text("harbour OR port*")
//!     .filter(pictures.and(field("Status").eq(0)))
//!     .within(in_category("7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de"))
//!     .descending("record.createdAt")
//!     .page(0, 100);
//! let found = client.search_assets(question).send().await?;
//! println!("{} assets", found.asset_count.unwrap_or_default());
//! # Ok(()) }
//! ```
//!
//! The same filters go into the setters of `list_assets`, which also has pages.
//!
//! # What is known
//! The vendor documents the operators, the words that join them, and the names: `AssetType` (`Image`, `Video`,
//! `Audio`, `Adobe`, `Document`, `Other`), `Status` (0 approved, 2 pending approval, 5 rejected, 7 expired, 9
//! checked out), `AverageRating`, `CognitiveColor`, `CognitiveTextInImage`, `CreatedBy`, `DateApproved`,
//! `DateCheckedOut`, `DatePendingApproval`, `DateRejected`, `DateUploaded`, `File Extension`, and attributes.
//! Programs also use the type `File`, the status 10 (soft-deleted, as far as known), `FileExtension`,
//! `DateSoftDeleted` and `DateExpired`. Strings are written in single quotes, as in the vendor's example for
//! containers, and a quote in a string is doubled, which is an assumption. [`Literal::raw`] writes a value in
//! another way.
//!
//! Fields to sort by are `record.createdAt`, `record.modifiedAt`, `title` and `file.fileName`. Besides words, the
//! search string may be `id:` with an asset's id, or, with `categories` among the [fields](Search::in_fields), a
//! path such as `parent>child`.
//!
//! Lists and searches end at an offset of 100,000; `Client::all_assets` continues beyond it.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

#[cfg(feature = "assets")]
use crate::types::AssetSearchRequest;

/// A condition on the fields of an asset: what the members `filters` take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a filter does nothing until it is searched with"]
pub struct Filter(Expression);

/// A condition on where an asset is: what the members `containerFilter` take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a filter does nothing until it is searched with"]
pub struct Container(Expression);

/// A text of the grammar, and the word that joins its outermost parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expression {
    text: String,
    joined_by: Option<&'static str>,
}

impl Expression {
    fn single(text: String) -> Self {
        Self { text, joined_by: None }
    }

    /// Whether AND or OR binds closer is not documented, so what is joined by the other word is put in
    /// parentheses.
    fn join(self, word: &'static str, other: Self) -> Self {
        let part = |part: Self| match part.joined_by {
            Some(joined_by) if joined_by != word => format!("({})", part.text),
            _ => part.text,
        };
        Self { text: format!("{} {word} {}", part(self), part(other)), joined_by: Some(word) }
    }
}

macro_rules! joins {
    ($type:ident) => {
        impl $type {
            /// Both must hold.
            pub fn and(self, other: Self) -> Self {
                Self(self.0.join("AND", other.0))
            }

            /// One must hold at least.
            pub fn or(self, other: Self) -> Self {
                Self(self.0.join("OR", other.0))
            }

            /// An expression in the vendor's grammar, as it is.
            pub fn raw(text: impl Into<String>) -> Self {
                // It is not looked into, so it is taken for one that must be put in parentheses.
                Self(Expression { text: text.into(), joined_by: Some("?") })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.text)
            }
        }

        impl From<$type> for String {
            fn from(expression: $type) -> Self {
                expression.0.text
            }
        }
    };
}

joins!(Filter);
joins!(Container);

/// A field of an asset, by the name that filters know it by: one of the vendor's, or an attribute's.
pub fn field(name: impl Into<String>) -> Field {
    Field(name.into())
}

/// Assets in a category or below it.
pub fn in_category(id: impl AsRef<str>) -> Container {
    let id = quoted(id.as_ref());
    Container(Expression::single(format!(
        "(CategoryIds/ANY(c: c EQ {id}) OR CategoryAncestorIds/ANY(c: c EQ {id}))"
    )))
}

/// Assets in a category itself.
pub fn directly_in_category(id: impl AsRef<str>) -> Container {
    let id = quoted(id.as_ref());
    Container(Expression::single(format!("(CategoryIds/ANY(c: c EQ {id}))")))
}

/// Assets in a lightbox.
pub fn in_lightbox(id: impl AsRef<str>) -> Container {
    let id = quoted(id.as_ref());
    Container(Expression::single(format!("(LightboxIds/ANY(l: l EQ {id}))")))
}

/// Words that must follow each other, for the text of a search.
pub fn phrase(words: &str) -> String {
    // How a quote inside of a phrase would be written is not documented.
    format!("\"{}\"", words.replace('"', " "))
}

/// A field that waits for what to compare it with. Made by [`field`].
#[derive(Debug, Clone)]
#[must_use = "a field alone is no filter"]
pub struct Field(String);

impl Field {
    fn compare(self, operator: &str, value: impl Into<Literal>) -> Filter {
        Filter(Expression::single(format!("{} {operator} {}", self.0, value.into().0)))
    }

    /// Equal (`EQ`).
    pub fn eq(self, value: impl Into<Literal>) -> Filter {
        self.compare("EQ", value)
    }

    /// Not equal (`NE`).
    pub fn ne(self, value: impl Into<Literal>) -> Filter {
        self.compare("NE", value)
    }

    /// Less (`LT`).
    pub fn lt(self, value: impl Into<Literal>) -> Filter {
        self.compare("LT", value)
    }

    /// Greater (`GT`).
    pub fn gt(self, value: impl Into<Literal>) -> Filter {
        self.compare("GT", value)
    }

    /// Less or equal (`LE`).
    pub fn le(self, value: impl Into<Literal>) -> Filter {
        self.compare("LE", value)
    }

    /// Greater or equal (`GE`).
    pub fn ge(self, value: impl Into<Literal>) -> Filter {
        self.compare("GE", value)
    }

    /// Contains (`CT`).
    pub fn contains(self, value: impl Into<Literal>) -> Filter {
        self.compare("CT", value)
    }

    /// Starts with (`SW`).
    pub fn starts_with(self, value: impl Into<Literal>) -> Filter {
        self.compare("SW", value)
    }

    /// Ends with (`EW`).
    pub fn ends_with(self, value: impl Into<Literal>) -> Filter {
        self.compare("EW", value)
    }

    /// One of several values. An empty list matches nothing, and no filter can say that: it is left to
    /// the caller, and gives `None`.
    pub fn one_of<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Option<Filter> {
        let filters = values.into_iter().map(|value| self.clone().eq(value));
        filters.reduce(Filter::or)
    }
}

/// A value in a filter: a text in quotes, a number, a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal(String);

impl Literal {
    /// A value as it is to be written.
    pub fn raw(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self(quoted(text))
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self(quoted(&text))
    }
}

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        Self(quoted(text))
    }
}

impl From<i32> for Literal {
    fn from(number: i32) -> Self {
        Self(number.to_string())
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<DateTime<Utc>> for Literal {
    fn from(time: DateTime<Utc>) -> Self {
        Self(quoted(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    }
}

/// Begins a question for `search_assets`.
#[cfg(feature = "assets")]
pub fn search() -> Search {
    Search(AssetSearchRequest::default())
}

/// A question, as the body of `search_assets`. Made by [`search`].
#[cfg(feature = "assets")]
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a question does nothing until it is asked"]
pub struct Search(AssetSearchRequest);

#[cfg(feature = "assets")]
impl Search {
    /// Words to look for. All must be there; `OR`, `NOT`, [phrases](phrase) and `*` before or after a word
    /// are understood.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.search = Some(text.into());
        self
    }

    /// Where to search for the words: `title`, `description`, `fileName`, `keywords`, `categories`,
    /// `categoryNames`, `categoryAncestorNames`, `cognitiveTags`, `cognitiveTextInImage`,
    /// `cognitiveContentInDocument`, `videoIntelligence`, `faceRecognition`, and perhaps others.
    pub fn in_fields<F: AsRef<str>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        let fields: Vec<F> = fields.into_iter().collect();
        let fields: Vec<&str> = fields.iter().map(AsRef::as_ref).collect();
        self.0.search_fields = Some(fields.join(","));
        self
    }

    /// Only assets that match a filter.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.0.filters = Some(filter.into());
        self
    }

    /// Only assets in a container.
    pub fn within(mut self, container: Container) -> Self {
        self.0.containerfilter = Some(container.into());
        self
    }

    /// Sorts by a field, such as `record.createdAt` or `record.modifiedAt`, the greatest first.
    pub fn descending(mut self, field: &str) -> Self {
        self.0.sort = Some(format!("{field} D"));
        self
    }

    /// Sorts by a field, in ascending order.
    pub fn ascending(mut self, field: &str) -> Self {
        self.0.sort = Some(format!("{field} A"));
        self
    }

    /// Asks for one page: the index of its first asset, from 0, and how many assets it has.
    pub fn page(mut self, offset: i32, count: i32) -> Self {
        self.0.offset = Some(offset);
        self.0.count = Some(count);
        self
    }
}

#[cfg(feature = "assets")]
impl From<Search> for AssetSearchRequest {
    fn from(search: Search) -> Self {
        search.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(filter: Filter) -> String {
        filter.into()
    }

    #[test]
    fn every_operator_is_written() {
        let name = || field("File Extension");
        let time = DateTime::from_timestamp(0, 0).unwrap();
        for (filter, expected) in [
            (name().eq("jpg"), "File Extension EQ 'jpg'"),
            (name().ne("o'clock"), "File Extension NE 'o''clock'"),
            (name().lt(1), "File Extension LT 1"),
            (name().gt(1_i64 << 40), "File Extension GT 1099511627776"),
            (name().le(time), "File Extension LE '1970-01-01T00:00:00Z'"),
            (name().ge(Literal::raw("now")), "File Extension GE now"),
            (name().contains("a"), "File Extension CT 'a'"),
            (name().starts_with(String::from("a")), "File Extension SW 'a'"),
            (name().ends_with("a"), "File Extension EW 'a'"),
        ] {
            assert_eq!(written(filter), expected);
        }
    }

    #[test]
    fn parentheses_stand_where_the_words_change() {
        let (a, b, c) = (|| field("a").eq(1), || field("b").eq(2), || field("c").eq(3));
        assert_eq!(written(a().and(b()).and(c())), "a EQ 1 AND b EQ 2 AND c EQ 3");
        assert_eq!(written(a().or(b()).and(c())), "(a EQ 1 OR b EQ 2) AND c EQ 3");
        assert_eq!(written(c().and(a().or(b()))), "c EQ 3 AND (a EQ 1 OR b EQ 2)");
        assert_eq!(written(a().and(Filter::raw("x OR y"))), "a EQ 1 AND (x OR y)");
        assert_eq!(
            written(field("a").one_of([1, 2]).unwrap().and(c())),
            "(a EQ 1 OR a EQ 2) AND c EQ 3"
        );
        assert!(field("a").one_of([0; 0]).is_none());
    }

    #[test]
    fn containers_are_as_the_vendor_writes_them() {
        assert_eq!(
            in_category("7").to_string(),
            "(CategoryIds/ANY(c: c EQ '7') OR CategoryAncestorIds/ANY(c: c EQ '7'))"
        );
        assert_eq!(
            directly_in_category("7").or(in_lightbox("8")).to_string(),
            "(CategoryIds/ANY(c: c EQ '7')) OR (LightboxIds/ANY(l: l EQ '8'))"
        );
    }

    #[cfg(feature = "assets")]
    #[test]
    fn a_question_is_the_vendors_body() {
        let question = search()
            .text(phrase("old \"harbour"))
            .in_fields(["title", "keywords"])
            .filter(field("Status").eq(0))
            .within(in_lightbox("8"))
            .descending("record.createdAt")
            .page(50, 25);
        let body = serde_json::to_value(AssetSearchRequest::from(question)).unwrap();
        let expected = serde_json::json!({
            "search": "\"old  harbour\"", "searchFields": "title,keywords", "filters": "Status EQ 0",
            "containerfilter": "(LightboxIds/ANY(l: l EQ '8'))", "sort": "record.createdAt D",
            "offset": 50, "count": 25,
        });
        assert_eq!(body, expected);
    }
}
