//! `oneteg connection import`.

use std::{
    collections::BTreeSet,
    io::Read as _,
    path::{Path, PathBuf},
};

use oneteg_auth::{Authentication, Connection, ProfileError, SecretSource};
use zeroize::Zeroizing;

use super::{
    add::{anchored, next_step, store},
    check_name,
};
use crate::{arguments::connection::ImportArguments, context::Context, error::CliError};

/// Far more than any connection needs.
const MAX_BYTES: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, arguments: &ImportArguments) -> Result<(), CliError> {
    if arguments.name.is_some() && arguments.files.len() > 1 {
        return Err(CliError::usage("--name is for a single file"));
    }
    let existing = context.profiles.list()?;
    let mut connections = Vec::new();
    let mut names = BTreeSet::new();
    for file in &arguments.files {
        let name = name(arguments, file)?;
        check_name(context, &name)?;
        if !arguments.replace && existing.contains(&name) {
            return Err(ProfileError::Exists { name }.into());
        }
        if !names.insert(name.clone()) {
            return Err(CliError::usage(format!("two of the files are named {name}")));
        }
        connections.push((name, read(file)?));
    }
    // Everything was read and checked, so that a mistake in one file adds none.
    for (name, connection) in &connections {
        store(context, name, connection, arguments.replace)?;
        context
            .note(format_args!("Added the connection {name} ({}).", connection.connector.vendor()));
        for reference in references(connection) {
            // The author of the file chose what this machine reads and which server gets it.
            context.note(format_args!("  It reads {reference} at each use."));
        }
        context.note(next_step(name, connection));
    }
    Ok(())
}

fn name(arguments: &ImportArguments, file: &Path) -> Result<String, CliError> {
    if let Some(name) = &arguments.name {
        return Ok(name.clone());
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "-");
    stem.map(str::to_owned).ok_or_else(|| {
        CliError::usage(format!("{} has no name for the connection", file.display()))
            .with_hint("add --name NAME")
    })
}

fn read(file: &Path) -> Result<Connection, CliError> {
    let document = document(file)?;
    let is_json = document.trim_start().starts_with('{');
    let read =
        if is_json { Connection::from_json(&document) } else { Connection::from_toml(&document) };
    let wrong = |error| CliError::usage(format!("{}: {error}", file.display()));
    let mut connection = read.map_err(wrong)?;
    if let Some(key) = connection.subscription_key.take() {
        connection.subscription_key = Some(anchored(key)?);
    }
    match &mut connection.authentication {
        Authentication::ApiKey { api_key } => *api_key = anchored(api_key.clone())?,
        Authentication::OAuth(oauth) => {
            oauth.client_secret = oauth.client_secret.take().map(anchored).transpose()?;
        }
        _ => {}
    }
    connection.validate().map_err(wrong)?;
    Ok(connection)
}

fn document(file: &Path) -> Result<Zeroizing<String>, CliError> {
    let mut document = Zeroizing::new(String::with_capacity(MAX_BYTES as usize + 1));
    let mut limited: Box<dyn std::io::Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock().take(MAX_BYTES + 1))
    } else {
        let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
        Box::new(opened.take(MAX_BYTES + 1))
    };
    limited.read_to_string(&mut document).map_err(|error| unreadable(file, &error))?;
    if document.len() as u64 > MAX_BYTES {
        return Err(CliError::usage(format!("{} is larger than any settings", file.display())));
    }
    Ok(document)
}

fn unreadable(file: &Path, error: &std::io::Error) -> CliError {
    let message = format!("{} cannot be read: {error}", file.display());
    match error.kind() {
        std::io::ErrorKind::NotFound => CliError::not_found(message),
        _ => CliError::failure(message),
    }
}

/// The variables and files that a connection reads.
fn references(connection: &Connection) -> Vec<String> {
    connection
        .secrets()
        .filter_map(|(_, source)| match source {
            SecretSource::Env(name) => Some(format!("the variable {name}")),
            SecretSource::File(path) => Some(format!("the file {}", PathBuf::from(path).display())),
            _ => None,
        })
        .collect()
}
