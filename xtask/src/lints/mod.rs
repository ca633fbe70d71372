//! The house rules that no compiler checks: how modules and crates may depend on each other, and which
//! words the prose avoids.
//!
//! | Module | Rule |
//! |---|---|
//! | [`circles`] | No module imports another that imports it back, directly or through others |
//! | [`layers`] | SDKs depend on `oneteg-http`, which depends on `oneteg-auth`; never the other way round |
//! | [`wording`] | Prose does not use the phrases that the word list of `CONTRIBUTING.md` replaces |
//!
//! Each rule is a pure function over source texts, so that its tests plant small trees. [`workspace`]
//! applies all of them to the files of this workspace.

pub mod circles;
pub mod layers;
pub mod modules;
pub mod prose;
mod resolve;
pub mod wording;
pub mod workspace;
