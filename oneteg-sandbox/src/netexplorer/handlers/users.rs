//! Users: everybody may look, administrators may change.

use serde_json::{Value, json};

use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::members::Members;
use crate::netexplorer::state::{ADMINISTRATOR, Store, User};

/// A user. The id is a text, as in the vendor's table.
pub(super) fn render(id: u64, user: &User) -> Value {
    json!({
        "id": id.to_string(),
        "login": user.login,
        "firstname": user.first_name,
        "lastname": user.last_name,
        "email": user.email,
        "language": user.language,
        "organization": user.organization,
        "phone": user.phone,
        "active": user.active,
        "roots": user.roots,
    })
}

/// Changes the members that are there.
pub(super) fn set(user: &mut User, body: &Members) -> Result<(), Failure> {
    let texts = [
        ("login", &mut user.login),
        ("firstname", &mut user.first_name),
        ("lastname", &mut user.last_name),
        ("email", &mut user.email),
        ("language", &mut user.language),
        ("organization", &mut user.organization),
        ("phone", &mut user.phone),
    ];
    for (name, member) in texts {
        if let Some(text) = body.text(name)? {
            text.clone_into(member);
        }
    }
    user.active = body.flag("active")?.unwrap_or(user.active);
    if let Some(roots) = body.ids("roots")? {
        user.roots = roots;
    }
    Ok(())
}

/// Refuses a login that is empty or another's, and roots that are none.
pub(super) fn check(store: &Store, id: Option<u64>, user: &User) -> Result<(), Failure> {
    if user.login.trim().is_empty() {
        return Err(Failure::name());
    }
    let taken = |(other, known): (u64, &User)| Some(other) != id && known.login == user.login;
    if store.users.iter().any(taken) {
        return Err(Failure::duplicate());
    }
    let root = |id: &u64| store.tree.roots().any(|root| root == *id);
    if user.roots.iter().all(root) { Ok(()) } else { Err(Failure::missing()) }
}

fn named<'a>(store: &'a Store, call: &Call) -> Result<(u64, &'a User), Failure> {
    let id = call.id("userId")?;
    Ok((id, store.user(id)?))
}

pub(crate) fn list(store: &Store, _: &Call) -> Outcome {
    Answer::list(store.users.iter().map(|(id, user)| render(id, user)))
}

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let (id, user) = named(store, call)?;
    Answer::ok(render(id, user))
}

/// Users have no quota of their own: 0, without limit.
pub(crate) fn quota(store: &Store, call: &Call) -> Outcome {
    let (id, _) = named(store, call)?;
    Answer::ok(json!({ "user": id, "quota": 0 }))
}

/// Whoever is new is active, has every root, and no administrator's rights.
pub(crate) fn create(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let login = Members::needed("login", call.body.text("login")?)?;
    let mut user = User::new(login, "", "", false);
    user.roots = store.tree.roots().collect();
    set(&mut user, &call.body)?;
    check(store, None, &user)?;
    store.tick();
    let answer = user.clone();
    let id = store.users.add(|_| user);
    Answer::ok(render(id, &answer))
}

pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let (id, user) = named(store, call)?;
    let mut user = user.clone();
    set(&mut user, &call.body)?;
    check(store, Some(id), &user)?;
    let answer = render(id, &user);
    store.users.insert(id, user);
    Answer::ok(answer)
}

/// The administrator that server applications act as stays.
pub(crate) fn delete(store: &mut Store, call: &Call) -> Outcome {
    call.caller.must_be_admin()?;
    let (id, _) = named(store, call)?;
    if id == ADMINISTRATOR {
        return Err(Failure::forbidden());
    }
    store.users.remove(id);
    for (_, group) in store.groups.iter_mut() {
        group.members.remove(&id);
    }
    Ok(Answer::Empty)
}
