//! Finds the module that defines what a path names, through re-exports.

use super::modules::{CrateModules, ModuleId};

/// The target of a path in the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    Module(ModuleId),
    /// An item of this module. Names that the module re-exports from another crate, or that its macros
    /// define, also count as its items.
    ItemOf(ModuleId),
}

impl CrateModules {
    /// Resolves a path in the code of module `from`; `None` if its target is not in the crate.
    pub(super) fn resolve(&self, from: ModuleId, path: &[String]) -> Option<Resolved> {
        self.follow(from, path, &mut Vec::new())
    }

    /// `pending` has the names that are being looked up: glob imports may be cyclic.
    fn follow<'a>(
        &'a self,
        from: ModuleId,
        path: &'a [String],
        pending: &mut Vec<(ModuleId, &'a str)>,
    ) -> Option<Resolved> {
        let (first, mut rest) = path.split_first()?;
        let mut found = match first.as_str() {
            "crate" => Resolved::Module(0),
            "self" => Resolved::Module(from),
            "super" => Resolved::Module(self.modules[from].parent?),
            name => self.look_up(from, name, pending)?,
        };
        while let (Resolved::Module(module), Some((name, after))) = (found, rest.split_first()) {
            found = match name.as_str() {
                "super" => Resolved::Module(self.modules[module].parent?),
                name => self.look_up(module, name, pending).unwrap_or(Resolved::ItemOf(module)),
            };
            rest = after;
        }
        Some(found)
    }

    /// Finds a name in the scope of a module.
    fn look_up<'a>(
        &'a self,
        module: ModuleId,
        name: &'a str,
        pending: &mut Vec<(ModuleId, &'a str)>,
    ) -> Option<Resolved> {
        let scope = &self.modules[module];
        if let Some(child) = scope.children.get(name) {
            return Some(Resolved::Module(*child));
        }
        if scope.items.contains(name) {
            return Some(Resolved::ItemOf(module));
        }
        if pending.contains(&(module, name)) {
            return None;
        }
        pending.push((module, name));
        let found = match scope.imports.get(name) {
            Some(path) => {
                Some(self.follow(module, path, pending).unwrap_or(Resolved::ItemOf(module)))
            }
            None => {
                scope.globs.iter().find_map(|glob| match self.follow(module, glob, pending)? {
                    Resolved::Module(all) => self.look_up(all, name, pending),
                    Resolved::ItemOf(_) => None,
                })
            }
        };
        pending.pop();
        found
    }
}
