//! The manifest of the workspace.

use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Value, value};

/// The manifest of the workspace with the crate of another SDK; unchanged if it has it.
///
/// # Errors
/// If the manifest is not that of a workspace.
pub fn with_member(manifest: &str, vendor: &str) -> anyhow::Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    let name = format!("{vendor}-sdk");
    let members = array(&mut document)?;
    let names: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
    if !names.contains(&&*name) {
        let at = place(&names, &name);
        members.insert_formatted(at, Value::from(name.as_str()).decorated("\n    ", ""));
    }
    let version = document["workspace"].get("package").and_then(|package| package.get("version"));
    let version = version.and_then(Item::as_str).map(str::to_owned);
    let dependencies = document["workspace"]["dependencies"].as_table_mut();
    let dependencies = dependencies
        .ok_or_else(|| anyhow::anyhow!("the manifest has no `workspace.dependencies`"))?;
    if !dependencies.contains_key(&name) {
        let keys: Vec<String> = dependencies.iter().map(|(key, _)| key.to_owned()).collect();
        let mut names: Vec<&str> = keys.iter().map(String::as_str).collect();
        names.insert(place(&names, &name), &name);
        let position = |key: &toml_edit::Key| names.iter().position(|name| *name == key.get());
        let mut dependency = InlineTable::from_iter([("path", Value::from(name.as_str()))]);
        // Without one, the published crates that use it would not find it.
        if let Some(version) = version {
            dependency.insert("version", Value::from(version));
        }
        dependencies.insert(&name, value(dependency));
        dependencies.sort_values_by(|left, _, right, _| position(left).cmp(&position(right)));
    }
    Ok(document.to_string())
}

/// The place of an SDK in a list: among the SDKs, by name.
fn place(names: &[&str], new: &str) -> usize {
    let is_sdk = |name: &&str| name.ends_with("-sdk");
    let next = names.iter().position(|name| is_sdk(name) && *name > new);
    let last = names.iter().rposition(is_sdk);
    next.or(last.map(|last| last + 1)).unwrap_or(names.len())
}

/// The manifest of a workspace elsewhere whose members are SDKs and use the crates and versions of this one. Copy
/// `Cargo.lock` next to it, so that cargo needs no network.
///
/// # Errors
/// As [`with_member`].
pub fn elsewhere(manifest: &str, root: &Path, members: &[String]) -> anyhow::Result<String> {
    let mut document: DocumentMut = manifest.parse()?;
    *array(&mut document)? = members.iter().map(String::as_str).collect::<Array>();
    let workspace = document["workspace"].as_table_mut();
    let workspace = workspace.ok_or_else(|| anyhow::anyhow!("there is no table `workspace`"))?;
    workspace.remove("exclude");
    let dependencies = workspace["dependencies"].as_table_mut();
    for (_, dependency) in dependencies.into_iter().flat_map(|table| table.iter_mut()) {
        let Some(path) = dependency.get_mut("path") else { continue };
        if let Some(relative) = path.as_str().map(str::to_owned) {
            *path = value(root.join(relative).display().to_string());
            path.make_value();
        }
    }
    Ok(document.to_string())
}

fn array(document: &mut DocumentMut) -> anyhow::Result<&mut Array> {
    document
        .get_mut("workspace")
        .and_then(|workspace| workspace.get_mut("members"))
        .and_then(Item::as_array_mut)
        .ok_or_else(|| anyhow::anyhow!("the manifest has no `workspace.members`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace]\nmembers = [\n    \"oneteg-auth\",\n    \"b-sdk\",\n    \"xtask\",\n]\n\n\
        [workspace.package]\nversion = \"0.3.0\"\n\n[workspace.dependencies]\n# Crates.\noneteg-auth = { path = \"oneteg-auth\", default-features = false }\n\
        b-sdk = { path = \"b-sdk\" }\n\n# Others.\nserde = \"1\"\n";

    #[test]
    fn a_crate_is_entered_once_and_in_its_place() {
        for (vendor, members) in [
            ("a", "\"oneteg-auth\",\n    \"a-sdk\",\n    \"b-sdk\",\n    \"xtask\",\n]"),
            ("c", "\"oneteg-auth\",\n    \"b-sdk\",\n    \"c-sdk\",\n    \"xtask\",\n]"),
        ] {
            let written = with_member(MANIFEST, vendor).unwrap();
            assert!(written.contains(members), "{written}");
            assert!(
                written.contains(&format!(
                    "{vendor}-sdk = {{ path = \"{vendor}-sdk\", version = \"0.3.0\" }}\n"
                )),
                "{written}"
            );
            assert!(written.contains("# Others.\nserde = \"1\"\n"), "{written}");
            assert_eq!(with_member(&written, vendor).unwrap(), written);
        }
        assert!(with_member("[package]", "a").is_err());
    }

    #[test]
    fn a_manifest_elsewhere_leads_back() {
        let written = elsewhere(MANIFEST, "/root".as_ref(), &["a-sdk".to_owned()]).unwrap();
        assert!(written.contains("members = [\"a-sdk\"]"), "{written}");
        assert!(written.contains("\"/root/oneteg-auth\", default-features = false"), "{written}");
    }
}
