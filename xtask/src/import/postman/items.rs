//! Folders and requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    RULE, auth, body, prose,
    url::{self, Url},
    variables::Variables,
};
use crate::import::{
    examples::{
        Call, Parameter, Shape,
        secrets::{Secrets, is_placeholder, names_a_credential},
        written_shape,
    },
    report::Report,
};

/// Folders in folders are followed so far.
const DEEPEST: usize = 30;
/// Headers that the client sets, or that only tools send.
const IGNORED: [&str; 20] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "host",
    "origin",
    "postman-token",
    "pragma",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
];

/// A request, before its server is known.
pub(super) struct Request {
    pub call: Call,
    pub url: Url,
}

/// Reads folders and requests.
pub(super) struct Reader {
    pub requests: Vec<Request>,
    pub schemes: BTreeMap<String, Value>,
    /// The scheme of the collection.
    pub security: Option<String>,
    /// The descriptions of tags.
    pub tags: BTreeMap<String, String>,
    pub report: Report,
    pub secrets: Secrets,
    pub scripts: usize,
}

/// What a request inherits from the folders around it.
#[derive(Clone)]
struct Inherited<'a> {
    names: Vec<&'a str>,
    security: Option<String>,
    variables: Variables,
}

impl Reader {
    pub(super) fn new(report: Report, secrets: Secrets) -> Self {
        Self {
            requests: Vec::new(),
            schemes: BTreeMap::new(),
            security: None,
            tags: BTreeMap::new(),
            report,
            secrets,
            scripts: 0,
        }
    }

    /// Reads a collection.
    pub(super) fn read(&mut self, collection: &Value, variables: &Variables) {
        self.count_scripts(collection);
        self.security = self
            .scheme(&collection["auth"], "the collection", variables)
            .filter(|name| !name.is_empty());
        let inherited = Inherited {
            names: Vec::new(),
            security: self.security.clone(),
            variables: variables.clone(),
        };
        // A single folder around everything tells nothing about what is in it.
        let mut item = collection;
        let mut skipped = 0;
        while let Some([only]) = item["item"].as_array().map(Vec::as_slice) {
            if !only["item"].is_array() || skipped > DEEPEST {
                break;
            }
            item = only;
            skipped += 1;
        }
        self.items(collection, &inherited, skipped);
        self.common_scheme();
    }

    /// The scheme of most requests is that of the API, if the collection has none.
    fn common_scheme(&mut self) {
        if self.security.is_some() || self.schemes.is_empty() {
            return;
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.requests.iter().filter_map(|request| request.call.security.as_deref()) {
            *counts.entry(name).or_default() += usize::from(!name.is_empty());
        }
        let most =
            counts.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        self.security = most.filter(|(_, count)| *count > 0).map(|(name, _)| name.to_owned());
    }

    fn items(&mut self, folder: &Value, inherited: &Inherited<'_>, skipped: usize) {
        if inherited.names.len() > DEEPEST {
            self.report.left_out(
                RULE,
                "folders that are nested too deeply",
                &inherited.names.join(" / "),
                "",
            );
            return;
        }
        for item in folder["item"].as_array().into_iter().flatten() {
            let name = item["name"].as_str().unwrap_or_default().trim();
            let mut names = inherited.names.clone();
            names.push(name);
            let place = names.join(" / ");
            self.count_scripts(item);
            if item["item"].is_array() {
                let mut own = inherited.clone();
                own.variables.add(
                    &item["variable"],
                    &format!("folder {place}"),
                    &mut self.secrets,
                    &mut self.report,
                );
                if let Some(security) = self.scheme(&item["auth"], &place, &own.variables) {
                    own.security = Some(security);
                }
                if names.len() == skipped + 1 {
                    let description = prose::description(&item["description"]);
                    if !description.is_empty() {
                        self.tags.insert(name.to_owned(), description);
                    }
                }
                own.names = names;
                self.items(item, &own, skipped);
            } else if item["request"].is_object() || item["request"].is_string() {
                let tag = names.get(skipped).filter(|_| names.len() > skipped + 1);
                let tag = tag.map(|tag| (*tag).to_owned()).filter(|tag| !tag.is_empty());
                self.request(item, name, &place, tag, inherited);
            } else {
                self.report.left_out(RULE, "entries without a request", &place, "");
            }
        }
    }

    fn request(
        &mut self,
        item: &Value,
        name: &str,
        place: &str,
        tag: Option<String>,
        inherited: &Inherited<'_>,
    ) {
        let request = &item["request"];
        let variables = &inherited.variables;
        let method = request["method"].as_str().unwrap_or("GET").trim().to_ascii_lowercase();
        let address = if request.is_string() { request } else { &request["url"] };
        let url = url::read(address, variables, place, &mut self.secrets, &mut self.report);
        if url.server.is_empty() && url.segments.is_empty() {
            self.report.left_out(RULE, "requests without a URL", place, "");
            return;
        }
        if !matches!(
            method.as_str(),
            "get" | "put" | "post" | "delete" | "patch" | "head" | "options" | "trace"
        ) {
            self.report.left_out(
                RULE,
                "requests with a method of their server alone",
                place,
                &method,
            );
            return;
        }
        let own = self.scheme(&request["auth"], place, variables);
        let media_type = self.media_type(&request["header"], variables);
        let security = own.or_else(|| inherited.security.clone());
        let call = Call {
            place: place.to_owned(),
            name: name.to_owned(),
            description: prose::description(match &request["description"] {
                Value::Null => &item["description"],
                description => description,
            }),
            tag,
            body: body::body(
                &request["body"],
                &media_type,
                place,
                &mut self.secrets,
                &mut self.report,
            ),
            method,
            parameters: self.headers(&request["header"], place, variables),
            responses: body::responses(
                &item["response"],
                place,
                &mut self.secrets,
                &mut self.report,
            ),
            security,
            ..Call::default()
        };
        self.requests.push(Request { call, url });
    }

    fn scheme(&mut self, auth: &Value, place: &str, variables: &Variables) -> Option<String> {
        auth::scheme(auth, place, variables, &mut self.schemes, &mut self.secrets, &mut self.report)
    }

    fn media_type(&self, headers: &Value, variables: &Variables) -> String {
        let content_type = entries(headers)
            .into_iter()
            .find(|header| !header.is_off && header.name.eq_ignore_ascii_case("content-type"));
        let value = content_type.map(|header| variables.resolve(&header.value)).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    fn headers(&mut self, headers: &Value, place: &str, variables: &Variables) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for header in entries(headers) {
            let lower = header.name.to_ascii_lowercase();
            if names_a_credential(&header.name) {
                self.secrets.note(
                    &header.value,
                    &format!("{place}, header `{}`", header.name),
                    &mut self.report,
                );
            }
            let is_name = header
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            if header.name.is_empty() || IGNORED.contains(&lower.as_str()) {
                continue;
            }
            if !is_name {
                self.report.left_out(RULE, "headers whose name is a variable", place, &header.name);
                continue;
            }
            let is_key = self.schemes.values().any(|scheme| {
                scheme["in"] == "header"
                    && scheme["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(&lower))
            });
            if is_key {
                continue;
            }
            let (description, is_required) = prose::without_required(&header.description);
            let value = variables.resolve(&header.value);
            parameters.push(Parameter {
                place: "header",
                name: header.name,
                description,
                shape: if is_placeholder(&header.value) && header.value.contains("{{") {
                    Shape::string()
                } else {
                    written_shape(&value)
                },
                is_required: is_required && !header.is_off,
                is_optional: header.is_off,
            });
        }
        parameters
    }

    fn count_scripts(&mut self, item: &Value) {
        for event in item["event"].as_array().into_iter().flatten() {
            let script = &event["script"]["exec"];
            let is_empty = match script {
                Value::Array(lines) => {
                    lines.iter().all(|line| line.as_str().is_none_or(|line| line.trim().is_empty()))
                }
                Value::String(text) => text.trim().is_empty(),
                _ => true,
            };
            self.scripts += usize::from(!is_empty);
        }
    }
}

/// A header of a request.
struct Header {
    name: String,
    value: String,
    description: String,
    is_off: bool,
}

/// The headers: a list of objects or, in old exports, lines.
fn entries(headers: &Value) -> Vec<Header> {
    match headers {
        Value::Array(list) => list
            .iter()
            .filter_map(|header| {
                Some(Header {
                    name: header["key"].as_str()?.trim().to_owned(),
                    value: header["value"].as_str().unwrap_or_default().to_owned(),
                    description: prose::description(&header["description"]),
                    is_off: header["disabled"] == true,
                })
            })
            .collect(),
        Value::String(lines) => lines
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| Header {
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
                description: String::new(),
                is_off: name.trim_start().starts_with("//"),
            })
            .collect(),
        _ => Vec::new(),
    }
}
