use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const REQUEST_RATE: HeaderName = HeaderName::from_static("webhook-request-rate");
const REQUEST_CALLBACK: HeaderName = HeaderName::from_static("webhook-request-callback");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// The answer to a handshake.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Handshake {
    /// 200 where the sender may deliver, 403 where it may not, 400 where the request is no handshake.
    pub status: StatusCode,
    /// What to answer with.
    pub headers: HeaderMap,
    /// Where the sender wants to hear a permission that comes later, if it asked for that. Whoever calls
    /// it makes a request to an address that a stranger gave: check it first.
    pub callback: Option<String>,
}

/// Answers the request of method OPTIONS by which a sender asks whether it may deliver (CloudEvents, HTTP
/// 1.1 Web Hooks for Event Delivery, section 4).
///
/// `allow` is given the sender's origin, such as `eventgrid.azure.net`. `most_per_minute` bounds the rate
/// that is granted to a sender that asks for one; `None` grants any.
///
/// ```
/// use http::HeaderMap;
/// use mediavalet_sdk::webhooks::handshake;
///
/// let mut request = HeaderMap::new();
/// request.insert("WebHook-Request-Origin", "eventgrid.azure.net".parse()?);
/// request.insert("WebHook-Request-Rate", "500".parse()?);
/// let answer = handshake(&request, |origin| origin == "eventgrid.azure.net", Some(120));
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.headers["WebHook-Allowed-Origin"], "eventgrid.azure.net");
/// assert_eq!(answer.headers["WebHook-Allowed-Rate"], "120");
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn handshake(
    request: &HeaderMap,
    allow: impl FnOnce(&str) -> bool,
    most_per_minute: Option<u32>,
) -> Handshake {
    let text = |name: &HeaderName| request.get(name)?.to_str().ok().map(str::trim);
    let answer = |status, headers| {
        let callback = text(&REQUEST_CALLBACK).filter(|url| !url.is_empty()).map(str::to_owned);
        Handshake { status, headers, callback }
    };
    let origin = text(&REQUEST_ORIGIN).filter(|origin| !origin.is_empty());
    let Some((origin, value)) = origin.zip(request.get(&REQUEST_ORIGIN)) else {
        return answer(StatusCode::BAD_REQUEST, HeaderMap::new());
    };
    if !allow(origin) {
        return answer(StatusCode::FORBIDDEN, HeaderMap::new());
    }
    let mut headers = HeaderMap::new();
    headers.insert(ALLOWED_ORIGIN, value.clone());
    if let Ok(method) = HeaderValue::from_str(Method::POST.as_str()) {
        headers.insert(header::ALLOW, method);
    }
    // The rate must be answered where one was asked for, and may be otherwise.
    let asked = text(&REQUEST_RATE).map(|rate| rate.parse::<u32>().ok().filter(|rate| *rate > 0));
    let granted = match (asked.flatten(), most_per_minute) {
        (Some(asked), Some(most)) => Some(HeaderValue::from(asked.min(most.max(1)))),
        (Some(asked), None) => Some(HeaderValue::from(asked)),
        (None, Some(most)) => Some(HeaderValue::from(most.max(1))),
        (None, None) => asked.is_some().then(|| HeaderValue::from_static("*")),
    };
    headers.extend(granted.map(|rate| (ALLOWED_RATE, rate)));
    answer(StatusCode::OK, headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(pairs: &[(&'static str, &str)], most: Option<u32>) -> Handshake {
        let mut request = HeaderMap::new();
        for (name, value) in pairs {
            request.insert(*name, value.parse().unwrap());
        }
        handshake(&request, |origin| origin == "good", most)
    }

    #[test]
    fn rates_are_bounded_and_answered_where_asked_for() {
        let rate = |rate: Option<&str>, most| {
            let mut pairs = vec![("webhook-request-origin", "good")];
            pairs.extend(rate.map(|rate| ("webhook-request-rate", rate)));
            let headers = ask(&pairs, most).headers;
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
    fn strangers_and_other_requests_are_turned_away() {
        let stranger = ask(&[("webhook-request-origin", "bad")], None);
        assert_eq!((stranger.status.as_u16(), stranger.headers.len()), (403, 0));
        for none in [&[][..], &[("webhook-request-origin", " ")], &[("webhook-request-rate", "1")]]
        {
            assert_eq!(ask(none, None).status, 400);
        }
        let later =
            [("webhook-request-origin", "good"), ("webhook-request-callback", "https://x/y")];
        assert_eq!(ask(&later, None).callback.as_deref(), Some("https://x/y"));
    }
}
