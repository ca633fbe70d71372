//! Commands to a Redis server, by `redis-cli`.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// How to reach a server.
#[derive(Debug, Clone)]
pub(super) struct RedisClient {
    pub(super) port: u16,
    pub(super) password: Option<String>,
    /// The authority of its certificate, if it speaks TLS.
    pub(super) authority: Option<PathBuf>,
}

impl RedisClient {
    pub(super) const fn plain(port: u16) -> Self {
        Self { port, password: None, authority: None }
    }

    /// The response as `redis-cli` prints it without a terminal; empty if the server cannot be reached.
    pub(super) fn command(&self, words: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(authority) = &self.authority {
            command.args(["--tls", "--cacert"]).arg(authority);
        }
        if let Some(password) = &self.password {
            // Not an argument, which any process could read.
            command.env("REDISCLI_AUTH", password);
        }
        let output = command.args(words).stdin(Stdio::null()).output();
        let output = output.expect("the program redis-cli").stdout;
        String::from_utf8_lossy(&output).trim_end().to_owned()
    }

    pub(super) fn is_ready(&self) -> bool {
        self.command(&["ping"]) == "PONG"
    }
}
