//! Results that fit a limit: a model's context is small, and a listing can be large.
//!
//! A value that is too large is shortened step by step until it fits: long strings first, then lists from their ends,
//! then whole values. Every cut has a note that names what is missing and how to get it.

use serde_json::Value;

/// A longer string is shortened before anything else is.
const LONG_STRING: usize = 2_000;

/// A value as text within a limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bounded {
    /// JSON.
    pub(super) text: String,
    /// What was left out; empty if the value is complete.
    pub(super) notes: Vec<String>,
}

/// Writes a value as JSON of up to `limit` bytes, or `null` if nothing of it fits.
pub(super) fn bound(value: Value, limit: usize) -> Bounded {
    let text = value.to_string();
    if text.len() <= limit {
        return Bounded { text, notes: Vec::new() };
    }
    let mut cuts = Cuts::default();
    let mut value = value;
    shorten_strings(&mut value, LONG_STRING.min(limit / 4), "", &mut cuts);
    let mut size = value.to_string().len();
    while size > limit {
        let excess = size - limit;
        let Some(largest) = largest_list(&value, "") else { break };
        let Some(Value::Array(items)) = at(&mut value, &largest.steps) else { break };
        cuts.list(&largest.path, shorten_list(items, excess), largest.length);
        size = value.to_string().len();
    }
    // No list is left that could be shorter: leave out the largest members.
    while size > limit {
        let container = largest_container(&value);
        let path = container.iter().fold(String::new(), |path, step| step.path(&path));
        let Some(container) = at(&mut value, &container) else { break };
        if !leave_out(container, size - limit, &path, &mut cuts) {
            break;
        }
        size = value.to_string().len();
    }
    if size > limit {
        let what = match &value {
            Value::Object(members) => format!("an object with {} members", members.len()),
            Value::Array(items) => format!("a list of {} items", items.len()),
            _ => "a value".to_owned(),
        };
        let notes = vec![format!(
            "the result is too large to be shortened: {what}; repeat the call with `select` (jq)"
        )];
        return Bounded { text: "null".to_owned(), notes };
    }
    let text = value.to_string();
    Bounded { text, notes: cuts.notes() }
}

/// What was left out, each with its path in the syntax of jq.
#[derive(Default)]
struct Cuts {
    strings: Vec<String>,
    /// Path, number of items that are left, and that there were.
    lists: Vec<(String, usize, usize)>,
    members: Vec<String>,
}

impl Cuts {
    /// A list may be shortened several times; its first length counts.
    fn list(&mut self, path: &str, kept: usize, length: usize) {
        match self.lists.iter_mut().find(|(known, ..)| known == path) {
            Some((_, known, _)) => *known = kept,
            None => self.lists.push((path.to_owned(), kept, length)),
        }
    }

    fn notes(self) -> Vec<String> {
        let mut notes = Vec::new();
        for (path, kept, length) in self.lists {
            let slice = format!("{}[{kept}:]", if path.is_empty() { "." } else { &path });
            notes.push(format!(
                "`{}` has {length} items, of which {kept} are shown; for the rest, repeat the call with `select`: `{slice}`",
                shown(&path)
            ));
        }
        let few = |paths: &[String]| {
            let first: Vec<String> = paths.iter().take(3).map(|path| format!("`{path}`")).collect();
            let more = paths.len().saturating_sub(first.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", first.join(", "))
        };
        if !self.strings.is_empty() {
            notes.push(format!(
                "long strings are shortened: {}; for a whole one, repeat the call with its path as `select`",
                few(&self.strings)
            ));
        }
        if !self.members.is_empty() {
            notes.push(format!(
                "left out, null here: {}; repeat the call with the path as `select`",
                few(&self.members)
            ));
        }
        notes
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

/// A step into a value.
#[derive(Clone)]
enum Step {
    Index(usize),
    Member(String),
}

impl Step {
    /// The path of jq that leads further: `.a`, `.["a b"]`, `[3]`.
    fn path(&self, before: &str) -> String {
        match self {
            Self::Index(index) if before.is_empty() => format!(".[{index}]"),
            Self::Index(index) => format!("{before}[{index}]"),
            Self::Member(name) => {
                let is_plain = name
                    .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                match is_plain {
                    true => format!("{before}.{name}"),
                    false => format!(
                        "{}[{}]",
                        if before.is_empty() { "." } else { before },
                        Value::from(name.as_str())
                    ),
                }
            }
        }
    }
}

fn children(value: &Value) -> Vec<(Step, &Value)> {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (Step::Index(index), item)).collect()
        }
        Value::Object(members) => {
            members.iter().map(|(name, member)| (Step::Member(name.clone()), member)).collect()
        }
        _ => Vec::new(),
    }
}

fn at<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Index(index) => value.get_mut(*index),
        Step::Member(name) => value.get_mut(name),
    })
}

fn shorten_strings(value: &mut Value, longest: usize, path: &str, cuts: &mut Cuts) {
    match value {
        Value::String(string) if string.len() > longest => {
            let end = (0..=longest).rev().find(|end| string.is_char_boundary(*end)).unwrap_or(0);
            let missing = string.len() - end;
            string.truncate(end);
            string.push_str(&format!("… [{missing} more bytes]"));
            cuts.strings.push(shown(path).to_owned());
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                shorten_strings(item, longest, &Step::Index(index).path(path), cuts);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                shorten_strings(member, longest, &Step::Member(name.clone()).path(path), cuts);
            }
        }
        _ => {}
    }
}

/// A part of a value.
struct Part {
    steps: Vec<Step>,
    path: String,
    /// In bytes, as JSON.
    size: usize,
    /// Of a list.
    length: usize,
}

/// The largest of the outermost lists with more than one item: the list of a page is shortened before the lists in its
/// items.
fn largest_list(value: &Value, path: &str) -> Option<Part> {
    if let Value::Array(items) = value
        && items.len() > 1
    {
        let (size, length) = (value.to_string().len(), items.len());
        return Some(Part { steps: Vec::new(), path: path.to_owned(), size, length });
    }
    let lists = children(value).into_iter().filter_map(|(step, child)| {
        let mut list = largest_list(child, &step.path(path))?;
        list.steps.insert(0, step);
        Some(list)
    });
    lists.max_by_key(|list| list.size)
}

/// Removes as many items from the end as are needed to save `excess` bytes, but not the first one. Returns how many
/// are left.
fn shorten_list(items: &mut Vec<Value>, excess: usize) -> usize {
    let mut saved = 0;
    while items.len() > 1 && saved < excess {
        // With the comma.
        saved += items.pop().map_or(0, |item| item.to_string().len() + 1);
    }
    items.len()
}

/// The steps to the value that has most of the size directly in it.
fn largest_container(value: &Value) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = value;
    let mut size = at.to_string().len();
    loop {
        let largest =
            children(at).into_iter().map(|(step, child)| (child.to_string().len(), step, child));
        match largest.max_by_key(|(size, ..)| *size) {
            Some((inner, step, child))
                if inner * 2 > size && (child.is_object() || child.is_array()) =>
            {
                steps.push(step);
                (at, size) = (child, inner);
            }
            _ => return steps,
        }
    }
}

/// Replaces the largest values in a container by null, to save `excess` bytes. Returns whether anything was saved.
fn leave_out(container: &mut Value, excess: usize, path: &str, cuts: &mut Cuts) -> bool {
    let sizes =
        children(container).into_iter().map(|(step, child)| (child.to_string().len(), step));
    let mut sizes: Vec<(usize, Step)> = sizes.filter(|(size, _)| *size > "null".len()).collect();
    sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let mut saved = 0;
    for (size, step) in sizes {
        if saved >= excess {
            break;
        }
        if let Some(member) = at(container, std::slice::from_ref(&step)) {
            *member = Value::Null;
            saved += size - "null".len();
            cuts.members.push(step.path(path));
        }
    }
    saved > 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fits_is_unchanged() {
        let value = json!({"items": [1, 2, 3]});
        assert_eq!(
            bound(value.clone(), 100),
            Bounded { text: value.to_string(), notes: Vec::new() }
        );
    }

    #[test]
    fn a_page_keeps_its_first_items_and_names_the_rest() {
        let items: Vec<Value> = (0..500).map(|id| json!({"id": id, "tags": ["a", "b"]})).collect();
        let bounded = bound(json!({"results": items, "size": 500}), 1_000);
        let shown: Value = serde_json::from_str(&bounded.text).unwrap();
        let kept = shown["results"].as_array().unwrap().len();
        assert!(kept > 20 && bounded.text.len() <= 1_000 && bounded.text.len() > 900, "{kept}");
        assert_eq!(shown["size"], 500);
        assert_eq!(shown["results"][3], json!({"id": 3, "tags": ["a", "b"]}));
        assert_eq!(
            bounded.notes,
            [format!(
                "`.results` has 500 items, of which {kept} are shown; for the rest, repeat the call with `select`: `.results[{kept}:]`"
            )]
        );
    }

    #[test]
    fn a_list_at_the_top_has_a_path_too() {
        let bounded = bound(json!((0..1_000).collect::<Vec<_>>()), 100);
        assert!(
            bounded.notes[0].ends_with(&format!(
                "`.[{}:]`",
                serde_json::from_str::<Vec<i64>>(&bounded.text).unwrap().len()
            )),
            "{bounded:?}"
        );
    }

    #[test]
    fn long_strings_are_shortened_before_items_are_left_out() {
        let value = json!({"a b": "é".repeat(5_000), "list": [1, 2, 3]});
        let bounded = bound(value, 4_000);
        let shown: Value = serde_json::from_str(&bounded.text).unwrap();
        assert_eq!(shown["list"], json!([1, 2, 3]));
        assert!(shown["a b"].as_str().unwrap().ends_with("… [9000 more bytes]"));
        assert!(bounded.notes[0].contains("`.[\"a b\"]`"), "{:?}", bounded.notes);
    }

    #[test]
    fn members_are_left_out_when_nothing_else_helps() {
        let wide: serde_json::Map<_, _> =
            (0..100).map(|n| (format!("member{n}"), json!("x".repeat(40)))).collect();
        let bounded = bound(json!({"id": 7, "wide": wide}), 2_000);
        let shown: Value = serde_json::from_str(&bounded.text).unwrap();
        assert!(bounded.text.len() <= 2_000);
        assert_eq!(shown["id"], 7);
        assert!(
            bounded.notes[0].contains("left out, null here: `.wide.member"),
            "{:?}",
            bounded.notes
        );
    }

    #[test]
    fn every_limit_is_kept() {
        let value = json!({
            "items": [{"name": "é".repeat(300), "tags": ["a".repeat(50), "b".repeat(50)]}, vec![vec![vec!["deep"; 9]; 9]; 9], 1, null],
            "x": {"y": {"z": "w".repeat(3_000)}},
        });
        for limit in (0..300).chain((300..7_000).step_by(53)) {
            let bounded = bound(value.clone(), limit);
            assert!(bounded.text.len() <= limit.max(4), "{limit}");
            serde_json::from_str::<Value>(&bounded.text).unwrap();
            assert_eq!(bounded.notes.is_empty(), limit >= value.to_string().len(), "{limit}");
        }
    }
}
