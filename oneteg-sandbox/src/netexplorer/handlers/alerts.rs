//! E-mail alerts on folders. They are kept and shown; the sandbox sends no e-mails.

use serde_json::{Value, json};

use super::targets;
use crate::netexplorer::render::date;
use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Alert, Store, Target};

fn render(store: &Store, id: u64, alert: &Alert) -> Value {
    json!({
        "id": id,
        "folder_id": alert.folder,
        "email": alert.email,
        "expiration_date": alert.expiration.map(date),
        "owner": store.display_name(alert.owner),
        "owner_id": alert.owner.to_string(),
        "target": store.target_name(alert.target),
        "target_id": alert.target.id().to_string(),
        "target_isgroup": alert.target.is_group(),
    })
}

/// The alert in the path. Only its owner, a user whom it alerts and administrators may access it.
fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Alert), ApiError> {
    let id = request.path_id("alertId")?;
    let alert = store.alerts.get(id).ok_or_else(ApiError::not_found)?;
    let caller = request.caller;
    let concerned = alert.owner == caller.user || alert.target == Target::User(caller.user);
    if caller.admin || concerned { Ok((id, alert)) } else { Err(ApiError::forbidden()) }
}

fn apply_fields(store: &Store, request: &ApiRequest, alert: &mut Alert) -> Result<(), ApiError> {
    let fields = &request.fields;
    alert.folder = fields.id("folder_id")?.unwrap_or(alert.folder);
    store.tree.visible_folder(alert.folder, request.caller)?;
    alert.target = targets::requested(store, fields, Some(alert.target))?;
    alert.email = fields.id("email")?.or(alert.email);
    if alert.email.is_some_and(|email| store.emails.get(email).is_none()) {
        return Err(ApiError::not_found());
    }
    alert.expiration = fields.date("expiration_date")?.or(alert.expiration);
    Ok(())
}

/// By default, the caller is alerted, without an end.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let mut alert = Alert {
        folder: RequestFields::required("folder_id", request.fields.id("folder_id")?)?,
        owner: request.caller.user,
        target: Target::User(request.caller.user),
        email: None,
        expiration: None,
    };
    apply_fields(store, request, &mut alert)?;
    store.advance_clock();
    let id = store.alerts.add(|_| alert.clone());
    ApiResponse::ok(render(store, id, &alert))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, alert) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, alert))
}

/// Missing members keep their value.
pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, alert) = lookup(store, request)?;
    let mut alert = alert.clone();
    apply_fields(store, request, &mut alert)?;
    let rendered = render(store, id, &alert);
    store.advance_clock();
    store.alerts.insert(id, alert);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.alerts.remove(id);
    Ok(ApiResponse::Empty)
}

/// All alerts of a folder, to everyone who may see the folder.
pub(crate) fn of_folder(store: &Store, request: &ApiRequest) -> ApiResult {
    let folder = request.path_id("folderId")?;
    store.tree.visible_folder(folder, request.caller)?;
    let alerts = store.alerts.iter().filter(|(_, alert)| alert.folder == folder);
    ApiResponse::list(alerts.map(|(id, alert)| render(store, id, alert)))
}
