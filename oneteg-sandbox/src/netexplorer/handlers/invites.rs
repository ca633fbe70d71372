//! Invitations to folders.

use serde_json::{Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::render::date;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Invite, Store, User};

/// The id is a string, as in the vendor's documentation.
fn render(store: &Store, id: u64, invite: &Invite) -> Value {
    json!({
        "id": id.to_string(),
        "key": invite.key,
        "folder": invite.folder,
        "rights": invite.rights,
        "expiration": invite.expiration.map(date),
        "source": invite.owner.to_string(),
        "source_name": store.display_name(invite.owner),
        "target": invite.invited.map(|user| user.to_string()),
    })
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Invite), ApiError> {
    let id = request.path_id("inviteId")?;
    let invite = store.invites.get(id).ok_or_else(ApiError::not_found)?;
    let permitted = request.caller.admin || invite.owner == request.caller.user;
    if permitted { Ok((id, invite)) } else { Err(ApiError::forbidden()) }
}

fn apply_fields(store: &Store, request: &ApiRequest, invite: &mut Invite) -> Result<(), ApiError> {
    let fields = &request.fields;
    invite.folder = fields.id("folder")?.unwrap_or(invite.folder);
    store.tree.visible_folder(invite.folder, request.caller)?;
    store.check_permission(request.caller, invite.folder, "share")?;
    invite.rights = fields.integer("rights")?.unwrap_or(invite.rights);
    invite.expiration = fields.date("expiration")?.or(invite.expiration);
    Ok(())
}

/// The user with this e-mail address, who is created if there is none.
fn invited_user(store: &mut Store, email: &str) -> u64 {
    if let Some((id, _)) = store.users.iter().find(|(_, user)| user.email == email) {
        return id;
    }
    let mut user = User::new(email, "", "", false);
    email.clone_into(&mut user.email);
    store.users.add(|_| user)
}

/// `rights` is 1 by default, which is known to mean reading.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let mut invite = Invite {
        key: String::new(),
        folder: RequestFields::required("folder", request.fields.id("folder")?)?,
        owner: request.caller.user,
        invited: None,
        rights: 1,
        expiration: None,
    };
    apply_fields(store, request, &mut invite)?;
    let email = request
        .fields
        .string(choices::INVITED_PERSON_MEMBER.get())?
        .map(str::trim)
        .filter(|email| !email.is_empty());
    store.advance_clock();
    invite.invited = email.map(|email| invited_user(store, email));
    invite.key = store.unique_name("invite");
    let id = store.invites.add(|_| invite.clone());
    ApiResponse::ok(render(store, id, &invite))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, invite) = lookup(store, request)?;
    let mut invite = invite.clone();
    apply_fields(store, request, &mut invite)?;
    let rendered = render(store, id, &invite);
    store.advance_clock();
    store.invites.insert(id, invite);
    ApiResponse::ok(rendered)
}

/// The invited user stays.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.invites.remove(id);
    Ok(ApiResponse::Empty)
}

pub(crate) fn of_folder(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let invites = store.invites.iter().filter(|(_, invite)| invite.folder == folder);
    ApiResponse::list(invites.map(|(id, invite)| render(store, id, invite)))
}

/// A page of the users who could be invited: all that are active.
pub(crate) fn users(store: &Store, request: &ApiRequest) -> ApiResult {
    store.tree.visible_folder(request.path_id("folderId")?, request.caller)?;
    let active = store.users.iter().filter(|(_, user)| user.active);
    let users = active.map(|(id, user)| {
        json!({ "id": id.to_string(), "name": user.display_name(), "emails": user.email })
    });
    ApiResponse::page(request.page()?, users.collect())
}
