//! The tree of modules of a crate.

use std::path::{Path, PathBuf};

use anyhow::Context;
use syn::{Item, Visibility};

use super::{Files, Gate, items::is_hidden};

/// The modules of a crate; the first is its root.
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// One module.
pub(super) struct Module {
    /// Its name; empty for the root.
    pub(super) name: String,
    pub(super) parent: Option<usize>,
    pub(super) is_public: bool,
    pub(super) gate: Gate,
    pub(super) items: Vec<Item>,
    pub(super) children: Vec<usize>,
}

/// The files that can be the root of a crate, or of its generated part.
const ROOTS: [&str; 3] = ["lib.rs", "generated/mod.rs", "mod.rs"];

impl Tree {
    pub(super) fn read(files: &Files) -> anyhow::Result<Self> {
        let mut tree = Self { modules: Vec::new() };
        let Some(root) = ROOTS.iter().map(Path::new).find(|root| files.contains_key(*root)) else {
            return Ok(tree);
        };
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        let items = parse(files, root)?;
        tree.add(files, String::new(), None, true, Gate::default(), items, &folder)?;
        Ok(tree)
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        files: &Files,
        name: String,
        parent: Option<usize>,
        is_public: bool,
        gate: Gate,
        items: Vec<Item>,
        folder: &Path,
    ) -> anyhow::Result<usize> {
        let index = self.modules.len();
        self.modules.push(Module {
            name,
            parent,
            is_public,
            gate,
            items: Vec::new(),
            children: Vec::new(),
        });
        let mut own = Vec::new();
        for item in items {
            let Item::Mod(module) = item else {
                own.push(item);
                continue;
            };
            let gate = Gate::of(&module.attrs);
            let name = module.ident.to_string();
            let is_public =
                matches!(module.vis, Visibility::Public(_)) && !is_hidden(&module.attrs);
            let inside = folder.join(&name);
            let items = match module.content {
                Some((_, items)) => items,
                None => match file_of(files, folder, &name) {
                    Some(path) => parse(files, &path)?,
                    // The tests compare parts of a crate.
                    None => continue,
                },
            };
            if gate.is_test() {
                continue;
            }
            let child = self.add(files, name, Some(index), is_public, gate, items, &inside)?;
            self.modules[index].children.push(child);
        }
        self.modules[index].items = own;
        Ok(index)
    }

    /// The module that a path leads to from another, and the rest of the path; `None` if it leads out of the crate.
    pub(super) fn follow<'a>(
        &self,
        from: usize,
        path: &'a [String],
    ) -> Option<(usize, &'a [String])> {
        let mut module = from;
        let mut rest = path;
        let mut inside = false;
        while let Some(segment) = rest.first() {
            let next = match segment.as_str() {
                "self" => Some(module),
                "super" => self.modules[module].parent,
                "crate" => Some(0),
                name => self.child(module, name),
            };
            let Some(next) = next else { break };
            module = next;
            rest = &rest[1..];
            inside = true;
        }
        // A single name is one of the module itself, such as an item that it defines.
        (inside || rest.len() == 1).then_some((module, rest))
    }

    fn child(&self, module: usize, name: &str) -> Option<usize> {
        let children = &self.modules[module].children;
        children.iter().copied().find(|child| self.modules[*child].name == name)
    }
}

fn file_of(files: &Files, folder: &Path, name: &str) -> Option<PathBuf> {
    let paths = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    paths.into_iter().find(|path| files.contains_key(path))
}

fn parse(files: &Files, path: &Path) -> anyhow::Result<Vec<Item>> {
    let text = files.get(path).map(String::as_str).unwrap_or_default();
    let file = syn::parse_file(text).with_context(|| format!("{} is not Rust", path.display()))?;
    Ok(file.items)
}
