//! Documentation comments of generated code: their sentences and their layout.

use quote::quote;
use syn::{Attribute, Expr, Lit, Meta, visit_mut::VisitMut};

use crate::{
    lower::escape_for_rustdoc,
    model::{Evidence, Operation},
};

/// The width of a line of documentation, without indentation and slashes.
const WIDTH: usize = 96;

/// Attributes for a documentation comment, one for each line. Long lines are wrapped, so that a changed word
/// changes few lines.
pub fn lines(text: &str) -> Vec<Attribute> {
    let line = |line: &str| {
        let text = if line.is_empty() { String::new() } else { format!(" {line}") };
        syn::parse_quote!(#[doc = #text])
    };
    let mut is_code = false;
    let wrapped = text.trim().lines().flat_map(|text| {
        is_code ^= text.starts_with("```");
        if is_code { vec![text.to_owned()] } else { wrap(text.trim()) }
    });
    wrapped.map(|text| line(&text)).collect()
}

/// Wraps a line of Markdown. The following lines of a list item are indented.
pub fn wrap(text: &str) -> Vec<String> {
    let indent = if text.starts_with("* ") { "  " } else { "" };
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let length = lines[last].chars().count();
        // Markdown could take a sign at the beginning of a line for a list or a heading.
        let is_plain = word.starts_with(|c: char| c.is_alphanumeric() || c == '`');
        if length > indent.len() && length + 1 + word.chars().count() > WIDTH && is_plain {
            lines.push(format!("{indent}{word}"));
        } else {
            if length > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

/// The documentation of an operation's method.
pub fn operation(operation: &Operation, arguments: &[(String, String)], example: &str) -> String {
    let mut text = escape_for_rustdoc(&operation.summary);
    let mut paragraph = |words: &str| {
        if !words.is_empty() {
            text.push_str("\n\n");
            text.push_str(words);
        }
    };
    paragraph(&escape_for_rustdoc(&operation.description));
    let arguments: Vec<String> = arguments
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(name, words)| format!("* `{name}`: {}", words.replace('\n', " ")))
        .collect();
    if !arguments.is_empty() {
        paragraph(&format!("# Arguments\n\n{}", arguments.join("\n")));
    }
    paragraph(&format!("# Example\n\n{example}"));
    paragraph(&format!("# Request\n\n{}", request(operation)));
    paragraph(&format!("# Evidence\n\n{}", evidence(&operation.evidence)));
    text
}

/// Attributes for the documentation of a module. Lines are not wrapped, because the rows of a table must
/// not be.
pub fn inner(text: &str) -> Vec<Attribute> {
    let line = |line: &str| {
        let text = if line.is_empty() { String::new() } else { format!(" {line}") };
        syn::parse_quote!(#![doc = #text])
    };
    text.lines().map(line).collect()
}

/// The heading of a tag on the page of the client, with the first paragraph of its description.
pub fn section(tag: &str, description: &str) -> String {
    let description = escape_for_rustdoc(description);
    let paragraph = description.split("\n\n").next().unwrap_or_default();
    let lines: Vec<String> = paragraph.lines().flat_map(wrap).collect();
    format!("# Tag `{tag}`\n\n{}", lines.join("\n")).trim_end().to_owned()
}

/// The list of the tags for the documentation of the client, with links to their sections.
pub fn tags(tags: &[(&str, &str, usize)]) -> String {
    let mut text = String::from("# Operations by tag\n\n| Tag | Operations | |\n|---|---|---|\n");
    for (tag, description, count) in tags {
        let description = escape_for_rustdoc(description);
        let sentence = description.split_inclusive(['.', '\n']).next().unwrap_or_default().trim();
        let sentence = sentence.replace('|', "\\|");
        text.push_str(&format!("| [`{tag}`](#tag-{tag}) | {count} | {sentence} |\n"));
    }
    text
}

/// The overview of a tag, with a row for each of its operations.
pub fn overview(tag: &str, description: &str, operations: &[&Operation]) -> String {
    let mut text = format!("Operations of the tag `{tag}`.");
    for line in escape_for_rustdoc(description).lines().flat_map(wrap) {
        let gap = if text.lines().count() == 1 { "\n\n" } else { "\n" };
        text.push_str(&format!("{gap}{line}"));
    }
    text.push_str("\n\n| Method | Request | Description |\n|---|---|---|");
    for operation in operations {
        let method = operation.ident();
        let request = match &operation.rpc {
            Some(rpc) => format!("`{}` by JSON-RPC", rpc.method),
            None => format!("`{}`", operation.request_line()),
        };
        let summary = escape_for_rustdoc(&operation.summary).replace('\n', " ").replace('|', "\\|");
        text.push_str(&format!("\n| [`{method}`](Client::{method}) | {request} | {summary} |"));
    }
    text
}

fn request(operation: &Operation) -> String {
    let http = format!("`{}`", operation.request_line());
    let procedure = operation
        .rpc
        .as_ref()
        .map_or(String::new(), |rpc| format!(", JSON-RPC method `{}`", rpc.method));
    let repeat = if operation.idempotent {
        "Idempotent: repeating the call has the same effect."
    } else {
        "Not idempotent: repeating the call may have a second effect."
    };
    let server = match operation.server.as_ref().map(|server| server.url.as_str()) {
        None => String::new(),
        Some("") => {
            " The response to another operation has the URL; set it with `CallOptions::url`."
                .to_owned()
        }
        Some(url) if url.starts_with('/') => {
            " It is at another path of the base URL's host.".to_owned()
        }
        Some(url) => format!(
            " It is served by another host than the base URL, which `server({url:?}, url)` of the client's builder replaces."
        ),
    };
    format!("{http}{procedure}.{server} {repeat}")
}

fn evidence(evidence: &Evidence) -> String {
    let sentence = match evidence.confidence.as_str() {
        "observed" => "Seen in the vendor's responses.",
        "documented" => "Documented by the vendor.",
        // Names of vendor sources begin with a `v`.
        "corroborated" if evidence.sources.iter().any(|source| source.starts_with('v')) => {
            "Published by the vendor and seen in published client code."
        }
        "corroborated" => "Seen in published client code; not confirmed by vendor documentation.",
        _ => "Inferred from incomplete evidence.",
    };
    match &evidence.doubt {
        Some(doubt) => format!("{sentence} {}", escape_for_rustdoc(doubt)),
        None => sentence.to_owned(),
    }
}

/// Rewrites all documentation to one attribute for each line, which begins with a space.
pub struct NormalDocs;

impl VisitMut for NormalDocs {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        let mut normal = Vec::with_capacity(attributes.len());
        for attribute in attributes.drain(..) {
            match doc_text(&attribute) {
                Some(text) if !matches!(attribute.style, syn::AttrStyle::Inner(_)) => {
                    if text.trim().is_empty() {
                        normal.push(syn::parse_quote!(#[doc = ""]));
                    } else if text.starts_with("   ") {
                        // A following line of a list item, already wrapped.
                        normal.push(attribute);
                    } else {
                        normal.extend(lines(&text));
                    }
                }
                _ => normal.push(attribute),
            }
        }
        *attributes = normal;
    }
}

/// The string of a documentation attribute.
pub fn doc_text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    if !pair.path.is_ident("doc") {
        return None;
    }
    match &pair.value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        other => Some(quote!(#other).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_before_words_and_list_items_are_indented() {
        let item = format!("* `{}` - {}", "a".repeat(60), "word ".repeat(12).trim());
        let wrapped = wrap(&item);
        assert!(wrapped.len() > 1 && wrapped[1].starts_with("  word"), "{wrapped:?}");
        assert!(wrapped.iter().all(|line| line.chars().count() <= WIDTH), "{wrapped:?}");
        // A dash at the beginning of a line would start a list.
        let dash = format!("{} - b", "a".repeat(WIDTH - 1));
        assert_eq!(wrap(&dash), [format!("{} -", "a".repeat(WIDTH - 1)), "b".to_owned()]);
    }
}
