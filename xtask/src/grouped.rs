//! Errors and warnings of one kind together: a vendor's file often has the same peculiarity a hundred times.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;

/// The most places that are shown of one kind.
const SHOWN: usize = 3;

/// The diagnostics as text, those that differ only in names together.
pub fn grouped(diagnostics: &[Diagnostic]) -> String {
    let mut groups: Vec<(String, Vec<&Diagnostic>)> = Vec::new();
    for diagnostic in diagnostics {
        let kind = format!("{:?} {}", diagnostic.severity, kind(&diagnostic.message));
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, members)) => members.push(diagnostic),
            None => groups.push((kind, vec![diagnostic])),
        }
    }
    let shown: Vec<String> = groups.iter().map(|(_, members)| group(members)).collect();
    shown.join("\n\n")
}

/// A message without the names in it.
fn kind(message: &str) -> String {
    let parts = message.split('`').enumerate();
    parts.map(|(index, part)| if index % 2 == 0 { part } else { "`…`" }).collect()
}

/// The names in a message.
fn names(message: &str) -> String {
    let names = message.split('`').enumerate().filter(|(index, _)| index % 2 == 1);
    names.map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn group(members: &[&Diagnostic]) -> String {
    let [first, others @ ..] = members else { return String::new() };
    if others.is_empty() {
        return first.to_string();
    }
    let word = format!("{first}").split(':').next().unwrap_or_default().to_owned();
    let are_equal = others.iter().all(|other| other.message == first.message);
    let message = if are_equal { first.message.clone() } else { kind(&first.message) };
    let mut text = format!("{word}: {message} ({} times)", members.len());
    for member in members.iter().take(SHOWN) {
        let place = member.location.as_ref().map(ToString::to_string).unwrap_or_default();
        let names = if are_equal { String::new() } else { format!(" {}", names(&member.message)) };
        let _ = write!(text, "\n  --> {place}{names}");
    }
    if members.len() > SHOWN {
        let _ = write!(text, "\n  and {} more", members.len() - SHOWN);
    }
    let _ = write!(text, "\n  help: {}", first.help);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Location;

    #[test]
    fn what_differs_in_names_only_is_counted() {
        let at = |line| Some(Location { file: "a.yaml".into(), line, column: 1 });
        let cookie = |name: &str, line| {
            Diagnostic::new(format!("the cookie `{name}` is left out"), at(line), "none").warning()
        };
        let mut all: Vec<Diagnostic> =
            (1..6).map(|line| cookie(&format!("c{line}"), line)).collect();
        all.push(Diagnostic::new("another", at(9), "fix it"));
        all.push(Diagnostic::new("equal", at(10), "it"));
        all.push(Diagnostic::new("equal", at(11), "it"));
        assert_eq!(
            grouped(&all),
            "warning: the cookie `…` is left out (5 times)\n  --> a.yaml:1:1 `c1`\n  --> a.yaml:2:1 `c2`\n  \
             --> a.yaml:3:1 `c3`\n  and 2 more\n  help: none\n\nerror: another\n  --> a.yaml:9:1\n  help: fix it\n\n\
             error: equal (2 times)\n  --> a.yaml:10:1\n  --> a.yaml:11:1\n  help: it"
        );
    }
}
