//! A summary of one line for each operation.

use serde_json::{Value, json};

use super::words::{first_sentence, words};
use crate::import::{
    draft::{Draft, operation_place},
    names::Names,
};

/// Longer first lines are not summaries.
const LONGEST: usize = 160;

/// Adds what is missing, and shortens what is longer than a line.
pub fn summaries(draft: &mut Draft, _: &Names) {
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let string =
            |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (written, description) = (string("summary"), string("description"));
        let joined = written.split_whitespace().collect::<Vec<_>>().join(" ");
        if !joined.is_empty() {
            if joined != written {
                operation.insert("summary".to_owned(), json!(joined));
            }
            continue;
        }
        let sentence = first_sentence(&description);
        let (summary, message) = if sentence.is_empty() || sentence.chars().count() > LONGEST {
            (sentence_of(&string("operationId")), "summaries come from the name of the operation")
        } else {
            (sentence, "summaries come from the first sentence of the description")
        };
        if summary == description.trim() {
            operation.remove("description");
        }
        operation.insert("summary".to_owned(), json!(summary));
        draft.report.changed("summaries", message, &place, &summary);
    }
}

/// The words of an id as a sentence.
fn sentence_of(id: &str) -> String {
    let words = words(id).join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => "Calls the operation.".to_owned(),
    }
}
