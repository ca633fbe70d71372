//! Webhooks, delivered to a server on this machine that reads them with the typed client.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use mediavalet_sdk::types::{WebhookEventName, WebhookSubscriptionRequest, WebhookTarget};
use mediavalet_sdk::webhooks::{Event, EventData, handshake};
use oneteg_sandbox::Sandbox;
use oneteg_sandbox::mediavalet::WebhookOutcome;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use crate::client::{Client, PHOTOGRAPHER, PLACES, RED_SHOE, SHOES};

/// What the receiver got, and how it responds.
#[derive(Default)]
struct Receiver {
    handshakes: usize,
    deliveries: Vec<(HeaderMap, Event)>,
    forbids: bool,
    /// The responses to the next deliveries; then 200.
    responses: VecDeque<(u16, Option<&'static str>)>,
}

type Shared = Arc<Mutex<Receiver>>;

async fn options(State(receiver): State<Shared>, headers: HeaderMap) -> Response {
    let mut receiver = receiver.lock().unwrap();
    receiver.handshakes += 1;
    let response = handshake(&headers, |_| !receiver.forbids, Some(600));
    (response.status, response.headers).into_response()
}

async fn deliver(State(receiver): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut receiver = receiver.lock().unwrap();
    receiver.deliveries.push((headers, Event::parse(&body).unwrap()));
    let (status, retry_after) = receiver.responses.pop_front().unwrap_or((200, None));
    let status = StatusCode::from_u16(status).unwrap();
    match retry_after {
        Some(seconds) => (status, [("retry-after", seconds)]).into_response(),
        None => status.into_response(),
    }
}

/// A receiver and its URL.
async fn receiver() -> (Shared, String) {
    let receiver = Shared::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?secret=s", listener.local_addr().unwrap());
    let routes = Router::new().route("/hook", post(deliver).options(options));
    let routes = routes.with_state(receiver.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (receiver, url)
}

fn request(url: &str, events: &[&str]) -> WebhookSubscriptionRequest {
    let events = events.iter().map(|name| WebhookEventName::new().name(*name));
    let target = WebhookTarget::new().webhook(url);
    WebhookSubscriptionRequest::new().events(events).type_("webhook").data(target)
}

/// Subscribes and returns the id of the subscription.
async fn subscribe(client: &Client, url: &str, events: &[&str]) -> String {
    let created = client.sdk().create_webhook_subscription(request(url, events)).send().await;
    let created = created.unwrap().into_inner();
    created["SubscriptionId"].as_str().unwrap().to_owned()
}

async fn settled(client: &Client) {
    client.sandbox.mediavalet().webhooks_delivered().await;
}

fn outcomes(client: &Client) -> Vec<WebhookOutcome> {
    let deliveries = client.sandbox.mediavalet().webhook_deliveries();
    deliveries.into_iter().map(|delivery| delivery.outcome).collect()
}

async fn add_keyword(client: &Client, keyword: &str) {
    let path = format!("/assets/{RED_SHOE}/keywords");
    client.ok(Method::POST, &path, Some(json!([keyword]))).await;
}

#[tokio::test]
async fn every_documented_event_is_delivered() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    let kinds: Vec<&str> = EventData::KINDS.to_vec();
    subscribe(&client, &url, &kinds).await;
    let id = client.upload("new.txt", b"text", PLACES).await;
    let asset = format!("/assets/{RED_SHOE}");
    let status = json!([{ "op": "replace", "path": "/status", "value": 5 }]);
    client.ok(Method::PATCH, &asset, Some(status)).await;
    client.ok(Method::POST, &format!("{asset}/categories"), Some(json!([PLACES]))).await;
    client.ok(Method::DELETE, &format!("{asset}/categories/{SHOES}"), None).await;
    add_keyword(&client, "new").await;
    client.ok(Method::DELETE, &format!("{asset}/keywords/new"), None).await;
    let attributes = json!([{ PHOTOGRAPHER: "Ada" }]);
    client.ok(Method::POST, &format!("{asset}/attributes"), Some(attributes)).await;
    settled(&client).await;

    let receiver = receiver.lock().unwrap();
    assert_eq!(receiver.handshakes, 1);
    let events: Vec<&Event> = receiver.deliveries.iter().map(|(_, event)| event).collect();
    let delivered: Vec<&str> = events.iter().map(|event| event.kind()).collect();
    assert_eq!(
        delivered,
        [
            "Asset.MediaFileAdded",
            "Category.AssetsAssigned",
            "Asset.StatusUpdated",
            "Category.AssetsAssigned",
            "Category.AssetUnassigned",
            "Asset.KeywordsAdded",
            "Asset.KeywordRemoved",
            "Asset.AttributesAdded",
        ]
    );
    let EventData::AssetMediaFileAdded(added) = &events[0].data else { panic!("{:?}", events[0]) };
    assert_eq!(added.asset_id.as_deref(), Some(id.as_str()));
    assert_eq!((added.version, added.file_size), (Some(1), Some(4)));
    let subject = events[0].subject.as_deref().unwrap();
    assert!(subject.ends_with(&format!("/assets/{id}/MediaFile.FromUploadProcess")), "{subject}");
    let source = events[0].source.as_deref().unwrap();
    assert!(subject.starts_with(&format!("/library/{source}/")));
    assert_ne!(added.library_id.as_deref(), Some(source));
    let EventData::AssetStatusUpdated(status) = &events[2].data else { panic!("{:?}", events[2]) };
    assert_eq!(status.status.as_deref(), Some("Rejected"));
    let EventData::CategoryAssetsAssigned(assigned) = &events[3].data else { panic!() };
    assert_eq!(assigned.name.as_deref(), Some("Places"));
    let EventData::CategoryAssetUnassigned(unassigned) = &events[4].data else { panic!() };
    assert_eq!(unassigned.category_id.as_deref(), Some(SHOES));
    let EventData::AssetKeywordsAdded(keywords) = &events[5].data else { panic!() };
    assert_eq!(keywords.keywords.as_ref().unwrap()[0].value.as_deref(), Some("new"));
    let EventData::AssetAttributesAdded(attributes) = &events[7].data else { panic!() };
    let attribute = &attributes.attributes.as_ref().unwrap()[0];
    assert_eq!(
        (attribute.name.as_deref(), attribute.embedded_data_value.as_deref()),
        (Some("Photographer"), Some("Ada"))
    );
    for (headers, event) in &receiver.deliveries {
        assert!(!matches!(event.data, EventData::Unknown { .. }), "{event:?}");
        assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
        assert_eq!(headers["aeg-event-type"], "Notification");
        assert!(!headers.keys().any(|name| name.as_str().contains("signature")));
        assert_eq!(
            (&event.extra["specversion"], &event.extra["dataschema"]),
            (&json!("1.0"), &json!("#"))
        );
    }
    let mut ids: Vec<_> = events.iter().map(|event| event.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

/// With a subscription, a new asset is readable when its event arrives.
#[tokio::test]
async fn the_file_of_an_event_can_be_downloaded() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    subscribe(&client, &url, &["Asset.MediaFileAdded"]).await;
    let id = client.upload("new.txt", b"text", PLACES).await;
    settled(&client).await;
    let data = receiver.lock().unwrap().deliveries[0].1.data.clone();
    let EventData::AssetMediaFileAdded(added) = data else { panic!("{data:?}") };
    let link = added.media_file_blob_url.unwrap();
    let file = client.bare(Method::GET, &link).send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), "text");
    assert_eq!(client.asset(&id).await["title"], "new.txt");
}

#[tokio::test]
async fn operations_that_change_nothing_or_fail_send_nothing() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    subscribe(&client, &url, &["Asset.KeywordsAdded", "Category.AssetsAssigned"]).await;
    add_keyword(&client, "shoe").await;
    let categories = format!("/assets/{RED_SHOE}/categories");
    client.ok(Method::POST, &categories, Some(json!([SHOES]))).await;
    assert_eq!(client.status(Method::POST, &categories, Some(json!([PLACES, "none"]))).await, 400);
    // Nobody has subscribed to this one.
    let status = json!([{ "op": "replace", "path": "/status", "value": 5 }]);
    client.ok(Method::PATCH, &format!("/assets/{RED_SHOE}"), Some(status)).await;
    settled(&client).await;
    assert_eq!(outcomes(&client), [WebhookOutcome::Responded(200)], "only the handshake");
    assert!(receiver.lock().unwrap().deliveries.is_empty());
}

#[tokio::test]
async fn a_failed_delivery_is_repeated_with_its_id() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    receiver.lock().unwrap().responses =
        VecDeque::from([(503, None), (429, Some("0")), (202, None)]);
    subscribe(&client, &url, &["Asset.KeywordsAdded"]).await;
    add_keyword(&client, "one").await;
    add_keyword(&client, "two").await;
    settled(&client).await;
    let ids: Vec<_> =
        receiver.lock().unwrap().deliveries.iter().map(|(_, event)| event.id.clone()).collect();
    assert_eq!(ids.len(), 4, "three attempts for the first event, then one for the second");
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
    let expected = [200, 503, 429, 202, 200].map(WebhookOutcome::Responded);
    assert_eq!(outcomes(&client), expected);
}

#[tokio::test]
async fn attempts_end_and_refusals_are_final() {
    let client = Client::with(Sandbox::builder().mediavalet_webhook_attempts(2)).await;
    let (receiver, url) = receiver().await;
    receiver.lock().unwrap().responses = VecDeque::from([(500, None), (500, None), (400, None)]);
    subscribe(&client, &url, &["Asset.KeywordsAdded"]).await;
    for keyword in ["one", "two", "three"] {
        add_keyword(&client, keyword).await;
    }
    settled(&client).await;
    let expected = [200, 500, 500, 400, 200].map(WebhookOutcome::Responded);
    assert_eq!(outcomes(&client), expected);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_gets_nothing_more() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    receiver.lock().unwrap().responses = VecDeque::from([(410, None)]);
    let id = subscribe(&client, &url, &["Asset.KeywordsAdded"]).await;
    add_keyword(&client, "one").await;
    add_keyword(&client, "two").await;
    settled(&client).await;
    assert_eq!(
        outcomes(&client)[1..],
        [WebhookOutcome::Responded(410), WebhookOutcome::NotPermitted]
    );
    // A change asks for permission again.
    let sdk = client.sdk();
    sdk.update_webhook_subscription(&id, request(&url, &["Asset.KeywordRemoved"]))
        .send()
        .await
        .unwrap();
    client.ok(Method::DELETE, &format!("/assets/{RED_SHOE}/keywords/two"), None).await;
    add_keyword(&client, "three").await;
    settled(&client).await;
    let kinds: Vec<String> = receiver
        .lock()
        .unwrap()
        .deliveries
        .iter()
        .map(|(_, event)| event.kind().to_owned())
        .collect();
    assert_eq!(kinds, ["Asset.KeywordsAdded", "Asset.KeywordRemoved"]);
    sdk.delete_webhook_subscription(&id).send().await.unwrap();
    client.ok(Method::DELETE, &format!("/assets/{RED_SHOE}/keywords/three"), None).await;
    settled(&client).await;
    assert_eq!(receiver.lock().unwrap().deliveries.len(), 2);
    assert_eq!(client.get("/skyhook/subscriptions/list").await, json!([]));
}

#[tokio::test]
async fn an_endpoint_that_forbids_or_does_not_listen_gets_no_events() {
    let client = Client::start().await;
    let (receiver, url) = receiver().await;
    receiver.lock().unwrap().forbids = true;
    subscribe(&client, &url, &["Asset.KeywordsAdded"]).await;
    add_keyword(&client, "one").await;
    settled(&client).await;
    assert_eq!(outcomes(&client).last(), Some(&WebhookOutcome::NotPermitted));
    assert!(receiver.lock().unwrap().deliveries.is_empty());

    // A listener that is closed again leaves a port where nobody listens.
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    subscribe(&client, &format!("http://{closed}/"), &["Asset.KeywordsAdded"]).await;
    settled(&client).await;
    assert!(matches!(outcomes(&client).last(), Some(WebhookOutcome::Failed(_))));
}

/// No name is looked up for a host that is not allowed: `.invalid` would fail in another way.
#[tokio::test]
async fn nothing_is_sent_to_other_hosts() {
    let client = Client::start().await;
    for url in ["http://receiver.invalid/", "http://192.0.2.1/", "https://receiver.invalid/"] {
        subscribe(&client, url, &["Asset.KeywordsAdded"]).await;
    }
    add_keyword(&client, "one").await;
    settled(&client).await;
    assert_eq!(outcomes(&client), vec![WebhookOutcome::HostNotAllowed; 6]);

    let allowed = Sandbox::builder().mediavalet_webhook_host("Receiver.invalid");
    let client = Client::with(allowed).await;
    subscribe(&client, "http://receiver.invalid/", &["Asset.KeywordsAdded"]).await;
    settled(&client).await;
    assert!(matches!(outcomes(&client)[..], [WebhookOutcome::Failed(_)]));
}

#[tokio::test]
async fn subscriptions_are_checked_and_listed() {
    let client = Client::start().await;
    let sdk = client.sdk();
    let types = sdk.list_webhook_event_types().send().await.unwrap().into_inner();
    let names: Vec<&str> =
        types.as_array().unwrap().iter().map(|it| it["Name"].as_str().unwrap()).collect();
    assert_eq!(names, EventData::KINDS);
    let url = "http://127.0.0.1:9/";
    for body in [
        json!({}),
        json!({ "Events": [], "Type": "webhook", "Data": { "webhook": url } }),
        json!({ "Events": [{ "Name": "Asset.Gone" }], "Type": "webhook", "Data": { "webhook": url } }),
        json!({ "Events": [{ "Name": names[0] }], "Type": "grid", "Data": { "webhook": url } }),
        json!({ "Events": [{ "Name": names[0] }], "Type": "webhook", "Data": { "webhook": "hook" } }),
        json!({ "Events": [{ "Name": names[0] }], "Type": "webhook", "Data": { "webhook": "ftp://a/" } }),
    ] {
        let status =
            client.status(Method::POST, "/skyhook/subscriptions", Some(body.clone())).await;
        assert_eq!(status, 400, "{body}");
    }
    let id = subscribe(&client, url, &[names[1]]).await;
    let listed = sdk.list_webhook_subscriptions().send().await.unwrap().into_inner();
    let expected = json!([{
        "SubscriptionId": id, "Events": [{ "Name": names[1] }], "Type": "webhook", "Data": { "webhook": url },
    }]);
    assert_eq!(listed, expected);
    let unknown = sdk.delete_webhook_subscription("none").send().await.unwrap_err();
    assert_eq!(unknown.status().unwrap().as_u16(), 404);
}
