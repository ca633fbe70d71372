//! Parts of documents that commands write, between marks.

use anyhow::{Context, bail};

/// The document with another text between the marks of a name: `<!-- begin: NAME -->` and `<!-- end: NAME -->`.
///
/// # Errors
/// If it has lost a mark.
pub fn replaced(document: &str, name: &str, text: &str) -> anyhow::Result<String> {
    let (begin, end) = (format!("<!-- begin: {name} -->\n"), format!("<!-- end: {name} -->\n"));
    let Some((before, rest)) = document.split_once(&begin) else {
        bail!("the document has no line `{}`", begin.trim());
    };
    let (_, after) = rest
        .split_once(&end)
        .with_context(|| format!("the document has no line `{}`", end.trim()))?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_replaced_and_nothing_else() {
        let document = "before\n<!-- begin: a -->\nold\n<!-- end: a -->\nafter\n";
        let new = replaced(document, "a", "new\n").unwrap();
        assert_eq!(new, "before\n<!-- begin: a -->\n\nnew\n\n<!-- end: a -->\nafter\n");
        assert_eq!(replaced(&new, "a", "new\n").unwrap(), new);
        assert!(replaced(document, "b", "new").is_err());
        assert!(replaced("<!-- begin: a -->\n", "a", "new").is_err());
    }
}
