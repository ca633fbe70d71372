//! Writes in objects that a run makes for itself, and removes.
//!
//! | Step | If it fails |
//! |---|---|
//! | an object is made, and what removes it is stored on disk | nothing was made, or the report states what may exist |
//! | it is read, changed and read again | the next step |
//! | a small picture is uploaded into it, read and compared | the report states why |
//! | Ctrl-C, a spent budget | no further step |
//! | it is removed, whatever happened before | the report states what is left, and the next run removes it |
//!
//! A write is never given up half-way: Ctrl-C waits for its response, because what it made could not be removed
//! otherwise. Objects are removed in the reverse order; one that contains another which could not be removed stays.
//!
//! | Module | Does |
//! |---|---|
//! | `scripts` | what is made, called and removed at each vendor |
//! | `picture` | the file that is uploaded |
//! | `journal` | what must still be removed, on disk |
//! | `play` | makes the calls of a script |
//! | `remove` | removes what was made |

mod journal;
mod picture;
mod play;
mod remove;
mod scripts;

use std::collections::BTreeMap;

use oneteg_auth::Vendor;
use oneteg_catalog::evidence::{Report, Verdict};
use serde_json::{Map, Value};

pub(crate) use self::journal::Journal;
use self::scripts::{Action, POLLS, scripts};
use super::session::{Session, Stop};

/// What a run makes and removes, for the question before it.
pub(crate) fn described(vendor: Vendor) -> String {
    let scripts = scripts(vendor);
    let what: Vec<&str> = scripts.iter().map(|script| script.what).collect();
    what.join(", and ")
}

/// The most requests of the writes, and of removing what they made.
pub(crate) fn bound(vendor: Vendor) -> (u64, u64) {
    let (mut writes, mut removes) = (0, 0);
    for step in scripts(vendor).iter().flat_map(|script| &script.steps) {
        writes += if step.action == Action::Poll { u64::from(POLLS) } else { 1 };
        let calls = step.makes.as_ref().map_or(0, |object| object.removes.len() as u64);
        // What is not found yet is looked for again.
        removes += if step.action == Action::Finish { u64::from(POLLS) } else { calls };
    }
    (writes, removes)
}

/// Writes and reads in new objects, and removes them. What became of uploads and what is left at the vendor is in the
/// report.
///
/// # Errors
/// Why the run ended early. What was made is removed before.
pub(crate) async fn run(
    session: &mut Session,
    journal: &mut Journal,
    report: &mut Report,
) -> Result<(), Stop> {
    // What an earlier run left has appeared by now, or never will.
    for left in &mut journal.open {
        left.appears_later = false;
    }
    let mut stop = remove::all(session, journal, &mut report.left_behind).await;
    for script in scripts(session.vendor) {
        if stop.is_some() {
            break;
        }
        stop = play::script(session, journal, &script, report).await.err();
        stop = stop.or(remove::all(session, journal, &mut report.left_behind).await);
    }
    for upload in report.uploads.iter_mut().filter(|row| row.verdict == Verdict::NotReachable) {
        let reason = stop.map_or("The run ended before it was read.", Stop::sentence);
        upload.reason.get_or_insert_with(|| reason.to_owned());
    }
    match stop {
        Some(stop) => Err(stop),
        None => Ok(()),
    }
}

/// The arguments with the values in place of their names; `None` if one is unknown.
fn filled(template: &Value, values: &BTreeMap<String, Value>) -> Option<Map<String, Value>> {
    match fill(template, values)? {
        Value::Object(arguments) => Some(arguments),
        _ => None,
    }
}

fn fill(template: &Value, values: &BTreeMap<String, Value>) -> Option<Value> {
    Some(match template {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => values.get(name)?.clone(),
            None => template.clone(),
        },
        Value::Array(items) => {
            items.iter().map(|item| fill(item, values)).collect::<Option<Vec<_>>>()?.into()
        }
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| Some((name.clone(), fill(value, values)?)));
            members.collect::<Option<Map<_, _>>>()?.into()
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_filled_with_earlier_values() {
        let values = BTreeMap::from([("id".to_owned(), json!(7))]);
        let template = json!({ "a": ["$id", "b"], "c": { "d": "$id" } });
        let expected = json!({ "a": [7, "b"], "c": { "d": 7 } });
        assert_eq!(filled(&template, &values).map(Value::Object), Some(expected));
        assert_eq!(filled(&json!({ "a": "$other" }), &values), None);
    }

    #[test]
    fn writes_cost_a_few_requests() {
        for vendor in Vendor::ALL {
            let (writes, removes) = bound(*vendor);
            assert!((5..30).contains(&writes) && (1..15).contains(&removes), "{vendor}");
        }
    }
}
