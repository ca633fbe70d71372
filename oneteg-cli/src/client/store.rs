//! Where the session of a connection is kept.

use std::sync::Arc;

use oneteg_auth::{MemoryStore, ResolvedConnection, TokenStore};

use crate::{
    context::Context,
    error::CliError,
    settings::{SessionSettings, StoreKind},
};

/// Opens the store of a connection's session. A connection without a session needs none. Databases are connected to at
/// their first use.
///
/// # Errors
/// If the settings of the store cannot be used, or this build lacks it.
pub(crate) fn token_store(
    context: &Context,
    name: &str,
    connection: &ResolvedConnection,
) -> Result<Arc<dyn TokenStore>, CliError> {
    if connection.session_key().is_none() {
        return Ok(Arc::new(MemoryStore::new()));
    }
    let settings = context.settings.sessions(name);
    match settings.kind {
        StoreKind::File => Ok(Arc::new(context.profiles.token_store()?)),
        StoreKind::Keyring => keyring(context),
        StoreKind::Redis => redis(context, settings),
        StoreKind::Postgres => postgres(context, settings),
    }
}

#[cfg(feature = "keyring")]
fn keyring(context: &Context) -> Result<Arc<dyn TokenStore>, CliError> {
    let key = oneteg_auth::SealingKey::from_keyring(KEY_NAME)?;
    let profiles = context.profiles.clone().with_sealing_keys(oneteg_auth::SealingKeys::new(key));
    Ok(Arc::new(profiles.token_store()?))
}

/// The name of the key in the keyring.
#[cfg(feature = "keyring")]
const KEY_NAME: &str = "sessions";

#[cfg(not(feature = "keyring"))]
fn keyring(_: &Context) -> Result<Arc<dyn TokenStore>, CliError> {
    Err(not_built(StoreKind::Keyring))
}

#[cfg(feature = "redis")]
fn redis(context: &Context, settings: &SessionSettings) -> Result<Arc<dyn TokenStore>, CliError> {
    let url = database::url(settings)?;
    let mut store =
        oneteg_auth::RedisStore::builder(url.expose(), database::keys(context, settings)?);
    if let Some(ca) = database::certificates(settings)? {
        store = store.root_certificates(&ca);
    }
    Ok(Arc::new(store.open()?))
}

#[cfg(not(feature = "redis"))]
fn redis(_: &Context, _: &SessionSettings) -> Result<Arc<dyn TokenStore>, CliError> {
    Err(not_built(StoreKind::Redis))
}

#[cfg(feature = "postgres")]
fn postgres(
    context: &Context,
    settings: &SessionSettings,
) -> Result<Arc<dyn TokenStore>, CliError> {
    let store = postgres_builder(settings, database::url(settings)?)?;
    Ok(Arc::new(store.build(database::keys(context, settings)?)?))
}

/// The settings of a store in PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) fn postgres_builder(
    settings: &SessionSettings,
    url: oneteg_auth::Secret,
) -> Result<oneteg_auth::PostgresStoreBuilder, CliError> {
    let mut store = oneteg_auth::PostgresStore::builder(url);
    if let Some(ca) = database::certificates(settings)? {
        store = store.root_certificates(&ca);
    }
    Ok(store)
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &Context, _: &SessionSettings) -> Result<Arc<dyn TokenStore>, CliError> {
    Err(not_built(StoreKind::Postgres))
}

/// The error of a store that this build lacks.
#[cfg(not(all(feature = "keyring", feature = "redis", feature = "postgres")))]
pub(crate) fn not_built(kind: StoreKind) -> CliError {
    let name = kind.name();
    CliError::usage(format!("this build of oneteg cannot keep sessions in {name}")).with_hint(
        format!(
            "install oneteg-cli with the feature {name}, or choose another store in settings.toml"
        ),
    )
}

/// What both databases need.
#[cfg(any(feature = "redis", feature = "postgres"))]
pub(crate) mod database {
    use oneteg_auth::{SealingKey, SealingKeys, Secret, SecretSource};
    use sha2::{Digest as _, Sha256};
    use zeroize::Zeroizing;

    use crate::{context::Context, error::CliError, settings::SessionSettings};

    pub(crate) fn url(settings: &SessionSettings) -> Result<Secret, CliError> {
        let source = settings.url.as_ref();
        let source =
            source.ok_or_else(|| CliError::usage("settings.toml has no url of the database"))?;
        resolve("url", source)
    }

    pub(super) fn certificates(settings: &SessionSettings) -> Result<Option<Vec<u8>>, CliError> {
        let Some(path) = &settings.ca else { return Ok(None) };
        let unreadable = |error| {
            CliError::usage(format!("the certificates {} cannot be read: {error}", path.display()))
        };
        std::fs::read(path).map(Some).map_err(unreadable)
    }

    /// The keys of the settings, or else that in the folder, which other machines need too.
    pub(super) fn keys(
        context: &Context,
        settings: &SessionSettings,
    ) -> Result<SealingKeys, CliError> {
        let Some(current) = &settings.key else { return Ok(context.profiles.sealing_keys()?) };
        let mut keys = SealingKeys::new(key("key", current)?);
        for old in &settings.old_keys {
            keys = keys.with_old(key("old_keys", old)?);
        }
        Ok(keys)
    }

    /// A key as 64 hexadecimal digits. Its identifier is derived from it, so that a record of another key is no damage.
    fn key(setting: &str, source: &SecretSource) -> Result<SealingKey, CliError> {
        let secret = resolve(setting, source)?;
        let digits = secret.expose().trim();
        let wrong = || {
            CliError::usage(format!(
                "sessions.{setting} in settings.toml is not a key of 64 hexadecimal digits"
            ))
            .with_hint("generate one with: openssl rand -hex 32")
        };
        let mut bytes = Zeroizing::new([0; 32]);
        if digits.len() != 2 * bytes.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        {
            return Err(wrong());
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        let digest = Sha256::digest(*bytes);
        let id = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(SealingKey::new(id, *bytes)?)
    }

    pub(crate) fn resolve(setting: &str, source: &SecretSource) -> Result<Secret, CliError> {
        source.resolve().map_err(|problem| {
            CliError::usage(format!("sessions.{setting} in settings.toml: {problem}"))
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_key_has_an_identifier_of_its_content() {
            let of = |text: &str| key("key", &Secret::new(text).into());
            let first = of(&"0f".repeat(32)).unwrap();
            assert_eq!(first.expose(), &[15; 32]);
            assert_eq!(of(&format!("{}\n", "0F".repeat(32))).unwrap().id(), first.id());
            assert_ne!(of(&"1f".repeat(32)).unwrap().id(), first.id());
            for wrong in ["canary", &"0f".repeat(31), &"é".repeat(32)] {
                let error = of(wrong).unwrap_err();
                assert!(!format!("{error:?}").contains("canary"), "{error:?}");
            }
        }
    }
}
