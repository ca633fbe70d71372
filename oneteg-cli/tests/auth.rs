//! `oneteg auth`.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use common::{Cli, Vendors, browser, done};
use oneteg_sandbox::Fault;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Signs in to `mv` as a person with a browser does.
fn sign_in(cli: &Cli) -> common::Done {
    // As the advice on a session that has ended puts it.
    let mut child = cli.start(&["auth", "login", "mv", "--no-browser", "--again"]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    let url = loop {
        let mut line = String::new();
        assert!(err.read_line(&mut line).unwrap() > 0, "{shown}");
        shown.push_str(&line);
        if let Some(url) = browser::url_in(&line, "http://") {
            break url;
        }
    };
    let (end, _) = browser::open(&url);
    assert!(end.as_str().starts_with("http://127.0.0.1:"), "{end}");
    err.read_to_string(&mut shown).unwrap();
    let mut done = done(child.wait_with_output().unwrap());
    done.err = shown;
    done
}

#[test]
fn a_person_signs_in_with_a_browser_and_out_again() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let status = cli.run(&["auth", "status", "mv"]);
    assert_eq!((status.code, json(&status.out)["signedIn"].as_bool()), (3, Some(false)));
    assert!(status.err.contains("oneteg auth login mv"), "{}", status.err);
    let signed_in = sign_in(&cli);
    assert_eq!(signed_in.code, 0, "{signed_in:?}");
    assert!(signed_in.err.contains("Signed in to mv"), "{}", signed_in.err);
    let status = json(&cli.ok(&["auth", "status", "mv"]));
    assert_eq!(
        (&status["signedIn"], &status["accessToken"]),
        (&Value::from(true), &Value::from("valid"))
    );
    assert_eq!(status["sessions"], "file");
    let again = cli.run(&["auth", "login", "mv"]);
    assert!(again.code == 0 && again.err.contains("signed in to mv already"), "{again:?}");
    cli.ok(&["connection", "test", "mv"]);
    cli.ok(&["auth", "logout", "mv"]);
    cli.fails(3, &["auth", "status", "mv"]);
    // Who is not signed in signs in, and not again.
    let error = cli.fails(3, &["connection", "test", "mv"]);
    assert!(error.contains("to sign in: oneteg auth login mv\n"), "{error}");
    assert!(!error.contains("again"), "{error}");
}

/// Adds the application `app`, whose client secret is wrong.
fn add_application(cli: &Cli, url: &str) {
    cli.ok(&[
        "connection",
        "add",
        "app",
        "--vendor",
        "netexplorer",
        "--sign-in",
        "client-credentials",
        "--url",
        url,
        "--client-id",
        "sandbox-server",
        "--client-secret",
        "inline:wrong",
    ]);
}

#[test]
fn an_application_that_is_refused_is_told_to_correct_its_settings() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    add_application(&cli, &vendors.netexplorer);
    for arguments in [&["auth", "login", "app"][..], &["connection", "test", "app"]] {
        let error = cli.fails(3, arguments);
        assert!(error.contains("check the client ID, the client secret"), "{error}");
        assert!(!error.contains("oneteg auth login"), "nobody signs in: {error}");
    }
    let report = cli.run(&["doctor", "app"]).out;
    assert!(!report.contains("oneteg auth login"), "{report}");
    assert!(report.contains("Check the client ID, the client secret"), "{report}");
}

#[test]
fn a_person_is_not_told_to_sign_in_again_with_a_wrong_client_secret() {
    let mut vendors = Vendors::start();
    vendors.client.1 = "wrong".to_owned();
    let cli = Cli::new();
    cli.connect(&vendors);
    let signed_in = sign_in(&cli);
    assert_eq!(signed_in.code, 3, "{signed_in:?}");
    assert!(signed_in.err.contains("check the client ID, the client secret"), "{signed_in:?}");
    assert!(!signed_in.err.contains("--again"), "{signed_in:?}");
}

#[test]
fn a_provider_that_is_away_or_fails_refuses_nothing() {
    let cli = Cli::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    add_application(&cli, &url);
    for arguments in [&["auth", "login", "app"][..], &["app", "get-account"]] {
        let error = cli.fails(1, arguments);
        assert!(!error.contains("client secret of"), "{error}");
    }
    let vendors = Vendors::start();
    cli.connect(&vendors);
    let failing = Fault::response(503).header("retry-after", "0").only("createOauthToken");
    vendors.sandbox.netexplorer().script(failing.times(1000)).unwrap();
    cli.fails(1, &["auth", "login", "ne"]);
    cli.fails(1, &["ne", "get-account"]);
}

#[test]
fn a_wrong_subscription_key_is_not_mended_by_a_sign_in() {
    let mut vendors = Vendors::start();
    vendors.subscription_key = "wrong".to_owned();
    let cli = Cli::new();
    cli.connect(&vendors);
    assert_eq!(sign_in(&cli).code, 0);
    let error = cli.fails(3, &["connection", "test", "mv"]);
    assert!(error.contains("from the developer portal"), "{error}");
    assert!(!error.contains("oneteg auth login"), "{error}");
    let report = cli.run(&["doctor", "mv"]).out;
    assert!(report.contains("Copy the subscription key from the developer portal"), "{report}");
    assert!(!report.contains("oneteg auth login"), "{report}");
}

#[test]
fn a_person_pastes_the_address_of_a_browser_on_another_machine() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let mut child = cli.start(&["auth", "login", "mv", "--paste"]);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while browser::url_in(&shown, "http://").is_none_or(|_| !shown.contains("Copy that address")) {
        assert!(err.read_line(&mut shown).unwrap() > 0, "{shown}");
    }
    let url = browser::url_in(&shown, "http://").unwrap();
    let (address, _) = browser::get(&url.parse().unwrap());
    let address = address.unwrap();
    assert!(address.starts_with("https://app.oneteg.com/"), "{address}");
    writeln!(child.stdin.take().unwrap(), "{address}").unwrap();
    err.read_to_string(&mut shown).unwrap();
    let done = done(child.wait_with_output().unwrap());
    assert_eq!(done.code, 0, "{shown}");
    let code = address.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert!(!shown.contains(code), "the code is not shown: {shown}");
    assert_eq!(json(&cli.ok(&["auth", "status", "mv"]))["signedIn"], true);
}

#[test]
fn an_application_signs_in_by_itself() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let login = cli.run(&["auth", "login", "ne"]);
    assert!(login.code == 0 && login.err.contains("its credentials work"), "{login:?}");
    assert_eq!(json(&cli.ok(&["auth", "status", "ne"]))["signedIn"], true);
    let error = cli.fails(2, &["auth", "login", "nx"]);
    assert!(error.contains("uses an API key"), "{error}");
    assert_eq!(json(&cli.ok(&["auth", "status", "nx"]))["signedIn"], true);
    let rows = json(&cli.ok(&["auth", "status"]));
    assert_eq!(rows.as_array().unwrap().len(), 3);
}

#[test]
fn a_token_is_passed_on_and_serves_a_request() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let token = cli.ok(&["auth", "token", "ne"]);
    let header = cli.ok(&["auth", "token", "ne", "--header"]);
    assert_eq!(header, format!("authorization: Bearer {token}"));
    assert_eq!(
        cli.ok(&["auth", "token", "ne"]),
        token,
        "the session is stored, so the token stays"
    );
    let error = cli.fails(3, &["auth", "token", "mv"]);
    assert!(error.contains("oneteg auth login mv"), "{error}");
    cli.fails(2, &["auth", "token", "nx"]);
    cli.fails(4, &["auth", "token", "none"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_token_is_not_printed_on_a_terminal() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    let token = cli.ok(&["auth", "token", "ne"]);
    let oneteg = env!("CARGO_BIN_EXE_oneteg");
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &format!("{oneteg} auth token ne; echo code=$?"), "/dev/null"]);
    let Ok(shown) = script.env("ONETEG_CONFIG_DIR", cli.folder()).output() else {
        println!("SKIPPED: `script` of util-linux is not installed");
        return;
    };
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("code=2") && !shown.contains(token.trim()), "{shown}");
}

#[test]
fn a_session_that_the_vendor_ended_is_reported() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    assert_eq!(sign_in(&cli).code, 0);
    vendors.sandbox.mediavalet().expire_access_tokens();
    let ended = Fault::response(400).header("content-type", "application/json");
    let ended = ended.body("{\"error\":\"invalid_grant\"}").only("token");
    vendors.sandbox.mediavalet().script(ended).unwrap();
    let error = cli.fails(3, &["connection", "test", "mv"]);
    assert!(error.contains("oneteg auth login mv --again"), "{error}");
    assert_eq!(sign_in(&cli).code, 0, "a new sign-in helps");
    cli.ok(&["connection", "test", "mv"]);
}

#[test]
fn a_damaged_session_says_what_to_do() {
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    assert_eq!(sign_in(&cli).code, 0);
    for entry in std::fs::read_dir(cli.folder().join("sessions")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::write(path, "damaged").unwrap();
        }
    }
    let error = cli.fails(3, &["connection", "test", "mv"]);
    assert!(error.contains("oneteg auth login mv"), "{error}");
    let rows = json(&cli.ok(&["auth", "status"]));
    assert!(rows[0]["problem"].is_string(), "{rows}");
    assert_eq!(sign_in(&cli).code, 0, "a new sign-in replaces it");
    cli.ok(&["connection", "test", "mv"]);
}

#[test]
fn a_store_that_is_not_built_in_is_named() {
    if cfg!(feature = "redis") {
        return;
    }
    let vendors = Vendors::start();
    let cli = Cli::new();
    cli.connect(&vendors);
    cli.write("settings.toml", "[sessions]\nstore = \"redis\"\nurl = \"env:NONE\"\n");
    let error = cli.fails(2, &["connection", "test", "ne"]);
    assert!(
        error.contains("cannot keep sessions in redis") && error.contains("feature redis"),
        "{error}"
    );
    cli.ok(&["connection", "test", "nx"]);
}
