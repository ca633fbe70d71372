//! The manifests of published crates: what a registry and its readers need, and the order of publishing.
//!
//! `cargo publish` refuses some of this, but late: after the crates before it were uploaded. What it does not refuse, such as
//! a missing file of a licence, cannot be changed once a version is published.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::Context;
use toml_edit::{Document, Item, TableLike};

/// The manifest of a member of the workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// The folder, relative to the workspace.
    pub folder: PathBuf,
    /// The text of its `Cargo.toml`.
    pub manifest: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The published crates: each after those that it depends on.
    pub order: Vec<String>,
    /// What must be changed before a release.
    pub findings: Vec<String>,
    /// What only the owner of the project can decide.
    pub undecided: Vec<String>,
}

/// The licences of the workspace; every published crate has copies.
pub const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Categories of crates.io that fit this project. Another one is refused when it is published, so it is entered here
/// after a look at the registry's list.
const CATEGORIES: [&str; 10] = [
    "api-bindings",
    "asynchronous",
    "authentication",
    "command-line-utilities",
    "development-tools::testing",
    "encoding",
    "filesystem",
    "network-programming",
    "web-programming::http-client",
    "web-programming::http-server",
];

/// Checks the manifests of all members; `file` reads a file relative to the workspace.
///
/// # Errors
/// If a manifest is not TOML, or the workspace has no version.
pub fn check(
    workspace: &str,
    members: &[Member],
    file: &dyn Fn(&Path) -> Option<String>,
) -> anyhow::Result<Report> {
    let root = Document::parse(workspace).context("the manifest of the workspace is not TOML")?;
    let shared = &root["workspace"]["package"];
    let version = shared.get("version").and_then(Item::as_str);
    let version = version.context("the workspace has no version")?;
    let mut crates = BTreeMap::new();
    for member in members {
        let manifest = Document::parse(member.manifest.as_str())
            .with_context(|| format!("{}/Cargo.toml is not TOML", member.folder.display()))?;
        let name = manifest["package"]["name"].as_str().map(str::to_owned);
        let name = name.with_context(|| format!("{} names no package", member.folder.display()))?;
        crates.insert(name, (member, manifest));
    }
    let is_published = |manifest: &Document<&str>| {
        manifest["package"].get("publish").and_then(Item::as_bool) == Some(true)
    };
    let published: BTreeSet<&str> = crates
        .iter()
        .filter(|(_, (_, manifest))| is_published(manifest))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut report = Report::default();
    let mut needs: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, (member, manifest)) in &crates {
        if !published.contains(name.as_str()) {
            continue;
        }
        let mut find = |finding: String| report.findings.push(format!("`{name}`: {finding}"));
        described(&member.folder, &manifest["package"], file, &mut find);
        let mut versioned = BTreeSet::new();
        for dependency in dependencies(manifest.as_table(), root["workspace"].get("dependencies")) {
            let Dependency { package, version: own, is_for_tests } = dependency;
            if !crates.contains_key(&package) || package == *name {
                continue;
            }
            match own {
                None if is_for_tests => continue,
                None => find(format!(
                    "its dependency `{package}` has no version; a registry has no paths"
                )),
                Some(own) if own != version => find(format!(
                    "it depends on `{package}` {own}, but the version of the workspace is {version}"
                )),
                Some(_) if !published.contains(package.as_str()) => {
                    find(format!("it depends on `{package}`, which is not published"));
                }
                Some(_) => {}
            }
            versioned.insert(package);
        }
        needs.insert(name, versioned);
    }
    report.order = ordered(&published, &needs, &mut report.findings);
    let has = |key: &str| shared.get(key).is_some_and(|value| !value.is_none());
    if !has("repository") {
        report.undecided.push(
            "`workspace.package.repository` is not set: registries link to it, and relative links in READMEs need it"
                .to_owned(),
        );
    }
    Ok(report)
}

/// Checks what describes a crate, and the files that it must contain.
fn described(
    folder: &Path,
    package: &Item,
    file: &dyn Fn(&Path) -> Option<String>,
    find: &mut dyn FnMut(String),
) {
    let string = |key: &str| package.get(key).and_then(Item::as_str).unwrap_or_default();
    if string("description").is_empty() || string("description").contains('\n') {
        find("it needs a `description` of one line".to_owned());
    }
    for key in ["version", "edition", "rust-version", "license"] {
        let inherited = package.get(key).and_then(|value| value.get("workspace"));
        if inherited.and_then(Item::as_bool) != Some(true) {
            find(format!("write `{key}.workspace = true`"));
        }
    }
    let list = |key: &str| -> Option<Vec<&str>> {
        let values = package.get(key)?.as_array()?;
        Some(values.iter().filter_map(|value| value.as_str()).collect())
    };
    let keywords = list("keywords").unwrap_or_default();
    if !(1..=5).contains(&keywords.len()) || !keywords.iter().all(|word| is_keyword(word)) {
        find(
            "it needs one to five `keywords` of at most 20 letters, digits, `-`, `_` and `+`, \
             beginning with a letter"
                .to_owned(),
        );
    }
    let categories = list("categories").unwrap_or_default();
    if !(1..=5).contains(&categories.len()) {
        find("it needs one to five `categories`".to_owned());
    }
    for category in categories.iter().filter(|category| !CATEGORIES.contains(category)) {
        find(format!(
            "`{category}` is not among the known categories; if the registry has it, add it to \
             `CATEGORIES` in xtask/src/release/manifests.rs"
        ));
    }
    let readme = string("readme");
    let included = list("include").unwrap_or_default();
    let is_included = |name: &str| included.iter().any(|path| path.trim_start_matches('/') == name);
    if readme != "README.md" || file(&folder.join(readme)).is_none() {
        find("it needs a README.md and `readme = \"README.md\"`".to_owned());
    }
    for name in [&["README.md"], &LICENCES[..]].concat() {
        if !is_included(name) {
            find(format!("`include` does not name /{name}"));
        }
    }
    for name in LICENCES {
        let (own, of_workspace) = (file(&folder.join(name)), file(Path::new(name)));
        if own.is_none() || own != of_workspace {
            find(format!("{name} is not a copy of the workspace's"));
        }
    }
}

fn is_keyword(word: &str) -> bool {
    word.len() <= 20
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+".contains(&byte))
}

struct Dependency {
    package: String,
    version: Option<String>,
    is_for_tests: bool,
}

/// All dependencies of a manifest, with the versions that the workspace states.
fn dependencies(manifest: &dyn TableLike, shared: Option<&Item>) -> Vec<Dependency> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let table = manifest.get(section).and_then(Item::as_table_like);
        for (name, own) in table.into_iter().flat_map(TableLike::iter) {
            let is_shared = own.get("workspace").and_then(Item::as_bool) == Some(true);
            let stated = match shared.and_then(|shared| shared.get(name)) {
                Some(shared) if is_shared => shared,
                _ => own,
            };
            let version = stated.as_str().or_else(|| stated.get("version").and_then(Item::as_str));
            let package = stated.get("package").and_then(Item::as_str).unwrap_or(name);
            found.push(Dependency {
                package: package.to_owned(),
                version: version.map(str::to_owned),
                is_for_tests: section == "dev-dependencies",
            });
        }
    }
    let platforms = manifest.get("target").and_then(Item::as_table_like);
    for (_, platform) in platforms.into_iter().flat_map(TableLike::iter) {
        let platform = platform.as_table_like().map(|table| dependencies(table, shared));
        found.extend(platform.unwrap_or_default());
    }
    found
}

/// Sorts crates so that each stands after what it needs.
fn ordered(
    published: &BTreeSet<&str>,
    needs: &BTreeMap<&str, BTreeSet<String>>,
    findings: &mut Vec<String>,
) -> Vec<String> {
    let mut order: Vec<String> = Vec::new();
    let mut left: BTreeSet<&str> = published.clone();
    while !left.is_empty() {
        let is_ready = |name: &&&str| {
            needs
                .get(**name)
                .is_none_or(|needs| needs.iter().all(|need| !left.contains(need.as_str())))
        };
        let Some(next) = left.iter().find(is_ready).copied() else {
            let names: Vec<String> = left.iter().map(|name| format!("`{name}`")).collect();
            findings.push(format!(
                "no order of publishing exists for {}: they need each other. A dependency for tests needs no version",
                names.join(", ")
            ));
            break;
        };
        left.remove(next);
        order.push(next.to_owned());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = "[workspace.package]\nversion = \"0.1.0\"\nrepository = \"https://example.com\"\n\
                             [workspace.dependencies]\nbase = { path = \"base\", version = \"0.1.0\" }\n\
                             kit = { path = \"kit\" }\n";

    fn member(name: &str, rest: &str) -> Member {
        let manifest = format!(
            "[package]\nname = \"{name}\"\ndescription = \"A crate.\"\nversion.workspace = true\n\
             edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish = true\n\
             readme = \"README.md\"\nkeywords = [\"api\"]\ncategories = [\"api-bindings\"]\n\
             include = [\"/src/**\", \"/README.md\", \"/LICENSE-APACHE\", \"/LICENSE-MIT\"]\n{rest}"
        );
        Member { folder: name.into(), manifest }
    }

    fn checked(workspace: &str, members: &[Member]) -> Report {
        let file = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        check(workspace, members, &file).unwrap()
    }

    #[test]
    fn complete_manifests_are_accepted_in_the_order_of_their_dependencies() {
        let members = [
            member("above", "[dependencies]\nbase.workspace = true\n"),
            member("base", "[dev-dependencies]\nkit.workspace = true\n"),
            member("kit", "[target.'cfg(unix)'.dependencies]\nbase.workspace = true\n"),
            Member {
                folder: "tool".into(),
                manifest: "[package]\nname = \"tool\"\npublish.workspace = true\n".to_owned(),
            },
        ];
        let report = checked(WORKSPACE, &members);
        assert_eq!(report.findings, [""; 0]);
        assert_eq!(report.undecided, [""; 0]);
        assert_eq!(report.order, ["base", "above", "kit"]);
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        for (change, named) in [
            (("description = \"A crate.\"\n", ""), "`description`"),
            (("license.workspace = true\n", ""), "`license.workspace = true`"),
            (("[\"api\"]", "[]"), "keywords"),
            (("[\"api\"]", "[\"two words\"]"), "keywords"),
            (("[\"api\"]", "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]"), "keywords"),
            (("[\"api-bindings\"]", "[]"), "categories"),
            (("api-bindings", "made-up"), "`made-up` is not among"),
            (("readme = \"README.md\"", "readme = false"), "README.md"),
            ((", \"/LICENSE-MIT\"", ""), "/LICENSE-MIT"),
        ] {
            let mut base = member("base", "");
            base.manifest = base.manifest.replace(change.0, change.1);
            let report = checked(WORKSPACE, &[base]);
            assert_eq!(report.findings.len(), 1, "{change:?}: {:?}", report.findings);
            assert!(report.findings[0].contains(named), "{change:?}: {:?}", report.findings);
        }
        let none = |path: &Path| (path.components().count() == 1).then(String::new);
        let report = check(WORKSPACE, &[member("base", "")], &none).unwrap();
        assert_eq!(report.findings.len(), 3, "{:?}", report.findings);
        let undecided = checked("[workspace.package]\nversion = \"0.1.0\"\n", &[]).undecided;
        assert!(undecided[0].contains("repository"), "{undecided:?}");
    }

    #[test]
    fn dependencies_need_the_version_of_a_published_crate() {
        let base = member("base", "");
        let hidden = Member {
            folder: "hidden".into(),
            manifest: "[package]\nname = \"hidden\"\npublish = false\n".to_owned(),
        };
        for (dependency, named) in [
            ("[dependencies]\nbase = { path = \"../base\" }\n", "no version"),
            ("[dependencies]\nkit.workspace = true\n", "no version"),
            ("[build-dependencies]\nbase = { path = \"../base\", version = \"0.2.0\" }\n", "0.2.0"),
            (
                "[dependencies]\nhidden = { path = \"../hidden\", version = \"0.1.0\" }\n",
                "not published",
            ),
        ] {
            let members =
                [base.clone(), hidden.clone(), member("kit", ""), member("above", dependency)];
            let report = checked(WORKSPACE, &members);
            assert_eq!(report.findings.len(), 1, "{dependency}: {:?}", report.findings);
            assert!(report.findings[0].contains(named), "{dependency}: {:?}", report.findings);
        }
    }

    #[test]
    fn crates_that_need_each_other_have_no_order() {
        let base = "[dev-dependencies]\nabove = { path = \"../above\", version = \"0.1.0\" }\n";
        let members =
            [member("base", base), member("above", "[dependencies]\nbase.workspace = true\n")];
        let report = checked(WORKSPACE, &members);
        assert_eq!(report.order, [""; 0]);
        assert!(report.findings[0].contains("no order"), "{:?}", report.findings);
    }
}
