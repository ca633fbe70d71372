//! Notifications to the caller, and the assets that the caller follows.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mediavalet::render;
use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{Notification, Store, User};

fn member<'a>(user: &'a User, name: &str) -> &'a str {
    user.members.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The followers of an asset: the caller, or nobody.
pub(crate) fn followers(store: &Store, request: &ApiRequest) -> ApiResult {
    let asset = store.asset(&request.path_id("assetId"), request.version)?;
    let caller = store.users.get(&store.caller_id()).filter(|_| asset.followed);
    let render = |user: &User| {
        json!({
            "userId": store.caller_id(), "firstName": member(user, "firstName"),
            "lastName": member(user, "lastName"), "email": member(user, "emailAddress"),
            "isCurrentUser": true,
        })
    };
    request.list(caller.map(render).into_iter().collect())
}

pub(crate) fn follow(store: &mut Store, request: &ApiRequest) -> ApiResult {
    #[derive(Deserialize)]
    struct Flag {
        follow: bool,
    }
    let Flag { follow } = request.json()?;
    let asset = store.change_asset(&request.path_id("assetId"), request.version)?;
    asset.followed = follow;
    Ok(ApiResponse::empty(StatusCode::OK))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NewNotification {
    entity_ids: Vec<String>,
    notification_entity_type: String,
    user_groups: Vec<String>,
    users: Vec<String>,
    user_emails: Vec<String>,
    message: String,
}

/// Sends a notification. It is kept if the caller is among the recipients; nobody else can read theirs. The
/// response sorts the addresses: one with an `@` between two other characters is valid.
pub(crate) fn send(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let new: NewNotification = request.json()?;
    let lower = |ids: Vec<String>| ids.iter().map(|id| id.to_lowercase()).collect::<Vec<_>>();
    let (users, groups) = (lower(new.users), lower(new.user_groups));
    if let Some(id) = users.iter().find(|id| !store.users.contains(id)) {
        return Err(ApiError::bad_request(format!("There is no user {id}")));
    }
    if let Some(id) = groups.iter().find(|id| !store.groups.contains(id)) {
        return Err(ApiError::bad_request(format!("There is no user group {id}")));
    }
    let (valid, invalid): (Vec<String>, Vec<String>) =
        new.user_emails.into_iter().partition(|address| is_address(address));
    let caller = store.caller_id();
    let for_caller = store.users.get(&caller).is_some_and(|user| {
        users.contains(&caller)
            || groups.iter().any(|group| group == member(user, "roleId"))
            || valid.iter().any(|address| address == member(user, "emailAddress"))
    });
    let at = store.tick();
    if for_caller {
        store.notifications.add(Notification {
            message: new.message,
            category: new.notification_entity_type,
            entities: new.entity_ids,
            read: false,
            at,
        });
    }
    let result = json!({ "validEmails": valid, "invalidEmails": invalid });
    Ok(ApiResponse::ok(render::resource(result, "notification", request.version)))
}

fn is_address(address: &str) -> bool {
    address
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// Whether a user has this address.
pub(crate) fn validate_address(store: &Store, request: &ApiRequest) -> ApiResult {
    let address = request.query_param("emailaddress").unwrap_or_default();
    let has = |user: &User| member(user, "emailAddress").eq_ignore_ascii_case(address);
    let exists = !address.is_empty() && store.users.iter().any(|(_, user)| has(user));
    Ok(ApiResponse::ok(json!({ "exists": exists })))
}

/// The caller's notifications, newest first.
pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    let sender = store.users.get(&store.caller_id());
    let sender = sender.map(|user| {
        json!({
            "id": store.caller_id(), "firstName": member(user, "firstName"),
            "lastName": member(user, "lastName"), "email": member(user, "emailAddress"),
        })
    });
    let render = |(id, one): (&str, &Notification)| {
        json!({
            "notificationId": id, "displayNotificationId": id, "sender": sender,
            "notificationCategory": one.category, "relativeUrl": "", "message": one.message,
            "markedAsRead": one.read, "timestamp": render::date(one.at), "entityIds": one.entities,
        })
    };
    let mut notifications: Vec<Value> = store.notifications.iter().map(render).collect();
    notifications.reverse();
    request.list(notifications)
}

pub(crate) fn mark_all_as_read(store: &mut Store, _: &ApiRequest) -> ApiResult {
    for (_, notification) in store.notifications.iter_mut() {
        notification.read = true;
    }
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn mark_as_read(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("notificationId");
    let found = store.notifications.get_mut(&id);
    found.ok_or_else(|| ApiError::not_found("notification", &id))?.read = true;
    Ok(ApiResponse::empty(StatusCode::OK))
}
