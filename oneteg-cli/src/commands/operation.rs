//! `oneteg <connection> <operation>`: the operations of a vendor, with a command line made from the catalog.

use std::{ffi::OsString, path::PathBuf, sync::Arc};

use clap::{Arg, ArgAction, Args as _, FromArgMatches as _, error::ErrorKind};
use oneteg_auth::Vendor;

use crate::{
    arguments::{GlobalArguments, OutputArguments},
    catalog::{self, Catalog, Entry},
    client,
    context::Context,
    error::{CliError, nearest},
    operations::{
        arguments, call,
        command::{self, Parsed},
        dry_run::{self, DryRun},
        list,
        send::{self, Ready},
    },
    output::Printer,
};

/// The width of pages without a terminal, and the widest with one.
const WIDTHS: (u16, u16) = (80, 110);

/// `words` is the name of the connection and what follows it.
pub(crate) async fn run(context: &Context, words: Vec<OsString>) -> Result<(), CliError> {
    let mut words = words.into_iter();
    let name = words.next().unwrap_or_default();
    let Some(name) = name.to_str() else {
        return Err(CliError::usage("the name of the connection is not UTF-8"));
    };
    let mut words: Vec<OsString> = words.collect();
    // Where connections are is known before their operations are.
    let global = GlobalArguments { config_dir: config_dir(&words), ..GlobalArguments::default() };
    let context = &context.with(&global)?;
    let vendor = client::load(context, name)?.connector.vendor();
    let catalog = catalog::of(vendor)?;
    let found = words.iter().position(|word| {
        word.to_str().is_some_and(|word| !word.starts_with('-') && catalog.find(word).is_some())
    });
    let Some(entry) = found.and_then(|index| catalog.find(words.remove(index).to_str()?)) else {
        return list(context, name, vendor, catalog, words);
    };
    call(context, name, vendor, catalog, entry, words).await
}

/// The folder of connections, if it is given after the name of one.
fn config_dir(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_str()?.split_once('=') {
            Some(("--config-dir", folder)) => return Some(PathBuf::from(folder)),
            _ if word == "--config-dir" => return words.next().map(PathBuf::from),
            _ => {}
        }
    }
    None
}

/// Lists the operations of a connection, or of one of its tags.
fn list(
    context: &Context,
    name: &str,
    vendor: Vendor,
    catalog: &'static Catalog,
    words: Vec<OsString>,
) -> Result<(), CliError> {
    let command = clap::Command::new("list")
        .bin_name(format!("oneteg {name}"))
        .no_binary_name(true)
        .disable_help_flag(true)
        .override_usage(format!("oneteg {name} <OPERATION> [OPTIONS]"))
        .arg(Arg::new("help").long("help").short('h').action(ArgAction::SetTrue))
        .arg(Arg::new("tag"));
    let command = GlobalArguments::augment_args(OutputArguments::augment_args(command));
    let matches = match command.try_get_matches_from(&words) {
        Ok(matches) => matches,
        Err(error) => {
            // An unknown operation matters more than its options.
            let is_of_operation = matches!(
                error.kind(),
                ErrorKind::UnknownArgument | ErrorKind::TooManyValues | ErrorKind::ArgumentConflict
            );
            let mut typed = words.iter().filter_map(|word| word.to_str());
            let first = typed.find(|word| !word.starts_with('-')).filter(|_| is_of_operation);
            let unknown = first.filter(|word| !catalog.tags.contains_key(*word));
            return Err(match unknown {
                Some(word) => unknown_operation(name, catalog, word),
                None => command::usage_error(&error),
            });
        }
    };
    let parsed = |error: clap::Error| command::usage_error(&error);
    let output = OutputArguments::from_arg_matches(&matches).map_err(parsed)?;
    let context = context.with(&GlobalArguments::from_arg_matches(&matches).map_err(parsed)?)?;
    let tag = matches.get_one::<String>("tag").map(String::as_str);
    if let Some(tag) = tag.filter(|tag| !catalog.tags.contains_key(*tag)) {
        return Err(unknown_operation(name, catalog, tag));
    }
    if output.output.is_some() || output.query.is_some() {
        let mut printer = Printer::new(&context, &output)?;
        printer.page(list::values(vendor, catalog, tag))?;
        return printer.finish();
    }
    let width = context.terminal.width.map_or(WIDTHS.0, |width| width.min(WIDTHS.1));
    send::print_text(&context, &list::page(name, catalog, tag, usize::from(width)))
}

fn unknown_operation(name: &str, catalog: &Catalog, word: &str) -> CliError {
    let error = CliError::not_found(format!("the connection {name} has no operation {word}"));
    let operations = catalog::nearest(catalog, word);
    let tags = nearest(word, catalog.tags.keys().map(String::as_str));
    let similar: Vec<String> =
        operations.iter().chain(&tags).map(|similar| (*similar).to_owned()).collect();
    let list = format!("oneteg {name} lists them");
    match similar.as_slice() {
        [] => error.with_hint(list),
        [one] => error.with_hint(format!("did you mean {one}? {list}")),
        several => error.with_hint(format!("did you mean one of {}? {list}", several.join(", "))),
    }
}

/// Calls an operation.
async fn call(
    context: &Context,
    name: &str,
    vendor: Vendor,
    catalog: &'static Catalog,
    entry: &'static Entry,
    words: Vec<OsString>,
) -> Result<(), CliError> {
    let Some(operation) = catalog::in_sdk(vendor, entry) else {
        return Err(CliError::failure(format!("the SDK has no operation `{}`", entry.name)));
    };
    let arguments = arguments::arguments(catalog, entry, &command::reserved());
    let command = command::command(name, catalog, entry, operation, &arguments);
    let parsed = match command::parse(command, &arguments, words) {
        Ok(parsed) => parsed,
        Err(error) if error.use_stderr() => return Err(command::usage_error(&error)),
        Err(help) => return Ok(help.print()?),
    };
    let Parsed { given, call: options, file, list, output, global } = parsed;
    let context = &context.with(&global)?;
    if entry.deprecated {
        context.warn(format_args!("the vendor has deprecated `{}`", entry.name));
    }
    let call = call::from_words(catalog, entry, &arguments, given)?;
    let ready = Ready {
        entry,
        operation,
        call,
        options: send::options(&options)?,
        list: &list,
        file: &file,
        output: &output,
    };
    if options.dry_run {
        let recorder = Arc::new(DryRun::default());
        let connected = client::connect_dry(context, name, recorder.clone())?;
        let body = dry_run::describe(&ready.call, &arguments);
        let failure = send::prepare(connected.client.runtime(), ready).await;
        return send::print_dry_run(
            context,
            &recorder,
            failure,
            operation.authenticated,
            body,
            &output,
        );
    }
    let connected = client::connect(context, name).await?;
    send::send(context, connected.client.runtime(), ready).await
}
