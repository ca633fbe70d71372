//! The functions that read every type, every response and every request body, listed by name.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{
    super::{Input, arguments::short, imports::import, print},
    samples::Samples,
};
use crate::model::{BodyKind, ResponseKind};

/// The source of the readers.
pub fn readers(input: &Input<'_>, samples: &Samples<'_>) -> String {
    let types = samples.names().map(|name| {
        let ident = format_ident!("{name}");
        quote!((#name, round_trip::<types::#ident>))
    });
    let responses = input.operations.iter().filter_map(|operation| {
        let signature = input.signature(operation)?;
        let (ident, ty) = (operation.ident(), short(signature.response.clone()));
        (operation.response == ResponseKind::Json).then(|| quote!((#ident, round_trip::<#ty>)))
    });
    let bodies = input.operations.iter().filter_map(|operation| {
        operation.body.as_ref().filter(|body| body.kind == BodyKind::Json)?;
        let (ty, _) = input.signature(operation)?.arguments.get("body")?;
        let (ident, ty) = (operation.ident(), short(ty.clone()));
        Some(quote!((#ident, round_trip::<#ty>)))
    });
    let code: TokenStream = quote! {
        /// A sample of each type, with all its members.
        pub fn samples() -> impl Iterator<Item = Sample> {
            SampleSet::parse(include_str!("samples.json")).read_by(TYPES)
        }

        const TYPES: &[(&str, RoundTripFn)] = &[#(#types),*];

        /// The reader of each operation's JSON response.
        pub const RESPONSES: &[(&str, RoundTripFn)] = &[#(#responses),*];

        /// The reader of each operation's JSON body.
        pub const BODIES: &[(&str, RoundTripFn)] = &[#(#bodies),*];
    };
    let sdk = input.library();
    let own = import(&quote!(#sdk), &["types"], &code);
    print::tokens(quote! {
        #own
        use oneteg_test_kit::mutation::{RoundTripFn, round_trip};
        use oneteg_test_kit::sample_set::SampleSet;
        use oneteg_test_kit::samples::Sample;
        #code
    })
}
