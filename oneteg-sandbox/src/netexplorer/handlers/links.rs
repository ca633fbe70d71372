//! Share links: files that whoever has the key may download.

use serde_json::{Value, json};

use super::content;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::render::{self, date};
use crate::netexplorer::state::{Found, Node, ShareLink, Store};

/// The version that a link leads to: the newest one of the file, if the link keeps up with it.
fn target<'a>(store: &'a Store, link: &ShareLink, id: u64) -> Option<Found<'a>> {
    let found = store.tree.live(id)?;
    if link.autoupdate { store.tree.newest(found.key) } else { Some(found) }
}

fn valid(store: &Store, link: &ShareLink) -> bool {
    link.expiration.is_none_or(|end| store.now() < end)
        && link.max_downloads.is_none_or(|most| link.downloads < most)
}

fn render(store: &Store, id: u64, link: &ShareLink) -> Value {
    let files = link.files.iter().filter_map(|id| target(store, link, *id));
    let files: Vec<_> = files.map(|found| render::file(store, found, false)).collect();
    json!({
        "id": id,
        "key": link.key,
        "owner": store.display_name(link.owner),
        "owner_id": link.owner.to_string(),
        "files": files,
        "autoupdate": link.autoupdate,
        "expiration_date": link.expiration.map(date),
        "max_downloads": link.max_downloads,
        "nb_downloads": link.downloads,
        "remaining_downloads": link.max_downloads.map(|most| most - link.downloads),
        "notify": link.notify,
        "only_preview": link.only_preview,
        "type": link.kind,
        "password_protected": password_mark(store, link),
        "is_valid": valid(store, link),
    })
}

/// A mark that says nothing of the password, but is the same for all links that have it.
fn password_mark(store: &Store, link: &ShareLink) -> Option<String> {
    let password = link.password.as_ref()?;
    let mut links = store.links.iter().map(|(_, link)| link);
    let first = links.position(|other| other.password.as_ref() == Some(password));
    Some(format!("password-{}", first.unwrap_or_else(|| store.links.iter().count())))
}

/// Ids of versions that the caller may see.
fn files(store: &Store, call: &Call, ids: Vec<u64>) -> Result<Vec<u64>, Failure> {
    for id in &ids {
        store.tree.file(*id, call.caller)?;
    }
    Ok(ids)
}

fn set(store: &Store, call: &Call, link: &mut ShareLink) -> Result<(), Failure> {
    let body = &call.body;
    if let Some(ids) = body.ids("files")? {
        link.files = files(store, call, ids)?;
    }
    link.autoupdate = body.flag("autoupdate")?.unwrap_or(link.autoupdate);
    link.expiration = body.date("expiration_date")?.or(link.expiration);
    link.max_downloads = body.number("max_downloads")?.or(link.max_downloads);
    link.notify = body.flag("notify")?.unwrap_or(link.notify);
    link.only_preview = body.flag("only_preview")?.unwrap_or(link.only_preview);
    link.kind = body.number("type")?.unwrap_or(link.kind);
    link.password = body.text("password")?.map(str::to_owned).or(link.password.take());
    Ok(())
}

fn may(call: &Call, link: &ShareLink) -> bool {
    call.caller.admin || link.owner == call.caller.user
}

fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a ShareLink), Failure> {
    let id = call.id("sharelinkId")?;
    let link = store.links.get(id).ok_or_else(Failure::missing)?;
    if may(call, link) { Ok((id, link)) } else { Err(Failure::forbidden()) }
}

fn keyed<'a>(store: &'a Store, key: &str) -> Result<(u64, &'a ShareLink), Failure> {
    store.links.iter().find(|(_, link)| link.key == key).ok_or_else(Failure::missing)
}

pub(crate) fn list(store: &Store, call: &Call) -> Outcome {
    let links = store.links.iter().filter(|(_, link)| may(call, link));
    Answer::list(links.map(|(id, link)| render(store, id, link)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, link) = named(store, call)?;
    Answer::ok(render(store, id, link))
}

pub(crate) fn by_key(store: &mut Store, call: &Call) -> Outcome {
    let (id, link) = keyed(store, call.segment("sharelinkKey"))?;
    Answer::ok(render(store, id, link))
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    Members::needed("files", call.body.ids("files")?)?;
    let mut link = ShareLink {
        key: String::new(),
        owner: call.caller.user,
        files: Vec::new(),
        autoupdate: false,
        expiration: None,
        max_downloads: None,
        downloads: 0,
        notify: false,
        only_preview: false,
        kind: 0,
        password: None,
    };
    set(store, call, &mut link)?;
    store.tick();
    link.key = store.fresh("link");
    let id = store.links.add(|_| link);
    let link = store.links.get(id).ok_or_else(Failure::missing)?;
    Answer::ok(render(store, id, link))
}

/// Changes the link that the path names, wholly or not at all.
fn change(
    store: &mut Store,
    call: &Call,
    with: impl FnOnce(&Store, &mut ShareLink) -> Result<(), Failure>,
) -> Outcome {
    let (id, link) = named(store, call)?;
    let mut link = link.clone();
    with(store, &mut link)?;
    let answer = render(store, id, &link);
    store.links.insert(id, link);
    Answer::ok(answer)
}

/// Members that are left out keep their value.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    change(store, call, |store, link| set(store, call, link))
}

/// Adds the files in `files`.
pub(crate) fn add_file(store: &mut Store, call: &Call) -> Outcome {
    let ids = Members::needed("files", call.body.ids("files")?)?;
    change(store, call, |store, link| {
        link.files.extend(files(store, call, ids)?);
        Ok(())
    })
}

/// Adds the files in the folders that `folders` names, without those in folders below.
pub(crate) fn add_folder(store: &mut Store, call: &Call) -> Outcome {
    let folders = Members::needed("folders", call.body.ids("folders")?)?;
    change(store, call, |store, link| {
        for folder in folders {
            store.tree.folder(folder, call.caller)?;
            link.files.extend(store.tree.children(folder).filter_map(|node| match node {
                Node::File(key) => store.tree.newest(key).map(|found| found.id),
                Node::Folder(_) => None,
            }));
        }
        Ok(())
    })
}

pub(crate) fn remove_file(store: &mut Store, call: &Call) -> Outcome {
    let file = call.id("fileId")?;
    change(store, call, |_, link| {
        let position = link.files.iter().position(|id| *id == file).ok_or_else(Failure::missing)?;
        link.files.remove(position);
        Ok(())
    })?;
    Ok(Answer::Empty)
}

pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    store.links.remove(id);
    Ok(Answer::Empty)
}

/// By id or by key; the member `password`, 403 for a wrong one.
pub(crate) fn check_password(store: &mut Store, call: &Call) -> Outcome {
    let link = match call.segment("sharelinkKey") {
        "" => store.links.get(call.id("sharelinkId")?).ok_or_else(Failure::missing)?,
        key => keyed(store, key)?.1,
    };
    let given = call.body.text("password")?;
    let right = link.password.is_none() || link.password.as_deref() == given;
    if right { Ok(Answer::Empty) } else { Err(Failure::forbidden()) }
}

/// The one file of a link. Of a link with several, which the vendor packs, the files have tokens: the
/// sandbox answers 400 here.
pub(crate) fn download(store: &mut Store, call: &Call) -> Outcome {
    let (id, link) = keyed(store, call.segment("sharelinkKey"))?;
    if !valid(store, link) || link.only_preview {
        return Err(Failure::forbidden());
    }
    let answer = match link.files.as_slice() {
        [file] => content::of(target(store, link, *file).ok_or_else(Failure::missing)?, true),
        _ => return Err(Failure::invalid("le lien porte plusieurs fichiers")),
    };
    if let Some(link) = store.links.get_mut(id) {
        link.downloads += 1;
    }
    Ok(answer)
}

pub(crate) fn file_token(store: &mut Store, call: &Call) -> Outcome {
    let (_, link) = keyed(store, call.segment("key"))?;
    let file = call.id("dataId")?;
    if !valid(store, link) || (link.only_preview && call.segment("type") != "preview") {
        return Err(Failure::forbidden());
    }
    let within = link
        .files
        .iter()
        .any(|id| *id == file || target(store, link, *id).is_some_and(|found| found.id == file));
    if within { content::issue(store, file, call.segment("type")) } else { Err(Failure::missing()) }
}
