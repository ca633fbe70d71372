//! What the SDK's tests need of every operation and every type.
//!
//! - [`calls`]: a call of each operation with all its arguments, and a response to it.
//! - [`readers`]: what reads each type, each response and each request body.
//! - [`Samples`]: a value of each type with all its members, which the other two refer to. A member that
//!   is added to a type therefore changes one line of one file.

mod calls;
mod readers;
mod sample;
mod samples;

pub use calls::calls;
pub use readers::readers;
pub use samples::Samples;
