//! The direction of dependencies between the crates of the workspace, read from their manifests.
//!
//! ```text
//! oneteg-sandbox, oneteg-cli, xtask ──> oneteg-catalog
//! oneteg-auth, oneteg-http, oneteg-cli ──> oneteg-files
//! oneteg-sandbox, oneteg-cli ──> <vendor>-sdk ──> oneteg-http ──> oneteg-auth
//!                     oneteg-test-kit ──────────────^                ^
//!                            └───────────────────────────────────────┘
//! ```
//!
//! Only the sandbox and the command line may depend on a vendor's SDK. `dev-dependencies` are not checked:
//! tests may use any crate.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use anyhow::Context;
use toml_edit::{Document, Item, TableLike};

/// The crates of the workspace that each crate may depend on. [`SDK`] stands for every `<vendor>-sdk`.
const LAYERS: [(&str, &[&str]); 11] = [
    ("oneteg-files", &[]),
    ("oneteg-auth", &["oneteg-files"]),
    ("oneteg-http", &["oneteg-auth", "oneteg-files"]),
    ("oneteg-test-kit", &["oneteg-auth", "oneteg-http"]),
    (SDK, &["oneteg-auth", "oneteg-http"]),
    ("oneteg-catalog", &[]),
    ("oneteg-sandbox", &["oneteg-auth", "oneteg-catalog", "oneteg-http", "oneteg-test-kit", SDK]),
    (
        "oneteg-cli",
        &["oneteg-auth", "oneteg-catalog", "oneteg-files", "oneteg-http", "oneteg-sandbox", SDK],
    ),
    ("oneteg-docs", &["oneteg-sandbox", SDK]),
    ("oneteg-test-peers", &[]),
    ("xtask", &["oneteg-catalog", "oneteg-test-peers"]),
];
const SDK: &str = "<vendor>-sdk";

/// A crate's manifest.
pub struct Manifest {
    pub path: PathBuf,
    pub source: String,
}

/// A dependency that `LAYERS` does not allow, or a crate that it does not list.
#[derive(Debug, PartialEq, Eq)]
pub struct Misplaced {
    pub path: PathBuf,
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// Checks the dependencies of all crates of the workspace on each other.
///
/// # Errors
/// If a manifest is not TOML or has no package name.
pub fn misplaced(manifests: &[Manifest]) -> anyhow::Result<Vec<Misplaced>> {
    let mut packages = BTreeMap::new();
    for manifest in manifests {
        let document = Document::parse(manifest.source.as_str())
            .with_context(|| format!("{} is not TOML", manifest.path.display()))?;
        let name = document["package"]["name"].as_str().map(str::to_owned);
        let name = name.with_context(|| format!("{} names no package", manifest.path.display()))?;
        packages.insert(name, (manifest, document));
    }
    let mut misplaced = Vec::new();
    for (name, (manifest, document)) in &packages {
        let mut report = |at: usize, message: String| {
            let line = manifest.source[..at].matches('\n').count() + 1;
            misplaced.push(Misplaced { path: manifest.path.clone(), line, message });
        };
        let allowed = LAYERS.iter().find(|(layer, _)| *layer == layer_of(name));
        let Some((_, allowed)) = allowed else {
            report(
                0,
                format!(
                    "the crate `{name}` has no layer; add it to `LAYERS` in \
                     xtask/src/lints/layers.rs with the crates that it may depend on"
                ),
            );
            continue;
        };
        for (dependency, at) in dependencies(document.as_table()) {
            if packages.contains_key(&dependency) && !allowed.contains(&layer_of(&dependency)) {
                report(
                    at,
                    format!(
                        "`{name}` must not depend on `{dependency}`; {}. Move what it needs to \
                         a crate that it may depend on, or pass it as an argument",
                        described(allowed)
                    ),
                );
            }
        }
    }
    Ok(misplaced)
}

fn described(allowed: &[&str]) -> String {
    if allowed.is_empty() {
        return "it may depend on no crate of the workspace".to_owned();
    }
    format!("of the workspace it may depend on {} only", allowed.join(", "))
}

fn layer_of(package: &str) -> &str {
    if package.ends_with("-sdk") { SDK } else { package }
}

/// The packages that a manifest depends on, except in tests, with their offsets in it.
fn dependencies(manifest: &dyn TableLike) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies"] {
        let table = manifest.get(section).and_then(Item::as_table_like);
        for (name, item) in table.into_iter().flat_map(TableLike::iter) {
            // `alias = { package = "name" }`
            let package = item.get("package").and_then(Item::as_str).unwrap_or(name);
            let at = table
                .and_then(|table| table.get_key_value(name)?.0.span())
                .map_or(0, |span| span.start);
            found.push((package.to_owned(), at));
        }
    }
    let platforms = manifest.get("target").and_then(Item::as_table_like);
    for (_, platform) in platforms.into_iter().flat_map(TableLike::iter) {
        found.extend(platform.as_table_like().map(dependencies).unwrap_or_default());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(manifests: &[&str]) -> Vec<String> {
        let manifests: Vec<Manifest> = manifests
            .iter()
            .enumerate()
            .map(|(index, source)| Manifest {
                path: format!("{index}.toml").into(),
                source: (*source).to_owned(),
            })
            .collect();
        misplaced(&manifests).unwrap().iter().map(ToString::to_string).collect()
    }

    const AUTH: &str = "[package]\nname = \"oneteg-auth\"\n";
    const SANDBOX: &str =
        "[package]\nname = \"oneteg-sandbox\"\n[dependencies]\nnetx-sdk.workspace = true";
    const NETX: &str = "[package]\nname = \"netx-sdk\"\n[dependencies]\noneteg-http.workspace = true\n\
                        [dev-dependencies]\noneteg-sandbox.workspace = true";

    #[test]
    fn dependencies_go_down() {
        let http = "[package]\nname = \"oneteg-http\"\n[dependencies]\noneteg-auth.workspace = true\n\
                    bytes = \"1\"";
        assert_eq!(found(&[AUTH, http, NETX, SANDBOX]), [""; 0]);
    }

    #[test]
    fn a_vendor_below_is_refused() {
        let http = "[package]\nname = \"oneteg-http\"\n[dependencies]\nbytes = \"1\"\n\
                    vendor = { path = \"..\", package = \"netx-sdk\" }";
        assert_eq!(
            found(&[AUTH, http, NETX]),
            [
                "1.toml:5: `oneteg-http` must not depend on `netx-sdk`; of the workspace it may depend \
              on oneteg-auth, oneteg-files only. Move what it needs to a crate that it may depend on, or pass it \
              as an argument"
            ]
        );
    }

    #[test]
    fn also_for_one_platform_and_for_building() {
        let auth = "[package]\nname = \"oneteg-auth\"\n[build-dependencies]\nnetx-sdk = \"1\"\n\
                    [target.'cfg(unix)'.dependencies]\noneteg-sandbox = \"1\"";
        assert_eq!(found(&[auth, NETX, SANDBOX]).len(), 2);
    }

    #[test]
    fn a_crate_without_a_layer_is_named() {
        let message = found(&["[package]\nname = \"new\""]).remove(0);
        assert!(message.starts_with("0.toml:1: the crate `new` has no layer; add it"), "{message}");
    }
}
