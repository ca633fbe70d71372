//! E-mails of the platform, which the sandbox keeps and never sends. The members of a new one are those of a response,
//! because no source shows others.

use serde_json::{Value, json};

use crate::netexplorer::request::{ApiRequest, RequestFields};
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Email, Store};

fn render(store: &Store, id: u64, email: &Email) -> Value {
    json!({
        "id": id,
        "type": email.kind,
        "object": email.subject,
        "content": email.content,
        "from": store.users.get(email.owner).map(|user| user.email.as_str()),
        "to": email.recipient,
        "owner": store.display_name(email.owner),
        "owner_id": email.owner.to_string(),
        "last_send": null,
    })
}

fn may_access(request: &ApiRequest, email: &Email) -> bool {
    request.caller.admin || email.owner == request.caller.user
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Email), ApiError> {
    let id = request.path_id("emailId")?;
    let email = store.emails.get(id).ok_or_else(ApiError::not_found)?;
    if may_access(request, email) { Ok((id, email)) } else { Err(ApiError::forbidden()) }
}

fn apply_fields(email: &mut Email, fields: &RequestFields) -> Result<(), ApiError> {
    for (name, member) in [
        ("type", &mut email.kind),
        ("object", &mut email.subject),
        ("content", &mut email.content),
        ("to", &mut email.recipient),
    ] {
        if let Some(value) = fields.string(name)? {
            value.clone_into(member);
        }
    }
    Ok(())
}

/// The response is empty: only the list shows the id.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let mut email = Email {
        owner: request.caller.user,
        kind: "EM_TE_DEFAUT".into(),
        subject: String::new(),
        content: String::new(),
        recipient: String::new(),
    };
    apply_fields(&mut email, &request.fields)?;
    store.advance_clock();
    store.emails.add(|_| email);
    Ok(ApiResponse::Empty)
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, email) = lookup(store, request)?;
    ApiResponse::ok(render(store, id, email))
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let emails = store.emails.iter().filter(|(_, email)| may_access(request, email));
    ApiResponse::list(emails.map(|(id, email)| render(store, id, email)))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, email) = lookup(store, request)?;
    let mut email = email.clone();
    apply_fields(&mut email, &request.fields)?;
    store.advance_clock();
    store.emails.insert(id, email);
    Ok(ApiResponse::Empty)
}

/// Alerts that use the e-mail lose it.
pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let (id, _) = lookup(store, request)?;
    store.emails.remove(id);
    for (_, alert) in store.alerts.iter_mut() {
        alert.email = alert.email.filter(|email| *email != id);
    }
    Ok(ApiResponse::Empty)
}
