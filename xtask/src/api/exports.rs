//! The paths under which users find the items of a crate.

use std::collections::BTreeMap;

use syn::{ImplItem, Item, Meta, UseTree, Visibility, punctuated::Punctuated};

use super::{
    Entry, Gate, Shape,
    items::{entry, implementation, is_hidden, mocks, named, signature},
    modules::Tree,
    written::written,
};

/// Deeper chains of `pub use` are circles.
const MAX_DEPTH: usize = 12;

/// An item under a path.
#[derive(Clone)]
struct Export {
    path: String,
    entry: Entry,
    /// The module that defines it, and its name there.
    origin: Option<(usize, String)>,
    derives: Vec<String>,
}

/// Everything that users can name, by path.
pub(super) fn entries(tree: &Tree) -> BTreeMap<String, Entry> {
    let mut found = BTreeMap::new();
    if tree.modules.is_empty() {
        return found;
    }
    let exports = exports(tree, 0, 0);
    let mut owners: BTreeMap<String, Vec<(usize, String, Gate)>> = BTreeMap::new();
    for export in exports {
        for derive in &export.derives {
            let shape = Shape::Implementation(String::new());
            found.insert(
                format!("impl {derive} for {}", export.path),
                Entry { shape, ..plain(&export.entry.gate) },
            );
        }
        if let Some((module, name)) = &export.origin {
            let owner = (*module, export.path.clone(), export.entry.gate.clone());
            owners.entry(name.clone()).or_default().push(owner);
        }
        found.entry(export.path).or_insert(export.entry);
    }
    for (index, module) in tree.modules.iter().enumerate() {
        for item in &module.items {
            // A macro is exported from the root, wherever it is defined.
            if let Item::Macro(_) = item
                && let Some((name, true, entry)) = named(item)
                && entry.shape == Shape::Rules
            {
                found.insert(name, entry);
            }
            implementations(tree, index, item, &owners, &mut found);
        }
    }
    found
}

fn plain(gate: &Gate) -> Entry {
    Entry { shape: Shape::Module, gate: gate.clone(), is_deprecated: false, is_must_use: false }
}

/// The public items of a module, by their path from it.
fn exports(tree: &Tree, index: usize, depth: usize) -> Vec<Export> {
    let module = &tree.modules[index];
    let mut found = Vec::new();
    if depth > MAX_DEPTH {
        return found;
    }
    for item in &module.items {
        match item {
            Item::Use(item) if is_shown(&item.vis, &item.attrs) => {
                let gate = Gate::of(&item.attrs);
                for used in flattened(&item.tree, Vec::new()) {
                    found.extend(reexports(tree, index, &used, &gate, depth));
                }
            }
            Item::Macro(item) if named(&Item::Macro(item.clone())).is_none() => {
                for (name, text) in mocks(item) {
                    found.push(Export {
                        path: name,
                        entry: entry(Shape::Macro(text), &item.attrs),
                        origin: None,
                        derives: Vec::new(),
                    });
                }
            }
            item => {
                if let Some((name, true, entry)) = named(item) {
                    found.push(Export {
                        path: name.clone(),
                        derives: derives(item),
                        entry,
                        origin: Some((index, name)),
                    });
                }
            }
        }
    }
    for child in &module.children {
        let inner = &tree.modules[*child];
        if !inner.is_public {
            continue;
        }
        found.push(Export {
            path: inner.name.clone(),
            entry: plain(&inner.gate),
            origin: None,
            derives: Vec::new(),
        });
        for export in exports(tree, *child, depth + 1) {
            found.push(moved(export, &format!("{}::", inner.name), &inner.gate));
        }
    }
    found
}

fn moved(mut export: Export, prefix: &str, gate: &Gate) -> Export {
    export.path = format!("{prefix}{}", export.path);
    export.entry.gate = export.entry.gate.and(gate);
    export
}

/// Whether users can name something, as far as the module around it is concerned.
fn is_shown(visibility: &Visibility, attributes: &[syn::Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

/// A `use` of one name: its path, and its name here; a glob has the name `*`.
struct Used {
    path: Vec<String>,
    name: String,
}

fn flattened(tree: &UseTree, before: Vec<String>) -> Vec<Used> {
    let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
    match tree {
        UseTree::Path(path) => flattened(&path.tree, with(path.ident.to_string())),
        UseTree::Group(group) => {
            group.items.iter().flat_map(|tree| flattened(tree, before.clone())).collect()
        }
        UseTree::Glob(_) => vec![Used { path: before, name: "*".to_owned() }],
        UseTree::Name(name) if name.ident == "self" => {
            let name = before.last().cloned().unwrap_or_default();
            vec![Used { path: before, name }]
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            vec![Used { path: with(name.clone()), name }]
        }
        UseTree::Rename(rename) => {
            let name = rename.rename.to_string();
            vec![Used { path: with(rename.ident.to_string()), name }]
        }
    }
}

fn reexports(tree: &Tree, index: usize, used: &Used, gate: &Gate, depth: usize) -> Vec<Export> {
    let foreign = || {
        let path = if used.name == "*" {
            format!("{}::*", used.path.join("::"))
        } else {
            used.name.clone()
        };
        let entry = Entry { shape: Shape::Reexport(used.path.join("::")), ..plain(gate) };
        vec![Export { path, entry, origin: None, derives: Vec::new() }]
    };
    let Some((module, rest)) = tree.follow(index, &used.path) else { return foreign() };
    match (used.name.as_str(), rest) {
        // A glob, or a module under its own name.
        ("*", []) => exports(tree, module, depth + 1)
            .into_iter()
            .map(|export| moved(export, "", &gate.and(&tree.modules[module].gate)))
            .collect(),
        (name, []) => {
            let inner = tree.modules[module].gate.and(gate);
            let module_entry = Export {
                path: name.to_owned(),
                entry: plain(&inner),
                origin: None,
                derives: Vec::new(),
            };
            let prefix = format!("{name}::");
            [module_entry]
                .into_iter()
                .chain(
                    exports(tree, module, depth + 1)
                        .into_iter()
                        .map(|export| moved(export, &prefix, &inner)),
                )
                .collect()
        }
        (name, [only]) if module != index => {
            let inner = gate.and(&tree.modules[module].gate);
            let inside = format!("{only}::");
            let found: Vec<Export> = exports(tree, module, depth + 1)
                .into_iter()
                .filter_map(|mut export| {
                    if export.path == *only {
                        export.path = name.to_owned();
                    } else {
                        export.path = format!("{name}::{}", export.path.strip_prefix(&inside)?);
                    }
                    Some(moved(export, "", &inner))
                })
                .collect();
            if found.is_empty() { foreign() } else { found }
        }
        _ => foreign(),
    }
}

/// The traits that an item derives, and those that the macro of open enums implements.
fn derives(item: &Item) -> Vec<String> {
    let attributes = match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Macro(_) => {
            let all = ["Clone", "Debug", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Display"];
            return all.map(str::to_owned).to_vec();
        }
        _ => return Vec::new(),
    };
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    lists
        .filter_map(|list| {
            list.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated).ok()
        })
        .flatten()
        .map(|derive| written(derive.path()))
        .collect()
}

/// Adds the methods and traits of a type that users can name.
fn implementations(
    tree: &Tree,
    index: usize,
    item: &Item,
    owners: &BTreeMap<String, Vec<(usize, String, Gate)>>,
    found: &mut BTreeMap<String, Entry>,
) {
    // The gate of the modules around an implementation holds for it too.
    let mut around = Gate::default();
    let mut module = Some(index);
    while let Some(index) = module {
        around = around.and(&tree.modules[index].gate);
        module = tree.modules[index].parent;
    }
    match item {
        Item::Macro(item) => {
            let Some((name, implemented, output)) = implementation(item) else { return };
            for (path, gate) in owner(index, &name, owners) {
                let shape = Shape::Implementation(output.clone());
                let mut entry = entry(shape, &item.attrs);
                entry.gate = entry.gate.and(&gate).and(&around);
                found.insert(format!("impl {implemented} for {path}"), entry);
            }
        }
        Item::Impl(block) => {
            let own = Gate::of(&block.attrs).and(&around);
            let name = written(&block.self_ty);
            let bare =
                name.trim_start_matches('&').split('<').next().unwrap_or_default().to_owned();
            for (path, gate) in owner(index, &bare, owners) {
                let gate = gate.and(&own);
                if let Some(implemented) = &block.trait_.as_ref().map(|found| written(&found.0)) {
                    let whose = name.replacen(&bare, &path, 1);
                    let types = block.items.iter().filter_map(|item| match item {
                        ImplItem::Type(ty) => Some(format!("{}={};", ty.ident, written(&ty.ty))),
                        _ => None,
                    });
                    let shape = Shape::Implementation(types.collect());
                    let key = format!("impl {} for {whose}", implemented.trim_start_matches('!'));
                    found.entry(key).or_insert(Entry { shape, ..plain(&gate) });
                    continue;
                }
                for item in &block.items {
                    let (name, mut entry) = match item {
                        ImplItem::Fn(item) if is_shown(&item.vis, &item.attrs) => (
                            item.sig.ident.to_string(),
                            entry(Shape::Function(signature(&item.sig)), &item.attrs),
                        ),
                        ImplItem::Const(item) if is_shown(&item.vis, &item.attrs) => (
                            item.ident.to_string(),
                            entry(Shape::Value(written(&item.ty)), &item.attrs),
                        ),
                        _ => continue,
                    };
                    entry.gate = entry.gate.and(&gate);
                    found.insert(format!("{path}::{name}"), entry);
                }
            }
        }
        _ => {}
    }
}

/// The paths of a type by its name, and its gate. A type that no file defines is one of a part that is not compared,
/// such as the hand-written client.
fn owner(
    module: usize,
    name: &str,
    owners: &BTreeMap<String, Vec<(usize, String, Gate)>>,
) -> Vec<(String, Gate)> {
    let Some(all) = owners.get(name) else {
        let is_client = name == "Client";
        return if is_client { vec![(name.to_owned(), Gate::default())] } else { Vec::new() };
    };
    let own: Vec<_> = all.iter().filter(|(defined, ..)| *defined == module).collect();
    let chosen = if own.is_empty() { all.iter().collect() } else { own };
    chosen.into_iter().map(|(_, path, gate)| (path.clone(), gate.clone())).collect()
}
