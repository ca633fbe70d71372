//! Writes in objects that a run makes for itself, and removes.
//!
//! | Step | If it fails |
//! |---|---|
//! | an object is made, and what removes it is stored on disk | nothing was made, or the report states what may exist |
//! | it is read, changed and read again | the next step |
//! | Ctrl-C, a spent budget | no further step |
//! | it is removed, whatever happened before | the report states what is left, and the next run removes it |
//!
//! A write is never given up half-way: Ctrl-C waits for its response, because what it made could not be removed
//! otherwise.

use std::collections::BTreeMap;

use oneteg_auth::Vendor;
use oneteg_http::StateFile;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    names::Subject,
    pool::EXACT,
    session::{Session, Stop},
};
use crate::error::CliError;

/// One call. A string that begins with `$` is a value that an earlier call returned.
struct Step {
    operation: &'static str,
    arguments: Value,
    /// The name under which a value of the response is kept, and its place.
    keep: Option<(&'static str, &'static str)>,
}

/// Calls with an object that is made for them.
struct Script {
    /// What the question calls it.
    what: &'static str,
    /// The kind of an existing object that is needed, with its name in the arguments.
    needs: Option<(&'static str, &'static str)>,
    makes: Step,
    steps: Vec<Step>,
    /// Removes it. Each may use what the one before returned.
    removes: Vec<Step>,
}

fn step(operation: &'static str, arguments: Value) -> Step {
    Step { operation, arguments, keep: None }
}

fn keeping(
    operation: &'static str,
    arguments: Value,
    name: &'static str,
    place: &'static str,
) -> Step {
    Step { operation, arguments, keep: Some((name, place)) }
}

/// What is made at a vendor.
fn scripts(vendor: Vendor) -> Vec<Script> {
    match vendor {
        Vendor::NetX => vec![Script {
            what: "a collection without assets",
            needs: None,
            makes: keeping(
                "createCollection",
                json!({ "collection": { "title": "$name" }, "assetIds": [],
                    "options": { "data": ["collection.id", "collection.base"] } }),
                "collection",
                "/id",
            ),
            steps: vec![
                step("getCollection", json!({ "collectionId": "$collection" })),
                step(
                    "updateCollection",
                    json!({ "collection": { "id": "$collection", "title": "$renamed" }, "assetIds": [],
                        "options": { "data": ["collection.id", "collection.base"] } }),
                ),
                step("getAssetsByCollection", json!({ "collectionId": "$collection" })),
            ],
            removes: vec![step("deleteCollection", json!({ "collectionId": "$collection" }))],
        }],
        Vendor::MediaValet => vec![
            Script {
                what: "a lightbox without assets",
                needs: None,
                makes: keeping(
                    "createLightbox",
                    json!({ "body": { "name": "$name", "description": "Made by oneteg verify." } }),
                    "lightbox",
                    "/id",
                ),
                steps: vec![
                    step("getLightbox", json!({ "lightboxId": "$lightbox" })),
                    step(
                        "updateLightbox",
                        json!({ "lightboxId": "$lightbox",
                            "body": { "id": "$lightbox", "name": "$renamed" } }),
                    ),
                    step("listLightboxAssets", json!({ "lightboxId": "$lightbox" })),
                ],
                removes: vec![step("deleteLightbox", json!({ "lightboxId": "$lightbox" }))],
            },
            Script {
                what: "an empty category below an existing one",
                needs: Some(("category", "parent")),
                makes: keeping(
                    "createCategory",
                    json!({ "body": { "parentId": "$parent", "treeName": "$name" } }),
                    "category",
                    "/id",
                ),
                steps: vec![
                    step("getCategory", json!({ "categoryId": "$category" })),
                    step("listCategoryAssets", json!({ "categoryId": "$category" })),
                ],
                removes: vec![step("deleteCategory", json!({ "categoryId": "$category" }))],
            },
        ],
        Vendor::NetExplorer => vec![Script {
            what: "an empty folder below an existing one",
            needs: Some(("folder", "parent")),
            makes: keeping(
                "createFolder",
                json!({ "body": { "parent_id": "$parent", "name": "$name" } }),
                "folder",
                "/id",
            ),
            steps: vec![
                step("getFolder", json!({ "folderId": "$folder", "depth": 1 })),
                step(
                    "updateFolder",
                    json!({ "folderId": "$folder", "body": { "name": "$renamed" } }),
                ),
                step("listFolderTimelineEntries", json!({ "folderId": "$folder" })),
            ],
            removes: vec![
                keeping("deleteFolder", json!({ "folderId": "$folder" }), "trash", "/id"),
                step("deleteTrashItem", json!({ "trashId": "$trash" })),
            ],
        }],
        _ => Vec::new(),
    }
}

/// What a run makes and removes, for the question before it.
pub(crate) fn described(vendor: Vendor) -> String {
    let scripts = scripts(vendor);
    let what: Vec<&str> = scripts.iter().map(|script| script.what).collect();
    what.join(" and ")
}

/// The most requests of the writes, and of removing what they made.
pub(crate) fn bound(vendor: Vendor) -> (u64, u64) {
    scripts(vendor).iter().fold((0, 0), |(writes, removes), script| {
        (writes + 1 + script.steps.len() as u64, removes + script.removes.len() as u64)
    })
}

/// What must still be removed, on disk.
#[derive(Debug)]
pub(crate) struct Journal {
    file: StateFile,
    open: Vec<Left>,
}

/// An object that was made, and the calls that remove it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Left {
    /// What it is, with its name, such as ``the collection `oneteg-verify-1a2b` ``.
    pub(crate) what: String,
    removes: Vec<Removal>,
    values: BTreeMap<String, Value>,
}

/// A [`Step`] on disk.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Removal {
    operation: String,
    arguments: Value,
    keep: Option<(String, String)>,
}

impl Journal {
    /// Reads what an earlier run has left. A damaged file counts as nothing.
    pub(crate) async fn open(file: StateFile) -> Self {
        let open = file.load().await.ok().flatten().unwrap_or_default();
        Self { file, open }
    }

    /// What an earlier run has left.
    pub(crate) fn left(&self) -> &[Left] {
        &self.open
    }

    async fn store(&self) -> Result<(), CliError> {
        match self.open.is_empty() {
            true => self.file.remove().await?,
            false => {
                super::state::create_folder(self.file.path())?;
                self.file.save(&self.open).await?;
            }
        }
        Ok(())
    }
}

/// Writes and reads in new objects, and removes them. Returns what is left at the vendor, in sentences.
///
/// # Errors
/// Why the run ended early. What was made is removed before.
pub(crate) async fn run(
    session: &mut Session,
    journal: &mut Journal,
    left: &mut Vec<String>,
) -> Result<(), Stop> {
    let mut stop = remove(session, journal, left).await;
    for script in scripts(session.vendor) {
        if stop.is_some() {
            break;
        }
        stop = play(session, journal, &script, left).await.err();
        stop = stop.or(remove(session, journal, left).await);
    }
    match stop {
        Some(stop) => Err(stop),
        None => Ok(()),
    }
}

async fn play(
    session: &mut Session,
    journal: &mut Journal,
    script: &Script,
    left: &mut Vec<String>,
) -> Result<(), Stop> {
    let name = format!("oneteg-verify-{:08x}", session.random());
    let mut values = BTreeMap::from([
        ("name".to_owned(), json!(name)),
        ("renamed".to_owned(), json!(format!("{name}-2"))),
    ]);
    if let Some((noun, as_name)) = script.needs {
        let found = session.pool.candidates(&[Subject::new(noun, "id")], EXACT);
        let Some(found) = found.first() else { return Ok(()) };
        values.insert(as_name.to_owned(), found.value.clone());
    }
    let what = format!("{} with the name `{name}`", script.what);
    let Some(made) = perform(session, &script.makes, &mut values, true).await? else {
        return Ok(());
    };
    let is_known = script.makes.keep.is_none_or(|(name, _)| values.contains_key(name));
    if !is_known {
        // A timeout, or a response without the id.
        if made.may_have_changed {
            left.push(format!("{what} may exist; its id is unknown."));
        }
        return Ok(());
    }
    let removes = script.removes.iter().map(|step| {
        let keep = step.keep.map(|(name, place)| (name.to_owned(), place.to_owned()));
        let (operation, arguments) = (step.operation.to_owned(), step.arguments.clone());
        Removal { operation, arguments, keep }
    });
    journal.open.push(Left { what, removes: removes.collect(), values: values.clone() });
    // It is removed below in any case; the file is for a process that is killed before.
    let _ = journal.store().await;
    for step in &script.steps {
        perform(session, step, &mut values, false).await?;
    }
    Ok(())
}

/// What a call did.
struct Made {
    may_have_changed: bool,
}

/// Makes a call. `None` if it cannot be made.
async fn perform(
    session: &mut Session,
    step: &Step,
    values: &mut BTreeMap<String, Value>,
    starts: bool,
) -> Result<Option<Made>, Stop> {
    if session.is_interrupted() {
        return Err(Stop::Interrupted);
    }
    let Some(entry) = session.catalog.find(step.operation) else { return Ok(None) };
    let Some(arguments) = filled(&step.arguments, values) else { return Ok(None) };
    let observed = session.write(entry, arguments).await?;
    if let Some((name, place)) = step.keep
        && let Some(value) = observed.json().and_then(|content| content.pointer(place))
        && !value.is_null()
    {
        values.insert(name.to_owned(), value.clone());
    }
    // A refusal changes nothing.
    let was_refused = observed.status.is_some_and(|status| (400..500).contains(&status));
    Ok(Some(Made { may_have_changed: starts && !was_refused }))
}

/// Removes what is in the journal. Returns why the run ends, if it does.
async fn remove(
    session: &mut Session,
    journal: &mut Journal,
    left: &mut Vec<String>,
) -> Option<Stop> {
    let mut stop = None;
    let mut open = Vec::new();
    for object in std::mem::take(&mut journal.open) {
        let mut values = object.values.clone();
        let mut failed = None;
        for Removal { operation, arguments, keep } in &object.removes {
            let entry = session.catalog.find(operation);
            let (Some(entry), Some(arguments)) = (entry, filled(arguments, &values)) else {
                continue;
            };
            session.allow(1);
            match session.write(entry, arguments).await {
                Ok(observed) if observed.is_success() => {
                    if let Some((name, place)) = keep
                        && let Some(value) =
                            observed.json().and_then(|content| content.pointer(place))
                    {
                        values.insert(name.clone(), value.clone());
                    }
                }
                // Somebody else removed it.
                Ok(observed) if observed.status == Some(404) => {}
                Ok(observed) => {
                    failed = Some(observed.reason());
                    break;
                }
                Err(reason) => {
                    stop = Some(reason);
                    failed = Some(reason.sentence().to_owned());
                    break;
                }
            }
        }
        if let Some(reason) = failed {
            left.push(format!(
                "{} could not be removed. {reason} The next run with `--writes` removes it.",
                object.what
            ));
            open.push(object);
        }
    }
    journal.open = open;
    if journal.store().await.is_err() && !journal.open.is_empty() {
        left.push("What is left could not be stored on disk; remove it yourself.".to_owned());
    }
    stop
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
    use super::*;

    #[test]
    fn every_step_is_an_operation_with_these_arguments() {
        for vendor in Vendor::ALL {
            let catalog = crate::catalog::of(*vendor).unwrap();
            let scripts = scripts(*vendor);
            assert!(!scripts.is_empty(), "{vendor}");
            for script in &scripts {
                for step in [&script.makes].into_iter().chain(&script.steps).chain(&script.removes)
                {
                    let entry = catalog.find(step.operation).unwrap();
                    for name in step.arguments.as_object().unwrap().keys() {
                        let is_known = name == "body" && entry.body.is_some()
                            || entry.parameters.iter().any(|parameter| parameter.name == *name);
                        assert!(is_known, "{}: {name}", step.operation);
                    }
                }
                let last = script.removes.first().unwrap();
                assert!(last.operation.starts_with("delete"), "{}", last.operation);
            }
        }
    }

    #[test]
    fn arguments_are_filled_with_earlier_values() {
        let values = BTreeMap::from([("id".to_owned(), json!(7))]);
        let template = json!({ "a": ["$id", "b"], "c": { "d": "$id" } });
        let expected = json!({ "a": [7, "b"], "c": { "d": 7 } });
        assert_eq!(filled(&template, &values).map(Value::Object), Some(expected));
        assert_eq!(filled(&json!({ "a": "$other" }), &values), None);
    }
}
