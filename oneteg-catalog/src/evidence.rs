//! The report of `oneteg verify`: what an account showed of the specification, without any of its data.
//!
//! `oneteg verify` writes it, and `cargo xtask import <vendor> --evidence` reads it. A reader must expect words that it
//! does not know: later versions add kinds and verdicts, which are read as `Other`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The first member of every report.
pub const FORMAT: &str = "oneteg-evidence";
/// The version of the types in this module. A change that older readers would misread raises it.
pub const VERSION: u32 = 1;

/// What one run found. All values that it contains are fakes.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// `netx`, `mediavalet` or `netexplorer`.
    pub vendor: String,
    /// The day of the run in UTC, such as `2026-11-26`.
    pub date: String,
    /// The program and its version, such as `oneteg 0.1.0`.
    pub tool: String,
    /// The hash of the specification that was compared with; empty if it is unknown.
    pub specification: String,
    /// What was called.
    pub server: Server,
    /// Whether the run wrote in a scratch folder or category.
    pub mode: Mode,
    /// The number of requests that were sent, with retries.
    pub requests: u64,
    /// The most requests that the run might have sent.
    pub budget: u64,
    /// Whether everything that was planned was done. An interrupted run, or one whose vendor was down, is incomplete.
    pub completed: bool,
    /// Why the run is incomplete, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Every operation of the specification, in the order of their names.
    pub operations: Vec<Operation>,
    /// What became of each doubt of the specification.
    pub doubts: Vec<Doubt>,
    /// What experiments found of the pages of lists.
    pub paging: Vec<Paging>,
    /// What was seen of the sandbox's own choices.
    pub choices: Vec<Choice>,
    /// What became of the files that a run with writes uploaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<Upload>,
    /// What a run with writes left at the vendor, in sentences; empty if nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<String>,
}

impl Report {
    /// An empty report of this version.
    pub fn new(vendor: impl Into<String>, date: impl Into<String>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            vendor: vendor.into(),
            date: date.into(),
            ..Self::default()
        }
    }
}

/// What a run called.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// The vendor.
    #[default]
    Account,
    /// A server on the same machine, such as the sandbox, whose facts are not the vendor's.
    Loopback,
    /// A server of a later version.
    #[serde(other)]
    Other,
}

/// Whether a run wrote.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Only operations that change nothing.
    #[default]
    ReadOnly,
    /// Also writes, in a scratch folder or category.
    Writes,
    /// A mode of a later version.
    #[serde(other)]
    Other,
}

/// What was seen of an operation.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// The `operationId`.
    pub operation: String,
    /// How far it was looked at.
    pub outcome: Outcome,
    /// Why it was not looked at, or not completely: a sentence without anything that the vendor sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number of calls; retries are not counted.
    pub calls: u64,
    /// The responses by status and media type.
    pub responses: Vec<Response>,
    /// Where responses differ from the specification.
    pub findings: Vec<Finding>,
    /// Every place of the specification that was looked at.
    pub members: Vec<Member>,
}

impl Operation {
    /// An operation that has not been called.
    pub fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), ..Self::default() }
    }
}

/// How far an operation was looked at.
#[non_exhaustive]
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one successful response was compared.
    Seen,
    /// The vendor refused it to this account.
    Refused,
    /// It was called, and no response could be compared.
    Failed,
    /// It would have been called, but an argument was not found, or the run ended before.
    NotReached,
    /// It is not called in this mode.
    #[default]
    NotTried,
    /// An outcome of a later version.
    #[serde(other)]
    Other,
}

/// Responses of one kind.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The media type without parameters; empty without one.
    pub media_type: String,
    /// Whether the specification documents the status with this media type.
    pub documented: bool,
    /// The number of such responses.
    pub count: u64,
}

impl Response {
    /// Responses of a status and media type.
    pub fn new(status: u16, media_type: impl Into<String>, documented: bool) -> Self {
        Self { status, media_type: media_type.into(), documented, count: 0 }
    }
}

/// A difference between responses and the specification.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// Where, inside the vendor's envelope: a JSON pointer with `*` for the items of lists and the entries of maps;
    /// empty for the whole content. Places of the envelope itself begin with `envelope:`.
    pub place: String,
    /// The named schema around the place. Of alternatives, it is the one that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What differs.
    pub kind: Kind,
    /// What the specification states there, such as `integer (int64)`, `not nullable` or `required`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Whether the specification lets clients accept it, such as an id as a number or a string.
    pub lenient: bool,
    /// How often it was seen.
    pub count: u64,
    /// How many values were looked at there; of a missing or unknown member, how many objects.
    pub of: u64,
    /// What was seen.
    pub seen: Shape,
}

impl Finding {
    /// A finding that was seen once.
    pub fn new(place: impl Into<String>, kind: Kind) -> Self {
        Self { place: place.into(), kind, count: 1, of: 1, ..Self::default() }
    }
}

/// What differs from the specification.
#[non_exhaustive]
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The specification lacks a member.
    UnknownMember,
    /// A required member is absent.
    Missing,
    /// `null`, where the specification has no `null`.
    Null,
    /// A value of another type.
    Type,
    /// A value that an enum lacks.
    EnumValue,
    /// A value of the right type, but not in the stated format, such as no date, or a number out of range.
    Format,
    /// A status that is not documented.
    Status,
    /// A media type that is not documented.
    MediaType,
    /// The vendor's envelope is absent, incomplete or different.
    Envelope,
    /// The content cannot be read: truncated, not JSON, empty, or not empty.
    Content,
    /// A list does not keep its page, its size or its total.
    Paging,
    /// A kind of a later version.
    #[default]
    #[serde(other)]
    Other,
}

/// The types that were seen at one place.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// The number of values, with `null`.
    pub count: u64,
    /// How many of them were `null`.
    #[serde(skip_serializing_if = "is_zero")]
    pub null: u64,
    /// How many were of each type: `string`, `integer`, `number`, `boolean`, `object`, `array`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, u64>,
    /// How many were in a format: `date-time`, `local-date-time`, `date`, `uuid`, `uri`, `email`, strings that are an
    /// `integer`, a `number` or a `boolean`, `empty`, and integers that may be `unix-ms`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub formats: BTreeMap<String, u64>,
    /// The members of objects. Names that may be data of the account are `*`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<String, Shape>,
    /// The items of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Shape>>,
    /// Of an enum only: values that look like words of the vendor, and the statuses and media types of responses.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub values: BTreeSet<String>,
    /// A fake for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A place of the specification that was looked at.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// As in [`Finding::place`].
    pub place: String,
    /// As in [`Finding::schema`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// How often it had a value, `null` included.
    pub present: u64,
    /// How often the value was `null`.
    #[serde(skip_serializing_if = "is_zero")]
    pub null: u64,
    /// In how many objects it was absent.
    #[serde(skip_serializing_if = "is_zero")]
    pub absent: u64,
    /// What was seen, where the specification states nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Shape>,
    /// How often it was present under another name of the specification (`x-aliases`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, u64>,
}

impl Member {
    /// A place that has not been seen yet.
    pub fn new(place: impl Into<String>, schema: Option<String>) -> Self {
        Self { place: place.into(), schema, ..Self::default() }
    }
}

/// What became of a doubt. It belongs to an operation, a parameter, a schema or a member.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Doubt {
    /// The `operationId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The name of a parameter of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The name of a schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The dotted path of a member, below the schema or the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The doubt as the specification states it.
    pub doubt: String,
    /// Which probe settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// What was seen: a type, a status, a name or another word of the vendor, never a value of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Value>,
    /// Why, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Doubt {
    /// A doubt that nothing has settled.
    pub fn new(doubt: impl Into<String>) -> Self {
        Self { doubt: doubt.into(), ..Self::default() }
    }
}

/// What became of a doubt.
#[non_exhaustive]
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What the specification assumes was seen.
    Confirmed,
    /// Something else was seen.
    Contradicted,
    /// An open question is settled: [`Doubt::seen`] has what it is.
    Answered,
    /// The run did not see what would settle it.
    #[default]
    NotReachable,
    /// Only a write would settle it.
    NeedsWrite,
    /// Only an account of another kind would settle it.
    NeedsOtherAccount,
    /// A verdict of a later version.
    #[serde(other)]
    Other,
}

/// How a list is read page by page, found by experiment.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paging {
    /// The `operationId`.
    pub operation: String,
    /// `x-pagination` of the specification; `null` if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Value>,
    /// `offset`, `page` or `single`.
    pub style: String,
    /// The parameter that selects a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The parameter of the size of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// The dotted path of the items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// The dotted path of the number of all items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// The number of the first page or item, 0 or 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// How many pages were read.
    pub pages_read: u64,
    /// How many items were on two pages.
    pub overlaps: u64,
    /// Whether a second request for a page returned the same items.
    pub stable: bool,
}

impl Paging {
    /// An experiment with a list.
    pub fn new(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), ..Self::default() }
    }
}

/// What was seen of one of the sandbox's own choices.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// The id in the sandbox's table.
    pub id: String,
    /// Whether the vendor does the same. [`Verdict::Answered`] states what it does, without a look at the table.
    pub verdict: Verdict,
    /// What the vendor does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Choice {
    /// A choice of the sandbox's table.
    pub fn new(id: impl Into<String>, verdict: Verdict) -> Self {
        Self { id: id.into(), verdict, value: None }
    }
}

/// What became of a small file that was uploaded, read again and removed.
#[non_exhaustive]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Upload {
    /// The `operationId` that begins the upload.
    pub operation: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// [`Verdict::Confirmed`] if the same bytes were read, [`Verdict::Contradicted`] if others were.
    pub verdict: Verdict,
    /// Why the file could not be uploaded or read, in a sentence without anything that the vendor sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Upload {
    /// An upload that has not been read yet.
    pub fn new(operation: impl Into<String>, bytes: u64) -> Self {
        Self { operation: operation.into(), bytes, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let mut report = Report::new("netx", "2026-11-26");
        let mut operation = Operation::new("getAssets");
        operation.outcome = Outcome::Seen;
        operation.findings.push(Finding::new("/*/rating", Kind::UnknownMember));
        report.operations.push(operation);
        report.doubts.push(Doubt::new("The order is unknown."));
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        assert!(text.contains(r#""kind":"unknown_member""#), "{text}");
    }

    #[test]
    fn words_of_later_versions_are_read() {
        let report: Report = serde_json::from_value(serde_json::json!({
            "format": FORMAT, "version": 2, "mode": "dry", "colour": "red",
            "operations": [{ "operation": "a", "outcome": "mocked", "findings": [{ "kind": "smell" }] }],
            "doubts": [{ "doubt": "b", "verdict": "voted" }]
        }))
        .unwrap();
        assert_eq!(report.mode, Mode::Other);
        assert_eq!(report.operations[0].outcome, Outcome::Other);
        assert_eq!(report.operations[0].findings[0].kind, Kind::Other);
        assert_eq!(report.doubts[0].verdict, Verdict::Other);
    }
}
