//! Connections: which credentials a vendor's API takes and where it is, read from the specification's servers, its
//! security schemes and `x-connection`.
//!
//! | Module | Job |
//! |---|---|
//! | `profile` | the profile of a vendor, with what was assumed |
//! | `credentials` | the credentials that connections can use |
//! | `endpoint`, `schemes` | what servers and security schemes state |
//! | `emit` | the profile as Rust, for `oneteg-auth` or for an SDK outside of this workspace |

mod credentials;
mod emit;
mod endpoint;
mod profile;
mod schemes;

pub use self::{
    credentials::{ApiKey, OAuth, OAuthHelp, SubscriptionKey},
    emit::{FOLDER, files, standalone},
    profile::Profile,
};
