//! The placeholders of paths.

/// The placeholders of a path template, or why it is malformed.
pub fn placeholders(path: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        if rest[at..].starts_with('}') {
            return Err("has a `}` without a `{`");
        }
        let after = &rest[at + 1..];
        let end = after.find(['{', '}', '/']).filter(|end| after[*end..].starts_with('}'));
        let Some(end) = end else { return Err("has a `{` without a `}`") };
        let name = &after[..end];
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err("has a placeholder that is not a plain name");
        }
        names.push(name);
        rest = &after[end + 1..];
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_read_in_order() {
        assert_eq!(placeholders("/a").unwrap(), [""; 0]);
        assert_eq!(placeholders("/{a}/b/{c-d.e}{$f}").unwrap(), ["a", "c-d.e", "$f"]);
    }

    #[test]
    fn malformed_templates_have_a_reason() {
        for (path, reason) in [
            ("/a}", "has a `}` without a `{`"),
            ("/{a", "has a `{` without a `}`"),
            ("/{a/b}", "has a `{` without a `}`"),
            ("/{a{b}", "has a `{` without a `}`"),
            ("/{}", "has a placeholder that is not a plain name"),
            ("/{a b}", "has a placeholder that is not a plain name"),
        ] {
            assert_eq!(placeholders(path), Err(reason), "{path}");
        }
    }
}
