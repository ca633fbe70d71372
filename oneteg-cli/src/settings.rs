//! The settings file of `oneteg`: `settings.toml` in the folder of profiles. It chooses where OAuth sessions are kept.
//!
//! ```toml
//! [sessions]                            # of all connections
//! store = "postgres"                    # file (the default), keyring, redis or postgres
//! url = "env:ONETEG_SESSIONS_URL"       # of the database; may also be file:PATH
//! key = "file:/etc/oneteg/sessions.key" # 64 hexadecimal digits; by default sessions.key in the folder
//! ca = "/etc/oneteg/database-ca.pem"    # certificates to trust besides the platform's
//!
//! [connections.acme.sessions]           # of one connection, instead of the above
//! store = "keyring"
//! ```
//!
//! Messages name settings and lines, and quote no value, which may be a secret.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use oneteg_auth::SecretSource;
use toml::{Table, Value};
use zeroize::Zeroizing;

use crate::error::{CliError, nearest};

const FILE: &str = "settings.toml";
/// Far more than any settings need.
const MAX_BYTES: u64 = 256 * 1024;

/// The settings of `oneteg`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    sessions: SessionSettings,
    connections: BTreeMap<String, SessionSettings>,
}

/// Where sessions are kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionSettings {
    pub(crate) kind: StoreKind,
    /// The URL of the database.
    pub(crate) url: Option<SecretSource>,
    /// The key that seals sessions in a database, instead of that in the folder.
    pub(crate) key: Option<SecretSource>,
    /// Keys that sealed sessions earlier.
    pub(crate) old_keys: Vec<SecretSource>,
    /// A file with certificates to trust.
    pub(crate) ca: Option<PathBuf>,
}

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StoreKind {
    /// Sealed files in the folder; the key is a file too.
    #[default]
    File,
    /// The same, with the key in the keyring of the operating system.
    Keyring,
    Redis,
    Postgres,
}

impl StoreKind {
    const ALL: [Self; 4] = [Self::File, Self::Keyring, Self::Redis, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
            Self::Redis => "redis",
            Self::Postgres => "postgres",
        }
    }
}

impl Settings {
    /// Reads the settings file of a folder; the defaults if there is none.
    ///
    /// # Errors
    /// The first thing that is wrong with the file: its settings, or who may read or write it.
    pub(crate) fn load(folder: &Path) -> Result<Self, CliError> {
        let path = folder.join(FILE);
        let Some(document) = read(&path)? else { return Ok(Self::default()) };
        let settings = parse(&document, folder)
            .map_err(|wrong| CliError::usage(format!("{}: {wrong}", path.display())))?;
        check_mode(&path, settings.has_inline_secrets())?;
        Ok(settings)
    }

    /// Where the sessions of a connection are kept.
    pub(crate) fn sessions(&self, connection: &str) -> &SessionSettings {
        self.connections.get(connection).unwrap_or(&self.sessions)
    }

    /// The settings of all connections together, then those of single connections.
    pub(crate) fn all_sessions(&self) -> impl Iterator<Item = &SessionSettings> {
        std::iter::once(&self.sessions).chain(self.connections.values())
    }

    fn has_inline_secrets(&self) -> bool {
        self.all_sessions().any(|sessions| {
            let sources = [&sessions.url, &sessions.key].into_iter().flatten();
            sources.chain(&sessions.old_keys).any(|source| !source.is_reference())
        })
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, CliError> {
    use std::io::Read as _;
    let failed =
        |error: io::Error| CliError::failure(format!("{} cannot be read: {error}", path.display()));
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    // Opening a named pipe would wait for a writer.
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(CliError::usage(format!(
            "{} is not a file of at most 256 KiB",
            path.display()
        )));
    }
    let mut document = Zeroizing::new(String::with_capacity(MAX_BYTES as usize + 1));
    let file = std::fs::File::open(path).map_err(failed)?;
    match file.take(MAX_BYTES).read_to_string(&mut document) {
        Ok(_) => Ok(Some(document)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(CliError::usage(format!("{} is not UTF-8 text", path.display())))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Refuses a file that others can change, and one with secrets that others can read.
fn check_mode(path: &Path, has_secrets: bool) -> Result<(), CliError> {
    let mode = std::fs::metadata(path).ok().and_then(|metadata| oneteg_files::mode(&metadata));
    let Some(mode) = mode.map(|mode| mode & 0o777) else { return Ok(()) };
    let refused = if has_secrets { 0o077 } else { 0o022 };
    if mode & refused == 0 {
        return Ok(());
    }
    let access = if mode & 0o022 == 0 { "read" } else { "change" };
    let message = format!("other users can {access} {} (mode {mode:03o})", path.display());
    let replace =
        if has_secrets { ", and replace its secrets if others may have read them" } else { "" };
    Err(CliError::usage(message).with_hint(format!("run chmod 600 on it{replace}")))
}

fn parse(document: &str, folder: &Path) -> Result<Settings, String> {
    let table: Table = toml::from_str(document).map_err(|error| {
        // Not the message of the parser, which quotes the document.
        let before = error.span().and_then(|span| document.get(..span.start)).unwrap_or_default();
        format!("line {} is not TOML", before.matches('\n').count() + 1)
    })?;
    let mut settings = Settings::default();
    for (name, value) in table {
        match name.as_str() {
            "sessions" => settings.sessions = sessions("sessions", value, folder)?,
            "connections" => {
                for (connection, value) in self::table("connections", value)? {
                    let path = format!("connections.{connection}");
                    for (name, value) in self::table(&path, value)? {
                        if name != "sessions" {
                            return Err(unknown(&path, &name, &["sessions"]));
                        }
                        let path = format!("{path}.sessions");
                        let sessions = sessions(&path, value, folder)?;
                        settings.connections.insert(connection.clone(), sessions);
                    }
                }
            }
            _ => return Err(unknown("", &name, &["sessions", "connections"])),
        }
    }
    Ok(settings)
}

fn sessions(path: &str, value: Value, folder: &Path) -> Result<SessionSettings, String> {
    let mut sessions = SessionSettings::default();
    for (name, value) in table(path, value)? {
        let at = format!("{path}.{name}");
        match name.as_str() {
            "store" => sessions.kind = kind(&at, &text(&at, value)?)?,
            "url" => sessions.url = Some(secret(&at, value, folder)?),
            "key" => sessions.key = Some(secret(&at, value, folder)?),
            "old_keys" => {
                let Value::Array(keys) = value else { return Err(format!("{at} must be a list")) };
                for key in keys {
                    sessions.old_keys.push(secret(&at, key, folder)?);
                }
            }
            "ca" => sessions.ca = Some(folder.join(text(&at, value)?.as_str())),
            _ => return Err(unknown(path, &name, &["store", "url", "key", "old_keys", "ca"])),
        }
    }
    let is_database = matches!(sessions.kind, StoreKind::Redis | StoreKind::Postgres);
    match (is_database, &sessions.url) {
        (true, None) => Err(format!("{path} needs the url of the database")),
        (false, Some(_)) => Err(format!("{path}.url is for the stores redis and postgres")),
        _ => Ok(sessions),
    }
}

fn kind(at: &str, given: &str) -> Result<StoreKind, String> {
    let known = StoreKind::ALL.into_iter().find(|kind| kind.name() == given);
    known.ok_or_else(|| {
        format!("{at} must be one of {}", StoreKind::ALL.map(StoreKind::name).join(", "))
    })
}

fn table(at: &str, value: Value) -> Result<Table, String> {
    match value {
        Value::Table(table) => Ok(table),
        _ => Err(format!("{at} must be a table of settings")),
    }
}

fn text(at: &str, value: Value) -> Result<Zeroizing<String>, String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(Zeroizing::new(text)),
        _ => Err(format!("{at} must be text in quotes")),
    }
}

/// A secret; a file is relative to the folder of the settings.
fn secret(at: &str, value: Value, folder: &Path) -> Result<SecretSource, String> {
    Ok(match SecretSource::from(text(at, value)?.as_str()) {
        SecretSource::File(path) => SecretSource::File(folder.join(path)),
        other => other,
    })
}

fn unknown(path: &str, name: &str, known: &[&str]) -> String {
    let place = if path.is_empty() { "the file".to_owned() } else { path.to_owned() };
    // The name is not shown: it may be a secret in the wrong place.
    match nearest(name, known.iter().copied()).first() {
        Some(similar) => format!("{place} has an unknown setting; did you mean {similar}?"),
        None => format!("{place} has an unknown setting; it may have {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(document: &str) -> Result<Settings, String> {
        parse(document, Path::new("/folder"))
    }

    #[test]
    fn a_connection_may_have_another_store_than_the_rest() {
        let settings = of(r#"
            [sessions]
            store = "redis"
            url = "env:SESSIONS_URL"
            key = "file:shared.key"
            ca = "ca.pem"
            [connections.acme.sessions]
            store = "keyring"
        "#);
        let settings = settings.unwrap();
        assert_eq!(settings.sessions("acme").kind, StoreKind::Keyring);
        let rest = settings.sessions("other");
        assert_eq!(rest.kind, StoreKind::Redis);
        assert!(
            matches!(&rest.key, Some(SecretSource::File(path)) if path == Path::new("/folder/shared.key"))
        );
        assert_eq!(rest.ca.as_deref(), Some(Path::new("/folder/ca.pem")));
        assert!(!settings.has_inline_secrets());
        assert_eq!(of("").unwrap().sessions("acme").kind, StoreKind::File);
    }

    #[test]
    fn a_mistake_is_named_without_the_values() {
        for (document, expected) in [
            (
                "[sessions]\nstore = \"canary\"",
                "sessions.store must be one of file, keyring, redis, postgres",
            ),
            ("[sessions]\nstore = \"redis\"", "sessions needs the url of the database"),
            ("[sessions]\nurl = \"canary\"", "sessions.url is for the stores redis and postgres"),
            (
                "[sessions]\nstroe = \"canary\"",
                "sessions has an unknown setting; did you mean store?",
            ),
            (
                "[sessions]\nmycanary = 1",
                "sessions has an unknown setting; it may have store, url, key, old_keys, ca",
            ),
            (
                "[session]\nstore = \"file\"",
                "the file has an unknown setting; did you mean sessions?",
            ),
            ("[sessions]\nurl = canary", "line 2 is not TOML"),
            ("sessions = \"canary\"", "sessions must be a table of settings"),
            (
                "[connections.acme]\nurl = \"canary\"",
                "connections.acme has an unknown setting; it may have sessions",
            ),
            ("[sessions]\nold_keys = \"canary\"", "sessions.old_keys must be a list"),
        ] {
            let error = of(document).unwrap_err();
            assert_eq!(error, expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_change_or_with_secrets_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let load = |document: &str, mode: u32| {
            std::fs::write(&path, document).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Settings::load(folder.path()).map(drop).map_err(|error| error.to_string())
        };
        let plain = "[sessions]\nstore = \"file\"\n";
        let secret = "[sessions]\nstore = \"redis\"\nurl = \"redis://:canary@db\"\n";
        assert_eq!(load(plain, 0o644), Ok(()));
        assert!(load(plain, 0o664).unwrap_err().contains("other users can change"));
        assert_eq!(load(secret, 0o600), Ok(()));
        let error = load(secret, 0o640).unwrap_err();
        assert!(error.contains("other users can read") && !error.contains("canary"), "{error}");
    }
}
