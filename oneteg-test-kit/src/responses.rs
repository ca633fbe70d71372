//! Responses without a server.

/// A response with a status, headers and a body, for a custom [`Transport`](oneteg_http::Transport).
///
/// # Panics
/// If the status or a header is invalid.
#[allow(clippy::expect_used)]
pub fn http_response(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> reqwest::Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a valid response").into()
}
