//! The platform itself: its settings, its roots, and the restrictions of the sign-in.

use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::render::{self, Detail};
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Folder, SignInRestriction, Store};

/// The settings as they were sent. No setting has an effect.
pub(crate) fn config(store: &Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    ApiResponse::ok(json!({ "config": store.config }))
}

/// Sets each member of the body; `null` removes one.
pub(crate) fn update_config(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    store.advance_clock();
    for (name, value) in request.fields.members() {
        if value.is_null() {
            store.config.remove(name);
        } else {
            store.config.insert(name.clone(), value.clone());
        }
    }
    Ok(ApiResponse::Empty)
}

/// The features that the sandbox has. No source shows names of features.
pub(crate) fn public_config(_: &mut Store, _: &ApiRequest) -> ApiResult {
    ApiResponse::ok(json!({ "features": { "oauth2": true, "tus": true, "zip": false } }))
}

/// All roots.
pub(crate) fn roots(store: &Store, request: &ApiRequest) -> ApiResult {
    if choices::ROOTS_AS_OBJECT.get() {
        return render_roots(store, request, "all");
    }
    let visible = visible_roots(store, request);
    ApiResponse::list(visible.map(|(id, root)| json!({ "id": id, "name": root.name })))
}

/// All roots as one object with the type or the filter in the path, whose values are not known.
pub(crate) fn roots_of_type(store: &Store, request: &ApiRequest) -> ApiResult {
    let kind = match request.path_param("type") {
        "" => request.path_param("filter"),
        kind => kind,
    };
    render_roots(store, request, kind)
}

fn visible_roots<'a>(
    store: &'a Store,
    request: &ApiRequest,
) -> impl Iterator<Item = (u64, &'a Folder)> {
    let caller = request.caller;
    let roots = store.tree.roots();
    roots.filter_map(move |id| Some((id, store.tree.visible_folder(id, caller).ok()?)))
}

fn render_roots(store: &Store, request: &ApiRequest, kind: &str) -> ApiResult {
    let roots: Vec<_> = visible_roots(store, request).collect();
    let (id, first) = roots.first().copied().ok_or_else(ApiError::not_found)?;
    let folders = roots
        .iter()
        .map(|(id, folder)| render::folder(store, request.caller, *id, folder, Detail::SHORT));
    ApiResponse::ok(json!({
        "id": id,
        "name": first.name,
        "type": kind,
        "content": { "folders": folders.collect::<Vec<_>>(), "files": [] },
    }))
}

fn render_restriction(store: &Store, user: u64, restriction: &SignInRestriction) -> Value {
    json!({
        "days": restriction.days,
        "ips": restriction.addresses,
        "target": store.display_name(user),
        "target_id": user.to_string(),
        "target_isgroup": false,
    })
}

/// The user in the path. Only administrators may see or change the restrictions of others.
fn restricted_user(store: &Store, request: &ApiRequest) -> Result<u64, ApiError> {
    let id = request.path_id("userId")?;
    store.user(id)?;
    if request.caller.admin || id == request.caller.user {
        Ok(id)
    } else {
        Err(ApiError::forbidden())
    }
}

/// A user without restrictions may sign in every day from everywhere.
pub(crate) fn restriction(store: &Store, request: &ApiRequest) -> ApiResult {
    let user = restricted_user(store, request)?;
    let restriction = store.sign_in_restrictions.get(&user).unwrap_or(&SignInRestriction::NONE);
    ApiResponse::ok(render_restriction(store, user, restriction))
}

/// Missing members keep their value. The restrictions apply to the next sign-in of the user.
pub(crate) fn update_restriction(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let user = restricted_user(store, request)?;
    let known = store.sign_in_restrictions.get(&user).unwrap_or(&SignInRestriction::NONE);
    let mut restriction = known.clone();
    if let Some(days) = request.fields.integer("days")? {
        if !(0..=127).contains(&days) {
            return Err(ApiError::bad_request("« days » doit être entre 0 et 127"));
        }
        restriction.days = days;
    }
    if let Some(addresses) = request.fields.strings("ips")? {
        restriction.addresses = Some(addresses);
    }
    store.advance_clock();
    let rendered = render_restriction(store, user, &restriction);
    store.sign_in_restrictions.insert(user, restriction);
    ApiResponse::ok(rendered)
}

pub(crate) fn remove_restriction(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let user = restricted_user(store, request)?;
    store.sign_in_restrictions.remove(&user);
    Ok(ApiResponse::Empty)
}
