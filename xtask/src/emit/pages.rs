//! The pager of a list operation: which arguments of the request select a page, and where the response has
//! its items and their total.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Type;

use super::{
    arguments::{Argument, in_types, short},
    docs,
    paths::plain_name,
    tables::static_name,
    types::Types,
};
use crate::{
    codegen::{Signature, type_argument},
    model::{Operation, Pagination},
    names,
};

/// The method `pages` of a builder; none for operations without pagination.
pub fn pages(
    operation: &Operation,
    signature: &Signature,
    types: &Types,
    arguments: &[Argument],
) -> Option<TokenStream> {
    let pagination = operation.pagination.as_ref()?;
    let (item, page) = match Member::find(&pagination.items, &signature.response, types) {
        Some(items) => {
            let item = type_argument(&items.ty, "Vec")?;
            let item =
                if pagination.items.is_empty() { short(item) } else { in_types(item, types) };
            let total = match pagination.total.as_str() {
                "" if operation.envelope == "payload" => Some(quote!(response.total())),
                "" => None,
                path => Some(Member::find(path, &signature.response, types)?.copy()),
            };
            (item, of_one_shape(&items.take(), total))
        }
        None => page_or_list(pagination, &signature.response, types)?,
    };
    let table = static_name(operation);
    let (docs, assign) = if pagination.style == "single" {
        let docs = "Streams the items of the response. The vendor documents no paging for this operation; \
            if you know the names of its paging parameters, use [`Pager::by_offset`].";
        (docs, quote!(request.call_options = page.apply(request.call_options);))
    } else {
        let start = place(&pagination.start, types, arguments)?.assign(&quote!(page.start()));
        let size = place(&pagination.size, types, arguments)?.assign(&quote!(page.size()));
        let docs = "Streams the items of all pages and fetches each page on demand. Replaces any page \
            that was set; see [`Pager`] for page size, limits, prefetch and continuation.";
        (docs, quote!(#start #size))
    };
    let docs = docs::lines(docs);
    Some(quote! {
        #(#docs)*
        pub fn pages(self) -> Pager<#item> {
            Pager::new(&operations::#table, move |page| {
                let mut request = self.clone();
                #assign
                async move { #page }
            })
        }
    })
}

/// An expression for the page, if the response always has the same form.
fn of_one_shape(items: &TokenStream, total: Option<TokenStream>) -> TokenStream {
    match total {
        Some(total) => quote! {
            let response = request.send().await?;
            let total = #total;
            let response = response.into_inner();
            Ok(Page::new(#items).total(total))
        },
        None => quote! {
            let response = request.send().await?.into_inner();
            Ok(Page::new(#items))
        },
    }
}

/// The item and the page of a response that is either a page or a plain list. A plain list does not tell
/// whether more follows: it is taken for the last page unless it has exactly the requested length.
fn page_or_list(
    pagination: &Pagination,
    response: &Type,
    types: &Types,
) -> Option<(Type, TokenStream)> {
    let name = plain_name(response)?;
    let response = short(response.clone());
    let mut item = None;
    let mut arms = Vec::new();
    for (variant, held) in types.alternatives(&name) {
        if let Some(listed) = type_argument(&held, "Vec") {
            item = Some(in_types(listed, types));
            arms.push(quote! {
                #response::#variant(response) => {
                    let last = page.size() != Some(response.len());
                    Ok(Page::new(response).last(last))
                }
            });
        } else {
            let items = Member::find(&pagination.items, &held, types)?.take();
            let total = Member::find(&pagination.total, &held, types)?.copy();
            arms.push(quote! {
                #response::#variant(response) => {
                    let total = #total;
                    Ok(Page::new(#items).total(total))
                }
            });
        }
    }
    let page = quote!(match request.send().await?.into_inner() { #(#arms)* });
    Some((item?, page))
}

/// A member of the response, possibly nested.
struct Member {
    /// The members on the path to it, and whether each is optional.
    steps: Vec<(Ident, bool)>,
    /// Whether the response itself is optional.
    optional: bool,
    /// The member's type, without its `Option`.
    ty: Type,
}

impl Member {
    /// Follows a dotted path; an empty path leads to the response itself.
    fn find(path: &str, response: &Type, types: &Types) -> Option<Self> {
        let inner = type_argument(response, "Option");
        let optional = inner.is_some();
        let mut ty = inner.unwrap_or_else(|| response.clone());
        let mut steps = Vec::new();
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            let name = names::snake(segment);
            let (field, _) = types.fields(&plain_name(&ty)?).remove(&name)?;
            let inner = type_argument(&field, "Option");
            steps.push((format_ident!("{name}"), inner.is_some()));
            ty = inner.unwrap_or(field);
        }
        Some(Self { steps, optional, ty })
    }

    /// An expression that moves it out of `response`.
    fn take(&self) -> TokenStream {
        match self.steps.as_slice() {
            [] => quote!(response),
            [(name, _)] if !self.optional => quote!(response.#name),
            steps => {
                let start = if self.optional { quote!(response) } else { quote!(Some(response)) };
                let steps = steps.iter().map(|(name, optional)| match optional {
                    true => quote!(.and_then(|value| value.#name)),
                    false => quote!(.map(|value| value.#name)),
                });
                quote!(#start #(#steps)*)
            }
        }
    }

    /// An expression that copies it, a number, from `response`.
    fn copy(&self) -> TokenStream {
        let Some(((last, last_optional), before)) = self.steps.split_last() else {
            return quote!(*response);
        };
        if before.is_empty() && !self.optional {
            return quote!(response.#last);
        }
        let start =
            if self.optional { quote!(response.as_ref()) } else { quote!(Some(&*response)) };
        let before = before.iter().map(|(name, optional)| match optional {
            true => quote!(.and_then(|value| value.#name.as_ref())),
            false => quote!(.map(|value| &value.#name)),
        });
        let last = match last_optional {
            true => quote!(.and_then(|value| value.#last)),
            false => quote!(.map(|value| value.#last)),
        };
        quote!(#start #(#before)* #last)
    }
}

/// A member of the request that selects a page.
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

/// Follows a dotted path of the specification. Assigning creates optional members on the path.
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
        let inner = type_argument(&field, "Option");
        place = Place { path, optional: inner.is_some() };
        ty = inner.unwrap_or(field);
    }
    Some(place)
}
