//! `oneteg sandbox`: the three vendors in memory.

mod connections;
mod difference;
mod fault;
mod vendor;

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::Duration,
};

use oneteg_sandbox::{Sandbox, SandboxError};

use self::connections::SandboxConnection;
use crate::{
    arguments::sandbox::{SandboxArguments, Seed},
    context::Context,
    error::CliError,
    interrupt::Interrupt,
};

pub(crate) async fn run(
    context: &Context,
    arguments: SandboxArguments,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let faults: Vec<_> =
        arguments.faults.iter().map(|fault| fault::parse(fault)).collect::<Result<_, _>>()?;
    let differences: Vec<_> = arguments
        .differences
        .iter()
        .map(|difference| difference::parse(difference))
        .collect::<Result<_, _>>()?;
    let lifetime = Duration::from_secs(arguments.token_lifetime.into());
    let sandbox = Sandbox::builder()
        .netx_port(arguments.netx_port)
        .mediavalet_port(arguments.mediavalet_port)
        .netexplorer_port(arguments.netexplorer_port)
        .netx_access_token_lifetime(lifetime)
        .mediavalet_access_token_lifetime(lifetime)
        .netexplorer_token_lifetime(lifetime)
        .seeded(arguments.seed == Seed::Full)
        .generated_assets(arguments.generated_assets)
        .deny(arguments.deny)
        .start()
        .await
        .map_err(not_started)?;
    for fault in faults {
        fault.script(&sandbox)?;
    }
    for difference in differences.into_iter().flatten() {
        difference.plant(&sandbox)?;
    }
    let connections = connections::of(&sandbox);
    if arguments.connect {
        connections::add(&context.profiles, &connections)?;
    }
    let shown = introduction(&connections, arguments.connect);
    let printed = io::stdout().lock().write_all(shown.as_bytes());
    let printed = printed.and_then(|()| io::stdout().flush());
    let ended = match printed {
        Ok(()) => end(interrupt).await,
        Err(error) => Err(error),
    };
    if arguments.connect {
        connections::remove(&context.profiles, &connections);
    }
    ended.map_err(CliError::output)
}

fn not_started(error: SandboxError) -> CliError {
    match error {
        error @ SandboxError::Bind { .. } => CliError::failure(error.to_string())
            .with_hint("Choose other ports, or leave them out to use free ones"),
        error @ SandboxError::Permission(_) => CliError::usage(error.to_string())
            .with_hint("`oneteg <CONNECTION>` lists operations and tags"),
        error => CliError::failure(error.to_string()),
    }
}

/// What a person reads first.
fn introduction(connections: &[SandboxConnection], added: bool) -> String {
    let mut shown = String::from("NetX, MediaValet and NetExplorer, in memory:\n\n");
    for connection in connections {
        let _ = writeln!(shown, "  {:12} {}", connection.vendor.name(), connection.url);
    }
    shown.push('\n');
    if added {
        shown.push_str("The connections sandbox-netx, sandbox-mediavalet and sandbox-netexplorer lead to them:\n\n");
        shown.push_str("  oneteg sandbox-netx get-folders-by-parent 1\n");
        shown.push_str("  oneteg auth login sandbox-mediavalet\n");
        shown.push_str("  oneteg sandbox-netexplorer get-folder 1\n\n");
    } else {
        shown.push_str("To connect to them (or start with --connect):\n\n");
        for connection in connections {
            let _ = writeln!(shown, "{}", connection.command());
        }
        shown.push('\n');
    }
    shown.push_str("Press Ctrl-C to stop; nothing is kept.\n");
    shown
}

/// Waits until the user or the system ends the program.
#[cfg(unix)]
async fn end(interrupt: &Interrupt) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        () = interrupt.pressed() => {}
        _ = terminated.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn end(interrupt: &Interrupt) -> io::Result<()> {
    interrupt.pressed().await;
    Ok(())
}
