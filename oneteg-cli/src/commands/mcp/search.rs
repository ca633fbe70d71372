//! The search for operations: words, compared with names, tags and descriptions.

use crate::catalog::{Catalog, Entry};

/// Words that say nothing about an operation.
const IGNORED: [&str; 22] = [
    "a", "all", "an", "and", "are", "by", "do", "for", "from", "how", "i", "in", "is", "of", "on",
    "or", "the", "there", "to", "what", "which", "with",
];

/// Words for the same thing, in the vendors' language and in that of people.
const SYNONYMS: [&[&str]; 7] = [
    &["list", "get", "show", "read", "fetch"],
    &["search", "find", "query"],
    &["create", "add", "new", "make"],
    &["delete", "remove", "destroy"],
    &["update", "change", "edit", "set", "rename"],
    &["asset", "file", "image", "picture", "photo", "document"],
    &["folder", "category", "directory"],
];

/// The operations that match a query, best first. A query without words matches all, in the order of the catalog.
pub(super) fn search<'a>(catalog: &'a Catalog, query: &str) -> Vec<(u32, &'a Entry)> {
    let wanted = words(query);
    if wanted.is_empty() {
        return catalog.operations.iter().map(|entry| (0, entry)).collect();
    }
    let exact = catalog.find(query.trim()).map(|entry| entry.name.as_str());
    let scored = catalog.operations.iter().filter_map(|entry| {
        let own = if exact == Some(&entry.name) { 100_000 } else { 0 };
        let score = own + score(entry, &wanted);
        (score > 0).then_some((score, entry))
    });
    let mut found: Vec<_> = scored.collect();
    // Stable: equal ones stay in the order of the catalog.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found
}

fn score(entry: &Entry, wanted: &[String]) -> u32 {
    let name = words(&entry.name);
    let tag = words(&entry.tag);
    let summary = words(&entry.summary);
    let rest = || {
        let parameters = entry.parameters.iter().flat_map(|parameter| words(&parameter.flag));
        words(&entry.description).into_iter().chain(parameters).collect::<Vec<_>>()
    };
    let mut score = 0_u32;
    let mut matched = 0;
    for word in wanted {
        let mut weight = 0;
        for (words, own, synonym) in [(&name, 12, 5), (&tag, 8, 3), (&summary, 6, 2)] {
            if words.contains(word) {
                weight += own;
            } else if synonyms(word).any(|other| words.contains(&other)) {
                weight += synonym;
            }
        }
        if weight == 0 && rest().contains(word) {
            weight = 3;
        }
        score += weight;
        matched += u32::from(weight > 0);
    }
    if matched == 0 {
        return 0;
    }
    // Of equal ones, listings come first, then the other operations that read, then short names.
    let kind = match name.first().map(String::as_str) {
        Some("list") => 12,
        _ if !entry.writes => 8,
        _ => 0,
    };
    let length = u32::try_from(name.len()).unwrap_or(10).min(10);
    // The number of words counts first, then where they are.
    matched * 1_000 + score * 10 + 10 + kind - length
}

fn synonyms(word: &str) -> impl Iterator<Item = String> + '_ {
    let groups = SYNONYMS.iter().filter(move |group| group.contains(&word));
    groups
        .flat_map(|group| group.iter())
        .filter(move |other| **other != word)
        .map(|other| (*other).to_owned())
}

/// The words of a string in lower case and singular: `getAssets by-folder` has `get`, `asset` and `folder`.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous_is_lower = false;
    let mut end = |word: &mut String| {
        let ended = std::mem::take(word);
        let singular = singular(&ended);
        if !singular.is_empty() && !IGNORED.contains(&ended.as_str()) && !words.contains(&singular)
        {
            words.push(singular);
        }
    };
    for character in text.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && previous_is_lower) {
            end(&mut word);
        }
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
        previous_is_lower = character.is_lowercase();
    }
    end(&mut word);
    words
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 2) {
        return format!("{stem}y");
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use oneteg_auth::Vendor;

    use super::*;
    use crate::catalog;

    #[test]
    fn texts_become_words() {
        assert_eq!(
            words("getAssets by-folder, the CATEGORIES"),
            ["get", "asset", "folder", "category"]
        );
        assert_eq!(words("Status of a class"), ["status", "class"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn questions_find_their_operation() {
        for (vendor, query, expected) in [
            (Vendor::NetX, "list folders in a folder", "get-folders-by-parent"),
            (Vendor::NetX, "search assets", "get-assets-by-query"),
            (Vendor::NetX, "getAssetsByFolder", "get-assets-by-folder"),
            (Vendor::NetX, "which user am I calling as", "get-self"),
            (Vendor::MediaValet, "search assets", "search-assets"),
            (Vendor::MediaValet, "current user", "get-current-user"),
            (Vendor::MediaValet, "list the directories", "list-categories"),
            (Vendor::NetExplorer, "share links", "list-share-links"),
            (Vendor::NetExplorer, "remove a folder", "delete-folder"),
            (Vendor::NetExplorer, "trash", "list-trash-items"),
        ] {
            let found = search(catalog::of(vendor).unwrap(), query);
            let first: Vec<&str> =
                found.iter().take(3).map(|(_, entry)| entry.name.as_str()).collect();
            assert!(first.contains(&expected), "{vendor}, {query}: {first:?}");
        }
    }

    #[test]
    fn no_words_match_everything_and_foreign_words_nothing() {
        let catalog = catalog::of(Vendor::NetX).unwrap();
        assert_eq!(search(catalog, " the ").len(), catalog.operations.len());
        assert!(search(catalog, "zzyzx").is_empty());
    }
}
