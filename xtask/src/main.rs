//! `cargo xtask`: the maintainer's commands.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use xtask::{commands, semver, workspace};

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
    /// Measures builds, generation, calls, transfers and growth side by side, and writes `docs/benchmarks.md` with its plots.
    ///
    /// Wants a quiet machine and, for all rows, Node, Java, valgrind, Redis and PostgreSQL; what is missing is skipped
    /// with a notice. Needs the registry of crates for the builds of other clients.
    Bench {
        /// What to measure; everything if nothing is given.
        parts: Vec<commands::bench::Part>,
        /// With release builds and files of 4 GiB; takes about an hour on two cores.
        #[arg(long)]
        full: bool,
        /// Only writes the page and the plots again, from the figures of the last run.
        #[arg(long, conflicts_with_all = ["parts", "full"])]
        render: bool,
    },
    /// Writes a vendor's specification as one OpenAPI file for other tools, `specs/<vendor>/bundle.json`.
    Bundle {
        /// The vendors; all if none is given.
        vendors: Vec<String>,
        /// Shows a diff to the committed files instead of writing; fails if there is one.
        #[arg(long)]
        check: bool,
    },
    /// Turns a vendor's file into `specs/<vendor>`, or updates that folder; or imports what `oneteg verify` saw.
    ///
    /// Reads OpenAPI 2.0, 3.0 and 3.1 in JSON or YAML, with the files that they refer to, collections of Postman and HAR
    /// recordings. With `--evidence`, reads reports of `oneteg verify`: grades, members, doubts and pages of the
    /// specification become what was seen.
    Import {
        /// The name of the vendor: lower-case letters and digits.
        vendor: String,
        /// The vendor's file, or several that describe parts of the API.
        #[arg(required_unless_present = "evidence", conflicts_with = "evidence")]
        files: Vec<PathBuf>,
        /// A report of `oneteg verify` in JSON; may be repeated.
        #[arg(long, value_name = "REPORT")]
        evidence: Vec<PathBuf>,
        /// Accepts a report of a run against the sandbox, whose facts are not the vendor's.
        #[arg(long, requires = "evidence")]
        from_sandbox: bool,
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
    /// Applies an OpenAPI overlay to a document, or checks it.
    #[command(subcommand)]
    Overlay(Overlay),
    /// Reads stored payloads with the types of two revisions of an SDK, and shows what is read differently.
    ///
    /// Each payload is a JSON file named after its operation, such as `getAsset.1.json`; that of a request body has
    /// `request` in its name, such as `addAsset.request.json`. The vendor's envelope may be around a response. Fails if
    /// the new revision reads a payload worse.
    Replay {
        /// The vendor.
        vendor: String,
        /// The folder with the payloads.
        folder: PathBuf,
        /// The old revision.
        #[arg(default_value = "HEAD")]
        old: String,
        /// The new revision; the working tree by default.
        new: Option<String>,
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
    /// Keeps a file for each change, and joins them into the changelog.
    Changelog {
        #[command(subcommand)]
        action: ChangelogAction,
    },
    /// Shows what a newer file of a vendor would change, from the import to the version. Writes nothing.
    Drift {
        /// The vendor, as in `specs/<vendor>`.
        vendor: String,
        /// The vendor's files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Compiles nothing: without the calls of the current SDK.
        #[arg(long)]
        no_build: bool,
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
    /// Writes the crate of a new vendor from its specification, and generates and tests it.
    NewVendor {
        /// The vendor, as in `specs/<vendor>`.
        vendor: String,
        /// Only writes the files; does not format and test the crate.
        #[arg(long)]
        no_build: bool,
    },
    /// Runs the demo of each vendor against the sandbox, or parts of it against a real instance.
    ///
    /// The environment variables of an instance are in the documentation of each demo, in
    /// `oneteg-sandbox/examples`.
    Demo,
    /// Starts Redis and PostgreSQL servers on loopback until Ctrl-C, and prints their URLs as environment variables.
    ///
    /// They are those that the tests start, from the Debian packages `redis-server` and `postgresql`; their data are
    /// temporary.
    Peers {
        /// What to start; everything if nothing is given.
        peers: Vec<commands::peers::Peer>,
    },
    /// Checks whether the crates can be published, and writes their bills of materials. Publishes nothing.
    #[command(subcommand)]
    Release(Release),
    /// Runs other OAuth clients and ours through one rotation harness, and writes the table of `docs/duel.md`.
    ///
    /// Needs Redis and PostgreSQL for all columns. Takes about a minute for each round.
    Duel {
        /// How often each client goes through each scenario.
        #[arg(long, default_value_t = 3)]
        rounds: u32,
    },
    /// Measures start-up time and size of `oneteg` next to `gh` and `rclone`.
    Startup {
        /// Writes the table into `docs/benchmarks.md`.
        #[arg(long)]
        write: bool,
    },
    /// Runs every check that a change must pass.
    Test {
        /// Runs the heavy tests at full size.
        #[arg(long)]
        full: bool,
    },
}

#[derive(Subcommand)]
enum Overlay {
    /// Applies the actions of an overlay in order, and prints the result.
    Apply {
        /// The overlay (1.0 or 1.1), YAML or JSON.
        overlay: PathBuf,
        /// The document, or the folder of a specification; by default, the file that `extends` names.
        document: Option<PathBuf>,
        /// Writes the result to a file; JSON if its name ends with `.json`, otherwise YAML.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Checks an overlay; with a document, fails if an action selects nothing in it.
    Check {
        /// The overlay (1.0 or 1.1), YAML or JSON.
        overlay: PathBuf,
        /// The document, or the folder of a specification.
        document: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Release {
    /// Checks manifests, interfaces, licences and dependencies, and compiles every crate from its packed form.
    ///
    /// Uses `cargo deny`, `cargo machete` or `cargo shear`, and `cargo hack` where they are installed.
    Check {
        /// Compiles nothing.
        #[arg(long)]
        no_build: bool,
        /// Fails if a tool is not installed.
        #[arg(long)]
        all_tools: bool,
        /// Also checks the dependencies against the database of advisories, which is fetched.
        #[arg(long)]
        advisories: bool,
        /// Also compiles every pair of features of the libraries, and each tag of the SDKs alone: an hour on two cores.
        #[arg(long, conflicts_with = "no_build")]
        features: bool,
        /// Accepts changes that are not committed.
        #[arg(long)]
        allow_dirty: bool,
    },
    /// Writes a bill of materials of each published crate (CycloneDX, JSON), with `cargo cyclonedx`.
    Sbom {
        /// The folder to write to; by default, `target/sbom`.
        #[arg(long)]
        output: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum ChangelogAction {
    /// Adds a change.
    Add {
        /// A crate, or `workspace`.
        package: String,
        /// Added, Changed, Deprecated, Removed, Fixed or Security.
        kind: String,
        /// What changed, in Markdown.
        text: String,
        /// Programs stop compiling.
        #[arg(long)]
        breaking: bool,
    },
    /// Writes a file for each change of a specification.
    Draft {
        /// A git revision, a folder or a file; the last commit if it is not given.
        old: Option<String>,
        /// The same; the working tree if it is not given.
        new: Option<String>,
        /// The vendors to compare; all if none is given.
        #[arg(long = "vendor")]
        vendors: Vec<String>,
    },
    /// Checks the files, and shows the section that they become.
    Check,
    /// Joins the files into `CHANGELOG.md` under a version, and removes them.
    Release {
        /// The version, such as 0.2.0.
        version: String,
        /// The date, such as 2026-12-31.
        #[arg(long)]
        date: String,
    },
}

fn changelog(action: ChangelogAction) -> anyhow::Result<commands::Output> {
    match action {
        ChangelogAction::Add { package, kind, text, breaking } => {
            commands::changelog::add(&package, &kind, &text, breaking)
        }
        ChangelogAction::Draft { old, new, vendors } => {
            commands::changelog::draft(old.as_deref(), new.as_deref(), &vendors)
        }
        ChangelogAction::Check => commands::changelog::check(),
        ChangelogAction::Release { version, date } => commands::changelog::release(&version, &date),
    }
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    let Arguments { command, json } = Arguments::parse();
    let result = match command {
        Command::Generate { vendors, check } => commands::generate::run(&vendors, check),
        Command::Bench { parts, full, render } => commands::bench::command(&parts, full, render),
        Command::Bundle { vendors, check } => {
            commands::bundle::run(&vendors, check).and_then(|output| output.print(json))
        }
        Command::Import { vendor, files, evidence, from_sandbox, check } => {
            let imported = match evidence.is_empty() {
                true => commands::import::run(&vendor, &files, check),
                false => {
                    let options = commands::evidence::Options { check, from_sandbox };
                    commands::evidence::run(&vendor, &evidence, options)
                }
            };
            imported.and_then(|output| output.print(json))
        }
        Command::Corpus { folder, no_build, jobs, only, output, limit, one } => {
            let options = commands::corpus::Options { no_build, jobs, only, output, limit, one };
            commands::corpus::run(&folder, options).and_then(|output| output.print(json))
        }
        Command::Overlay(Overlay::Apply { overlay, document, output }) => {
            commands::overlay::apply(&overlay, document.as_deref(), output.as_deref())
                .and_then(|output| output.print(json))
        }
        Command::Overlay(Overlay::Check { overlay, document }) => {
            commands::overlay::check(&overlay, document.as_deref())
                .and_then(|output| output.print(json))
        }
        Command::Replay { vendor, folder, old, new } => {
            commands::replay::run(&vendor, &folder, &old, new.as_deref())
                .and_then(|output| output.print(json))
        }
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
        Command::Changelog { action } => changelog(action).and_then(|output| output.print(json)),
        Command::Drift { vendor, files, no_build } => {
            commands::drift::run(&vendor, &files, !no_build).and_then(|output| output.print(json))
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
        Command::NewVendor { vendor, no_build } => {
            commands::new_vendor::run(&vendor, !no_build).and_then(|output| output.print(json))
        }
        Command::Demo => commands::demo::run(),
        Command::Duel { rounds } => commands::duel::run(rounds),
        Command::Peers { peers } => commands::peers::run(&peers),
        Command::Release(Release::Check {
            no_build,
            all_tools,
            advisories,
            features,
            allow_dirty,
        }) => commands::release::check(commands::release::Options {
            no_build,
            all_tools,
            advisories,
            features,
            allow_dirty,
        }),
        Command::Release(Release::Sbom { output }) => {
            let output = output.unwrap_or_else(|| workspace::root().join("target/sbom"));
            commands::release::sbom(&output)
        }
        Command::Startup { write } => commands::startup::run(write),
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
