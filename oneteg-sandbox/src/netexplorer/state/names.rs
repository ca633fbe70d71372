//! The rules for names of files and folders.

use crate::netexplorer::response::ApiError;

/// The longest name, in characters. Clients keep to this limit; that the server enforces it is the sandbox's
/// own choice.
const MAX_LENGTH: usize = 200;

/// Refuses a name that the vendor does not allow.
pub(crate) fn check(name: &str) -> Result<(), ApiError> {
    let forbidden = |c: char| {
        matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control()
    };
    if name.is_empty()
        || name.trim() != name
        || name.chars().count() > MAX_LENGTH
        || name.contains(forbidden)
    {
        return Err(ApiError::invalid_name());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_the_vendor_forbids_is_refused() {
        for name in
            ["", " a", "a ", "a/b", "a\\b", "a:b", "a*", "a?", "a\"", "<a", "a>", "a|b", "a\nb"]
        {
            assert!(check(name).is_err(), "{name:?}");
        }
        assert!(check(&"a".repeat(201)).is_err());
        for name in ["a", "é à.zip", "a.b.c", ".hidden", "名前"] {
            assert!(check(name).is_ok(), "{name:?}");
        }
    }
}
