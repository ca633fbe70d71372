//! Public types that cannot grow, and types of other crates, that are accepted with a reason.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::interface::Foreign;

/// The exceptions of the workspace, and which of them were needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    #[serde(default)]
    closed: Vec<Closed>,
    #[serde(default)]
    foreign: Vec<FromOthers>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Closed {
    #[serde(rename = "crate")]
    package: String,
    paths: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
    reason: String,
    #[serde(skip)]
    used: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromOthers {
    #[serde(rename = "crate", default = "any")]
    package: String,
    from: Vec<String>,
    #[serde(default)]
    types: Vec<String>,
    reason: String,
    #[serde(skip)]
    used: BTreeSet<String>,
}

fn any() -> String {
    "*".to_owned()
}

impl Exceptions {
    /// Reads the file of exceptions.
    ///
    /// # Errors
    /// If it is not TOML of this form, or an exception has no reason.
    pub fn parse(source: &str) -> anyhow::Result<Self> {
        let read: Self = toml::from_str(source)?;
        let reasons = read.closed.iter().map(|entry| &entry.reason);
        let mut reasons = reasons.chain(read.foreign.iter().map(|entry| &entry.reason));
        anyhow::ensure!(
            reasons.all(|reason| !reason.trim().is_empty()),
            "an exception has no reason"
        );
        Ok(read)
    }

    /// The types of a crate that cannot grow and are not accepted.
    pub fn closed<'a>(&mut self, package: &str, paths: &'a BTreeSet<String>) -> Vec<&'a str> {
        let mut left = Vec::new();
        for path in paths {
            let mut is_accepted = false;
            for entry in self.closed.iter_mut().filter(|entry| matches(&entry.package, package)) {
                if entry.except.iter().any(|pattern| matches(pattern, path)) {
                    continue;
                }
                for pattern in entry.paths.iter().filter(|pattern| matches(pattern, path)) {
                    is_accepted = true;
                    entry.used.insert(pattern.clone());
                }
            }
            if !is_accepted {
                left.push(path.as_str());
            }
        }
        left
    }

    /// The types of other crates that are not accepted, as `crate::Type`.
    pub fn foreign(&mut self, package: &str, found: &Foreign) -> Vec<String> {
        let mut left = Vec::new();
        for (from, types) in found {
            for name in types {
                let mut is_accepted = false;
                for entry in self.foreign.iter_mut() {
                    let is_named = entry.types.is_empty() || entry.types.contains(name);
                    if matches(&entry.package, package) && entry.from.contains(from) && is_named {
                        is_accepted = true;
                        entry.used.insert(from.clone());
                    }
                }
                if !is_accepted {
                    left.push(format!("{from}::{name}"));
                }
            }
        }
        left
    }

    /// What no crate needed.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let closed = self.closed.iter().flat_map(|entry| {
            let unused = entry.paths.iter().filter(|path| !entry.used.contains(*path));
            unused.map(|path| format!("closed: {} {path}", entry.package))
        });
        let foreign = self.foreign.iter().flat_map(|entry| {
            let unused = entry.from.iter().filter(|from| !entry.used.contains(*from));
            unused.map(|from| format!("foreign: {} {from}", entry.package))
        });
        closed.chain(foreign).collect()
    }
}

/// Whether a name matches a pattern with at most one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXCEPTIONS: &str = "[[closed]]\ncrate = \"*-sdk\"\npaths = [\"types::*\", \"Never\"]\n\
        except = [\"types::*Form\"]\nreason = \"responses\"\n\
        [[foreign]]\nfrom = [\"url\", \"http\"]\nreason = \"stable\"\n\
        [[foreign]]\ncrate = \"a\"\nfrom = [\"axum\"]\ntypes = [\"Body\"]\nreason = \"tests\"\n";

    #[test]
    fn patterns_accept_types_and_name_the_rest() {
        let mut exceptions = Exceptions::parse(EXCEPTIONS).unwrap();
        let paths = ["types::Asset", "types::UploadForm", "Entry"].map(str::to_owned).into();
        assert_eq!(exceptions.closed("netx-sdk", &paths), ["Entry", "types::UploadForm"]);
        assert_eq!(exceptions.closed("oneteg-auth", &paths).len(), 3);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let found: Foreign =
            [("url".to_owned(), names(&["Url"])), ("axum".to_owned(), names(&["Body", "Router"]))]
                .into();
        assert_eq!(exceptions.foreign("a", &found), ["axum::Router"]);
        assert_eq!(exceptions.foreign("b", &found), ["axum::Body", "axum::Router"]);
        assert_eq!(exceptions.unused(), ["closed: *-sdk Never", "foreign: * http"]);
    }

    #[test]
    fn an_exception_has_a_reason() {
        assert!(Exceptions::parse(&EXCEPTIONS.replace("\"stable\"", "\" \"")).is_err());
        assert!(Exceptions::parse(&EXCEPTIONS.replace("reason = \"stable\"", "")).is_err());
    }
}
