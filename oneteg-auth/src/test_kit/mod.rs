//! What tests of sessions need: a clock that follows Tokio's paused time, a provider that rotates refresh
//! tokens as strictly as a certified one, a credential over any [`crate::Grant`], and the hooks crash
//! tests stop at; and the way to a real provider. Not for production.

mod clock;
mod fuzz;
mod oidc;
mod program;
mod provider;
mod session;

pub use self::{
    clock::TokioClock,
    fuzz::{callback_query, retry_after, stored_record, token_answer, www_authenticate},
    oidc::OidcProvider,
    program::{assert_printed, is_program, run_program},
    provider::{Fault, Provider, ProviderGrant, ProviderKind},
    session::TestSession,
};
pub use crate::probe::on_reach;
