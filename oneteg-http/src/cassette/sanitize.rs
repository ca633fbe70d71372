//! Replaces what a call contains before it enters a cassette.
//!
//! | Part of a call | Recorded |
//! |---|---|
//! | credentials, cookies and other headers of the request | nothing |
//! | path template, names in the query, method, status | unchanged |
//! | arguments, segments of given URLs | fakes; of secrets, fakes that show neither length nor form |
//! | bodies in JSON, forms, markup, text | fakes; names of members, values of enumerations and codes of errors stay |
//! | files and other bodies | their length |
//! | headers of the response that clients read | unchanged, or as fakes: see `headers` |

use std::collections::{BTreeMap, HashSet};

use http::HeaderMap;
use serde_json::Value;
use url::Url;

use super::{
    format::{Body, Part},
    headers::HeaderFakes,
    markup,
    words::{CallPart, Words},
};
use crate::{
    Error, Operation,
    error::is_secret_argument,
    pipeline::SendTarget,
    pseudonym::{Known as _, Pseudonymizer, Vocabulary},
    request::url_template,
};

/// Integers below it stay: counts, positions, flags.
const SMALL: u64 = 100;

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

impl Sanitizer {
    pub(super) fn new(fakes: Pseudonymizer, vocabulary: Vocabulary, keeps_inputs: bool) -> Self {
        let fakes = fakes.keep_below(SMALL).vocabulary(vocabulary.clone());
        Self { fakes, vocabulary, keeps_inputs, received: HashSet::new() }
    }

    fn words(&self, operation: &'static Operation, part: CallPart) -> Words<'_> {
        Words { vocabulary: &self.vocabulary, operation, part }
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
        let words = self.words(operation, CallPart::Request);
        let replaced = query.into_iter().map(|(name, value)| {
            let is_constant = operation.query.iter().any(|(n, v)| *n == name && *v == value);
            if is_constant || (is_number(&value) && words.is_paging(&name)) {
                return (name, value);
            }
            (self.fakes.name(&name), self.fakes.argument(&name, &value))
        });
        replaced.collect()
    }

    /// The headers of a response.
    pub(super) fn headers(&self, headers: &HeaderMap) -> BTreeMap<String, String> {
        HeaderFakes(&self.fakes).headers(headers)
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
        Some(self.body(&self.words(operation, CallPart::Request), body))
    }

    /// The body of a response.
    pub(super) fn response(
        &mut self,
        operation: &'static Operation,
        part: CallPart,
        body: Option<Body>,
    ) -> Option<Body> {
        let body = body?;
        if self.keeps_inputs {
            let received = &mut self.received;
            collect(&body, &mut |value, _| {
                received.insert(value.to_owned());
            });
        }
        Some(self.body(&self.words(operation, part), body))
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
}

fn is_number(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
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
