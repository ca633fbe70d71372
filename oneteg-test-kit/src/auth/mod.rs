//! What tests of sessions need: a clock that follows Tokio's paused time, a provider that rotates refresh
//! tokens as strictly as a certified one, a credential over any [`oneteg_auth::Grant`], and the hooks crash
//! tests stop at; and the way to a real provider. Not for production.

mod clock;
mod oidc;
mod program;
mod provider;

pub use self::{
    clock::TokioClock,
    oidc::OidcProvider,
    program::{assert_printed, is_program, run_program},
    provider::{Provider, ProviderFault, ProviderGrant, ProviderKind},
};
pub use oneteg_auth::test_hooks::{TestSession, on_reach};
