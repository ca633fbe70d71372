//! The examples of the guide, and of other documents that belong to no crate, as tests: `cargo test --doc -p oneteg-docs`.
//! Each sample of the guide is compiled, and runs against a sandbox unless it needs an account. The functions here are what
//! the samples hide: a sandbox and a client of it.
//!
//! A crate may not include files from outside its folder: its packed form does not have them. This crate is not published.

use netx_sdk::Secret;
use oneteg_sandbox::Sandbox;

/// What samples return.
pub type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// A sandbox, and a NetX client of it. The sandbox ends when it is dropped.
///
/// # Errors
/// If the sandbox or the client cannot be created.
pub async fn netx() -> Result<(Sandbox, netx_sdk::Client)> {
    let sandbox = Sandbox::start().await?;
    let client = netx_sdk::Client::builder(sandbox.netx_url()).api_key(sandbox.netx_api_key());
    let client = client.build()?;
    Ok((sandbox, client))
}

/// A sandbox, and a MediaValet client of it.
///
/// # Errors
/// If the sandbox or the client cannot be created.
pub async fn mediavalet() -> Result<(Sandbox, mediavalet_sdk::Client)> {
    let sandbox = Sandbox::start().await?;
    let server = sandbox.mediavalet();
    let client = mediavalet_sdk::Client::builder()
        .base_url(sandbox.mediavalet_url())
        .subscription_key(server.account().subscription_key.clone())
        .access_token(Secret::from(server.issue_access_token()))
        .build()?;
    Ok((sandbox, client))
}

/// A sandbox, and a NetExplorer client of it.
///
/// # Errors
/// If the sandbox or the client cannot be created.
pub async fn netexplorer() -> Result<(Sandbox, netexplorer_sdk::Client)> {
    let sandbox = Sandbox::start().await?;
    let token = Secret::from(sandbox.netexplorer().issue_access_token());
    let client = netexplorer_sdk::Client::builder(sandbox.netexplorer_url()).access_token(token);
    let client = client.build()?;
    Ok((sandbox, client))
}

macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../docs/guide/src/", $path))]
            struct $name;
        )*

        /// The pages whose samples are compiled.
        pub const PAGES: &[&str] = &[$($path),*];
    };
}

pages! {
    Start: "start.md",
    Connections: "connections.md",
    Profiles: "profiles.md",
    Calls: "calls.md",
    Pages: "pages.md",
    Transfers: "transfers.md",
    Errors: "errors.md",
    SignInErrors: "sign-in-errors.md",
    Testing: "testing.md",
    Observability: "observability.md",
    Performance: "performance.md",
    Webhooks: "webhooks.md",
    Migrating: "migrating.md",
    MigratingOpenApi: "migrating-openapi.md",
    Troubleshooting: "troubleshooting.md",
    Recipes: "recipes.md",
}

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/many-machines.md")]
struct ManyMachines;
