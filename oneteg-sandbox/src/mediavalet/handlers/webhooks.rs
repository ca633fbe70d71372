//! Subscriptions of webhooks. What they get is in the modules `events` and `webhooks`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::mediavalet::request::ApiRequest;
use crate::mediavalet::response::{ApiError, ApiResponse, ApiResult};
use crate::mediavalet::state::{EVENT_TYPES, Store, Subscription};
use crate::mediavalet::webhooks::Outgoing;

fn not_found(id: &str) -> ApiError {
    ApiError::not_found("subscription", id)
}

/// Members in the documented letter case, or in camel case.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewSubscription {
    #[serde(alias = "events", default)]
    events: Vec<EventName>,
    #[serde(alias = "type", default)]
    r#type: String,
    #[serde(alias = "data")]
    data: Option<Target>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EventName {
    #[serde(alias = "name")]
    name: String,
}

#[derive(Debug, Deserialize)]
struct Target {
    webhook: Option<String>,
}

fn read(request: &ApiRequest) -> Result<Subscription, ApiError> {
    let new: NewSubscription = request.json()?;
    if !new.r#type.eq_ignore_ascii_case("webhook") {
        return Err(ApiError::bad_request("`Type` must be `webhook`"));
    }
    let mut events = Vec::new();
    for EventName { name } in new.events {
        let known = EVENT_TYPES.iter().find(|known| known.eq_ignore_ascii_case(&name));
        let known =
            known.ok_or_else(|| ApiError::bad_request(format!("There is no event {name}")))?;
        events.push((*known).to_owned());
    }
    if events.is_empty() {
        return Err(ApiError::bad_request("`Events` is empty"));
    }
    let url = new.data.and_then(|data| data.webhook).unwrap_or_default();
    let url = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or_else(|| ApiError::bad_request("`webhook` in `Data` must be a URL"))?;
    Ok(Subscription { events, url })
}

fn subscribe(store: &mut Store, id: &str, subscription: Subscription) {
    store.outbox.push(Outgoing::Subscribe {
        subscription: id.to_owned(),
        url: subscription.url.clone(),
        events: subscription.events.clone(),
    });
    store.subscriptions.insert(id, subscription);
}

pub(crate) fn event_types(_: &Store, request: &ApiRequest) -> ApiResult {
    request.list(EVENT_TYPES.iter().map(|name| json!({ "Name": name })).collect())
}

fn render(id: &str, subscription: &Subscription) -> Value {
    let events: Vec<Value> =
        subscription.events.iter().map(|name| json!({ "Name": name })).collect();
    json!({
        "SubscriptionId": id, "Events": events, "Type": "webhook",
        "Data": { "webhook": subscription.url.as_str() },
    })
}

pub(crate) fn list(store: &Store, request: &ApiRequest) -> ApiResult {
    request.list(store.subscriptions.iter().map(|(id, it)| render(id, it)).collect())
}

/// The endpoint is asked for permission afterwards; the response does not wait for it.
pub(crate) fn create(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let subscription = read(request)?;
    let id = store.subscriptions.next_id();
    let payload = render(&id, &subscription);
    subscribe(store, &id, subscription);
    Ok(ApiResponse::ok(payload))
}

pub(crate) fn update(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("subscriptionID");
    store.subscriptions.get(&id).ok_or_else(|| not_found(&id))?;
    let subscription = read(request)?;
    subscribe(store, &id, subscription);
    Ok(ApiResponse::empty(StatusCode::OK))
}

pub(crate) fn delete(store: &mut Store, request: &ApiRequest) -> ApiResult {
    let id = request.path_id("subscriptionID");
    store.subscriptions.remove(&id).ok_or_else(|| not_found(&id))?;
    store.outbox.push(Outgoing::Unsubscribe { subscription: id });
    Ok(ApiResponse::empty(StatusCode::OK))
}
