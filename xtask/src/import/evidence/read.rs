//! Reads a report, and refuses what is not one.

use std::{
    collections::BTreeSet,
    fmt, fs,
    io::{self, Read},
    path::Path,
};

use oneteg_catalog::evidence::{FORMAT, Report, Server, VERSION};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::words;

/// The largest report that is read. One of all operations of a vendor has about 2 MiB.
const MAX_BYTES: u64 = 64 << 20;

/// A report that can be imported.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    report: Report,
    hash: String,
}

impl Evidence {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ReportError`] if it is not a report about this vendor. With `from_sandbox`, one of a server on the same machine
    /// is accepted.
    pub fn read(path: &Path, vendor: &str, from_sandbox: bool) -> Result<Self, ReportError> {
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(ReportError::Unreadable)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(ReportError::Unreadable)?;
        Self::parse(&bytes, vendor, from_sandbox)
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// As [`Evidence::read`].
    pub fn parse(bytes: &[u8], vendor: &str, from_sandbox: bool) -> Result<Self, ReportError> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(ReportError::TooLarge);
        }
        let value: Value = serde_json::from_slice(bytes).map_err(ReportError::NotJson)?;
        if value["format"] != FORMAT {
            return Err(ReportError::OtherFormat);
        }
        // The version comes before the members, which a later one may have changed.
        match value["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(ReportError::OtherVersion(version)),
            None => return Err(ReportError::OtherFormat),
        }
        let report: Report = serde_path_to_error::deserialize(value).map_err(|error| {
            let place = error.path().to_string();
            ReportError::Malformed { place, error: error.into_inner() }
        })?;
        if report.vendor != vendor {
            return Err(ReportError::OtherVendor {
                expected: vendor.to_owned(),
                found: words::shown_name(&report.vendor),
            });
        }
        let is_date = report.date.len() == 10
            && report.date.bytes().enumerate().all(|(at, c)| match at {
                4 | 7 => c == b'-',
                _ => c.is_ascii_digit(),
            });
        if !is_date {
            return Err(ReportError::NoDate);
        }
        let mut names = BTreeSet::new();
        for operation in &report.operations {
            if !names.insert(&operation.operation) {
                return Err(ReportError::Twice(words::shown_name(&operation.operation)));
            }
        }
        if report.server != Server::Account && !from_sandbox {
            return Err(ReportError::Sandbox);
        }
        let digest = Sha256::digest(bytes);
        let hash = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { report, hash })
    }

    /// The report.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The first twelve hexadecimal digits of the SHA-256 of the file.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}

/// Why a file cannot be imported as evidence.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReportError {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is larger than any report.
    TooLarge,
    /// It is not JSON.
    NotJson(serde_json::Error),
    /// It is not a report of `oneteg verify`.
    OtherFormat,
    /// It has another version than this one.
    OtherVersion(u64),
    /// A value of it has another type.
    Malformed {
        /// Where.
        place: String,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// It is about another vendor.
    OtherVendor {
        /// The vendor of the command.
        expected: String,
        /// The vendor of the report.
        found: String,
    },
    /// It has no date.
    NoDate,
    /// It has an operation twice.
    Twice(String),
    /// It is of a server on the same machine.
    Sandbox,
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "the report cannot be read: {error}"),
            Self::TooLarge => write!(
                f,
                "the report has more than {} MiB, which no run of `oneteg verify` writes",
                MAX_BYTES >> 20
            ),
            Self::NotJson(error) => write!(
                f,
                "the report is not JSON: {error}; pass the JSON file that `oneteg verify` writes, not the Markdown"
            ),
            Self::OtherFormat => write!(
                f,
                "the file is not a report of `oneteg verify`; its member `format` must be `{FORMAT}`, and `version` a \
                 number"
            ),
            Self::OtherVersion(version) => write!(
                f,
                "the report has the version {version}, this tool reads {VERSION}; use the tool of the same release"
            ),
            Self::Malformed { place, error } => {
                // The error may quote a value of the report.
                let (line, column) = (error.line(), error.column());
                let place = words::normal(place);
                let place: String = place
                    .chars()
                    .filter(|c| c.is_ascii_alphanumeric() || "._[]-".contains(*c))
                    .take(120)
                    .collect();
                write!(f, "the report is malformed at `{place}`")?;
                if line > 0 { write!(f, " (line {line}, column {column})") } else { Ok(()) }
            }
            Self::OtherVendor { expected, found } => write!(
                f,
                "the report is about the vendor `{found}`, not `{expected}`; name that vendor"
            ),
            Self::NoDate => write!(f, "the report has no date such as 2026-11-26"),
            Self::Twice(name) => write!(f, "the report has the operation `{name}` twice"),
            Self::Sandbox => write!(
                f,
                "the report is of a server on the same machine, whose facts are not the vendor's; to try the import in \
                 a copy of the specifications, add `--from-sandbox`"
            ),
        }
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
