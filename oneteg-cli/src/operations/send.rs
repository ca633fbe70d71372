//! Sends a call, and prints the response.

use std::{io::Write as _, time::Duration};

use oneteg_http::{
    ByteStream, CallOptions, Operation, Pager, ResponseValue, Runtime, StatusCode,
    codegen::OperationRequest,
};
use serde_json::Value;

use super::{call::Call, dry_run::DryRun, pages, request, save::Target};
use crate::{
    arguments::{CallArguments, FileArguments, ListArguments, OutputArguments},
    catalog::{Entry, ResponseKind},
    context::Context,
    error::CliError,
    output::{Printer, printable},
};

/// A call that is ready to be sent.
pub(crate) struct Ready<'a> {
    pub(crate) entry: &'static Entry,
    pub(crate) operation: &'static Operation,
    pub(crate) call: Call,
    pub(crate) options: CallOptions,
    pub(crate) list: &'a ListArguments,
    pub(crate) file: &'a FileArguments,
    pub(crate) output: &'a OutputArguments,
}

/// The options of a call from the command line.
///
/// # Errors
/// If a header is not `name: value`.
pub(crate) fn options(arguments: &CallArguments) -> Result<CallOptions, CliError> {
    let mut options = CallOptions::new();
    if let Some(seconds) = arguments.timeout {
        options = options.timeout(Duration::from_secs(seconds));
    }
    for header in &arguments.header {
        let Some((name, value)) = header.split_once(':') else {
            // Not quoted: it may be a secret.
            return Err(CliError::usage("--header: write `name: value`"));
        };
        options = options.header(name.trim(), value.trim());
    }
    Ok(options)
}

/// Sends the call and prints the response.
///
/// # Errors
/// Those of the call, and of printing.
pub(crate) async fn send(
    context: &Context,
    runtime: &Runtime,
    ready: Ready<'_>,
) -> Result<(), CliError> {
    if let Some(pagination) = ready.operation.pagination.filter(|_| ready.list.is_listing()) {
        let Ready { entry, operation, call, options, list, output, .. } = ready;
        let mut printer = Printer::new(context, output)?;
        let pager = pages::pager(runtime.clone(), entry, operation, pagination, call, options);
        let mut pager = with_limits(pager, list);
        while let Some(page) = pager.next_page().await {
            printer.page(page?)?;
        }
        return printer.finish();
    }
    // Before anything is sent: a wrong query must not cost the result of a call that was made.
    if ready.entry.response.kind == ResponseKind::Json {
        Printer::check(ready.output)?;
    } else if ready.output.query.is_some() {
        let message = "--query is for JSON, which this operation does not return";
        return Err(CliError::usage(message).with_hint("leave out --query"));
    }
    // Nothing is requested that could not be kept.
    let target = match ready.entry.response.kind {
        ResponseKind::File => Some(Target::choose(context, ready.file)?),
        _ => None,
    };
    match perform(runtime, &ready).await? {
        Performed::File(bytes) => {
            let Some(target) = target else { return Ok(()) };
            let written = target.write(bytes).await?;
            if let Target::File { path, .. } = &target {
                context.note(format_args!("{}: {written} bytes", path.display()));
            }
            Ok(())
        }
        Performed::Empty(status) => {
            if context.terminal.stderr {
                let name = &ready.entry.name;
                context.note(format_args!("{name}: done (HTTP {})", status.as_u16()));
            }
            Ok(())
        }
        Performed::Text(text) => print_text(context, &text),
        Performed::Json(response) => {
            let mut printer = Printer::new(context, ready.output)?;
            for warning in response.envelope().into_iter().flat_map(|envelope| &envelope.warnings) {
                let text = warning.as_str().map_or_else(|| warning.to_string(), str::to_owned);
                context.warn(printable(&text));
            }
            let (records, value) = (response.total(), response.into_inner());
            print_value(context, &mut printer, ready.operation, records, value)?;
            printer.finish()
        }
    }
}

/// Prints the value of a response: its items as rows, if it is one page of a list and rows are wanted.
fn print_value(
    context: &Context,
    printer: &mut Printer<'_>,
    operation: &Operation,
    records: Option<u64>,
    value: Value,
) -> Result<(), CliError> {
    let Some(pagination) = operation.pagination.filter(|_| printer.prints_rows()) else {
        return printer.value(value);
    };
    match pages::items(value, &pagination) {
        Err(value) => printer.value(value),
        Ok((items, total)) => {
            let count = items.len() as u64;
            printer.page(items)?;
            if let Some(total) = total.or(records).filter(|total| *total > count) {
                context.note(format_args!("{count} of {total} items; --all requests the others"));
            }
            Ok(())
        }
    }
}

/// A successful response.
pub(crate) enum Performed {
    Empty(StatusCode),
    Json(ResponseValue<Value>),
    Text(String),
    File(ByteStream),
}

/// Sends one request and reads its response; the bytes of a file are still to be read.
///
/// # Errors
/// Those of the call.
pub(crate) async fn perform(runtime: &Runtime, ready: &Ready<'_>) -> Result<Performed, CliError> {
    let request = built(ready)?;
    Ok(match ready.entry.response.kind {
        ResponseKind::Empty => Performed::Empty(runtime.empty(request).await?.status()),
        ResponseKind::Json => Performed::Json(runtime.json(request).await?),
        ResponseKind::Text => Performed::Text(runtime.text(request).await?.into_inner()),
        ResponseKind::File => Performed::File(runtime.stream(request).await?.into_inner()),
    })
}

fn built(ready: &Ready<'_>) -> Result<Box<OperationRequest>, CliError> {
    request::build(ready.entry, ready.operation, &ready.call, ready.options.clone())
}

/// Makes the call of a dry run, which an interceptor ends.
///
/// # Errors
/// Always: that of the interceptor, or an earlier one.
pub(crate) async fn prepare(runtime: &Runtime, ready: Ready<'_>) -> Result<(), CliError> {
    if let Some(pagination) = ready.operation.pagination.filter(|_| ready.list.is_listing()) {
        let Ready { entry, operation, call, options, list, .. } = ready;
        let pager = pages::pager(runtime.clone(), entry, operation, pagination, call, options);
        let mut pager = with_limits(pager, list);
        return pager.next_page().await.transpose().map(drop).map_err(CliError::from);
    }
    runtime.empty(built(&ready)?).await.map(drop).map_err(CliError::from)
}

/// Prints the request that a dry run has kept.
///
/// # Errors
/// The failure of the call, if it ended before there was a request.
pub(crate) fn print_dry_run(
    context: &Context,
    recorder: &DryRun,
    call: Result<(), CliError>,
    authenticated: bool,
    body: Option<String>,
    output: &OutputArguments,
) -> Result<(), CliError> {
    let Some(mut request) = recorder.take() else { return call };
    request.complete(authenticated, body);
    if output.output.is_none() && output.query.is_none() {
        return print_text(context, &request.text());
    }
    let mut printer = Printer::new(context, output)?;
    printer.value(request.value())?;
    printer.finish()
}

fn with_limits(mut pager: Pager<Value>, list: &ListArguments) -> Pager<Value> {
    if let Some(size) = list.page_size {
        pager = pager.page_size(size);
    }
    if let Some(limit) = list.limit {
        pager = pager.limit(limit);
    }
    pager
}

/// Writes bytes of a server to standard output, which is no terminal.
///
/// # Errors
/// Those of writing.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Prints text of a server to standard output.
///
/// # Errors
/// Those of writing.
pub(crate) fn print_text(context: &Context, text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match context.terminal.stdout {
        true => writeln!(out, "{}", shown(text.trim_end()))?,
        false => out.write_all(text.as_bytes())?,
    }
    Ok(out.flush()?)
}

/// Lines of text without what a terminal would obey.
fn shown(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line = line.trim_end_matches('\r');
        line.split('\t').map(printable).collect::<Vec<_>>().join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_obey_nothing_that_a_server_sent() {
        assert_eq!(shown("a\tb\r\n\u{1b}[2Jc\u{9b}d"), "a\tb\n\\u{1b}[2Jc\\u{9b}d");
    }

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let of = |header: &str| {
            options(&CallArguments { header: vec![header.to_owned()], ..CallArguments::default() })
        };
        assert!(of("As: 12").is_ok());
        let error = of("canary").unwrap_err();
        assert!(!error.to_string().contains("canary"));
    }
}
