//! The changes of a request: what the vendor does not look at, or knows by another name.

use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use serde_json::Value;
use url::form_urlencoded::{Serializer, parse};

use super::{Change, place};

impl Change {
    pub(super) fn is_of_request_body(&self) -> bool {
        matches!(self, Self::SetRequest { .. })
    }
}

/// Changes the query. Returns whether it has.
pub(super) fn query(change: &Change, uri: &mut Uri) -> bool {
    let renamed = |name: &str| match change {
        Change::IgnoreQuery(ignored) => (name != ignored).then(|| name.to_owned()),
        // The usual name has no effect; the other one has.
        Change::RenameQuery { from, to } if name == to => Some(from.clone()),
        Change::RenameQuery { from, .. } if name == from => None,
        _ => Some(name.to_owned()),
    };
    let old = uri.query().unwrap_or_default();
    let mut query = Serializer::new(String::new());
    let mut changed = false;
    for (name, value) in parse(old.as_bytes()) {
        let new = renamed(&name);
        changed |= new.as_deref() != Some(&*name);
        if let Some(new) = new {
            query.append_pair(&new, &value);
        }
    }
    if !changed {
        return false;
    }
    let mut parts = uri.clone().into_parts();
    let target = format!("{}?{}", uri.path(), query.finish());
    parts.path_and_query = PathAndQuery::try_from(target).ok();
    Uri::from_parts(parts).map(|new| *uri = new).is_ok()
}

/// Changes the JSON of the body. Returns whether it has.
pub(super) fn body(change: &Change, body: &mut Value) -> bool {
    match change {
        Change::SetRequest { at, value } => place::each(body, at.tokens(), &mut |old| {
            let differs = old != value;
            old.clone_from(value);
            differs
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: Change, uri: &str) -> String {
        let mut uri = uri.parse().unwrap();
        query(&change, &mut uri);
        uri.to_string()
    }

    #[test]
    fn parameters_are_ignored_and_renamed() {
        let ignore = || Change::IgnoreQuery("limit".to_owned());
        assert_eq!(changed(ignore(), "/a?limit=1&x=%20b&limit=2"), "/a?x=+b");
        assert_eq!(changed(ignore(), "/a?x=%20b"), "/a?x=%20b");
        let rename = || Change::RenameQuery { from: "offset".to_owned(), to: "start".to_owned() };
        assert_eq!(changed(rename(), "/a?start=3"), "/a?offset=3");
        assert_eq!(changed(rename(), "/a?offset=3&x=1"), "/a?x=1");
    }
}
