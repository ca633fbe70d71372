//! `oneteg connection`.

#![allow(clippy::unwrap_used)]

mod common;

use std::{fs, path::Path};

use common::{Cli, Vendors};

fn has_secret(text: &str) -> bool {
    text.contains("canary")
}

#[test]
fn the_first_run_says_what_to_do() {
    let cli = Cli::new();
    let done = cli.run(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("There is no connection yet."), "{}", done.out);
    assert!(done.out.contains("oneteg connection add NAME"), "{}", done.out);
    assert!(done.out.contains("oneteg sandbox --connect"), "{}", done.out);
    let list = cli.run(&["connection", "list"]);
    assert_eq!((list.code, list.out.as_str()), (0, "[]\n"));
    assert!(list.err.contains("oneteg connection add NAME"), "{}", list.err);
    let error = cli.fails(4, &["connection", "show", "acme"]);
    assert!(error.contains("oneteg connection add NAME"), "{error}");
}

#[test]
fn a_connection_is_added_listed_shown_tested_and_removed() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let list: serde_json::Value = serde_json::from_str(&cli.ok(&["connection", "list"])).unwrap();
    let names: Vec<_> =
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["mv", "ne", "nx"]);
    let shown = cli.ok(&["connection", "show", "nx"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["apiKey"], "(stored)");
    assert_eq!(shown["url"], vendors.netx.as_str());
    let works = cli.ok(&["connection", "test", "nx"]);
    assert!(works.starts_with("nx works: NetX at http://127.0.0.1:"), "{works}");
    let works = cli.ok(&["connection", "test", "ne"]);
    assert!(works.starts_with("ne works: NetExplorer at "), "{works}");
    let error = cli.fails(3, &["connection", "test", "mv"]);
    assert!(
        error.contains("nobody is signed in") && error.contains("oneteg auth login mv"),
        "{error}"
    );
    let error = cli.fails(2, &["connection", "remove", "nx"]);
    assert!(error.contains("--yes"), "{error}");
    cli.ok(&["connection", "remove", "nx", "--yes"]);
    let error = cli.fails(4, &["connection", "test", "nx"]);
    assert!(error.contains("there is no connection nx"), "{error}");
    vendors.sandbox.netx().revoke_token(vendors.key.trim_start_matches("inline:"));
    cli.ok(&[
        "connection",
        "add",
        "nx",
        "--vendor",
        "netx",
        "--url",
        &vendors.netx,
        "--api-key",
        &vendors.key,
    ]);
    let error = cli.fails(3, &["connection", "test", "nx"]);
    assert!(error.contains("oneteg doctor nx"), "{error}");
}

#[test]
fn secrets_are_given_as_references_or_by_standard_input() {
    let mut cli = Cli::new();
    let add = ["connection", "add", "acme", "--vendor", "netx", "--url", "acme.netx.net"];
    let with = |more: &[&'static str]| [&add[..], more].concat();
    let error = cli.fails(2, &with(&["--api-key", "canary-key"]));
    assert!(
        error.contains("other users of this machine could read") && !has_secret(&error),
        "{error}"
    );
    let error = cli.fails(2, &with(&[]));
    assert!(error.contains("--api-key is missing"), "{error}");
    let error = cli.fails(2, &with(&["--api-key", "env:ACME_KEY"]));
    assert!(error.contains("the environment variable ACME_KEY"), "{error}");
    cli.set("ACME_KEY", "canary-key");
    cli.ok(&with(&["--api-key", "env:ACME_KEY"]));
    let profile = cli.folder().join("connections/acme.toml");
    let stored = fs::read_to_string(&profile).unwrap();
    assert!(stored.contains("env:ACME_KEY") && !has_secret(&stored), "{stored}");
    assert!(stored.contains("\"https://acme.netx.net\""), "{stored}");
    let error = cli.fails(2, &with(&["--api-key", "env:ACME_KEY"]));
    assert!(error.contains("the connection acme exists already"), "{error}");
    cli.write("key.txt", "canary-key\n");
    cli.ok(&with(&["--replace", "--api-key", "file:key.txt"]));
    let stored = fs::read_to_string(&profile).unwrap();
    let path = fs::canonicalize(cli.folder()).unwrap().join("key.txt");
    assert!(stored.contains(&format!("file:{}", path.display())), "{stored}");
    let done = cli.run_with_input(&with(&["--replace", "--api-key", "-"]), "canary-key\n");
    assert_eq!(done.code, 0, "{done:?}");
    assert!(!has_secret(&done.out) && !has_secret(&done.err), "{done:?}");
    assert!(has_secret(&fs::read_to_string(&profile).unwrap()));
    let shown = cli.run(&["connection", "show", "acme", "-vv"]);
    assert!(!has_secret(&shown.out) && !has_secret(&shown.err), "{shown:?}");
    let done = cli.run_with_input(&with(&["--replace", "--api-key", "-"]), "\n");
    assert_eq!(done.code, 2, "{done:?}");
    let error = cli.fails(2, &with(&["--replace", "--api-key", "-"]));
    assert!(error.contains("standard input is empty, and a secret was expected"), "{error}");
}

#[test]
fn settings_come_from_the_environment() {
    let mut cli = Cli::new();
    let add = ["connection", "add", "prod", "--vendor", "netexplorer", "--from-env"];
    let error = cli.fails(2, &add);
    assert!(
        error.contains("NETEXPLORER_URL") && error.contains("NETEXPLORER_CLIENT_ID"),
        "{error}"
    );
    cli.set("NETEXPLORER_URL", "https://acme.netexplorer.pro");
    cli.set("NETEXPLORER_CLIENT_ID", "app");
    cli.set("NETEXPLORER_CLIENT_SECRET", "canary");
    cli.ok(&add);
    let stored = fs::read_to_string(cli.folder().join("connections/prod.toml")).unwrap();
    assert!(stored.contains("env:NETEXPLORER_CLIENT_SECRET") && !has_secret(&stored), "{stored}");
    let error =
        cli.fails(2, &["connection", "add", "x", "--vendor", "netx", "--from-env", "--url", "a"]);
    assert!(error.contains("cannot be used with"), "{error}");
}

#[test]
fn a_wrong_setting_or_name_is_explained() {
    let cli = Cli::new();
    for (arguments, expected) in [
        (&["add", "api", "--vendor", "netx"][..], "`api` is a command of oneteg"),
        (&["add", "a/b", "--vendor", "netx", "--url", "a", "--api-key", "inline:k"], "has '/'"),
        (
            &[
                "add",
                "a",
                "--vendor",
                "netx",
                "--url",
                "http://acme.netx.net",
                "--api-key",
                "inline:k",
            ],
            "https://",
        ),
        (
            &[
                "add",
                "a",
                "--vendor",
                "mediavalet",
                "--sign-in",
                "api-key",
                "--api-key",
                "inline:k",
                "--subscription-key",
                "inline:k",
            ],
            "OAuth",
        ),
        (&["add", "a"], "--vendor is missing"),
        (&["add", "a", "--vendor", "netexplorer", "--url", "a"], "--sign-in is missing"),
        (
            &["add", "a", "--vendor", "mediavalet", "--sign-in", "browser"],
            "--subscription-key, --client-id, --client-secret are missing",
        ),
        (&["add", "a", "--vendor", "nextx"], "a similar value exists: 'netx'"),
    ] {
        let error = cli.fails(2, &[&["connection"], arguments].concat());
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
    assert_eq!(cli.ok(&["connection", "list"]), "[]\n");
}

#[test]
fn files_are_imported_together_or_not_at_all() {
    let cli = Cli::new();
    let settings = |key: &str| {
        format!(
            "connection_name = \"x\"\nconnector = \"netxConnector-v1.0\"\nendpoint_url = \"https://a.netx.net\"\n\
             [authentication]\ntype = \"api_key\"\napi_key = \"{key}\"\n"
        )
    };
    cli.write("in/one.toml", &settings("env:ONE"));
    cli.write("in/two.toml", &settings("canary"));
    cli.write("in/bad.toml", "connector = \"canary\"\n");
    let error = cli.fails(2, &["connection", "import", "in/one.toml", "in/bad.toml"]);
    assert!(error.contains("in/bad.toml") && !has_secret(&error), "{error}");
    assert_eq!(cli.ok(&["connection", "list"]), "[]\n", "one.toml was not added either");
    let done = cli.run(&["connection", "import", "in/one.toml", "in/two.toml"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("It reads the variable ONE at each use"), "{}", done.err);
    assert!(!has_secret(&done.err), "{}", done.err);
    cli.fails(2, &["connection", "import", "in/one.toml"]);
    cli.ok(&["connection", "import", "in/one.toml", "--replace"]);
    cli.ok(&["connection", "import", "in/one.toml", "--name", "other"]);
    cli.fails(4, &["connection", "import", "in/none.toml"]);
    let piped =
        cli.run_with_input(&["connection", "import", "-", "--name", "piped"], &settings("k"));
    assert_eq!(piped.code, 0, "{piped:?}");
    assert!(cli.fails(2, &["connection", "import", "-"]).contains("--name NAME"));
}

#[cfg(unix)]
#[test]
fn settings_that_others_can_read_are_refused() {
    let cli = Cli::new();
    cli.ok(&[
        "connection",
        "add",
        "acme",
        "--vendor",
        "netx",
        "--url",
        "a.netx.net",
        "--api-key",
        "inline:canary",
    ]);
    open_to_others(&cli.folder().join("connections/acme.toml"));
    let error = cli.fails(2, &["connection", "show", "acme"]);
    assert!(error.contains("chmod 600") && !has_secret(&error), "{error}");
    let list = cli.ok(&["connection", "list"]);
    assert!(list.contains("chmod 600") && !has_secret(&list), "{list}");
    let settings =
        cli.write("settings.toml", "[sessions]\nstore = \"redis\"\nurl = \"redis://:canary@db\"\n");
    open_to_others(&settings);
    let error = cli.fails(2, &["connection", "list"]);
    assert!(
        error.contains("settings.toml") && error.contains("chmod 600") && !has_secret(&error),
        "{error}"
    );
}

#[cfg(unix)]
fn open_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    assert!(fs::set_permissions(path, fs::Permissions::from_mode(0o644)).is_ok());
}

/// A person types into a terminal that `script` (util-linux) provides.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_asked_and_the_secret_is_not_shown() {
    use std::{
        io::{Read as _, Write as _},
        process::Stdio,
    };
    let cli = Cli::new();
    let oneteg = env!("CARGO_BIN_EXE_oneteg");
    let line = format!("{oneteg} connection add acme; echo code=$?");
    let mut command = cli.command(&[]);
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let _ = command.stdin(Stdio::null());
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = script.spawn() else {
        println!("SKIPPED: `script` of util-linux is not installed");
        return;
    };
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut shown = String::new();
    // Each response is typed after its question, as a person does: the terminal is switched in between.
    for (question, answer) in [
        ("Vendor [1]: ", "NetX\n"),
        ("Sign-in [1]: ", "\n"),
        ("URL: ", "acme.netx.net\n"),
        ("API key (not shown): ", "canary-key\n"),
    ] {
        let mut bytes = [0; 1024];
        while !shown.ends_with(question) {
            let read = output.read(&mut bytes).unwrap();
            assert!(read > 0, "{shown}");
            shown.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
        input.write_all(answer.as_bytes()).unwrap();
        shown.push('|');
    }
    output.read_to_string(&mut shown).unwrap();
    child.wait().unwrap();
    assert!(
        shown.contains("code=0") && shown.contains("Added the connection acme (NetX)"),
        "{shown}"
    );
    assert!(!has_secret(&shown), "{shown}");
    assert!(has_secret(&fs::read_to_string(cli.folder().join("connections/acme.toml")).unwrap()));
}
