//! What is below a folder at a vendor.
//!
//! A path is one of names that are safe on disk. Where a name at the vendor is not, for example because it contains `/`,
//! the two differ; a file on disk is found under either of them, so that a folder that was synced down can be synced up.

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;
use oneteg_http::{Error, ErrorKind, FolderEntry, Walk};
use unicode_normalization::UnicodeNormalization as _;

use super::remote::{Folder, FoundNode, Remote, RemoteFile};

#[derive(Debug, Clone)]
pub(super) enum RemoteNode {
    Folder(Folder),
    File(RemoteFile),
}

#[derive(Debug, Default)]
pub(super) struct RemoteTree {
    pub(super) nodes: BTreeMap<String, RemoteNode>,
    /// By the path of the folder and the name at the vendor: the path.
    by_name: HashMap<(String, String), String>,
    /// By id.
    by_id: HashMap<String, String>,
    /// Paths whose last name is not that at the vendor, with that name.
    pub(super) renamed: Vec<(String, String)>,
    /// Why folders could not be listed.
    pub(super) problems: Vec<Error>,
}

/// In Unicode's composed form: disks and vendors store either.
fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// The folder and the last name of a path.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A name at a vendor as a file name that is safe on any disk, as in the paths of a walk.
pub(crate) async fn safe_name(name: &str) -> Result<String, Error> {
    let name = name.to_owned();
    let walk =
        Walk::new(0, move |_| std::future::ready(Ok(vec![FolderEntry::file((), &*name, None)])));
    Ok(walk.all().await?.into_iter().map(|entry| entry.path).collect())
}

impl RemoteTree {
    /// Lists everything below a folder.
    ///
    /// # Errors
    /// If nothing could be listed, or the credential was refused.
    pub(super) async fn list(remote: &dyn Remote, root: &Folder) -> Result<Self, Error> {
        let mut tree = Self::default();
        let mut names = HashMap::from([(String::new(), root.names.clone())]);
        let mut walk = remote.walk(root);
        while let Some(found) = walk.next().await {
            let found = match found {
                Ok(found) => found,
                Err(error)
                    if tree.nodes.is_empty() || error.kind() == ErrorKind::Authentication =>
                {
                    return Err(error);
                }
                Err(error) => {
                    let message = format!("a folder could not be listed: {error}");
                    tree.problems.push(Error::new(error.kind(), message));
                    continue;
                }
            };
            let (parent, name) = split(&found.path);
            if name != found.name {
                tree.renamed.push((found.path.clone(), found.name.clone()));
            }
            let of_vendor = (parent.to_owned(), composed(&found.name));
            // Of several with one name, the one whose path has it unchanged.
            if name == found.name || !tree.by_name.contains_key(&of_vendor) {
                tree.by_name.insert(of_vendor, found.path.clone());
            }
            let node = match found.node {
                FoundNode::Folder(None) => continue,
                FoundNode::Folder(Some(id)) => {
                    let above = names.get(parent).cloned().flatten();
                    // NetX joins names with slashes: below a name that contains one, nothing can be created.
                    let path = above.filter(|_| !found.name.contains('/'));
                    let path =
                        path.map(|above| above.into_iter().chain([found.name]).collect::<Vec<_>>());
                    names.insert(found.path.clone(), path.clone());
                    RemoteNode::Folder(Folder { id, names: path })
                }
                FoundNode::File(file) => {
                    tree.by_id.insert(file.id.clone(), found.path.clone());
                    RemoteNode::File(file)
                }
            };
            tree.nodes.insert(found.path, node);
        }
        Ok(tree)
    }

    /// The path at the vendor of a path on disk; `None` if there is nothing.
    pub(super) fn find(&self, path: &str) -> Option<&str> {
        let mut at = "";
        for name in path.split('/') {
            let joined = if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
            at = match self.by_name.get(&(at.to_owned(), composed(name))) {
                Some(path) => path,
                None => self.nodes.get_key_value(&joined)?.0,
            };
        }
        Some(at)
    }

    /// The file with an id, with its path.
    pub(super) fn file_by_id(&self, id: &str) -> Option<(&str, &RemoteFile)> {
        let path = self.by_id.get(id)?;
        match self.nodes.get(path) {
            Some(RemoteNode::File(file)) => Some((path, file)),
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn of(entries: &[(&str, &str, RemoteNode)]) -> Self {
        let mut tree = Self::default();
        for (path, name, node) in entries {
            let (parent, _) = split(path);
            tree.by_name.insert((parent.to_owned(), composed(name)), (*path).to_owned());
            if let RemoteNode::File(file) = node {
                tree.by_id.insert(file.id.clone(), (*path).to_owned());
            }
            tree.nodes.insert((*path).to_owned(), node.clone());
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_cannot_lead_out_of_its_folder() {
        for (name, safe) in [("a.jpg", "a.jpg"), ("../a", "..%2Fa"), ("", "_"), ("nul", "_nul")] {
            assert_eq!(safe_name(name).await.unwrap(), safe);
        }
    }

    #[test]
    fn a_file_is_found_under_both_names_and_in_both_unicode_forms() {
        let folder = |id: &str| RemoteNode::Folder(Folder { id: id.to_owned(), names: None });
        let file =
            |id: &str| RemoteNode::File(RemoteFile { id: id.to_owned(), ..RemoteFile::default() });
        let tree = RemoteTree::of(&[
            ("a%3Ab", "a:b", folder("1")),
            ("a%3Ab/x%3Fy", "x?y", file("2")),
            ("caf\u{e9}", "caf\u{e9}", file("3")),
        ]);
        for path in ["a:b/x?y", "a%3Ab/x%3Fy", "a%3Ab/x?y", "a:b/x%3Fy"] {
            assert_eq!(tree.find(path), Some("a%3Ab/x%3Fy"), "{path}");
        }
        assert_eq!(tree.find("cafe\u{301}"), Some("caf\u{e9}"));
        assert_eq!(
            (tree.find("a"), tree.find("a:b/z"), tree.find("caf\u{e9}/x")),
            (None, None, None)
        );
        assert_eq!(tree.file_by_id("2").map(|(path, _)| path), Some("a%3Ab/x%3Fy"));
        assert!(tree.file_by_id("1").is_none());
    }
}
