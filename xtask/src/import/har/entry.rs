//! One request of a recording.

use serde_json::{Value, json};

use super::{RULE, template};
use crate::import::{
    examples::{
        Body, Call, Field, Parameter, Response, Sample, json as lenient, procedure,
        secrets::{Secrets, names_a_credential},
        written_shape,
    },
    report::Report,
};

/// Endings of files that are not calls of an API.
const STATIC: [&str; 22] = [
    "css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif", "woff",
    "woff2", "ttf", "otf", "eot", "html", "htm", "mp4", "webm", "wasm",
];
/// Headers that browsers and clients send by themselves.
const IGNORED: [&str; 24] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "dnt",
    "expect",
    "forwarded",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade-insecure-requests",
    "user-agent",
];

/// A request that may be a call of the API.
pub(super) struct Entry {
    pub place: String,
    pub server: String,
    pub is_json: bool,
    path: String,
    method: String,
    value: Value,
}

/// A call, and the scheme of its credential.
pub(super) struct Recorded {
    pub place: String,
    pub call: Call,
    pub scheme: Option<(String, Value)>,
}

impl Entry {
    /// Reads an entry, or returns why it is none.
    pub(super) fn read(value: &Value, place: &str) -> Result<Self, &'static str> {
        let request = &value["request"];
        let (Some(method), Some(address)) = (request["method"].as_str(), request["url"].as_str())
        else {
            return Err("entries without a method or a URL");
        };
        let method = method.to_ascii_lowercase();
        if method == "options" || method == "connect" {
            return Err("preflights and tunnels");
        }
        let Some((scheme, rest)) =
            address.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))
        else {
            return Err("requests that are not HTTP");
        };
        if matches!(value["_resourceType"].as_str(), Some("websocket" | "eventsource")) {
            return Err("web sockets and event streams");
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.split(['?', '#']).next().unwrap_or_default().to_owned();
        let content = &value["response"]["content"];
        let media_type = media_type(&content["mimeType"]);
        let kind = value["_resourceType"].as_str().unwrap_or_default();
        let is_page =
            ["document", "stylesheet", "script", "image", "font", "media", "manifest", "ping"]
                .contains(&kind);
        let is_static = path
            .rsplit('/')
            .next()
            .and_then(|name| name.rsplit_once('.'))
            .is_some_and(|(_, end)| STATIC.contains(&end.to_ascii_lowercase().as_str()));
        let is_json = media_type.contains("json");
        let is_markup =
            ["text/html", "text/css", "font/"].iter().any(|kind| media_type.starts_with(kind))
                || media_type.contains("javascript");
        if !is_json && (is_page || is_static || (is_markup && method == "get")) {
            return Err("pages and static files");
        }
        Ok(Self {
            place: place.to_owned(),
            server: format!("{scheme}://{authority}"),
            is_json,
            path,
            method,
            value: value.clone(),
        })
    }

    /// Notes the credentials in headers, cookies and the query.
    pub(super) fn note_secrets(&self, value: &Value, secrets: &mut Secrets, report: &mut Report) {
        for (side, key) in
            [("request", "headers"), ("response", "headers"), ("request", "queryString")]
        {
            for entry in value[side][key].as_array().into_iter().flatten() {
                let name = entry["name"].as_str().unwrap_or_default();
                if names_a_credential(name) {
                    let place = format!("{}, {side} {key} `{name}`", self.place);
                    secrets.note(entry["value"].as_str().unwrap_or_default(), &place, report);
                }
            }
        }
        for side in ["request", "response"] {
            for cookie in value[side]["cookies"].as_array().into_iter().flatten() {
                let place = format!(
                    "{}, {side} cookie `{}`",
                    self.place,
                    cookie["name"].as_str().unwrap_or_default()
                );
                secrets.note(cookie["value"].as_str().unwrap_or_default(), &place, report);
            }
        }
    }

    /// The call, with its path, types and credential.
    pub(super) fn call(self, secrets: &mut Secrets, report: &mut Report) -> Option<Recorded> {
        let (path, mut parameters) = template::template(&self.path);
        let request = &self.value["request"];
        let body = self.body(secrets, report);
        let mut path = path;
        let is_rpc = matches!(body, Some(Body::Rpc(_)));
        let mut scheme = None;
        let mut fixed: Vec<String> = Vec::new();
        for entry in request["queryString"].as_array().into_iter().flatten() {
            let (Some(name), value) =
                (entry["name"].as_str(), entry["value"].as_str().unwrap_or_default())
            else {
                continue;
            };
            if name.is_empty() {
                continue;
            }
            if names_a_credential(name) {
                let key = json!({ "type": "apiKey", "in": "query", "name": name });
                scheme = Some(("apiKey".to_owned(), key));
            } else if is_rpc {
                fixed.push(format!("{name}={value}"));
            } else {
                parameters.push(Parameter {
                    place: "query",
                    name: name.to_owned(),
                    shape: written_shape(value),
                    ..Parameter::default()
                });
            }
        }
        if !fixed.is_empty() {
            path = format!("{path}?{}", fixed.join("&"));
        }
        for header in request["headers"].as_array().into_iter().flatten() {
            let (Some(name), value) =
                (header["name"].as_str(), header["value"].as_str().unwrap_or_default())
            else {
                continue;
            };
            let lower = name.to_ascii_lowercase();
            if lower == "authorization" {
                scheme = Some(
                    match value.split(' ').next().unwrap_or_default().to_ascii_lowercase().as_str()
                    {
                        "bearer" => {
                            ("bearer".to_owned(), json!({ "type": "http", "scheme": "bearer" }))
                        }
                        "basic" => {
                            ("basic".to_owned(), json!({ "type": "http", "scheme": "basic" }))
                        }
                        _ => (
                            "apiKey".to_owned(),
                            json!({ "type": "apiKey", "in": "header", "name": "Authorization" }),
                        ),
                    },
                );
            } else if names_a_credential(name) && lower != "cookie" {
                scheme.get_or_insert((
                    "apiKey".to_owned(),
                    json!({ "type": "apiKey", "in": "header", "name": name }),
                ));
            } else if !IGNORED.contains(&lower.as_str())
                && !lower.starts_with(["sec-", ":"][0])
                && !lower.starts_with(':')
                && lower.starts_with("x-")
            {
                parameters.push(Parameter {
                    place: "header",
                    name: name.to_owned(),
                    shape: written_shape(value),
                    ..Parameter::default()
                });
            }
        }
        let response = self.response(secrets, report)?;
        let call = Call {
            place: self.place.clone(),
            method: self.method,
            path,
            parameters,
            body,
            responses: vec![response],
            ..Call::default()
        };
        Some(Recorded { place: self.place, call, scheme })
    }

    fn body(&self, secrets: &mut Secrets, report: &mut Report) -> Option<Body> {
        let data = &self.value["request"]["postData"];
        let text = data["text"].as_str().unwrap_or_default();
        let media_type = media_type(&data["mimeType"]);
        let params = data["params"].as_array().filter(|params| !params.is_empty());
        if media_type.contains("form") {
            let fields: Vec<Field> = match params {
                Some(params) => params.iter().filter_map(field).collect(),
                None => text.split('&').filter_map(written_field).collect(),
            };
            for entry in params.into_iter().flatten() {
                let name = entry["name"].as_str().unwrap_or_default();
                if names_a_credential(name) {
                    secrets.note(
                        entry["value"].as_str().unwrap_or_default(),
                        &format!("{}, field `{name}`", self.place),
                        report,
                    );
                }
            }
            let media_type = if media_type.contains("multipart") {
                "multipart/form-data"
            } else {
                "application/x-www-form-urlencoded"
            };
            return (!fields.is_empty()).then_some(Body::Form { media_type, fields });
        }
        if text.is_empty() {
            return None;
        }
        if media_type.contains("json") || text.trim_start().starts_with(['{', '[']) {
            return match lenient::parse(text) {
                Ok((Sample::List(items), _))
                    if items.iter().any(|(item, _)| procedure(item, &[]).is_some()) =>
                {
                    report.left_out(RULE, "batches of calls of procedures", &self.place, "");
                    None
                }
                Ok((value, _)) => {
                    secrets.note_members(&value, &self.place, report);
                    Some(match procedure(&value, &[]) {
                        Some(procedure) => Body::Rpc(procedure),
                        None => Body::Json {
                            media_type: "application/json".to_owned(),
                            value,
                            loose: Vec::new(),
                        },
                    })
                }
                Err(error) => {
                    report.left_out(RULE, "bodies that are not JSON", &self.place, &error);
                    None
                }
            };
        }
        let is_text = media_type.starts_with("text/") || media_type.contains("xml");
        let media_type =
            if media_type.is_empty() { "application/octet-stream".to_owned() } else { media_type };
        Some(Body::Other { media_type, is_text })
    }

    fn response(&self, secrets: &mut Secrets, report: &mut Report) -> Option<Response> {
        let response = &self.value["response"];
        let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok())?;
        let content = &response["content"];
        let text = content["text"].as_str().unwrap_or_default();
        let decoded = match content["encoding"].as_str() {
            Some("base64") => decode(text).unwrap_or_default(),
            _ => text.to_owned(),
        };
        let media_type = media_type(&content["mimeType"]);
        let is_json = media_type.contains("json");
        let value = lenient::parse(&decoded).ok().map(|(value, _)| value).filter(|_| is_json);
        if let Some(value) = &value {
            secrets.note_members(value, &format!("{}, response", self.place), report);
        }
        let has_body = !text.is_empty() || content["size"].as_i64().is_some_and(|size| size > 0);
        // A browser that was not asked for bodies records only their size.
        if is_json && value.is_none() && has_body {
            report.left_out(RULE, "responses without their body in the recording", &self.place, "");
            return Some(Response { status: 0, ..Response::default() });
        }
        // Zero stands for a request that was blocked; a redirect has no content.
        let status = if status == 304 { 200 } else { status };
        Some(Response {
            status,
            name: String::new(),
            media_type,
            value,
            has_body: has_body && status != 304,
        })
    }
}

fn media_type(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn field(entry: &Value) -> Option<Field> {
    let name = entry["name"].as_str()?.to_owned();
    let is_file = entry["fileName"].is_string();
    let shape = written_shape(entry["value"].as_str().unwrap_or_default());
    Some(Field { name, shape, is_file, ..Field::default() })
}

fn written_field(pair: &str) -> Option<Field> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']'));
    is_name.then(|| Field {
        name: name.to_owned(),
        shape: written_shape(value),
        ..Field::default()
    })
}

/// Base64 as text; nothing if it is none.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for c in text.bytes().filter(|c| !c.is_ascii_whitespace() && *c != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode("eyJhIjoxfQ==").as_deref(), Some("{\"a\":1}"));
        assert_eq!(decode("?"), None);
        assert_eq!(decode("/w=="), None);
    }
}
