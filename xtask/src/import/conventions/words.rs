//! Words: splitting names into them, and the first sentence of a description.

use heck::{ToKebabCase, ToLowerCamelCase};

/// The words of a name or a sentence, in lower case, ASCII letters and digits only.
pub fn words(text: &str) -> Vec<String> {
    let plain: String = text
        .replace(['\'', '’'], "")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    plain.to_kebab_case().split('-').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Words joined to a name such as `getAssets`.
pub fn camel(words: &[String]) -> String {
    words.join(" ").to_lower_camel_case()
}

/// A word without its plural ending.
pub fn singular(word: &str) -> String {
    let ends = |end: &str| word.len() > end.len() + 1 && word.ends_with(end);
    if ends("ies") {
        format!("{}y", &word[..word.len() - 3])
    } else if ends("sses") || ends("xes") || ends("ches") || ends("shes") {
        word[..word.len() - 2].to_owned()
    } else if ends("s") && !ends("ss") && !ends("us") && !ends("is") {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

/// A word in the plural.
pub fn plural(word: &str) -> String {
    if word.ends_with('s') {
        return word.to_owned();
    }
    match word.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with('x') || word.ends_with("ch") || word.ends_with("sh") => {
            format!("{word}es")
        }
        _ => format!("{word}s"),
    }
}

/// The first sentence of a description in Markdown or HTML, without its markup; empty if there is none.
pub fn first_sentence(text: &str) -> String {
    let text = without_tags(text);
    let paragraph = text
        .split("\n\n")
        .map(|paragraph| paragraph.trim_start_matches(['#', '*', '>', '-', ' ', '\n']).trim())
        .find(|paragraph| paragraph.chars().any(char::is_alphanumeric))
        .unwrap_or_default();
    let line: Vec<&str> = paragraph.split_whitespace().collect();
    let line = line.join(" ");
    let mut end = line.len();
    for (index, _) in line.match_indices(". ") {
        // Not after abbreviations such as `e.g.` or a single letter.
        let before = line[..index].rsplit(' ').next().unwrap_or_default();
        if before.len() > 2 && !before.contains('.') || before.chars().all(|c| c.is_ascii_digit()) {
            end = index + 1;
            break;
        }
    }
    line[..end].replace("**", "").trim().to_owned()
}

/// A description without HTML tags.
fn without_tags(text: &str) -> String {
    let text = text
        .replace("<p>", "\n\n")
        .replace("</p>", "\n\n")
        .replace("<br>", "\n")
        .replace("<br/>", "\n");
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('<') {
        let after = &rest[start + 1..];
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match after.find('>').filter(|_| is_tag) {
            Some(end) => {
                plain.push_str(&rest[..start]);
                rest = &after[end + 1..];
            }
            None => {
                plain.push_str(&rest[..=start]);
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_words() {
        assert_eq!(words("listUserAssets"), ["list", "user", "assets"]);
        assert_eq!(words("Pet Store's API (v2)"), ["pet", "stores", "api", "v2"]);
        assert_eq!(camel(&words("Gets HTTP/2 assets")), "getsHttp2Assets");
    }

    #[test]
    fn plurals() {
        for (one, many) in
            [("asset", "assets"), ("category", "categories"), ("box", "boxes"), ("key", "keys")]
        {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one);
        }
        assert_eq!(singular("status"), "status");
        assert_eq!(singular("access"), "access");
    }

    #[test]
    fn sentences_end_at_a_full_stop() {
        assert_eq!(first_sentence("## Lists *all* files. More."), "Lists *all* files.");
        assert_eq!(
            first_sentence("<p>Gets a file, e.g. one.</p><p>More</p>"),
            "Gets a file, e.g. one."
        );
        assert_eq!(first_sentence("\n\n"), "");
        assert_eq!(first_sentence("a < b"), "a < b");
    }
}
