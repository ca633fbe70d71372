//! Results as table, JSON, NDJSON or CSV, and queries on them.

use std::io::Write;

use serde_json::Value;

use crate::{
    arguments::{OutputArguments, output::OutputFormat},
    context::Context,
    error::CliError,
};

/// Prints the result of a command to standard output: either one [`value`](Self::value), or the pages of a list with
/// [`page`](Self::page). Call [`finish`](Self::finish) at the end.
pub(crate) struct Printer {
    format: OutputFormat,
    out: Box<dyn Write>,
}

impl Printer {
    /// A printer with the options of the command line.
    pub(crate) fn new(context: &Context, arguments: &OutputArguments) -> Result<Self, CliError> {
        let format = arguments.output.unwrap_or(match context.terminal.stdout {
            true => OutputFormat::Table,
            false => OutputFormat::Json,
        });
        Ok(Self { format, out: Box::new(std::io::stdout()) })
    }

    pub(crate) fn format(&self) -> OutputFormat {
        self.format
    }

    /// Prints the whole result. The query is applied to it.
    pub(crate) fn value(&mut self, value: Value) -> Result<(), CliError> {
        Ok(writeln!(self.out, "{value:#}")?)
    }

    /// Prints the next items of a list. The query is applied to the array of the items of each page.
    pub(crate) fn page(&mut self, items: Vec<Value>) -> Result<(), CliError> {
        self.value(Value::Array(items))
    }

    /// Prints what is left, and flushes.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }
}
