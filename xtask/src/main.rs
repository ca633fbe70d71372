//! `cargo xtask`: what a maintainer does, a command each.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The maintainer's tool of the OneTeg SDKs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generates the SDKs from the specifications.
    Generate {
        /// The vendors; all when none is named.
        vendors: Vec<String>,
        /// Compares with what is committed instead of writing, and shows a diff.
        #[arg(long)]
        check: bool,
    },
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Generate { vendors, check } => xtask::generate::run(&vendors, check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
