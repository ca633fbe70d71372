use oneteg_http::{Error, ErrorKind};

/// Refuses a name that the platform would refuse, or silently change.
pub(super) fn check(name: &str) -> Result<(), Error> {
    let wrong = |why: &str| {
        let message = format!("a file cannot be named like that: {why}");
        Err(Error::new(ErrorKind::InvalidRequest, message))
    };
    if name.is_empty() {
        return wrong("the name is empty");
    }
    if name.trim() != name {
        return wrong("the name begins or ends with a blank");
    }
    if let Some(sign) = name.chars().find(|sign| r#"\/:*?"<>|"#.contains(*sign)) {
        return wrong(&format!("it has a `{sign}`"));
    }
    if name.chars().any(char::is_control) {
        return wrong("it has a control character");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_the_platform_takes() {
        for good in ["a", "été 2026.zip", "a.b.c", "-", "日本"] {
            check(good).unwrap();
        }
        for bad in ["", " a", "a ", "a/b", "a\\b", "a:b", "a?", "\"a\"", "a\nb", "a|b", "<a>", "*"]
        {
            assert_eq!(check(bad).unwrap_err().kind(), ErrorKind::InvalidRequest, "{bad:?}");
        }
    }
}
