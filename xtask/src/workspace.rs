//! The folders of the workspace.

use std::path::{Path, PathBuf};

use crate::spec;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// A vendor with a specification and an SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// The name, such as `netx`.
    pub name: String,
}

impl Vendor {
    /// The folder of the specification, relative to the workspace.
    pub fn specs(&self) -> PathBuf {
        Path::new("specs").join(&self.name)
    }

    /// The folder of the SDK, relative to the workspace.
    pub fn sdk(&self) -> PathBuf {
        PathBuf::from(format!("{}-sdk", self.name))
    }

    /// The folder of the generated code, relative to the workspace.
    pub fn generated(&self) -> PathBuf {
        self.sdk().join("src/generated")
    }
}

/// The vendors with these names; all vendors if `names` is empty.
///
/// # Errors
/// If there is no specification for a name. The message lists the known vendors.
pub fn vendors(root: &Path, names: &[String]) -> anyhow::Result<Vec<Vendor>> {
    let mut known: Vec<String> = std::fs::read_dir(root.join("specs"))?
        .filter_map(|entry| entry.ok())
        .filter(|entry| spec::ROOT_FILES.iter().any(|name| entry.path().join(name).is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    known.sort();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        anyhow::bail!(
            "unknown vendor `{unknown}`; known vendors: {}; `cargo xtask import {unknown} <file>` writes a specification",
            known.join(", ")
        );
    }
    let chosen = if names.is_empty() { known } else { names.to_vec() };
    Ok(chosen.into_iter().map(|name| Vendor { name }).collect())
}
