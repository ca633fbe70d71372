//! What the SDK's tests need of every operation and every type: a call with all its arguments beside an
//! answer for it, and a sample of each type beside what reads it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::{
    Input, operations,
    operations::{Argument, in_types},
    print,
    sample::sample,
    types::Types,
};
use crate::{
    codegen::type_argument,
    model::{BodyKind, Operation, ResponseKind, form_type},
    names,
};

/// The calls: one of every operation, with every argument.
pub fn calls(input: &Input<'_>, types: &Types, sdk: &str) -> String {
    let sdk = format_ident!("{sdk}");
    let cases = input.operations.iter().filter_map(|operation| {
        let signature = input.signature(operation)?;
        let arguments = operations::arguments(operation, signature, types);
        Some(case(input, operation, types, &arguments))
    });
    print::tokens(quote! {
        #![allow(deprecated, unused_imports, clippy::all)]
        use std::{future::Future, pin::Pin};
        use #sdk::{Client, Error, FilePart, ResponseValue, types};

        #[doc = " One call of one operation."]
        pub struct Case {
            pub operation: &'static str,
            #[doc = " What the server answers: the JSON of the value, or any text."]
            pub answer: &'static str,
            #[doc = " Whether the answer is JSON."]
            pub json: bool,
            pub call: fn(&Client) -> Pin<Box<dyn Future<Output = Result<(), Error>> + '_>>,
        }

        fn arg<T: serde::de::DeserializeOwned>(json: &str) -> T {
            serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
        }

        fn done<T>(answer: Result<ResponseValue<T>, Error>) -> Result<(), Error> {
            answer.map(|_| ())
        }

        pub const CASES: &[Case] = &[#(#cases),*];
    })
}

fn case(
    input: &Input<'_>,
    operation: &Operation,
    types: &Types,
    arguments: &[Argument],
) -> TokenStream {
    let (ident, method) = (operation.ident(), format_ident!("{}", operation.ident()));
    let value = |argument: &Argument| {
        let schema = schema(input, operation, argument);
        match (&operation.body, argument.name.to_string().as_str()) {
            (Some(body), "body") if body.kind == BodyKind::Upload => {
                quote!(b"some bytes".to_vec())
            }
            (Some(body), "form") if body.kind == BodyKind::Multipart => {
                form(input, operation, types, &body.schema)
            }
            _ => {
                given(&sample(&input.spec.root, &schema, &argument.name.to_string()), &argument.ty)
            }
        }
    };
    let required = arguments.iter().filter(|argument| !argument.optional).map(value);
    let setters = arguments.iter().filter(|argument| argument.optional).map(|argument| {
        let (name, value) = (&argument.name, value(argument));
        quote!(.#name(#value))
    });
    let json = operation.response == ResponseKind::Json;
    let answer = if json {
        sample(&input.spec.root, &operation.response_schema, "answer").to_string()
    } else {
        "some text".to_owned()
    };
    quote! {
        Case {
            operation: #ident,
            answer: #answer,
            json: #json,
            call: |client| Box::pin(async move {
                done(client.#method(#(#required),*)#(#setters)*.send().await)
            }),
        }
    }
}

/// The schema that describes an argument.
fn schema(input: &Input<'_>, operation: &Operation, argument: &Argument) -> serde_json::Value {
    let named = |name: &str| argument.name == names::snake(name);
    if let Some(parameter) = operation.parameters.iter().find(|parameter| named(&parameter.name)) {
        return parameter.schema.clone();
    }
    let Some(body) = &operation.body else { return serde_json::Value::Null };
    if body.kind == BodyKind::Rpc {
        let body = crate::model::resolve(&input.spec.root, &body.schema);
        let members = body["properties"].as_object();
        return members
            .and_then(|members| members.iter().find(|(name, _)| named(name)))
            .map(|(_, schema)| schema.clone())
            .unwrap_or_default();
    }
    if body.kind == BodyKind::Text {
        return serde_json::json!({ "type": "string" });
    }
    body.schema.clone()
}

fn given(sample: &serde_json::Value, ty: &Type) -> TokenStream {
    let json = sample.to_string();
    quote!(arg::<#ty>(#json))
}

/// A multipart form with all its parts.
fn form(
    input: &Input<'_>,
    operation: &Operation,
    types: &Types,
    schema: &serde_json::Value,
) -> TokenStream {
    let name = form_type(&operation.id);
    let ident = format_ident!("{name}");
    let fields = types.fields(&name);
    let schema = crate::model::resolve(&input.spec.root, schema);
    let (mut required, mut setters) = (Vec::new(), Vec::new());
    for member in input.lowered.forms.get(&name).into_iter().flatten() {
        let field = names::snake(&member.name);
        let Some((ty, _)) = fields.get(&field) else { continue };
        let inner = type_argument(ty, "Option");
        let plain = in_types(inner.clone().unwrap_or_else(|| ty.clone()), types);
        let value = match (member.file, member.many) {
            (true, false) => quote!(FilePart::new("picture.jpg", b"some bytes".to_vec())),
            (true, true) => quote!(vec![FilePart::new("picture.jpg", b"some bytes".to_vec())]),
            (false, _) => given(
                &sample(&input.spec.root, &schema["properties"][&member.name], &member.name),
                &plain,
            ),
        };
        match inner {
            Some(_) => {
                let setter = format_ident!("{field}");
                setters.push(quote!(.#setter(#value)));
            }
            None => required.push(value),
        }
    }
    quote!(types::#ident::new(#(#required),*)#(#setters)*)
}

/// The samples: one of every type that is read from JSON.
pub fn samples(input: &Input<'_>, types: &Types, sdk: &str) -> String {
    let sdk = format_ident!("{sdk}");
    let schemas = input.spec.root["components"]["schemas"].as_object();
    let samples = schemas.into_iter().flatten().filter_map(|(name, schema)| {
        let ty = names::pascal(name);
        if !types.is_reached(&ty) || input.lowered.forms.contains_key(&ty) {
            return None;
        }
        let ident = format_ident!("{ty}");
        let json = sample(&input.spec.root, schema, name).to_string();
        Some(quote! {
            Sample { name: #ty, json: #json, round_trip: round_trip::<types::#ident> }
        })
    });
    let answers =
        input.operations.iter().filter(|operation| operation.response == ResponseKind::Json);
    let answers = answers.filter_map(|operation| {
        let signature = input.signature(operation)?;
        let (ident, ty) = (operation.ident(), operations::short(signature.response.clone()));
        Some(quote! { (#ident, round_trip::<#ty>) })
    });
    let bodies = input.operations.iter().filter_map(|operation| {
        operation.body.as_ref().filter(|body| body.kind == BodyKind::Json)?;
        let signature = input.signature(operation)?;
        let (ty, _) = signature.arguments.get("body")?;
        let (ident, ty) = (operation.ident(), operations::short(ty.clone()));
        Some(quote! { (#ident, round_trip::<#ty>) })
    });
    print::tokens(quote! {
        #![allow(deprecated, unused_imports, clippy::all)]
        use #sdk::types;
        use oneteg_test_kit::mutation::{RoundTripFn, round_trip};

        #[doc = " A value of a type, with every member."]
        pub struct Sample {
            pub name: &'static str,
            pub json: &'static str,
            pub round_trip: RoundTripFn,
        }

        pub const SAMPLES: &[Sample] = &[#(#samples),*];

        #[doc = " What reads the answer of each operation that has one."]
        pub const ANSWERS: &[(&str, RoundTripFn)] = &[#(#answers),*];

        #[doc = " What reads the JSON body of each operation that sends one."]
        pub const BODIES: &[(&str, RoundTripFn)] = &[#(#bodies),*];
    })
}
