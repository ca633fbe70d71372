//! URLs of requests: server, path and query, with variables in each.

mod server;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use server::{common_server, place, template};

use super::{RULE, variables::Variables};
use crate::import::{
    examples::{
        Parameter, Shape, is_id, placeholder,
        secrets::{Secrets, is_placeholder, names_a_credential},
        written_shape,
    },
    postman::prose,
    report::Report,
};

/// A URL, taken apart. Variables that are known are replaced, others are written as `{{name}}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Url {
    /// Scheme and authority, such as `https://{{host}}`; empty if the URL has none.
    pub server: String,
    pub segments: Vec<String>,
    /// Query parameters with fixed values, which are a part of the path for procedures.
    pub fixed: Vec<(String, String)>,
    pub parameters: Vec<Parameter>,
}

/// Reads a URL: a string, or an object with parts.
pub(super) fn read(
    url: &Value,
    variables: &Variables,
    place: &str,
    secrets: &mut Secrets,
    report: &mut Report,
) -> Url {
    let raw = url.as_str().or_else(|| url["raw"].as_str()).unwrap_or_default();
    let raw = if raw.trim().is_empty() { assembled(url) } else { raw.trim().to_owned() };
    let (head, raw_query) = split_query(&raw);
    let resolved = variables.resolve(head);
    let (server, path) = split_server(&resolved);
    let described = described(&url["variable"]);
    let mut parsed = Url { server, ..Url::default() };
    // Segments are read before variables are replaced, so that an ID in an environment stays a parameter.
    let (_, raw_path) = split_server(&unresolved_path(head, variables));
    let raw_segments: Vec<&str> =
        raw_path.split('/').filter(|segment| !segment.is_empty()).collect();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    for (index, segment) in segments.iter().enumerate() {
        let raw = if raw_segments.len() == segments.len() { raw_segments[index] } else { segment };
        let (text, parameters) = self::segment(segment, raw, &described);
        if parameters.is_empty() && is_id(&text) {
            let message = "the path contains an ID; should it be a parameter?";
            report.to_decide(RULE, message, place, &text);
        }
        parsed.segments.push(text);
        parsed.parameters.extend(parameters);
    }
    let entries = match url["query"].as_array() {
        Some(entries) => entries.clone(),
        None => raw_entries(raw_query),
    };
    for entry in &entries {
        query(entry, variables, place, &mut parsed, secrets, report);
    }
    parsed
}

/// The URL from its parts.
fn assembled(url: &Value) -> String {
    let part = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other["value"].as_str().unwrap_or_default().to_owned(),
    };
    let parts = |value: &Value, separator: &str| match value {
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join(separator),
        Value::String(text) => text.clone(),
        _ => String::new(),
    };
    let protocol =
        url["protocol"].as_str().map(|protocol| format!("{protocol}://")).unwrap_or_default();
    let port = url["port"]
        .as_str()
        .filter(|port| !port.is_empty())
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = parts(&url["path"], "/");
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    format!("{protocol}{}{port}{slash}{path}", parts(&url["host"], "."))
}

fn split_query(raw: &str) -> (&str, &str) {
    let raw = raw.split('#').next().unwrap_or_default();
    raw.split_once('?').unwrap_or((raw, ""))
}

/// Scheme and authority, and the path. A URL that begins with a variable has it as its authority.
fn split_server(url: &str) -> (String, String) {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => (format!("{scheme}://"), rest),
        _ => (String::new(), url),
    };
    if scheme.is_empty() && rest.starts_with('/') {
        return (String::new(), rest.to_owned());
    }
    // Braces may contain anything, and a variable may be the whole base of the URL.
    let mut depth = 0;
    let end = rest
        .char_indices()
        .find(|(_, c)| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            *c == '/' && depth == 0
        })
        .map_or(rest.len(), |(index, _)| index);
    let (authority, path) = rest.split_at(end);
    // Credentials in a URL belong to nobody else.
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    (format!("{scheme}{authority}"), path.to_owned())
}

/// The URL with only its first variable replaced, which is mostly the base.
fn unresolved_path(head: &str, variables: &Variables) -> String {
    match head.strip_prefix("{{").and_then(|rest| rest.split_once("}}")) {
        Some((name, rest)) => format!("{}{rest}", variables.resolve(&format!("{{{{{name}}}}}"))),
        None => head.to_owned(),
    }
}

/// The descriptions and values of path variables, by name.
fn described(list: &Value) -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for variable in list.as_array().into_iter().flatten() {
        let key = variable["key"].as_str().or_else(|| variable["id"].as_str());
        if let Some(key) = key {
            let value = variable["value"].as_str().unwrap_or_default().to_owned();
            found.insert(key.to_owned(), (prose::description(&variable["description"]), value));
        }
    }
    found
}

/// A segment with its parameters as `{name}`: `:name`, `:name.json`, `{{name}}`, `{name}`, and fixed text.
fn segment(
    resolved: &str,
    raw: &str,
    described: &BTreeMap<String, (String, String)>,
) -> (String, Vec<Parameter>) {
    let mut parameters = Vec::new();
    let mut add = |name: &str, shape: Option<Shape>| {
        let name = parameter_name(name);
        let (description, value) = described.get(&name).cloned().unwrap_or_default();
        let (description, _) = prose::without_required(&description);
        let from_value = match placeholder(&value) {
            Some(_) => Shape::of(&crate::import::examples::Sample::String(value)),
            None => Shape::string(),
        };
        let shape = shape.unwrap_or(from_value);
        parameters.push(Parameter {
            place: "path",
            name: name.clone(),
            description,
            shape,
            ..Parameter::default()
        });
        format!("{{{name}}}")
    };
    // A variable whose value is an ID, or that is named like one, is a parameter.
    let whole = raw.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    if let Some(name) = whole {
        let named = crate::names::snake(name);
        if is_id(resolved)
            || named.ends_with("id")
            || named.ends_with("guid")
            || resolved.contains("{{")
        {
            let text = add(name, None);
            return (text, parameters);
        }
    }
    if let Some(rest) = resolved.strip_prefix(':') {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'))
            .unwrap_or(rest.len());
        let (name, suffix) = rest.split_at(end);
        if !name.is_empty() {
            let text = add(name, None);
            return (format!("{text}{suffix}"), parameters);
        }
    }
    let mut text = String::new();
    let mut rest = resolved;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, next)) = after.trim_start_matches('{').split_once('}') else { break };
        text.push_str(before);
        text.push_str(&add(name.trim(), None));
        rest = next.trim_start_matches('}');
    }
    text.push_str(rest);
    if let Some(word) = placeholder(&text) {
        let text = add(word, None);
        return (text, parameters);
    }
    (text, parameters)
}

/// A name that may stand in a path.
fn parameter_name(name: &str) -> String {
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    if name.is_empty() { "value".to_owned() } else { name }
}

/// The entries of a raw query.
fn raw_entries(query: &str) -> Vec<Value> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            serde_json::json!({ "key": key, "value": value })
        })
        .collect()
}

fn query(
    entry: &Value,
    variables: &Variables,
    place: &str,
    url: &mut Url,
    secrets: &mut Secrets,
    report: &mut Report,
) {
    let Some(name) = entry["key"].as_str().map(str::trim).filter(|name| !name.is_empty()) else {
        return;
    };
    let is_off = entry["disabled"] == true;
    let (name, is_variable) = match name.contains("{{") {
        true => (parameter_name(name.trim_matches(['{', '}'])), true),
        false => (name.to_owned(), false),
    };
    let raw = match &entry["value"] {
        Value::String(value) => value.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    if names_a_credential(&name) {
        secrets.note(&raw, &format!("{place}, query `{name}`"), report);
    }
    let (description, is_required) =
        prose::without_required(&prose::description(&entry["description"]));
    let value = variables.resolve(&raw);
    let is_fixed = !is_off
        && !is_variable
        && !is_placeholder(&raw)
        && !raw.contains("{{")
        && !value.is_empty();
    if is_fixed && !names_a_credential(&name) {
        url.fixed.push((name.clone(), value.clone()));
    }
    url.parameters.push(Parameter {
        place: "query",
        name,
        description,
        shape: if raw.contains("{{") { Shape::string() } else { written_shape(&value) },
        is_required: is_required && !is_off,
        is_optional: is_off,
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{server::template_of, *};
    use crate::import::examples::Call;

    fn shown(url: &Value, variables: &Value) -> String {
        let (mut secrets, mut report) = (Secrets::default(), Report::default());
        let mut known = Variables::default();
        known.add(variables, "collection", &mut secrets, &mut report);
        let url = read(url, &known, "here", &mut secrets, &mut report);
        let parameters: Vec<String> = url
            .parameters
            .iter()
            .map(|own| {
                format!("{} {}{}", own.place, own.name, if own.is_optional { "?" } else { "" })
            })
            .collect();
        format!("{} /{} [{}]", url.server, url.segments.join("/"), parameters.join(", "))
    }

    #[test]
    fn urls_in_every_form() {
        let none = json!([]);
        for (url, expected) in [
            (
                json!("https://api.example.com/v1/assets?size=5#top"),
                "https://api.example.com /v1/assets [query size]",
            ),
            (json!({ "raw": "{{base}}/assets/:id.json" }), "{{base}} /assets/{id}.json [path id]"),
            (
                json!("{{base}}/{{folder id}}/x{{y}}z"),
                "{{base}} /{folder_id}/x{y}z [path folder_id, path y]",
            ),
            (
                json!({ "protocol": "https", "host": ["a", "b"], "port": "8443", "path": ["x", { "type": "any", "value": ":y" }],
                        "query": [{ "key": "q", "value": "1", "disabled": true }, { "key": "", "value": "2" }] }),
                "https://a.b:8443 /x/{y} [path y, query q?]",
            ),
            (json!("https://user:password@example.com/a"), "https://example.com /a []"),
            (json!("/only/path"), " /only/path []"),
            (json!(null), " / []"),
        ] {
            assert_eq!(shown(&url, &none), expected, "{url}");
        }
    }

    #[test]
    fn known_variables_are_replaced_except_ids() {
        let variables = json!([
            { "key": "base", "value": "https://api.example.com/v4" },
            { "key": "version", "value": "v2" },
            { "key": "assetId", "value": "12345" },
        ]);
        assert_eq!(
            shown(&json!("{{base}}/{{version}}/assets/{{assetId}}"), &variables),
            "https://api.example.com /v4/v2/assets/{assetId} [path assetId]"
        );
    }

    #[test]
    fn variables_before_all_paths_belong_to_the_server() {
        let (mut secrets, mut report) = (Secrets::default(), Report::default());
        let known = Variables::default();
        let mut read = |text: &str| read(&json!(text), &known, "here", &mut secrets, &mut report);
        let urls =
            [read("{{host}}/{{folder}}/index.php"), read("{{host}}/{{folder}}/admin/{{id}}")];
        let server = common_server(urls.iter());
        assert_eq!(template_of(&server), "https://{host}/{folder}");
        let mut call = Call::default();
        place(&mut call, urls[1].clone(), &server, &mut BTreeMap::new());
        assert_eq!((call.path.as_str(), call.parameters.len()), ("/admin/{id}", 1));
    }
}
