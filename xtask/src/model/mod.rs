//! The operations of a specification, as the later steps need them.
//!
//! They are read from the specification before lowering, which removes much of this.

mod document;
mod forms;
mod operation;
mod read;

pub use document::{Flag, METHODS, is_json, resolve};
pub use forms::{Form, FormKind, union_forms};
pub use operation::{
    Body, BodyKind, Evidence, Operation, Pagination, Parameter, ParameterLocation, ParameterStyle,
    ResponseKind, Rpc, Server, form_type, params_type,
};
pub use read::operations;
