//! The workers, one for each subscription, and their queues.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request};
use bytes::Bytes;
use http_body_util::Full;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use url::Url;

use super::client;
use super::{WebhookDelivery, WebhookOutcome, WebhookSettings};
use crate::common::oauth::is_loopback;

/// What an operation leaves for the deliverer.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A subscription is new or has changed.
    Subscribe {
        subscription: String,
        url: Url,
        events: Vec<String>,
    },
    Unsubscribe {
        subscription: String,
    },
    /// An event for all subscriptions to its type.
    Publish {
        id: String,
        kind: &'static str,
        body: Bytes,
    },
}

/// The name of the sender, which an endpoint permits to deliver.
const ORIGIN: &str = "sandbox.example.com";

/// The wait after the first failed attempt. It doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The number of deliveries that are remembered.
const REMEMBERED: usize = 1024;

/// Delivers the events of one stand-in.
#[derive(Debug)]
pub(crate) struct Deliverer {
    shared: Arc<Shared>,
    workers: Mutex<BTreeMap<String, Worker>>,
}

#[derive(Debug)]
struct Shared {
    settings: WebhookSettings,
    log: Mutex<VecDeque<WebhookDelivery>>,
    /// The number of handshakes and events that are neither delivered nor given up.
    pending: watch::Sender<usize>,
}

/// Dropping it stops its deliveries.
#[derive(Debug)]
struct Worker {
    events: Vec<String>,
    queue: UnboundedSender<Job>,
    task: AbortHandle,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a worker does next.
struct Job {
    task: Task,
    _pending: Pending,
}

enum Task {
    /// Asks the endpoint whether it permits deliveries.
    Handshake(Url),
    Deliver {
        id: String,
        kind: &'static str,
        body: Bytes,
    },
}

/// Counts as pending until it is dropped.
struct Pending(Arc<Shared>);

impl Pending {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.pending.send_modify(|pending| *pending += 1);
        Self(shared.clone())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.pending.send_modify(|pending| *pending -= 1);
    }
}

impl Deliverer {
    pub(crate) fn new(settings: WebhookSettings) -> Self {
        let shared = Shared { settings, log: Mutex::default(), pending: watch::Sender::new(0) };
        Self { shared: Arc::new(shared), workers: Mutex::default() }
    }

    /// Queues what an operation left. Needs a tokio runtime.
    pub(crate) fn accept(&self, outgoing: Vec<Outgoing>) {
        let mut workers = lock(&self.workers);
        for outgoing in outgoing {
            match outgoing {
                Outgoing::Subscribe { subscription, url, events } => {
                    let worker = workers
                        .entry(subscription.clone())
                        .or_insert_with(|| self.start_worker(subscription));
                    worker.events = events;
                    worker.queue(&self.shared, Task::Handshake(url));
                }
                Outgoing::Unsubscribe { subscription } => {
                    workers.remove(&subscription);
                }
                Outgoing::Publish { id, kind, body } => {
                    let subscribed = |worker: &&Worker| worker.events.iter().any(|it| it == kind);
                    for worker in workers.values().filter(subscribed) {
                        let (id, body) = (id.clone(), body.clone());
                        worker.queue(&self.shared, Task::Deliver { id, kind, body });
                    }
                }
            }
        }
    }

    fn start_worker(&self, subscription: String) -> Worker {
        let (queue, jobs) = unbounded_channel();
        let task = tokio::spawn(run(self.shared.clone(), subscription, jobs)).abort_handle();
        Worker { events: Vec::new(), queue, task }
    }

    /// The last attempts, oldest first.
    pub(crate) fn deliveries(&self) -> Vec<WebhookDelivery> {
        lock(&self.shared.log).iter().cloned().collect()
    }

    /// Waits until nothing is pending.
    pub(crate) async fn settled(&self) {
        // The sender is in `self`, so it is not closed.
        let _ = self.shared.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    fn queue(&self, shared: &Arc<Shared>, task: Task) {
        // A worker ends only when its `Worker` is dropped.
        let _ = self.queue.send(Job { task, _pending: Pending::new(shared) });
    }
}

/// Runs the jobs of a subscription, one after the other.
async fn run(shared: Arc<Shared>, subscription: String, mut jobs: UnboundedReceiver<Job>) {
    let mut endpoint = Endpoint { shared, subscription, permitted: None, allowed: true };
    while let Some(job) = jobs.recv().await {
        match &job.task {
            Task::Handshake(url) => endpoint.shake_hands(url).await,
            Task::Deliver { id, kind, body } => endpoint.deliver(id, kind, body).await,
        }
    }
}

/// The other side of a subscription.
struct Endpoint {
    shared: Arc<Shared>,
    subscription: String,
    /// The URL, if the endpoint permits deliveries.
    permitted: Option<Url>,
    /// Whether the sandbox may send anything to the host.
    allowed: bool,
}

impl Endpoint {
    fn log(&self, event: Option<(&str, &str)>, outcome: WebhookOutcome) {
        let (event_id, event_type) = event.map(|(id, kind)| (id.into(), kind.into())).unzip();
        let subscription = self.subscription.clone();
        let mut log = lock(&self.shared.log);
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(WebhookDelivery { subscription, event_id, event_type, outcome });
    }

    async fn shake_hands(&mut self, url: &Url) {
        self.permitted = None;
        self.allowed = self.shared.settings.allow(url);
        if !self.allowed {
            return self.log(None, WebhookOutcome::HostNotAllowed);
        }
        let request = request(Method::OPTIONS, url)
            .header("webhook-request-origin", ORIGIN)
            .header("webhook-request-rate", "120");
        match send(url, request, Bytes::new()).await {
            Ok((status, headers)) => {
                self.log(None, WebhookOutcome::Responded(status));
                if (200..300).contains(&status) && permits(&headers) {
                    self.permitted = Some(url.clone());
                }
            }
            Err(reason) => self.log(None, WebhookOutcome::Failed(reason)),
        }
    }

    async fn deliver(&mut self, id: &str, kind: &str, body: &Bytes) {
        let event = Some((id, kind));
        let Some(url) = self.permitted.clone() else {
            let host_not_allowed = WebhookOutcome::HostNotAllowed;
            let reason = if self.allowed { WebhookOutcome::NotPermitted } else { host_not_allowed };
            return self.log(event, reason);
        };
        let mut wait = FIRST_WAIT;
        for left in (0..self.shared.settings.attempts).rev() {
            let request = request(Method::POST, &url)
                .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
                .header("aeg-event-type", "Notification");
            let pause = match send(&url, request, body.clone()).await {
                Ok((status, headers)) => {
                    self.log(event, WebhookOutcome::Responded(status));
                    match status {
                        410 => {
                            self.permitted = None;
                            return;
                        }
                        // The sender must wait as long as the endpoint demands.
                        429 => retry_after(&headers).unwrap_or(wait),
                        408 | 500.. => wait,
                        _ => return,
                    }
                }
                Err(reason) => {
                    self.log(event, WebhookOutcome::Failed(reason));
                    wait
                }
            };
            if left > 0 {
                tokio::time::sleep(pause).await;
                wait *= 2;
            }
        }
    }
}

impl WebhookSettings {
    fn allow(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        is_loopback(url) || self.hosts.iter().any(|allowed| allowed == host)
    }
}

fn request(method: Method, url: &Url) -> Builder {
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    Request::builder().method(method).uri(target).header(HOST, host)
}

async fn send(url: &Url, request: Builder, body: Bytes) -> Result<(u16, HeaderMap), String> {
    if url.scheme() != "http" {
        return Err(format!("the sandbox delivers to http URLs only, not to {}", url.scheme()));
    }
    let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
    let (status, headers) = client::send(url, request).await?;
    Ok((status.as_u16(), headers))
}

/// Whether the response to a handshake permits deliveries by this sender.
fn permits(headers: &HeaderMap) -> bool {
    let origin = headers.get("webhook-allowed-origin");
    let permitted = origin.is_some_and(|origin| origin == "*" || origin == ORIGIN);
    permitted && headers.contains_key("webhook-allowed-rate")
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_allowed_hosts_get_deliveries() {
        let settings =
            WebhookSettings { hosts: vec!["app.internal".into()], ..WebhookSettings::default() };
        for (url, allowed) in [
            ("http://127.0.0.1:1/a", true),
            ("http://[::1]:1/a", true),
            ("http://localhost/", true),
            ("http://app.internal:81/", true),
            ("http://APP.internal/", true),
            ("http://app.internal.example/", false),
            ("http://localhost.example/", false),
            ("http://10.0.0.1/", false),
            ("http://user@app.internal@10.0.0.1/", false),
        ] {
            assert_eq!(settings.allow(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }

    #[test]
    fn a_handshake_needs_origin_and_rate() {
        let permits = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            permits(&headers)
        };
        let rate = ("webhook-allowed-rate", "*");
        assert!(permits(&[("webhook-allowed-origin", ORIGIN), rate]));
        assert!(permits(&[("webhook-allowed-origin", "*"), rate]));
        assert!(!permits(&[("webhook-allowed-origin", "other.example"), rate]));
        assert!(!permits(&[("webhook-allowed-origin", "*")]));
        assert!(!permits(&[rate]));
    }
}
