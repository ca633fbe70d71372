//! Sets metadata from a spreadsheet, saved as CSV. The first column is the id of an asset; the others are named like
//! attributes:
//!
//! ```text
//! id,Photographer,Tags
//! 201,Ada Lindqvist,banner|spring
//! ```

use std::io;

use netx_sdk::{Client, Error, ErrorKind, types::AssetUpdate};

/// Separates the values of an attribute that has several.
const SEPARATOR: char = '|';

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// Lines of the file, with the reason.
    pub(crate) failed: Vec<(u64, String)>,
}

/// Applies the file line by line. A line that fails does not stop the others; running the file again repeats only what
/// differs.
pub(crate) async fn apply(
    client: &Client,
    file: impl io::Read,
) -> Result<Outcome, Box<dyn std::error::Error>> {
    let mut outcome = Outcome::default();
    let mut reader = csv::Reader::from_reader(file);
    let labels: Vec<String> = reader.headers()?.iter().skip(1).map(str::to_owned).collect();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let Some(id) = record.get(0).and_then(|id| id.trim().parse::<i64>().ok()) else {
            outcome.failed.push((line, "the first column is not an id".to_owned()));
            continue;
        };
        let values = labels.iter().map(String::as_str).zip(record.iter().skip(1));
        match update(client, id, values).await {
            Ok(true) => outcome.updated += 1,
            Ok(false) => outcome.unchanged += 1,
            // These concern this line; after any other error, the next line would fail as well.
            Err(error) if concerns_one_asset(&error) => {
                outcome.failed.push((line, error.to_string()))
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(outcome)
}

fn concerns_one_asset(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidRequest
            | ErrorKind::Api
    )
}

/// Returns whether anything differed.
async fn update<'a>(
    client: &Client,
    id: i64,
    values: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<bool, Error> {
    let current = client.get_asset_attributes(id).send().await?;
    let mut changes = Vec::new();
    for (label, cell) in values {
        let wanted: Vec<&str> =
            cell.split(SEPARATOR).map(str::trim).filter(|value| !value.is_empty()).collect();
        if current.get(label).map(Vec::as_slice).unwrap_or_default() != wanted.as_slice() {
            changes.push((label, wanted));
        }
    }
    if changes.is_empty() {
        return Ok(false);
    }
    client.update_asset(AssetUpdate::new(id).attributes(changes)).send().await?;
    Ok(true)
}
