//! An `operationId` for each operation: the vendor's if it is short, unique and usable, else one from the summary, else
//! one from the method and the path.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::words::{camel, singular, words};
use crate::{
    import::{
        draft::{Draft, operation_place},
        names::Names,
    },
    names,
    vet::{RESERVED_METHODS, RESERVED_TYPES, is_identifier},
};

/// Longer ids are made by tools from paths.
const MOST_WORDS: usize = 8;
const LONGEST: usize = 48;
/// Words of a summary that an id does not need.
const FILLERS: [&str; 20] = [
    "a",
    "an",
    "the",
    "of",
    "for",
    "to",
    "in",
    "on",
    "by",
    "from",
    "with",
    "and",
    "or",
    "all",
    "given",
    "specified",
    "this",
    "your",
    "its",
    "new",
];

/// Gives every operation a usable, unique id.
pub fn ids(draft: &mut Draft, chosen: &Names) {
    let mut taken = Taken::default();
    let mut rest = Vec::new();
    // Ids that were chosen earlier, and good ones of the vendor, come first, so that no made one displaces them.
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let written = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .trim()
            .to_owned();
        if let Some(id) = chosen.operations.get(&place).filter(|id| taken.take(id)) {
            operation.insert("operationId".to_owned(), json!(id));
        } else {
            rest.push((path, method, written));
        }
    }
    let mut made = Vec::new();
    for (path, method, written) in rest {
        let Some(operation) = draft.operation(&path, &method) else { continue };
        if is_good(&written) && taken.take(&written) {
            operation.insert("operationId".to_owned(), json!(written));
        } else {
            made.push((path, method, written));
        }
    }
    for (path, method, written) in made {
        let place = operation_place(&path, &method);
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let summary =
            operation.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
        let tag =
            operation.get("tags").and_then(|tags| tags[0].as_str()).unwrap_or_default().to_owned();
        let candidates = candidates(&written, &summary, &path, &method, &tag);
        let last = candidates.last().cloned().unwrap_or_default();
        let numbered = (2..u32::MAX).map(|number| format!("{last}{number}"));
        let Some(id) = candidates.into_iter().chain(numbered).find(|id| taken.take(id)) else {
            continue;
        };
        operation.insert("operationId".to_owned(), json!(id));
        let message = if written.is_empty() {
            "operations without an id got one from their summary or path"
        } else {
            "ids that are long, reserved or not unique were replaced"
        };
        draft.report.changed(
            "operation_ids",
            message,
            &place,
            &format!("`{written}` became `{id}`"),
        );
    }
}

/// The names that are in use, as functions and as types.
#[derive(Default)]
struct Taken {
    names: BTreeSet<String>,
}

impl Taken {
    /// Takes an id, if it is usable and not taken.
    fn take(&mut self, id: &str) -> bool {
        let (method, builder) = (names::snake(id), names::pascal(id));
        let is_usable = !id.trim().is_empty()
            && is_identifier(&method)
            && is_identifier(&builder)
            && !RESERVED_METHODS.contains(&method.as_str())
            && !RESERVED_TYPES.contains(&builder.as_str());
        let both = [method, format!("type {builder}")];
        if !is_usable || both.iter().any(|name| self.names.contains(name)) {
            return false;
        }
        self.names.extend(both);
        true
    }
}

/// Whether a person would have chosen the vendor's id.
fn is_good(id: &str) -> bool {
    let words = words(id);
    let is_plain = id.chars().all(|c| c.is_ascii_alphanumeric() || " _-./:#".contains(c));
    let is_made = words.first().is_some_and(|first| first == "op")
        && words.get(1).is_some_and(|word| word == "id");
    is_plain
        && !words.is_empty()
        && words.len() <= MOST_WORDS
        && id.len() <= LONGEST
        && !is_made
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Ids for an operation, the best first.
fn candidates(written: &str, summary: &str, path: &str, method: &str, tag: &str) -> Vec<String> {
    let mut all = Vec::new();
    let from_summary: Vec<String> =
        words(summary).into_iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    if (2..=5).contains(&from_summary.len()) {
        let id = camel(&from_summary);
        if is_good(&id) {
            all.push(id);
        }
    }
    if is_good(written) {
        // Reserved or not unique: with the noun of its tag.
        let mut with_tag = words(written);
        with_tag.extend(words(&singular(tag)));
        all.push(camel(&with_tag));
    }
    let (short, long) = from_path(path, method);
    all.push(short.clone());
    all.push(long);
    all
}

/// Ids from the method and the path: with its last names, and with all of them.
fn from_path(path: &str, method: &str) -> (String, String) {
    let bare = path.split(['#', '?']).next().unwrap_or_default();
    let segments: Vec<&str> = bare.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_parameter = |segment: &str| segment.starts_with('{');
    let says_nothing = |segment: &&&str| {
        let lower = segment.to_lowercase();
        lower == "api"
            || lower.starts_with('v') && lower[1..].chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let ends_in_parameter = segments.last().is_some_and(|last| is_parameter(last));
    let names: Vec<&str> = segments
        .iter()
        .filter(|segment| !is_parameter(segment))
        .filter(|segment| !says_nothing(segment))
        .copied()
        .collect();
    let verb = match (method, ends_in_parameter) {
        ("get", false) => "list",
        ("get", true) => "get",
        ("post", _) => "create",
        ("put", _) => "replace",
        ("patch", _) => "update",
        ("head", _) => "check",
        (method, _) => method,
    };
    let noun = |names: &[&str]| -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let is_last = index + 1 == names.len();
            let mut words = words(name);
            // Lists keep the plural of the last name.
            if let Some(last) = words.last_mut().filter(|_| !is_last || verb != "list") {
                *last = singular(last);
            }
            all.extend(words);
        }
        all
    };
    let id = |names: &[&str]| {
        let mut words = vec![verb.to_owned()];
        words.extend(noun(names));
        camel(&words)
    };
    let short = id(&names[names.len().saturating_sub(2)..]);
    let parameters: Vec<String> = segments
        .iter()
        .filter(|segment| is_parameter(segment))
        .flat_map(|segment| words(segment))
        .collect();
    let mut long = id(&names);
    if !parameters.is_empty() {
        let by: Vec<String> = std::iter::once("by".to_owned()).chain(parameters).collect();
        let by = camel(&by);
        let mut letters = by.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
        long.extend(first.chain(letters));
    }
    (short, long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_from_the_summary_or_the_path() {
        let first = |written: &str, summary: &str, path: &str, method: &str| {
            candidates(written, summary, path, method, "assets").remove(0)
        };
        assert_eq!(first("", "List all the Assets", "/x", "get"), "listAssets");
        assert_eq!(first("", "", "/api/v4/sections/{id}/assets", "get"), "listSectionAssets");
        assert_eq!(first("", "", "/api/v4/assets/{id}", "delete"), "deleteAsset");
        assert_eq!(first("request", "", "/assets/{id}", "post"), "requestAsset");
    }

    #[test]
    fn ids_that_tools_made_of_paths_are_not_kept() {
        assert!(is_good("listAssets"));
        assert!(is_good("repos/list-for-org"));
        assert!(!is_good("opIdApiV4AssetsPost"));
        assert!(!is_good("read_items_for_a_user_api_v1_users__user_id__items_get"));
        assert!(!is_good(""));
    }
}
