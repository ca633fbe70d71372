//! The example in the documentation of each operation: the call with its required arguments, which compiles as a
//! documentation test.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::{
    Input,
    arguments::{Argument, short},
    paths::plain_name,
    print,
    types::Types,
    values::entries,
};
use crate::{
    codegen::{Signature, type_argument},
    model::{Operation, ResponseKind},
    names,
};

/// The Markdown of an operation's example.
pub fn example(
    input: &Input<'_>,
    types: &Types,
    operation: &Operation,
    signature: &Signature,
    arguments: &[Argument],
) -> String {
    let mut values = Values { types, named: BTreeSet::new() };
    let method = format_ident!("{}", operation.ident());
    let given = arguments.iter().filter(|argument| !argument.optional);
    let given: Vec<TokenStream> =
        given.map(|of| values.value(&of.ty, &of.name.to_string(), false)).collect();
    let call = quote!(client.#method(#(#given),*).await?);
    let statement = match operation.response {
        ResponseKind::Empty => quote!(#call;),
        ResponseKind::Binary => quote!(let stream = #call;),
        ResponseKind::Text => quote!(let text = #call;),
        ResponseKind::Json => {
            let name = variable(&short(signature.response.clone()));
            quote!(let #name = #call;)
        }
    };
    let sdk = input.library();
    let imports = values.imports(&sdk);
    let code = print::tokens(quote!(fn example() { #statement }));
    let lines: Vec<&str> = code.lines().collect();
    let body = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let body = body.iter().map(|line| line.strip_prefix("    ").unwrap_or(line));
    let body: Vec<&str> = body.collect();
    format!(
        "```no_run\n# async fn example(client: {sdk}::Client) -> Result<(), {sdk}::Error> {{\n\
         {imports}{}\n# Ok(())\n# }}\n```",
        body.join("\n")
    )
}

/// The name of a variable for a value of this type.
fn variable(ty: &Type) -> Ident {
    let named = |ty: &Type, suffix: &str| {
        let name = plain_name(ty).filter(|name| !matches!(name.as_str(), "String" | "Value"))?;
        syn::parse_str::<Ident>(&format!("{}{suffix}", names::snake(&name))).ok()
    };
    let ty = type_argument(ty, "Option").unwrap_or_else(|| ty.clone());
    let found = match type_argument(&ty, "Vec") {
        Some(item) => named(&item, "_list"),
        None => named(&ty, ""),
    };
    found.unwrap_or_else(|| format_ident!("response"))
}

/// Creates values.
struct Values<'a> {
    types: &'a Types,
    /// The types and other names of the SDK that the values use.
    named: BTreeSet<String>,
}

impl Values<'_> {
    /// A value of the type; with `owned`, of exactly this type, otherwise one that converts into it.
    fn value(&mut self, ty: &Type, name: &str, owned: bool) -> TokenStream {
        let into = owned.then(|| quote!(.into()));
        if let Some(inner) = type_argument(ty, "Box") {
            let value = self.value(&inner, name, owned);
            return if owned { quote!(Box::new(#value)) } else { value };
        }
        if let Some(item) = type_argument(ty, "Vec") {
            let item = self.value(&item, name, owned);
            return if owned { quote!(vec![#item]) } else { quote!([#item]) };
        }
        if let Some((_, value)) = entries(ty) {
            let value = self.value(&value, "value", owned);
            return if owned {
                quote!([("key".to_owned(), #value)].into_iter().collect())
            } else {
                quote!([("key", #value)])
            };
        }
        let Some(type_name) = plain_name(ty) else {
            // The only other type with arguments is `DateTime<Utc>`.
            return quote!(std::time::SystemTime::now() #into);
        };
        match type_name.as_str() {
            "bool" => quote!(true),
            "f32" | "f64" => quote!(1.5),
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => quote!(7),
            "String" => {
                let string = name.trim_end_matches('_').replace('_', "-");
                let string = Literal::string(&string);
                quote!(#string #into)
            }
            "Value" => quote!("value" #into),
            "FilePart" => {
                self.named.insert(type_name);
                quote!(FilePart::new("picture.jpg", b"content".to_vec()))
            }
            "NaiveDate" => quote!(chrono::NaiveDate::default()),
            "UploadSource" => quote!(b"content".to_vec()),
            _ => self.named(&type_name, into),
        }
    }

    /// A value of a generated type.
    fn named(&mut self, type_name: &str, into: Option<TokenStream>) -> TokenStream {
        let ident = format_ident!("{type_name}");
        if let Some(variant) = self.types.first_variant(type_name) {
            self.named.insert(format!("types::{type_name}"));
            return quote!(#ident::#variant);
        }
        if let Some((variant, held)) = self.types.alternatives(type_name).into_iter().next() {
            self.named.insert(format!("types::{type_name}"));
            let value = self.value(&held, "value", true);
            return quote!(#ident::#variant(#value));
        }
        if let Some(held) = self.types.newtype(type_name) {
            if entries(&held).is_some() {
                self.named.insert(format!("types::{type_name}"));
                return quote!(#ident::new().extra("name", "value"));
            }
            let value = self.exact(&held);
            return quote!(#value #into);
        }
        self.named.insert(format!("types::{type_name}"));
        let Some(required) = self.types.constructor(type_name) else {
            return quote!(#ident::new());
        };
        let given: Vec<TokenStream> =
            required.iter().map(|(name, ty)| self.value(ty, name, false)).collect();
        let setter = if required.is_empty() { self.typical(type_name) } else { None };
        quote!(#ident::new(#(#given),*) #setter)
    }

    /// A value whose type the compiler need not infer, for a place where several types fit.
    fn exact(&mut self, ty: &Type) -> TokenStream {
        if let Some(item) = type_argument(ty, "Vec") {
            let item = self.exact(&item);
            return quote!(vec![#item]);
        }
        match plain_name(ty).as_deref() {
            Some("String") => quote!("value".to_owned()),
            Some("Value") => quote!(serde_json::Value::from("value")),
            Some(_) => self.value(ty, "value", true),
            // A time is the only other type with arguments.
            None => quote!(chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now())),
        }
    }

    /// A setter of a typical optional member, so that the example changes something.
    fn typical(&self, type_name: &str) -> Option<TokenStream> {
        const TYPICAL: [&str; 6] = ["name", "title", "label", "description", "text", "email"];
        let fields = self.types.fields(type_name);
        let is_string = |name: &&&str| {
            let field = fields.get(**name).and_then(|(ty, _)| type_argument(ty, "Option"));
            field.and_then(|ty| plain_name(&ty)).is_some_and(|name| name == "String")
        };
        let name = TYPICAL.iter().find(is_string)?;
        let setter = format_ident!("{name}");
        Some(quote!(.#setter(#name)))
    }

    /// The line that imports what the values use.
    fn imports(&self, sdk: &Ident) -> String {
        let types: Vec<&str> =
            self.named.iter().filter_map(|name| name.strip_prefix("types::")).collect();
        let types = match types.as_slice() {
            [] => None,
            [one] => Some(format!("types::{one}")),
            many => Some(format!("types::{{{}}}", many.join(", "))),
        };
        let own = self.named.iter().filter(|name| !name.starts_with("types::")).cloned();
        let all: Vec<String> = own.chain(types).collect();
        match all.as_slice() {
            [] => String::new(),
            [one] => format!("use {sdk}::{one};\n\n"),
            many => format!("use {sdk}::{{{}}};\n\n", many.join(", ")),
        }
    }
}
