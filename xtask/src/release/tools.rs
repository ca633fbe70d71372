//! Cargo subcommands that others wrote, such as `cargo deny`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder into which `.ci/run` installs the tools of `.ci/requirements.txt`, relative to the workspace.
pub const INSTALLED: &str = ".ci/.venv/bin";

/// A cargo subcommand that may be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// `deny` for `cargo deny`.
    pub name: &'static str,
    folder: PathBuf,
}

impl Tool {
    /// The first of these subcommands that is installed: in [`INSTALLED`], or on the path.
    pub fn first(root: &Path, names: &[&'static str]) -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> =
            [root.join(INSTALLED)].into_iter().chain(env::split_paths(&path)).collect();
        names.iter().find_map(|name| Self::in_folders(&folders, name))
    }

    fn in_folders(folders: &[PathBuf], name: &'static str) -> Option<Self> {
        let file = format!("cargo-{name}{}", env::consts::EXE_SUFFIX);
        let folder = folders.iter().find(|folder| folder.join(&file).is_file())?;
        Some(Self { name, folder: folder.clone() })
    }

    /// `cargo <name>` without arguments. Started by cargo, because some tools examine how they were started.
    ///
    /// # Errors
    /// If the folder of the tool cannot be part of a path.
    pub fn command(&self, root: &Path) -> anyhow::Result<Command> {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = [self.folder.clone()].into_iter().chain(env::split_paths(&path));
        let mut command = Command::new("cargo");
        command.arg(self.name).env("PATH", env::join_paths(folders)?).current_dir(root);
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_installed_tool_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("cargo-made-up{}", env::consts::EXE_SUFFIX);
        assert_eq!(Tool::first(folder.path(), &["made-up"]), None);
        let installed = folder.path().join(INSTALLED);
        fs::create_dir_all(&installed).unwrap();
        fs::write(installed.join(file), "").unwrap();
        let tool = Tool::first(folder.path(), &["not-there", "made-up"]).unwrap();
        assert_eq!(tool.name, "made-up");
        assert_eq!(tool.folder, installed);
    }
}
