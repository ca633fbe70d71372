//! The module tree of a crate: what each module defines, imports and mentions.
//!
//! Reading starts at the root file and follows `mod` declarations. Items that exist only in tests
//! (`#[cfg(test)]`, `#[test]`) are skipped: a test may import anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context;
use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, File, ImplItem, Item, ItemMod, ItemUse, UseTree, parse::Parser, spanned::Spanned,
    visit::Visit,
};

use super::syntax::{
    impl_item_attributes, is_test_only, item_attributes, item_name, path_attribute, segments,
};

/// The index of a module in its [`CrateModules`].
pub type ModuleId = usize;

/// All modules of a crate; the root is the first.
#[derive(Debug, Default)]
pub struct CrateModules {
    pub modules: Vec<Module>,
}

/// A module, inline or in its own file.
#[derive(Debug)]
pub struct Module {
    /// The path from the root of the crate; empty for the root.
    pub path: Vec<String>,
    /// The file that the module is written in.
    pub file: PathBuf,
    /// The module that owns the file: the module itself unless it is inline.
    pub owner: ModuleId,
    pub parent: Option<ModuleId>,
    pub children: BTreeMap<String, ModuleId>,
    /// The names that it defines: types, functions, constants, macros.
    pub items: BTreeSet<String>,
    /// The paths that it imports, by local name.
    pub imports: BTreeMap<String, Vec<String>>,
    /// The paths of its glob imports.
    pub globs: Vec<Vec<String>>,
    /// Every path in its code, imports included.
    pub mentions: Vec<Mention>,
}

/// A path in the code of a module.
#[derive(Debug)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

impl CrateModules {
    /// Reads the crate with this root file; `read` returns the content of a file.
    ///
    /// # Errors
    /// If the file of a declared module is missing or is not Rust.
    pub fn read(
        root: &Path,
        read: &dyn Fn(&Path) -> std::io::Result<String>,
    ) -> anyhow::Result<Self> {
        let mut crate_modules = Self::default();
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        let mut files =
            vec![Unread { file: root.to_owned(), folder, path: Vec::new(), parent: None }];
        while let Some(unread) = files.pop() {
            let source = read(&unread.file)
                .with_context(|| format!("{} cannot be read", unread.file.display()))?;
            let syntax = syn::parse_file(&source)
                .with_context(|| format!("{} is not Rust", unread.file.display()))?;
            crate_modules.add_file(unread, &syntax, &mut files, read)?;
        }
        Ok(crate_modules)
    }

    fn add_file(
        &mut self,
        unread: Unread,
        syntax: &File,
        files: &mut Vec<Unread>,
        read: &dyn Fn(&Path) -> std::io::Result<String>,
    ) -> anyhow::Result<()> {
        let id = self.add(unread.path, unread.file.clone(), None, unread.parent);
        let mut reader = Reader {
            crate_modules: self,
            module: id,
            folder: unread.folder,
            block_depth: 0,
            declared: Vec::new(),
        };
        reader.visit_file(syntax);
        for declared in reader.declared {
            let file = declared
                .candidates
                .iter()
                .find(|file| read(file).is_ok())
                .with_context(|| {
                    format!("{}:{}: this module has no file", unread.file.display(), declared.line)
                })?
                .clone();
            let folder = if file.file_name() == Some("mod.rs".as_ref()) {
                file.parent().unwrap_or(Path::new("")).to_owned()
            } else {
                file.with_extension("")
            };
            files.push(Unread { file, folder, path: declared.path, parent: Some(declared.parent) });
        }
        Ok(())
    }

    /// Adds a module; without `owner` it owns its file.
    fn add(
        &mut self,
        path: Vec<String>,
        file: PathBuf,
        owner: Option<ModuleId>,
        parent: Option<ModuleId>,
    ) -> ModuleId {
        let id = self.modules.len();
        if let (Some(parent), Some(name)) = (parent, path.last()) {
            self.modules[parent].children.insert(name.clone(), id);
        }
        self.modules.push(Module {
            path,
            file,
            owner: owner.unwrap_or(id),
            parent,
            children: BTreeMap::new(),
            items: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            mentions: Vec::new(),
        });
        id
    }
}

/// The file of a declared module, not read yet.
struct Unread {
    file: PathBuf,
    /// The folder of its child modules.
    folder: PathBuf,
    path: Vec<String>,
    parent: Option<ModuleId>,
}

/// A `mod name;`.
struct Declared {
    path: Vec<String>,
    parent: ModuleId,
    candidates: Vec<PathBuf>,
    line: usize,
}

/// Collects the modules of one file.
struct Reader<'a> {
    crate_modules: &'a mut CrateModules,
    module: ModuleId,
    folder: PathBuf,
    /// The number of blocks around the current code. What a block declares is not visible outside it.
    block_depth: usize,
    declared: Vec<Declared>,
}

impl Reader<'_> {
    fn current(&mut self) -> &mut Module {
        &mut self.crate_modules.modules[self.module]
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        self.current().mentions.push(Mention { path, line });
    }

    fn child_module(&mut self, item: &ItemMod) {
        let name = item.ident.to_string();
        let mut path = self.current().path.clone();
        path.push(name.clone());
        let Some((_, items)) = &item.content else {
            let file = self.current().file.clone();
            let candidates = match path_attribute(&item.attrs) {
                Some(path) => vec![file.with_file_name(path)],
                None => vec![
                    self.folder.join(format!("{name}.rs")),
                    self.folder.join(&name).join("mod.rs"),
                ],
            };
            let line = item.span().start().line;
            self.declared.push(Declared { path, parent: self.module, candidates, line });
            return;
        };
        let (file, owner) = (self.current().file.clone(), self.current().owner);
        let parent = self.module;
        let folder = self.folder.join(&name);
        self.module = self.crate_modules.add(path, file, Some(owner), Some(parent));
        let around = std::mem::replace(&mut self.folder, folder);
        for item in items {
            self.visit_item(item);
        }
        self.folder = around;
        self.module = parent;
    }

    fn import(&mut self, tree: &UseTree, mut prefix: Vec<String>) {
        let (name, path, line) = match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                return self.import(&path.tree, prefix);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, prefix.clone());
                }
                return;
            }
            UseTree::Glob(glob) => {
                self.mention(prefix.clone(), glob.span().start().line);
                return self.current().globs.push(prefix);
            }
            UseTree::Name(name) => (name.ident.clone(), name.ident.clone(), name.span()),
            UseTree::Rename(rename) => (rename.rename.clone(), rename.ident.clone(), rename.span()),
        };
        // `use module::{self}` imports the module.
        let mut name = name.to_string();
        if path == "self" && !prefix.is_empty() {
            if name == "self" {
                name = prefix.last().cloned().unwrap_or_default();
            }
        } else {
            prefix.push(path.to_string());
        }
        self.mention(prefix.clone(), line.start().line);
        if self.block_depth == 0 {
            self.current().imports.insert(name, prefix);
        }
    }

    /// Finds paths in unparsed tokens: the arguments of macros and attributes. Only paths that begin with
    /// `crate`, `super` or `self` can be recognised there.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let name = ident.to_string();
                    if !path.is_empty() && colons == 2 {
                        path.push(name);
                    } else {
                        self.keyword_path(&mut path, line);
                        line = ident.span().start().line;
                        path.push(name);
                    }
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1
                }
                other => {
                    self.keyword_path(&mut path, line);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        // `#[serde(with = "crate::module")]`
                        TokenTree::Literal(literal) => {
                            if let Ok(literal) = syn::parse2::<syn::LitStr>(
                                TokenTree::Literal(literal.clone()).into(),
                            ) && let Ok(path) =
                                syn::Path::parse_mod_style.parse_str(&literal.value())
                            {
                                let mut path = segments(&path);
                                self.keyword_path(&mut path, literal.span().start().line);
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        self.keyword_path(&mut path, line);
    }

    fn keyword_path(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        let begins_with_keyword =
            path.first().is_some_and(|first| ["crate", "super", "self"].contains(&first.as_str()));
        if begins_with_keyword && path.len() > 1 {
            self.mention(path, line);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if item_attributes(item).iter().any(is_test_only) {
            return;
        }
        if self.block_depth == 0
            && let Some(name) = item_name(item)
        {
            self.current().items.insert(name);
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.child_module(item);
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&item.tree, Vec::new());
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !impl_item_attributes(item).iter().any(is_test_only) {
            syn::visit::visit_impl_item(self, item);
        }
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if !field.attrs.iter().any(is_test_only) {
            syn::visit::visit_field(self, field);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.block_depth += 1;
        syn::visit::visit_block(self, block);
        self.block_depth -= 1;
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mention(segments(path), path.span().start().line);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        syn::visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if !attribute.path().is_ident("doc")
            && let syn::Meta::List(list) = &attribute.meta
        {
            self.tokens(list.tokens.clone());
        }
    }
}
