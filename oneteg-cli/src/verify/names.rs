//! What a parameter asks for and what a member of a response gives, as far as their names tell: the id of a folder, the
//! key of a share.

use crate::catalog::{Entry, Parameter, Place};

/// What a value is: an attribute of a kind of object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject {
    /// The kind of object in lower case, without separators, such as `sharelink`.
    pub(crate) noun: String,
    /// `id`, `key`, `name` and so on.
    pub(crate) attribute: String,
}

impl Subject {
    pub(crate) fn new(noun: impl Into<String>, attribute: impl Into<String>) -> Self {
        Self { noun: noun.into(), attribute: attribute.into() }
    }
}

/// The last words of names that are attributes of something.
const ATTRIBUTES: [&str; 11] =
    ["id", "ids", "guid", "guids", "key", "code", "token", "type", "value", "name", "path"];

/// The words of a name in any style, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && !previous.is_uppercase() && previous != ' ';
        if !letter.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        previous = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The singular of an English noun, as far as names in paths need it.
pub(crate) fn singular(noun: &str) -> String {
    let without = |end: &str, instead: &str| {
        let stem = noun.strip_suffix(end)?;
        (stem.len() + instead.len() > 2).then(|| format!("{stem}{instead}"))
    };
    let hissing = ["sses", "shes", "ches", "xes"];
    without("ies", "y")
        .or_else(|| hissing.iter().find_map(|end| without(end, &end[..end.len() - 2])))
        .or_else(|| without("s", "").filter(|_| !noun.ends_with("ss")))
        .unwrap_or_else(|| noun.to_owned())
}

/// What a member of an object of a kind gives. A member `id` is that of the object itself.
pub(crate) fn of_member(noun: &str, member: &str) -> Option<Subject> {
    let mut words = words(member);
    let attribute = attribute(&words.pop()?)?;
    match words.concat() {
        own if own.is_empty() => Some(Subject::new(noun, attribute)),
        // The reference to another object.
        other => Some(Subject::new(singular(&other), attribute)),
    }
}

/// What a parameter of an operation asks for, best first.
pub(crate) fn of_parameter(entry: &Entry, parameter: &Parameter) -> Vec<Subject> {
    let mut subjects = Vec::new();
    let all = words(&parameter.name);
    let mut nouns = all.clone();
    let last = nouns.pop().unwrap_or_default();
    match attribute(&last) {
        Some(attribute) if nouns.is_empty() => {
            subjects.extend(around(entry, parameter).map(|noun| Subject::new(noun, attribute)));
        }
        Some(attribute) => {
            subjects.push(Subject::new(singular(&nouns.concat()), attribute));
            // `parentFolderId` is the id of a folder.
            if let Some(noun) = nouns.last().filter(|_| nouns.len() > 1) {
                subjects.push(Subject::new(singular(noun), attribute));
            }
        }
        None => {}
    }
    // `reportType` may be the id of a report type, and `root` that of a root.
    subjects.push(Subject::new(singular(&all.concat()), "id"));
    // The specification may name the operation that returns it.
    for operation in parameter.description.split('`').skip(1).step_by(2) {
        for attribute in [attribute(&last).unwrap_or("id"), "id", "value", "name"] {
            subjects.push(Subject::new(format!("@{operation}"), attribute));
        }
    }
    subjects
}

/// The kind of object of a parameter that is only called `id`: the word before it in the path, or the operation's tag.
fn around(entry: &Entry, parameter: &Parameter) -> impl Iterator<Item = String> {
    let placeholder = format!("{{{}}}", parameter.name);
    let before = match parameter.place {
        Place::Path => entry.path.split_once(&placeholder).map(|(before, _)| before.to_owned()),
        _ => None,
    };
    let segment = before.and_then(|before| {
        before
            .rsplit('/')
            .find(|segment| !segment.is_empty() && !segment.starts_with('{'))
            .map(noun)
    });
    segment.into_iter().chain([noun(&entry.tag)])
}

/// A segment of a path or the name of a schema as a noun.
pub(crate) fn noun(name: &str) -> String {
    singular(&words(name).concat())
}

/// The nouns of the objects that an operation returns, by its path: the words after the last placeholder, last first.
pub(crate) fn of_path(entry: &Entry) -> Vec<String> {
    let tail = entry.path.rsplit('}').next().unwrap_or_default();
    tail.rsplit('/').filter(|segment| !segment.is_empty()).map(noun).collect()
}

fn attribute(word: &str) -> Option<&'static str> {
    let known = ATTRIBUTES.into_iter().find(|known| *known == word)?;
    Some(match known {
        "ids" | "guid" | "guids" => "id",
        known => known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("assetId", "asset id"),
            ("user_group-id", "user group id"),
            ("assetGUID", "asset guid"),
            ("sharelinkKey", "sharelink key"),
            ("ShareLink", "share link"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }

    #[test]
    fn plurals_are_removed() {
        for (plural, expected) in [
            ("assets", "asset"),
            ("categories", "category"),
            ("trashes", "trash"),
            ("boxes", "box"),
            ("access", "access"),
            ("bus", "bus"),
            ("lightboxes", "lightbox"),
        ] {
            assert_eq!(singular(plural), expected);
        }
    }

    #[test]
    fn members_are_of_their_object_or_of_another() {
        assert_eq!(of_member("asset", "id"), Some(Subject::new("asset", "id")));
        assert_eq!(of_member("asset", "folder_id"), Some(Subject::new("folder", "id")));
        assert_eq!(of_member("asset", "categoryIds"), Some(Subject::new("category", "id")));
        assert_eq!(of_member("share", "key"), Some(Subject::new("share", "key")));
        assert_eq!(of_member("share", "size"), None);
    }

    #[test]
    fn parameters_ask_for_what_their_operation_is_about() {
        let of = |vendor: &str, operation: &str, index: usize| {
            let entry = oneteg_catalog::of(vendor).unwrap().find(operation).unwrap();
            of_parameter(entry, &entry.parameters[index])[0].clone()
        };
        assert_eq!(of("mediavalet", "get-asset", 0), Subject::new("asset", "id"));
        assert_eq!(of("mediavalet", "get-org-unit", 0), Subject::new("organizationalunit", "id"));
        assert_eq!(of("netexplorer", "get-share-by-key", 0), Subject::new("share", "key"));
        assert_eq!(of("netx", "get-assets", 0), Subject::new("asset", "id"));
    }
}
