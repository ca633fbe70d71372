use std::time::{Duration, SystemTime};

use oneteg_sandbox::{Fault, Sandbox};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    support::{Home, Ran, mediavalet, netexplorer, netx, netx_at, output},
    tls_server,
};

/// The findings of a run of `oneteg doctor --json`.
fn findings(ran: &Ran) -> Vec<Value> {
    let findings: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    findings.as_array().unwrap().clone()
}

/// The only problem that was found: its check, what was found, and what to do.
fn problem(ran: &Ran) -> (String, String, String) {
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let all = findings(ran);
    let problems: Vec<&Value> =
        all.iter().filter(|finding| finding["state"] == "problem").collect();
    let [problem] = problems.as_slice() else { panic!("{all:#?}") };
    let text = |name: &str| problem[name].as_str().unwrap().to_owned();
    (text("check"), text("found"), text("remedy"))
}

/// Responds to every request with this head and nothing else.
async fn server(head: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 8192];
                let _ = stream.read(&mut request).await;
                let date =
                    httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(3 * 3600));
                let head = head.replace("{date}", &date);
                let response = format!("{head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all(response.as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_works_has_no_problem() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("netx", &netx(&sandbox));
    home.add("netexplorer", &netexplorer(&sandbox));
    let ran = home.run(&["doctor", "--json"]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let all = findings(&ran);
    let of = |connection: &str, check: &str| {
        let found = all.iter().find(|f| f["connection"] == connection && f["check"] == check);
        found.unwrap_or_else(|| panic!("{connection} {check}: {all:#?}"))["found"].clone()
    };
    assert!(of("netx", "credential").as_str().unwrap().starts_with("accepted: "));
    assert_eq!(of("netx", "clock"), "this machine and the server show the same time");
    assert_eq!(of("netexplorer", "session"), "none needed: an application signs in by itself");
    // For people, the same is in lines.
    let ran = home.run(&["doctor", "netx"]).await;
    assert!(ran.stdout.starts_with("This machine\n  ok       files"), "{}", ran.stdout);
    assert!(!format!("{ran:?}").contains('\u{1b}'));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_it_tells_what_to_do() {
    let home = Home::new();
    let ran = home.run(&["doctor"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("oneteg connection add NAME"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_does_not_exist_is_not_found() {
    let home = Home::new();
    let ran = home.run(&["doctor", "acme"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.stdout.contains("there is no connection acme"), "{ran:?}");
    assert!(ran.stderr.contains("there is no connection acme"), "{ran:?}");
    home.add("netx", &netx_at("http://127.0.0.1:9"));
    let ran = home.run(&["doctor", "--json", "netx", "acme"]).await;
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let all = findings(&ran);
    assert!(all.iter().any(|finding| finding["connection"] == "netx"), "{all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_url_is_shown_with_its_path() {
    let home = Home::new();
    home.add("acme", &netx_at("http://127.0.0.1:9/api/rpc/"));
    let ran = home.run(&["doctor", "acme"]).await;
    assert!(ran.stdout.contains("NetX at http://127.0.0.1:9/api/rpc\n"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_wrong_are_corrected_in_a_variable_or_the_file() {
    let home = Home::new();
    let mut connection = netx_at("http://127.0.0.1:9");
    connection.authentication = oneteg_auth::Authentication::api_key("env:ONETEG_TEST_NOT_SET");
    home.add("fe", &connection);
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "fe"]).await);
    assert_eq!(check, "settings");
    assert!(found.contains("ONETEG_TEST_NOT_SET is not set"), "{found}");
    let file = home.folder().join("connections/fe.toml");
    assert_eq!(remedy, format!("Set ONETEG_TEST_NOT_SET, or correct {}", file.display()));
    std::fs::write(&file, "connector = 1\ncolour = 1\n").unwrap();
    let (_, found, remedy) = problem(&home.run(&["doctor", "--json", "fe"]).await);
    assert!(found.contains("`colour`: is not a setting"), "{found}");
    assert_eq!(remedy, format!("Correct {}", file.display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_in_place_of_the_api_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("netx", &netx(&sandbox));
    let page = Fault::response(200).header("content-type", "text/html");
    sandbox.netx().script(page.body("<html></html>").only("getSelf").times(1000)).unwrap();
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "netx"]).await);
    assert_eq!(check, "credential");
    assert!(found.contains("HTML page"), "{found}");
    assert!(remedy.contains("compare the URL with the vendor's"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_is_found() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    home.add("acme", &netx_at(&format!("http://127.0.0.1:{port}")));
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "acme"]).await);
    assert_eq!(check, "reachability");
    assert_eq!(found, format!("127.0.0.1 refuses connections to port {port}"));
    assert!(remedy.contains("Check the port"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_address_is_found() {
    let home = Home::new();
    home.add("acme", &netx_at("https://acme.invalid"));
    let (check, found, _) = problem(&home.run(&["doctor", "--json", "acme"]).await);
    assert_eq!(
        (check.as_str(), found.as_str()),
        ("reachability", "acme.invalid has no address in the DNS")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_is_found_and_its_password_not_shown() {
    let home = Home::new();
    home.add("acme", &netx_at("https://acme.netx.net"));
    let mut command = home.oneteg(&["doctor", "--json", "acme"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    command.env("HTTPS_PROXY", format!("http://user:canary@127.0.0.1:{port}"));
    let ran = output(command).await;
    let (check, found, remedy) = problem(&ran);
    assert_eq!(check, "proxy");
    assert_eq!(found, format!("the proxy 127.0.0.1 refuses connections to port {port}"));
    assert!(remedy.contains("HTTPS_PROXY"), "{remedy}");
    assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_found() {
    let home = Home::new();
    home.add("acme", &netx_at("https://acme.netx.net"));
    for head in ["HTTP/1.1 403 Forbidden", "HTTP/1.1 407 Proxy Authentication Required"] {
        let proxy = server(head).await;
        let mut command = home.oneteg(&["doctor", "--json", "acme"]);
        command.env("https_proxy", &proxy);
        let (check, found, remedy) = problem(&output(command).await);
        assert_eq!(check, "proxy");
        assert!(found.starts_with("the proxy does not connect to acme.netx.net:443"), "{found}");
        assert!(remedy.contains("NO_PROXY"), "{remedy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_is_found_and_the_remedy_works() {
    let home = Home::new();
    let port = tls_server::start().await;
    home.add("acme", &netx_at(&format!("https://localhost:{port}")));
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "acme"]).await);
    assert_eq!(check, "tls");
    assert!(found.contains("issued by an authority that this machine does not trust"), "{found}");
    assert!(remedy.contains("SSL_CERT_FILE"), "{remedy}");

    let mut command = home.oneteg(&["doctor", "--json", "acme"]);
    command.env("SSL_CERT_FILE", tls_server::authority());
    let (check, found, remedy) = problem(&output(command).await);
    assert_eq!(check, "credential", "{found}");
    assert!(remedy.contains("oneteg connection show acme"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_found() {
    let home = Home::new();
    let plain = server("HTTP/1.1 200 OK").await;
    home.add("acme", &netx_at(&plain.replace("http:", "https:")));
    let (check, found, _) = problem(&home.run(&["doctor", "--json", "acme"]).await);
    assert_eq!(check, "tls", "{found}");
    assert!(found.contains("does not complete the TLS handshake"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_found() {
    let home = Home::new();
    let url = server("HTTP/1.1 200 OK\r\ndate: {date}").await;
    home.add("acme", &netx_at(&url));
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "acme"]).await);
    assert_eq!(check, "clock");
    assert_eq!(found, "this machine's clock is 3 h ahead of the server's");
    assert!(remedy.contains("timedatectl set-ntp true"), "{remedy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_and_a_missing_session_are_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("netx", &netx(&sandbox));
    sandbox.netx().revoke_token(sandbox.netx_api_key());
    let ran = home.run(&["doctor", "--json", "netx"]).await;
    let (check, _, remedy) = problem(&ran);
    assert_eq!(check, "credential");
    assert!(remedy.contains("a key may have been revoked"), "{remedy}");
    assert!(!format!("{ran:?}").contains(sandbox.netx_api_key()), "{ran:?}");

    home.add("mediavalet", &mediavalet(&sandbox));
    let (check, found, remedy) = problem(&home.run(&["doctor", "--json", "mediavalet"]).await);
    assert_eq!(check, "session");
    assert_eq!(found, "nobody is signed in, or the session has ended");
    assert_eq!(remedy, "Run `oneteg auth login mediavalet`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_in_trouble_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("netx", &netx(&sandbox));
    let fault = Fault::response(500).only("getSelf").times(u32::MAX).header("retry-after", "0");
    sandbox.netx().script(fault).unwrap();
    let (check, found, _) = problem(&home.run(&["doctor", "--json", "netx"]).await);
    assert_eq!(check, "credential");
    assert!(found.contains("500"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_read_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("mediavalet", &mediavalet(&sandbox));
    let key = home.folder().join("sessions.key");
    home.run(&["doctor", "mediavalet"]).await;
    assert!(key.exists());
    std::fs::write(&key, "damaged").unwrap();
    let (check, found, _) = problem(&home.run(&["doctor", "--json", "mediavalet"]).await);
    assert_eq!(check, "store");
    assert!(found.contains("sessions.key"), "{found}");
}

/// A build with the feature examines the database itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_sessions_that_is_away_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    let home = Home::new();
    home.add("mediavalet", &mediavalet(&sandbox));
    let settings = home.folder().join("settings.toml");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("redis://user:canary@127.0.0.1:{port}");
    let url_file = home.folder().join("url");
    for (path, text) in [
        (&url_file, url),
        (
            &settings,
            format!("[sessions]\nstore = \"redis\"\nurl = \"file:{}\"\n", url_file.display()),
        ),
    ] {
        std::fs::write(path, text).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }
    let ran = home.run(&["doctor", "--json", "mediavalet"]).await;
    let (check, found, _) = problem(&ran);
    assert_eq!(check, "store");
    match cfg!(feature = "redis") {
        true => assert!(found.contains("refused"), "{found}"),
        false => {
            assert!(found.contains("this build of oneteg cannot keep sessions in redis"), "{found}")
        }
    }
    assert!(!format!("{ran:?}").contains("canary"), "{ran:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_others_can_read_are_found() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

    let home = Home::new();
    home.add("acme", &netx_at("http://127.0.0.1:9"));
    let path = home.folder().join("connections/acme.toml");
    std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let ran = home.run(&["doctor", "--json", "acme"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let all = findings(&ran);
    let files = all.iter().find(|finding| finding["check"] == "files").unwrap();
    assert_eq!(files["remedy"], format!("chmod 600 {}", path.display()));
    // Nothing is sent with settings that are refused.
    assert!(all.iter().all(|finding| finding["check"] != "reachability"), "{all:#?}");
}
