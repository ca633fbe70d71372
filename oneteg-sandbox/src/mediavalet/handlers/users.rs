//! Users: the caller and others, whose data is kept as it is given.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::super::answer::{Answer, Failure, Outcome};
use super::super::call::Call;
use super::super::render;
use super::super::state::{Store, User};

/// The members of a user that a client can set, as spelled in responses.
const MEMBERS: [&str; 24] = [
    "userName",
    "address",
    "defaultGroup",
    "userDomain",
    "firstName",
    "lastName",
    "department",
    "position",
    "title",
    "officeNumber",
    "cellularNumber",
    "faxNumber",
    "emailAddress",
    "comment",
    "additionalMessage",
    "adminNotes",
    "expiresAt",
    "website",
    "alertsEnabled",
    "newUserNotification",
    "organizationName",
    "isSuspended",
    "isApproved",
    "roleId",
];

pub(crate) fn list(store: &mut Store, call: &Call) -> Outcome {
    let users: Vec<Value> =
        store.users.iter().map(|(id, user)| render::user(store, id, user, call)).collect();
    let (users, records) = call.page(usize::MAX)?.cut(users);
    Ok(Answer::ok(json!({ "users": users, "userCount": records.total })).of(records))
}

pub(crate) fn get(store: &mut Store, call: &Call) -> Outcome {
    shown(store, &call.id("userId"), call)
}

pub(crate) fn current(store: &mut Store, call: &Call) -> Outcome {
    shown(store, &store.caller_id(), call)
}

pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    let given = given(store, call)?;
    let name =
        text(&given, "userName").ok_or_else(|| Failure::bad_request("`userName` is missing"))?;
    check_name(store, name, None)?;
    let user = User { members: given, created: store.tick() };
    let id = store.users.add(user);
    shown(store, &id, call)
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.id("userId");
    let given = given(store, call)?;
    if let Some(name) = text(&given, "userName") {
        check_name(store, name, Some(&id))?;
    }
    let user = store.users.get_mut(&id).ok_or_else(|| Failure::missing("user", &id))?;
    user.members.extend(given);
    shown(store, &id, call)
}

fn shown(store: &Store, id: &str, call: &Call) -> Outcome {
    let user = store.users.get(id).ok_or_else(|| Failure::missing("user", id))?;
    Ok(Answer::ok(render::user(store, id, user, call)))
}

/// The members of the body that are known, in whatever letter case they are written. Others, the password
/// among them, are passed over. A group by its id brings its name along.
fn given(store: &Store, call: &Call) -> Result<Map<String, Value>, Failure> {
    let body: Map<String, Value> = call.json()?;
    let mut given = Map::new();
    for (name, value) in body {
        if let Some(known) = MEMBERS.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
            given.insert((*known).to_owned(), value);
        }
    }
    if let Some(id) = text(&given, "roleId").map(str::to_lowercase) {
        let unknown = || Failure::bad_request(format!("There is no group {id}"));
        let group = store.groups.get(&id).ok_or_else(unknown)?;
        given.insert("roleId".into(), id.into());
        given.insert("defaultGroup".into(), group.name().into());
    }
    Ok(given)
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str().filter(|text| !text.is_empty())
}

fn check_name(store: &Store, name: &str, own: Option<&str>) -> Result<(), Failure> {
    let taken = store.users.iter().any(|(id, user)| {
        Some(id) != own
            && text(&user.members, "userName").is_some_and(|known| known.eq_ignore_ascii_case(name))
    });
    match taken {
        true => Err(Failure::new(StatusCode::CONFLICT, "There is a user of this name")),
        false => Ok(()),
    }
}
