//! Documents lead to files that exist: the links of every Markdown file, and the paths that the
//! architecture page names.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use xtask::workspace;

fn markdown(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_skipped = name.starts_with('.') || matches!(&*name, "target" | "node_modules");
        if path.is_dir() && !is_skipped {
            markdown(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            into.push(path);
        }
    }
}

/// The targets of links to files. Rustdoc links to items and web addresses are not.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let targets = targets.filter(|target| !target.contains("::") && !target.contains(' '));
    targets
        .filter(|target| !target.contains("://") && !target.starts_with(['#', '<']))
        .map(|target| target.split('#').next().unwrap_or(target))
        .filter(|target| target.contains('/') || target.contains('.'))
        .collect()
}

/// The words in backticks that are paths of files or folders.
fn paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.contains('/') && !word.contains([' ', '<', '*', '\n'])).collect()
}

#[test]
fn every_link_leads_to_a_file() {
    let mut documents = Vec::new();
    markdown(&workspace::root(), &mut documents);
    let mut seen = 0;
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            seen += 1;
            let target = document.parent().unwrap().join(link);
            assert!(target.exists(), "{}: `{link}` does not exist", document.display());
        }
    }
    assert!(seen > 100, "only {seen} links were read");
}

#[test]
fn every_path_on_the_architecture_page_exists() {
    let root = workspace::root();
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let paths = paths(&page);
    assert!(paths.len() > 40, "only {} paths were read", paths.len());
    for path in paths {
        assert!(root.join(path).exists(), "`{path}` does not exist");
    }
}
