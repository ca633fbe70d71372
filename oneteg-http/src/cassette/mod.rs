//! Records the calls of a program against a real account, and replays them in tests, without a server and without what
//! the account contains.
//!
//! Record once, with a real connection:
//!
//! ```no_run
//! # #[derive(Debug)]
//! # struct Acme;
//! # impl oneteg_http::Vendor for Acme {
//! #     fn name(&self) -> &'static str {
//! #         "acme"
//! #     }
//! # }
//! # async fn record(key: oneteg_auth::ApiKey) -> Result<(), Box<dyn std::error::Error>> {
//! use oneteg_http::{Method, Runtime, cassette::Recorder};
//!
//! let recorder = Recorder::new()?.keep(7); // The program's own values, which the test passes again.
//! let runtime = Runtime::builder("https://acme.example.com", Acme, key).record(&recorder).build()?;
//! let asset = runtime.request(Method::GET, "/assets/7").send::<serde_json::Value>().await?;
//! recorder.save("tests/cassettes/asset.jsonl")?;
//! # let _ = asset; Ok(()) }
//! ```
//!
//! Replay in tests:
//!
//! ```
//! # #[derive(Debug)]
//! # struct Acme;
//! # impl oneteg_http::Vendor for Acme {
//! #     fn name(&self) -> &'static str {
//! #         "acme"
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let key = oneteg_auth::ApiKey::with_scheme("token", &oneteg_auth::Secret::new("any"))?;
//! use oneteg_http::{Method, Runtime, cassette::Cassette};
//!
//! # let line = r#"{"cassette":1,"vendor":"acme","url":"https://acme.example"}
//! # {"operation":"request","method":"GET","url":"/assets/7","status":200,"response":{"json":{"name":"Kwpdlsr.jpg"}}}"#;
//! # let cassette = Cassette::parse(line)?;
//! # /*
//! let cassette = Cassette::load("tests/cassettes/asset.jsonl")?;
//! # */
//! let runtime = Runtime::builder(cassette.url(), Acme, key).replay(&cassette).build()?;
//! let asset = runtime.request(Method::GET, "/assets/7").send::<serde_json::Value>().await?;
//! assert_eq!(asset["name"], "Kwpdlsr.jpg");
//! cassette.finish()?; // Every recorded call was made.
//! # Ok(()) }
//! ```
//!
//! # What is recorded
//! Values are replaced by fakes of their type and form, consistently: see [`pseudonym`](crate::pseudonym). Credentials,
//! cookies and other headers of requests are not recorded; of responses, only headers that clients read. Files are
//! recorded as their length; replaying makes up content of that length, the same in whole and in ranges, so checksums
//! that the server reported do not match it. Names of members, values of enumerations, codes of errors, positions and
//! totals of pages, and integers below 100 stay. Read a cassette before you share it: what a program
//! [keeps](Recorder::keep) is in it.
//!
//! Sign-ins and refreshes of tokens are not calls and are not recorded; a replaying client takes any credential.
//!
//! # Which call a request gets
//! Method, operation, path, query, body and the header `Range` must be equal, in any order of parameters and members. A
//! request without an equal call fails as [`ErrorKind::Configuration`](crate::ErrorKind), and the message names the
//! nearest call. Equal requests get the recorded responses in order, so a failure and the success of its retry are
//! replayed as they were; so are broken connections.
//!
//! # Format
//! A file of [JSON Lines](https://jsonlines.org): a header, then a line for each call in the order in which the
//! calls were sent.
//!
//! | Member of the header | |
//! |---|---|
//! | `cassette` | the version of the format, 1 |
//! | `vendor` | the vendor's name |
//! | `url` | the fake origin of the server, which links in responses have |
//!
//! | Member of a call | |
//! |---|---|
//! | `operation`, `method` | the id of the operation; the HTTP method |
//! | `url` | path and query below the base URL; a whole URL for a link that a response contained |
//! | `sent` | headers that distinguish requests: `range`, `content-range`, `upload-offset` |
//! | `body`, `response` | the body of the request and of the response, as one of the five forms below |
//! | `status`, `headers` | of the response |
//! | `failure` | `connect`, `timeout` or `broken`: instead of a response, or after a part of its body |
//!
//! | Form of a body | |
//! |---|---|
//! | `json` | a JSON document; of JSON-RPC, without the id |
//! | `text` | a string, also XML and HTML |
//! | `form` | pairs of a URL-encoded form |
//! | `parts` | a multipart form: `name`, `file` and `content` of each part |
//! | `bytes` | the length of anything else |

mod capture;
mod content;
mod error;
mod format;
mod headers;
mod markup;
mod matching;
mod multipart;
mod recorder;
mod replay;
mod sanitize;
mod words;

use std::{fs, io::Write as _, path::Path, sync::Arc};

pub use error::CassetteError;
use format::{Call, Header};
pub use recorder::Recorder;
use replay::Player;

use crate::pipeline::Relay;

/// Recorded calls, to be replayed. See the [module](self).
///
/// Clones replay the same calls: one that a clone has replayed is replayed.
#[derive(Debug, Clone)]
pub struct Cassette {
    header: Header,
    player: Arc<Player>,
}

impl Cassette {
    fn of(header: Header, calls: Vec<Call>) -> Self {
        Self { header, player: Arc::new(Player::new(calls)) }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`CassetteError::File`] if it cannot be read, [`CassetteError::Format`] with the line if it is damaged, and
    /// [`CassetteError::Version`] if a newer version wrote it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| CassetteError::File {
            path: path.to_owned(),
            action: "read",
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
            CassetteError::Format { line, reason: "it is not UTF-8".to_owned() }
        })?;
        Self::parse(&text)
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn parse(text: &str) -> Result<Self, CassetteError> {
        let (header, calls) = format::read(text)?;
        Ok(Self::of(header, calls))
    }

    /// Writes a file, as a whole or not at all.
    ///
    /// # Errors
    /// [`CassetteError::File`] if it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), CassetteError> {
        let path = path.as_ref();
        let failed =
            |source| CassetteError::File { path: path.to_owned(), action: "written", source };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let write = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = fs::File::create(&partial)?;
            file.write_all(self.to_string().as_bytes())?;
            file.sync_all()?;
            oneteg_files::replace(&partial, path)
        };
        write().map_err(failed)
    }

    /// The fake origin of the server, to build the replaying client with. With another URL, links in responses lead to
    /// another server, so they are requested without the credential.
    pub fn url(&self) -> &str {
        self.header.url.as_str().trim_end_matches('/')
    }

    /// The number of calls.
    pub fn len(&self) -> usize {
        self.player.calls().len()
    }

    /// Whether there are no calls.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The calls that were not replayed, as `METHOD URL` (operation).
    pub fn unused(&self) -> Vec<String> {
        let shown = |call: &Call| matching::request_line(&call.operation, &call.method, &call.url);
        self.player.unused().into_iter().map(shown).collect()
    }

    /// Checks that all calls were replayed.
    ///
    /// # Errors
    /// [`CassetteError::Unused`] if one was not.
    pub fn finish(&self) -> Result<(), CassetteError> {
        let unused = self.unused();
        match unused.first() {
            None => Ok(()),
            Some(first) => Err(CassetteError::Unused { count: unused.len(), first: first.clone() }),
        }
    }

    /// Begins again: every call can be replayed once more.
    pub fn rewind(&self) {
        self.player.rewind();
    }

    pub(crate) fn relay(&self) -> Arc<dyn Relay> {
        Arc::clone(&self.player) as Arc<dyn Relay>
    }
}

/// The content of a file.
impl std::fmt::Display for Cassette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format::write(&self.header, self.player.calls()))
    }
}
