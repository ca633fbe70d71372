//! The runtime from outside, as a vendor crate uses it. One binary, because linking costs more than
//! testing.

mod error_envelopes;
mod retry_decisions;
mod support;
