//! Calls of operations by name, with a command line made from the catalog.
//!
//! | Step | Module |
//! |---|---|
//! | the schema of an argument means a type on the command line | `schema` |
//! | the parameters and the body of an operation become arguments | `arguments` |
//! | the command line of the one operation is made and parsed | `command`, `help`, `example` |
//! | words become values, checked and typed | `values`, `call` |
//! | the call becomes the request that the SDK would send | `request`, `pages` |
//! | the request is shown, or sent and its response printed | `dry_run`, `send`, `save` |

pub(crate) mod arguments;
pub(crate) mod call;
pub(crate) mod command;
pub(crate) mod dry_run;
mod example;
mod help;
pub(crate) mod list;
pub(crate) mod pages;
pub(crate) mod request;
pub(crate) mod save;
mod schema;
pub(crate) mod send;
pub(crate) mod values;

#[cfg(test)]
mod tests;
