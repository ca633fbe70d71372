//! Reads the files of a specification, YAML or JSON, into JSON values with the location of each.

use std::{fs, path::Path};

use super::{BESIDE, ROOT_FILES, Source, json, parsed::Parsed, yaml};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// The file name extensions of a specification.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// The files of a folder that make up its specification, sorted by name, the root first.
pub fn sources(workspace: &Path, folder: &Path) -> Result<Vec<Source>, Diagnostics> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Diagnostics::one(Diagnostic::new(
            format!("{} cannot be read: {error}", path.display()),
            None,
            "check that the folder `specs/<vendor>` and its files exist and are UTF-8",
        ))
    };
    let absolute = workspace.join(folder);
    let entries = fs::read_dir(&absolute).map_err(|error| unreadable(folder, error))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_part(name))
        .collect();
    let is_root = |name: &String| ROOT_FILES.contains(&name.as_str());
    names.sort_by_key(|name| (!is_root(name), name.clone()));
    names
        .into_iter()
        .map(|name| {
            let path = folder.join(name);
            let text = fs::read_to_string(workspace.join(&path))
                .map_err(|error| unreadable(&path, error))?;
            Ok(Source { path, text })
        })
        .collect()
}

/// Whether a file of this name is a part of a specification.
fn is_part(name: &str) -> bool {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    EXTENSIONS.contains(&extension)
        && !stem.is_empty()
        && !stem.contains('.')
        && !BESIDE.contains(&name)
}

/// Parses one file. What begins like JSON is read as JSON; if it is none, it may still be YAML, of which JSON is a
/// part.
pub fn parse(source: &Source) -> Result<Parsed, Diagnostics> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml::parse(&source.path, text);
    }
    json::parse(&source.path, text).or_else(|not_json| {
        let is_json = source.path.extension().is_some_and(|extension| extension == "json");
        yaml::parse(&source.path, text)
            .map_err(|not_yaml| if is_json { Diagnostics::one(*not_json) } else { not_yaml })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn parsed(path: &str, text: &str) -> Result<Value, String> {
        let source = Source { path: path.into(), text: text.to_owned() };
        parse(&source).map(|parsed| parsed.value).map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_content_decides_about_the_format() {
        let expected = serde_json::json!({ "a": ["\u{1f600}", 1] });
        for text in [
            r#"{"a": ["\ud83d\ude00", 1]}"#,
            "\u{feff}{\n\t\"a\": [\"\\ud83d\\ude00\", 1]\n}\n",
            "{a: [\"\u{1f600}\", 1,]} # YAML\n",
            "a:\n- \u{1f600}\n- 1\n",
        ] {
            assert_eq!(parsed("a.json", text).as_ref(), Ok(&expected), "{text}");
            assert_eq!(parsed("a.yml", text).as_ref(), Ok(&expected), "{text}");
        }
    }

    #[test]
    fn the_name_decides_about_the_message() {
        let truncated = "{\"a\": {\n  \"b\": [1,";
        let message = parsed("a.json", truncated).unwrap_err();
        assert!(message.contains("not valid JSON: the file ends inside a list"), "{message}");
        assert!(message.contains("a.json:2:11"), "{message}");
        let message = parsed("a.yaml", truncated).unwrap_err();
        assert!(message.contains("not valid YAML"), "{message}");
    }

    #[test]
    fn files_of_other_commands_are_no_part() {
        for (name, expected) in [
            ("openapi.yaml", true),
            ("assets.yml", true),
            ("assets.json", true),
            ("inventory.yaml", false),
            ("bundle.json", false),
            ("bundle.yaml", true),
            ("import.map.yaml", false),
            ("README.md", false),
            (".yaml", false),
        ] {
            assert_eq!(is_part(name), expected, "{name}");
        }
    }
}
