//! A call of every operation with all its arguments, and a response to it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;
use syn::Type;

use super::{
    super::{
        Input,
        arguments::{Argument, arguments, in_types},
        imports::import,
        print,
        types::Types,
    },
    samples::Samples,
};
use crate::{
    codegen::type_argument,
    lower::PartKind,
    model::{BodyKind, Flag, Operation, Parameter, ResponseKind, form_type, resolve},
    names,
};

/// The source of the calls.
pub fn calls(input: &Input<'_>, types: &Types, samples: &Samples<'_>) -> String {
    let cases = input.operations.iter().filter_map(|operation| {
        let signature = input.signature(operation)?;
        let arguments = arguments(operation, signature, types);
        Some(Caller { input, types, samples, operation }.case(&arguments))
    });
    let has_deprecated = input.operations.iter().any(|operation| operation.deprecated);
    let allowed = has_deprecated.then(|| quote!(#![allow(deprecated)]));
    let code = quote! {
        /// The samples that responses and arguments refer to.
        static SAMPLES: LazyLock<SampleSet> = LazyLock::new(read_samples);

        fn read_samples() -> SampleSet {
            SampleSet::parse(include_str!("samples.json"))
        }

        type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

        /// One call of one operation.
        pub struct Case {
            pub operation: &'static str,
            response: &'static str,
            /// Whether the response is JSON.
            pub json: bool,
            pub call: fn(&Client) -> CallFuture<'_>,
        }

        impl Case {
            /// The body of the response: the JSON of a value, or any string.
            pub fn response(&self) -> String {
                if self.json { SAMPLES.expand(self.response) } else { self.response.to_owned() }
            }
        }

        fn arg<T: serde::de::DeserializeOwned>(json: &str) -> T {
            let json = SAMPLES.expand(json);
            serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
        }

        fn done<T>(result: Result<ResponseValue<T>, Error>) -> Result<(), Error> {
            result.map(|_| ())
        }

        pub const CASES: &[Case] = &[#(#cases),*];
    };
    let sdk = input.library();
    let own =
        import(&quote!(#sdk), &["Client", "Error", "FilePart", "ResponseValue", "types"], &code);
    print::tokens(quote! {
        #allowed
        use std::{future::Future, pin::Pin, sync::LazyLock};
        #own
        use oneteg_test_kit::sample_set::SampleSet;
        #code
    })
}

/// Everything that the call of one operation depends on.
struct Caller<'a> {
    input: &'a Input<'a>,
    types: &'a Types,
    samples: &'a Samples<'a>,
    operation: &'a Operation,
}

impl Caller<'_> {
    fn case(&self, arguments: &[Argument]) -> TokenStream {
        let operation = self.operation;
        let (ident, method) = (operation.ident(), format_ident!("{}", operation.ident()));
        let required = arguments.iter().filter(|argument| !argument.optional);
        let required = required.map(|argument| self.value(argument));
        let setters = arguments.iter().filter(|argument| argument.optional).map(|argument| {
            let (name, value) = (&argument.name, self.value(argument));
            quote!(.#name(#value))
        });
        let json = operation.response == ResponseKind::Json;
        let response = if json {
            let response = self.samples.literal(&operation.response_schema, "answer");
            quote!(#response)
        } else {
            quote!("some text")
        };
        quote! {
            Case {
                operation: #ident,
                response: #response,
                json: #json,
                call: |client| Box::pin(async move {
                    done(client.#method(#(#required),*)#(#setters)*.send().await)
                }),
            }
        }
    }

    fn value(&self, argument: &Argument) -> TokenStream {
        let name = argument.name.to_string();
        let kind = self.operation.body.as_ref().map(|body| body.kind);
        match (kind, name.as_str()) {
            (Some(BodyKind::Upload), "body") => quote!(b"some bytes".to_vec()),
            (Some(BodyKind::Multipart), "form") => self.form(),
            _ => {
                if let Some(parameter) = self.parameter(argument) {
                    if let Some(flag) = Flag::of(&parameter.schema) {
                        let on = flag == Flag::Presence;
                        return quote!(#on);
                    }
                    let json = self.samples.parameter(&parameter.schema, &name);
                    let ty = &argument.ty;
                    return quote!(arg::<#ty>(#json));
                }
                let schema = self.schema(argument);
                match Flag::of(&schema) {
                    Some(flag) => {
                        let on = flag == Flag::Presence;
                        quote!(#on)
                    }
                    None => self.sample(&schema, &name, &argument.ty),
                }
            }
        }
    }

    /// An expression for a sample of the schema.
    fn sample(&self, schema: &Value, name: &str, ty: &Type) -> TokenStream {
        let json = self.samples.literal(schema, name);
        quote!(arg::<#ty>(#json))
    }

    /// The parameter that an argument is.
    fn parameter(&self, argument: &Argument) -> Option<&Parameter> {
        let mut parameters = self.operation.parameters.iter();
        parameters.find(|parameter| argument.name == parameter.argument)
    }

    /// The schema that describes an argument that is a body, or a part of one.
    fn schema(&self, argument: &Argument) -> Value {
        let named = |name: &str| argument.name == names::snake(name);
        let Some(body) = &self.operation.body else { return Value::Null };
        match body.kind {
            BodyKind::Rpc => {
                let body = resolve(&self.input.spec.root, &body.schema);
                let mut members = body["properties"].as_object().into_iter().flatten();
                let found = members.find(|(name, _)| named(name));
                found.map(|(_, schema)| schema.clone()).unwrap_or_default()
            }
            BodyKind::Text => serde_json::json!({ "type": "string" }),
            _ => body.schema.clone(),
        }
    }

    /// A multipart form with all its parts.
    fn form(&self) -> TokenStream {
        let Some(body) = &self.operation.body else { return TokenStream::new() };
        let name = form_type(&self.operation.id);
        let ident = format_ident!("{name}");
        let fields = self.types.fields(&name);
        let schema = resolve(&self.input.spec.root, &body.schema);
        let (mut required, mut setters) = (Vec::new(), Vec::new());
        for member in self.input.lowered.forms.get(&name).into_iter().flatten() {
            let field = names::snake(&member.name);
            let Some((ty, _)) = fields.get(&field) else { continue };
            let inner = type_argument(ty, "Option");
            let plain = in_types(inner.clone().unwrap_or_else(|| ty.clone()), self.types);
            let file = quote!(FilePart::new("picture.jpg", b"some bytes".to_vec()));
            let value = match (member.kind, member.many) {
                (PartKind::File, false) => file,
                (PartKind::File, true) => quote!(vec![#file]),
                _ => self.sample(&schema["properties"][&member.name], &member.name, &plain),
            };
            match inner {
                Some(_) => {
                    let setter = format_ident!("{field}");
                    setters.push(quote!(.#setter(#value)));
                }
                None => required.push(value),
            }
        }
        if self.input.lowered.open_forms.contains(&name) {
            setters.push(quote!(.extra_text("notYetKnown", "kept")));
        }
        quote!(types::#ident::new(#(#required),*)#(#setters)*)
    }
}
