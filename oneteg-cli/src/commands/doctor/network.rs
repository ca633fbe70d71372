//! The path to a server: name, connection, TLS, an HTTP response, and the date in it.

use std::{
    io,
    time::{Duration, Instant, SystemTime},
};

use oneteg_auth::client_builder;
use reqwest::{header, redirect::Policy};
use tokio::{net::TcpStream, time::timeout};
use url::Url;

use super::{
    clock,
    failure::failure,
    finding::Finding,
    proxy::{self, Route},
};

/// The time limit of each step.
const LIMIT: Duration = Duration::from_secs(10);
const REACHABILITY: &str = "reachability";

/// Examines the path to a server, up to the first step that fails. Nothing secret is sent: a request for the root of the
/// server, without a credential.
pub(super) async fn examine(url: &Url) -> Vec<Finding> {
    let (route, found) = proxy::route(url, |name| std::env::var(name).ok());
    let mut findings = vec![found];
    let Some(server) = proxy::endpoint(url) else {
        let remedy = "Set `endpoint_url` of the connection to the address of the server";
        findings.push(Finding::problem(REACHABILITY, "the URL has no host", remedy));
        return findings;
    };
    let (host, port, subject) = match &route {
        Route::Direct => (&server.0, server.1, Subject::Server),
        Route::Proxy { host, port } => (host, *port, Subject::Proxy),
    };
    if let Some(problem) = connect(host, port, subject).await {
        findings.push(problem);
        return findings;
    }
    findings.extend(request(url, &format!("{}:{}", server.0, server.1), &route).await);
    findings
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Server,
    Proxy,
}

/// Resolves the name and opens a connection. `None` if that works.
async fn connect(host: &str, port: u16, subject: Subject) -> Option<Finding> {
    let what = if subject == Subject::Proxy { "the proxy " } else { "" };
    let check = if subject == Subject::Proxy { "proxy" } else { REACHABILITY };
    let problem = |found: String, remedy: &str| Some(Finding::problem(check, found, remedy));
    let addresses = match timeout(LIMIT, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    if addresses.is_empty() {
        let remedy =
            "Check the spelling of the name, and that this machine has a network and a DNS server";
        return problem(format!("{what}{host} has no address in the DNS"), remedy);
    }
    let remedy = match subject {
        Subject::Server => {
            "Check the port in the URL of the connection, that the server runs, and that no firewall is between. If this \
             network has a proxy, set HTTPS_PROXY"
        }
        Subject::Proxy => {
            "Check HTTPS_PROXY and that the proxy runs, or unset the variable if this network needs no proxy"
        }
    };
    match timeout(LIMIT, TcpStream::connect(&addresses[..])).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            problem(format!("{what}{host} refuses connections to port {port}"), remedy)
        }
        Ok(Err(error)) => {
            problem(format!("{what}{host}:{port} cannot be reached: {error}"), remedy)
        }
        Err(_) => problem(
            format!("{what}{host}:{port} does not respond within {} s", LIMIT.as_secs()),
            remedy,
        ),
    }
}

async fn request(url: &Url, server: &str, route: &Route) -> Vec<Finding> {
    let encrypted = url.scheme() == "https";
    let client = client_builder(encrypted).map_err(|error| error.to_string()).and_then(|builder| {
        let builder = builder.redirect(Policy::none()).timeout(LIMIT);
        builder.build().map_err(|error| error.without_url().to_string())
    });
    let client = match client {
        Ok(client) => client,
        Err(reason) => {
            let remedy =
                "Install the certificates of the platform (Debian: the package `ca-certificates`)";
            return vec![Finding::problem("tls", reason, remedy)];
        }
    };
    let mut root = url.clone();
    root.set_path("/");
    let started = Instant::now();
    match client.get(root).send().await {
        Ok(response) if response.status().as_u16() == 407 => vec![Finding::problem(
            "proxy",
            "the proxy wants a user and a password",
            "Put them into the variable: http://USER:PASSWORD@HOST:PORT",
        )],
        Ok(response) => {
            let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            let clock = clock::compare(date, SystemTime::now(), started.elapsed());
            let tls = match encrypted {
                true => Finding::ok(
                    "tls",
                    format!("{server} has a certificate that this machine trusts"),
                ),
                false => Finding::skipped("tls", "not used: plain http"),
            };
            let reached = Finding::ok(REACHABILITY, format!("{server} responds"));
            vec![reached, tls, clock]
        }
        Err(error) => {
            let through_proxy = *route != Route::Direct;
            vec![failure(&error, through_proxy).finding(server)]
        }
    }
}
