//! House rules that the compiler does not check: how modules and crates depend on each other, and which
//! phrases prose avoids.
//!
//! | Module | Rule |
//! |---|---|
//! | [`circles`] | No two modules import each other, directly or through other modules |
//! | [`layers`] | SDKs depend on `oneteg-http`, which depends on `oneteg-auth`, and nothing depends in the other direction |
//! | [`platforms`] | What differs between operating systems is in `oneteg-files`, or has a reason to be elsewhere |
//! | [`wording`] | Prose avoids the phrases of the word list in `CONTRIBUTING.md` |
//! | [`vendors`] | Not a rule: which specifications are in the words of their vendor |
//!
//! Each rule is a pure function over source code, so its tests plant small crates and files. [`workspace`]
//! applies the rules to this workspace; `cargo xtask lint` and the tests `structure` and `wording` run it.

pub mod circles;
pub mod layers;
pub mod modules;
pub mod platforms;
pub mod prose;
mod resolve;
mod syntax;
pub mod vendors;
pub mod wording;
pub mod workspace;
