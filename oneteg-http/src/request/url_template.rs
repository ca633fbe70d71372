//! The URL of an operation: base URL, path template with its arguments, query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::Error;

/// The characters of a path segment that need no encoding: unreserved ones (RFC 3986 section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Fills the `{name}`s of a template, appends it to the base URL and adds the query.
pub(crate) fn expand(
    base: &Url,
    template: &str,
    arguments: &[(&'static str, String)],
    query: &[(String, String)],
) -> Result<Url, Error> {
    let mut path = String::with_capacity(template.len() + 16);
    path.push_str(base.path().trim_end_matches('/'));
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        path.push_str(before);
        let argument = arguments.iter().find(|(argument, _)| *argument == name);
        let (_, value) = argument.ok_or_else(|| {
            Error::invalid_request(format!("the path argument `{name}` is missing"))
        })?;
        path.push_str(&encode_segment(name, value)?);
        rest = after;
    }
    path.push_str(rest);
    let mut url = base.clone();
    url.set_path(&path);
    add_query(&mut url, query);
    Ok(url)
}

/// Appends parameters to the query of a URL.
pub(crate) fn add_query(url: &mut Url, query: &[(String, String)]) {
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
}

/// Encodes a path segment (RFC 3986 section 3.3). `.` and `..` are refused: URLs are normalised even if the dots
/// are encoded (URL Standard, section 4.1), and would address another resource.
fn encode_segment(name: &str, value: &str) -> Result<String, Error> {
    if matches!(value, "." | "..") {
        let message = format!("the argument `{name}` is `{value}`, which no URL path can carry");
        return Err(Error::invalid_request(message));
    }
    Ok(utf8_percent_encode(value, UNRESERVED).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn expanded(base: &str, template: &str, value: &str) -> Result<String, ErrorKind> {
        let (base, arguments) = (Url::parse(base).unwrap(), [("id", value.to_owned())]);
        let url = expand(&base, template, &arguments, &[]).map_err(|error| error.kind())?;
        Ok(url.as_str().to_owned())
    }

    #[test]
    fn the_path_is_appended_to_that_of_the_base_url() {
        for base in ["https://h/base", "https://h/base/"] {
            assert_eq!(expanded(base, "/a/{id}/b", "7").unwrap(), "https://h/base/a/7/b");
        }
        assert_eq!(expanded("https://h", "/a", "unused").unwrap(), "https://h/a");
        assert_eq!(expanded("https://h", "/{id}/{id}", "7").unwrap(), "https://h/7/7");
    }

    #[test]
    fn an_argument_is_one_segment_whatever_is_in_it() {
        for (value, encoded) in [
            ("a-b_c.d~e", "a-b_c.d~e"),
            ("a/b", "a%2Fb"),
            ("a b+c", "a%20b%2Bc"),
            ("?#%", "%3F%23%25"),
            ("{id}", "%7Bid%7D"),
            ("...", "..."),
            ("é", "%C3%A9"),
        ] {
            let url = expanded("https://h", "/x/{id}", value).unwrap();
            assert_eq!(url, format!("https://h/x/{encoded}"));
        }
        for value in [".", ".."] {
            assert_eq!(expanded("https://h", "/x/{id}", value), Err(ErrorKind::InvalidRequest));
        }
    }

    #[test]
    fn a_missing_argument_is_reported_by_name() {
        let base = Url::parse("https://h").unwrap();
        let error = expand(&base, "/x/{other}", &[("id", "7".to_owned())], &[]).unwrap_err();
        assert!(error.message().contains("`other`"), "{error}");
    }

    #[test]
    fn the_query_is_form_encoded() {
        let (base, query) = (Url::parse("https://h").unwrap(), [("a b", "c&d=é"), ("a b", "")]);
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let url = expand(&base, "/x", &[], &query).unwrap();
        assert_eq!(url.as_str(), "https://h/x?a+b=c%26d%3D%C3%A9&a+b=");
    }
}
