//! The pager of a list operation: where its request says which page, and where its answer has the items.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Type;

use super::{
    operations::{Argument, in_types, short},
    paths::plain_name,
    types::Types,
    wire::static_name,
};
use crate::{
    model::{Operation, Pagination},
    names,
    progenitor_run::{Signature, generic},
};

/// The method that pages through an operation, when it is paged by counting. A cursor's place in the
/// answer has no key in the specification yet.
pub fn pages(
    operation: &Operation,
    signature: &Signature,
    types: &Types,
    arguments: &[Argument],
) -> Option<TokenStream> {
    let pagination = operation.pagination.as_ref().filter(|pages| pages.style != "cursor")?;
    let start = place(&pagination.start, types, arguments)?.assign(&quote!(page.start()));
    let size = place(&pagination.size, types, arguments)?.assign(&quote!(page.size()));
    let (item, items) = items(pagination, signature, types)?;
    let total = (!pagination.total.is_empty()).then(|| {
        let field = format_ident!("{}", names::snake(&pagination.total));
        quote!(.total(answer.#field))
    });
    let table = static_name(operation);
    Some(quote! {
        /// Lists all pages: a stream of the items, fetched as they are asked for. A page that was set
        /// is replaced; [`Pager`] has page size, limits, prefetch and continuation.
        pub fn pages(self) -> Pager<'a, #item> {
            Pager::new(&wire::#table, move |page| {
                let mut request = self.clone();
                #start
                #size
                async move {
                    let answer = request.send().await?.into_inner();
                    Ok(Page::new(#items) #total)
                }
            })
        }
    })
}

/// A member of the request.
struct Place {
    path: TokenStream,
    optional: bool,
}

impl Place {
    fn assign(&self, value: &TokenStream) -> TokenStream {
        let path = &self.path;
        if self.optional {
            quote!(request.#path = #value;)
        } else {
            quote!(request.#path = #value.unwrap_or_default();)
        }
    }
}

/// The place that a dotted path of the specification means, making what is on the way to it.
fn place(path: &str, types: &Types, arguments: &[Argument]) -> Option<Place> {
    let mut segments = path.split('.').map(names::snake);
    let first = segments.next()?;
    let argument = arguments.iter().find(|argument| argument.name == first)?;
    let name = &argument.name;
    let mut place = Place {
        path: match &argument.within {
            Some(within) => quote!(#within.#name),
            None => quote!(#name),
        },
        optional: argument.optional,
    };
    let mut ty = argument.ty.clone();
    for segment in segments {
        let (field, _) = types.fields(&plain_name(&ty)?).remove(&segment)?;
        let (path, segment) = (&place.path, format_ident!("{segment}"));
        let path = if place.optional {
            quote!(#path.get_or_insert_default().#segment)
        } else {
            quote!(#path.#segment)
        };
        let inner = generic(&field, "Option");
        place = Place { path, optional: inner.is_some() };
        ty = inner.unwrap_or(field);
    }
    Some(place)
}

/// The type of an item, and the expression for the items of an answer.
fn items(
    pagination: &Pagination,
    signature: &Signature,
    types: &Types,
) -> Option<(Type, TokenStream)> {
    if pagination.items.is_empty() {
        let list = short(signature.answer.clone());
        return Some((generic(&list, "Vec")?, quote!(answer)));
    }
    let name = names::snake(&pagination.items);
    let (list, _) = types.fields(&plain_name(&signature.answer)?).remove(&name)?;
    let list = generic(&list, "Option").unwrap_or(list);
    let item = in_types(generic(&list, "Vec")?, types);
    let field = format_ident!("{name}");
    Some((item, quote!(answer.#field)))
}
