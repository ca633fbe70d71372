//! A certificate for a server on loopback, and the authority that signed it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The files of one server, in PEM.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    /// The authority, which no system trusts.
    pub(crate) authority: PathBuf,
    /// For `localhost` and 127.0.0.1.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    /// Makes them in this folder with the program `openssl`; they are valid for a day.
    pub(crate) fn make(folder: &Path) -> Self {
        let file = |name: &str| folder.join(name);
        let authority_key = file("authority.key");
        let made = Self {
            authority: file("authority.pem"),
            certificate: file("server.pem"),
            key: file("server.key"),
        };
        run(request("/CN=Test authority", &authority_key, &made.authority)
            .args(["-addext", "keyUsage=critical,keyCertSign"]));
        run(request("/CN=localhost", &made.key, &made.certificate)
            .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
            .args(["-addext", "basicConstraints=critical,CA:false", "-CA"])
            .arg(&made.authority)
            .arg("-CAkey")
            .arg(&authority_key));
        made
    }
}

fn request(subject: &str, key: &Path, certificate: &Path) -> Command {
    let mut command = Command::new("openssl");
    command
        .args(["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", subject, "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(certificate);
    command
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program openssl");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl: {messages}");
}
