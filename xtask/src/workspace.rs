//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// One vendor: its specification and its SDK.
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

/// The vendors that have a specification, or those of them that are named.
///
/// # Errors
/// A message that lists the known vendors, when a name is not one.
pub fn vendors(root: &Path, names: &[String]) -> anyhow::Result<Vec<Vendor>> {
    let mut known: Vec<String> = std::fs::read_dir(root.join("specs"))?
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join(crate::spec::ROOT).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    known.sort();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        anyhow::bail!("there is no vendor `{unknown}`; there are: {}", known.join(", "));
    }
    let chosen = if names.is_empty() { known } else { names.to_vec() };
    Ok(chosen.into_iter().map(|name| Vendor { name }).collect())
}
