//! The runtime from outside, as a vendor crate uses it. One binary, because linking costs more than
//! testing.

mod cancellation;
mod error_envelopes;
mod outage;
mod pager;
mod retry_decisions;
mod support;
