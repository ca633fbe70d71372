//! Replaces what a call contains before it enters a cassette.
//!
//! | Part of a call | Recorded |
//! |---|---|
//! | credentials, cookies and other headers of the request | nothing |
//! | path template, names in the query, method, status | unchanged |
//! | arguments, segments of given URLs | fakes; of secrets, fakes that show neither length nor form |
//! | bodies in JSON, forms, markup, text | fakes; names of members, values of enumerations and codes of errors stay |
//! | files and other bodies | their length |
//! | headers of the response in [`KEPT`] and [`REPLACED`] | unchanged, or as fakes |

use std::collections::{BTreeMap, HashSet};

use http::{HeaderMap, HeaderName, header};
use serde_json::Value;
use url::Url;

use super::{
    format::{Body, Part},
    markup,
};
use crate::{
    Error, Operation,
    error::is_secret_argument,
    header_value,
    pipeline::SendTarget,
    pseudonym::{AnyName, Known, Pseudonymizer, Vocabulary},
    request::url_template,
};

/// Integers below it stay: counts, positions, flags.
const SMALL: u64 = 100;

/// Headers of requests that distinguish them.
pub(super) const DISTINGUISHING: [HeaderName; 3] =
    [header::RANGE, header::CONTENT_RANGE, HeaderName::from_static("upload-offset")];

/// Headers of responses that have no content of the account.
const KEPT: [HeaderName; 14] = [
    header::ACCEPT_RANGES,
    header::ALLOW,
    header::CACHE_CONTROL,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    header::CONTENT_TYPE,
    header::RETRY_AFTER,
    HeaderName::from_static("tus-extension"),
    HeaderName::from_static("tus-max-size"),
    HeaderName::from_static("tus-resumable"),
    HeaderName::from_static("tus-version"),
    HeaderName::from_static("upload-length"),
    HeaderName::from_static("upload-offset"),
    HeaderName::from_static("x-ms-error-code"),
];

/// Headers of responses whose values are replaced.
const REPLACED: [HeaderName; 7] = [
    header::CONTENT_DISPOSITION,
    header::CONTENT_LOCATION,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LINK,
    header::LOCATION,
    HeaderName::from_static("upload-expires"),
];

/// Members of envelopes and error documents, which specifications do not list.
const ENVELOPE: [&str; 33] = [
    "ApiVersion",
    "BuildVersion",
    "Code",
    "Errors",
    "ExceptionMessage",
    "ExceptionType",
    "Message",
    "Meta",
    "Payload",
    "RecordCount",
    "RecordsReturned",
    "StartingRecord",
    "TotalRecordsFound",
    "Warnings",
    "_links",
    "apiVersion",
    "buildVersion",
    "code",
    "data",
    "detail",
    "error",
    "error_description",
    "errors",
    "jsonrpc",
    "message",
    "meta",
    "method",
    "params",
    "payload",
    "recordCount",
    "result",
    "title",
    "warnings",
];

/// Members with numbers that programs compare.
const NUMBERS: [&str; 12] = [
    "Code",
    "RecordsReturned",
    "StartingRecord",
    "TotalRecordsFound",
    "code",
    "errorCode",
    "recordsReturned",
    "startingRecord",
    "status",
    "statusCode",
    "totalRecordsFound",
    "version",
];

/// Parts of the names of request members with numbers that clients compute.
const SIZES: [&str; 8] = ["chunk", "count", "length", "limit", "offset", "page", "size", "total"];

/// Members with strings that programs compare, if they look like names.
const CODES: [&str; 7] =
    ["Code", "ExceptionType", "apiVersion", "ApiVersion", "code", "error", "errorCode"];

/// Replaces the content of the calls of one client.
#[derive(Debug)]
pub(super) struct Sanitizer {
    fakes: Pseudonymizer,
    vocabulary: Vocabulary,
    /// Whether values stay that a request contains and no earlier response did.
    keeps_inputs: bool,
    /// Values in responses.
    received: HashSet<String>,
}

/// What is known of the words of one call.
struct Words<'a> {
    vocabulary: &'a Vocabulary,
    operation: &'static Operation,
    is_request: bool,
}

impl Words<'_> {
    /// Whether a member or parameter has the position, the size or the total of a page, or of what is sent.
    fn is_paging(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let is_size = || self.is_request && SIZES.iter().any(|size| lower.contains(size));
        let is_page = || {
            self.operation.pagination.is_some_and(|pagination| {
                [pagination.start, pagination.size, pagination.total]
                    .iter()
                    .any(|path| path.rsplit('.').next() == Some(name) && !name.is_empty())
            })
        };
        is_size() || is_page()
    }
}

impl Known for Words<'_> {
    fn is_name(&self, place: &str, name: &str) -> bool {
        if self.vocabulary.is_empty() {
            return AnyName.is_name(place, name);
        }
        self.vocabulary.is_name(place, name)
            || ENVELOPE.contains(&name)
            || ENVELOPE.iter().any(|known| known.eq_ignore_ascii_case(name))
            || NUMBERS.contains(&name)
    }

    fn is_value(&self, place: &str, value: &Value) -> bool {
        let name = place.rsplit('/').next().unwrap_or_default();
        match value {
            Value::Number(_) => NUMBERS.contains(&name) || self.is_paging(name),
            Value::String(string) => {
                (self.operation.rpc.is_some() && ["/jsonrpc", "/method"].contains(&place))
                    || (CODES.contains(&name) && is_code(string))
                    || self.vocabulary.is_value(place, value)
            }
            _ => false,
        }
    }
}

/// Whether a string is rather the code of an error than something that a user wrote: `invalid_grant`, `BlobNotFound`,
/// `1.2`.
fn is_code(string: &str) -> bool {
    const LONGEST: usize = 40;
    let is_sign = |byte: u8| byte.is_ascii_alphabetic() || b"_.-".contains(&byte);
    let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    (1..=LONGEST).contains(&string.len())
        && (string.bytes().all(is_sign) || (string.len() <= 5 && string.bytes().all(is_number)))
}

impl Sanitizer {
    pub(super) fn new(fakes: Pseudonymizer, vocabulary: Vocabulary, keeps_inputs: bool) -> Self {
        let fakes = fakes.keep_below(SMALL).vocabulary(vocabulary.clone());
        Self { fakes, vocabulary, keeps_inputs, received: HashSet::new() }
    }

    fn words(&self, operation: &'static Operation, is_request: bool) -> Words<'_> {
        Words { vocabulary: &self.vocabulary, operation, is_request }
    }

    /// Keeps a value that the program passes itself.
    fn input(&mut self, value: &str) {
        if self.keeps_inputs && !self.received.contains(value) {
            self.fakes.keep(value);
        }
    }

    /// The URL of a request: below the base URL, or as a whole.
    pub(super) fn url(&mut self, target: &SendTarget<'_>, url: &Url) -> Result<String, Error> {
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        for (name, value) in &query {
            if !is_secret_argument(name) {
                self.input(value);
            }
        }
        let Some((template, arguments)) = target.path else {
            return Ok(self.absolute(target, url, query));
        };
        for (name, value) in arguments {
            if !is_secret_argument(name) {
                self.input(value);
            }
        }
        let replaced: Vec<_> = arguments
            .iter()
            .map(|(name, value)| (*name, self.fakes.argument(name, value)))
            .collect();
        let template = if target.operation.tag == "raw" {
            // The program wrote it, with ids in it.
            self.segments(template)
        } else {
            template.to_owned()
        };
        let query = self.query(target.operation, query);
        let mut base = target.base_url.clone();
        base.set_path("");
        let expanded = url_template::expand(&base, &template, &replaced, &query)?;
        Ok(expanded[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    }

    fn absolute(&self, target: &SendTarget<'_>, url: &Url, query: Vec<(String, String)>) -> String {
        let mut plain = url.clone();
        plain.set_query(None);
        plain.set_fragment(None);
        let link = self.fakes.link(plain.as_str());
        match Url::parse(&link) {
            Ok(mut link) => {
                url_template::add_query(&mut link, &self.query(target.operation, query));
                link.into()
            }
            Err(_) => link,
        }
    }

    /// The fake of a path that a program wrote.
    fn segments(&mut self, path: &str) -> String {
        let segments = path.split('/').map(|segment| {
            let decoded = percent_encoding::percent_decode_str(segment).decode_utf8_lossy();
            if self.vocabulary.is_name("", &decoded) {
                return segment.to_owned();
            }
            if self.keeps_inputs && !self.received.contains(&*decoded) {
                self.fakes.keep(&decoded);
            }
            self.fakes.segment(segment)
        });
        segments.collect::<Vec<_>>().join("/")
    }

    fn query(
        &self,
        operation: &'static Operation,
        query: Vec<(String, String)>,
    ) -> Vec<(String, String)> {
        let words = self.words(operation, true);
        let replaced = query.into_iter().map(|(name, value)| {
            let is_constant = operation.query.iter().any(|(n, v)| *n == name && *v == value);
            if is_constant || (is_number(&value) && words.is_paging(&name)) {
                return (name, value);
            }
            (self.fakes.name(&name), self.fakes.argument(&name, &value))
        });
        replaced.collect()
    }

    /// The headers that distinguish a request.
    pub(super) fn sent(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        distinguishing(headers)
    }

    /// The body of a request.
    pub(super) fn request(
        &mut self,
        operation: &'static Operation,
        body: Option<Body>,
    ) -> Option<Body> {
        let body = body?;
        if self.keeps_inputs {
            let mut inputs = Vec::new();
            collect(&body, &mut |value, is_secret| {
                if !is_secret {
                    inputs.push(value.to_owned());
                }
            });
            inputs.iter().for_each(|value| self.input(value));
        }
        Some(self.body(&self.words(operation, true), body))
    }

    /// The body of a response.
    pub(super) fn response(
        &mut self,
        operation: &'static Operation,
        body: Option<Body>,
    ) -> Option<Body> {
        let body = body?;
        if self.keeps_inputs {
            let received = &mut self.received;
            collect(&body, &mut |value, _| {
                received.insert(value.to_owned());
            });
        }
        Some(self.body(&self.words(operation, false), body))
    }

    fn body(&self, words: &Words<'_>, body: Body) -> Body {
        match body {
            Body::Json(json) => Body::Json(self.fakes.value(&json, words)),
            Body::Text(text) if text.trim_start().starts_with('<') => {
                Body::Text(markup::fake(&self.fakes, &text))
            }
            Body::Text(text) => Body::Text(self.fakes.string(&text)),
            Body::Form(pairs) => Body::Form(self.query(words.operation, pairs)),
            Body::Parts(parts) => {
                Body::Parts(parts.into_iter().map(|part| self.part(words, part)).collect())
            }
            Body::Bytes(length) => Body::Bytes(length),
        }
    }

    fn part(&self, words: &Words<'_>, part: Part) -> Part {
        let content = match part.content {
            Body::Text(text) if is_number(&text) && words.is_paging(&part.name) => Body::Text(text),
            Body::Text(text) => Body::Text(self.fakes.argument(&part.name, &text)),
            other => self.body(words, other),
        };
        let file = part.file.map(|file| self.fakes.string(&file));
        Part { name: self.fakes.name(&part.name), file, content }
    }

    /// The headers of a response.
    pub(super) fn headers(&mut self, headers: &HeaderMap) -> BTreeMap<String, String> {
        let mut recorded = BTreeMap::new();
        for (name, value) in headers {
            let value = header_value::to_string(value);
            let value = if KEPT.contains(name) {
                value.into_owned()
            } else if *name == header::WWW_AUTHENTICATE {
                self.challenge(&value)
            } else if REPLACED.contains(name) {
                self.replaced(name, &value)
            } else {
                continue;
            };
            if http::HeaderValue::from_str(&value).is_ok() {
                recorded.insert(name.as_str().to_owned(), value);
            }
        }
        recorded
    }

    fn replaced(&mut self, name: &HeaderName, value: &str) -> String {
        if [header::LOCATION, header::CONTENT_LOCATION].contains(name) {
            return self.location(value);
        }
        if *name == header::CONTENT_DISPOSITION {
            // `attachment; filename="harbour.jpg"`: the name is a parameter, which may be encoded.
            let kind = value.split(';').next().unwrap_or_default().trim();
            let kind = if is_code(kind) { kind } else { "attachment" };
            let file = crate::response::file::name_in_disposition(value)
                .map(|name| self.fakes.string(&name));
            let file = file.filter(|name| name.is_ascii() && !name.contains(['"', '\\']));
            return match file {
                Some(file) => format!("{kind}; filename=\"{file}\""),
                None => kind.to_owned(),
            };
        }
        if *name == header::LINK {
            // `<https://...>; rel="next"`: the relation stays.
            return value
                .split(',')
                .map(|link| {
                    match link.trim().strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                        Some((url, rest)) => format!("<{}>{rest}", self.location(url)),
                        None => self.fakes.string(link),
                    }
                })
                .collect::<Vec<_>>()
                .join(", ");
        }
        self.fakes.string(value)
    }

    /// A link, or one relative to the URL of the request.
    fn location(&self, value: &str) -> String {
        if value.contains("://") {
            return match Url::parse(value) {
                Ok(url) => self.absolute_link(&url),
                Err(_) => self.fakes.string(value),
            };
        }
        let (path, query) =
            value.split_once('?').map_or((value, None), |(path, query)| (path, Some(query)));
        let path = path.split('/').map(|segment| self.fakes.segment(segment));
        let path = path.collect::<Vec<_>>().join("/");
        match query {
            Some(query) => format!("{path}?{}", self.fakes.query(query)),
            None => path,
        }
    }

    fn absolute_link(&self, url: &Url) -> String {
        self.fakes.link(url.as_str())
    }

    /// A challenge: its scheme and the code of its error.
    fn challenge(&self, value: &str) -> String {
        let scheme = value.split([' ', ',']).next().unwrap_or_default();
        let scheme = if is_code(scheme) { scheme } else { "Bearer" };
        let code = value.split_once("error=\"").and_then(|(_, rest)| rest.split('"').next());
        match code.filter(|code| is_code(code)) {
            Some(code) => format!("{scheme} error=\"{code}\""),
            None => scheme.to_owned(),
        }
    }
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

/// The headers that distinguish a request, as they are.
pub(super) fn distinguishing(headers: &HeaderMap) -> BTreeMap<String, String> {
    DISTINGUISHING
        .iter()
        .filter_map(|name| {
            let value = header_value::to_string(headers.get(name)?);
            Some((name.as_str().to_owned(), value.into_owned()))
        })
        .collect()
}

/// Visits every value, and whether its name suggests a secret.
fn collect(body: &Body, visit: &mut impl FnMut(&str, bool)) {
    match body {
        Body::Json(json) => collect_json(json, false, visit),
        Body::Form(pairs) => {
            pairs.iter().for_each(|(name, value)| visit(value, is_secret_argument(name)));
        }
        Body::Parts(parts) => {
            for part in parts {
                if let Some(file) = &part.file {
                    visit(file, false);
                }
                match &part.content {
                    Body::Text(text) => visit(text, is_secret_argument(&part.name)),
                    other => collect(other, visit),
                }
            }
        }
        Body::Text(text) => {
            // Also what stands between the tags of markup.
            text.split(['<', '>']).for_each(|part| visit(part, false));
        }
        Body::Bytes(_) => {}
    }
}

fn collect_json(json: &Value, is_secret: bool, visit: &mut impl FnMut(&str, bool)) {
    match json {
        Value::String(string) => {
            visit(string, is_secret);
            if let Ok(url) = Url::parse(string)
                && url.has_host()
            {
                url.path_segments().into_iter().flatten().for_each(|part| visit(part, is_secret));
                url.query_pairs()
                    .for_each(|(name, value)| visit(&value, is_secret_argument(&name)));
            }
        }
        Value::Number(number) => visit(&number.to_string(), is_secret),
        Value::Array(items) => items.iter().for_each(|item| collect_json(item, is_secret, visit)),
        Value::Object(members) => {
            for (name, member) in members {
                visit(name, false);
                collect_json(member, is_secret || is_secret_argument(name), visit);
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
