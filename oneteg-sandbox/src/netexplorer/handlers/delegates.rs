//! Delegates of groups. What one consists of is not known; the vendor's documentation describes one like the template of
//! an e-mail, probably by mistake. The sandbox shows it in that form, with the members that were sent.

use serde_json::{Map, Value, json};

use crate::choices::netexplorer as choices;
use crate::netexplorer::request::ApiRequest;
use crate::netexplorer::response::{ApiError, ApiResponse, ApiResult};
use crate::netexplorer::state::{Delegate, Store};

/// The members that a request may set.
const MEMBERS: [&str; 3] = ["type", "object", "content"];

fn render(id: u64, delegate: &Delegate) -> Value {
    let mut object = Map::from_iter([("id".to_owned(), json!(id))]);
    for name in MEMBERS {
        let value = delegate.members.get(name).cloned().unwrap_or(Value::Null);
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

fn lookup<'a>(store: &'a Store, request: &ApiRequest) -> Result<(u64, &'a Delegate), ApiError> {
    let id = request.path_id("delegateId")?;
    store.delegates.get(id).map(|delegate| (id, delegate)).ok_or_else(ApiError::not_found)
}

fn apply_fields(
    store: &Store,
    request: &ApiRequest,
    delegate: &mut Delegate,
) -> Result<(), ApiError> {
    let fields = &request.fields;
    delegate.group = fields.id(choices::DELEGATE_GROUP_MEMBER.get())?.or(delegate.group);
    if delegate.group.is_some_and(|group| store.groups.get(group).is_none()) {
        return Err(ApiError::not_found());
    }
    for name in MEMBERS {
        if let Some(value) = fields.string(name)? {
            delegate.members.insert(name.to_owned(), value.into());
        }
    }
    Ok(())
}

pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let mut delegate = Delegate { group: None, members: Map::new() };
    apply_fields(store, request, &mut delegate)?;
    store.advance_clock();
    let id = store.delegates.add(|_| delegate.clone());
    ApiResponse::ok(render(id, &delegate))
}

pub(crate) fn get(store: &Store, request: &ApiRequest) -> ApiResult {
    let (id, delegate) = lookup(store, request)?;
    ApiResponse::ok(render(id, delegate))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, delegate) = lookup(store, request)?;
    let mut delegate = delegate.clone();
    apply_fields(store, request, &mut delegate)?;
    store.advance_clock();
    let rendered = render(id, &delegate);
    store.delegates.insert(id, delegate);
    ApiResponse::ok(rendered)
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    request.caller.require_admin()?;
    let (id, _) = lookup(store, request)?;
    store.delegates.remove(id);
    Ok(ApiResponse::Empty)
}

pub(crate) fn of_group(store: &Store, request: &ApiRequest) -> ApiResult {
    let group = request.path_id("groupId")?;
    store.groups.get(group).ok_or_else(ApiError::not_found)?;
    let delegates = store.delegates.iter().filter(|(_, it)| it.group == Some(group));
    ApiResponse::list(delegates.map(|(id, delegate)| render(id, delegate)))
}
