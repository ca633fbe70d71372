//! The `oneteg-sandbox` command: runs the stand-ins until Ctrl-C.

use std::error::Error;
use std::io::{self, Write};

use clap::{Parser, Subcommand, ValueEnum};
use oneteg_sandbox::{Sandbox, mediavalet, netexplorer, netx};

/// In-memory stand-ins for the vendors' APIs, on loopback.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The port of NetX on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The port of MediaValet on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    mediavalet_port: u16,
    /// The API token that NetX accepts.
    #[arg(long)]
    token: Option<String>,
    /// The port of NetExplorer on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    netexplorer_port: u16,
    /// Starts without folders, pictures and the rest of the seed.
    #[arg(long)]
    empty: bool,
    /// Adds this number of generated assets (NetExplorer: files) to each account.
    #[arg(long, value_name = "N", default_value_t = 0)]
    generated_assets: u64,
    /// Operations that callers have no permission for: names of the specification, or `tag:` and a tag, after the
    /// vendor and a colon for that vendor only; separated by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    deny: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Prints the names of the operations a stand-in serves, one a line.
    Served {
        /// The vendor.
        vendor: Vendor,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Vendor {
    Netx,
    Mediavalet,
    Netexplorer,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut out = io::stdout();
    match arguments.command {
        Some(Command::Served { vendor }) => {
            let names = match vendor {
                Vendor::Netx => netx::served(),
                Vendor::Mediavalet => mediavalet::served(),
                Vendor::Netexplorer => netexplorer::served(),
            };
            for name in names {
                writeln!(out, "{name}")?;
            }
        }
        None => run(&arguments, &mut out).await?,
    }
    Ok(())
}

async fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut builder = Sandbox::builder()
        .netx_port(arguments.port)
        .mediavalet_port(arguments.mediavalet_port)
        .netexplorer_port(arguments.netexplorer_port)
        .seeded(!arguments.empty)
        .generated_assets(arguments.generated_assets)
        .deny(&arguments.deny);
    if let Some(token) = &arguments.token {
        builder = builder.netx_api_token(token);
    }
    let sandbox = builder.start().await?;
    writeln!(out, "NetX URL:   {}", sandbox.netx_url())?;
    writeln!(out, "API token:  {}", sandbox.netx_api_key())?;
    writeln!(out, "OAuth client:  {} {}", netx::OAUTH_CLIENT, netx::OAUTH_SECRET)?;
    let account = sandbox.mediavalet().account();
    writeln!(out)?;
    writeln!(out, "MediaValet URL:    {}", sandbox.mediavalet_url())?;
    writeln!(out, "Subscription key:  {}", account.subscription_key)?;
    writeln!(out, "Access token:      {}", sandbox.mediavalet().issue_access_token())?;
    writeln!(out, "OAuth client:      {} {}", account.client_id, account.client_secret)?;
    writeln!(out)?;
    writeln!(out, "NetExplorer URL:     {}", sandbox.netexplorer_url())?;
    for (kind, id, secret) in [
        ("Server application:", netexplorer::SERVER_APPLICATION, netexplorer::SERVER_SECRET),
        ("Client application:", netexplorer::CLIENT_APPLICATION, netexplorer::CLIENT_SECRET),
    ] {
        writeln!(out, "{kind}  {id}, secret {secret}")?;
    }
    writeln!(out, "Press Ctrl-C to stop; nothing is kept.")?;
    out.flush()?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
