//! Descriptions: strings or objects, in Markdown or, as documenters publish them, in HTML.

use serde_json::Value;

/// A description as Markdown.
pub(super) fn description(value: &Value) -> String {
    let text = value.as_str().or_else(|| value["content"].as_str()).unwrap_or_default();
    let is_html = value["type"] == "text/html" || looks_like_html(text);
    let text = if is_html { markdown(text) } else { text.to_owned() };
    text.replace("\r\n", "\n").trim().to_owned()
}

/// The description without the mark `(Required)` that converters write, and whether it was there.
pub(super) fn without_required(description: &str) -> (String, bool) {
    let trimmed = description.trim();
    for mark in ["(Required)", "(required)", "[Required]", "Required.", "**Required**"] {
        if let Some(rest) = trimmed.strip_prefix(mark) {
            return (rest.trim().to_owned(), true);
        }
        if let Some(rest) = trimmed.strip_suffix(mark) {
            return (rest.trim().to_owned(), true);
        }
    }
    (trimmed.to_owned(), trimmed.eq_ignore_ascii_case("required"))
}

fn looks_like_html(text: &str) -> bool {
    [
        "</p>",
        "<br",
        "</ul>",
        "</li>",
        "</code>",
        "</pre>",
        "</strong>",
        "</b>",
        "</a>",
        "</h1>",
        "</h2>",
        "</h3>",
        "</div>",
        "</table>",
        "</em>",
    ]
    .iter()
    .any(|tag| text.contains(tag))
}

/// HTML as Markdown; tags without a counterpart are left out.
fn markdown(html: &str) -> String {
    let mut text = String::new();
    let mut links: Vec<String> = Vec::new();
    let mut lists: Vec<Option<usize>> = Vec::new();
    let mut is_code = false;
    let mut cells = 0;
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        push(&mut text, before, is_code);
        let Some((tag, next)) = after.split_once('>') else {
            push(&mut text, "<", is_code);
            rest = after;
            continue;
        };
        rest = next;
        let closes = tag.starts_with('/');
        let name: String =
            tag.trim_start_matches('/').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let name = name.to_ascii_lowercase();
        match (name.as_str(), closes) {
            ("p" | "div" | "table" | "blockquote", _) => break_lines(&mut text, 2),
            ("br", _) => text.push('\n'),
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => {
                break_lines(&mut text, 2);
                let depth = usize::from(name.as_bytes()[1] - b'0');
                text.push_str(&"#".repeat(depth));
                text.push(' ');
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => break_lines(&mut text, 2),
            ("ul", false) => lists.push(None),
            ("ol", false) => lists.push(Some(0)),
            ("ul" | "ol", true) => {
                lists.pop();
                break_lines(&mut text, 2);
            }
            ("li", false) => {
                break_lines(&mut text, 1);
                match lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        text.push_str(&format!("{number}. "));
                    }
                    _ => text.push_str("- "),
                }
            }
            ("tr", false) => {
                break_lines(&mut text, 1);
                text.push('|');
                cells = 0;
            }
            ("th" | "td", true) => {
                text.push_str(" |");
                cells += 1;
            }
            ("th" | "td", false) => text.push(' '),
            ("thead", true) => {
                break_lines(&mut text, 1);
                text.push('|');
                text.push_str(&"---|".repeat(cells.max(1)));
            }
            ("code", _) if !is_code => text.push('`'),
            ("pre", false) => {
                break_lines(&mut text, 2);
                text.push_str("```\n");
                is_code = true;
            }
            ("pre", true) => {
                break_lines(&mut text, 1);
                text.push_str("```\n\n");
                is_code = false;
            }
            ("strong" | "b", _) => text.push_str("**"),
            ("em" | "i", _) => text.push('*'),
            ("a", false) => {
                links.push(attribute(tag, "href"));
                text.push('[');
            }
            ("a", true) => {
                if let Some(link) = links.pop() {
                    text.push_str(&format!("]({link})"));
                }
            }
            ("script" | "style", false) => {
                rest = rest.split_once(&format!("</{name}>")).map_or("", |(_, after)| after);
            }
            _ => {}
        }
    }
    push(&mut text, rest, is_code);
    text.trim().to_owned()
}

/// Adds text; outside of code, white space is one space, as in HTML.
fn push(text: &mut String, html: &str, is_code: bool) {
    let plain = entities(html);
    if is_code {
        text.push_str(&plain);
        return;
    }
    let starts = plain.starts_with(char::is_whitespace);
    let ends = plain.ends_with(char::is_whitespace);
    let words: Vec<&str> = plain.split_whitespace().collect();
    let may_space = |text: &String| !text.is_empty() && !text.ends_with(char::is_whitespace);
    if starts && may_space(text) {
        text.push(' ');
    }
    text.push_str(&words.join(" "));
    if ends && !words.is_empty() && may_space(text) {
        text.push(' ');
    }
}

/// Ends the line, and leaves `lines - 1` empty ones.
fn break_lines(text: &mut String, lines: usize) {
    if text.trim().is_empty() {
        return;
    }
    let kept = text.trim_end().len();
    let present = text[kept..].matches('\n').count();
    text.truncate(kept);
    text.push_str(&"\n".repeat(lines.max(present.min(2))));
}

fn attribute(tag: &str, name: &str) -> String {
    let Some((_, value)) = tag.split_once(&format!("{name}=")) else { return String::new() };
    let value = value.trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default().to_owned(),
        _ => value.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

fn entities(text: &str) -> String {
    [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&ndash;", "–"),
        ("&hellip;", "…"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn html_becomes_markdown() {
        let html = "<h2>Assets</h2><p>Gets  <strong>one</strong>\n asset &amp; its <code>file</code>.</p>\
                    <ul><li>first</li><li>see <a href=\"https://example.com\">here</a></li></ul>\
                    <pre><code>{\n  \"a\": 1\n}</code></pre><script>x()</script>";
        assert_eq!(
            description(&json!(html)),
            "## Assets\n\nGets **one** asset & its `file`.\n\n- first\n- see [here](https://example.com)\n\n\
             ```\n{\n  \"a\": 1\n}\n```"
        );
    }

    #[test]
    fn markdown_and_objects_are_kept() {
        assert_eq!(
            description(&json!({ "content": " a < b\r\nc ", "type": "text/markdown" })),
            "a < b\nc"
        );
        assert_eq!(description(&json!({})), "");
        assert_eq!(description(&json!(null)), "");
        assert_eq!(description(&json!("<b unclosed </b>")), "**");
    }

    #[test]
    fn required_is_a_mark() {
        assert_eq!(without_required("(Required) The ID."), ("The ID.".to_owned(), true));
        assert_eq!(without_required("The ID."), ("The ID.".to_owned(), false));
    }
}
