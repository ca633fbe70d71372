//! Connection settings: reading, completion by the vendors' rules, and problems.

// Clippy sees helpers of integration tests as code outside tests.
#![allow(clippy::unwrap_used, clippy::panic)]

use oneteg_auth::{
    Authentication, ClientAuthentication, Connection, ConnectionError, Connector, HeaderScheme,
    OAuthFlow, OAuthSettings, ResolvedAuthentication, ResolvedOAuthSettings, Vendor,
    connection::{FieldProblemKind, NetExplorerScope},
};

/// The tables of the connectors' documentation, as TOML.
const NETX_KEY: &str = r#"
connection_name = "NetX Connection"
connector = "netxConnector-v1.0"
endpoint_url = "https://onetegdev.netx.net"

[authentication]
type = "Api Key"
api_key = "the-key"
"#;

const NETX_OAUTH: &str = r#"
connection_name = "NetX Connection"
connector = "netxConnector-v1.0"
endpoint_url = "https://onetegdev.netx.net"

[authentication]
type = "OAuth"
flow = "Authorization Code"
client_id = "app"
client_secret = "the-secret"
token_url = "https://onetegdev.netx.net/oauth/token"
authorization_url = "https://onetegdev.netx.net/oauth/authorize"
scopes = ""
"#;

const MEDIAVALET: &str = r#"
connection_name = "MediaValet Connection"
connector = "mediavaletConnector-v1.0"
endpoint_url = "https://api.mediavalet.com"
subscription_key = "the-subscription-key"

[authentication]
type = "oauth"
flow = "authorization_code"
client_id = "app"
client_secret = "the-secret"
scopes = "openid api offline_access"
"#;

const NETEXPLORER: &str = r#"
connection_name = "NetExplorer Connection"
connector = "netexplorerConnector-v1.0"
endpoint_url = "https://company.netexplorer.pro/api"

[authentication]
type = "oauth"
application_type = "client"
client_id = "app"
"#;

const CALLBACK: &str = "https://app.oneteg.com/rest/v1/oauth2/callback";

fn oauth(toml: &str) -> ResolvedOAuthSettings {
    let resolved = Connection::from_toml(toml).unwrap().resolve().unwrap();
    match resolved.authentication {
        ResolvedAuthentication::OAuth(settings) => *settings,
        other => panic!("{other:?}"),
    }
}

/// Reads a document that must be refused. Returns its problems as a user sees them.
fn refused(toml: &str) -> Vec<String> {
    let error = Connection::from_toml(toml).unwrap_err();
    assert!(!error.to_string().contains('\n'), "not one line: {error}");
    error.problems().iter().map(ToString::to_string).collect()
}

/// The one problem of a document in which `from` was replaced by `to`.
fn one_problem(document: &str, from: &str, to: &str) -> String {
    assert!(document.contains(from), "{from}");
    let mut problems = refused(&document.replace(from, to));
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn netx_with_a_key() {
    let resolved = Connection::from_toml(NETX_KEY).unwrap().resolve().unwrap();
    assert_eq!(resolved.connection_name, "NetX Connection");
    assert_eq!(resolved.endpoint_url.as_str(), "https://onetegdev.netx.net/");
    assert_eq!(resolved.origin(), resolved.endpoint_url.origin());
    let ResolvedAuthentication::ApiKey { header_scheme, api_key } = resolved.authentication else {
        panic!("not an API key")
    };
    assert_eq!((header_scheme, api_key.expose()), (HeaderScheme::API_TOKEN, "the-key"));
}

#[test]
fn netx_with_oauth_as_documented_or_derived() {
    let given = oauth(NETX_OAUTH);
    let derived: String = NETX_OAUTH
        .lines()
        .filter(|line| !line.contains("_url = \"https://onetegdev.netx.net/"))
        .fold(String::new(), |text, line| text + line + "\n");
    assert!(!derived.contains("token_url"));
    for settings in [given, oauth(&derived)] {
        assert_eq!(settings.flow, OAuthFlow::AuthorizationCode);
        assert_eq!(settings.token_url.as_str(), "https://onetegdev.netx.net/oauth/token");
        let authorization = settings.authorization_url.unwrap();
        assert_eq!(authorization.as_str(), "https://onetegdev.netx.net/oauth/authorize");
        assert_eq!(settings.redirect_uri.as_deref(), Some(CALLBACK));
        assert_eq!(settings.client_secret.unwrap().expose(), "the-secret");
        assert_eq!(settings.header_scheme, HeaderScheme::API_TOKEN);
        assert_eq!(settings.client_auth, ClientAuthentication::Body);
        assert!(settings.scopes.is_empty());
        assert_eq!(
            (settings.issuer, settings.revocation_url, settings.discovery_url),
            (None, None, None)
        );
    }
}

#[test]
fn everything_doubtful_about_netx_can_be_set() {
    let toml = NETX_OAUTH
        .replace("/oauth/token", "/a/t")
        .replace("/oauth/authorize", "/app#access/api")
        .replace(
            "scopes = \"\"",
            "header_scheme = \"Bearer\"\nclient_auth = \"basic\"\nscopes = [\"x\"]",
        );
    let settings = oauth(&toml);
    assert_eq!(settings.token_url.path(), "/a/t");
    let authorization = settings.authorization_url.unwrap();
    assert_eq!(authorization.as_str(), "https://onetegdev.netx.net/app#access/api");
    assert_eq!(settings.header_scheme, HeaderScheme::BEARER);
    assert_eq!(settings.client_auth, ClientAuthentication::Basic);
    assert_eq!(settings.scopes.to_string(), "x");
}

#[test]
fn mediavalet_fills_in_its_fixed_endpoints() {
    let short = MEDIAVALET
        .replace("endpoint_url = \"https://api.mediavalet.com\"\n", "")
        .replace("scopes = \"openid api offline_access\"\n", "");
    let resolved = Connection::from_toml(&short).unwrap().resolve().unwrap();
    assert_eq!(resolved.endpoint_url.as_str(), "https://api.mediavalet.com/");
    assert_eq!(resolved.subscription_key.unwrap().expose(), "the-subscription-key");
    for settings in [oauth(MEDIAVALET), oauth(&short)] {
        let of_login = |path: &str| format!("https://login.mediavalet.com{path}");
        let text = |url: Option<url::Url>| url.unwrap().to_string();
        assert_eq!(settings.token_url.as_str(), of_login("/connect/token"));
        assert_eq!(text(settings.authorization_url), of_login("/connect/authorize"));
        assert_eq!(text(settings.revocation_url), of_login("/connect/revocation"));
        assert_eq!(text(settings.discovery_url), of_login("/.well-known/openid-configuration"));
        assert_eq!(settings.issuer.as_deref(), Some("https://iam.mediavalet.com"));
        assert_eq!(settings.scopes.to_string(), "openid api offline_access");
        assert_eq!(settings.header_scheme, HeaderScheme::BEARER);
    }
}

/// Tokens of another server must not reach the vendor's revocation endpoint.
#[test]
fn another_token_server_has_none_of_the_vendors_other_endpoints() {
    let elsewhere = "type = \"oauth\"\ntoken_url = \"http://127.0.0.1:9/token\"";
    let settings = oauth(&MEDIAVALET.replace("type = \"oauth\"", elsewhere));
    assert_eq!(
        (settings.issuer, settings.revocation_url, settings.discovery_url),
        (None, None, None)
    );
    let own = "\nrevocation_url = \"http://127.0.0.1:9/revoke\"\nissuer = \"http://127.0.0.1:9\"";
    let own = oauth(&MEDIAVALET.replace("type = \"oauth\"", &format!("{elsewhere}{own}")));
    assert_eq!(own.revocation_url.unwrap().as_str(), "http://127.0.0.1:9/revoke");
    assert_eq!(own.issuer.as_deref(), Some("http://127.0.0.1:9"));
}

#[test]
fn netexplorer_takes_its_flow_from_the_application_type() {
    let client = oauth(NETEXPLORER);
    assert_eq!(client.flow, OAuthFlow::AuthorizationCode);
    assert_eq!(client.token_url.as_str(), "https://company.netexplorer.pro/oauth2/token");
    let authorization = client.authorization_url.unwrap();
    assert_eq!(authorization.as_str(), "https://company.netexplorer.pro/oauth2/authorize");
    assert!(client.client_secret.is_none(), "a public client has PKCE only");
    let scopes: Vec<_> = client.scopes.netexplorer().collect();
    assert_eq!(scopes, [NetExplorerScope::All]);

    let server =
        oauth(&NETEXPLORER.replace("\"client\"", "\"server\"\nclient_secret = \"the-secret\""));
    assert_eq!(server.flow, OAuthFlow::ClientCredentials);
    assert_eq!((server.authorization_url, server.redirect_uri), (None, None));
}

#[test]
fn a_version_that_is_not_known_yet_uses_the_vendors_rules() {
    let toml = NETEXPLORER.replace("Connector-v1.0", "Connector-v7.3");
    let connection = Connection::from_toml(&toml).unwrap();
    assert_eq!(connection.connector.version(), "7.3");
    assert_eq!(connection.connector.vendor(), Vendor::NetExplorer);
    assert!(connection.resolve().is_ok());
}

#[test]
fn every_fault_is_named_at_once_in_the_words_of_the_form() {
    let problems = refused(
        r#"
        conector = "netxConnector-v1.0"
        endpoint_url = "http://onetegdev.netx.net"
        [authentication]
        type = "oauth"
        flow = "implicit"
        client_secrt = "canary-4711"
        token_url = "onetegdev.netx.net/oauth/token"
        scopes = 5
        "#,
    );
    let starts = [
        "`conector`: is not a setting; did you mean connector?",
        "authentication.`client_secrt`: is not a setting; did you mean authentication.client_secret?",
        "Connector: is required",
        "Flows: must be one of authorization_code, client_credentials",
        "Scopes: must be text",
        "Connection Name: is required",
        "Endpoint URL: must begin with https://",
        "Client ID: is required",
        "Token URL: is not a URL",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem} / {start}");
    }
}

#[test]
fn urls() {
    let endpoint = |url: &str| one_problem(NETX_KEY, "https://onetegdev.netx.net", url);
    assert!(endpoint("onetegdev.netx.net").contains("write it in full"));
    assert!(endpoint("ftp://onetegdev.netx.net").contains("must begin with https://"));
    assert!(endpoint("http://onetegdev.netx.net").contains("must begin with https://"));
    assert!(endpoint("http://10.0.0.1").contains("must begin with https://"));
    assert!(endpoint("http://127.0.0.1.example").contains("must begin with https://"));
    assert!(endpoint("https://me:canary@onetegdev.netx.net").contains("user name or password"));
    assert!(endpoint("https://onetegdev.netx.net/?key=canary").contains("a query"));
    assert!(endpoint("https://onetegdev.netx.net/#canary").contains("a fragment"));
    assert_eq!(endpoint(" "), "Endpoint URL: is required");
    for own_machine in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost:8080"] {
        let toml = NETX_KEY.replace("https://onetegdev.netx.net", own_machine);
        assert!(Connection::from_toml(&toml).unwrap().resolve().is_ok(), "{own_machine}");
    }
    let redirect =
        |uri: &str| NETX_OAUTH.replace("scopes = \"\"", &format!("redirect_uri = \"{uri}\""));
    // RFC 8252 section 7: loopback with any port, and an application's own scheme.
    for uri in ["http://127.0.0.1:0/cb", "com.example.app:/cb", "https://host.example"] {
        assert_eq!(oauth(&redirect(uri)).redirect_uri.as_deref(), Some(uri));
    }
    for uri in ["http://host.example/cb", "https://host.example/cb#x", "javascript:alert(1)"] {
        assert!(refused(&redirect(uri))[0].starts_with("Redirect URI: must"), "{uri}");
    }
}

#[test]
fn contradictions() {
    let with = |document, from, to| one_problem(document, from, to);
    assert_eq!(
        with(NETX_KEY, "api_key = \"the-key\"", "api_key = \"the-key\"\nclient_id = \"app\""),
        "Client ID: conflicts with Authentication Api Key; remove one of the two"
    );
    assert_eq!(
        with(NETX_OAUTH, "scopes = \"\"", "api_key = \"canary\""),
        "Api Key: conflicts with Authentication OAuth; remove one of the two"
    );
    assert_eq!(
        with(
            NETEXPLORER,
            "\"client\"",
            "\"client\"\nclient_secret = \"s\"\nflow = \"client_credentials\""
        ),
        "Application type: conflicts with Flows Client Credentials; remove one of the two"
    );
    assert_eq!(
        with(
            NETEXPLORER,
            "\"client\"",
            "\"server\"\nclient_secret = \"s\"\nredirect_uri = \"https://x.y\""
        ),
        "Redirect URI: conflicts with Flows Client Credentials; remove one of the two"
    );
    assert_eq!(
        with(NETEXPLORER, "\"client\"", "\"client\"\nclient_auth = \"basic\""),
        "Client Authentication: conflicts with a missing Client Secret; remove one of the two"
    );
}

#[test]
fn what_a_vendor_does_not_have() {
    assert_eq!(
        one_problem(NETX_KEY, "\n[auth", "subscription_key = \"canary\"\n[auth"),
        "Subscription Key: is not a setting of NetX connections; remove it"
    );
    assert_eq!(
        one_problem(NETX_OAUTH, "scopes = \"\"", "application_type = \"client\""),
        "Application type: is not a setting of NetX connections; remove it"
    );
    assert_eq!(
        one_problem(NETX_KEY, "netxConnector", "netexplorerConnector"),
        "Authentication: NetExplorer connections use OAuth, with Authorization Code or Client Credentials"
    );
    let problems = refused(
        &NETX_OAUTH
            .replace("Authorization Code", "Client Credentials")
            .replace("authorization_url", "issuer"),
    );
    assert_eq!(problems, ["Flows: NetX connections use Api Key, or OAuth with Authorization Code"]);
}

#[test]
fn what_a_vendor_requires() {
    assert_eq!(
        one_problem(MEDIAVALET, "subscription_key = \"the-subscription-key\"", ""),
        "Subscription Key: is required"
    );
    assert_eq!(
        one_problem(NETX_OAUTH, "client_secret = \"the-secret\"", ""),
        "Client Secret: is required"
    );
    assert_eq!(one_problem(NETEXPLORER, "\"client\"", "\"server\""), "Client Secret: is required");
    assert_eq!(one_problem(NETX_KEY, "the-key", "  "), "Api Key: is required");
}

#[test]
fn names_that_are_unknown_repeated_or_in_the_wrong_table() {
    assert!(
        one_problem(NETX_KEY, "\n[auth", "client_id = \"x\"\n[auth")
            .contains("authentication.client_id")
    );
    assert!(
        one_problem(NETX_KEY, "api_key =", "endpoint_url = \"https://x.y\"\napi_key =")
            .contains("endpoint_url?")
    );
    assert!(one_problem(NETX_KEY, "\n[auth", "\"Client ID\" = \"x\"\n[auth").contains("client_id"));
    let json = r#"{"connection_name": "a", "connection_name": "b", "connector": "netxConnector-v1.0",
        "endpoint_url": "https://x.y", "authentication": {"type": "api_key", "api_key": "k"}}"#;
    let error = Connection::from_json(json).unwrap_err();
    assert_eq!(error.to_string(), "Connection Name: is given twice; keep one");
    for text in ["[]", "5", "null", "\"canary\""] {
        let error = Connection::from_json(text).unwrap_err();
        assert_eq!(error.to_string(), "the document: must be a table of settings");
    }
}

#[test]
fn texts_that_no_header_can_carry() {
    for scheme in ["two words", "a,b", "é", "x\\r\\ny: z"] {
        let problem =
            one_problem(NETX_OAUTH, "scopes = \"\"", &format!("header_scheme = \"{scheme}\""));
        assert!(problem.starts_with("Header Scheme: must be one word"), "{problem}");
    }
    let problem = one_problem(NETX_OAUTH, "scopes = \"\"", "scopes = \"a\\\\b\"");
    assert!(problem.starts_with("Scopes: must be scope names"), "{problem}");
}

/// Some editors write a byte order mark at the beginning of a file.
#[test]
fn a_byte_order_mark_before_the_settings_is_no_part_of_them() {
    for document in [NETX_KEY, NETX_OAUTH, MEDIAVALET, NETEXPLORER] {
        let connection = Connection::from_toml(&format!("\u{feff}{document}")).unwrap();
        let json = connection.to_json_with_secrets().unwrap();
        let again = Connection::from_json(&format!("\u{feff}{}", json.expose())).unwrap();
        assert_eq!(again.to_json_with_secrets().unwrap().expose(), json.expose());
    }
    let error = Connection::from_json("\u{feff}{\n\"connection_name\": x}").unwrap_err();
    assert!(matches!(error, ConnectionError::Syntax { line: 2, .. }), "{error}");
    assert!(Connection::from_json("\u{feff}\u{feff}{}").unwrap_err().problems().is_empty());
}

#[test]
fn settings_with_characters_that_nobody_sees() {
    for character in ["\u{200b}", "\u{feff}", "\\n", "\\t", "\u{ad}"] {
        let problem = one_problem(NETX_OAUTH, "\"app\"", &format!("\"a{character}pp\""));
        assert!(problem.starts_with("Client ID: has a"), "{problem}");
        let with = |uri: &str| {
            one_problem(NETX_OAUTH, "scopes = \"\"", &format!("redirect_uri = \"{uri}\""))
        };
        let problem = with(&format!("https://host.example/c{character}b"));
        assert!(problem.starts_with("Redirect URI: has a"), "{problem}");
        let url = format!("https://onetegdev{character}.netx.net");
        let problem = one_problem(NETX_KEY, "https://onetegdev.netx.net", &url);
        assert!(problem.starts_with("Endpoint URL: has a"), "{problem}");
    }
}

#[test]
fn a_syntax_error_says_where() {
    let toml = NETX_KEY.replace("\"the-key\"", "\"canary-4711");
    let error = Connection::from_toml(&toml).unwrap_err();
    let ConnectionError::Syntax { format: "TOML", line: 8, .. } = error else { panic!("{error}") };
    assert!(!format!("{error} {error:?}").contains("canary"));
    let error = Connection::from_json("{\n\"connection_name\": canary-4711}").unwrap_err();
    assert!(matches!(error, ConnectionError::Syntax { format: "JSON", line: 2, .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn settings_made_in_code_are_checked_too() {
    let mut config = OAuthSettings::new(OAuthFlow::ClientCredentials, " ");
    config.redirect_uri = Some("https://x.y".into());
    let mut connection = Connection::new("", Connector::NETEXPLORER_V1_0, config);
    connection.endpoint_url = Some("https://company.netexplorer.pro".into());
    connection.subscription_key = Some("k".into());
    let error = connection.validate().unwrap_err();
    let found: Vec<_> = error.problems().iter().map(|problem| problem.path()).collect();
    let expected = [
        "connection_name",
        "subscription_key",
        "authentication.client_id",
        "authentication.client_secret",
        "authentication.redirect_uri",
    ];
    assert_eq!(found, expected);
    assert_eq!(connection.resolve().unwrap_err(), error, "resolving checks the same");

    let connection = Connection::new("x", Connector::NETX_V1_0, Authentication::api_key("k"));
    assert_eq!(connection.resolve().unwrap_err().problems()[0].kind(), &FieldProblemKind::Required);
}

#[test]
fn documents_read_back_as_they_were_written() {
    let full = NETX_OAUTH.replace(
        "scopes = \"\"",
        "scopes = []\nredirect_uri = \"https://host.example\"\nheader_scheme = \"Bearer\"\nclient_auth = \"basic\"\n\
         revocation_url = \"https://x.y/r\"\ndiscovery_url = \"https://x.y/d\"\nissuer = \"https://x.y\"",
    );
    for document in [NETX_KEY, NETX_OAUTH, MEDIAVALET, NETEXPLORER, &full] {
        let connection = Connection::from_toml(document).unwrap();
        let toml = connection.to_toml_with_secrets().unwrap();
        let json = connection.to_json_with_secrets().unwrap();
        for again in [
            Connection::from_toml(toml.expose()).unwrap(),
            Connection::from_json(json.expose()).unwrap(),
        ] {
            assert_eq!(again.to_toml_with_secrets().unwrap().expose(), toml.expose());
            assert_eq!(again.to_json_with_secrets().unwrap().expose(), json.expose());
            let resolved = |c: &Connection| format!("{:?}", c.resolve().unwrap());
            assert_eq!(resolved(&again), resolved(&connection));
        }
    }
    let toml = Connection::from_toml(&full).unwrap().to_toml_with_secrets().unwrap();
    let lines = |text: &str| {
        let mut lines: Vec<_> =
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let canonical = full
        .replace("\"OAuth\"", "\"oauth\"")
        .replace("\"Authorization Code\"", "\"authorization_code\"");
    assert_eq!(lines(toml.expose()), lines(&canonical), "nothing is lost or added");
}
