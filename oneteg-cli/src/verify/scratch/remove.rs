//! Removes what a run made.

use std::collections::BTreeSet;

use super::{
    filled,
    journal::{Journal, Left},
    play::wait,
    scripts::POLLS,
};
use crate::verify::session::{Session, Stop};

/// What became of an object.
enum Removed {
    Done,
    /// Why not, in a sentence.
    Failed(String),
    Stopped(Stop),
}

/// Removes what is in the journal, the last object first. What could not be removed stays there, and is left to the next
/// run. Returns why the run ends, if it does.
pub(super) async fn all(
    session: &mut Session,
    journal: &mut Journal,
    left: &mut Vec<String>,
) -> Option<Stop> {
    let mut stop = None;
    let mut open = Vec::new();
    let mut not_empty = BTreeSet::new();
    for mut object in std::mem::take(&mut journal.open).into_iter().rev() {
        if object.failed {
            open.push(object);
            continue;
        }
        let removed = match not_empty.contains(&object.group) {
            true => Removed::Failed("Something in it could not be removed.".to_owned()),
            false => one(session, &object).await,
        };
        let reason = match removed {
            Removed::Done => continue,
            Removed::Failed(reason) => reason,
            Removed::Stopped(reason) => {
                stop = Some(reason);
                reason.sentence().to_owned()
            }
        };
        left.push(format!(
            "{} could not be removed. {reason} The next run with `--writes` removes it.",
            object.what
        ));
        not_empty.insert(object.group.clone());
        object.failed = true;
        open.push(object);
    }
    open.reverse();
    journal.open = open;
    if journal.store().await.is_err() && !journal.open.is_empty() {
        left.push("What is left could not be stored on disk; remove it yourself.".to_owned());
    }
    stop
}

async fn one(session: &mut Session, object: &Left) -> Removed {
    let mut values = object.values.clone();
    for removal in &object.removes {
        let entry = session.catalog.find(&removal.operation);
        let (Some(entry), Some(arguments)) = (entry, filled(&removal.arguments, &values)) else {
            continue;
        };
        let mut polls = 0;
        loop {
            session.allow(1);
            let observed = match session.write(entry, arguments.clone(), None).await {
                Ok(observed) => observed,
                Err(stop) => return Removed::Stopped(stop),
            };
            if observed.is_success() {
                if let Some((name, place)) = &removal.keep
                    && let Some(value) = observed.json().and_then(|content| content.pointer(place))
                {
                    values.insert(name.clone(), value.clone());
                }
                break;
            }
            if observed.status != Some(404) {
                return Removed::Failed(observed.reason());
            }
            // Somebody else removed it.
            if !object.appears_later {
                break;
            }
            polls += 1;
            // After Ctrl-C, the next run removes it.
            if polls >= POLLS || session.wait(wait(polls)).await.is_err() {
                return Removed::Failed("The vendor does not find it yet.".to_owned());
            }
        }
    }
    Removed::Done
}
