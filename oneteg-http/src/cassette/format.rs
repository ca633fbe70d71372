//! The format of a cassette: JSON Lines. The first line is a [`Header`], each other line a [`Call`].
//!
//! ```text
//! {"cassette":1,"vendor":"netx","url":"https://netx.example"}
//! {"operation":"get_self","method":"POST","url":"/api/rpc","body":{"json":{..}},"status":200,"headers":{..},"response":{"json":{..}}}
//! ```
//!
//! Members are in the order of these types, and those of JSON bodies are sorted, so that recording with the same key
//! again changes only the lines of calls that changed.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::error::CassetteError;

/// The format that this version writes.
pub(super) const NEWEST: u64 = 1;
/// The largest length of a body without content, in bytes. More is no transfer, but a damaged file.
const LARGEST: u64 = 1 << 50;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The version of the format.
    pub(super) cassette: u64,
    /// The name of the vendor.
    pub(super) vendor: String,
    /// The fake of the base URL's origin.
    pub(super) url: Url,
}

/// A request and what followed. What follows is either a response or a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    /// The id of the operation.
    pub(super) operation: String,
    /// The HTTP method.
    pub(super) method: String,
    /// Path and query below the base URL; a whole URL if the call was given one, such as a link of a response.
    pub(super) url: String,
    /// Headers that distinguish requests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) sent: BTreeMap<String, String>,
    /// The body of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Body>,
    /// The status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// The headers of the response.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// The body of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<Body>,
    /// How the connection failed: instead of the response, or after a part of its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<Failure>,
}

/// The content of a request or a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Body {
    /// A JSON document.
    Json(Value),
    /// Text: also markup, and JSON that is cut off.
    Text(String),
    /// A URL-encoded form.
    Form(Vec<(String, String)>),
    /// A multipart form.
    Parts(Vec<Part>),
    /// The number of bytes of a file or of anything else. The content itself is not recorded.
    Bytes(u64),
}

/// A part of a multipart form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    pub(super) content: Body,
}

/// How a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Failure {
    /// No connection could be made.
    Connect,
    /// The server did not respond in time.
    Timeout,
    /// The connection broke.
    Broken,
}

/// Reads a cassette.
pub(super) fn read(text: &str) -> Result<(Header, Vec<Call>), CassetteError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = lines.next().ok_or_else(|| CassetteError::format(1, "the file is empty"))?;
    let header: Value = serde_json::from_str(first)
        .map_err(|error| CassetteError::format(1, format!("it is not JSON: {error}")))?;
    let Some(found) = header["cassette"].as_u64() else {
        return Err(CassetteError::format(
            1,
            "it has no number in `cassette`, so this is no cassette",
        ));
    };
    if found > NEWEST {
        return Err(CassetteError::Version { found, newest: NEWEST });
    }
    let header = serde_json::from_value(header)
        .map_err(|error| CassetteError::format(1, error.to_string()))?;
    let calls = lines.map(|(index, line)| {
        let line_number = index + 1;
        let call: Call = serde_json::from_str(line)
            .map_err(|error| CassetteError::format(line_number, error.to_string()))?;
        call.check().map_err(|reason| CassetteError::format(line_number, reason))?;
        Ok(call)
    });
    Ok((header, calls.collect::<Result<_, _>>()?))
}

/// Writes a cassette.
pub(super) fn write(header: &Header, calls: &[Call]) -> String {
    let mut text = line(header);
    calls.iter().for_each(|call| text.push_str(&line(call)));
    text
}

fn line(value: &impl Serialize) -> String {
    // These types have no members that cannot be written.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

impl Call {
    /// Refuses what cannot be replayed.
    fn check(&self) -> Result<(), String> {
        if Method::from_bytes(self.method.as_bytes()).is_err() {
            return Err(format!("`{}` is not a method", self.method.escape_debug()));
        }
        if !self.url.starts_with('/') && !self.url.is_empty() && !self.url.starts_with('?') {
            Url::parse(&self.url)
                .map_err(|error| format!("`url` is neither a path nor a URL: {error}"))?;
        }
        match (self.status, self.failure) {
            (None, None) => return Err("it has neither `status` nor `failure`".to_owned()),
            (Some(status), _) if StatusCode::from_u16(status).is_err() => {
                return Err(format!("{status} is not a status"));
            }
            _ => {}
        }
        for (name, value) in &self.headers {
            if HeaderName::from_bytes(name.as_bytes()).is_err()
                || HeaderValue::from_str(value).is_err()
            {
                return Err(format!("`{}` is not a header", name.escape_debug()));
            }
        }
        match &self.response {
            Some(Body::Bytes(length)) if *length > LARGEST => {
                Err(format!("a body of {length} bytes is larger than any file"))
            }
            Some(Body::Form(_) | Body::Parts(_)) => Err("a response is no form".to_owned()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"cassette":1,"vendor":"acme","url":"https://acme.example/"}"#;

    #[test]
    fn what_was_written_is_read() {
        let call = r#"{"operation":"get","method":"GET","url":"/a?b=1","sent":{"range":"bytes=0-1"},"status":200,"headers":{"etag":"\"x\""},"response":{"bytes":7}}"#;
        let failed = r#"{"operation":"put","method":"PUT","url":"https://h.example/x","body":{"parts":[{"name":"f","file":"a.jpg","content":{"bytes":1}}]},"failure":"timeout"}"#;
        let text = format!("{HEADER}\n{call}\n{failed}\n");
        let (header, calls) = read(&text).unwrap();
        assert_eq!(write(&header, &calls), text);
    }

    #[test]
    fn damaged_files_are_named_with_their_line() {
        let call = |members: &str| format!("{HEADER}\n\n{{\"operation\":\"x\",{members}}}\n");
        for (text, line, reason) in [
            (String::new(), 1, "empty"),
            ("\u{0}\u{1}".to_owned(), 1, "not JSON"),
            ("{}".to_owned(), 1, "no cassette"),
            (r#"{"cassette":1}"#.to_owned(), 1, "vendor"),
            (HEADER.replace("https://", ""), 1, "URL"),
            (format!("{HEADER}\n{{\"oper"), 2, "EOF"),
            (call(r#""method":"GET","url":"/""#), 3, "neither"),
            (call(r#""method":"G T","url":"/","status":200"#), 3, "not a method"),
            (call(r#""method":"GET","url":"x y","status":200"#), 3, "neither a path"),
            (call(r#""method":"GET","url":"/","status":7"#), 3, "not a status"),
            (
                call(r#""method":"GET","url":"/","status":200,"headers":{"a b":"c"}"#),
                3,
                "not a header",
            ),
            (call(r#""method":"GET","url":"/","status":200,"more":1"#), 3, "unknown field"),
            (call(r#""method":"GET","url":"/","status":200,"response":{"form":[]}"#), 3, "no form"),
            (
                call(
                    r#""method":"GET","url":"/","status":200,"response":{"bytes":18446744073709551615}"#,
                ),
                3,
                "larger",
            ),
        ] {
            match read(&text).unwrap_err() {
                CassetteError::Format { line: found, reason: why } => {
                    assert_eq!(found, line, "{text}");
                    assert!(why.contains(reason), "{why} should contain {reason}");
                }
                other => panic!("{other}"),
            }
        }
        let newer = HEADER.replace(":1,", ":2,\"more\":1,");
        assert!(matches!(read(&newer), Err(CassetteError::Version { found: 2, newest: 1 })));
    }
}
