//! What the conventions report on an update. They run on the vendor's whole file and do not know the folder: what they
//! report of an operation holds only if the operation was written.

use serde_json::Value;

use super::Update;
use crate::import::report::Kind;

/// The rules that change a member of operations, with the member.
const MEMBERS: [(&str, &str); 3] =
    [("summaries", "summary"), ("operation_ids", "operationId"), ("tags", "tags")];
const EVIDENCE: &str = "evidence";

/// Drops what the conventions report as changed of operations whose member is as it was in the folder.
pub fn keep(update: &mut Update<'_>, before: &Value, after: &Value) {
    let places = &update.places;
    let added = update.added.len();
    update.draft.report.entries.retain_mut(|entry| {
        if entry.kind != Kind::Changed {
            return true;
        }
        // Operations that are there keep their evidence.
        if entry.rule == EVIDENCE {
            entry.detail = format!("{added} operations");
            return added > 0;
        }
        let Some((_, key)) = MEMBERS.iter().find(|(rule, _)| *rule == entry.rule) else {
            return true;
        };
        let Some((path, method)) = places.get(&entry.place) else { return true };
        let member = |document: &Value| document["paths"][path][method][*key].clone();
        member(before) != member(after)
    });
}
