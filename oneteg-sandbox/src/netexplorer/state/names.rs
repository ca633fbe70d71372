//! Which names files and folders may have.

use crate::netexplorer::errors::Failure;

/// The longest name, in characters: what clients keep to. That the server refuses longer ones is the
/// sandbox's own choice.
const LONGEST: usize = 200;

/// Refuses the names that the vendor does.
pub(crate) fn check(name: &str) -> Result<(), Failure> {
    let forbidden = |c: char| {
        matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control()
    };
    if name.is_empty()
        || name.trim() != name
        || name.chars().count() > LONGEST
        || name.contains(forbidden)
    {
        return Err(Failure::name());
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
