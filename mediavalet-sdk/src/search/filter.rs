//! Filter expressions in the vendor's grammar.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

/// A condition on the fields of an asset, for members named `filters`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a filter does nothing until it is part of a search"]
pub struct Filter(Expression);

/// A condition on the categories and lightboxes that contain an asset, for members named `containerFilter`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a filter does nothing until it is part of a search"]
pub struct ContainerFilter(Expression);

/// An expression, and the operator that joins its outermost operands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Expression {
    source: String,
    operator: Option<&'static str>,
}

impl Expression {
    fn comparison(source: String) -> Self {
        Self { source, operator: None }
    }

    /// Joins two expressions. The vendor does not document the precedence of `AND` and `OR`, so operands
    /// joined by the other operator are put in parentheses.
    fn join(self, operator: &'static str, other: Self) -> Self {
        let operand = |operand: Self| match operand.operator {
            Some(inner) if inner != operator => format!("({})", operand.source),
            _ => operand.source,
        };
        let source = format!("{} {operator} {}", operand(self), operand(other));
        Self { source, operator: Some(operator) }
    }
}

macro_rules! boolean_operators {
    ($type:ident) => {
        impl $type {
            /// Matches if both match.
            pub fn and(self, other: Self) -> Self {
                Self(self.0.join("AND", other.0))
            }

            /// Matches if at least one matches.
            pub fn or(self, other: Self) -> Self {
                Self(self.0.join("OR", other.0))
            }

            /// Takes an expression in the vendor's grammar, unchanged.
            pub fn raw(expression: impl Into<String>) -> Self {
                // Its operators are unknown, so it gets parentheses wherever it is joined.
                Self(Expression { source: expression.into(), operator: Some("?") })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.source)
            }
        }

        impl From<$type> for String {
            fn from(filter: $type) -> Self {
                filter.0.source
            }
        }
    };
}

boolean_operators!(Filter);
boolean_operators!(ContainerFilter);

/// A field of an asset, to be compared with a value. Made by [`field`].
#[derive(Debug, Clone)]
#[must_use = "a field is not a filter; compare it with a value"]
pub struct Field(String);

/// Returns the field with this name: one of the vendor's, or that of an attribute.
pub fn field(name: impl Into<String>) -> Field {
    Field(name.into())
}

impl Field {
    fn compare(self, operator: &str, value: impl Into<Literal>) -> Filter {
        Filter(Expression::comparison(format!("{} {operator} {}", self.0, value.into().0)))
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

    /// Equal to one of several values. Returns `None` for no values: nothing matches then, and the grammar
    /// has no filter that matches nothing.
    pub fn one_of<V: Into<Literal>>(self, values: impl IntoIterator<Item = V>) -> Option<Filter> {
        let filters = values.into_iter().map(|value| self.clone().eq(value));
        filters.reduce(Filter::or)
    }
}

/// Assets in a category or in its descendants.
pub fn in_category(id: impl AsRef<str>) -> ContainerFilter {
    let id = quoted(id.as_ref());
    ContainerFilter(Expression::comparison(format!(
        "(CategoryIds/ANY(c: c EQ {id}) OR CategoryAncestorIds/ANY(c: c EQ {id}))"
    )))
}

/// Assets in a category, without its descendants.
pub fn directly_in_category(id: impl AsRef<str>) -> ContainerFilter {
    let id = quoted(id.as_ref());
    ContainerFilter(Expression::comparison(format!("(CategoryIds/ANY(c: c EQ {id}))")))
}

/// Assets in a lightbox.
pub fn in_lightbox(id: impl AsRef<str>) -> ContainerFilter {
    let id = quoted(id.as_ref());
    ContainerFilter(Expression::comparison(format!("(LightboxIds/ANY(l: l EQ {id}))")))
}

/// A value in a filter. Strings and times are written in quotes, numbers without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal(String);

impl Literal {
    /// Takes a value in the vendor's grammar, unchanged.
    pub fn raw(value: impl Into<String>) -> Self {
        Self(value.into())
    }
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Self(quoted(value))
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Self(quoted(&value))
    }
}

impl From<&String> for Literal {
    fn from(value: &String) -> Self {
        Self(quoted(value))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(filter: Filter) -> String {
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
            assert_eq!(rendered(filter), expected);
        }
    }

    #[test]
    fn parentheses_stand_where_the_operator_changes() {
        let (a, b, c) = (|| field("a").eq(1), || field("b").eq(2), || field("c").eq(3));
        assert_eq!(rendered(a().and(b()).and(c())), "a EQ 1 AND b EQ 2 AND c EQ 3");
        assert_eq!(rendered(a().or(b()).and(c())), "(a EQ 1 OR b EQ 2) AND c EQ 3");
        assert_eq!(rendered(c().and(a().or(b()))), "c EQ 3 AND (a EQ 1 OR b EQ 2)");
        assert_eq!(rendered(a().and(Filter::raw("x OR y"))), "a EQ 1 AND (x OR y)");
        assert_eq!(
            rendered(field("a").one_of([1, 2]).unwrap().and(c())),
            "(a EQ 1 OR a EQ 2) AND c EQ 3"
        );
        assert!(field("a").one_of([0; 0]).is_none());
    }

    #[test]
    fn container_filters_are_as_the_vendor_writes_them() {
        assert_eq!(
            in_category("7").to_string(),
            "(CategoryIds/ANY(c: c EQ '7') OR CategoryAncestorIds/ANY(c: c EQ '7'))"
        );
        assert_eq!(
            directly_in_category("7").or(in_lightbox("8")).to_string(),
            "(CategoryIds/ANY(c: c EQ '7')) OR (LightboxIds/ANY(l: l EQ '8'))"
        );
    }
}
