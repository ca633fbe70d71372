//! `oneteg sandbox`.

use clap::{Args, ValueEnum};

/// Runs the three vendors in memory, for trying things without an account
///
/// Prints the commands that connect to them, and runs until Ctrl-C. Nothing is kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct SandboxArguments {
    /// Adds the connections `sandbox-netx`, `sandbox-mediavalet` and `sandbox-netexplorer`; removes them at the end
    #[arg(long)]
    pub(crate) connect: bool,
    /// What the vendors hold at the start
    #[arg(long, value_enum, default_value_t, value_name = "SEED")]
    pub(crate) seed: Seed,
    /// A response that replaces coming ones: VENDOR:STATUS[,KEY=VALUE]...; may be repeated
    ///
    /// Keys: `operation` (name of an operation; all by default), `times` (number of requests, or `always`; 1), `delay`
    /// (such as `500ms` or `2s`), `header` (NAME:VALUE; may be repeated), `when` (`before` or `after` the operation is
    /// carried out; `before`), `cut` (announces that number of bytes more than are sent), `body` (last: the rest of the
    /// argument).
    ///
    /// Example: `--fault mediavalet:429,operation=getAsset,times=3,header=retry-after:1`
    #[arg(long = "fault", value_name = "FAULT", verbatim_doc_comment)]
    pub(crate) faults: Vec<String>,
    /// A difference between the vendor and the specification: VENDOR:JSON, or VENDOR:@FILE with a list; may be repeated
    ///
    /// For trying `oneteg verify`. A difference is an object with an `operation` and a `change`.
    ///
    /// Example: `--difference 'netx:{"operation": "getAssets", "change": {"remove": {"at": "/result/*/name"}}}'`
    #[arg(long = "difference", value_name = "DIFFERENCE", verbatim_doc_comment)]
    pub(crate) differences: Vec<String>,
    /// Number of generated assets (NetExplorer: files) in each account, next to the seed's
    ///
    /// They take no memory until they are looked at.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub(crate) generated_assets: u64,
    /// Operations that the caller has no permission for, separated by commas
    ///
    /// Names of the specification such as `getFile`, or `tag:` and a tag; after the vendor and a colon for that vendor
    /// only.
    ///
    /// Example: `--deny netx:tag:users,deleteAsset`
    #[arg(long, value_delimiter = ',', value_name = "NAME", verbatim_doc_comment)]
    pub(crate) deny: Vec<String>,
    /// The port of NetX on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(crate) netx_port: u16,
    /// The port of MediaValet
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(crate) mediavalet_port: u16,
    /// The port of NetExplorer
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub(crate) netexplorer_port: u16,
    /// Lifetime of access tokens in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    pub(crate) token_lifetime: u32,
}

/// What the vendors hold at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Seed {
    /// Folders, pictures, attributes, collections and users; the same at each start
    #[default]
    Full,
    /// The root folder or category, and the caller
    Empty,
}
