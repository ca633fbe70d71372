//! An SDK with other sources, in a separate workspace: the committed one is not touched.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::calls::{CallError, calls_against};
use crate::{api::Files, new_vendor};

/// The crate that needs what the generated calls need.
const NEEDS: &str = "generated-calls";

/// A workspace below the build folder that has one SDK. It uses the other crates of this workspace.
#[derive(Debug)]
pub struct Elsewhere {
    target: PathBuf,
    package: String,
    folder: TempDir,
}

impl Elsewhere {
    /// A workspace for an SDK, without its files.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(root: &Path, package: &str) -> anyhow::Result<Self> {
        let target = root.join("target");
        let top = target.join("elsewhere");
        fs::create_dir_all(&top)?;
        let folder = TempDir::new_in(&top)?;
        let members = [package.to_owned(), NEEDS.to_owned()];
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        let manifest = new_vendor::elsewhere(&manifest, root, &members)?;
        fs::write(folder.path().join("Cargo.toml"), manifest)?;
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock"))?;
        let needs = folder.path().join(NEEDS);
        fs::create_dir_all(needs.join("src"))?;
        fs::write(needs.join("src/lib.rs"), "")?;
        fs::write(
            needs.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{NEEDS}\"\nversion.workspace = true\nedition.workspace = true\n\n\
                 [dependencies]\n{package} = {{ path = \"../{package}\" }}\noneteg-test-kit.workspace = true\n\
                 serde.workspace = true\nserde_json.workspace = true\n"
            ),
        )?;
        Ok(Self { target, package: package.to_owned(), folder })
    }

    /// Writes the files of the SDK that differ and removes the others; the paths are relative to the crate.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, files: &Files) -> anyhow::Result<()> {
        let top = self.folder.path().join(&self.package);
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !files.contains_key(path.strip_prefix(&top)?) {
                    fs::remove_file(path)?;
                }
            }
        }
        for (path, text) in files {
            let path = top.join(path);
            if fs::read_to_string(&path).is_ok_and(|before| before == *text) {
                continue;
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Compiles generated calls against the SDK. Returns the compiler's errors.
    ///
    /// # Errors
    /// If the SDK does not compile, or cargo cannot be started.
    pub fn compile_calls(&self, calls: &Files) -> anyhow::Result<Vec<CallError>> {
        calls_against(self.folder.path(), &self.target, &[NEEDS], calls)
    }
}

/// The files of a crate with others instead of the generated ones.
pub fn with_generated(
    crate_files: &Files,
    generated: impl IntoIterator<Item = (PathBuf, String)>,
) -> Files {
    let is_generated =
        |path: &Path| path.starts_with("src/generated") || path.starts_with("tests/generated");
    let written = crate_files.iter().filter(|(path, _)| !is_generated(path));
    let written = written.map(|(path, text)| (path.clone(), text.clone()));
    written.chain(generated).collect::<BTreeMap<_, _>>()
}
