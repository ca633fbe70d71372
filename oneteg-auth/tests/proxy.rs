//! Proxies of the environment: requests to other hosts use them, requests to this machine never do.
//!
//! The environment belongs to a whole process, so a second run of this program makes the requests.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use oneteg_auth::{AuthRequest, Authenticator, OAuth2, OAuth2Config, client_builder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Tells the second run of the program where the server on this machine is.
const SERVER: &str = "ONETEG_TEST_PROXY_SERVER";

/// What a listener received, one entry per connection.
type Heard = Arc<Mutex<Vec<String>>>;

/// Responds with a token to every request.
async fn listen(address: &str) -> Option<(u16, Heard)> {
    let listener = TcpListener::bind(address).await.ok()?;
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let log = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let mut request = String::new();
                let mut part = [0; 4096];
                while !request.contains("\r\n\r\n") {
                    match stream.read(&mut part).await {
                        Ok(read @ 1..) => request.push_str(&String::from_utf8_lossy(&part[..read])),
                        _ => break,
                    }
                }
                log.lock().unwrap().push(request);
                let body = r#"{"access_token":"t0ken"}"#;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                // The rest of the request is read, so that closing does not reset the connection.
                let _ = stream.shutdown().await;
                while stream.read(&mut part).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    Some((port, heard))
}

/// Runs [`asks_everybody`] in a process with this environment.
async fn ask(environment: Vec<(&'static str, String)>) {
    let done = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "asks_everybody", "--nocapture"]);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.envs(environment).output().unwrap()
    });
    let output = done.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Does nothing unless the other tests run it.
#[tokio::test]
async fn asks_everybody() {
    let Ok(server) = std::env::var(SERVER) else { return };
    let client = client_builder(false).unwrap().build().unwrap();
    for url in server.split(' ') {
        let response = client.get(url).header("x-key", "canary-key").send().await;
        assert_eq!(response.unwrap().status(), 200, "{url}");
        let config = OAuth2Config::client_credentials("id", "canary-secret", url.parse().unwrap());
        let session = OAuth2::builder(config).build().unwrap();
        let (api, mut headers) = ("https://api.example/".parse().unwrap(), http::HeaderMap::new());
        session.authorize(AuthRequest::new(&api, &mut headers)).await.unwrap();
    }
    // These names do not exist: a response can only come from the proxy.
    for other in ["http://elsewhere.invalid/", "http://127.0.0.1.elsewhere.invalid/"] {
        let _ = client.get(other).send().await;
    }
}

#[tokio::test]
async fn this_machine_is_never_asked_through_a_proxy() {
    let (server, at_home) = listen("127.0.0.1:0").await.unwrap();
    let mut urls = vec![
        format!("http://127.0.0.1:{server}/"),
        format!("http://localhost:{server}/"),
        format!("http://127.0.0.1:{server}/token"),
    ];
    // All of 127.0.0.0/8 is this machine on Linux; elsewhere only its first address is.
    if cfg!(target_os = "linux") {
        let (other, _) = listen("127.8.9.1:0").await.unwrap();
        urls.push(format!("http://127.8.9.1:{other}/"));
    }
    if let Some((six, _)) = listen("[::1]:0").await {
        urls.push(format!("http://[::1]:{six}/"));
    }
    let (proxy, at_proxy) = listen("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://user:pw@127.0.0.1:{proxy}");
    for names in [
        vec!["http_proxy", "https_proxy"],
        vec!["HTTP_PROXY", "HTTPS_PROXY"],
        vec!["ALL_PROXY"],
        vec!["all_proxy"],
    ] {
        let mut environment: Vec<_> = names.iter().map(|name| (*name, proxy.clone())).collect();
        environment.push((SERVER, urls.join(" ")));
        // Other exceptions change nothing.
        environment.push(("NO_PROXY", "internal.example".to_owned()));
        ask(environment).await;
        let heard = std::mem::take(&mut *at_proxy.lock().unwrap());
        let first: Vec<&str> = heard.iter().map(|head| head.lines().next().unwrap()).collect();
        let expected = [
            "GET http://elsewhere.invalid/ HTTP/1.1",
            "GET http://127.0.0.1.elsewhere.invalid/ HTTP/1.1",
        ];
        assert_eq!(first, expected, "{names:?}");
        let with_password =
            heard.iter().all(|head| head.to_lowercase().contains("proxy-authorization: basic "));
        assert!(with_password, "{names:?}: the proxy's own password was lost");
        assert_eq!(at_home.lock().unwrap().drain(..).count(), 6, "{names:?}");
    }
}

#[tokio::test]
async fn exceptions_of_the_environment_are_kept() {
    let (server, _) = listen("127.0.0.1:0").await.unwrap();
    let (proxy, at_proxy) = listen("127.0.0.1:0").await.unwrap();
    let proxy = format!("127.0.0.1:{proxy}");
    let server = format!("http://127.0.0.1:{server}/");
    for (excepted, asked) in [("elsewhere.invalid", 0), ("*", 0), ("127.0.0.1", 2), ("", 2)] {
        ask(vec![
            ("http_proxy", proxy.clone()),
            ("no_proxy", excepted.to_owned()),
            (SERVER, server.clone()),
        ])
        .await;
        assert_eq!(at_proxy.lock().unwrap().drain(..).count(), asked, "{excepted}");
    }
    // In a CGI program the variable comes from the remote client.
    ask(vec![("HTTP_PROXY", proxy), ("REQUEST_METHOD", "GET".to_owned()), (SERVER, server)]).await;
    assert_eq!(at_proxy.lock().unwrap().len(), 0);
}
