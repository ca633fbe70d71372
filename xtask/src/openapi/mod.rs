//! What OpenAPI 3.0 defines: the typed objects of a document, and their keys.

pub mod keys;
mod nodes;
mod similar;
mod templates;

pub use nodes::{Kind, Node, Operation, nodes, operations};
pub use similar::closest;
pub use templates::placeholders;
