//! `oneteg connection`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use oneteg_auth::Vendor;

use super::OutputArguments;

/// Adds, lists, tests and removes connections
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    Add(Box<AddArguments>),
    List(ListArguments),
    Show(ShowArguments),
    Test(TestArguments),
    Remove(RemoveArguments),
    Import(ImportArguments),
}

/// A vendor, as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VendorName {
    Netx,
    Mediavalet,
    Netexplorer,
}

impl From<VendorName> for Vendor {
    fn from(name: VendorName) -> Self {
        match name {
            VendorName::Netx => Self::NetX,
            VendorName::Mediavalet => Self::MediaValet,
            VendorName::Netexplorer => Self::NetExplorer,
        }
    }
}

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignIn {
    /// A key that the vendor issued
    ApiKey,
    /// A person signs in with a browser (OAuth, Authorization Code)
    Browser,
    /// The application signs in as itself (OAuth, Client Credentials)
    ClientCredentials,
}

/// Adds a connection
///
/// Asks for what is not given, if standard input is a terminal. Secrets are typed without being shown. On the command
/// line, where other users could read them, secrets are given as `env:NAME` (a variable that is read at each use),
/// `file:PATH` (a file that is read at each use), `-` (a line of standard input, which is stored), or `inline:VALUE` if
/// everyone may know it.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("source").args(["from_env"]).conflicts_with_all(["settings"]))]
#[command(group = ArgGroup::new("settings").multiple(true).args([
    "url", "sign_in", "api_key", "client_id", "client_secret", "subscription_key", "scopes", "token_url",
    "authorization_url", "revocation_url", "redirect_uri", "header_scheme", "client_auth",
]))]
pub(crate) struct AddArguments {
    /// The name of the connection, such as `acme`
    pub(crate) name: String,
    /// The vendor
    #[arg(long, value_enum)]
    pub(crate) vendor: Option<VendorName>,
    /// The URL of the instance, such as `https://acme.netx.net`
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// How the connection signs in
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) sign_in: Option<SignIn>,
    /// The API key
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    pub(crate) api_key: Option<String>,
    /// The client ID that the vendor issued (OAuth)
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The client secret that the vendor issued (OAuth)
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    pub(crate) client_secret: Option<String>,
    /// The subscription key (MediaValet)
    #[arg(long, value_name = "SECRET", allow_hyphen_values = true)]
    pub(crate) subscription_key: Option<String>,
    /// The scopes to request, separated by spaces (OAuth)
    #[arg(long)]
    pub(crate) scopes: Option<String>,
    /// Reads the settings from variables such as NETX_URL and NETX_API_KEY; secrets stay there
    #[arg(long, requires = "vendor")]
    pub(crate) from_env: bool,
    /// Replaces a connection of this name
    #[arg(long)]
    pub(crate) replace: bool,
    /// The token endpoint, if it is not the vendor's usual one (OAuth)
    #[arg(long, value_name = "URL", help_heading = "Unusual settings")]
    pub(crate) token_url: Option<String>,
    /// The authorization endpoint, if it is not the vendor's usual one (OAuth)
    #[arg(long, value_name = "URL", help_heading = "Unusual settings")]
    pub(crate) authorization_url: Option<String>,
    /// The revocation endpoint (OAuth)
    #[arg(long, value_name = "URL", help_heading = "Unusual settings")]
    pub(crate) revocation_url: Option<String>,
    /// The redirect URI, exactly as registered with the vendor; by default, a port of this machine (OAuth)
    #[arg(long, value_name = "URI", help_heading = "Unusual settings")]
    pub(crate) redirect_uri: Option<String>,
    /// The word before the access token in the header `Authorization`
    #[arg(long, value_name = "SCHEME", help_heading = "Unusual settings")]
    pub(crate) header_scheme: Option<String>,
    /// How the client secret is sent to the token endpoint: `basic` or `body` (OAuth)
    #[arg(long, value_name = "HOW", help_heading = "Unusual settings")]
    pub(crate) client_auth: Option<String>,
}

/// Lists the connections
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Shows the settings of a connection, without secrets
#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArguments {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Calls the vendor once to see whether a connection works
#[derive(Debug, Clone, Args)]
pub(crate) struct TestArguments {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    pub(crate) name: String,
}

/// Signs out of a connection and removes it
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoveArguments {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    pub(crate) name: String,
    /// Does not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// Leaves the session signed in, for other programs or machines that use it
    #[arg(long)]
    pub(crate) keep_session: bool,
}

/// Adds the connections of settings files
///
/// Each file is TOML or JSON with the settings of one connection, as `connections/NAME.toml` in the folder of `oneteg`
/// has them. The connection has the name of the file. Either all files are added, or none.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArguments {
    /// The settings files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The name of the connection, for a single file
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Replaces connections of the same names
    #[arg(long)]
    pub(crate) replace: bool,
}
