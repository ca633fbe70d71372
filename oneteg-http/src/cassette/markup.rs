//! Fakes of XML and HTML: tags stay, what is between them and in attributes does not.

use crate::pseudonym::Pseudonymizer;

/// The elements of error documents of object stores whose content is a code, which clients read.
const CODES: [&str; 2] = ["<Code>", "<code>"];

/// The fake of a document.
pub(super) fn fake(fakes: &Pseudonymizer, document: &str) -> String {
    let mut fake = String::with_capacity(document.len());
    let mut rest = document;
    let mut is_code = false;
    while let Some(begin) = rest.find('<') {
        let text = &rest[..begin];
        fake.push_str(&if is_code { text.to_owned() } else { fakes.string(text) });
        rest = &rest[begin..];
        // A comment or the source of a script may contain what it likes.
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let tag = &rest[..end];
        is_code = CODES.contains(&tag);
        fake.push_str(&self::tag(fakes, tag));
        rest = &rest[end..];
    }
    fake.push_str(&fakes.string(rest));
    fake
}

/// A tag: the name of its element stays, also those of attributes that look like names.
fn tag(fakes: &Pseudonymizer, tag: &str) -> String {
    let is_plain =
        |name: &str| name.chars().all(|c| c.is_ascii_alphabetic() || "!?/:-_".contains(c));
    let inner = tag.trim_start_matches('<').trim_end_matches('>');
    let name_end = inner.find(char::is_whitespace).unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(name_end);
    if !is_plain(name) || name.starts_with("!--") {
        return fakes.string(tag);
    }
    let mut fake = format!("<{name}");
    let mut rest = attributes;
    while let Some((before, after)) = rest.split_once(['"', '\'']) {
        let quote = &rest[before.len()..=before.len()];
        fake.push_str(&names(fakes, before));
        let (value, after) = after.split_once(quote).unwrap_or((after, ""));
        fake.push_str(quote);
        fake.push_str(&fakes.string(value));
        fake.push_str(quote);
        rest = after;
    }
    fake.push_str(&names(fakes, rest));
    if tag.ends_with('>') {
        fake.push('>');
    }
    fake
}

/// What stands between the values of attributes.
fn names(fakes: &Pseudonymizer, string: &str) -> String {
    string
        .split_inclusive([' ', '=', '\n', '\t'])
        .map(|part| {
            let name = part.trim_end_matches([' ', '=', '\n', '\t']);
            let rest = &part[name.len()..];
            if name.is_empty() || name == "/" || name == "?" {
                part.to_owned()
            } else if rest.starts_with('=') {
                format!("{}{rest}", fakes.name(name))
            } else {
                format!("{}{rest}", fakes.string(name))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_stay_and_their_content_does_not() {
        let fakes = Pseudonymizer::with_key(&[4; 16]);
        let document = "<?xml version=\"1.0\" encoding=\"utf-8\"?><!DOCTYPE html><Error lang='canary'><Code>BlobNotFound</Code>\
            <Message>no canary here</Message><!-- canary --><a href=\"https://canary.com/\" canary>x</a></Error> canary < canary";
        let fake = fake(&fakes, document);
        assert!(!fake.contains("canary"), "{fake}");
        for kept in [
            "<?xml version=\"",
            "<Error lang='",
            "<Code>BlobNotFound</Code><Message>",
            "<a href=\"https://",
            "</a></Error>",
        ] {
            assert!(fake.contains(kept), "{kept} in {fake}");
        }
        for odd in ["<", ">", "<>", "<a", "<a b", "<a b=", "<a b='", "<a b='x", "</", "< <"] {
            let _ = self::fake(&fakes, odd);
        }
    }
}
