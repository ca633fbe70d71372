//! Where the secrets of a connection come from, and that they never appear in any output.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, path::Path};

use oneteg_auth::{Connection, Secret, SecretSource, connection::FieldProblemKind};

const CANARY: &str = "canary-4711";

fn mediavalet(subscription_key: &str, client_secret: &str) -> Connection {
    let text = format!(
        r#"
        connection_name = "MediaValet Connection"
        connector = "mediavaletConnector-v1.0"
        subscription_key = '{subscription_key}'
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "app"
        client_secret = '{client_secret}'
        "#
    );
    Connection::from_toml(&text).unwrap()
}

fn file_with(bytes: impl AsRef<[u8]>) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

fn at(path: &Path) -> SecretSource {
    SecretSource::File(path.to_owned())
}

#[test]
fn variables_and_files_are_fetched_when_the_connection_is_resolved() {
    // Cargo sets this one for every test.
    let file = file_with("from the file\r\n");
    let connection = mediavalet("env:CARGO_PKG_NAME", &format!("file:{}", file.path().display()));
    let resolved = connection.resolve().unwrap();
    assert_eq!(resolved.subscription_key.unwrap().expose(), env!("CARGO_PKG_NAME"));
    let sources: Vec<_> =
        connection.secrets().map(|(_, source)| source.resolve().unwrap()).collect();
    assert_eq!(sources[1].expose(), "from the file");
    fs::write(file.path(), "rotated").unwrap();
    assert_eq!(at(file.path()).resolve().unwrap().expose(), "rotated");
}

#[test]
fn whatever_is_missing_is_named_at_once() {
    let connection = mediavalet("env:ONETEG_TEST_NO_SUCH_VARIABLE", "file:/no/such/secret");
    let error = connection.resolve().unwrap_err().to_string();
    assert_eq!(
        error,
        "2 settings need attention: Subscription Key: the environment variable \
         ONETEG_TEST_NO_SUCH_VARIABLE is not set; Client Secret: the file /no/such/secret cannot be read \
         (it does not exist)"
    );
    let mut connection = connection;
    connection.endpoint_url = Some("http://api.example.com".into());
    assert_eq!(connection.resolve().unwrap_err().problems().len(), 3, "with the other faults");
}

#[test]
fn references_without_a_usable_name() {
    for text in
        ["env:", "env: ", "env:two words", "env:1ST", "env:A=B", "env:A\0B", "file:", "file: "]
    {
        let problem = SecretSource::from(text).resolve().unwrap_err();
        assert!(matches!(problem, FieldProblemKind::InvalidReference { .. }), "{text}: {problem}");
    }
}

#[test]
fn files_that_are_no_secrets() {
    let problem = |source: SecretSource| source.resolve().unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(problem(at(folder.path())), FieldProblemKind::FileUnreadable { .. }));
    let blank = file_with(" \r\n\n");
    assert!(matches!(problem(at(blank.path())), FieldProblemKind::FileBlank { .. }));
    let bytes = file_with([b"canary-4711".as_slice(), &[0xff]].concat());
    let not_text = problem(at(bytes.path()));
    assert!(matches!(not_text, FieldProblemKind::FileNotText { .. }));
    assert!(!format!("{not_text} {not_text:?}").contains(CANARY));
    let largest = file_with("a".repeat(64 * 1024));
    assert!(at(largest.path()).resolve().is_ok());
    let too_long = file_with("a".repeat(64 * 1024 + 1));
    assert!(matches!(problem(at(too_long.path())), FieldProblemKind::FileNotText { .. }));
    #[cfg(unix)]
    assert!(matches!(problem("file:/dev/zero".into()), FieldProblemKind::FileUnreadable { .. }));
}

#[test]
fn a_key_that_no_header_can_carry() {
    let file = file_with("canary-4711\r\nx: y\n");
    let connection = mediavalet(&format!("file:{}", file.path().display()), "s");
    let error = connection.resolve().unwrap_err();
    let found = "a line break";
    assert_eq!(error.problems()[0].kind(), &FieldProblemKind::NotSendable { found });
    assert!(error.to_string().contains(found));
    assert!(!format!("{error} {error:?}").contains(CANARY));
}

/// Each class of character, for every source of a key and at every step that checks the settings.
#[test]
fn a_key_is_printable_ascii_without_spaces() {
    for (character, class) in [
        ("\n", "a line break"),
        ("\t", "a tab"),
        (" ", "a space"),
        ("\u{0}", "a control character"),
        ("\u{feff}", "a byte order mark"),
        ("\u{200b}", "an invisible character"),
        ("\u{a0}", "a space that is not ASCII"),
        ("é", "a character outside ASCII"),
    ] {
        let key = format!("canary-4711{character}x");
        let file = file_with(&key);
        let from_file = mediavalet(&format!("file:{}", file.path().display()), "s");
        let mut inline = mediavalet("k", "s");
        inline.subscription_key = Some(Secret::new(key).into());
        let errors = [
            from_file.resolve().unwrap_err(),
            inline.resolve().unwrap_err(),
            inline.validate().unwrap_err(),
        ];
        for error in errors {
            let problem = error.problems()[0].kind();
            let FieldProblemKind::NotSendable { found } = problem else {
                panic!("{class}: {problem}")
            };
            assert!(found.starts_with(class), "{class}: {found}");
            assert!(error.to_string().starts_with("Subscription Key: has "), "{error}");
            assert!(!format!("{error} {error:?}").contains(CANARY));
        }
    }
}

#[test]
fn a_client_secret_has_no_character_that_nobody_sees() {
    for character in ["\n", "\r", "\t", "\u{0}", "\u{feff}", "\u{200b}", "\u{2060}", "\u{ad}"] {
        let file = file_with(format!("canary-4711{character}x"));
        let connection = mediavalet("k", &format!("file:{}", file.path().display()));
        let error = connection.resolve().unwrap_err();
        let problem = error.problems()[0].kind();
        assert!(
            matches!(problem, FieldProblemKind::HiddenCharacter { .. }),
            "{character:?}: {problem}"
        );
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }
    let file = file_with("with spaces, é and \u{1f511}");
    let connection = mediavalet("k", &format!("file:{}", file.path().display()));
    connection.resolve().unwrap();
}

/// What editors and shells add around a value is not part of the secret.
#[test]
fn what_wraps_a_secret_is_taken_off() {
    for wrapped in
        ["s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n", "\u{feff}s3cret", "\u{feff}s3cret\r\n"]
    {
        let file = file_with(wrapped);
        assert_eq!(at(file.path()).resolve().unwrap().expose(), "s3cret", "{wrapped:?}");
        let inline = SecretSource::from(wrapped);
        assert_eq!(inline.resolve().unwrap().expose(), "s3cret", "{wrapped:?}");
    }
    for blank in ["\u{feff}", "\u{feff}\r\n", "\n"] {
        let file = file_with(blank);
        let problem = at(file.path()).resolve().unwrap_err();
        assert!(matches!(problem, FieldProblemKind::FileBlank { .. }), "{blank:?}");
        assert_eq!(SecretSource::from(blank).resolve().unwrap_err(), FieldProblemKind::Required);
    }
    // Only one byte order mark: a second one is part of the secret, and refused.
    let twice = mediavalet("k", "s");
    let mut twice = twice;
    twice.subscription_key = Some("\u{feff}\u{feff}k".into());
    assert!(twice.resolve().is_err());
}

/// All tests of a process share its environment variables, so this runs in a separate process.
#[test]
fn what_wraps_a_variable_is_taken_off() {
    const CHILD: &str = "ONETEG_TEST_WRAPPED";
    if std::env::var_os(CHILD).is_none() {
        for wrapped in ["s3cret", "s3cret\n", "s3cret\r\n", "\u{feff}s3cret\n"] {
            let mut child = std::process::Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "what_wraps_a_variable_is_taken_off"]).env(CHILD, wrapped);
            assert!(child.output().unwrap().status.success(), "{wrapped:?}");
        }
        return;
    }
    let connection = mediavalet("k", "env:ONETEG_TEST_WRAPPED");
    let resolved = connection.resolve().unwrap();
    let oneteg_auth::ResolvedAuthentication::OAuth(oauth) = resolved.authentication else {
        panic!("not OAuth")
    };
    assert_eq!(oauth.client_secret.unwrap().expose(), "s3cret");
}

#[test]
fn inline_secrets_are_written_only_when_asked_for() {
    let inline = mediavalet("env:KEY", CANARY);
    let serde = serde_json::to_string(&inline).unwrap_err().to_string();
    for error in [inline.to_toml().unwrap_err(), inline.to_json().unwrap_err()] {
        assert_eq!(error.problems()[0].kind(), &FieldProblemKind::InlineSecret);
        assert_eq!(error.to_string(), serde);
        assert!(!format!("{error} {error:?}").contains(CANARY));
    }
    let written = inline.to_toml_with_secrets().unwrap();
    assert!(written.expose().contains(CANARY));
    assert!(!format!("{written:?}").contains(CANARY));

    let references = mediavalet("env:KEY", "file:/run/secrets/mv");
    let toml = references.to_toml().unwrap();
    assert!(toml.contains("\"env:KEY\"") && toml.contains("\"file:/run/secrets/mv\""), "{toml}");
    let read: Connection =
        serde_json::from_str(&serde_json::to_string(&references).unwrap()).unwrap();
    assert_eq!(read.to_toml().unwrap(), toml);
}

/// Secrets that look like references, or like syntax, survive being written.
#[test]
fn any_text_can_be_a_secret() {
    for text in ["env:KEY", "file:x", "inline:x", "\"'\\", "é\u{1f511}", " padded "] {
        let mut connection = mediavalet("k", "s");
        let oneteg_auth::Authentication::OAuth(config) = &mut connection.authentication else {
            panic!("not OAuth")
        };
        config.client_secret = Some(Secret::new(text).into());
        for again in [
            Connection::from_toml(connection.to_toml_with_secrets().unwrap().expose()).unwrap(),
            Connection::from_json(connection.to_json_with_secrets().unwrap().expose()).unwrap(),
        ] {
            let (_, secret) = again.secrets().last().unwrap();
            assert_eq!(secret.resolve().unwrap().expose(), text);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_utf8_is_refused_rather_than_mangled() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

    let mut connection = mediavalet("env:KEY", "env:SECRET");
    connection.subscription_key = Some(at(Path::new(OsStr::from_bytes(b"/x/\xff"))));
    let bad = FieldProblemKind::InvalidReference { prefix: "file:" };
    for error in [
        connection.to_toml().unwrap_err(),
        connection.to_json_with_secrets().unwrap_err(),
        connection.validate().unwrap_err(),
    ] {
        assert_eq!(error.problems()[0].kind(), &bad);
    }
}

/// A canary in every place that a secret can be put, correctly or by mistake.
#[test]
fn debug_shows_no_secret() {
    let mut connection = mediavalet(CANARY, CANARY);
    let resolved = connection.resolve().unwrap();
    let shown = format!("{resolved:?} {resolved:#?} {:?}", resolved.authentication);
    assert!(shown.contains("login.mediavalet.com") && !shown.contains(CANARY), "{shown}");

    connection.endpoint_url =
        Some(format!("https://me:{CANARY}@api.example.com/v1?k={CANARY}#{CANARY}"));
    let oneteg_auth::Authentication::OAuth(config) = &mut connection.authentication else {
        panic!("not OAuth")
    };
    config.token_url = Some(CANARY.into());
    config.authorization_url = Some(format!("https://{CANARY}@x.example/a"));
    config.redirect_uri = Some(format!("data:{CANARY}"));
    config.issuer = Some(format!("https://x.example/?{CANARY}"));
    let shown = format!("{connection:?} {connection:#?}");
    assert!(shown.contains("https://api.example.com/v1") && !shown.contains(CANARY), "{shown}");
    let error = connection.resolve().unwrap_err();
    assert!(error.problems().len() >= 5);
    assert!(!format!("{error} {error:?} {error:#?}").contains(CANARY));
}

/// A canary as the value, and as the name, of everything in a document that is refused.
#[test]
fn errors_of_documents_show_no_secret() {
    let key = "sk_live_canary-4711_canary-4711";
    let documents = [
        format!(r#"{{"{key}": 1}}"#),
        format!(
            r#"{{"connector": "{CANARY}", "endpoint_url": "{CANARY}", "authentication": "{CANARY}"}}"#
        ),
        format!(
            r#"{{"connector": "netxConnector-v{CANARY}", "authentication": {{"type": "{CANARY}"}}}}"#
        ),
        format!(
            r#"{{"connector": "netexplorerConnector-v1.0", "authentication": {{"type": "oauth", "flow": "{CANARY}",
            "application_type": "{CANARY}", "client_secret": ["{CANARY}"], "token_url": "http://{CANARY}/",
            "client_auth": "{CANARY}", "header_scheme": "{CANARY} x", "scopes": ["{CANARY}\\"]}}}}"#
        ),
        format!(r#"{{"api_key": "{CANARY}" "#),
        format!(r#"{{"api_key": {CANARY}}}"#),
        format!("\"{CANARY}\""),
    ];
    for document in documents {
        let error = Connection::from_json(&document).unwrap_err();
        let by_serde = serde_json::from_str::<Connection>(&document).unwrap_err();
        let shown = format!("{error} {error:?} {error:#?} {by_serde} {by_serde:?}");
        assert!(!shown.contains("4711"), "{shown}");
        let by_toml = Connection::from_toml(&document).unwrap_err();
        assert!(!format!("{by_toml} {by_toml:?}").contains("4711"), "{by_toml}");
    }
}
