//! The arguments of an operation: its parameters, then its body or the positional parameters of its remote
//! procedure. Builders, mocks and generated tests all start from this list.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Type, visit_mut::VisitMut};

use super::{
    paths::{At, Short},
    types::Types,
    values,
};
use crate::{
    codegen::{Signature, type_argument},
    lower::escape_for_rustdoc,
    model::{BodyKind, Operation, ParameterStyle, form_type, params_type},
    names,
};

/// One argument of an operation.
pub struct Argument {
    pub name: Ident,
    pub ty: Type,
    pub optional: bool,
    pub description: String,
    /// The field of the builder that contains it: `params` for `params.folder_id`; `None` for a field of
    /// the builder.
    pub within: Option<Ident>,
}

impl Argument {
    /// The argument in a method's signature.
    pub fn input(&self) -> TokenStream {
        values::input(&self.name, &self.ty)
    }

    /// The argument's value, converted to the type of its field.
    pub fn value(&self) -> TokenStream {
        values::converted(&self.name, &self.ty)
    }

    /// The path of its field in the builder.
    pub fn field(&self) -> TokenStream {
        let name = &self.name;
        match &self.within {
            Some(within) => quote!(#within.#name),
            None => quote!(#name),
        }
    }
}

/// The arguments of an operation in the order of its method.
pub fn arguments(operation: &Operation, signature: &Signature, types: &Types) -> Vec<Argument> {
    let mut all: Vec<Argument> = operation
        .parameters
        .iter()
        .filter_map(|parameter| {
            let lowered = names::lowered_argument(&parameter.argument);
            let (ty, optional) = signature.arguments.get(&lowered)?;
            Some(Argument {
                name: format_ident!("{}", parameter.argument),
                ty: short(ty.clone()),
                optional: *optional,
                description: escape_for_rustdoc(&parameter.description),
                within: None,
            })
        })
        .collect();
    let Some(body) = &operation.body else { return all };
    let (name, ty): (&str, Type) = match body.kind {
        BodyKind::Rpc => {
            all.extend(positional(operation, types));
            return all;
        }
        BodyKind::Multipart => {
            let form = format_ident!("{}", form_type(&operation.id));
            ("form", syn::parse_quote!(types::#form))
        }
        BodyKind::Upload => ("body", syn::parse_quote!(UploadSource)),
        BodyKind::Text => ("body", syn::parse_quote!(String)),
        BodyKind::Json | BodyKind::FormUrlencoded => match signature.arguments.get("body") {
            Some((ty, _)) => ("body", short(ty.clone())),
            None => return all,
        },
    };
    all.push(Argument {
        name: format_ident!("{name}"),
        ty,
        optional: !body.required,
        description: escape_for_rustdoc(&body.description),
        within: None,
    });
    all
}

/// The parameters of a remote procedure, which are members of one struct.
fn positional(operation: &Operation, types: &Types) -> Vec<Argument> {
    let order = operation.rpc.iter().flat_map(|rpc| rpc.params.iter().flatten());
    let fields = types.fields(&params_type(&operation.id));
    let argument = |param: &String| {
        let name = names::snake(param);
        let (ty, docs) = fields.get(&name)?;
        let inner = type_argument(ty, "Option");
        Some(Argument {
            name: format_ident!("{name}"),
            optional: inner.is_some(),
            ty: in_types(inner.unwrap_or_else(|| ty.clone()), types),
            description: docs.clone(),
            within: Some(format_ident!("params")),
        })
    };
    order.filter_map(argument).collect()
}

/// A type from progenitor's client, with short paths: `types::Asset`.
pub fn short(mut ty: Type) -> Type {
    Short(At::Outside).visit_type_mut(&mut ty);
    ty
}

/// A type from the module `types`, qualified for use outside of it.
pub fn in_types(mut ty: Type, types: &Types) -> Type {
    struct Qualify<'a>(&'a Types);
    impl VisitMut for Qualify<'_> {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            syn::visit_mut::visit_path_mut(self, path);
            if let Some(name) = path.get_ident()
                && self.0.contains(&name.to_string())
            {
                *path = syn::parse_quote!(types::#name);
            }
        }
    }
    Qualify(types).visit_type_mut(&mut ty);
    ty
}

/// A query style as the runtime names it.
pub fn query_style(style: ParameterStyle) -> Ident {
    format_ident!("{style:?}")
}
