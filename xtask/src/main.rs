//! `cargo xtask`: the maintainer's commands.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::{commands, semver};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The maintainer's tool of the OneTeg SDKs")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Prints the result as JSON, where a command has one.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Generates the SDKs from the specifications.
    Generate {
        /// The vendors to generate; all if none is given.
        vendors: Vec<String>,
        /// Shows a diff to the committed code instead of writing; fails if there is one.
        #[arg(long)]
        check: bool,
    },
    /// Shows how much of each vendor's API is specified, generated, tested and served by the sandbox.
    Coverage {
        /// The vendors to show; all if none is given.
        vendors: Vec<String>,
        /// Writes the report that is committed.
        #[arg(long, conflicts_with = "vendors")]
        write: bool,
        /// Fails if a number is lower than in the committed report.
        #[arg(long, conflicts_with_all = ["vendors", "write"])]
        check: bool,
    },
    /// Shows what changed in the specifications: breaking, risky or safe for the users of the SDKs.
    Diff {
        /// A git revision, a folder or a file; the last commit if it is not given.
        old: Option<String>,
        /// The same; the working tree if it is not given.
        new: Option<String>,
        /// The vendors to compare; all if none is given.
        #[arg(long = "vendor")]
        vendors: Vec<String>,
    },
    /// Shows what changed in the specifications with the Rust items and the compiler errors that users meet.
    Impact {
        /// A git revision, a folder or a file; the last commit if it is not given.
        old: Option<String>,
        /// The same; the working tree if it is not given.
        new: Option<String>,
        /// The vendors to compare; all if none is given.
        #[arg(long = "vendor")]
        vendors: Vec<String>,
    },
    /// Shows the version that a release needs.
    Semver {
        /// A git revision or a folder; the last commit if it is not given.
        old: Option<String>,
        /// The same; the working tree if it is not given.
        new: Option<String>,
        /// The vendors whose SDKs to judge; all crates if none is given.
        #[arg(long = "vendor")]
        vendors: Vec<String>,
        /// Compiles nothing: without the calls of the old release and without cargo-semver-checks.
        #[arg(long)]
        no_build: bool,
        /// Fails if the version of a crate is too low.
        #[arg(long)]
        check: bool,
    },
    /// Checks the house rules: import circles, layers of crates, and the word list.
    Lint {
        /// The files and folders to check, relative to the workspace; all if none is given.
        paths: Vec<PathBuf>,
    },
    /// Runs the demo of each vendor against the sandbox, or parts of it against a real instance.
    ///
    /// The environment variables of an instance are in the documentation of each demo, in
    /// `oneteg-sandbox/examples`.
    Demo,
    /// Runs every check that a change must pass.
    Test {
        /// Runs the heavy tests at full size.
        #[arg(long)]
        full: bool,
    },
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let Arguments { command, json } = Arguments::parse();
    let result = match command {
        Command::Generate { vendors, check } => commands::generate::run(&vendors, check),
        Command::Coverage { vendors, write, check } => {
            commands::coverage::run(&vendors, write, check)
        }
        Command::Diff { old, new, vendors } => {
            commands::diff::run(old.as_deref(), new.as_deref(), &vendors, false)
                .and_then(|output| output.print(json))
        }
        Command::Impact { old, new, vendors } => {
            commands::diff::run(old.as_deref(), new.as_deref(), &vendors, true)
                .and_then(|output| output.print(json))
        }
        Command::Semver { old, new, vendors, no_build, check } => {
            let options =
                semver::Options { build: !no_build, generate: commands::interface::generated };
            commands::semver::run(old.as_deref(), new.as_deref(), &vendors, options, check)
                .and_then(|output| output.print(json))
        }
        Command::Lint { paths } => {
            commands::lint::run(&paths).and_then(|output| output.print(json))
        }
        Command::Demo => commands::demo::run(),
        Command::Test { full } => commands::test::run(full),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
