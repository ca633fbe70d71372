//! A call: the arguments of an operation, checked and with their types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    arguments::{Argument, Target, kebab},
    schema::{self, Kind},
    values::{self, FileArgument},
};
use crate::{
    catalog::{BodyKind, Catalog, Entry, Place},
    error::{CliError, nearest},
};

/// A call of an operation. It has no `Debug` output: arguments may be passwords.
#[derive(Clone)]
pub(crate) struct Call {
    /// The values of the parameters, in the order of the operation.
    pub(crate) parameters: Vec<Option<Value>>,
    pub(crate) body: CallBody,
}

/// The body of a call.
#[derive(Clone)]
pub(crate) enum CallBody {
    None,
    /// JSON, the fields of a form, or a string.
    Value(Value),
    Multipart(Vec<(String, Part)>),
    File(FileArgument),
}

/// A part of a multipart form.
#[derive(Clone)]
pub(crate) enum Part {
    Value(Value),
    File(FileArgument),
}

/// What was typed.
#[derive(Default)]
pub(crate) struct Given {
    /// The values of flags, by the name of the flag.
    pub(crate) flags: BTreeMap<String, Vec<String>>,
    /// The arguments without a flag.
    pub(crate) positions: Vec<String>,
    /// The argument of `--json`.
    pub(crate) json: Option<String>,
}

/// Builds a call from what was typed.
///
/// # Errors
/// A usage error that names what is missing, superfluous or of another type.
pub(crate) fn from_words(
    catalog: &Catalog,
    entry: &Entry,
    arguments: &[Argument],
    given: Given,
) -> Result<Call, CliError> {
    let Given { mut flags, positions, json } = given;
    place(arguments, positions, &mut flags)?;
    let json = json.map(|json| values::json("json", &json, false, false)).transpose()?;
    let mut call = Call { parameters: vec![None; entry.parameters.len()], body: CallBody::None };
    // The parameters of a procedure are its body.
    let json = match json {
        Some(json) if is_procedure(entry) => {
            named_parameters(entry, json, &mut call)?;
            None
        }
        json => json,
    };
    let mut members = Members::default();
    for argument in arguments {
        let Some(words) = flags.remove(&argument.flag) else { continue };
        if let Target::Parameter(index) = argument.target {
            let value = parsed(argument, &words)?;
            // A flag that is left out.
            call.parameters[index] = (!value.is_null()).then_some(value);
        } else {
            members.add(argument, &words)?;
        }
    }
    call.body = body(catalog, entry, json, members)?;
    check_parameters(entry, arguments, &call)?;
    Ok(call)
}

/// Builds a call from values by the names of its arguments: those of the flags, or of the vendor. The body is the
/// member `body`. Files cannot be sent this way.
///
/// # Errors
/// A usage error that names what is missing or superfluous.
pub(crate) fn from_values(
    catalog: &Catalog,
    entry: &Entry,
    arguments: &[Argument],
    given: Map<String, Value>,
) -> Result<Call, CliError> {
    from_values_and_files(catalog, entry, arguments, given, Vec::new())
}

/// The same with files, by the names of the parts of the form.
///
/// # Errors
/// As [`from_values`].
pub(crate) fn from_values_and_files(
    catalog: &Catalog,
    entry: &Entry,
    arguments: &[Argument],
    mut given: Map<String, Value>,
    files: Vec<(String, FileArgument)>,
) -> Result<Call, CliError> {
    let mut call = Call { parameters: vec![None; entry.parameters.len()], body: CallBody::None };
    for argument in arguments {
        let Target::Parameter(index) = argument.target else { continue };
        let snake = argument.flag.replace('-', "_");
        let names = [&argument.name, &argument.flag, &snake];
        let value = names.into_iter().find_map(|name| given.remove(name));
        call.parameters[index] = value
            .filter(|value| !value.is_null())
            .map(|value| match (&argument.shape.kind, value) {
                (Kind::FlagNumber, Value::Bool(flag)) => Some(Value::from(u8::from(flag))),
                (Kind::FlagPresence, Value::Bool(flag)) => flag.then(|| Value::from(1)),
                (_, value) => Some(value),
            })
            .unwrap_or_default();
    }
    let json = entry.body.as_ref().and_then(|_| given.remove("body"));
    if let Some(unknown) = given.keys().next() {
        let known =
            arguments.iter().filter(|argument| matches!(argument.target, Target::Parameter(_)));
        let mut known: Vec<&str> = known.map(|argument| argument.name.as_str()).collect();
        known.extend(entry.body.as_ref().map(|_| "body"));
        return Err(unknown_name("argument", unknown, &known));
    }
    call.body = body(catalog, entry, json, Members { files, ..Members::default() })?;
    check_parameters(entry, arguments, &call)?;
    Ok(call)
}

/// Gives each argument without a flag to the first argument that still lacks a value.
fn place(
    arguments: &[Argument],
    positions: Vec<String>,
    flags: &mut BTreeMap<String, Vec<String>>,
) -> Result<(), CliError> {
    let mut open = arguments
        .iter()
        .filter(|argument| argument.positional && !flags.contains_key(&argument.flag))
        .collect::<Vec<_>>()
        .into_iter();
    let mut list: Option<&Argument> = None;
    for (index, word) in positions.into_iter().enumerate() {
        let Some(argument) = list.or_else(|| open.next()) else {
            let names: Vec<String> = arguments
                .iter()
                .filter(|argument| argument.positional)
                .map(|argument| format!("<{}>", argument.placeholder()))
                .collect();
            let takes = match names.as_slice() {
                [] => "it takes none without a flag".to_owned(),
                names => format!("it takes {}", names.join(" ")),
            };
            // Perhaps a secret that lacks its flag.
            let shown = match arguments.iter().any(|argument| argument.secret) {
                true => format!("{} (not shown, because it may be a secret)", index + 1),
                false => format!("`{word}`"),
            };
            let message = format!("unexpected argument {shown}: {takes}");
            return Err(CliError::usage(message).with_hint("add --help to see its arguments"));
        };
        flags.entry(argument.flag.clone()).or_default().push(word);
        list = argument.shape.many.then_some(argument);
    }
    Ok(())
}

/// The value of an argument that was given with these words.
fn parsed(argument: &Argument, words: &[String]) -> Result<Value, CliError> {
    if argument.shape.many {
        return words.iter().map(|word| values::parse(argument, word)).collect();
    }
    match words {
        [word] => values::parse(argument, word),
        _ => Err(CliError::usage(format!("--{} is given more than once", argument.flag))),
    }
}

/// What flags give of a body.
#[derive(Default)]
struct Members {
    whole: Option<Value>,
    file: Option<FileArgument>,
    values: Vec<(String, Value)>,
    files: Vec<(String, FileArgument)>,
}

impl Members {
    fn add(&mut self, argument: &Argument, words: &[String]) -> Result<(), CliError> {
        let files = || words.iter().map(|word| FileArgument::parse(word));
        match (&argument.target, &argument.shape.kind) {
            (Target::Member(name), Kind::File) => {
                self.files.extend(files().map(|file| (name.clone(), file)));
            }
            (Target::Member(name), _) => {
                self.values.push((name.clone(), parsed(argument, words)?));
            }
            (_, Kind::File) => self.file = files().next_back(),
            _ => self.whole = Some(parsed(argument, words)?),
        }
        Ok(())
    }
}

fn body(
    catalog: &Catalog,
    entry: &Entry,
    json: Option<Value>,
    members: Members,
) -> Result<CallBody, CliError> {
    let Some(body) = &entry.body else {
        return match json {
            None => Ok(CallBody::None),
            Some(_) => Err(CliError::usage(format!("{} has no body", entry.name))),
        };
    };
    let missing = |what: &str| -> Result<CallBody, CliError> {
        if body.required {
            return Err(CliError::usage(format!("the body is missing; give {what}")));
        }
        Ok(CallBody::None)
    };
    if body.kind == BodyKind::Upload {
        return match members.file {
            Some(file) => Ok(CallBody::File(file)),
            None => missing("a file with --file"),
        };
    }
    if members.whole.is_some() || body.kind == BodyKind::Text {
        return match members.whole.or(json) {
            Some(value) => Ok(CallBody::Value(value)),
            None => missing("it with --body"),
        };
    }
    if !schema::is_object(catalog, &body.schema) {
        let what = match schema::shape(catalog, &body.schema).is_plain() {
            true => "it with --body or --json",
            false => "it with --json",
        };
        return json.map_or_else(|| missing(what), |json| Ok(CallBody::Value(json)));
    }
    let nothing = json.is_none() && members.values.is_empty() && members.files.is_empty();
    if nothing && !body.required {
        return Ok(CallBody::None);
    }
    let mut object = match json.unwrap_or_else(|| Value::Object(Map::new())) {
        Value::Object(object) => object,
        // Another form of a union, such as a list.
        other if members.values.is_empty() && body.kind == BodyKind::Json => {
            return Ok(CallBody::Value(other));
        }
        _ => return Err(CliError::usage("--json: the body is an object")),
    };
    object.extend(members.values);
    let is_missing = |name: &str| {
        !object.contains_key(name) && !members.files.iter().any(|(file, _)| file == name)
    };
    let known = schema::members(catalog, &body.schema);
    if let Some(member) = known.iter().find(|member| member.required && is_missing(&member.name)) {
        let message = format!("the body lacks `{}`", member.name);
        let flag = kebab(&member.name);
        return Err(CliError::usage(message)
            .with_hint(format!("set it with --{flag}, or give the body with --json")));
    }
    if body.kind != BodyKind::Multipart {
        return Ok(CallBody::Value(Value::Object(object)));
    }
    // In the order of the specification; parts that it lacks follow.
    let mut parts = Vec::new();
    let mut files = members.files;
    for name in &body.order {
        let of_name = files.extract_if(.., |(file, _)| file == name);
        parts.extend(of_name.map(|(name, file)| (name, Part::File(file))));
        parts.extend(object.remove(name).map(|value| (name.clone(), Part::Value(value))));
    }
    parts.extend(files.into_iter().map(|(name, file)| (name, Part::File(file))));
    parts.extend(object.into_iter().map(|(name, value)| (name, Part::Value(value))));
    Ok(CallBody::Multipart(parts))
}

/// Whether an operation is a remote procedure.
pub(crate) fn is_procedure(entry: &Entry) -> bool {
    entry.parameters.iter().any(|parameter| parameter.place == Place::Procedure)
}

/// Sets the parameters of a procedure from an object with their names.
fn named_parameters(entry: &Entry, json: Value, call: &mut Call) -> Result<(), CliError> {
    let Value::Object(object) = json else {
        let message = "--json: the parameters of a procedure are an object with their names";
        return Err(CliError::usage(message));
    };
    for (name, value) in object {
        let index = entry.parameters.iter().position(|parameter| parameter.name == name);
        let Some(index) = index else {
            let known: Vec<&str> = entry.parameters.iter().map(|p| p.name.as_str()).collect();
            return Err(unknown_name("parameter", &name, &known));
        };
        call.parameters[index] = (!value.is_null()).then_some(value);
    }
    Ok(())
}

fn check_parameters(entry: &Entry, arguments: &[Argument], call: &Call) -> Result<(), CliError> {
    for argument in arguments {
        let Target::Parameter(index) = argument.target else { continue };
        if entry.parameters[index].required && call.parameters[index].is_none() {
            let message = match argument.positional {
                true => format!("<{}> is missing", argument.placeholder()),
                false => format!("--{} is missing", argument.flag),
            };
            let hint = format!("{}: {}", argument.name, argument.description);
            return Err(CliError::usage(message).with_hint(hint));
        }
    }
    Ok(())
}

fn unknown_name(what: &str, name: &str, known: &[&str]) -> CliError {
    let error = CliError::usage(format!("there is no {what} `{name}`"));
    match nearest(name, known.iter().copied()).first() {
        Some(nearest) => error.with_hint(format!("did you mean {nearest}?")),
        None if known.is_empty() => error,
        None => error.with_hint(format!("known: {}", known.join(", "))),
    }
}
