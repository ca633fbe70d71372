//! How a value is passed to a method: the type of its argument, and the expression that converts the argument
//! to the type of its field. Methods of the client, setters and constructors all take values in this way.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{GenericArgument, PathArguments, Type};

use super::paths::is_copied;
use crate::codegen::type_argument;

/// The argument of a method that sets a value of this type.
pub fn input(name: &Ident, ty: &Type) -> TokenStream {
    let accepted = accepted(ty);
    quote!(#name: #accepted)
}

fn accepted(ty: &Type) -> TokenStream {
    if is_copied(ty) {
        quote!(#ty)
    } else if let Some(inner) = type_argument(ty, "Box") {
        accepted(&inner)
    } else if let Some(item) = type_argument(ty, "Vec") {
        let item = accepted(&item);
        quote!(impl IntoIterator<Item = #item>)
    } else if let Some((key, value)) = entries(ty) {
        let (key, value) = (accepted(&key), accepted(&value));
        quote!(impl IntoIterator<Item = (#key, #value)>)
    } else {
        quote!(impl Into<#ty>)
    }
}

/// The argument's value as the type of its field.
pub fn converted(name: &Ident, ty: &Type) -> TokenStream {
    conversion(ty).map_or_else(|| quote!(#name), |convert| convert(&quote!(#name)))
}

type Convert = Box<dyn Fn(&TokenStream) -> TokenStream>;

/// `None` if the argument has the type of the field.
fn conversion(ty: &Type) -> Option<Convert> {
    if is_copied(ty) {
        return None;
    }
    if let Some(inner) = type_argument(ty, "Box") {
        let inner = conversion(&inner);
        return Some(Box::new(move |value| {
            let value = inner.as_ref().map_or_else(|| value.clone(), |inner| inner(value));
            quote!(Box::new(#value))
        }));
    }
    if let Some(item) = type_argument(ty, "Vec") {
        let map = map(&item);
        return Some(Box::new(move |value| quote!(#value.into_iter()#map.collect())));
    }
    if let Some((key, value)) = entries(ty) {
        let (key, value) = (conversion(&key), conversion(&value));
        let convert = |convert: &Option<Convert>, name: TokenStream| match convert {
            Some(convert) => convert(&name),
            None => name,
        };
        let (key, value) = (convert(&key, quote!(key)), convert(&value, quote!(value)));
        return Some(Box::new(
            move |entries| quote!(#entries.into_iter().map(|(key, value)| (#key, #value)).collect()),
        ));
    }
    Some(Box::new(|value| quote!(#value.into())))
}

/// The conversion of the items of a list.
fn map(item: &Type) -> TokenStream {
    let is_plain = type_argument(item, "Box").is_none()
        && type_argument(item, "Vec").is_none()
        && entries(item).is_none();
    match conversion(item) {
        None => TokenStream::new(),
        Some(_) if is_plain => quote!(.map(Into::into)),
        Some(convert) => {
            let converted = convert(&quote!(item));
            quote!(.map(|item| #converted))
        }
    }
}

/// The types of key and value of a map.
pub fn entries(ty: &Type) -> Option<(Type, Type)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let types: Vec<&Type> = arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect();
    match types.as_slice() {
        [key, value] if last.ident == "BTreeMap" || last.ident == "Map" => {
            Some(((*key).clone(), (*value).clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use quote::format_ident;
    use syn::parse_quote;

    use super::*;

    #[test]
    fn values_are_accepted_in_convenient_forms() {
        let cases: [(Type, &str, &str); 7] = [
            (parse_quote!(i64), "a : i64", "a"),
            (parse_quote!(String), "a : impl Into < String >", "a . into ()"),
            (parse_quote!(Box<Item>), "a : impl Into < Item >", "Box :: new (a . into ())"),
            (
                parse_quote!(Vec<String>),
                "a : impl IntoIterator < Item = impl Into < String > >",
                "a . into_iter () . map (Into :: into) . collect ()",
            ),
            (
                parse_quote!(Vec<i64>),
                "a : impl IntoIterator < Item = i64 >",
                "a . into_iter () . collect ()",
            ),
            (
                parse_quote!(Vec<Vec<String>>),
                "a : impl IntoIterator < Item = impl IntoIterator < Item = impl Into < String > > >",
                "a . into_iter () . map (| item | item . into_iter () . map (Into :: into) . collect ()) . collect ()",
            ),
            (
                parse_quote!(std::collections::BTreeMap<String, i64>),
                "a : impl IntoIterator < Item = (impl Into < String > , i64) >",
                "a . into_iter () . map (| (key , value) | (key . into () , value)) . collect ()",
            ),
        ];
        for (ty, expected_input, expected_value) in cases {
            let name = format_ident!("a");
            assert_eq!(input(&name, &ty).to_string(), expected_input);
            assert_eq!(converted(&name, &ty).to_string(), expected_value);
        }
    }
}
