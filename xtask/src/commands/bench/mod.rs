//! `cargo xtask bench`: everything side by side in one run. The figures are kept in `docs/benchmarks/results.json`; the
//! page `docs/benchmarks.md` and its plots are written from them.
//!
//! | Module | Holds |
//! |---|---|
//! | `results` | the figures, and the machine they were measured on |
//! | `process` | processor time and memory of a command with all its children |
//! | `compile` | what it costs to build clients |
//! | `generation` | what it costs to generate them |
//! | `programs` | the benchmarks of the crates, which print their figures |
//! | `plot` | figures as SVG |
//! | `page` | figures as tables |

mod compile;
mod generation;
mod number;
mod page;
mod plot;
mod process;
mod programs;
mod results;

use std::path::Path;

use crate::workspace;

pub use compile::Subject;
pub use page::{PAGE, render};
pub use results::{RESULTS, Results};

/// A part that can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Builds of the SDKs and of other clients.
    Compile,
    /// Generation of the SDKs.
    Generate,
    /// Calls, transfers and token stores.
    Run,
    /// How time and memory grow.
    Growth,
    /// Start-up and size of `oneteg`.
    Startup,
}

/// `cargo xtask bench`.
///
/// # Errors
/// Those of measuring and writing.
pub fn command(parts: &[Part], full: bool, render: bool) -> anyhow::Result<()> {
    let root = workspace::root();
    match render {
        true => write(&root, &Results::read(&root)?),
        false => run(&root, parts, full),
    }
}

/// Measures the parts, or all of them, and writes figures, page and plots. `full`: with release builds and files of 4 GiB.
///
/// # Errors
/// If something cannot be built, run or written. The parts before it are written.
#[allow(clippy::print_stdout)]
pub fn run(root: &Path, parts: &[Part], full: bool) -> anyhow::Result<()> {
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    let mut results = Results::read(root)?;
    if wanted(Part::Generate) {
        results.generate = Some(results::Measured::here(generation::measure(root)?)?);
        write(root, &results)?;
    }
    if wanted(Part::Compile) {
        results.compile = Some(results::Measured::here(compile::measure(root, full)?)?);
        write(root, &results)?;
    }
    if wanted(Part::Run) {
        results.run = Some(results::Measured::here(programs::figures(root)?)?);
        write(root, &results)?;
        programs::stores(root)?;
    }
    if wanted(Part::Growth) {
        results.growth = Some(results::Measured::here(programs::points(root, full)?)?);
        write(root, &results)?;
    }
    if wanted(Part::Startup) {
        super::startup::run(true)?;
    }
    Ok(())
}

/// Writes the figures, the tables of the page and the plots.
///
/// # Errors
/// If a file cannot be written, or the page has lost the marks around a table.
pub fn write(root: &Path, results: &Results) -> anyhow::Result<()> {
    results.write(root)?;
    for (path, text) in render(root, results)? {
        std::fs::write(root.join(path), text)?;
    }
    Ok(())
}
