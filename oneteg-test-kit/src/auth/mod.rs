//! What tests of sessions need: a clock that follows Tokio's paused time, a provider that rotates refresh
//! tokens as strictly as a certified one, a session over any [`oneteg_auth::Grant`] and store, a store that
//! reports each step of a refresh, and a real provider in its own process.

mod clock;
mod observed_store;
mod oidc;
mod program;
mod provider;

pub use self::{
    clock::TokioClock,
    observed_store::ObservedStore,
    oidc::OidcProvider,
    program::{assert_printed, is_program, run_program},
    provider::{Provider, ProviderFault, ProviderGrant, ProviderKind},
};
pub use oneteg_auth::test_hooks::TestSession;
