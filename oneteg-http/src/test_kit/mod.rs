//! Tools for testing clients built on this runtime (feature `test-kit`; not for programs).

mod script;

pub use script::{Script, answer};
