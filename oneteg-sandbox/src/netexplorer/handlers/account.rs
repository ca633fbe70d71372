//! The caller's own account.

use super::users;
use crate::netexplorer::answer::{Answer, Outcome};
use crate::netexplorer::call::Call;
use crate::netexplorer::errors::Failure;
use crate::netexplorer::state::Store;

pub(crate) fn get(store: &Store, call: &Call) -> Outcome {
    let id = call.caller.user;
    Answer::ok(users::render(id, store.user(id)?))
}

/// Only administrators may change their roots, and whether they are active.
pub(crate) fn update(store: &mut Store, call: &Call) -> Outcome {
    let id = call.caller.user;
    let mut user = store.user(id)?.clone();
    let before = (user.active, user.roots.clone());
    users::set(&mut user, &call.body)?;
    if before != (user.active, user.roots.clone()) && !call.caller.admin {
        return Err(Failure::forbidden());
    }
    users::check(store, Some(id), &user)?;
    let answer = users::render(id, &user);
    store.users.insert(id, user);
    Answer::ok(answer)
}
