//! The client that openapi-generator makes of our bundle of MediaValet. Needs its command, which PyPI's
//! `openapi-generator-cli` brings, and Java.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use super::{
    FOLDER,
    subjects::{PLAIN, Subject, TOKIO, program},
};
use crate::stdout::out;

const COMMAND: &str = "openapi-generator-cli";
const VERSION: &str = "7.26.0";
const BUNDLE: &str = "specs/mediavalet/bundle.json";

const CALLS: &str = r#"
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut configuration = Configuration::new();
    configuration.bearer_access_token = Some("any".to_owned());
    println!("{:?}", users_api::get_current_user(&configuration, None).await?.payload);
    println!("{:?}", users_api::list_users(&configuration, None, None, None).await?.payload);
"#;

/// The subject; `None`, with a notice, without the command.
///
/// # Errors
/// If the command fails, or is of another version.
pub(super) fn subject(root: &Path) -> anyhow::Result<Option<Subject>> {
    let Ok(version) = Command::new(COMMAND).arg("version").output() else {
        out!("SKIPPED: {COMMAND} is not installed (PyPI's {COMMAND}=={VERSION}, and Java)");
        return Ok(None);
    };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    if version != VERSION {
        bail!("{COMMAND} is of version {version}, but the page states {VERSION}");
    }
    let client = root.join(FOLDER).join("openapi-generator-client");
    let _ = fs::remove_dir_all(&client);
    let status = Command::new(COMMAND)
        .args(["generate", "--skip-validate-spec", "-g", "rust", "-i"])
        .arg(root.join(BUNDLE))
        .arg("-o")
        .arg(&client)
        .arg("--additional-properties=packageName=generated,library=reqwest")
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("{COMMAND} cannot be started"))?;
    if !status.success() {
        bail!("{COMMAND} failed: {status}");
    }
    Ok(Some(Subject {
        name: format!("openapi-generator {VERSION}, client of our MediaValet bundle"),
        folder: "openapi-generator".into(),
        // Without the TLS library that it chooses, for that of the others.
        dependencies: format!(
            "{PLAIN}generated = {{ path = {:?}, default-features = false }}\n{TOKIO}",
            client.display().to_string()
        ),
        program: program(
            "use generated::apis::{configuration::Configuration, users_api};\n\n",
            CALLS,
        ),
        sources: Some(client.join("src")),
        package: None,
    }))
}
