//! Finds credentials in what people leave in collections and recordings, and removes them.
//!
//! No value of an example is copied into a specification, only its type. What could still carry a credential are
//! descriptions, names and URLs; [`Secrets::remove`] takes every known credential, and whatever looks like one, out of
//! them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::Sample;
use crate::{import::report::Report, names};

/// Shorter values are words: removing them would destroy prose.
const SHORTEST: usize = 6;
/// Longer values of letters alone are no words.
const LONGEST_WORD: usize = 16;
/// What is written instead.
const REMOVED: &str = "[removed]";
const RULE: &str = "secrets";

/// The credentials of a file.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    values: BTreeSet<String>,
}

impl Secrets {
    /// Notes a value that is a credential, and reports where it was; a variable or a placeholder is none.
    pub fn note(&mut self, value: &str, place: &str, report: &mut Report) {
        let value = value.trim();
        if value.is_empty() || is_placeholder(value) {
            return;
        }
        report.left_out(RULE, "credentials were removed", place, "");
        // `Bearer abc` is known with and without its scheme.
        for part in [value, value.rsplit(' ').next().unwrap_or(value)] {
            // Removing a word, such as the password `password`, would destroy prose.
            let is_word = part.len() < LONGEST_WORD && part.chars().all(char::is_alphabetic);
            if part.chars().count() >= SHORTEST && !is_word {
                self.values.insert(part.to_owned());
            }
        }
    }

    /// Notes the credentials in a value: strings whose members have the name of one.
    pub fn note_members(&mut self, value: &Sample, place: &str, report: &mut Report) {
        match value {
            Sample::Object(members) => {
                for member in members {
                    match &member.value {
                        Sample::String(text) if names_a_credential(&member.name) => {
                            self.note(text, &format!("{place}, member `{}`", member.name), report);
                        }
                        value => self.note_members(value, place, report),
                    }
                }
            }
            Sample::List(items) => {
                items.iter().for_each(|(item, _)| self.note_members(item, place, report));
            }
            _ => {}
        }
    }

    /// Removes every credential from a string. Returns whether there was one.
    pub fn remove_from(&self, text: &mut String) -> bool {
        let before = text.clone();
        for value in self.values.iter().rev() {
            if text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), REMOVED);
            }
        }
        let words: Vec<&str> = text.split_inclusive(char::is_whitespace).collect();
        let mut clean = String::new();
        let mut after_scheme = false;
        for word in words {
            let bare = word.trim();
            let core =
                bare.trim_matches(|c: char| matches!(c, '"' | '\'' | '`' | ',' | '.' | ')' | '('));
            if (after_scheme && is_opaque(core, 12)) || looks_like_credential(core) {
                clean.push_str(&word.replace(core, REMOVED));
            } else {
                clean.push_str(word);
            }
            after_scheme = matches!(
                core.to_ascii_lowercase().as_str(),
                "bearer" | "basic" | "apitoken" | "token"
            );
        }
        *text = clean;
        *text != before
    }

    /// Removes credentials from every string of a document.
    pub fn remove(&self, document: &mut Value, report: &mut Report) {
        let mut found = 0;
        self.clean(document, &mut found);
        for _ in 0..found {
            report.left_out(RULE, "credentials were removed from descriptions", "the document", "");
        }
    }

    fn clean(&self, value: &mut Value, found: &mut usize) {
        match value {
            Value::String(text) => *found += usize::from(self.remove_from(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean(item, found)),
            Value::Object(members) => {
                members.values_mut().for_each(|member| self.clean(member, found));
            }
            _ => {}
        }
    }
}

/// Whether the name of a header, a variable or a member is that of a credential.
pub fn names_a_credential(name: &str) -> bool {
    let words = names::snake(name);
    let words: Vec<&str> = words.split('_').collect();
    let has = |word: &str| words.contains(&word);
    [
        "password",
        "passwd",
        "secret",
        "token",
        "authorization",
        "cookie",
        "apikey",
        "ticket",
        "credential",
        "credentials",
        "jwt",
        "bearer",
    ]
    .iter()
    .any(|word| has(word))
        || (has("key")
            && ["api", "access", "private", "subscription", "auth", "secret"]
                .iter()
                .any(|word| has(word)))
        || (has("session") && (words.len() == 1 || has("id") || has("key")))
        || words == ["auth"]
}

/// Whether a value is a variable such as `{{token}}`, or a placeholder such as `<token>`.
pub fn is_placeholder(value: &str) -> bool {
    let bare = value.trim();
    let bare = bare.split_once(' ').map_or(bare, |(scheme, rest)| {
        let is_scheme = scheme.chars().all(char::is_alphanumeric) && scheme.len() < 12;
        if is_scheme { rest.trim() } else { bare }
    });
    (bare.starts_with("{{") && bare.ends_with("}}"))
        || (bare.starts_with('<') && bare.ends_with('>'))
        || bare.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-' | '…'))
        || (bare.starts_with("YOUR") || bare.starts_with("your"))
}

/// Whether a word has a form that only credentials have.
fn looks_like_credential(word: &str) -> bool {
    let is_jwt = word.starts_with("eyJ") && word.matches('.').count() == 2 && word.len() > 40;
    let prefixes = [
        "sk_live_",
        "sk-",
        "ghp_",
        "gho_",
        "github_pat_",
        "xoxb-",
        "xoxp-",
        "AKIA",
        "PMAK-",
        "glpat-",
        "AIza",
    ];
    let has_prefix = prefixes
        .iter()
        .any(|prefix| word.strip_prefix(prefix).is_some_and(|rest| is_opaque(rest, 12)));
    let has_userinfo = word.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split('/').next().unwrap_or_default();
        authority.split_once('@').is_some_and(|(user, _)| user.contains(':') && !user.contains('{'))
    });
    is_jwt || has_prefix || has_userinfo
}

/// Whether a word is a long mixture of letters and digits.
fn is_opaque(word: &str, shortest: usize) -> bool {
    word.len() >= shortest
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '+' | '/'))
        && word.chars().any(|c| c.is_ascii_digit())
        && word.chars().any(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_are_recognised_by_name() {
        for name in [
            "X-Api-Key",
            "access_token",
            "Authorization",
            "Current_Ticket",
            "clientSecret",
            "sessionId",
            "Cookie",
        ] {
            assert!(names_a_credential(name), "{name}");
        }
        for name in ["key", "assetId", "sort", "tokenise", "sessionName", "keyword", "author"] {
            assert!(!names_a_credential(name), "{name}");
        }
    }

    #[test]
    fn a_known_value_is_removed_wherever_it_occurs() {
        let (mut secrets, mut report) = (Secrets::default(), Report::default());
        secrets.note("Bearer 0123-hush", "A / header", &mut report);
        secrets.note("{{token}}", "B / header", &mut report);
        secrets.note("Bearer <token>", "C / header", &mut report);
        secrets.note("please", "D / password", &mut report);
        assert_eq!(report.entries.len(), 2);
        let mut document = json!({ "a": ["send 0123-hush, please"], "b": "https://me:hidden@example.com/x is it" });
        secrets.remove(&mut document, &mut report);
        assert_eq!(document, json!({ "a": ["send [removed], please"], "b": "[removed] is it" }));
        assert_eq!(report.entries.len(), 4);
    }

    #[test]
    fn what_looks_like_a_credential_is_removed() {
        let secrets = Secrets::default();
        let jwt = format!("eyJ{0}.eyJ{0}.{0}", "abcdefgh12345678");
        for (text, clean) in [
            (format!("Use {jwt}."), "Use [removed].".to_owned()),
            (
                "Authorization: Bearer a1b2c3d4e5f6g7".to_owned(),
                "Authorization: Bearer [removed]".to_owned(),
            ),
            ("the token is opaque".to_owned(), "the token is opaque".to_owned()),
            ("Bearer {{token}}".to_owned(), "Bearer {{token}}".to_owned()),
        ] {
            let mut cleaned = text.clone();
            secrets.remove_from(&mut cleaned);
            assert_eq!(cleaned, clean);
        }
    }
}
