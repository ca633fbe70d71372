//! Recognises the format of a file and converts it to OpenAPI 3.0.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{
    bundle,
    draft::{Draft, Order, Origin},
    har,
    input::Input,
    openapi2, openapi31, postman,
};
use crate::diagnostic::Diagnostics;

/// The ending that Postman gives to the files of environments.
const ENVIRONMENT: &str = ".postman_environment.json";

/// The environments among the files, and those next to a single collection.
pub fn environments(files: &[PathBuf]) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = files.to_vec();
    if let [file] = files
        && let Some(entries) = file.parent().and_then(|folder| fs::read_dir(folder).ok())
    {
        let siblings = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths.extend(siblings.filter(|path| path.to_string_lossy().ends_with(ENVIRONMENT)));
        paths.sort();
    }
    paths.iter().filter(|path| is_environment(path)).filter_map(|path| json(path)).collect()
}

/// Whether a file is an environment of Postman.
pub fn is_environment(file: &Path) -> bool {
    let is_json = file.extension().is_some_and(|extension| extension == "json");
    // Environments are small; API descriptions are not read twice.
    let is_small = fs::metadata(file).is_ok_and(|file| file.len() < 1 << 20);
    is_json && is_small && json(file).is_some_and(|document| postman::is_environment(&document))
}

fn json(file: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
}

/// Reads one file, with the variables of these environments.
pub fn read(file: &Path, environments: &[Value]) -> Result<Draft, Diagnostics> {
    let mut order = Order::default();
    let input = Input::read(file, &mut order)?;
    let origin = |format: &str| Origin {
        name: input.name(),
        format: format.to_owned(),
        hash: input.hash.clone(),
    };
    let mut draft = Draft::default();
    let format = format(&input.value);
    let examples = match &format {
        Some(Format::Postman(_)) => Some(postman::read(&input.value, environments)),
        Some(Format::Har(_)) => Some(har::read(&input.value)),
        _ => None,
    };
    if let Some(result) = examples {
        let help = "import the file that has the requests of the API";
        let mut read = result.map_err(|message| input.refused(message, help))?;
        read.order.extend(order);
        read.origins.push(origin(&match format {
            Some(Format::Har(version)) => format!("HAR {version}"),
            Some(Format::Postman(version)) => format!("Postman {version}"),
            _ => String::new(),
        }));
        return Ok(read);
    }
    if matches!(format, Some(Format::OpenApi2 | Format::OpenApi3(_))) {
        let bundled = bundle::bundle(&input, &mut order)?;
        draft.document = bundled.document;
        draft.dangling = bundled.dangling;
    }
    draft.order = order;
    match format {
        Some(Format::OpenApi3(version)) => {
            draft.origins.push(origin(&format!("OpenAPI {version}")));
            openapi31::convert(&mut draft, !version.starts_with("3.0"));
        }
        Some(Format::OpenApi2) => {
            draft.origins.push(origin("OpenAPI 2.0"));
            openapi2::convert(&mut draft);
            openapi31::convert(&mut draft, false);
        }
        None if postman::is_environment(&input.value) => {
            let help = "import it together with its collection: `import <vendor> <collection> <environment>`";
            return Err(input.refused("an environment has no requests", help));
        }
        Some(Format::Postman(_) | Format::Har(_)) | None => {
            return Err(input.refused(
                "the format of the file is not known",
                "supported are OpenAPI 2.0 (`swagger: \"2.0\"`), 3.0 and 3.1 (`openapi: ...`), collections of \
                 Postman 2.0 and 2.1, and recordings (HAR)",
            ));
        }
    }
    let has_references = draft.document["paths"]
        .as_object()
        .is_some_and(|paths| paths.values().any(|item| item.get("$ref").is_some()));
    if draft.operations().is_empty() && !has_references {
        let webhooks = draft.document["webhooks"].as_object().map_or(0, serde_json::Map::len);
        return Err(input.refused(
            match webhooks {
                0 => "the file describes no operations".to_owned(),
                count => format!("the file has no operations, only webhooks ({count})"),
            },
            "import the file that has the `paths` of the API",
        ));
    }
    Ok(draft)
}

enum Format {
    OpenApi2,
    OpenApi3(String),
    Postman(&'static str),
    Har(String),
}

fn format(document: &Value) -> Option<Format> {
    let version = |key: &str| match document.get(key)? {
        Value::String(version) => Some(version.trim().to_owned()),
        Value::Number(version) => Some(version.to_string()),
        _ => None,
    };
    if let Some(version) = version("openapi") {
        return version.starts_with('3').then_some(Format::OpenApi3(version));
    }
    if let Some(version) = postman::version(document) {
        return Some(Format::Postman(version));
    }
    if let Some(version) = har::version(document) {
        return Some(Format::Har(version));
    }
    version("swagger").filter(|version| version.starts_with('2')).map(|_| Format::OpenApi2)
}
