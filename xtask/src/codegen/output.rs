//! Takes apart the client that progenitor generates.

use std::collections::BTreeMap;

use syn::{FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Type};

/// The parts of progenitor's output that the emitters use.
pub struct ProgenitorOutput {
    /// The items of its module `types`.
    pub types: Vec<Item>,
    /// The signatures of the operations, by the name of the method.
    pub operations: BTreeMap<String, Signature>,
}

/// The Rust types of an operation.
pub struct Signature {
    /// The arguments by name: the type, and whether the argument is optional.
    pub arguments: BTreeMap<String, (Type, bool)>,
    /// The type of the decoded response.
    pub response: Type,
}

/// `None` if the client has an unexpected form.
pub(super) fn take_apart(client: &syn::File) -> Option<ProgenitorOutput> {
    let types = client.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => Some(module.content.as_ref()?.1.clone()),
        _ => None,
    })?;
    let mut operations = BTreeMap::new();
    for item in &client.items {
        let Item::Impl(block) = item else { continue };
        for item in &block.items {
            // The client's other methods, such as `new`, are not async.
            if let ImplItem::Fn(function) = item
                && function.sig.asyncness.is_some()
                && let Some(signature) = signature(&function.sig)
            {
                operations.insert(function.sig.ident.to_string(), signature);
            }
        }
    }
    Some(ProgenitorOutput { types, operations })
}

fn signature(sig: &syn::Signature) -> Option<Signature> {
    let mut arguments = BTreeMap::new();
    for input in &sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        let Pat::Ident(name) = &*argument.pat else { return None };
        // A nullable argument that is optional has two options; one is enough.
        let (mut inner, mut optional) = ((*argument.ty).clone(), false);
        while let Some(value) = type_argument(&inner, "Option") {
            (inner, optional) = (value, true);
        }
        arguments.insert(name.ident.to_string(), (owned(inner), optional));
    }
    // Result<ResponseValue<T>, Error<E>>
    let ReturnType::Type(_, output) = &sig.output else { return None };
    let response = type_argument(&type_argument(output, "Result")?, "ResponseValue")?;
    Some(Signature { arguments, response })
}

/// The first type argument of the generic type with this name: `T` of `Option<T>`.
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

/// The owned type for a reference.
fn owned(ty: Type) -> Type {
    let Type::Reference(reference) = ty else { return ty };
    match *reference.elem {
        Type::Path(path) if path.path.is_ident("str") => syn::parse_quote!(String),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn types_and_signatures_of_a_client() {
        let client = parse_quote! {
            pub mod types { pub struct Item; }
            impl Client {
                pub fn new() -> Self { Self }
                pub async fn get_item<'a>(
                    &'a self, id: &'a str, size: Option<i64>, hint: Option<Option<&'a str>>, body: &'a types::Item,
                ) -> Result<ResponseValue<types::Item>, Error<()>> { todo!() }
            }
        };
        let output = take_apart(&client).unwrap();
        assert_eq!(output.types.len(), 1);
        assert_eq!(output.operations.keys().collect::<Vec<_>>(), ["get_item"]);
        let signature = &output.operations["get_item"];
        assert_eq!(signature.response, parse_quote!(types::Item));
        assert_eq!(signature.arguments["id"], (parse_quote!(String), false));
        assert_eq!(signature.arguments["size"], (parse_quote!(i64), true));
        assert_eq!(signature.arguments["hint"], (parse_quote!(String), true));
        assert_eq!(signature.arguments["body"], (parse_quote!(types::Item), false));
    }

    #[test]
    fn another_form_is_not_accepted() {
        assert!(
            take_apart(&parse_quote!(
                pub struct Client;
            ))
            .is_none()
        );
        assert_eq!(type_argument(&parse_quote!(Vec<u8>), "Option"), None);
        assert_eq!(
            type_argument(&parse_quote!(std::option::Option<u8>), "Option"),
            Some(parse_quote!(u8))
        );
    }
}
