//! `cargo xtask`: what a maintainer does, a command each.

use std::{path::PathBuf, process::ExitCode};

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
    /// Shows how much of each vendor's API is specified, generated, guarded and served.
    Coverage {
        /// The vendors; all when none is named.
        vendors: Vec<String>,
        /// Writes the report that is committed.
        #[arg(long, conflicts_with = "vendors")]
        write: bool,
        /// Fails when a number is lower than in the committed report.
        #[arg(long, conflicts_with_all = ["vendors", "write"])]
        check: bool,
    },
    /// Checks the house rules: import circles, layers of crates, and the word list.
    Lint {
        /// Files and folders, relative to the workspace; everything if there are none.
        paths: Vec<PathBuf>,
    },
    /// Shows the main job: against the sandbox, or with `NETX_URL` and `NETX_API_KEY` set, its
    /// read-only part against a real instance.
    Demo,
    /// Runs everything that must hold before a change is merged.
    Test {
        /// Runs the heavy sizes too.
        #[arg(long)]
        full: bool,
    },
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Generate { vendors, check } => xtask::commands::generate::run(&vendors, check),
        Command::Coverage { vendors, write, check } => {
            xtask::commands::coverage::run(&vendors, write, check)
        }
        Command::Lint { paths } => xtask::commands::lint::run(&paths),
        Command::Demo => xtask::commands::demo::run(),
        Command::Test { full } => xtask::commands::test::run(full),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
