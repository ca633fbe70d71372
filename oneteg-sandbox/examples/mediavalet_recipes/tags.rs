//! Cleans up keywords: replaces the ones in a CSV file with the columns `old` and `new`, on every asset. An empty `new`
//! removes the keyword.

use std::{error::Error, io};

use mediavalet_sdk::{
    Client,
    search::{phrase, search},
};

/// What was done, or would be done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Each old keyword, with the number of assets that had it.
    pub(crate) replaced: Vec<(String, usize)>,
    /// Lines of the file that make no sense, with the reason.
    pub(crate) refused: Vec<(u64, String)>,
}

/// Applies the file; with `apply` false, only counts. A run that stopped can be repeated.
pub(crate) async fn clean_up(
    client: &Client,
    file: impl io::Read,
    apply: bool,
) -> Result<Outcome, Box<dyn Error>> {
    let mut outcome = Outcome::default();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let (old, new) = match (record.get(0), record.get(1)) {
            (Some(old), Some(new)) if !old.is_empty() && !old.eq_ignore_ascii_case(new) => {
                (old, new)
            }
            _ => {
                let reason = "a line needs two different keywords".to_owned();
                outcome.refused.push((line, reason));
                continue;
            }
        };
        let assets = assets_with(client, old).await?;
        if apply {
            for (id, spelt) in &assets {
                // The new one comes first: if the run stops in between, the asset keeps the old one and is found again.
                if !new.is_empty() {
                    client.add_keywords_to_asset(id, [new]).send().await?;
                }
                client.remove_keyword_from_asset(id, spelt).send().await?;
            }
        }
        outcome.replaced.push((old.to_owned(), assets.len()));
    }
    Ok(outcome)
}

/// The assets with a keyword, and how each spells it. They are collected before the first change, because a change
/// moves the pages of the search.
async fn assets_with(
    client: &Client,
    keyword: &str,
) -> Result<Vec<(String, String)>, mediavalet_sdk::Error> {
    let query = search().text(phrase(keyword)).in_fields(["keywords"]);
    let mut found = Vec::new();
    let mut assets = client.all_assets(query).pages();
    while let Some(asset) = assets.try_next().await? {
        // The search finds words inside keywords, such as "red" in "red shoe".
        let same = asset.keywords.into_iter().flatten().find(|it| it.eq_ignore_ascii_case(keyword));
        found.extend(same.map(|spelt| (asset.id, spelt)));
    }
    Ok(found)
}
