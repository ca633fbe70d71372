//! Every known operation responds, and every request is compared with the specification.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

mod choices;
mod client;
mod examples;
mod random;
mod samples;
mod schemathesis;
mod violations;
