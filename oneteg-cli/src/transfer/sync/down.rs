//! From a vendor to disk.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
};

use oneteg_http::Error;

use super::super::{
    compare::Direction,
    failure::local_error,
    fetch::{Fetching, fetch},
    journal::Record,
    local::{LocalNode, Stamp},
    remote::RemoteFile,
    report::Event,
    session::Session,
    staging::{self, Placement},
    tree::RemoteNode,
};
use super::{
    Sides, SyncOptions, clean, may_delete,
    plan::{
        Deletion, Download, Pair, Plan, Resolution, Unlisted, conflict, interrupted, look_up,
        resolve,
    },
};

pub(super) async fn plan(
    session: &Session<'_>,
    sides: &Sides,
    options: &SyncOptions<'_>,
) -> Result<Plan, Error> {
    let Sides { local, remote, .. } = sides;
    let mut plan = Plan::default();
    for (path, problem) in &local.problems {
        plan.problem(path, problem.clone());
    }
    for problem in &remote.problems {
        plan.failure(".", Error::new(problem.kind(), problem.message()));
    }
    // Where the disk has what the vendor has, if it is not where a new file would be.
    let on_disk: HashMap<&str, &str> =
        local.nodes.keys().filter_map(|path| Some((remote.find(path)?, path.as_str()))).collect();
    let renamed: HashMap<&str, &str> =
        remote.renamed.iter().map(|(path, name)| (path.as_str(), name.as_str())).collect();
    let mut kept = HashSet::new();
    for (at, node) in &remote.nodes {
        let path = on_disk.get(at.as_str()).copied().unwrap_or(at);
        kept.insert(path);
        if session.interrupted.is_cancelled() {
            return Err(interrupted());
        }
        if plan.is_blocked(path) {
            continue;
        }
        if let Some(obstacle) = local.obstacle(path) {
            let obstacle = obstacle.to_owned();
            plan.problem(path, format!("{obstacle:?} is on disk, and is not a folder"));
            continue;
        }
        match (node, local.nodes.get(path)) {
            (RemoteNode::Folder(_), Some(LocalNode::Folder)) => {}
            (RemoteNode::Folder(_), None) => plan.folders.push(path.to_owned()),
            (RemoteNode::Folder(_), Some(_)) => {
                plan.problem(path, "it is a folder at the vendor, and something else on disk");
            }
            (RemoteNode::File(file), None) => {
                let renamed = renamed.get(at.as_str()).map(|name| (*name).to_owned());
                let (path, file) = (path.to_owned(), file.clone());
                plan.downloads.push(Download { path, file, placement: Placement::New, renamed });
            }
            (RemoteNode::File(file), Some(LocalNode::File(stamp))) => {
                add_file(session, sides, options, &mut plan, path, *stamp, file).await;
            }
            (RemoteNode::File(_), Some(_)) => {
                plan.problem(path, "it is a file at the vendor, and something else on disk");
            }
        }
    }
    if options.delete {
        plan_deletions(session, sides, &mut plan, &kept).await?;
    }
    Ok(plan)
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
    match resolve(session, &pair, &sides.local.path(path), Direction::Down, options.overwrite).await
    {
        Ok(Resolution::Same) => plan.add_same(path, false),
        Ok(Resolution::Record { by_date }) => {
            plan.add_same(path, by_date);
            plan.records.push((path.to_owned(), Record::new(stamp, file.clone())));
        }
        Ok(Resolution::Replace) => {
            let (path, file, placement) =
                (path.to_owned(), file.clone(), Placement::Replace(stamp));
            plan.downloads.push(Download { path, file, placement, renamed: None });
        }
        Ok(Resolution::Conflict) => plan.problem(path, conflict(Direction::Down, record)),
        Err(error) => plan.failure(path, error),
    }
}

/// What only the disk has.
async fn plan_deletions(
    session: &Session<'_>,
    sides: &Sides,
    plan: &mut Plan,
    kept: &HashSet<&str>,
) -> Result<(), Error> {
    let is_partial = !sides.local.problems.is_empty() || !sides.remote.problems.is_empty();
    let mut folders = Vec::new();
    for (path, node) in &sides.local.nodes {
        if kept.contains(path.as_str()) {
            continue;
        }
        if is_partial {
            plan.skip(path, "it is not deleted, because a part of the folders could not be read");
            continue;
        }
        match node {
            LocalNode::Folder => folders.push(Deletion { path: path.clone(), is_folder: true }),
            LocalNode::Link | LocalNode::Special => {
                plan.skip(path, "it is neither a file nor a folder")
            }
            LocalNode::File(_) => {
                let record = sides.journal.get(path);
                let record =
                    record.filter(|record| sides.remote.file_by_id(&record.remote.id).is_none());
                match look_up(session, record).await? {
                    Unlisted::Gone => {
                        plan.deletions.push(Deletion { path: path.clone(), is_folder: false })
                    }
                    Unlisted::Exists(_) | Unlisted::Processing => {
                        plan.skip(
                            path,
                            "it is not deleted: the vendor has it, and does not list it yet",
                        );
                    }
                }
            }
        }
    }
    plan.deletions.extend(folders.into_iter().rev());
    Ok(())
}

pub(super) async fn run(session: &Session<'_>, sides: &Sides, plan: &Plan) -> Result<(), Error> {
    let root = &sides.local.root;
    plan.record(&sides.journal)?;
    clean(root, plan);
    for path in &plan.folders {
        match fs::create_dir_all(sides.local.path(path)) {
            Ok(()) => session.reporter.event(&Event::Created { path }),
            Err(error) => {
                let error = local_error("create the folder", &sides.local.path(path), error);
                session.reporter.event(&Event::failed(path, &error));
            }
        }
    }
    let items: Vec<_> = plan.downloads.iter().collect();
    session
        .for_each(
            items,
            |download| download.path.clone(),
            |download| run_download(session, sides, download),
        )
        .await?;
    if may_delete(session, plan) {
        delete(session, sides, plan)?;
    }
    if session.reporter.totals().failed == 0 {
        staging::clean(root, &HashSet::new());
    }
    Ok(())
}

async fn run_download(
    session: &Session<'_>,
    sides: &Sides,
    download: &Download,
) -> Result<(), Error> {
    if let Some(name) = &download.renamed {
        let reason = format!(
            "its name {name:?} is not possible on disk next to the others; it is saved under this one"
        );
        session.reporter.event(&Event::Note { path: &download.path, note: &reason });
    }
    let fetching = Fetching {
        file: &download.file,
        root: &sides.local.root,
        target: &sides.local.path(&download.path),
        placement: download.placement,
        shown: &download.path,
        saved_as: None,
    };
    let fetched = fetch(session, fetching).await?;
    sides.journal.put(&download.path, Record::new(fetched.stamp, download.file.clone()))
}

fn delete(session: &Session<'_>, sides: &Sides, plan: &Plan) -> Result<(), Error> {
    for deletion in &plan.deletions {
        if session.interrupted.is_cancelled() {
            return Err(interrupted());
        }
        let (path, at) = (&deletion.path, sides.local.path(&deletion.path));
        if deletion.is_folder {
            match fs::remove_dir(&at) {
                Ok(()) => session.reporter.event(&Event::Deleted { path }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                    session
                        .reporter
                        .event(&Event::Skipped { path, reason: "the folder is not empty" });
                }
                Err(error) => {
                    session.reporter.event(&Event::failed(path, &local_error("delete", &at, error)))
                }
            }
            continue;
        }
        let planned = sides.local.nodes.get(path);
        if let Ok(stamp) = Stamp::read(&at)
            && planned != Some(&LocalNode::File(stamp))
        {
            session
                .reporter
                .event(&Event::Skipped { path, reason: "it has changed since the sync began" });
            continue;
        }
        match fs::remove_file(&at) {
            Ok(()) => session.reporter.event(&Event::Deleted { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                session.reporter.event(&Event::failed(path, &local_error("delete", &at, error)));
                continue;
            }
        }
        sides.journal.forget(path)?;
    }
    Ok(())
}
