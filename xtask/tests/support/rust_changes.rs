//! Kinds of changes of generated Rust, each with the part of the version that it increments, and a seeded generator that
//! chooses where to apply them.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Fields, FnArg, ImplItem, Item, ItemEnum, ItemStruct, Visibility, parse_quote,
};
use xtask::{
    api::Step::{self, Major, Minor, Patch},
    semver::Sources,
};

use crate::support::mutations::Random;

/// A kind of change. It returns what was changed, or `None` if there was nothing to change.
pub(crate) type Apply = fn(&mut Sources, &mut Random) -> Option<String>;

#[derive(Clone, Copy)]
enum In {
    Operations,
    Types,
    Statics,
    Modules,
    Mocks,
}

impl In {
    fn includes(self, path: &Path) -> bool {
        let text = path.to_string_lossy();
        let is_special =
            ["mod.rs", "mock.rs", "operations.rs"].iter().any(|name| text.ends_with(name));
        match self {
            Self::Operations => {
                text.starts_with("generated/") && !text.contains("types") && !is_special
            }
            Self::Types => text.starts_with("generated/types/") && !is_special,
            Self::Statics => text == "generated/operations.rs",
            Self::Modules => text == "generated/mod.rs",
            Self::Mocks => text == "generated/mock.rs",
        }
    }
}

/// Applies a change to a random item for which it succeeds.
fn at(
    sources: &mut Sources,
    random: &mut Random,
    place: In,
    change: impl Fn(&mut Vec<Item>, usize) -> Option<String>,
) -> Option<String> {
    let mut paths: Vec<PathBuf> =
        sources.files.keys().filter(|path| place.includes(path)).cloned().collect();
    while !paths.is_empty() {
        let path = paths.remove(random.below(paths.len()));
        let Ok(mut file) = syn::parse_file(&sources.files[&path]) else { continue };
        let mut indices: Vec<usize> = (0..file.items.len()).collect();
        while !indices.is_empty() {
            let index = indices.remove(random.below(indices.len()));
            if let Some(what) = change(&mut file.items, index) {
                let text = file.to_token_stream().to_string();
                sources.files.insert(path, text);
                return Some(what);
            }
        }
    }
    None
}

/// The methods of the client in an item.
fn client_methods(item: &mut Item) -> Option<&mut Vec<ImplItem>> {
    match item {
        Item::Impl(block) if block.trait_.is_none() && block.self_ty == parse_quote!(Client) => {
            Some(&mut block.items)
        }
        _ => None,
    }
}

/// A method of the client with enough arguments.
fn client_method(item: &mut Item, arguments: usize) -> Option<&mut syn::ImplItemFn> {
    client_methods(item)?.iter_mut().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.inputs.len() > arguments => Some(method),
        _ => None,
    })
}

/// A method of another type, chosen by its name.
fn method(item: &mut Item, is_it: impl Fn(&str) -> bool) -> Option<(String, &mut syn::ImplItemFn)> {
    let Item::Impl(block) = item else { return None };
    let owner = block.self_ty.to_token_stream().to_string();
    if block.trait_.is_some() || owner == "Client" {
        return None;
    }
    block.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(method) if is_it(&method.sig.ident.to_string()) => {
            Some((format!("{owner}::{}", method.sig.ident), method))
        }
        _ => None,
    })
}

fn is_setter(name: &str) -> bool {
    !["new", "send", "pages", "call_options", "extra"].contains(&name)
}

/// A struct with public fields; `plain` ones are those of responses.
fn structure(item: &mut Item, plain: bool) -> Option<&mut ItemStruct> {
    match item {
        Item::Struct(item) if matches!(item.vis, Visibility::Public(_)) => {
            let is_plain =
                !item.attrs.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"));
            let has_fields =
                item.fields.iter().any(|field| matches!(field.vis, Visibility::Public(_)));
            (is_plain == plain && has_fields).then_some(item)
        }
        _ => None,
    }
}

fn fields(
    item: &mut ItemStruct,
) -> Option<&mut syn::punctuated::Punctuated<syn::Field, syn::Token![,]>> {
    match &mut item.fields {
        Fields::Named(fields) => Some(&mut fields.named),
        _ => None,
    }
}

/// Changes the open enum that a macro defines.
fn open_enum(item: &mut Item, change: impl Fn(&mut ItemEnum)) -> Option<String> {
    let Item::Macro(item) = item else { return None };
    if item.mac.path.segments.last()?.ident != "open_enum" {
        return None;
    }
    let mut definition: ItemEnum = syn::parse2(item.mac.tokens.clone()).ok()?;
    change(&mut definition);
    item.mac.tokens = definition.to_token_stream();
    Some(definition.ident.to_string())
}

/// An enum of several forms, which callers may match in full.
fn forms(item: &mut Item) -> Option<&mut ItemEnum> {
    match item {
        Item::Enum(item) if matches!(item.vis, Visibility::Public(_)) => Some(item),
        _ => None,
    }
}

fn derive(attributes: &mut [Attribute], change: impl Fn(Vec<String>) -> Vec<String>) -> Option<()> {
    let attribute = attributes.iter_mut().find(|attribute| attribute.path().is_ident("derive"))?;
    let list = attribute.meta.require_list().ok()?.tokens.to_string();
    let names: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    let changed = change(names.clone());
    if changed == names {
        return None;
    }
    let tokens: TokenStream = changed.join(", ").parse().ok()?;
    *attribute = parse_quote!(#[derive(#tokens)]);
    Some(())
}

fn ident(name: &str) -> proc_macro2::Ident {
    quote::format_ident!("{name}")
}

/// Changes one helper in the macro of the mocks.
fn mock(item: &mut Item, change: impl Fn(&mut Vec<TokenTree>, usize)) -> Option<String> {
    let Item::Macro(item) = item else { return None };
    let mut groups: Vec<TokenTree> = item.mac.tokens.clone().into_iter().collect();
    let TokenTree::Group(group) =
        groups.iter().find(|token| matches!(token, TokenTree::Group(_)))?.clone()
    else {
        return None;
    };
    let mut tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    // The name of a helper is followed by its arguments in parentheses.
    let index = tokens.windows(2).position(|pair| {
        matches!(&pair[0], TokenTree::Ident(_)) && matches!(&pair[1], TokenTree::Group(arguments) if arguments.delimiter() == proc_macro2::Delimiter::Parenthesis)
    })?;
    let name = tokens[index].to_string();
    change(&mut tokens, index);
    let changed = proc_macro2::Group::new(group.delimiter(), tokens.into_iter().collect());
    let position = groups.iter().position(|token| matches!(token, TokenTree::Group(_)))?;
    groups[position] = TokenTree::Group(changed);
    item.mac.tokens = groups.into_iter().collect();
    Some(name)
}

/// Whether an item is the table by which a type is read.
fn reads(item: &Item, name: &str) -> bool {
    let Item::Macro(item) = item else { return false };
    item.mac.path.segments.last().is_some_and(|last| last.ident == "read_members")
        && item.mac.tokens.clone().into_iter().next().is_some_and(|first| first.to_string() == name)
}

macro_rules! types {
    (|$items:ident, $index:ident| $body:expr) => {
        |sources, random| at(sources, random, In::Types, |$items, $index| $body)
    };
}

macro_rules! operations {
    (|$items:ident, $index:ident| $body:expr) => {
        |sources, random| at(sources, random, In::Operations, |$items, $index| $body)
    };
}

/// All kinds of changes.
// rustfmt would spread each over ten lines.
#[rustfmt::skip]
pub(crate) const CHANGES: [(&str, Step, Apply); 70] = [
    // Operations.
    ("a method of the client is removed", Major, operations!(|items, i| {
        let methods = client_methods(&mut items[i])?;
        Some(methods.remove(0).to_token_stream().to_string().chars().take(0).collect())
    })),
    ("a method of the client is renamed", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.sig.ident = quote::format_ident!("{}_now", method.sig.ident);
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client is private", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.vis = Visibility::Inherited;
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client is for this crate", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.vis = parse_quote!(pub(crate));
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client takes one more argument", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.sig.inputs.push(parse_quote!(added: i64));
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client takes one argument less", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 1)?;
        method.sig.inputs.pop();
        Some(method.sig.ident.to_string())
    })),
    ("an argument of the client has another type", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 1)?;
        let Some(FnArg::Typed(argument)) = method.sig.inputs.last_mut() else { return None };
        argument.ty = parse_quote!(Vec<u8>);
        Some(method.sig.ident.to_string())
    })),
    ("an argument no longer converts", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 1)?;
        let argument = method.sig.inputs.iter_mut().find_map(|input| match input {
            FnArg::Typed(argument) if argument.ty == parse_quote!(impl Into<String>) => Some(argument),
            _ => None,
        })?;
        argument.ty = parse_quote!(String);
        Some(method.sig.ident.to_string())
    })),
    ("two arguments are swapped", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 2)?;
        let (first, second) = (method.sig.inputs[1].clone(), method.sig.inputs[2].clone());
        method.sig.inputs[1] = second;
        method.sig.inputs[2] = first;
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client returns another builder", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.sig.output = parse_quote!(-> Runtime);
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client is async", Major, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.sig.asyncness = Some(Default::default());
        Some(method.sig.ident.to_string())
    })),
    ("a method of the client is deprecated", Minor, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.attrs.push(parse_quote!(#[deprecated = "gone soon"]));
        Some(method.sig.ident.to_string())
    })),
    ("the client has a new method", Minor, operations!(|items, i| {
        let methods = client_methods(&mut items[i])?;
        methods.push(parse_quote!(pub fn added_by_a_test(&self) -> i64 { 7 }));
        Some("added_by_a_test".to_owned())
    })),
    ("the client has a new private method", Patch, operations!(|items, i| {
        let methods = client_methods(&mut items[i])?;
        methods.push(parse_quote!(fn added_by_a_test(&self) -> i64 { 7 }));
        Some("added_by_a_test".to_owned())
    })),
    ("an argument has another name", Patch, operations!(|items, i| {
        let method = client_method(&mut items[i], 1)?;
        let Some(FnArg::Typed(argument)) = method.sig.inputs.last_mut() else { return None };
        *argument.pat = parse_quote!(another_name);
        Some(method.sig.ident.to_string())
    })),
    ("a method has another body", Patch, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.block = parse_quote!({ unreachable!() });
        Some(method.sig.ident.to_string())
    })),
    ("a method has other documentation", Patch, operations!(|items, i| {
        let method = client_method(&mut items[i], 0)?;
        method.attrs.insert(0, parse_quote!(#[doc = " Another sentence."]));
        Some(method.sig.ident.to_string())
    })),
    ("the methods of the client are in another order", Patch, operations!(|items, i| {
        let methods = client_methods(&mut items[i])?;
        (methods.len() > 1).then(|| methods.reverse())?;
        Some("all".to_owned())
    })),
    // Builders.
    ("a builder is removed", Major, operations!(|items, i| {
        let Item::Struct(item) = &items[i] else { return None };
        let name = item.ident.to_string();
        items.remove(i);
        Some(name)
    })),
    ("a builder is renamed", Major, operations!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        item.ident = quote::format_ident!("{}Now", item.ident);
        Some(item.ident.to_string())
    })),
    ("a builder has a lifetime", Major, operations!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        item.generics = parse_quote!(<'a>);
        Some(item.ident.to_string())
    })),
    ("a builder is no longer Clone", Major, operations!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        derive(&mut item.attrs, |names| names.into_iter().filter(|name| name != "Clone").collect())?;
        Some(item.ident.to_string())
    })),
    ("a builder is no longer Debug", Major, operations!(|items, i| {
        let Item::Impl(block) = &items[i] else { return None };
        let (path, _) = block.trait_.as_ref().map(|found| (&found.0, ()))?;
        (path.segments.last()?.ident == "Debug").then_some(())?;
        items.remove(i);
        Some("Debug".to_owned())
    })),
    ("a builder has another private field", Patch, operations!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        fields(item)?.push(parse_quote!(added_by_a_test: i64));
        Some(item.ident.to_string())
    })),
    ("a builder has a public field next to private ones", Minor, operations!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        fields(item)?.push(parse_quote!(pub added_by_a_test: i64));
        Some(item.ident.to_string())
    })),
    ("a setter of a builder is removed", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], is_setter)?;
        found.vis = Visibility::Inherited;
        Some(name)
    })),
    ("a setter of a builder takes another type", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], is_setter)?;
        let Some(FnArg::Typed(argument)) = found.sig.inputs.last_mut() else { return None };
        argument.ty = parse_quote!(std::time::Duration);
        Some(name)
    })),
    ("a setter of a builder borrows the builder", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], is_setter)?;
        found.sig.inputs[0] = parse_quote!(&mut self);
        Some(name)
    })),
    ("a setter takes what converts", Minor, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "call_options")?;
        found.sig.inputs[1] = parse_quote!(options: impl Into<CallOptions>);
        Some(name)
    })),
    ("a setter does not change its own argument", Patch, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "call_options")?;
        found.sig.inputs[0] = parse_quote!(self);
        Some(name)
    })),
    ("a request returns another type", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "send")?;
        found.sig.output = parse_quote!(-> Result<ResponseValue<Vec<u8>>, Error>);
        Some(name)
    })),
    ("a request is no longer async", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "send")?;
        found.sig.asyncness = None;
        Some(name)
    })),
    ("an operation no longer has pages", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "pages")?;
        found.vis = Visibility::Inherited;
        Some(name)
    })),
    ("the pages have other items", Major, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "pages")?;
        found.sig.output = parse_quote!(-> Pager<Vec<u8>>);
        Some(name)
    })),
    ("a builder cannot be awaited", Major, operations!(|items, i| {
        let Item::Macro(item) = &items[i] else { return None };
        (item.mac.path.segments.last()?.ident == "into_future").then_some(())?;
        items.remove(i);
        Some("into_future".to_owned())
    })),
    ("a builder is awaited to another type", Major, operations!(|items, i| {
        let Item::Macro(item) = &mut items[i] else { return None };
        (item.mac.path.segments.last()?.ident == "into_future").then_some(())?;
        let name = item.mac.tokens.clone().into_iter().next()?;
        item.mac.tokens = quote!(#name => Vec<u8>);
        Some(name.to_string())
    })),
    ("a type is written with its path", Patch, operations!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "call_options")?;
        found.sig.inputs[1] = parse_quote!(options: oneteg_http::codegen::CallOptions);
        Some(name)
    })),
    // Types.
    ("a type is removed", Major, types!(|items, i| {
        let Item::Struct(item) = &items[i] else { return None };
        let name = item.ident.to_string();
        items.remove(i);
        Some(name)
    })),
    ("a type is renamed", Major, types!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        item.ident = quote::format_ident!("{}Now", item.ident);
        Some(item.ident.to_string())
    })),
    ("a type is for this crate", Major, types!(|items, i| {
        let Item::Struct(item) = &mut items[i] else { return None };
        item.vis = parse_quote!(pub(crate));
        Some(item.ident.to_string())
    })),
    ("a type is new", Minor, types!(|items, i| {
        matches!(items[i], Item::Struct(_)).then_some(())?;
        items.push(parse_quote!(pub struct AddedByATest { pub a: i64 }));
        Some("AddedByATest".to_owned())
    })),
    ("a member is removed", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        let fields = fields(item)?;
        *fields = std::mem::take(fields).into_iter().skip(1).collect();
        Some(name)
    })),
    ("a member is renamed", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?[0].ident = Some(ident("renamed_by_a_test"));
        Some(name)
    })),
    ("a member is private", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?[0].vis = Visibility::Inherited;
        Some(name)
    })),
    ("a member of a response has another type", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?[0].ty = parse_quote!(std::time::Duration);
        Some(name)
    })),
    ("a required member is optional", Major, types!(|items, i| {
        let item = structure(&mut items[i], false)?;
        let name = item.ident.to_string();
        let field = fields(item)?.iter_mut().find(|field| field.ty == parse_quote!(i64) || field.ty == parse_quote!(String))?;
        let ty = field.ty.clone();
        field.ty = parse_quote!(Option<#ty>);
        Some(name)
    })),
    ("an optional member is required", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        let field = fields(item)?.iter_mut().find(|field| field.ty == parse_quote!(Option<String>))?;
        field.ty = parse_quote!(String);
        Some(name)
    })),
    ("a response has a new member", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?.push(parse_quote!(pub added_by_a_test: Option<String>));
        Some(name)
    })),
    ("a response has a private member", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?.push(parse_quote!(added_by_a_test: Option<String>));
        Some(name)
    })),
    ("a body has a new member", Minor, types!(|items, i| {
        let item = structure(&mut items[i], false)?;
        let name = item.ident.to_string();
        fields(item)?.push(parse_quote!(pub added_by_a_test: Option<String>));
        Some(name)
    })),
    ("the members are in another order", Patch, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        let fields = fields(item)?;
        let all: Vec<syn::Field> = std::mem::take(fields).into_iter().collect();
        *fields = all.into_iter().rev().collect();
        Some(name)
    })),
    ("a member has another name on the wire", Patch, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        let name = item.ident.to_string();
        fields(item)?[0].attrs = vec![parse_quote!(#[serde(rename = "another")])];
        Some(name)
    })),
    ("a response becomes non-exhaustive", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        item.attrs.push(parse_quote!(#[non_exhaustive]));
        Some(item.ident.to_string())
    })),
    ("a body is no longer non-exhaustive", Minor, types!(|items, i| {
        let item = structure(&mut items[i], false)?;
        item.attrs.retain(|attribute| !attribute.path().is_ident("non_exhaustive"));
        Some(item.ident.to_string())
    })),
    ("a type is no longer Clone", Major, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        derive(&mut item.attrs, |names| names.into_iter().filter(|name| name != "Clone").collect())?;
        Some(item.ident.to_string())
    })),
    ("a type is no longer read", Major, types!(|items, i| {
        let name = structure(&mut items[i], true)?.ident.to_string();
        let table = items.iter().position(|item| reads(item, &name))?;
        items.remove(table);
        Some(name)
    })),
    ("a type is hashed", Minor, types!(|items, i| {
        let item = structure(&mut items[i], true)?;
        derive(&mut item.attrs, |names| names.into_iter().chain(["Hash".to_owned()]).collect())?;
        Some(item.ident.to_string())
    })),
    ("a constructor takes one more argument", Major, types!(|items, i| {
        let (name, found) = method(&mut items[i], |name| name == "new")?;
        found.sig.inputs.push(parse_quote!(added: i64));
        Some(name)
    })),
    ("a setter of a body is removed", Major, types!(|items, i| {
        let (name, found) = method(&mut items[i], is_setter)?;
        found.vis = Visibility::Inherited;
        Some(name)
    })),
    ("a body has a new setter", Minor, types!(|items, i| {
        method(&mut items[i], is_setter)?;
        let Item::Impl(block) = &mut items[i] else { return None };
        block.items.push(parse_quote!(pub fn added_by_a_test(self) -> Self { self }));
        Some(block.self_ty.to_token_stream().to_string())
    })),
    // Enums.
    ("a value of an enum is removed", Major, types!(|items, i| open_enum(&mut items[i], |item| {
        item.variants = std::mem::take(&mut item.variants).into_iter().skip(1).collect();
    }))),
    ("a value of an enum is renamed", Major, types!(|items, i| open_enum(&mut items[i], |item| {
        item.variants[0].ident = ident("RenamedByATest");
    }))),
    ("a value of an enum is new", Minor, types!(|items, i| open_enum(&mut items[i], |item| {
        item.variants.push(parse_quote!(AddedByATest = "added"));
    }))),
    ("a value of an enum is written differently", Patch, types!(|items, i| open_enum(&mut items[i], |item| {
        item.variants[0].discriminant = Some((Default::default(), parse_quote!("another")));
    }))),
    ("a value has another form", Major, types!(|items, i| {
        let item = forms(&mut items[i])?;
        item.variants.push(parse_quote!(AddedByATest(Vec<u8>)));
        Some(item.ident.to_string())
    })),
    // Statics, modules and mocks.
    ("the description of an operation is removed", Major, |sources, random| at(sources, random, In::Statics, |items, i| {
        matches!(items[i], Item::Static(_)).then_some(())?;
        items.remove(i);
        Some("static".to_owned())
    })),
    ("a module is removed", Major, |sources, random| at(sources, random, In::Modules, |items, i| {
        matches!(items[i], Item::Mod(_)).then_some(())?;
        items.remove(i);
        Some("module".to_owned())
    })),
    ("a module needs another feature", Major, |sources, random| at(sources, random, In::Modules, |items, i| {
        let Item::Mod(item) = &mut items[i] else { return None };
        item.attrs = vec![parse_quote!(#[cfg(feature = "another")])];
        Some(item.ident.to_string())
    })),
    ("a module needs no feature", Minor, |sources, random| at(sources, random, In::Modules, |items, i| {
        let Item::Mod(item) = &mut items[i] else { return None };
        (!item.attrs.is_empty() && item.ident != "mock").then(|| item.attrs.clear())?;
        Some(item.ident.to_string())
    })),
    ("a mock is removed", Major, |sources, random| at(sources, random, In::Mocks, |items, i| mock(&mut items[i], |tokens, index| {
        tokens[index] = TokenTree::Ident(ident("renamed_by_a_test"));
    }))),
];
