//! The public items of generated code, one line for each: a changed line is a changed API.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use quote::ToTokens;
use syn::{Fields, FnArg, ImplItem, Item, Pat, ReturnType, Signature, Visibility};

use crate::workspace::Vendor;

/// The public items of an SDK's generated code, sorted.
///
/// # Errors
/// If a generated file cannot be read or is not Rust.
pub fn surface(root: &Path, vendor: &Vendor) -> anyhow::Result<String> {
    let mut lines = BTreeSet::new();
    for path in rust_files(&root.join(vendor.generated()))? {
        let source = fs::read_to_string(&path)?;
        let file =
            syn::parse_file(&source).with_context(|| format!("{} is not Rust", path.display()))?;
        // The mock helpers follow from the operations.
        if path.file_stem().is_some_and(|name| name == "mock") {
            continue;
        }
        for item in &file.items {
            item_lines(item, &mut lines);
        }
    }
    Ok(lines.into_iter().collect::<Vec<_>>().join("\n"))
}

/// The operations that have a method of the client: module and method.
///
/// # Errors
/// As [`surface`].
pub fn operations(root: &Path, vendor: &Vendor) -> anyhow::Result<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    for path in rust_files(&root.join(vendor.generated()))? {
        let module = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = syn::parse_file(&fs::read_to_string(&path)?)?;
        for item in &file.items {
            let Item::Impl(block) = item else { continue };
            if typed(&block.self_ty) == "Client" {
                found.extend(
                    public_functions(block).map(|sig| (module.clone(), sig.ident.to_string())),
                );
            }
        }
    }
    Ok(found)
}

fn rust_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn item_lines(item: &Item, lines: &mut BTreeSet<String>) {
    match item {
        Item::Struct(item) if is_public(&item.vis) => {
            let name = &item.ident;
            let fields: Vec<String> = item
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| is_public(&field.vis))
                .map(|(index, field)| {
                    let field_name =
                        field.ident.as_ref().map_or(index.to_string(), ToString::to_string);
                    format!("{name}.{field_name}: {}", typed(&field.ty))
                })
                .collect();
            lines.insert(format!("{name} (struct)"));
            lines.extend(fields);
        }
        Item::Enum(item) if is_public(&item.vis) => enum_lines(item, lines),
        Item::Static(item) if is_public(&item.vis) => {
            lines.insert(format!("static {}: {}", item.ident, typed(&item.ty)));
        }
        Item::Macro(item) => {
            if let Ok(open) = syn::parse2::<syn::ItemEnum>(item.mac.tokens.clone()) {
                enum_lines(&open, lines);
            }
        }
        Item::Impl(block) if block.trait_.is_none() => {
            let owner = typed(&block.self_ty).replace("<'_>", "").replace("<'a>", "");
            for sig in public_functions(block) {
                lines.insert(format!("{owner}::{}", function(sig)));
            }
        }
        Item::Impl(block) => {
            if let Some((path, _)) = block.trait_.as_ref().map(|(path, token)| (path, token)) {
                lines.insert(format!("{} implements {}", typed(&block.self_ty), typed(path)));
            }
        }
        _ => {}
    }
}

fn enum_lines(item: &syn::ItemEnum, lines: &mut BTreeSet<String>) {
    let name = &item.ident;
    lines.insert(format!("{name} (enum)"));
    for variant in &item.variants {
        let value = match (&variant.discriminant, &variant.fields) {
            (Some((_, value)), _) => format!(" = {}", typed(value)),
            (None, Fields::Unit) => String::new(),
            (None, fields) => typed(fields),
        };
        lines.insert(format!("{name}::{}{value}", variant.ident));
    }
}

fn public_functions(block: &syn::ItemImpl) -> impl Iterator<Item = &Signature> {
    block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) if is_public(&function.vis) => Some(&function.sig),
        _ => None,
    })
}

fn function(sig: &Signature) -> String {
    let inputs: Vec<String> = sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(name) => Some(format!("{}: {}", name.ident, typed(&argument.ty))),
                other => Some(typed(other)),
            },
        })
        .collect();
    let output = match &sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => format!(" -> {}", typed(ty)),
    };
    format!("{}({}){output}", sig.ident, inputs.join(", "))
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Tokens as they would be typed: without the spaces that `TokenStream` prints around punctuation.
fn typed(tokens: &impl ToTokens) -> String {
    let mut typed = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        (" > ", ">"),
        (" >", ">"),
        ("< ", "<"),
        (" ,", ","),
        ("( ", "("),
        (" )", ")"),
        (" (", "("),
        ("& ", "&"),
        ("' ", "'"),
    ] {
        typed = typed.replace(from, to);
    }
    typed.trim().to_owned()
}
