//! Code for one operating system outside `oneteg-files`.
//!
//! Code that the compiler of another system never sees cannot be tested by its author. It is in one small crate with its
//! reasons; a file elsewhere needs an exception. Unit tests are not checked.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use quote::ToTokens as _;
use serde::Deserialize;
use syn::{Attribute, Macro, spanned::Spanned as _, visit::Visit};

/// Words of `cfg` that name a system.
const SYSTEMS: [&str; 5] = ["unix", "windows", "target_os", "target_family", "target_vendor"];

/// Code for one system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specific {
    /// The file, relative to the workspace.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Specific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: code for one operating system; move it into `oneteg-files`",
            self.path.display(),
            self.line
        )
    }
}

/// Files that may have such code.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    allowed: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    path: PathBuf,
    reason: String,
}

impl Exceptions {
    /// Reads the file of exceptions.
    ///
    /// # Errors
    /// If it is not TOML of this form, or an exception has no reason.
    pub fn parse(source: &str) -> anyhow::Result<Self> {
        let read: Self = toml::from_str(source)?;
        let has_reason = |exception: &Exception| !exception.reason.trim().is_empty();
        anyhow::ensure!(read.allowed.iter().all(has_reason), "an exception has no reason");
        Ok(read)
    }

    /// The findings that are not allowed, and the exceptions that no finding needs.
    #[must_use]
    pub fn apply(&self, found: Vec<Specific>) -> (Vec<Specific>, Vec<&Path>) {
        let needed: BTreeSet<PathBuf> = found.iter().map(|found| found.path.clone()).collect();
        let is_allowed = |path: &Path| self.allowed.iter().any(|allowed| allowed.path == path);
        let left = found.into_iter().filter(|found| !is_allowed(&found.path)).collect();
        let unused = self.allowed.iter().map(|allowed| allowed.path.as_path());
        (left, unused.filter(|path| !needed.contains(*path)).collect())
    }
}

/// The code for one system in a source file.
///
/// # Errors
/// If it is not Rust.
pub fn specific(path: &Path, source: &str) -> anyhow::Result<Vec<Specific>> {
    let file =
        syn::parse_file(source).with_context(|| format!("{} is not Rust", path.display()))?;
    let mut search = Search { lines: BTreeSet::new() };
    search.visit_file(&file);
    let found = search.lines.into_iter().map(|line| Specific { path: path.to_owned(), line });
    Ok(found.collect())
}

struct Search {
    lines: BTreeSet<usize>,
}

fn names_a_system(tokens: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    tokens.split(|c| !is_word(c)).any(|word| SYSTEMS.contains(&word))
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string();
        attribute.path().is_ident("cfg") && text.contains("test")
    })
}

impl<'a> Visit<'a> for Search {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        if !is_test(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        let is_condition =
            attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
        if is_condition && names_a_system(&attribute.to_token_stream().to_string()) {
            self.lines.insert(attribute.span().start().line);
        }
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        if call.path.is_ident("cfg") && names_a_system(&call.tokens.to_string()) {
            self.lines.insert(call.span().start().line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(source: &str) -> Vec<usize> {
        specific("a.rs".as_ref(), source).unwrap().iter().map(|found| found.line).collect()
    }

    #[test]
    fn attributes_and_macros_that_name_a_system_are_found() {
        let source = "#[cfg(unix)]\nfn f() {}\n#[cfg(feature = \"unix\")]\nfn g() {\n    if cfg!(windows) {}\n\
                      #[cfg(not(target_os = \"linux\"))]\n    let _ = 1;\n}\n#[cfg(feature = \"a\")]\nfn h() {}\n";
        // A feature of that name is found too: none should have it.
        assert_eq!(lines(source), [1, 3, 5, 6]);
    }

    #[test]
    fn unit_tests_are_left_out() {
        let source = "#[cfg(test)]\nmod tests {\n    #[cfg(unix)]\n    fn f() {}\n}\n\
                      #[cfg(all(test, unix))]\nmod more { #[cfg(windows)] fn f() {} }\n";
        assert_eq!(lines(source), [0; 0]);
    }

    #[test]
    fn an_exception_covers_its_file_and_must_be_needed() {
        let exceptions = "[[allowed]]\npath = \"a.rs\"\nreason = \"a clock\"\n\
                          [[allowed]]\npath = \"b.rs\"\nreason = \"gone\"\n";
        let exceptions = Exceptions::parse(exceptions).unwrap();
        let found = |path: &str| Specific { path: path.into(), line: 1 };
        let (left, unused) = exceptions.apply(vec![found("a.rs"), found("c.rs")]);
        assert_eq!(left, [found("c.rs")]);
        assert_eq!(unused, [Path::new("b.rs")]);
        assert!(Exceptions::parse("[[allowed]]\npath = \"a.rs\"\nreason = \"\"\n").is_err());
    }
}
