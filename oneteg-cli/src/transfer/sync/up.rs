//! From disk to a vendor.

use std::collections::{BTreeMap, HashMap, HashSet};

use oneteg_http::{Error, ErrorKind};

use super::super::{
    compare::Direction,
    journal::Record,
    local::{LocalNode, Stamp},
    remote::{Folder, RemoteFile},
    report::Event,
    send::{Outgoing, forget, send},
    session::Session,
    tree::{RemoteNode, split},
};
use super::{
    Sides, SyncOptions, is_missing, may_delete,
    plan::{
        Deletion, Pair, Plan, Resolution, Unlisted, Upload, conflict, interrupted, look_up, resolve,
    },
};

pub(super) async fn plan(
    session: &Session<'_>,
    sides: &Sides,
    options: &SyncOptions<'_>,
) -> Result<Plan, Error> {
    let Sides { local, remote, .. } = sides;
    let mut plan = Plan::default();
    // What the vendor has of the source, by its path there.
    let mut matched = HashSet::new();
    let mut taken: HashMap<String, &str> = HashMap::new();
    for (path, problem) in &local.problems {
        plan.problem(path, problem.clone());
    }
    for problem in &remote.problems {
        plan.failure(".", Error::new(problem.kind(), problem.message()));
    }
    for (path, node) in &local.nodes {
        let found = remote.find(path);
        matched.extend(found);
        if session.interrupted.is_cancelled() {
            return Err(interrupted());
        }
        if plan.is_blocked(path) {
            continue;
        }
        let composed: String =
            unicode_normalization::UnicodeNormalization::nfc(path.as_str()).collect();
        if let Some(other) = taken.insert(composed, path)
            && other != path
        {
            plan.problem(
                path,
                format!("has the same name as {other:?} at the vendor; rename one of them"),
            );
            continue;
        }
        match (node, found.and_then(|found| remote.nodes.get(found))) {
            (LocalNode::Link, _) => plan.skip(path, "it is a link, which is not followed"),
            (LocalNode::Special, _) => plan.skip(path, "it is neither a file nor a folder"),
            (LocalNode::Folder, Some(RemoteNode::Folder(_))) => {}
            (LocalNode::Folder, None) => match name_problem(session, path) {
                Some(problem) => plan.problem(path, format!("{problem}; rename the folder")),
                None => plan.folders.push(path.clone()),
            },
            (LocalNode::Folder, Some(RemoteNode::File(_))) => {
                plan.problem(path, "it is a folder on disk, and a file at the vendor");
            }
            (LocalNode::File(_), Some(RemoteNode::Folder(_))) => {
                plan.problem(path, "it is a file on disk, and a folder at the vendor");
            }
            (LocalNode::File(stamp), Some(RemoteNode::File(file))) => {
                add_file(session, sides, options, &mut plan, path, *stamp, file).await;
            }
            (LocalNode::File(stamp), None) => {
                let record = sides.journal.get(path);
                // Moved at the vendor: then it is not there any more.
                let record = record.filter(|record| remote.file_by_id(&record.remote.id).is_none());
                match look_up(session, record).await? {
                    Unlisted::Exists(file) => {
                        add_file(session, sides, options, &mut plan, path, *stamp, &file).await;
                    }
                    Unlisted::Processing if record.is_some_and(|record| record.local == *stamp) => {
                        plan.add_same(path, false);
                    }
                    Unlisted::Processing => {
                        plan.problem(path, "the vendor still processes the version before; run the sync again later");
                    }
                    Unlisted::Gone => match name_problem(session, path) {
                        Some(problem) => plan.problem(path, format!("{problem}; rename the file")),
                        None => plan.uploads.push(new_upload(sides, path, *stamp, None)),
                    },
                }
            }
        }
    }
    if options.delete {
        let extra = remote.nodes.iter().filter(|(path, _)| !matched.contains(path.as_str()));
        plan_deletions(session, sides, &mut plan, extra.map(|(path, node)| (path.as_str(), node)));
    }
    Ok(plan)
}

/// Why the vendor does not take the name of a new file or folder.
fn name_problem(session: &Session<'_>, path: &str) -> Option<String> {
    let problem = session.remote.name_problem(split(path).1)?;
    Some(format!("the vendor does not take the name: {problem}"))
}

async fn add_file(
    session: &Session<'_>,
    sides: &Sides,
    options: &SyncOptions<'_>,
    plan: &mut Plan,
    path: &str,
    stamp: Stamp,
    file: &RemoteFile,
) {
    let record = sides.journal.get(path);
    let pair = Pair { stamp, file, record };
    match resolve(session, &pair, &sides.local.path(path), Direction::Up, options.overwrite).await {
        Ok(Resolution::Same) => plan.add_same(path, false),
        Ok(Resolution::Record { by_date }) => {
            plan.add_same(path, by_date);
            plan.records.push((path.to_owned(), Record::new(stamp, file.clone())));
        }
        Ok(Resolution::Replace) => {
            plan.uploads.push(new_upload(sides, path, stamp, Some(file.id.clone())));
        }
        Ok(Resolution::Conflict) => plan.problem(path, conflict(Direction::Up, record)),
        // The file cannot be read.
        Err(error) => plan.failure(path, error),
    }
}

fn new_upload(sides: &Sides, path: &str, stamp: Stamp, replaces: Option<String>) -> Upload {
    let again = sides.journal.get(path).is_some_and(|record| record.local == stamp);
    Upload { path: path.to_owned(), stamp, replaces, again }
}

fn plan_deletions<'a>(
    session: &Session<'_>,
    sides: &Sides,
    plan: &mut Plan,
    extra: impl Iterator<Item = (&'a str, &'a RemoteNode)>,
) {
    let is_partial = !sides.local.problems.is_empty() || !sides.remote.problems.is_empty();
    let mut folders = Vec::new();
    for (path, node) in extra {
        let is_folder = matches!(node, RemoteNode::Folder(_));
        if is_partial {
            plan.skip(path, "it is not deleted, because a part of the folders could not be read");
        } else if !is_folder {
            plan.deletions.push(Deletion { path: path.to_owned(), is_folder });
        } else if session.remote.traits().deletes_folders {
            folders.push(Deletion { path: path.to_owned(), is_folder });
        } else {
            plan.skip(
                path,
                "it is not deleted: the vendor has no known operation to delete a folder",
            );
        }
    }
    // Contents before the folder.
    plan.deletions.extend(folders.into_iter().rev());
}

pub(super) async fn run(session: &Session<'_>, sides: &Sides, plan: &Plan) -> Result<(), Error> {
    plan.record(&sides.journal)?;
    let folders = create_folders(session, sides, plan).await?;
    forget_complete(session, sides, &folders, plan).await?;
    let items: Vec<_> = plan.uploads.iter().collect();
    session
        .for_each(
            items,
            |upload| upload.path.clone(),
            |upload| run_upload(session, sides, &folders, upload),
        )
        .await?;
    if may_delete(session, plan) {
        delete(session, sides, plan).await?;
    }
    Ok(())
}

/// The folders at the vendor by their path on disk, after creating those that are missing. One that cannot be created
/// is reported, and not among them.
async fn create_folders(
    session: &Session<'_>,
    sides: &Sides,
    plan: &Plan,
) -> Result<BTreeMap<String, Folder>, Error> {
    let root = sides.folder.clone().into_iter().map(|folder| (String::new(), folder));
    let mut folders: BTreeMap<String, Folder> = root.collect();
    for (path, node) in &sides.local.nodes {
        if *node == LocalNode::Folder
            && let Some(RemoteNode::Folder(folder)) =
                sides.remote.find(path).and_then(|at| sides.remote.nodes.get(at))
        {
            folders.insert(path.clone(), folder.clone());
        }
    }
    for path in &plan.folders {
        if session.interrupted.is_cancelled() {
            return Err(interrupted());
        }
        let (parent, name) = split(path);
        let Some(parent) = folders.get(parent) else {
            let message = "the folder above it could not be created";
            let error = Error::new(ErrorKind::Conflict, message);
            session.reporter.event(&Event::failed(path, &error));
            continue;
        };
        match session.remote.create_folder(parent, name).await {
            Ok(folder) => {
                session.reporter.event(&Event::Created { path });
                folders.insert(path.clone(), folder);
            }
            Err(error) if error.kind() == ErrorKind::Authentication => return Err(error),
            Err(error) => session.reporter.event(&Event::failed(path, &error)),
        }
    }
    Ok(folders)
}

/// The name of a file at the vendor, where it is not that on disk.
fn name_at_vendor<'a>(sides: &'a Sides, path: &str, name: &'a str) -> &'a str {
    match sides.remote.find(path).and_then(|at| sides.remote.nodes.get(at)) {
        Some(RemoteNode::File(file)) if !file.name.is_empty() => &file.name,
        _ => name,
    }
}

/// Removes the states of uploads that are complete. A process was killed after it had recorded them; later, they would
/// look like states to continue from.
async fn forget_complete(
    session: &Session<'_>,
    sides: &Sides,
    folders: &BTreeMap<String, Folder>,
    plan: &Plan,
) -> Result<(), Error> {
    if !session.states.has_uploads() {
        return Ok(());
    }
    for at in &plan.same {
        let (parent, name) = split(at);
        let Some(folder) = folders.get(parent) else { continue };
        let (path, name) = (sides.local.path(at), name_at_vendor(sides, at, name));
        let (replaces, starts_over) = (None, true);
        forget(session, Outgoing { path: &path, name, folder, replaces, starts_over, shown: at })
            .await?;
    }
    Ok(())
}

async fn run_upload(
    session: &Session<'_>,
    sides: &Sides,
    folders: &BTreeMap<String, Folder>,
    upload: &Upload,
) -> Result<(), Error> {
    let (parent, name) = split(&upload.path);
    let Some(folder) = folders.get(parent) else {
        return Err(Error::new(ErrorKind::Conflict, "its folder could not be created"));
    };
    let path = sides.local.path(&upload.path);
    // Of the content that is sent: a later change is another version.
    let stamp = Stamp::read(&path)?;
    let name = name_at_vendor(sides, &upload.path, name);
    let (replaces, starts_over) = (upload.replaces.as_deref(), upload.again);
    let outgoing =
        Outgoing { path: &path, name, folder, replaces, starts_over, shown: &upload.path };
    let sent = send(session, outgoing).await?;
    sides.journal.put(&upload.path, Record::new(stamp, sent.file))?;
    // Only now: until the journal has it, the state is what knows of the upload.
    sent.state.remove().await
}

async fn delete(session: &Session<'_>, sides: &Sides, plan: &Plan) -> Result<(), Error> {
    for deletion in &plan.deletions {
        if session.interrupted.is_cancelled() {
            return Err(interrupted());
        }
        let path = &deletion.path;
        let (parent, _) = split(path);
        let parent = match sides.remote.nodes.get(parent) {
            Some(RemoteNode::Folder(folder)) => Some(folder),
            _ => sides.folder.as_ref(),
        };
        let deleted = match (sides.remote.nodes.get(path), parent) {
            (Some(RemoteNode::File(file)), Some(parent)) => {
                session.remote.delete_file(parent, &file.id).await.map(|()| true)
            }
            (Some(RemoteNode::Folder(folder)), _) => {
                session.remote.delete_empty_folder(folder).await
            }
            _ => Ok(false),
        };
        match deleted {
            Ok(true) => session.reporter.event(&Event::Deleted { path }),
            Ok(false) => {
                session.reporter.event(&Event::Skipped { path, reason: "the folder is not empty" })
            }
            Err(error) if is_missing(&error) => session.reporter.event(&Event::Deleted { path }),
            Err(error) if error.kind() == ErrorKind::Authentication => return Err(error),
            Err(error) => {
                session.reporter.event(&Event::failed(path, &error));
                continue;
            }
        }
        if !deletion.is_folder {
            sides.journal.forget(path)?;
        }
    }
    Ok(())
}
