//! Profiles: connections in the user's configuration folder, and the sessions next to them. The tests about
//! environment variables start this program again, because a test cannot change its own environment.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::{fs, path::PathBuf, process::Command, sync::Arc};

use oneteg_auth::{
    AuthError, AuthRequest, Authentication, Authenticator, Connection, Connector, LeaseDecision,
    LeaseOwner, OAuthFlow, OAuthSettings, ProfileError, Profiles, SealingKey, SealingKeys, Secret,
    TokenStore, Tokens, Vendor,
};

const CANARY: &str = "canary-4711";

struct Setup {
    profiles: Profiles,
    folder: tempfile::TempDir,
}

impl Setup {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Does not exist yet.
        let profiles = Profiles::in_folder(folder.path().join("config").join("oneteg"));
        Self { profiles, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.profiles.folder().join("connections").join(format!("{name}.toml"))
    }
}

fn netx(api_key: &str) -> Connection {
    let key = Authentication::api_key(api_key);
    let mut connection = Connection::new("NetX", Connector::NETX_V1_0, key);
    connection.endpoint_url = Some("https://acme.netx.net".into());
    connection
}

fn mediavalet() -> Connection {
    let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, "app");
    oauth.client_secret = Some(Secret::new(CANARY).into());
    let mut connection = Connection::new("MediaValet", Connector::MEDIAVALET_V1_0, oauth);
    connection.subscription_key = Some("apim".into());
    connection
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn profiles_are_added_listed_loaded_replaced_and_removed() {
    let setup = Setup::new();
    let profiles = &setup.profiles;
    assert_eq!(profiles.list().unwrap(), [""; 0]);
    profiles.add("beta", &netx("env:NETX_API_KEY")).unwrap();
    profiles.add("acme", &netx(CANARY)).unwrap();
    assert_eq!(profiles.list().unwrap(), ["acme", "beta"]);

    let loaded = profiles.load("acme").unwrap().resolve().unwrap();
    assert_eq!(loaded.endpoint_url.as_str(), "https://acme.netx.net/");

    let error = profiles.add("acme", &netx("other")).unwrap_err();
    assert!(matches!(&error, ProfileError::Exists { name } if name == "acme"), "{error}");
    assert!(fs::read_to_string(setup.path("acme")).unwrap().contains(CANARY));

    profiles.replace("acme", &netx("other")).unwrap();
    assert!(fs::read_to_string(setup.path("acme")).unwrap().contains("other"));
    profiles.remove("acme").unwrap();
    assert_eq!(profiles.list().unwrap(), ["beta"]);
    assert!(matches!(profiles.remove("acme"), Err(ProfileError::Unknown { .. })));
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_and_no_temporary_file_stays() {
    let setup = Setup::new();
    setup.profiles.add("acme", &netx(CANARY)).unwrap();
    setup.profiles.replace("acme", &netx("other")).unwrap();
    setup.profiles.add("acme", &netx("third")).unwrap_err();
    setup.profiles.token_store().unwrap();
    let folder = setup.profiles.folder();
    assert_eq!(mode(&setup.path("acme")), 0o600);
    assert_eq!(mode(&folder.join("sessions.key")), 0o600);
    for private in [folder.to_owned(), folder.join("connections"), folder.join("sessions")] {
        assert_eq!(mode(&private), 0o700, "{}", private.display());
    }
    assert_eq!(fs::read_dir(folder.join("connections")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn what_others_can_read_or_write_is_refused() {
    let setup = Setup::new();
    setup.profiles.add("acme", &netx(CANARY)).unwrap();
    for open in [0o644, 0o640, 0o602] {
        set_mode(&setup.path("acme"), open);
        let error = setup.profiles.load("acme").unwrap_err();
        assert!(
            matches!(&error, ProfileError::ReadableByOthers { mode, .. } if *mode == open),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    set_mode(&setup.path("acme"), 0o600);
    let connections = setup.profiles.folder().join("connections");
    set_mode(&connections, 0o770);
    for error in [
        setup.profiles.load("acme").unwrap_err(),
        setup.profiles.add("beta", &netx("k")).unwrap_err(),
    ] {
        assert!(matches!(error, ProfileError::FolderWritableByOthers { .. }), "{error}");
    }
    set_mode(&connections, 0o755);
    setup.profiles.load("acme").unwrap();

    setup.profiles.token_store().unwrap();
    set_mode(&setup.profiles.folder().join("sessions.key"), 0o644);
    let error = setup.profiles.token_store().unwrap_err();
    assert!(matches!(error, ProfileError::ReadableByOthers { .. }), "{error}");
}

#[test]
fn an_unknown_profile_gets_the_nearest_name_or_all_of_them() {
    let setup = Setup::new();
    let of = |name: &str| setup.profiles.load(name).unwrap_err().to_string();
    assert!(of("acme").ends_with("; add it first"), "{}", of("acme"));
    setup.profiles.add("acme-production", &netx("k")).unwrap();
    setup.profiles.add("beta", &netx("k")).unwrap();
    assert!(of("acme-prodution").ends_with("; did you mean acme-production?"));
    assert!(of("zulu").ends_with("; use one of acme-production, beta"), "{}", of("zulu"));
}

#[test]
fn a_name_cannot_leave_the_folder() {
    let setup = Setup::new();
    fs::write(setup.folder.path().join("outside.toml"), "").unwrap();
    for name in ["../outside", "..", "", "/etc/passwd", "a\\b"] {
        let refused = [
            setup.profiles.load(name).unwrap_err(),
            setup.profiles.add(name, &netx("k")).unwrap_err(),
            setup.profiles.replace(name, &netx("k")).unwrap_err(),
            setup.profiles.remove(name).unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, ProfileError::InvalidName { .. }), "{name}: {error}");
        }
    }
    assert!(setup.folder.path().join("outside.toml").exists());
}

#[test]
fn faulty_settings_are_named_and_never_shown_or_written() {
    let setup = Setup::new();
    let mut faulty = netx(CANARY);
    faulty.endpoint_url = Some(format!("http://{CANARY}.example"));
    let error = setup.profiles.add("acme", &faulty).unwrap_err().to_string();
    assert!(
        error.starts_with("the profile acme: Endpoint URL: must begin with https://"),
        "{error}"
    );
    assert!(!error.contains(CANARY), "{error}");
    assert_eq!(setup.profiles.list().unwrap(), [""; 0]);

    setup.profiles.add("acme", &netx(CANARY)).unwrap();
    let path = setup.path("acme");
    for (content, expected) in [
        (&b"connection_name = canary-4711"[..], "not valid TOML"),
        (b"\xff\xfecanary-4711", "not UTF-8 text"),
        (&[b' '; 65 * 1024], "not a file of at most 64 KiB"),
    ] {
        // Keeps the mode.
        fs::write(&path, content).unwrap();
        let error = setup.profiles.load("acme").unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains(CANARY), "{error}");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = setup.profiles.load("acme").unwrap_err();
    assert!(matches!(error, ProfileError::NotAFile { .. }), "{error}");
}

#[test]
fn other_files_are_no_profiles() {
    let setup = Setup::new();
    setup.profiles.add("acme", &netx("k")).unwrap();
    for other in [".acme.toml.1-0.new", "notes.txt", "has space.toml", ".toml", "beta.TOML"] {
        fs::write(setup.path("acme").with_file_name(other), "").unwrap();
    }
    assert_eq!(setup.profiles.list().unwrap(), ["acme"]);
}

#[test]
fn of_programs_that_add_the_same_name_one_succeeds() {
    let setup = Setup::new();
    let add = |key: usize| setup.profiles.add("acme", &netx(&format!("key{key}"))).is_ok();
    let added: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|key| scope.spawn(move || add(key))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(added.iter().filter(|added| **added).count(), 1, "{added:?}");
    let winner = added.iter().position(|added| *added).unwrap();
    let document = fs::read_to_string(setup.path("acme")).unwrap();
    assert!(document.contains(&format!("key{winner}")), "{document}");
}

#[test]
fn a_profile_of_another_vendor_is_refused() {
    let setup = Setup::new();
    setup.profiles.add("acme", &netx("k3y")).unwrap();
    let error = setup.profiles.resolve("acme", Vendor::NetExplorer).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the profile acme is a NetX connection; use one with a NetExplorer connector"
    );
}

#[tokio::test]
async fn a_key_needs_no_store() {
    let setup = Setup::new();
    setup.profiles.add("acme", &netx("k3y")).unwrap();
    let connection = setup.profiles.resolve("acme", Vendor::NetX).unwrap();
    for credential in [setup.profiles.credential(&connection), connection.default_credential()] {
        let credential = credential.unwrap();
        let mut headers = http::HeaderMap::new();
        let request = AuthRequest::new(&connection.endpoint_url, &mut headers);
        credential.authenticator.authorize(request).await.unwrap();
        assert_eq!(headers["authorization"], "apiToken k3y");
        assert!(credential.oauth.is_none());
    }
    assert!(!setup.profiles.folder().join("sessions").exists());
    assert!(!setup.profiles.folder().join("sessions.key").exists());
}

/// Signs in by writing tokens to the store, as the end of a sign-in does.
async fn store_tokens(profiles: &Profiles, connection: &oneteg_auth::ResolvedConnection) {
    let credential = profiles.credential(connection).unwrap();
    let signed_out = credential.oauth.unwrap();
    assert!(!signed_out.is_signed_in().await.unwrap());
    let store: Arc<dyn TokenStore> = Arc::new(profiles.token_store().unwrap());
    let key = connection.session_key().unwrap();
    let owner = LeaseOwner::new("test");
    let lease = store.lease(&key, &owner, std::time::Duration::from_secs(9)).await.unwrap();
    let LeaseDecision::Granted(lease) = lease else { panic!("{lease:?}") };
    let tokens = Tokens::new(CANARY).with_lifetime(std::time::Duration::from_secs(3600));
    store.commit(&lease, Default::default(), &tokens).await.unwrap();
    store.release(&lease).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_survives_a_restart_and_the_loss_of_the_key_needs_a_new_one() {
    let setup = Setup::new();
    setup.profiles.add("library", &mediavalet()).unwrap();
    let connection = setup.profiles.resolve("library", Vendor::MediaValet).unwrap();
    store_tokens(&setup.profiles, &connection).await;

    // Another program: nothing is shared but the folder.
    let restarted = Profiles::in_folder(setup.profiles.folder());
    let connection = restarted.resolve("library", Vendor::MediaValet).unwrap();
    let credential = restarted.credential(&connection).unwrap();
    let mut headers = http::HeaderMap::new();
    let request = AuthRequest::new(&connection.endpoint_url, &mut headers);
    credential.authenticator.authorize(request).await.unwrap();
    assert_eq!(headers["authorization"], format!("Bearer {CANARY}").as_str());
    for entry in fs::read_dir(restarted.folder().join("sessions")).unwrap() {
        let record = fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&record).contains(CANARY), "a token is stored unsealed");
    }

    fs::remove_file(restarted.folder().join("sessions.key")).unwrap();
    let credential = restarted.credential(&connection).unwrap();
    let mut headers = http::HeaderMap::new();
    let request = AuthRequest::new(&connection.endpoint_url, &mut headers);
    let error = credential.authenticator.authorize(request).await.unwrap_err();
    assert!(error.needs_sign_in(), "{error}");
    credential.oauth.unwrap().sign_out().await.unwrap();
}

#[tokio::test]
async fn sessions_can_be_sealed_with_a_key_from_elsewhere() {
    let setup = Setup::new();
    setup.profiles.add("library", &mediavalet()).unwrap();
    let connection = setup.profiles.resolve("library", Vendor::MediaValet).unwrap();
    let keys = SealingKeys::new(SealingKey::new("keyring", [3; 32]).unwrap());
    let profiles = setup.profiles.clone().with_sealing_keys(keys);
    store_tokens(&profiles, &connection).await;
    assert!(!profiles.folder().join("sessions.key").exists());
    let signed_in = |profiles: &Profiles| profiles.credential(&connection).unwrap().oauth.unwrap();
    assert!(signed_in(&profiles).is_signed_in().await.unwrap());
    let error = signed_in(&setup.profiles).is_signed_in().await.unwrap_err();
    assert!(error.to_string().contains("sealed with key \"keyring\""), "{error}");
}

/// The role of this program when a test starts it again; does nothing otherwise.
#[test]
fn role_with_an_environment() {
    match std::env::var("PROFILES_TEST_ROLE").as_deref() {
        Ok("folder") => {
            report(Profiles::open().map(|profiles| profiles.folder().display().to_string()));
        }
        Ok("environment") => {
            let connection = Connection::from_env(Vendor::NetX).and_then(|read| read.resolve());
            report(connection.map(|connection| {
                connection.default_credential().unwrap();
                connection.endpoint_url.to_string()
            }));
        }
        Ok("user") => {
            let connection = Connection::from_env(Vendor::MediaValet).unwrap().resolve().unwrap();
            report(
                connection
                    .default_credential()
                    .map(|credential| format!("oauth: {}", credential.oauth.is_some())),
            );
        }
        _ => {}
    }
}

fn report(result: Result<String, impl std::fmt::Display>) {
    println!("result={}", result.unwrap_or_else(|error| format!("error: {error}")));
}

/// What this program reports in a role, with nothing but these variables.
fn in_role(role: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["role_with_an_environment", "--exact", "--nocapture"])
        .env_clear()
        .env("PROFILES_TEST_ROLE", role)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let result = printed.lines().find_map(|line| line.split_once("result="));
    let (_, result) = result.unwrap_or_else(|| panic!("{printed}"));
    result.to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn the_environment_decides_where_profiles_are() {
    let home = ("HOME", "/home/somebody");
    assert_eq!(in_role("folder", &[home]), "/home/somebody/.config/oneteg");
    let xdg = ("XDG_CONFIG_HOME", "/srv/config");
    assert_eq!(in_role("folder", &[home, xdg]), "/srv/config/oneteg");
    let ours = ("ONETEG_CONFIG_DIR", "/srv/oneteg");
    assert_eq!(in_role("folder", &[home, xdg, ours]), "/srv/oneteg");
}

#[test]
fn a_connection_from_the_environment_needs_no_folder() {
    let url = ("NETX_URL", "https://acme.netx.net");
    let key = ("NETX_API_KEY", CANARY);
    assert_eq!(in_role("environment", &[url, key]), "https://acme.netx.net/");
    let missing = in_role("environment", &[url]);
    assert_eq!(missing, "error: Api Key: the environment variable NETX_API_KEY is not set");
}

#[test]
fn a_user_from_the_environment_is_kept_in_the_folder_and_client_credentials_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_str().unwrap();
    let mut variables = vec![
        ("ONETEG_CONFIG_DIR", place),
        ("MEDIAVALET_SUBSCRIPTION_KEY", CANARY),
        ("MEDIAVALET_CLIENT_ID", "app"),
        ("MEDIAVALET_CLIENT_SECRET", CANARY),
    ];
    assert_eq!(in_role("user", &variables), "oauth: true");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    variables.push(("MEDIAVALET_FLOW", "authorization_code"));
    assert_eq!(in_role("user", &variables), "oauth: true");
    assert!(folder.path().join("sessions").is_dir());
}

#[test]
fn errors_show_no_secret() {
    let setup = Setup::new();
    setup.profiles.add("library", &mediavalet()).unwrap();
    let error = ProfileError::from(AuthError::NotSignedIn);
    assert_eq!(error.to_string(), AuthError::NotSignedIn.to_string());
    for shown in [
        format!("{:?}", setup.profiles),
        format!("{:?}", setup.profiles.load("library")),
        format!("{:?}", setup.profiles.resolve("library", Vendor::MediaValet)),
        format!("{:?}", setup.profiles.resolve("library", Vendor::NetX)),
        format!("{:?}", setup.profiles.add("library", &mediavalet())),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
}
