//! Profiles: connections kept as files in the user's configuration folder, so that programs and command-line
//! tools name a connection instead of asking for its settings.
//!
//! | Path below the folder | Holds | Mode |
//! |---|---|---|
//! | `connections/acme.toml` | the profile `acme`: the settings of one [`Connection`] | 0600 |
//! | `sessions/` | the OAuth sessions of all profiles, sealed, in a [`FileStore`](crate::FileStore) | 0700 |
//! | `sessions.key` | the key that seals them, generated at first use | 0600 |
//!
//! The folder is `$ONETEG_CONFIG_DIR` if that is set, else `oneteg` in the platform's folder:
//! `$XDG_CONFIG_HOME` or `~/.config` on Linux, `~/Library/Application Support` on macOS, the roaming
//! application data on Windows.
//!
//! A file is written under a temporary name, synced and renamed, so a crash leaves the old file or the new one.

mod name;
mod private_file;
#[cfg(feature = "oauth")]
mod sessions;

#[cfg(feature = "oauth")]
use std::sync::Arc;
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy as _;

use crate::{
    Connection, ConnectionError, Credential, ProfileError, ResolvedConnection, Vendor,
    connection::nearest,
};
#[cfg(feature = "oauth")]
use crate::{FileStore, SealingKeys};

/// Names the folder of profiles, instead of the platform's.
const VARIABLE: &str = "ONETEG_CONFIG_DIR";
const CONNECTIONS: &str = "connections";
const EXTENSION: &str = "toml";
/// Far more than any connection needs.
const MAX_BYTES: u64 = 64 * 1024;

/// The profiles of a user: connections by name, in the user's configuration folder.
///
/// A profile holds what [`Connection::to_toml`] writes. It may contain secrets, or name variables and files
/// that do (`env:NAME`, `file:PATH`). Either way, a file that other users can read is refused. All methods
/// block for the time of a few file operations.
///
/// ```no_run
/// use oneteg_auth::{Authentication, Connection, Connector, Profiles, Vendor};
///
/// let profiles = Profiles::open()?;
/// let mut connection =
///     Connection::new("Acme", Connector::NETX_V1_0, Authentication::api_key("env:ACME_API_KEY"));
/// connection.endpoint_url = Some("https://acme.netx.net".into());
/// profiles.add("acme", &connection)?;
/// assert_eq!(profiles.list()?, ["acme"]);
///
/// // Later, in any program of the same user:
/// let connection = profiles.resolve("acme", Vendor::NetX)?;
/// let credential = profiles.credential(&connection)?;
/// # let _ = credential;
/// # Ok::<(), oneteg_auth::ProfileError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Profiles {
    folder: PathBuf,
    /// `None`: the key in the folder.
    #[cfg(feature = "oauth")]
    keys: Option<SealingKeys>,
}

impl Profiles {
    /// The profiles of the user who runs this program: `$ONETEG_CONFIG_DIR`, or `oneteg` in the platform's
    /// configuration folder. Reads and creates nothing yet.
    ///
    /// # Errors
    /// [`ProfileError::NoFolder`] if the variable is not set and the user has no home folder.
    pub fn open() -> Result<Self, ProfileError> {
        chosen_folder(std::env::var_os(VARIABLE), platform_folder).map(Self::in_folder)
    }

    /// The profiles of another folder. It is created when something is written.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            #[cfg(feature = "oauth")]
            keys: None,
        }
    }

    /// Seals sessions with these keys, such as one from the system keyring (`SealingKey::from_keyring`), and
    /// not with the key in `sessions.key`. Every program that uses the profiles needs the same keys.
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn with_sealing_keys(mut self, keys: SealingKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The folder, with `connections` and `sessions` in it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all profiles, sorted.
    ///
    /// # Errors
    /// [`ProfileError::File`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<String>, ProfileError> {
        let folder = self.connections();
        let failed = ProfileError::file("reading", &folder);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(&failed)?.path();
            let is_profile = path.extension().is_some_and(|extension| extension == EXTENSION);
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            names.extend(
                stem.filter(|_| is_profile).filter(|stem| name::is_valid(stem)).map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Reads the settings of a profile. Variables and files that they name are not read yet.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], which suggests the profile with the most similar name;
    /// [`ProfileError::ReadableByOthers`] (Unix); [`ProfileError::Settings`] with every faulty setting.
    pub fn load(&self, name: &str) -> Result<Connection, ProfileError> {
        self.read(name, Connection::from_toml)
    }

    fn read(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<Connection, ConnectionError>,
    ) -> Result<Connection, ProfileError> {
        let path = self.path(name)?;
        let Some(document) = private_file::read(&path, MAX_BYTES)? else {
            return Err(self.unknown(name));
        };
        let document = std::str::from_utf8(&document)
            .map_err(|_| ProfileError::NotText { path: path.clone() })?;
        parse(document).map_err(settings(name))
    }

    /// Reads a profile of one vendor, completes it and fetches its secrets, as [`Connection::resolve`] does.
    ///
    /// # Errors
    /// As [`Profiles::load`], and [`ProfileError::OtherVendor`].
    pub fn resolve(&self, name: &str, vendor: Vendor) -> Result<ResolvedConnection, ProfileError> {
        let connection = self.read(name, |document| Connection::from_toml_for(vendor, document))?;
        let found = connection.connector.vendor();
        if found != vendor {
            return Err(ProfileError::OtherVendor {
                name: name.to_owned(),
                expected: vendor,
                found,
            });
        }
        connection.resolve().map_err(settings(name))
    }

    /// Adds a profile. Secrets that the connection contains are written too; use `env:` and `file:` references
    /// to keep them elsewhere.
    ///
    /// # Errors
    /// [`ProfileError::Exists`] if the name is taken, [`ProfileError::InvalidName`], or
    /// [`ProfileError::Settings`] if the connection could not be loaded again.
    pub fn add(&self, name: &str, connection: &Connection) -> Result<(), ProfileError> {
        let (path, document) = (self.path(name)?, document(name, connection)?);
        private_file::create_folder(&self.connections())?;
        match private_file::create(&path, document.expose().as_bytes())? {
            true => Ok(()),
            false => Err(ProfileError::Exists { name: name.to_owned() }),
        }
    }

    /// Writes a profile, whether it exists or not.
    ///
    /// # Errors
    /// As [`Profiles::add`], without [`ProfileError::Exists`].
    pub fn replace(&self, name: &str, connection: &Connection) -> Result<(), ProfileError> {
        let (path, document) = (self.path(name)?, document(name, connection)?);
        private_file::create_folder(&self.connections())?;
        private_file::replace(&path, document.expose().as_bytes())
    }

    /// Removes a profile. A stored OAuth session of it stays: sign out first (`OAuth2::sign_out`).
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], or [`ProfileError::File`].
    pub fn remove(&self, name: &str) -> Result<(), ProfileError> {
        let path = self.path(name)?;
        if private_file::remove(&path)? { Ok(()) } else { Err(self.unknown(name)) }
    }

    /// The credential of a connection. An OAuth session is kept in [`Profiles::token_store`], so a user signs
    /// in once, whatever number of programs use the profile. For other credentials no store is opened.
    ///
    /// # Errors
    /// [`ProfileError::Auth`] if the credential cannot be used, or as [`Profiles::token_store`].
    pub fn credential(&self, connection: &ResolvedConnection) -> Result<Credential, ProfileError> {
        #[cfg(feature = "oauth")]
        if connection.session_key().is_some() {
            let store = self.token_store()?;
            return Ok(connection.credential(Arc::new(store))?);
        }
        Ok(connection.key_credential()?)
    }

    /// The store of the sessions of all profiles: the folder `sessions`, sealed with the keys of
    /// [`Profiles::with_sealing_keys`], or else with the key in `sessions.key`, which the first call generates.
    /// If that file is lost, users sign in again.
    ///
    /// # Errors
    /// [`ProfileError::ReadableByOthers`] for a key that other users can read, [`ProfileError::KeyFile`] for a
    /// damaged one, [`ProfileError::Store`].
    #[cfg(feature = "oauth")]
    pub fn token_store(&self) -> Result<FileStore, ProfileError> {
        sessions::open(&self.folder, self.keys.as_ref())
    }

    /// The keys that seal the sessions of [`Profiles::token_store`], for a store in a database. Machines that share such a
    /// store need the same key: copy `sessions.key` to each, or set keys with [`Profiles::with_sealing_keys`].
    ///
    /// # Errors
    /// As [`Profiles::token_store`].
    #[cfg(feature = "oauth")]
    pub fn sealing_keys(&self) -> Result<SealingKeys, ProfileError> {
        sessions::keys(&self.folder, self.keys.as_ref())
    }

    fn connections(&self) -> PathBuf {
        self.folder.join(CONNECTIONS)
    }

    fn path(&self, name: &str) -> Result<PathBuf, ProfileError> {
        name::check(name)?;
        Ok(self.connections().join(format!("{name}.{EXTENSION}")))
    }

    fn unknown(&self, name: &str) -> ProfileError {
        // The names only help to find the right one.
        let known = self.list().unwrap_or_default();
        let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        ProfileError::Unknown { name: name.to_owned(), folder: self.connections(), nearest, known }
    }
}

fn settings(name: &str) -> impl FnOnce(ConnectionError) -> ProfileError {
    let name = name.to_owned();
    move |source| ProfileError::Settings { name, source }
}

/// The settings as they are written. What cannot be loaded again is not written.
fn document(name: &str, connection: &Connection) -> Result<crate::Secret, ProfileError> {
    let document = connection.validate().and_then(|()| connection.to_toml_with_secrets());
    document.map_err(settings(name))
}

fn chosen_folder(
    variable: Option<OsString>,
    platform: impl FnOnce() -> Option<PathBuf>,
) -> Result<PathBuf, ProfileError> {
    let chosen = variable.filter(|folder| !folder.to_string_lossy().trim().is_empty());
    chosen.map(PathBuf::from).or_else(platform).ok_or(ProfileError::NoFolder)
}

fn platform_folder() -> Option<PathBuf> {
    let platform = etcetera::base_strategy::choose_native_strategy().ok()?;
    // Apple keeps `Library/Preferences`, the "config" folder, for its own format.
    let base = if cfg!(target_os = "macos") { platform.data_dir() } else { platform.config_dir() };
    Some(base.join("oneteg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_chooses_the_folder_and_a_blank_one_does_not() {
        let of = |variable: &str| chosen_folder(Some(variable.into()), || Some("platform".into()));
        assert_eq!(of("/srv/oneteg").unwrap(), Path::new("/srv/oneteg"));
        assert_eq!(of(" ").unwrap(), Path::new("platform"));
        let none = chosen_folder(None, || None).unwrap_err();
        assert!(none.to_string().contains("ONETEG_CONFIG_DIR"), "{none}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_platform_has_a_folder() {
        let folder = platform_folder().unwrap();
        assert!(folder.is_absolute() && folder.ends_with("oneteg"), "{}", folder.display());
    }
}
