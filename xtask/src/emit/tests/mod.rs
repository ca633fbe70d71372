//! The generated part of the SDKs' tests.
//!
//! | File | Contents |
//! |---|---|
//! | `calls.rs` | a call of each operation with all its arguments, and a response to it |
//! | `samples.json` | a value of each type with all its members |
//! | `samples.rs` | the functions that read each type, each response and each request body |
//!
//! Calls and samples refer to the samples of other types instead of repeating them, so a member that is added
//! to a type changes one line of these files.

mod calls;
mod readers;
mod sample;
mod samples;

pub use calls::calls;
pub use readers::readers;
pub use samples::Samples;
