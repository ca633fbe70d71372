//! The help page of an operation.

use oneteg_http::{Confidence, Operation, PaginationStyle};
use serde_json::Value;

use super::{
    arguments::{Argument, Target},
    example,
    schema::{self, Kind, one_line},
};
use crate::catalog::{Body, BodyKind, Catalog, Entry, ResponseKind};

/// The number of members or values that are listed before the rest is counted.
const MOST_LISTED: usize = 12;

/// The line after `Usage:`.
pub(crate) fn usage(connection: &str, entry: &Entry, arguments: &[Argument]) -> String {
    let mut usage = format!("oneteg {connection} {} [OPTIONS]", entry.name);
    for argument in arguments.iter().filter(|argument| argument.required) {
        let placeholder = argument.placeholder();
        match (argument.positional, &argument.shape) {
            (true, shape) if shape.many => usage.push_str(&format!(" <{placeholder}>...")),
            (true, _) => usage.push_str(&format!(" <{placeholder}>")),
            // A body may also be given as a whole.
            (false, _) if matches!(argument.target, Target::Member(_)) => {}
            (false, _) => {
                usage.push_str(&format!(" --{} <{}>", argument.flag, value_name(argument)))
            }
        }
    }
    usage
}

/// What the operation does.
pub(crate) fn about(entry: &Entry) -> String {
    let summary = entry.summary.trim();
    match entry.description.trim() {
        "" => summary.to_owned(),
        description => format!("{summary}\n\n{}", paragraphs(description)),
    }
}

/// Paragraphs without the line breaks of the specification. Lists stay lists.
fn paragraphs(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let mut lines: Vec<String> = Vec::new();
        for line in paragraph.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let begins_item =
                line.starts_with("* ") || line.starts_with("- ") || line.starts_with('|');
            match lines.last_mut() {
                Some(last) if !begins_item => {
                    last.push(' ');
                    last.push_str(line);
                }
                _ => lines.push(line.to_owned()),
            }
        }
        lines.join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// What a value looks like.
pub(crate) fn value_name(argument: &Argument) -> &'static str {
    match argument.shape.kind {
        Kind::Integer => "INTEGER",
        Kind::Number => "NUMBER",
        Kind::Boolean | Kind::FlagNumber | Kind::FlagPresence => "true|false",
        Kind::String(_) => "TEXT",
        Kind::Uuid => "UUID",
        Kind::DateTime => "DATE-TIME",
        Kind::Date => "DATE",
        Kind::File => "PATH",
        Kind::Json { .. } => "JSON",
    }
}

/// The description of an argument, with what may be given.
pub(crate) fn of_argument(catalog: &Catalog, entry: &Entry, argument: &Argument) -> String {
    let mut help = argument.description.clone();
    let mut add = |sentence: String| {
        if !help.is_empty() {
            help.push_str(if help.ends_with(['.', '!', '?', ':']) { " " } else { ". " });
        }
        help.push_str(&sentence);
    };
    match &argument.shape.kind {
        Kind::String(known) if !known.is_empty() => {
            add(format!("Known values: {}.", listed(known)))
        }
        Kind::Json { .. } => {
            let schema = schema_of(catalog, entry, argument);
            let names = schema.map(|schema| member_names(catalog, &schema)).unwrap_or_default();
            if !names.is_empty() {
                add(format!("Members: {}.", listed(&names)));
            }
        }
        Kind::File => add(
            "A path, or - for standard input; `;type=image/png` and `;filename=a.png` may follow."
                .to_owned(),
        ),
        _ => {}
    }
    let mut notes = Vec::new();
    if argument.required {
        notes.push("required");
    }
    if argument.shape.many {
        notes.push("repeatable");
    }
    if argument.secret {
        notes.push("a secret: env:NAME, file:PATH, or - for a line of standard input");
    }
    if !notes.is_empty() {
        let notes = format!("[{}]", notes.join("; "));
        if help.is_empty() { help = notes } else { help = format!("{help} {notes}") }
    }
    help
}

/// The schema of an argument.
fn schema_of(catalog: &Catalog, entry: &Entry, argument: &Argument) -> Option<Value> {
    let body = entry.body.as_ref().map(|body| &body.schema);
    match &argument.target {
        Target::Parameter(index) => Some(entry.parameters.get(*index)?.schema.clone()),
        Target::Body => body.cloned(),
        Target::Member(name) => {
            let mut members = schema::members(catalog, body?).into_iter();
            members.find(|member| member.name == *name).map(|member| member.schema)
        }
    }
}

/// The names of the members of an object, or of the objects in a list.
fn member_names(catalog: &Catalog, schema: &Value) -> Vec<String> {
    let resolved = catalog.schemas.resolve(schema);
    let object = if resolved["type"] == "array" { &resolved["items"] } else { &resolved };
    schema::members(catalog, object).into_iter().map(|member| member.name).collect()
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_LISTED).map(|name| format!("`{name}`"));
    let mut listed = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MOST_LISTED {
        listed.push_str(&format!(" and {} more", names.len() - MOST_LISTED));
    }
    listed
}

/// What follows the options: body, request, response, evidence and an example.
pub(crate) fn notes(
    connection: &str,
    catalog: &Catalog,
    entry: &Entry,
    operation: &Operation,
    arguments: &[Argument],
) -> String {
    let mut notes = Vec::new();
    if arguments.iter().any(|argument| argument.positional) {
        notes.push("Arguments are given in this order, or by name in any.".to_owned());
    }
    if let Some(body) = &entry.body {
        notes.push(titled("Body", &of_body(catalog, body)));
    }
    let method = match operation.rpc {
        Some(rpc) => {
            format!("{} {} (procedure `{}`)", operation.method, operation.path, rpc.method)
        }
        None => format!("{} {}", operation.method, operation.path),
    };
    let repeat = if operation.idempotent {
        "Idempotent."
    } else {
        "Not idempotent: repeating it may have a second effect."
    };
    let effect = if entry.writes { "Changes data." } else { "Reads only." };
    notes.push(titled("Request", &format!("{method}. {effect} {repeat}")));
    notes.push(titled("Response", &of_response(catalog, entry, operation)));
    let confidence = match operation.evidence.confidence {
        Confidence::Observed => "Seen in the vendor's responses.",
        Confidence::Documented => "Documented by the vendor.",
        Confidence::Corroborated => {
            "Seen in published client code; not confirmed by vendor documentation."
        }
        _ => "Inferred from incomplete evidence.",
    };
    let doubt = one_line(operation.evidence.doubt.unwrap_or_default());
    notes.push(titled("Evidence", format!("{confidence} {doubt}").trim()));
    notes.push(format!("Example:\n{}", example::lines(connection, catalog, entry, arguments)));
    notes.join("\n\n")
}

fn titled(title: &str, text: &str) -> String {
    format!("{title}: {text}")
}

fn of_body(catalog: &Catalog, body: &Body) -> String {
    match body.kind {
        BodyKind::Json | BodyKind::Form => {
            format!("{}, {}", body.media_type, of_schema(catalog, &body.schema))
        }
        _ => format!("{}.", body.media_type),
    }
}

/// A type and the names of its members.
fn of_schema(catalog: &Catalog, schema: &Value) -> String {
    let (name, members) = (schema::type_name(catalog, schema), member_names(catalog, schema));
    match members.is_empty() {
        true => format!("{name}."),
        false => format!("{name} with {}.", listed(&members)),
    }
}

fn of_response(catalog: &Catalog, entry: &Entry, operation: &Operation) -> String {
    let mut response = match (entry.response.kind, &entry.response.schema) {
        (ResponseKind::Empty, _) => "nothing.".to_owned(),
        (ResponseKind::Text, _) => "text.".to_owned(),
        (ResponseKind::File, _) => "a file; see --to.".to_owned(),
        (ResponseKind::Json, Some(schema)) => of_schema(catalog, schema),
        (ResponseKind::Json, None) => "JSON.".to_owned(),
    };
    match operation.pagination.map(|paging| paging.style) {
        Some(PaginationStyle::Single) => response.push_str(" A list without pages."),
        Some(_) => response.push_str(" A list with pages; see --all."),
        None => {}
    }
    response
}
