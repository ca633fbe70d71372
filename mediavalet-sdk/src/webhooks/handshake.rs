//! The handshake by which a sender asks for permission to deliver.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header::ALLOW};

const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const REQUEST_RATE: HeaderName = HeaderName::from_static("webhook-request-rate");
const REQUEST_CALLBACK: HeaderName = HeaderName::from_static("webhook-request-callback");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// The response to a handshake request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HandshakeResponse {
    /// 200 if the sender may deliver, 403 if it may not, 400 if the request is not a handshake.
    pub status: StatusCode,
    /// The headers of the response.
    pub headers: HeaderMap,
    /// The URL by which the sender can be granted permission later, if it sent one. It comes from an
    /// unauthenticated request, so validate it before you send a request to it.
    pub callback: Option<String>,
}

/// Returns the response to the OPTIONS request by which a sender asks whether it may deliver (CloudEvents, HTTP
/// 1.1 Web Hooks for Event Delivery, section 4).
///
/// `allow` decides by the sender's origin, such as `eventgrid.azure.net`. `max_per_minute` limits the rate that is
/// granted; with `None`, the sender gets the rate that it requests.
///
/// ```
/// use http::HeaderMap;
/// use mediavalet_sdk::webhooks::handshake;
///
/// let mut request = HeaderMap::new();
/// request.insert("WebHook-Request-Origin", "eventgrid.azure.net".parse()?);
/// request.insert("WebHook-Request-Rate", "500".parse()?);
/// let response = handshake(&request, |origin| origin == "eventgrid.azure.net", Some(120));
/// assert_eq!(response.status, 200);
/// assert_eq!(response.headers["WebHook-Allowed-Origin"], "eventgrid.azure.net");
/// assert_eq!(response.headers["WebHook-Allowed-Rate"], "120");
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn handshake(
    request: &HeaderMap,
    allow: impl FnOnce(&str) -> bool,
    max_per_minute: Option<u32>,
) -> HandshakeResponse {
    let header = |name: &HeaderName| request.get(name)?.to_str().ok().map(str::trim);
    let respond = |status, headers| {
        let callback = header(&REQUEST_CALLBACK).filter(|url| !url.is_empty()).map(str::to_owned);
        HandshakeResponse { status, headers, callback }
    };
    let origin = header(&REQUEST_ORIGIN).filter(|origin| !origin.is_empty());
    let Some((origin, value)) = origin.zip(request.get(&REQUEST_ORIGIN)) else {
        return respond(StatusCode::BAD_REQUEST, HeaderMap::new());
    };
    if !allow(origin) {
        return respond(StatusCode::FORBIDDEN, HeaderMap::new());
    }
    let mut headers = HeaderMap::new();
    headers.insert(ALLOWED_ORIGIN, value.clone());
    if let Ok(method) = HeaderValue::from_str(Method::POST.as_str()) {
        headers.insert(ALLOW, method);
    }
    // The response must have a rate if the request has one, and may have one otherwise.
    let requested =
        header(&REQUEST_RATE).map(|rate| rate.parse::<u32>().ok().filter(|rate| *rate > 0));
    // A rate is at least 1.
    let granted = match (requested.flatten(), max_per_minute) {
        (Some(requested), Some(max)) => Some(HeaderValue::from(requested.min(max.max(1)))),
        (Some(requested), None) => Some(HeaderValue::from(requested)),
        (None, Some(max)) => Some(HeaderValue::from(max.max(1))),
        // A request for a rate that cannot be read: any rate is allowed.
        (None, None) => requested.is_some().then(|| HeaderValue::from_static("*")),
    };
    headers.extend(granted.map(|rate| (ALLOWED_RATE, rate)));
    respond(StatusCode::OK, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(pairs: &[(&'static str, &str)], max: Option<u32>) -> HandshakeResponse {
        let mut request = HeaderMap::new();
        for (name, value) in pairs {
            request.insert(*name, value.parse().unwrap());
        }
        handshake(&request, |origin| origin == "good", max)
    }

    #[test]
    fn rates_are_limited_and_returned_if_requested() {
        let rate = |rate: Option<&str>, max| {
            let mut pairs = vec![("webhook-request-origin", "good")];
            pairs.extend(rate.map(|rate| ("webhook-request-rate", rate)));
            let headers = respond(&pairs, max).headers;
            headers.get(ALLOWED_RATE).map(|rate| rate.to_str().unwrap().to_owned())
        };
        assert_eq!(rate(Some("50"), Some(120)).as_deref(), Some("50"));
        assert_eq!(rate(Some("500"), Some(120)).as_deref(), Some("120"));
        assert_eq!(rate(Some("500"), None).as_deref(), Some("500"));
        assert_eq!(rate(Some("any"), None).as_deref(), Some("*"));
        assert_eq!(rate(Some("0"), Some(0)).as_deref(), Some("1"));
        assert_eq!(rate(None, Some(120)).as_deref(), Some("120"));
        assert_eq!(rate(None, None), None);
    }

    #[test]
    fn other_senders_and_other_requests_are_refused() {
        let other = respond(&[("webhook-request-origin", "bad")], None);
        assert_eq!((other.status.as_u16(), other.headers.len()), (403, 0));
        for none in [&[][..], &[("webhook-request-origin", " ")], &[("webhook-request-rate", "1")]]
        {
            assert_eq!(respond(none, None).status, 400);
        }
        let later =
            [("webhook-request-origin", "good"), ("webhook-request-callback", "https://x/y")];
        assert_eq!(respond(&later, None).callback.as_deref(), Some("https://x/y"));
    }
}
