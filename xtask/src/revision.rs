//! A state of the workspace or of a specification: a git revision, a folder, or a file.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::{
    api::Files,
    import,
    spec::{self, Source, Spec},
};

/// A state of the workspace or of a specification, as files.
#[derive(Debug)]
pub struct Revision {
    /// How it was named, for output.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// The folder with its files, or the file.
    pub root: PathBuf,
    /// The files of a git revision are removed with this.
    _files: Option<TempDir>,
}

/// What a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workspace, with the specifications of all vendors.
    Workspace,
    /// The specification of one vendor, as a folder.
    Folder,
    /// A specification in one file.
    File,
}

/// What of a git revision is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The specifications.
    Specs,
    /// The specifications, and the sources and generated tests of the SDKs.
    Sdks,
    /// Everything.
    All,
}

/// The crates that the SDKs are built on.
pub const RUNTIME: [&str; 3] = ["oneteg-auth", "oneteg-files", "oneteg-http"];

impl Part {
    fn includes(self, path: &str) -> bool {
        let in_sdk = path.split_once('/').is_some_and(|(crate_folder, rest)| {
            (crate_folder.ends_with("-sdk") || RUNTIME.contains(&crate_folder))
                && (rest.starts_with("src/")
                    || rest.starts_with("tests/generated/")
                    || rest == "Cargo.toml")
        });
        match self {
            Self::Specs => path.starts_with("specs/"),
            Self::Sdks => path.starts_with("specs/") || path == "Cargo.toml" || in_sdk,
            Self::All => true,
        }
    }
}

impl Revision {
    /// The working tree.
    pub fn working_tree(workspace: &Path) -> Self {
        Self {
            label: "the working tree".to_owned(),
            kind: Kind::Workspace,
            root: workspace.to_owned(),
            _files: None,
        }
    }

    /// A git revision, a folder or a file, in this order.
    ///
    /// # Errors
    /// If it is none of these, or cannot be read.
    pub fn open(workspace: &Path, name: &str, part: Part) -> anyhow::Result<Self> {
        if let Some(commit) = commit(workspace, name) {
            let files = checked_out(workspace, &commit, part)
                .with_context(|| format!("the revision `{name}` cannot be read"))?;
            let root = files.path().to_owned();
            return Ok(Self {
                label: name.to_owned(),
                kind: Kind::Workspace,
                root,
                _files: Some(files),
            });
        }
        let path =
            fs::canonicalize(name).ok().or_else(|| fs::canonicalize(workspace.join(name)).ok());
        let Some(root) = path else {
            bail!(
                "`{name}` is neither a git revision nor a path; give a commit such as `HEAD~1`, a folder with a \
                 specification, or a file"
            );
        };
        let kind = match root.is_dir() {
            true if root.join("specs").is_dir() => Kind::Workspace,
            true => Kind::Folder,
            false => Kind::File,
        };
        Ok(Self { label: name.to_owned(), kind, root, _files: None })
    }

    /// The names of its vendors. A folder or file has the vendor that it names, or none.
    pub fn vendors(&self) -> Vec<String> {
        if self.kind != Kind::Workspace {
            return Vec::new();
        }
        let entries = fs::read_dir(self.root.join("specs")).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// The specification of a vendor. A folder or file has one, whatever the vendor.
    ///
    /// # Errors
    /// If it cannot be read; the message names the place.
    pub fn sources(&self, vendor: &str) -> anyhow::Result<Vec<Source>> {
        match self.kind {
            Kind::Workspace => Ok(Spec::sources(&self.root, &Path::new("specs").join(vendor))?),
            Kind::Folder => Ok(Spec::sources(&self.root, Path::new(""))?),

            Kind::File => self.file_sources(),
        }
    }

    /// The specification in a single file. OpenAPI 3 without references to other files is compared as it is written;
    /// everything else is imported first.
    fn file_sources(&self) -> anyhow::Result<Vec<Source>> {
        let text = fs::read_to_string(&self.root)
            .with_context(|| format!("{} cannot be read", self.label))?;
        // The root of a specification has this name, whatever the name of the file.
        let source = Source { path: Path::new(&self.label).join(spec::ROOT_FILE), text };
        if let Ok(document) = spec::parse_yaml(&source) {
            let is_openapi =
                document["openapi"].as_str().is_some_and(|version| version.starts_with("3."));
            let mut is_complete = true;
            spec::walk(&document, "", &mut |value, _| {
                let reference = value.get("$ref").and_then(serde_json::Value::as_str);
                is_complete &= reference.is_none_or(|reference| reference.starts_with('#'));
            });
            if is_openapi && is_complete {
                return Ok(vec![source]);
            }
        }
        const VENDOR: &str = "api";
        let draft = import::read(std::slice::from_ref(&self.root))?;
        Ok(import::import_draft(VENDOR, draft)?.sources(VENDOR))
    }

    /// The files below a folder of the workspace, relative to it.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn files(&self, folder: &Path) -> anyhow::Result<Files> {
        text_files(&self.root.join(folder))
    }

    /// A file of the workspace; empty if there is none.
    pub fn file(&self, path: &Path) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }
}

/// The text files below a folder, relative to it. A folder that does not exist has none.
///
/// # Errors
/// If a folder cannot be listed to its end.
pub fn text_files(top: &Path) -> anyhow::Result<Files> {
    let mut found = BTreeMap::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.insert(path.strip_prefix(top)?.to_owned(), text);
            }
        }
    }
    Ok(found)
}

/// The commit of a revision.
fn commit(workspace: &Path, name: &str) -> Option<String> {
    // A name that begins with a dash would be an option of git.
    if name.starts_with('-') || name.contains("..") {
        return None;
    }
    let output = Command::new("git")
        .args(["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])
        .current_dir(workspace)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !commit.is_empty()).then_some(commit)
}

/// Writes the files of a commit to a temporary folder.
fn checked_out(workspace: &Path, commit: &str, part: Part) -> anyhow::Result<TempDir> {
    let listing = Command::new("git")
        .args(["ls-tree", "-r", "-z", "--full-tree", commit])
        .current_dir(workspace)
        .output()
        .context("git cannot be started")?;
    anyhow::ensure!(listing.status.success(), "git cannot list the commit");
    let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
    // `<mode> <kind> <id>\t<path>`; links and submodules are left out.
    let blobs: Vec<(String, String)> = listing
        .split('\0')
        .filter_map(|line| {
            let (about, path) = line.split_once('\t')?;
            let id = about
                .strip_prefix("100644 blob ")
                .or_else(|| about.strip_prefix("100755 blob "))?;
            part.includes(path).then(|| (id.to_owned(), path.to_owned()))
        })
        .collect();
    let folder = TempDir::new()?;
    let mut git = Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(workspace)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("git cannot be started")?;
    let (Some(mut ids), Some(output)) = (git.stdin.take(), git.stdout.take()) else {
        bail!("git has no pipes");
    };
    let wanted: String = blobs.iter().map(|(id, _)| format!("{id}\n")).collect();
    // Written from another thread: git stops reading while nobody reads from it.
    let writer = thread::spawn(move || ids.write_all(wanted.as_bytes()));
    let mut output = BufReader::new(output);
    for (_, path) in &blobs {
        let mut header = String::new();
        output.read_line(&mut header)?;
        let size: usize = header
            .trim()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .with_context(|| format!("git has no content of {path}"))?;
        let mut content = vec![0; size + 1];
        output.read_exact(&mut content)?;
        content.pop();
        let target = folder.path().join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(target, content)?;
    }
    let _ = writer.join();
    git.wait()?;
    Ok(folder)
}
