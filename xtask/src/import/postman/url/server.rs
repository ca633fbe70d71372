//! The server of a collection, and the paths below it.

use std::collections::BTreeMap;

use super::{Url, parameter_name};
use crate::import::{
    examples::{Body, Call},
    postman::{RULE, variables::Variables},
    report::Report,
};

/// The server of most requests, with the first segments that are variables in all of its requests.
pub(in crate::import::postman) fn common_server<'a>(urls: impl Iterator<Item = &'a Url>) -> String {
    let urls: Vec<&Url> = urls.collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for url in urls.iter().filter(|url| !url.server.is_empty()) {
        *counts.entry(&url.server).or_default() += 1;
    }
    let Some((server, _)) =
        counts.into_iter().max_by_key(|(server, count)| (*count, std::cmp::Reverse(*server)))
    else {
        return String::new();
    };
    let mut base = server.to_owned();
    let own: Vec<&&Url> = urls.iter().filter(|url| url.server == server).collect();
    for depth in 0.. {
        let Some(first) = own.first().and_then(|url| url.segments.get(depth)) else { break };
        let is_variable = first.starts_with('{') && first.ends_with('}');
        let shared = own
            .iter()
            .all(|url| url.segments.get(depth) == Some(first) && url.segments.len() > depth + 1);
        if !is_variable || !shared || own.len() < 2 {
            break;
        }
        // As an unresolved variable, like those of the authority.
        base = format!("{base}/{{{first}}}");
    }
    base
}

/// Gives a call its path and parameters, and its server where that is another one.
pub(in crate::import::postman) fn place(
    call: &mut Call,
    mut url: Url,
    server: &str,
    _: &mut BTreeMap<String, String>,
) {
    let base: Vec<&str> = server
        .strip_prefix(&url.server)
        .unwrap_or_default()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let is_common =
        url.server.is_empty() || (!server.is_empty() && server.starts_with(&url.server));
    if is_common {
        for _ in base {
            let segment = url.segments.remove(0);
            let name = segment.trim_matches(['{', '}']);
            if let Some(index) = url
                .parameters
                .iter()
                .position(|parameter| parameter.place == "path" && parameter.name == name)
            {
                url.parameters.remove(index);
            }
        }
    } else {
        call.server = Some(template_of(&url.server));
    }
    call.path = format!("/{}", url.segments.join("/"));
    let is_rpc = matches!(call.body, Some(Body::Rpc(_)));
    if is_rpc && !url.fixed.is_empty() {
        let fixed: Vec<String> =
            url.fixed.iter().map(|(name, value)| format!("{name}={value}")).collect();
        call.path = format!("{}?{}", call.path, fixed.join("&"));
        url.parameters
            .retain(|parameter| !url.fixed.iter().any(|(name, _)| *name == parameter.name));
    } else if let Some((name, value)) = url.fixed.iter().find(|(name, _)| chooses(name)) {
        // The value decides what the request does.
        call.path = format!("{}?{name}={value}", call.path);
        url.parameters.retain(|parameter| parameter.name != *name);
    }
    let mut seen: Vec<(&str, String)> = Vec::new();
    for parameter in url.parameters {
        if !seen.iter().any(|(place, name)| *place == parameter.place && *name == parameter.name) {
            seen.push((parameter.place, parameter.name.clone()));
            call.parameters.push(parameter);
        }
    }
}

/// Whether a query parameter with a fixed value chooses the operation.
fn chooses(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "method" | "httpmethod" | "action" | "operation" | "op" | "cmd" | "command" | "function"
    )
}

/// A server with its variables as OpenAPI writes them.
pub(super) fn template_of(server: &str) -> String {
    let mut text = String::new();
    let mut rest = server;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, next)) = after.split_once("}}") else { break };
        text.push_str(before);
        text.push_str(&format!("{{{}}}", parameter_name(name.trim())));
        rest = next;
    }
    text.push_str(rest);
    let text = text.trim_end_matches('/').to_owned();
    if text.is_empty() || text.contains("://") { text } else { format!("https://{text}") }
}

/// The server with its variables, and a value for each.
pub(in crate::import::postman) fn template(
    server: &str,
    variables: &Variables,
    report: &mut Report,
) -> (String, BTreeMap<String, String>) {
    let mut values = BTreeMap::new();
    for name in crate::import::examples::json::variables(server) {
        let known = variables.get(&name).map(str::to_owned);
        let name = parameter_name(&name);
        let value = known.unwrap_or_else(|| {
            let message =
                "a variable of the server has no value in the file; a made one is in its place";
            report.to_decide(RULE, message, "servers", &name);
            "api.example.com".to_owned()
        });
        values.insert(name, value);
    }
    (template_of(server), values)
}
