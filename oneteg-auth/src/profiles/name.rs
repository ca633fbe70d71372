//! Names of profiles, which are names of files on every platform.

use crate::ProfileError;

const MAX_LENGTH: usize = 64;
/// Names of devices on Windows, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// Devices whose name is followed by a digit.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

pub(super) fn is_valid(name: &str) -> bool {
    problem(name).is_none()
}

/// # Errors
/// [`ProfileError::InvalidName`]
pub(super) fn check(name: &str) -> Result<(), ProfileError> {
    problem(name).map_or(Ok(()), |found| Err(ProfileError::InvalidName { found }))
}

/// What is wrong with a name. The name itself is not shown: it may be a path, or a secret in the wrong place.
fn problem(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some(other) = name.chars().find(|c| !allowed(*c)) {
        return Some(format!("has {other:?}"));
    }
    if name.len() > MAX_LENGTH {
        return Some(format!("has {} characters", name.len()));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Some(format!("begins with {:?}", name.chars().next().unwrap_or_default()));
    }
    if name.ends_with('.') {
        return Some("ends with '.'".to_owned());
    }
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = stem.len() == 4
        && stem.ends_with(|c: char| c.is_ascii_digit())
        && NUMBERED_DEVICES.iter().any(|device| stem.starts_with(device));
    (numbered || DEVICES.contains(&stem.as_str()))
        .then(|| format!("is a device on Windows ({stem})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_files_everywhere() {
        for name in ["acme", "Acme-2", "acme.test", "9_lives", "console", "com10", &"a".repeat(64)]
        {
            assert_eq!(problem(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_are_not() {
        for (name, found) in [
            ("", "is empty"),
            ("a/b", "has '/'"),
            ("..\\b", "has '\\\\'"),
            ("..", "begins with '.'"),
            ("-rf", "begins with '-'"),
            ("acme.", "ends with '.'"),
            ("a b", "has ' '"),
            ("caf\u{e9}", "has '\u{e9}'"),
            ("a\0", "has '\\0'"),
            ("NUL", "is a device on Windows (nul)"),
            ("com1.eu", "is a device on Windows (com1)"),
            (&"a".repeat(65), "has 65 characters"),
        ] {
            assert_eq!(problem(name).as_deref(), Some(found), "{name}");
        }
    }
}
