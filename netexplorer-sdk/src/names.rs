//! Names and paths of files and folders: which are valid, and which are the same.

use std::borrow::Cow;

#[cfg(feature = "sync")]
use oneteg_http::{Error, ErrorKind};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Whether two names are equal in Unicode's composed form (NFC), where `é` is one character instead of a letter
/// and a combining accent.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    composed(one) == composed(other)
}

fn composed(name: &str) -> Cow<'_, str> {
    if is_nfc(name) { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) }
}

/// Why the platform would refuse the name of a file or folder, or silently change it; `None` for a valid one. Uploads
/// check it before anything is sent.
pub fn name_problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    if name.trim() != name {
        return Some("it begins or ends with whitespace".to_owned());
    }
    if let Some(character) = name.chars().find(|character| r#"\/:*?"<>|"#.contains(*character)) {
        return Some(format!("it contains `{character}`"));
    }
    name.chars().any(char::is_control).then(|| "it contains a control character".to_owned())
}

/// The names in a path of folders, without slashes around it. Refuses names that the platform would refuse.
#[cfg(feature = "sync")]
pub(crate) fn folder_names(path: &str) -> Result<Vec<&str>, Error> {
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<_> = path.split('/').collect();
    let relative = |name: &str| matches!(name, "." | "..").then(|| "it is relative".to_owned());
    let problem = names.iter().find_map(|name| name_problem(name).or_else(|| relative(name)));
    match problem {
        None => Ok(names),
        Some(reason) => {
            let message = format!("invalid name in the path of the folder: {reason}");
            Err(Error::new(ErrorKind::InvalidRequest, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_platform_takes() {
        for good in ["a", "été 2026.zip", "a.b.c", "-", "日本"] {
            assert_eq!(name_problem(good), None);
        }
        for bad in ["", " a", "a ", "a/b", "a\\b", "a:b", "a?", "\"a\"", "a\nb", "a|b", "<a>", "*"]
        {
            assert!(name_problem(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    #[cfg(feature = "sync")]
    fn a_path_is_a_list_of_names() {
        assert_eq!(folder_names("/2026/été 1/").unwrap(), ["2026", "été 1"]);
        assert!(folder_names("").unwrap().is_empty() && folder_names("/").unwrap().is_empty());
        for bad in ["a//b", "a/../b", "./a", "a/b?", "a / b"] {
            let error = folder_names(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{bad}");
        }
    }
}
