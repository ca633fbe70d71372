//! One declared tag of plain words for each operation: its module, its feature and its file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::words::{plural, words};
use crate::{
    import::{
        draft::{Draft, operation_place},
        names::Names,
    },
    names,
    vet::RESERVED_TAGS,
};

/// Segments of a path that say nothing about its subject.
const EMPTY_SEGMENTS: [&str; 6] = ["api", "rest", "public", "v", "services", "service"];

/// Gives every operation one declared tag.
pub fn tags(draft: &mut Draft, names: &Names) {
    let mut tags: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut chosen: BTreeMap<String, String> = BTreeMap::new();
    let mut described: BTreeMap<String, Value> = BTreeMap::new();
    for tag in draft.document["tags"].as_array().into_iter().flatten() {
        if let (Some(name), Some(description)) = (tag["name"].as_str(), tag["description"].as_str())
        {
            described.insert(name.to_owned(), json!(description));
        }
    }
    let mut used: BTreeSet<String> = names.tags.values().cloned().collect();
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let list: Vec<String> = operation
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|tag| tag.as_str().map(str::to_owned))
            .filter(|tag| !tag.trim().is_empty())
            .collect();
        let written = list.first().cloned().unwrap_or_else(|| subject(&path));
        let tag = match names.tags.get(&written).or_else(|| chosen.get(&written)) {
            Some(tag) => tag.clone(),
            None => {
                let tag = plain(&written, &used);
                chosen.insert(written.clone(), tag.clone());
                tag
            }
        };
        used.insert(tag.clone());
        operation.insert("tags".to_owned(), json!([tag]));
        draft.chosen.tags.insert(written.clone(), tag.clone());
        if list.is_empty() {
            draft.report.changed(
                "tags",
                "operations without a tag got that of their path",
                &place,
                &tag,
            );
        } else if list.len() > 1 {
            draft.report.changed(
                "tags",
                "operations with several tags keep the first",
                &place,
                &list.join(", "),
            );
        }
        let description = described.get(&written).and_then(Value::as_str).map(str::to_owned);
        let entry = tags.entry(tag).or_default();
        if entry.is_none() {
            *entry = description;
        }
    }
    for (written, tag) in chosen.iter().filter(|(written, tag)| written != tag) {
        draft.report.changed("tags", "tags were renamed to plain words", written, tag);
    }
    let list = tags.into_iter().map(|(name, description)| match description {
        Some(description) => json!({ "name": name, "description": description }),
        None => json!({ "name": name }),
    });
    draft.document["tags"] = list.collect();
}

/// The first segment of a path that names its subject.
fn subject(path: &str) -> String {
    let says_nothing = |segment: &str| {
        let lower = segment.to_lowercase();
        let bare = lower.trim_start_matches('v');
        segment.contains('{')
            || EMPTY_SEGMENTS.contains(&lower.as_str())
            || !bare.contains(|c: char| c.is_ascii_alphabetic())
    };
    let bare = path.split(['#', '?']).next().unwrap_or_default();
    bare.split('/').find(|segment| !says_nothing(segment)).unwrap_or("general").to_owned()
}

/// A word, without the digits that it begins with, and these.
fn digits_apart(word: String) -> Vec<String> {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &word[..word.len() - letters.len()];
    match digits.is_empty() || letters.is_empty() {
        true => vec![word],
        false => vec![letters.to_owned(), digits.to_owned()],
    }
}

/// A tag of plain words that is no keyword of Rust, not reserved and not one of the others.
fn plain(written: &str, used: &BTreeSet<String>) -> String {
    let mut words: Vec<String> = words(written).into_iter().flat_map(digits_apart).collect();
    let is_letter = |word: &String| word.starts_with(|c: char| !c.is_ascii_digit());
    match words.iter().position(is_letter) {
        // A name begins with a letter; digits before it go to the end.
        Some(first) => words.rotate_left(first),
        None => words = vec!["general".to_owned()],
    }
    let is_usable = |tag: &str| {
        let feature = names::feature(tag);
        names::snake(tag) == feature
            && !RESERVED_TAGS.contains(&feature.as_str())
            && !used.iter().any(|other| names::feature(other) == feature)
    };
    let tag = words.join("-");
    let numbered = (2..u32::MAX).map(|number| format!("{tag}-{number}"));
    let candidates = [tag.clone(), plural(&tag), format!("{tag}-operations")];
    candidates.into_iter().chain(numbered).find(|tag| is_usable(tag)).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_a_path_is_its_first_meaningful_segment() {
        assert_eq!(subject("/api/v4/{id}/assets/{id}"), "assets");
        assert_eq!(subject("/v1.2/{id}"), "general");
        assert_eq!(subject("/videos"), "videos");
    }

    #[test]
    fn tags_are_plain_words() {
        let none = BTreeSet::new();
        assert_eq!(plain("Pet Store", &none), "pet-store");
        assert_eq!(plain("User-Permissions (beta)", &none), "user-permissions-beta");
        assert_eq!(plain("types", &none), "types-operations");
        assert_eq!(plain("default", &none), "defaults");
        assert_eq!(plain("type", &none), "type-operations");
        assert_eq!(plain("3D", &none), "d-3");
        assert_eq!(plain("2024 3D 4k", &none), "d-3-k-4-2024");
        assert_eq!(plain("2.0", &none), "general");
        assert_eq!(plain("日本", &none), "general");
        let used = BTreeSet::from(["pet-store".to_owned()]);
        assert_eq!(plain("petStore", &used), "pet-stores");
    }
}
