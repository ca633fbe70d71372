//! Generated files in the tree: filling the folders that a request looks at, and counting what is in the others.

use std::collections::{BTreeMap, VecDeque};

use super::generated::{
    BATCH, FANOUT, FILE_LENGTH, FIRST_FILE, FIRST_FOLDER, GeneratedFiles, MAX_FILES, Unfilled,
    UnfilledTotals, batch_id, date, file_content, parts, series_id,
};
use super::nodes::{File, Folder, Node, Version};
use super::tree::Tree;
use crate::netexplorer::settings::ADMINISTRATOR;

/// The largest number of folders that one request fills.
const MAX_FILLED: usize = 200;

impl Tree {
    /// Adds the top folder of `count` generated files below a folder.
    pub(crate) fn generate_files(&mut self, count: u64, parent: u64) {
        let count = count.min(MAX_FILES);
        // Cannot fail in a new tree, because the name is valid and free.
        let Ok(top) = self.add_folder(parent, "Généré", ADMINISTRATOR, date(0)) else { return };
        let unfilled = BTreeMap::from([(top, Unfilled::Top(0..count))]);
        self.generated = GeneratedFiles { count, top, unfilled };
    }

    /// Whether there are generated files, in filled or unfilled folders.
    pub(crate) fn has_generated_files(&self) -> bool {
        self.generated.count > 0
    }

    /// Fills a folder, if it is unfilled. Returns whether it was.
    fn fill(&mut self, id: u64) -> bool {
        if self.folders.get(id).is_none() {
            // In the trash, where it stays as it is.
            return false;
        }
        let Some(unfilled) = self.generated.unfilled.remove(&id) else { return false };
        match unfilled {
            Unfilled::Top(files) => {
                for files in parts(&files, BATCH) {
                    let name = format!("Lot {:04}", files.start / BATCH + 1);
                    let batch = batch_id(files.start);
                    self.add_unfilled((id, batch, &name), Unfilled::Batch(files));
                }
            }
            Unfilled::Batch(files) => {
                for files in parts(&files, FANOUT) {
                    let name = format!("Série {:03}", files.start % BATCH / FANOUT + 1);
                    let series = series_id(files.start);
                    self.add_unfilled((id, series, &name), Unfilled::Series(files));
                }
            }
            Unfilled::Series(files) => files.for_each(|file| self.add_generated_file(id, file)),
        }
        true
    }

    fn add_unfilled(&mut self, (parent, id, name): (u64, u64, &str), unfilled: Unfilled) {
        let date = date(unfilled.files().start);
        self.folders.insert(id, Folder::new(name, Some(parent), ADMINISTRATOR, date));
        self.link(parent, name, Node::Folder(id));
        self.generated.unfilled.insert(id, unfilled);
    }

    fn add_generated_file(&mut self, parent: u64, file: u64) {
        let id = FIRST_FILE + file;
        let name = format!("Fichier {:07}.txt", file + 1);
        let mut row = File::new(id, parent, &name);
        row.versions.push(id);
        self.files.insert(id, row);
        self.versions.insert(
            id,
            Version {
                file: id,
                content: file_content(file),
                creation: date(file),
                modification: date(file),
                owner: ADMINISTRATOR,
                announced_hash: None,
            },
        );
        self.link(parent, &name, Node::File(id));
    }

    /// Fills the folders that lead to a generated folder or file, and the folder itself. Any other id is ignored.
    pub(crate) fn reveal(&mut self, id: u64) {
        let generated = &self.generated;
        let file = if id == generated.top {
            self.fill(id);
            return;
        } else if id >= FIRST_FILE {
            id - FIRST_FILE
        } else if id >= FIRST_FOLDER {
            let (batch, series) =
                ((id - FIRST_FOLDER) / (FANOUT + 1), (id - FIRST_FOLDER) % (FANOUT + 1));
            batch * BATCH + series.saturating_sub(1) * FANOUT
        } else {
            return;
        };
        if file >= generated.count {
            return;
        }
        self.fill(generated.top);
        self.fill(batch_id(file));
        if id != batch_id(file) {
            self.fill(series_id(file));
        }
    }

    /// Fills the folders along a path.
    pub(crate) fn reveal_path<'a>(
        &mut self,
        root: u64,
        segments: impl IntoIterator<Item = &'a str>,
    ) {
        let mut folder = root;
        self.fill(folder);
        for name in segments {
            let Some(Node::Folder(child)) = self.child(folder, name) else { return };
            folder = child;
            self.fill(folder);
        }
    }

    /// Fills a folder and `depth` levels below it, all levels if it is negative, but at most a number of folders.
    pub(crate) fn reveal_below(&mut self, folder: u64, depth: i64) {
        let mut filled = 0;
        let mut pending = VecDeque::from([(folder, 0)]);
        while let Some((folder, level)) = pending.pop_front() {
            if filled == MAX_FILLED {
                return;
            }
            filled += usize::from(self.fill(folder));
            if depth < 0 || level + 1 < depth {
                let folders = self.children(folder).filter_map(|node| match node {
                    Node::Folder(id) => Some((id, level + 1)),
                    Node::File(_) => None,
                });
                pending.extend(folders.collect::<Vec<_>>());
            }
        }
    }

    /// Whether the entries of a folder are not known yet.
    pub(crate) fn is_unfilled(&self, folder: u64) -> bool {
        self.generated.unfilled.contains_key(&folder)
    }

    /// The number of folders and of files that will be directly in an unfilled folder.
    pub(crate) fn unfilled_entries(&self, folder: u64) -> (u64, u64) {
        self.generated.unfilled.get(&folder).map_or((0, 0), |unfilled| {
            let files = unfilled.files().end - unfilled.files().start;
            match unfilled {
                Unfilled::Top(_) => (files.div_ceil(BATCH), 0),
                Unfilled::Batch(_) => (files.div_ceil(FANOUT), 0),
                Unfilled::Series(_) => (0, files),
            }
        })
    }

    /// How much is in those of these folders that are unfilled.
    pub(crate) fn unfilled_totals(&self, folders: impl Iterator<Item = u64>) -> UnfilledTotals {
        let mut totals = UnfilledTotals::default();
        for unfilled in folders.filter_map(|id| self.generated.unfilled.get(&id)) {
            let files = unfilled.files().end - unfilled.files().start;
            totals.files += files;
            totals.size += files * FILE_LENGTH;
            totals.folders += match unfilled {
                Unfilled::Top(_) => files.div_ceil(BATCH) + files.div_ceil(FANOUT),
                Unfilled::Batch(_) => files.div_ceil(FANOUT),
                Unfilled::Series(_) => 0,
            };
        }
        totals
    }

    /// How much is in all unfilled folders of the tree; those in the trash do not count.
    pub(crate) fn all_unfilled_totals(&self) -> UnfilledTotals {
        let ids = self.generated.unfilled.keys().copied();
        self.unfilled_totals(ids.filter(|id| self.folders.get(*id).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn tree(count: u64) -> (Tree, u64) {
        let mut tree = Tree::default();
        let root = tree.add_root("root", ADMINISTRATOR, DateTime::default());
        tree.generate_files(count, root);
        (tree, root)
    }

    #[test]
    fn an_id_is_the_same_however_it_was_found() {
        let (mut by_path, root) = tree(20_150);
        let path = ["Généré", "Lot 0003", "Série 002", "Fichier 0020150.txt"];
        by_path.reveal_path(root, path);
        let Some(Node::File(id)) = by_path.resolve_path(root, path) else { panic!("not found") };
        let (mut by_id, root) = tree(20_150);
        by_id.reveal(id);
        assert_eq!(by_id.resolve_path(root, path), Some(Node::File(id)));
        assert_eq!(by_id.files.len(), 50, "only the series of the file is filled");
        let found = by_id.version(id).unwrap();
        assert_eq!(found.version.content.bytes.len() as u64, FILE_LENGTH);
        by_id.reveal(id + 1);
        assert!(by_id.version(id + 1).is_none());
    }

    #[test]
    fn totals_are_the_same_before_and_after_filling() {
        let (mut tree, root) = tree(10_101);
        let expected = UnfilledTotals { folders: 2 + 102, files: 10_101, size: 10_101 * 64 };
        assert_eq!(tree.all_unfilled_totals(), expected);
        let top = tree.child(root, "Généré");
        let Some(Node::Folder(top)) = top else { panic!("no top") };
        tree.reveal_below(top, 2);
        let unfilled = tree.all_unfilled_totals();
        assert_eq!((unfilled.files, unfilled.folders), (10_101, 0), "both levels of folders exist");
        assert_eq!(tree.folders.len(), 2 + 2 + 102);
        tree.reveal_below(top, -1);
        assert_eq!(tree.all_unfilled_totals(), UnfilledTotals::default());
        assert_eq!(tree.files.len(), 10_101);
    }

    #[test]
    fn one_request_fills_a_limited_number_of_folders() {
        let (mut tree, root) = tree(u64::MAX);
        tree.reveal(FIRST_FOLDER + 5);
        tree.reveal(u64::MAX);
        assert_eq!(tree.files.len(), FANOUT);
        tree.reveal_below(root, -1);
        assert!(tree.files.len() <= MAX_FILLED as u64 * FANOUT);
    }
}
