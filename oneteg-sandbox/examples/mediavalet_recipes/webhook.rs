//! Downloads each new file as soon as MediaValet reports it: a webhook instead of polling.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use mediavalet_sdk::{
    Checksum, Client, Error,
    download::Rendition,
    types::{WebhookEventName, WebhookSubscriptionRequest, WebhookTarget},
    webhooks::{Event, EventData, handshake},
};
use tokio::sync::mpsc::{Receiver, Sender};

/// The routes of the receiver. Deliveries are not signed, so `secret` in the path is the only proof of their sender.
/// The ids of new assets go to `found`, which a worker reads.
pub(crate) fn routes(secret: &str, found: Sender<String>) -> Router {
    let route = post(deliver).options(permit);
    Router::new().route(&format!("/mediavalet/{secret}"), route).with_state(Arc::new(found))
}

/// MediaValet asks whether it may deliver.
async fn permit(headers: HeaderMap) -> Response {
    let response = handshake(&headers, |_| true, Some(600));
    (response.status, response.headers).into_response()
}

async fn deliver(State(found): State<Arc<Sender<String>>>, body: Bytes) -> StatusCode {
    let Ok(events) = Event::parse_all(&body) else { return StatusCode::BAD_REQUEST };
    for event in events {
        if let EventData::AssetMediaFileAdded(added) = event.data
            && let Some(id) = added.asset_id
            // The download takes longer than a sender waits, so a worker does it. If its queue is full, the sender
            // has to deliver again.
            && found.try_send(id).is_err()
        {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    StatusCode::OK
}

/// Subscribes the URL of the receiver, unless it is subscribed already.
pub(crate) async fn subscribe(client: &Client, url: &str) -> Result<(), Error> {
    // The form of the list is not documented, but the URL must be somewhere in it.
    let subscriptions = client.list_webhook_subscriptions().send().await?.into_inner();
    if subscriptions.to_string().contains(url) {
        return Ok(());
    }
    let request = WebhookSubscriptionRequest::new()
        .type_("webhook")
        .events([WebhookEventName::new().name("Asset.MediaFileAdded")])
        .data(WebhookTarget::new().webhook(url));
    client.create_webhook_subscription(request).send().await?;
    Ok(())
}

/// Downloads the assets that the receiver finds, until its routes are dropped. `report` gets the result of each.
pub(crate) async fn work(
    client: &Client,
    folder: &Path,
    mut found: Receiver<String>,
    mut report: impl FnMut(&str, Result<Option<PathBuf>, Error>),
) {
    while let Some(id) = found.recv().await {
        // Anyone who knows the URL can send events, so one that cannot be downloaded must not stop the others.
        report(&id, download(client, folder, &id).await);
    }
}

/// `None` if the file is there already: events may be delivered more than once.
async fn download(client: &Client, folder: &Path, id: &str) -> Result<Option<PathBuf>, Error> {
    // The event has a link as well, but only the API is known to be MediaValet.
    let asset = client.get_asset(id).send().await?.into_inner();
    let file = asset.file.unwrap_or_default();
    // A name from elsewhere must not lead out of the folder.
    let name = file.file_name.as_deref().map(Path::new).and_then(Path::file_name);
    let path = folder.join(name.unwrap_or(id.as_ref()));
    let mut download = client.download(id, Rendition::Original).to_file(&path);
    if let Some(md5) = file.md5 {
        let checksum = Checksum::md5(&md5);
        if checksum.matches(&path).await? {
            return Ok(None);
        }
        download = download.checksum(checksum);
    }
    download.send().await?;
    Ok(Some(path))
}
