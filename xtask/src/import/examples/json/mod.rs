//! Reads JSON as people write it in collections: with comments, placeholders such as `{{assetId}}` and `<string>`, and
//! trailing commas.
//!
//! A comment after a member, or on the lines before it, documents that member. A member that is commented out is an
//! optional one.

mod reader;

use reader::Reader;

/// A value of an example.
#[derive(Debug, Clone, PartialEq)]
pub enum Sample {
    Null,
    Boolean,
    Integer,
    Number,
    String(String),
    /// A variable without quotation marks, such as `{{assetId}}`: a value of any type.
    Variable(String),
    /// Each item with the comments about it.
    List(Vec<(Sample, String)>),
    Object(Vec<Member>),
}

/// A member of an object in an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub value: Sample,
    /// The comments about it.
    pub note: String,
    /// Whether it is commented out.
    pub is_optional: bool,
}

/// What a body contains besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Comments, in the order of the body.
    pub comments: usize,
    /// Comments that document no member, such as those between the items of a list.
    pub loose: Vec<String>,
    /// Names of variables.
    pub variables: Vec<String>,
}

/// Reads a body.
///
/// # Errors
/// A message with the line.
pub fn parse(text: &str) -> Result<(Sample, Extras), String> {
    let mut reader = Reader::new(text);
    let value = reader.value(0)?;
    reader.space()?;
    let rest = std::mem::take(&mut reader.pending);
    reader.extras.loose.extend(rest);
    match reader.chars.peek() {
        None => Ok((value, reader.extras)),
        Some(found) => Err(format!("`{found}` after the end of the JSON in line {}", reader.line)),
    }
}

/// The names of the variables in a string, such as `{{baseUrl}}`.
pub fn variables(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, next)) = after.split_once("}}") else { break };
        found.push(name.trim().to_owned());
        rest = next;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Vec<Member> {
        match parse(text).unwrap().0 {
            Sample::Object(members) => members,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn comments_document_members() {
        let members = object(
            "{\n  // The folder.\n  \"folderId\": {{folderId}}, // root is 1\n  \"deep\": true /* all */\n  // \"limit\": 10,\n}",
        );
        let shown: Vec<_> = members
            .iter()
            .map(|member| (member.name.as_str(), member.note.as_str(), member.is_optional))
            .collect();
        assert_eq!(
            shown,
            [
                ("folderId", "The folder. root is 1", false),
                ("deep", "all", false),
                ("limit", "", true)
            ]
        );
        assert_eq!(members[0].value, Sample::Variable("folderId".to_owned()));
    }

    #[test]
    fn a_url_is_not_a_comment() {
        let members = object(r#"{"url": "https://example.com/{{path}}", "a": [1, 2.5, null,], }"#);
        assert_eq!(members[0].value, Sample::String("https://example.com/{{path}}".to_owned()));
        let items =
            [Sample::Integer, Sample::Number, Sample::Null].map(|item| (item, String::new()));
        assert_eq!(members[1].value, Sample::List(items.into()));
    }

    #[test]
    fn comments_document_the_items_of_a_list() {
        let (list, _) = parse("[12, // folderId\n true,\n { // options\n \"a\": 1}]").unwrap();
        let Sample::List(items) = list else { panic!("{list:?}") };
        let notes: Vec<_> = items.iter().map(|(_, note)| note.as_str()).collect();
        assert_eq!(notes, ["folderId", "", "options"]);
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_line() {
        for (text, message) in [
            ("", "the end instead of a value in line 1"),
            ("{\n\"a\" 1}", "no colon after `a` in line 2"),
            ("{\"a\": \"x", "a string without an end in line 1"),
            ("{} x", "`x` after the end of the JSON in line 1"),
            ("<xml", "the end instead of the end of a placeholder in line 1"),
            ("{\"a\": nope}", "`nope` is not a JSON value in line 1"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message, "{text}");
        }
        assert!(parse(&"[".repeat(100_000)).unwrap_err().contains("nested too deeply"));
    }
}
