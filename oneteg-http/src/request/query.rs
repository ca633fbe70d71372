//! Parameters as strings: query, path, header and form.

use serde::Serialize;
use serde_json::Value;

use crate::Error;

/// The serialisation of a query parameter with several values (OpenAPI 3.0, `style` and `explode`).
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryStyle {
    /// `ids=1&ids=2`; each member of an object is a separate parameter.
    Exploded,
    /// `ids=1,2`
    Commas,
    /// `ids=1 2`
    Spaces,
    /// `ids=1|2`
    Pipes,
    /// `filter[name]=x`; nested values have a bracket for each level, and items of lists have their index.
    DeepObject,
    /// `filter={"name":"x"}`
    Json,
}

/// The query pairs of one parameter. `null` has none.
pub(crate) fn pairs<T: Serialize + ?Sized>(
    name: &str,
    style: QueryStyle,
    value: &T,
) -> Result<Vec<(String, String)>, Error> {
    of_value(name, style, &to_value(name, value)?)
}

/// The pairs of one field of a form. Without a style, a list is repeated, and nested values are written in brackets,
/// which most servers read.
pub(crate) fn field(
    name: &str,
    style: Option<QueryStyle>,
    value: &Value,
) -> Result<Vec<(String, String)>, Error> {
    let is_nested = |value: &Value| value.is_object() || value.is_array();
    let default = match value {
        Value::Object(_) => QueryStyle::DeepObject,
        Value::Array(items) if items.iter().any(is_nested) => QueryStyle::DeepObject,
        _ => QueryStyle::Exploded,
    };
    of_value(name, style.unwrap_or(default), value)
}

fn of_value(name: &str, style: QueryStyle, value: &Value) -> Result<Vec<(String, String)>, Error> {
    let one = |value: String| vec![(name.to_owned(), value)];
    Ok(match value {
        Value::Null => Vec::new(),
        value if style == QueryStyle::Json => one(value.to_string()),
        value if style == QueryStyle::DeepObject => {
            let mut pairs = Vec::new();
            brackets(name.to_owned(), value, &mut pairs);
            pairs
        }
        Value::Array(items) => {
            let items =
                items.iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>, _>>()?;
            match style {
                QueryStyle::Exploded | QueryStyle::DeepObject | QueryStyle::Json => {
                    items.into_iter().map(|item| (name.to_owned(), item)).collect()
                }
                // An empty list is left out: `ids=` would be a list of one empty string.
                _ if items.is_empty() => Vec::new(),
                QueryStyle::Commas => one(items.join(",")),
                QueryStyle::Spaces => one(items.join(" ")),
                QueryStyle::Pipes => one(items.join("|")),
            }
        }
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(key, member)| Ok((key.clone(), scalar(name, member)?)))
            .collect::<Result<_, Error>>()?,
        single => one(scalar(name, single)?),
    })
}

/// Writes each value inside as a separate pair. `null`, and lists and objects without members, have none.
fn brackets(name: String, value: &Value, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                brackets(format!("{name}[{key}]"), member, pairs);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                brackets(format!("{name}[{index}]"), item, pairs);
            }
        }
        Value::Null => {}
        Value::String(string) => pairs.push((name, string.clone())),
        Value::Bool(_) | Value::Number(_) => pairs.push((name, value.to_string())),
    }
}

/// The value of a path segment, a header or a form field; `None` for `null`.
pub(crate) fn to_string<T: Serialize + ?Sized>(
    name: &str,
    value: &T,
) -> Result<Option<String>, Error> {
    Ok(match to_value(name, value)? {
        Value::Null => None,
        Value::Array(items) => {
            let items =
                items.iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>, _>>()?;
            Some(items.join(","))
        }
        single => Some(scalar(name, &single)?),
    })
}

pub(crate) fn to_value<T: Serialize + ?Sized>(name: &str, value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| {
        Error::invalid_request(format!("the parameter `{name}` cannot be written: {error}"))
            .with_source(error)
    })
}

fn scalar(name: &str, value: &Value) -> Result<String, Error> {
    match value {
        Value::String(string) => Ok(string.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => Err(Error::invalid_request(format!(
            "the parameter `{name}` is nested too deeply for a URL"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(style: QueryStyle, value: &Value) -> String {
        let pairs = pairs("p", style, value).unwrap();
        pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn writes_every_style() {
        let list = json!([1, "b", true]);
        assert_eq!(written(QueryStyle::Exploded, &list), "p=1&p=b&p=true");
        assert_eq!(written(QueryStyle::Commas, &list), "p=1,b,true");
        assert_eq!(written(QueryStyle::Spaces, &list), "p=1 b true");
        assert_eq!(written(QueryStyle::Pipes, &list), "p=1|b|true");
        let object = json!({"a": 1, "b": null});
        assert_eq!(written(QueryStyle::DeepObject, &object), "p[a]=1");
        assert_eq!(written(QueryStyle::Exploded, &object), "a=1");
        assert_eq!(written(QueryStyle::Commas, &json!([])), "");
        assert_eq!(written(QueryStyle::Exploded, &json!(null)), "");
    }

    #[test]
    fn brackets_hold_values_of_any_depth() {
        let value = json!({"a": {"b": [1, {"c": true}], "d": null}, "e": [], "f": ""});
        assert_eq!(
            written(QueryStyle::DeepObject, &value),
            "p[a][b][0]=1&p[a][b][1][c]=true&p[f]="
        );
        assert_eq!(written(QueryStyle::DeepObject, &json!(["x", "y"])), "p[0]=x&p[1]=y");
        assert_eq!(written(QueryStyle::DeepObject, &json!(7)), "p=7");
    }

    #[test]
    fn json_is_one_value() {
        assert_eq!(written(QueryStyle::Json, &json!({"a": [1]})), r#"p={"a":[1]}"#);
        assert_eq!(written(QueryStyle::Json, &json!(null)), "");
    }

    #[test]
    fn the_fields_of_a_form_have_a_style_each() {
        let written = |style, value: &Value| {
            let pairs = field("p", style, value).unwrap();
            pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
        };
        let list = json!(["x", "y"]);
        assert_eq!(written(None, &list), "p=x&p=y");
        assert_eq!(written(Some(QueryStyle::DeepObject), &list), "p[0]=x&p[1]=y");
        assert_eq!(written(Some(QueryStyle::Commas), &list), "p=x,y");
        assert_eq!(written(None, &json!({"a": 1})), "p[a]=1");
        assert_eq!(written(None, &json!([{"a": 1}])), "p[0][a]=1");
        assert_eq!(written(Some(QueryStyle::Json), &json!([{"a": 1}])), r#"p=[{"a":1}]"#);
    }

    #[test]
    fn refuses_nesting() {
        let error = pairs("p", QueryStyle::Exploded, &json!([[1]])).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
    }
}
