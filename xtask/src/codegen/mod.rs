//! Running progenitor, and taking from its output what the emitters build on: the types, and for each
//! operation the Rust types of its arguments and of its answer.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::Mutex,
};

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::{Value, json};
use syn::{FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Type};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    lower::Lowered,
    spec::{Spec, child},
};

/// progenitor's output, taken apart.
pub struct ProgenitorOutput {
    /// The items of its module `types`.
    pub types: Vec<Item>,
    /// The operations by generated name.
    pub operations: BTreeMap<String, Signature>,
    /// The httpmock helpers.
    pub mock: syn::File,
}

/// What progenitor found out about an operation's types.
pub struct Signature {
    /// The arguments by name: the type, and whether it is optional.
    pub arguments: BTreeMap<String, (Type, bool)>,
    /// The type of a decoded answer.
    pub response: Type,
}

/// Runs progenitor on a lowered specification.
///
/// # Errors
/// [`Diagnostics`] naming the operation or schema that it cannot take; its panics are caught.
pub fn run(spec: &Spec, lowered: &Lowered) -> Result<ProgenitorOutput, Diagnostics> {
    let settings = settings(lowered);
    match generate(&settings, &lowered.document) {
        Ok((client, mock)) => take_apart(&client, mock).ok_or_else(|| {
            Diagnostics::one(Diagnostic::new(
                "progenitor's output has not the form that the emitters expect",
                None,
                "progenitor is pinned to 0.15.1; adapt `progenitor_run.rs` to the version in use",
            ))
        }),
        Err(reason) => Err(Diagnostics::one(culprit(spec, lowered, &settings, &reason))),
    }
}

fn settings(lowered: &Lowered) -> GenerationSettings {
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap");
    for name in lowered.enums.keys() {
        let impls = [TypeImpl::FromStr, TypeImpl::Display];
        settings.with_replacement(name, format!("crate::types::{name}"), impls.into_iter());
    }
    settings
}

fn generate(
    settings: &GenerationSettings,
    document: &Value,
) -> Result<(syn::File, syn::File), String> {
    let parsed: openapiv3::OpenAPI =
        serde_path_to_error::deserialize(document).map_err(|error| error.to_string())?;
    quietly(|| {
        let client =
            Generator::new(settings).generate_tokens(&parsed).map_err(|e| e.to_string())?;
        let mock =
            Generator::new(settings).httpmock(&parsed, "crate").map_err(|e| e.to_string())?;
        let file = |tokens| {
            syn::parse2(tokens).map_err(|error| format!("its output is not Rust: {error}"))
        };
        Ok((file(client)?, file(mock)?))
    })
}

/// Runs code that may panic, without letting the panic reach the terminal.
fn quietly<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    // The hook belongs to the process: one at a time.
    static HOOK: Mutex<()> = Mutex::new(());
    let guard = HOOK.lock();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    panic::set_hook(hook);
    drop(guard);
    outcome.unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(message.unwrap_or_else(|| "it panicked without a message".to_owned()))
    })
}

/// Finds what progenitor cannot take: the schemas without operations first, then each operation alone.
fn culprit(
    spec: &Spec,
    lowered: &Lowered,
    settings: &GenerationSettings,
    reason: &str,
) -> Diagnostic {
    let reason: String =
        reason.chars().take(300).map(|c| if c == '\n' { ' ' } else { c }).collect();
    let cure = "write it in another way; docs/generator.md lists what the generator takes";
    let mut alone = lowered.document.clone();
    alone["paths"] = json!({});
    if generate(settings, &alone).is_err() {
        let schemas = alone["components"]["schemas"].as_object().cloned().unwrap_or_default();
        let without = |name: &String| {
            let mut document = alone.clone();
            if let Some(all) = document["components"]["schemas"].as_object_mut() {
                // Others may refer to it, so it stays as a schema that is always fine.
                all.insert(name.clone(), json!({ "type": "string" }));
            }
            generate(settings, &document).is_ok()
        };
        let name = schemas.keys().find(|name| without(name));
        let name = name.map_or("", String::as_str);
        let pointer = child("/components/schemas", name);
        return spec.fault(
            &pointer,
            format!("the generator cannot take the schema `{name}`: {reason}"),
            cure,
        );
    }
    for (path, item) in lowered.document["paths"].as_object().into_iter().flatten() {
        alone["paths"] = json!({ path: item });
        if let Err(reason) = generate(settings, &alone) {
            let pointer = child("/paths", path);
            let method = crate::model::METHODS.iter().find(|method| item.get(**method).is_some());
            let pointer = method.map_or_else(|| pointer.clone(), |method| child(&pointer, method));
            let message =
                format!("the generator cannot take this operation: {}", first_line(&reason));
            return spec.fault(&pointer, message, cure);
        }
    }
    spec.fault("", format!("the generator cannot take the specification: {reason}"), cure)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}

fn take_apart(client: &syn::File, mock: syn::File) -> Option<ProgenitorOutput> {
    let types = client.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => Some(module.content.as_ref()?.1.clone()),
        _ => None,
    })?;
    let mut operations = BTreeMap::new();
    for item in &client.items {
        let Item::Impl(block) = item else { continue };
        for item in &block.items {
            if let ImplItem::Fn(function) = item
                && function.sig.asyncness.is_some()
                && let Some(signature) = signature(&function.sig)
            {
                operations.insert(function.sig.ident.to_string(), signature);
            }
        }
    }
    Some(ProgenitorOutput { types, operations, mock })
}

fn signature(sig: &syn::Signature) -> Option<Signature> {
    let mut arguments = BTreeMap::new();
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let Pat::Ident(name) = &*argument.pat else { return None };
        let (inner, optional) = match type_argument(&argument.ty, "Option") {
            Some(inner) => (inner, true),
            None => ((*argument.ty).clone(), false),
        };
        arguments.insert(name.ident.to_string(), (owned(inner), optional));
    }
    // Result<ResponseValue<T>, Error<E>>
    let ReturnType::Type(_, output) = &sig.output else { return None };
    let response = type_argument(&type_argument(output, "Result")?, "ResponseValue")?;
    Some(Signature { arguments, response })
}

/// The first type argument of a generic type of this name.
pub fn type_argument(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    if last.ident != name {
        return None;
    }
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    })
}

/// The type that owns what a reference borrows.
fn owned(ty: Type) -> Type {
    let Type::Reference(reference) = ty else { return ty };
    match *reference.elem {
        Type::Path(path) if path.path.is_ident("str") => syn::parse_quote!(String),
        other => other,
    }
}
