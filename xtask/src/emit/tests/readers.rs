//! What reads every type, every response and every request body, in lists that the tests search by name.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    super::{Input, arguments::short, imports::import, print},
    samples::Samples,
};
use crate::model::{Answer, BodyKind};

/// The source of the readers.
pub fn readers(input: &Input<'_>, samples: &Samples<'_>) -> String {
    let types = samples.names().map(|name| {
        let ident = format_ident!("{name}");
        quote!((#name, reread::<types::#ident>))
    });
    let responses = input.operations.iter().filter_map(|operation| {
        let signature = input.signature(operation)?;
        let (ident, ty) = (operation.ident(), short(signature.answer.clone()));
        (operation.answer == Answer::Json).then(|| quote!((#ident, reread::<#ty>)))
    });
    let bodies = input.operations.iter().filter_map(|operation| {
        operation.body.as_ref().filter(|body| body.kind == BodyKind::Json)?;
        let (ty, _) = input.signature(operation)?.arguments.get("body")?;
        let (ident, ty) = (operation.ident(), short(ty.clone()));
        Some(quote!((#ident, reread::<#ty>)))
    });
    let code: TokenStream = quote! {
        /// A sample of each type, with all its members.
        pub fn samples() -> impl Iterator<Item = Sample> {
            Samples::parse(include_str!("samples.json")).read_by(TYPES)
        }

        const TYPES: &[(&str, Reread)] = &[#(#types),*];

        /// What reads the response of each operation that has one.
        pub const RESPONSES: &[(&str, Reread)] = &[#(#responses),*];

        /// What reads the JSON body of each operation that sends one.
        pub const BODIES: &[(&str, Reread)] = &[#(#bodies),*];
    };
    let sdk = input.library();
    let own = import(&quote!(#sdk), &["types"], &code);
    print::tokens(quote! {
        #own
        use oneteg_test_kit::examples::Sample;
        use oneteg_test_kit::mutate::{Reread, reread};
        use oneteg_test_kit::samples::Samples;
        #code
    })
}
