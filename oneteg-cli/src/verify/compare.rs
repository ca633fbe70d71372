//! What a call returned, and where it differs from the specification.

use std::time::Duration;

use oneteg_catalog::{
    check::{Checker, Fake},
    evidence::{Finding, Kind, Response},
};
use oneteg_http::{Error, ErrorKind, codegen::any};
use serde_json::{Map, Value};

use super::{
    arguments::PAGE_SIZE,
    envelope,
    seen::Seen,
    tap::{Exchange, Received},
};
use crate::catalog::{Entry, ResponseKind};

/// How many levels of undocumented content are described.
const DEPTH: usize = 6;
/// The longest code of an error that a report shows. Longer ones may contain more than a code.
const LONGEST_CODE: usize = 12;

/// What a call returned.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) arguments: Map<String, Value>,
    /// The status of the last response; `None` without one.
    pub(crate) status: Option<u16>,
    /// The media type of the last response; empty without one.
    pub(crate) media_type: String,
    /// The content inside the envelope.
    pub(crate) content: Content,
    /// The other members of the envelope.
    pub(crate) envelope: Map<String, Value>,
    /// The differences of the envelope.
    pub(crate) differences: Vec<Finding>,
    /// Why the call failed, as the SDK classifies it. A response that the SDK cannot read is none: it is compared.
    pub(crate) failure: Option<ErrorKind>,
    /// How long the vendor asked to wait.
    pub(crate) wait: Option<Duration>,
    /// The code of the vendor's error.
    pub(crate) code: Option<String>,
    /// Every response, with those of retries and redirects.
    pub(crate) exchanges: Vec<(u16, String)>,
}

/// The content of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    /// There was no response, or its envelope reports an error.
    Nothing,
    /// A response without a body.
    Empty,
    Json(Value),
    /// Another text, of this length.
    Text(usize),
    /// A file, which was not read.
    File,
    Html,
    /// JSON that ends too early.
    Truncated,
    /// No JSON.
    NotJson,
    /// More than is compared.
    TooLarge,
}

impl Content {
    /// The word of the report.
    fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Empty => "empty",
            Self::Json(_) => "JSON",
            Self::Text(_) => "text",
            Self::File => "file",
            Self::Html => "HTML",
            Self::Truncated => "truncated",
            Self::NotJson => "not JSON",
            Self::TooLarge => "too large",
        }
    }
}

impl Observed {
    /// A call whose arguments could not be sent.
    pub(crate) fn unsent(arguments: Map<String, Value>) -> Self {
        Self {
            arguments,
            status: None,
            media_type: String::new(),
            content: Content::Nothing,
            envelope: Map::new(),
            differences: Vec::new(),
            failure: Some(ErrorKind::InvalidRequest),
            wait: None,
            code: None,
            exchanges: Vec::new(),
        }
    }

    pub(crate) fn new(
        entry: &Entry,
        arguments: Map<String, Value>,
        exchanges: Vec<Exchange>,
        error: Option<&Error>,
    ) -> Self {
        let mut observed = Self::unsent(arguments);
        observed.failure = error.map(|error| match error.kind() {
            // The provider of tokens is away, which is no refusal.
            ErrorKind::Authentication if error.is_retryable() => ErrorKind::Transport,
            kind => kind,
        });
        observed.wait = error.and_then(Error::retry_after);
        observed.code = error.and_then(Error::code).map(str::to_owned);
        let responses = exchanges.iter();
        observed.exchanges = responses
            .filter_map(|exchange| Some((exchange.status?, exchange.media_type.clone())))
            .collect();
        let Some(last) = exchanges.into_iter().next_back() else { return observed };
        observed.status = last.status;
        observed.media_type.clone_from(&last.media_type);
        let (content, is_repaired) = content(last.body, &last.media_type);
        observed.content = content;
        let is_success = last.status.is_some_and(|status| (200..300).contains(&status));
        if let Content::Json(body) = &mut observed.content {
            let kind = if is_success || entry.envelope == "json-rpc" {
                entry.envelope.as_str()
            } else {
                "none"
            };
            let unwrapped = envelope::unwrap(kind, body.take(), last.rpc_id.as_ref());
            observed.differences = unwrapped.findings;
            observed.envelope = unwrapped.members;
            observed.content = unwrapped.content.map_or(Content::Nothing, Content::Json);
            if is_success && !unwrapped.failed {
                // The SDK may refuse to read it; here it is compared.
                observed.failure = None;
            }
        } else if is_success {
            observed.failure = None;
        }
        if is_repaired {
            let said = "valid text".to_owned();
            let mut finding = with_values(Kind::Content, said, "invalid text".to_owned());
            // It is read with replacement characters.
            finding.lenient = true;
            observed.differences.push(finding);
        }
        observed
    }

    /// Whether the vendor reported success.
    pub(crate) fn is_success(&self) -> bool {
        self.failure.is_none() && self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether a web page came with the status of a success. XML is none: an API may send it.
    pub(crate) fn is_page(&self) -> bool {
        let is_html = self.media_type.to_ascii_lowercase().contains("html");
        self.failure.is_none() && self.content == Content::Html && is_html
    }

    /// The content, if it is JSON.
    pub(crate) fn json(&self) -> Option<&Value> {
        match &self.content {
            Content::Json(content) => Some(content),
            _ => None,
        }
    }

    /// Whether the vendor refused the call to this account.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.failure, Some(ErrorKind::PermissionDenied | ErrorKind::Authentication))
    }

    /// Whether the call had no argument but the size of a page.
    fn asked_for_nothing(&self) -> bool {
        self.arguments.values().all(|value| value.is_object() || value.as_u64() == Some(PAGE_SIZE))
    }

    /// Why the call failed, in a sentence without anything of the account.
    pub(crate) fn reason(&self) -> String {
        let is_plain = |code: &&String| {
            code.len() <= LONGEST_CODE && code.chars().all(|letter| letter.is_ascii_alphanumeric())
        };
        let code = self.code.as_ref().filter(is_plain);
        let detail = match (self.status, code) {
            (Some(status), Some(code)) if *code != status.to_string() => {
                format!(" (HTTP {status}, code {code})")
            }
            (Some(status), _) => format!(" (HTTP {status})"),
            (None, _) => String::new(),
        };
        let what = match self.failure {
            Some(ErrorKind::PermissionDenied | ErrorKind::Authentication) => {
                "The vendor refuses it to this account"
            }
            Some(ErrorKind::NotFound) if self.asked_for_nothing() => "The vendor has nothing there",
            Some(ErrorKind::NotFound) => "The vendor did not find what its other responses contain",
            Some(ErrorKind::RateLimited) => "The vendor asked for fewer requests",
            Some(ErrorKind::Connect | ErrorKind::Transport) => "The connection failed",
            Some(ErrorKind::Timeout) => "The vendor did not respond in time",
            Some(ErrorKind::Server) => "The vendor failed",
            Some(ErrorKind::TooLarge) => "The response is larger than what is compared",
            Some(ErrorKind::InvalidRequest) => "The call could not be sent",
            _ => "The vendor reported an error",
        };
        format!("{what}{detail}.")
    }
}

/// The content, and whether invalid text in it was replaced as the SDK does.
fn content(received: Received, media_type: &str) -> (Content, bool) {
    let body = match received {
        Received::Nothing => return (Content::Nothing, false),
        Received::File => return (Content::File, false),
        Received::Broken => return (Content::Truncated, false),
        Received::TooLarge => return (Content::TooLarge, false),
        Received::Complete(body) => body,
    };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body).trim_ascii();
    match body.first() {
        None => return (Content::Empty, false),
        Some(b'<') => return (Content::Html, false),
        Some(_) => {}
    }
    let content = match serde_json::from_slice(body) {
        Ok(value) => Content::Json(value),
        Err(error) if error.is_eof() && matches!(body.first(), Some(b'{' | b'[')) => {
            Content::Truncated
        }
        Err(_) => match any(body) {
            Some(value) => return (Content::Json(value), true),
            None if media_type.starts_with("text/") => Content::Text(body.len()),
            None => Content::NotJson,
        },
    };
    (content, false)
}

/// The schema of the content of responses with a status.
pub(crate) fn schema(entry: &Entry, status: u16) -> Option<&Value> {
    let documented = entry.responses.iter().find(|documented| documented.describes(status));
    let json = documented.and_then(|documented| {
        documented
            .content
            .iter()
            .find(|(media_type, _)| media_type.contains("json"))
            .map(|(_, schema)| schema)
    });
    json.or(entry.response.schema.as_ref()).filter(|schema| !schema.is_null())
}

/// Adds a response to what was seen of its operation.
pub(crate) fn compare(
    checker: &Checker<'_>,
    entry: &Entry,
    observed: &Observed,
    seen: &mut Seen,
    fake: &mut Fake<'_>,
) {
    for (status, media_type) in &observed.exchanges {
        tally(entry, *status, media_type, seen);
    }
    // A redirect is part of what the vendor does, and not documented anywhere. So is a 202 that the SDK waits for.
    for (status, _) in observed.exchanges.iter().filter(|(status, _)| (200..400).contains(status)) {
        if !is_documented(entry, *status) {
            seen.comparison.note(with_values(Kind::Status, statuses(entry), status.to_string()));
        }
    }
    if !observed.is_success() {
        seen.refused |= observed.is_refused();
        seen.reason = Some(observed.reason());
        // The vendor's errors have no schema, but what surrounds them is documented.
        for finding in &observed.differences {
            seen.comparison.note(finding.clone());
        }
        unreadable(entry, observed, seen);
        return;
    }
    let status = observed.status.unwrap_or_default();
    seen.compared = true;
    for finding in &observed.differences {
        seen.comparison.note(finding.clone());
    }
    let expects_content = entry.response.kind != ResponseKind::Empty;
    let has_content = !matches!(observed.content, Content::Empty | Content::Nothing);
    let declares = !observed.media_type.is_empty();
    if expects_content && (declares || has_content) && !fits(entry, status, &observed.media_type) {
        let known = media_types(entry, status).join(", ");
        let declared = if declares { observed.media_type.clone() } else { "none".to_owned() };
        seen.comparison.note(with_values(Kind::MediaType, known, declared));
    }
    match (entry.response.kind, &observed.content) {
        (ResponseKind::Json, Content::Json(content)) => {
            if let Some(schema) = schema(entry, status) {
                seen.comparison.add(checker, schema, content, Some(fake));
            }
            page(entry, observed, content, seen);
        }
        // No content, or none that matters.
        (ResponseKind::Empty, Content::Empty | Content::Nothing) => {}
        (ResponseKind::Empty, Content::Json(content)) if content.is_null() => {}
        (ResponseKind::Empty, Content::Json(content)) => {
            let mut finding =
                with_values(Kind::Content, "no content".to_owned(), "JSON".to_owned());
            finding.seen.record(content, DEPTH);
            finding.lenient = true;
            seen.comparison.note(finding);
        }
        (ResponseKind::File, Content::File | Content::Text(_)) => {}
        // A file may be empty.
        (ResponseKind::File, Content::Empty) => {}
        // A file without a media type is read as if it were a page.
        (ResponseKind::File, Content::NotJson | Content::TooLarge) if !declares => {}
        (ResponseKind::Text, Content::Text(_) | Content::Json(_) | Content::Empty) => {}
        // The envelope lacks it, which is a difference of the envelope.
        (_, Content::Nothing) if !observed.differences.is_empty() => {
            seen.compared = false;
            seen.reason = Some("The envelope of the response has no content.".to_owned());
        }
        (kind, content) => {
            seen.compared = matches!(content, Content::Empty);
            let said = match kind {
                ResponseKind::Json => "JSON",
                ResponseKind::File => "a file",
                ResponseKind::Text => "text",
                ResponseKind::Empty => "no content",
            };
            let finding = with_values(Kind::Content, said.to_owned(), content.word().to_owned());
            seen.reason = Some(format!("The response is {}.", content.word()));
            seen.comparison.note(finding);
        }
    }
}

/// A failed call whose response cannot be read at all, such as a page of HTML.
fn unreadable(entry: &Entry, observed: &Observed, seen: &mut Seen) {
    if matches!(observed.content, Content::Html | Content::Truncated)
        && entry.response.kind != ResponseKind::File
    {
        let finding =
            with_values(Kind::Content, "JSON".to_owned(), observed.content.word().to_owned());
        seen.comparison.note(finding);
    }
}

/// Compares the number of items of a list with the page that was requested, and with the total that is reported.
fn page(entry: &Entry, observed: &Observed, content: &Value, seen: &mut Seen) {
    let Some(paging) = &entry.paging else { return };
    let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
    let items = match content {
        Value::Array(items) => Some(items),
        content if paging.items.is_empty() => content.as_array(),
        content => content.pointer(&pointer(&paging.items)).and_then(Value::as_array),
    };
    let Some(items) = items else { return };
    let place = match content {
        Value::Array(_) => String::new(),
        _ => pointer(&paging.items),
    };
    let was_requested = !paging.size.is_empty() && paging.style != "single";
    let count = items.len() as u64;
    if was_requested && count > PAGE_SIZE {
        let said = format!("at most {PAGE_SIZE} items, as requested");
        let mut finding = with_values(Kind::Paging, said, "more items than requested".to_owned());
        finding.place.clone_from(&place);
        seen.comparison.note(finding);
    }
    let counts = observed.envelope.get("recordCount");
    let counted = |name: &str| counts.and_then(|counts| counts.get(name)).and_then(Value::as_u64);
    if counted("recordsReturned").is_some_and(|returned| returned != count) {
        let said = "the number of items of the page".to_owned();
        let mut finding = with_values(Kind::Paging, said, "another number".to_owned());
        finding.place = "envelope:/recordCount/recordsReturned".to_owned();
        seen.comparison.note(finding);
    }
    let total = match paging.total.is_empty() || paging.style == "cursor" {
        true => counted("totalRecordsFound"),
        false => content.pointer(&pointer(&paging.total)).and_then(Value::as_u64),
    };
    // Every call begins with the first item.
    let is_whole = !was_requested || count < PAGE_SIZE;
    let (said, deviation) = match total {
        Some(total) if total < count => {
            ("a total of at least the items of the page", "a smaller total")
        }
        Some(total) if total > count && is_whole => {
            ("as many items as the total, or as requested", "fewer items")
        }
        _ => return,
    };
    let mut finding = with_values(Kind::Paging, said.to_owned(), deviation.to_owned());
    finding.place = if paging.total.is_empty() { place } else { pointer(&paging.total) };
    seen.comparison.note(finding);
}

fn with_values(kind: Kind, said: String, value: String) -> Finding {
    let mut finding = Finding::new("", kind);
    finding.said = Some(said);
    finding.seen.count = 1;
    finding.seen.values.insert(value);
    finding
}

fn tally(entry: &Entry, status: u16, media_type: &str, seen: &mut Seen) {
    let known = seen
        .responses
        .iter_mut()
        .find(|known| known.status == status && known.media_type == media_type);
    if let Some(known) = known {
        known.count += 1;
        return;
    }
    let documented = is_documented(entry, status) && fits(entry, status, media_type);
    let mut response = Response::new(status, media_type, documented);
    response.count = 1;
    seen.responses.push(response);
}

fn is_documented(entry: &Entry, status: u16) -> bool {
    entry.responses.iter().any(|documented| documented.describes(status))
}

fn statuses(entry: &Entry) -> String {
    let statuses: Vec<&str> =
        entry.responses.iter().map(|documented| documented.status.as_str()).collect();
    statuses.join(", ")
}

fn media_types(entry: &Entry, status: u16) -> Vec<&str> {
    let documented = entry.responses.iter().filter(|documented| documented.describes(status));
    documented.flat_map(|documented| documented.content.keys()).map(String::as_str).collect()
}

/// Whether a media type is documented. `application/octet-stream` stands for any file.
fn fits(entry: &Entry, status: u16, media_type: &str) -> bool {
    let known = media_types(entry, status);
    let is_page = media_type.contains("json") || media_type.contains("html");
    known.contains(&media_type)
        || (known.is_empty() && media_type.is_empty())
        || (known.contains(&"application/octet-stream") && !is_page)
        // Nothing is documented of this status, which is a separate finding.
        || !is_documented(entry, status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_recognised() {
        for (body, expected) in [
            ("", Content::Empty),
            (" \n", Content::Empty),
            ("<!DOCTYPE html>", Content::Html),
            ("{\"a\": [1, 2", Content::Truncated),
            ("\u{feff}{}", Content::Json(serde_json::json!({}))),
            ("hello", Content::NotJson),
        ] {
            assert_eq!(
                content(Received::Complete(body.into()), "application/json"),
                (expected, false),
                "{body}"
            );
        }
        let text = content(Received::Complete("hello".into()), "text/plain");
        assert_eq!(text, (Content::Text(5), false));
        assert_eq!(content(Received::Broken, "").0, Content::Truncated);
        let broken = content(Received::Complete(b"[\"caf\xe9\"]".into()), "application/json");
        assert_eq!(broken, (Content::Json(serde_json::json!(["caf\u{fffd}"])), true));
    }
}
