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
    /// `filter[name]=x`
    DeepObject,
}

/// The query pairs of one parameter. `null` has none.
pub(crate) fn pairs<T: Serialize + ?Sized>(
    name: &str,
    style: QueryStyle,
    value: &T,
) -> Result<Vec<(String, String)>, Error> {
    let one = |value: String| vec![(name.to_owned(), value)];
    Ok(match to_value(name, value)? {
        Value::Null => Vec::new(),
        Value::Array(items) => {
            let items =
                items.iter().map(|item| scalar(name, item)).collect::<Result<Vec<_>, _>>()?;
            match style {
                QueryStyle::Exploded | QueryStyle::DeepObject => {
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
            .map(|(key, member)| {
                let key = match style {
                    QueryStyle::DeepObject => format!("{name}[{key}]"),
                    _ => key.clone(),
                };
                Ok((key, scalar(name, member)?))
            })
            .collect::<Result<_, Error>>()?,
        single => one(scalar(name, &single)?),
    })
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

fn to_value<T: Serialize + ?Sized>(name: &str, value: &T) -> Result<Value, Error> {
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
    fn refuses_nesting() {
        let error = pairs("p", QueryStyle::Exploded, &json!([[1]])).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidRequest);
    }
}
