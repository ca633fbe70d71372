//! The command line of one operation, made at run time from the catalog.

use std::{collections::BTreeSet, ffi::OsString};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches as _};
use oneteg_http::Operation;

use super::{
    arguments::{self, Argument, JSON, Target},
    call::{Given, is_procedure},
    help,
};
use crate::{
    arguments::{CallArguments, FileArguments, GlobalArguments, ListArguments, OutputArguments},
    catalog::{BodyKind, Catalog, Entry, ResponseKind},
    error::{CliError, reworded},
};

/// The id of the arguments without a flag.
const POSITIONS: &str = "arguments without a flag";

/// What was typed after the name of an operation.
pub(crate) struct Parsed {
    pub(crate) given: Given,
    pub(crate) call: CallArguments,
    pub(crate) file: FileArguments,
    pub(crate) list: ListArguments,
    pub(crate) output: OutputArguments,
    pub(crate) global: GlobalArguments,
}

/// The flags that no argument of an operation may have.
pub(crate) fn reserved() -> BTreeSet<String> {
    let command =
        FileArguments::augment_args(ListArguments::augment_args(with_options(Command::new(""))));
    let long = command.get_arguments().filter_map(Arg::get_long).map(str::to_owned);
    let own = [JSON, arguments::BODY, arguments::FILE, "help", "version"].map(str::to_owned);
    let mut reserved: BTreeSet<String> = long.chain(own).collect();
    // Only operations whose whole body it is have it.
    reserved.remove(arguments::FILE);
    reserved
}

/// The command of an operation, such as `oneteg acme get-folder`.
pub(crate) fn command(
    connection: &str,
    catalog: &Catalog,
    entry: &Entry,
    operation: &Operation,
    arguments: &[Argument],
) -> Command {
    let name = format!("oneteg {connection} {}", entry.name);
    let mut command = Command::new(name.clone())
        .display_name(name.clone())
        .bin_name(name)
        .no_binary_name(true)
        .disable_help_flag(true)
        .override_usage(help::usage(connection, entry, arguments))
        .after_help(help::notes(connection, catalog, entry, operation, arguments))
        .arg(Arg::new(POSITIONS).num_args(0..).hide(true).allow_negative_numbers(true));
    let mut names: BTreeSet<String> = reserved();
    names.extend(arguments.iter().map(|argument| argument.flag.clone()));
    for argument in arguments {
        command = command.arg(flag(catalog, entry, argument, &mut names));
    }
    if is_procedure(entry) || takes_json(entry) {
        let (heading, what) = match is_procedure(entry) {
            true => (PARAMETERS_HEADING, "All parameters, as an object with their names"),
            false => (BODY_HEADING, "The body; flags set members of it"),
        };
        let help = format!("{what}: JSON, @FILE, or - for standard input");
        let json = Arg::new(JSON).long(JSON).value_name("JSON").help(help).help_heading(heading);
        command = command.arg(json.allow_negative_numbers(true));
    }
    if operation.pagination.is_some() {
        command = ListArguments::augment_args(command);
    }
    if entry.response.kind == ResponseKind::File {
        command = FileArguments::augment_args(command);
    }
    // Last: the groups of options have descriptions too, which would replace it.
    with_options(command).about(help::about(entry))
}

const PARAMETERS_HEADING: &str = "Parameters";
const BODY_HEADING: &str = "Body";

fn takes_json(entry: &Entry) -> bool {
    let kind = entry.body.as_ref().map(|body| body.kind);
    matches!(kind, Some(BodyKind::Json | BodyKind::Form | BodyKind::Multipart))
}

/// The options that every operation has.
fn with_options(command: Command) -> Command {
    let command = CallArguments::augment_args(command);
    let command = OutputArguments::augment_args(command);
    // One page for both: the long form would need three lines for each option.
    let help = Arg::new("help").long("help").short('h').action(ArgAction::HelpShort);
    GlobalArguments::augment_args(command).arg(help.help("Prints this page"))
}

fn flag(
    catalog: &Catalog,
    entry: &Entry,
    argument: &Argument,
    names: &mut BTreeSet<String>,
) -> Arg {
    let heading = match argument.target {
        _ if argument.positional => "Arguments",
        Target::Parameter(_) => PARAMETERS_HEADING,
        Target::Member(_) | Target::Body => BODY_HEADING,
    };
    let mut flag = Arg::new(id(argument))
        .long(argument.flag.clone())
        .value_name(help::value_name(argument))
        .help(help::of_argument(catalog, entry, argument))
        .help_heading(heading)
        .allow_negative_numbers(true);
    // As the vendor and the SDK write it.
    for alias in [argument.name.clone(), argument.flag.replace('-', "_")] {
        let is_usable = !alias.is_empty() && !alias.starts_with('-') && !alias.contains(['=', ' ']);
        if is_usable && names.insert(alias.clone()) {
            flag = flag.alias(alias);
        }
    }
    if argument.shape.is_boolean() {
        flag = flag.num_args(0..=1).require_equals(true).default_missing_value("true");
    }
    // Repeated even for single values: the error then names the type as well.
    flag.action(ArgAction::Append)
}

/// Apart from the ids of options.
fn id(argument: &Argument) -> String {
    format!("argument {}", argument.flag)
}

/// Takes apart what was typed after the name of an operation.
///
/// # Errors
/// `clap`'s: also a request for help is one.
pub(crate) fn parse(
    command: Command,
    arguments: &[Argument],
    words: Vec<OsString>,
) -> Result<Parsed, clap::Error> {
    let matches = command.try_get_matches_from(words)?;
    let words = |id: &str| -> Option<Vec<String>> {
        let found = matches.try_get_many::<String>(id).ok().flatten()?;
        Some(found.cloned().collect())
    };
    let flags = arguments
        .iter()
        .filter_map(|argument| Some((argument.flag.clone(), words(&id(argument))?)));
    let given = Given {
        flags: flags.collect(),
        positions: words(POSITIONS).unwrap_or_default(),
        json: words(JSON).and_then(|json| json.into_iter().next()),
    };
    Ok(Parsed {
        given,
        call: CallArguments::from_arg_matches(&matches)?,
        file: optional(&matches, "to"),
        list: optional(&matches, "all"),
        output: OutputArguments::from_arg_matches(&matches)?,
        global: GlobalArguments::from_arg_matches(&matches)?,
    })
}

/// Options that only some operations have; `id` is one of them.
fn optional<T: clap::FromArgMatches + Default>(matches: &ArgMatches, id: &str) -> T {
    match matches.ids().any(|found| found.as_str() == id) || matches.try_contains_id(id).is_ok() {
        true => T::from_arg_matches(matches).unwrap_or_default(),
        false => T::default(),
    }
}

/// A message of `clap` as an error of this program.
pub(crate) fn usage_error(error: &clap::Error) -> CliError {
    let shown = reworded(error, &[]).unwrap_or_else(|| error.to_string());
    let shown = shown.strip_prefix("error: ").unwrap_or(&shown);
    let (message, hint) = shown.split_once('\n').unwrap_or((shown, ""));
    let lines = hint.lines().map(str::trim).filter(|line| !line.is_empty());
    CliError::usage(message).with_hint(lines.collect::<Vec<_>>().join("\n"))
}
