//! JSON-RPC in the bodies of requests.

use super::{
    Shape,
    json::{Member, Sample},
};

/// A call of a remote procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct Procedure {
    pub method: String,
    pub params: Params,
    /// Comments that document no member.
    pub notes: Vec<String>,
}

/// How the parameters are written.
#[derive(Debug, Clone, PartialEq)]
pub enum Params {
    /// A list; each with its comment.
    Positions(Vec<(Sample, String)>),
    /// An object.
    Names(Vec<Member>),
    None,
}

/// The call that a body contains: an object with a `method`, and with `params` or `jsonrpc`.
pub fn procedure(body: &Sample, loose: &[String]) -> Option<Procedure> {
    let Sample::Object(members) = body else { return None };
    let member = |name: &str| members.iter().find(|member| member.name == name);
    let Sample::String(method) = &member("method")?.value else { return None };
    let is_name = !method.is_empty()
        && method.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'));
    if !is_name || (member("jsonrpc").is_none() && member("params").is_none()) {
        return None;
    }
    let params = match member("params").map(|params| &params.value) {
        Some(Sample::List(items)) => Params::Positions(items.clone()),
        Some(Sample::Object(members)) => Params::Names(members.clone()),
        None | Some(Sample::Null) => Params::None,
        Some(other) => Params::Positions(vec![(other.clone(), String::new())]),
    };
    Some(Procedure { method: method.clone(), params, notes: loose.to_vec() })
}

/// One position of the list of parameters, from all calls of the procedure.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub name: String,
    pub description: Option<String>,
    pub shape: Shape,
    pub is_required: bool,
    /// Whether the name is not from the file.
    pub is_guessed: bool,
    /// Whether it is the only parameter of every call, and an object.
    pub is_single_object: bool,
    /// Whether the file sends it by name.
    pub was_named: bool,
    seen: usize,
    nulls: usize,
}

impl Position {
    /// Whether nothing but `null` was ever sent.
    pub(super) fn is_always_null(&self) -> bool {
        self.seen > 0 && self.nulls == self.seen
    }
}

/// The parameters of a procedure in their order. The names come from the object that the parameters are written as, from
/// comments, from a list in a description, or from the variables that are sent.
pub(super) fn positions(calls: &[&Procedure], descriptions: &[&str]) -> Vec<Position> {
    let mut positions: Vec<Position> = Vec::new();
    for call in calls {
        match &call.params {
            Params::None => {}
            Params::Names(members) => {
                for member in members {
                    let found = positions.iter().position(|own| own.name == member.name);
                    let index = found.unwrap_or_else(|| {
                        // Calls by position may have come first.
                        let unnamed = positions.iter().position(|own| own.name.is_empty());
                        unnamed.unwrap_or_else(|| {
                            positions.push(Position::default());
                            positions.len() - 1
                        })
                    });
                    let position = &mut positions[index];
                    position.name.clone_from(&member.name);
                    position.was_named = true;
                    add(position, &member.value, &member.note);
                    position.seen -= usize::from(member.is_optional);
                }
            }
            Params::Positions(items) => {
                for (index, (value, note)) in items.iter().enumerate() {
                    if positions.len() <= index {
                        positions.push(Position::default());
                    }
                    let position = &mut positions[index];
                    let (name, description) = name_in(note);
                    if position.name.is_empty() {
                        position.name = name.or_else(|| variable(value)).unwrap_or_default();
                    }
                    add(position, value, description);
                }
            }
        }
    }
    let only = positions.len() == 1;
    let listed = descriptions.iter().find_map(|text| listed(text, positions.len()));
    let mut taken: Vec<String> = Vec::new();
    for (index, position) in positions.iter_mut().enumerate() {
        position.is_single_object = only && position.shape.members().is_some();
        position.is_required =
            position.seen == calls.len() && (calls.len() > 1 || position.is_single_object);
        // One object by name is the same as one object by position.
        position.was_named &= !position.is_single_object;
        if position.name.is_empty()
            && let Some((name, description)) = listed.as_ref().and_then(|listed| listed.get(index))
        {
            position.name.clone_from(name);
            position.description = position
                .description
                .take()
                .or_else(|| Some(description.clone()).filter(|text| !text.is_empty()));
        }
        if position.name.is_empty() {
            position.is_guessed = !position.is_single_object && !position.is_always_null();
            position.name = match position.shape.members() {
                Some(_) if only => "request".to_owned(),
                Some(_) if index > 0 => "options".to_owned(),
                _ => format!("param{}", index + 1),
            };
        }
        while taken.contains(&crate::names::snake(&position.name)) {
            position.name.push('2');
        }
        taken.push(crate::names::snake(&position.name));
    }
    positions
}

fn add(position: &mut Position, value: &Sample, note: &str) {
    position.shape.add(value);
    position.seen += 1;
    position.nulls += usize::from(matches!(value, Sample::Null));
    if position.description.is_none() && !note.is_empty() {
        position.description = Some(note.to_owned());
    }
}

/// The name that a comment gives to a parameter, and the rest of the comment.
fn name_in(note: &str) -> (Option<String>, &str) {
    let bare = note
        .trim()
        .trim_start_matches(|c: char| matches!(c, '-' | '*') || c.is_ascii_digit() || c == '.')
        .trim();
    let bare = bare.trim_matches('`');
    let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    let rest = rest.trim_start_matches('`').trim_start();
    let separates = rest.is_empty() || rest.starts_with([':', '-', '–', '—', '(', ',', '=']);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && separates;
    match is_name {
        true => {
            (Some(name.to_owned()), rest.trim_start_matches([':', '-', '–', '—', ',', '=', ' ']))
        }
        false => (None, note),
    }
}

/// The name of the variable that is sent.
fn variable(value: &Sample) -> Option<String> {
    let name = match value {
        Sample::Variable(name) => name.as_str(),
        Sample::String(text) => text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim(),
        Sample::List(items) => {
            let [(item, _)] = items.as_slice() else { return None };
            return variable(item).map(|name| format!("{name}s"));
        }
        _ => return None,
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| name.to_owned())
}

/// The names in a list or a table of a description, if there is one for each parameter.
fn listed(description: &str, count: usize) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    for line in description.lines() {
        let line = line.trim();
        let item = line
            .strip_prefix("- ")
            .or_else(|| line.strip_prefix("* "))
            .or_else(|| line.strip_prefix('|'));
        let numbered = line
            .split_once(". ")
            .filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()) && !number.is_empty());
        let Some(item) = item.or(numbered.map(|(_, rest)| rest)) else { continue };
        let item = item.replace("**", "").replace('|', " : ");
        if let (Some(name), rest) = name_in(&item) {
            found.push((name, rest.trim_end_matches([':', ' ']).to_owned()));
        }
    }
    // A table begins with its headings.
    if found.len() == count + 1
        && matches!(
            found.first().map(|(name, _)| name.to_lowercase()).as_deref(),
            Some("name" | "parameter" | "param" | "argument")
        )
    {
        found.remove(0);
    }
    (count > 0 && found.len() == count).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::{super::json::parse, *};

    fn names(bodies: &[&str], description: &str) -> Vec<String> {
        let parsed: Vec<Procedure> = bodies
            .iter()
            .map(|body| {
                let (value, extras) = parse(body).unwrap();
                procedure(&value, &extras.loose).unwrap()
            })
            .collect();
        let calls: Vec<&Procedure> = parsed.iter().collect();
        positions(&calls, &[description])
            .into_iter()
            .map(|position| {
                let marks = [
                    (position.is_required, "!"),
                    (position.is_guessed, "?"),
                    (position.was_named, "="),
                    (position.is_single_object, "{}"),
                ];
                let marks: String =
                    marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark).collect();
                format!("{}{marks}", position.name)
            })
            .collect()
    }

    #[test]
    fn positional_parameters_are_named_by_what_is_written_about_them() {
        let body =
            |params: &str| format!(r#"{{"jsonrpc": "2.0", "method": "m", "params": [{params}]}}"#);
        let commented = body("12, // folderId: the folder\n true, // recursive\n {\"data\": []}");
        assert_eq!(names(&[&commented], ""), ["folderId", "recursive", "options?"]);
        let variables = body("{{assetId}}, [\"{{userId}}\"], 5");
        assert_eq!(names(&[&variables], ""), ["assetId", "userIds", "param3?"]);
        let listed = "Lists.\n\n| Name | Meaning |\n|---|---|\n| `id` | The ID |\n| deep | All |";
        assert_eq!(names(&[&body("1, true")], listed), ["id", "deep"]);
        assert_eq!(names(&[&body("1"), &body("1, 2")], ""), ["param1!?", "param2?"]);
        assert_eq!(names(&[&body("")], ""), Vec::<String>::new());
    }

    #[test]
    fn one_object_is_one_parameter() {
        let list = r#"{"method": "m", "params": [{"Ticket": "{{t}}"}]}"#;
        let named = r#"{"method": "m", "params": {"req": {"Ticket": "{{t}}"}}}"#;
        assert_eq!(names(&[list], ""), ["request!{}"]);
        assert_eq!(names(&[list, named], ""), ["req!{}"]);
        assert_eq!(names(&[r#"{"method": "m", "params": {"a": 1, "b": {}}}"#], ""), ["a=", "b="]);
    }

    #[test]
    fn other_bodies_are_not_calls_of_procedures() {
        for body in [
            "[]",
            r#"{"method": "m"}"#,
            r#"{"method": 5, "params": []}"#,
            r#"{"method": "", "params": []}"#,
        ] {
            assert_eq!(procedure(&parse(body).unwrap().0, &[]), None, "{body}");
        }
    }
}
