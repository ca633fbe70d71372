//! The interface that is generated from a specification, for the commands that compare.

use std::path::PathBuf;

use super::generate::pipeline;
use crate::{
    api::{Api, Files},
    import,
    spec::Source,
};

/// Imports a file, generates the result and reads its interface.
///
/// # Errors
/// If it cannot be imported or generated; the error has the first cause.
pub fn imported(file: &PathBuf) -> Result<Api, String> {
    const VENDOR: &str = "api";
    let draft = import::read(std::slice::from_ref(file)).map_err(|errors| errors.to_string())?;
    let imported = import::import_draft(VENDOR, draft).map_err(|errors| errors.to_string())?;
    generated(&imported.sources(VENDOR))
}

/// Generates a specification and reads the interface of the result.
///
/// # Errors
/// If it cannot be generated; the error has the first cause and the number of causes.
pub fn generated(sources: &[Source]) -> Result<Api, String> {
    let generated = pipeline(sources).map_err(|errors| {
        let first = errors.0.first().map(|error| error.to_string().replace('\n', " "));
        let first = first.unwrap_or_default();
        match errors.0.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more)", count - 1),
        }
    })?;
    let files: Files = generated
        .files
        .into_iter()
        .filter_map(|file| Some((file.path.strip_prefix("src").ok()?.to_owned(), file.text)))
        .collect();
    let features: String =
        generated.features.iter().map(|feature| format!("{feature} = []\n")).collect();
    Api::read(&files, &format!("[features]\n{features}")).map_err(|error| format!("{error:#}"))
}
