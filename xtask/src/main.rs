//! `cargo xtask`: the maintainer's commands.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::commands;

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
    /// Turns a vendor's file into `specs/<vendor>`, or updates that folder.
    ///
    /// Reads OpenAPI 2.0, 3.0 and 3.1 in JSON or YAML, with the files that they refer to.
    Import {
        /// The name of the vendor: lower-case letters and digits.
        vendor: String,
        /// The vendor's file, or several that describe parts of the API.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Shows what would change instead of writing.
        #[arg(long)]
        check: bool,
    },
    /// Runs import, generation, the compiler and the generated tests on a folder of files, and shows what fails and why.
    ///
    /// Every file runs in its own process. The crates and the details are written to `--output`.
    Corpus {
        /// The folder with the files.
        folder: PathBuf,
        /// Stops after generation, which takes seconds for each file.
        #[arg(long)]
        no_build: bool,
        /// How many files are worked on at the same time; by default, one for each processor.
        #[arg(long)]
        jobs: Option<usize>,
        /// Only files whose names contain this; may be repeated.
        #[arg(long)]
        only: Vec<String>,
        /// Where crates and details are written; by default, `target/corpus`.
        #[arg(long)]
        output: Option<PathBuf>,
        /// After this number of seconds, a file is given up.
        #[arg(long, default_value_t = 300)]
        limit: u64,
        /// Runs one file of the folder, in the process that the command starts for it.
        #[arg(long, hide = true)]
        one: Option<PathBuf>,
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
        Command::Import { vendor, files, check } => {
            commands::import::run(&vendor, &files, check).and_then(|output| output.print(json))
        }
        Command::Corpus { folder, no_build, jobs, only, output, limit, one } => {
            let options = commands::corpus::Options { no_build, jobs, only, output, limit, one };
            commands::corpus::run(&folder, options).and_then(|output| output.print(json))
        }
        Command::Coverage { vendors, write, check } => {
            commands::coverage::run(&vendors, write, check)
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
