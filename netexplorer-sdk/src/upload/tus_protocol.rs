//! The requests of TUS 1.0.0 (core protocol and creation extension), and the platform's two calls around them.
//!
//! The credential travels with each request, so a location counts only if it is on the platform's host.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use oneteg_http::{
    CallOptions, Error, ErrorKind, Method, RetryPolicy, UploadSource,
    codegen::Operation,
    reqwest::{Url, header},
};
use serde_json::{Value, json};

use super::{UploadState, state::TusSession};
use crate::{Client, operations};

const VERSION: &str = "1.0.0";

const fn operation(
    id: &'static str,
    method: Method,
    path: &'static str,
    idempotent: bool,
) -> Operation {
    use oneteg_http::{Confidence, Evidence};
    let evidence = Evidence::new(Confidence::Corroborated, &[], None);
    Operation::new(id, "tus", method, path, idempotent, evidence)
}

static CREATE: Operation = operation("tus_create", Method::POST, "/tus", false);
static OFFSET: Operation = operation("tus_offset", Method::HEAD, "/tus/{uploadId}", true);
static PATCH: Operation = operation("tus_patch", Method::PATCH, "/tus/{uploadId}", false);
static CANCEL: Operation = operation("tus_cancel", Method::DELETE, "/tus/{uploadId}", true);

/// Opens an upload without any bytes in it.
///
/// The platform may return an earlier session of the same name and length. Its bytes may be those of another version
/// of the file, so it is deleted.
///
/// # Errors
/// Those of any call; [`ErrorKind::Integrity`] if the platform returns bytes all the same.
pub(super) async fn open_empty(client: &Client, state: &UploadState) -> Result<TusSession, Error> {
    let (earlier, offset) = open(client, state).await?;
    if offset == 0 {
        return Ok(earlier);
    }
    // The second offset shows whether that worked.
    let _ = delete(client, &earlier).await;
    match open(client, state).await? {
        (session, 0) => Ok(session),
        _ => {
            let message = "the platform continues an earlier upload of the same name and length, whose bytes may \
                be those of another version; retry once it has expired";
            Err(Error::new(ErrorKind::Integrity, message))
        }
    }
}

/// Requests a session from the platform and creates the upload on its TUS server. Returns the session and the
/// server's offset.
async fn open(client: &Client, state: &UploadState) -> Result<(TusSession, u64), Error> {
    let body = json!({"name": state.name, "target": state.folder_id, "size": state.size});
    let request = client.request(Method::POST, "/file/tus").operation(&operations::CREATE_TUS_FILE);
    let response = request.json(&body).send::<Value>().await?;
    let token = session_key(&response).ok_or_else(|| {
        let message = "the platform opened the upload, but its response has no `sessionKey`";
        Error::new(ErrorKind::Decode, message)
    })?;
    let request = client.runtime().request_url(Method::POST, client.tus().clone());
    let created = request
        .operation(&CREATE)
        .header("tus-resumable", VERSION)
        .header("upload-length", &state.size.to_string())
        .header("upload-metadata", &format!("token {}", STANDARD.encode(token)))
        .send_empty()
        .await?;
    let location = created.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| {
        let message = "the TUS server created the upload, but its response has no `Location`";
        Error::new(ErrorKind::Decode, message)
    })?;
    let location = path_on_platform(client.tus(), location)?;
    let session = TusSession { token: token.to_owned(), location };
    let offset = match read_offset(created.headers()) {
        Some(offset) => offset,
        None => offset(client, &upload_url(client, &session)?).await?,
    };
    Ok((session, offset))
}

/// Asks for the offset: the number of bytes that the server has.
pub(super) async fn offset(client: &Client, url: &Url) -> Result<u64, Error> {
    let request = client.runtime().request_url(Method::HEAD, url.clone()).operation(&OFFSET);
    let response = request
        .options(CallOptions::new().idempotent(true))
        .header("tus-resumable", VERSION)
        .send_empty()
        .await?;
    read_offset(response.headers()).ok_or_else(|| {
        let message = "the TUS server's response has no valid `Upload-Offset`";
        Error::new(ErrorKind::Decode, message)
    })
}

/// Sends bytes at an offset. Returns the server's new offset, if the response has it: a TUS server responds with
/// 204 and the header, but the platform with 200 and the text `204`.
pub(super) async fn patch(
    client: &Client,
    url: &Url,
    offset: u64,
    piece: UploadSource,
) -> Result<Option<u64>, Error> {
    let request = client.runtime().request_url(Method::PATCH, url.clone());
    let response = request
        .operation(&PATCH)
        .header("tus-resumable", VERSION)
        .header("upload-offset", &offset.to_string())
        .header("content-type", "application/offset+octet-stream")
        .body(piece)
        .send_empty()
        .await?;
    Ok(read_offset(response.headers()))
}

/// Closes the session, which creates the file. The runtime does not retry: the caller polls.
pub(super) async fn close(client: &Client, token: &str) -> Result<Value, Error> {
    let options = CallOptions::new().retry(RetryPolicy::none());
    let request = client.request(Method::POST, "/file/tus").options(options);
    let request = request.operation(&operations::CREATE_TUS_FILE);
    Ok(request.json(&json!({"token": token})).send::<Value>().await?.into_inner())
}

/// Deletes the upload. One that the server no longer knows counts as deleted.
pub(super) async fn delete(client: &Client, session: &TusSession) -> Result<(), Error> {
    let request = client.runtime().request_url(Method::DELETE, upload_url(client, session)?);
    let request = request.operation(&CANCEL).header("tus-resumable", VERSION);
    match request.send_empty().await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The URL of an upload, which must be on the client's platform.
pub(super) fn upload_url(client: &Client, session: &TusSession) -> Result<Url, Error> {
    let url = client.tus().join(&session.location).ok();
    url.filter(|url| url.origin() == client.tus().origin()).ok_or_else(|| {
        let message =
            "the upload state was modified and leads to another server; start a new upload";
        Error::new(ErrorKind::InvalidRequest, message)
    })
}

/// `{"sessionKey": ..}`, or an array of it.
fn session_key(response: &Value) -> Option<&str> {
    let object = if response.is_array() { &response[0] } else { response };
    object["sessionKey"].as_str().filter(|key| !key.is_empty())
}

/// Path and query of a `Location` on the platform's host.
fn path_on_platform(endpoint: &Url, location: &str) -> Result<String, Error> {
    let target = endpoint.join(location).map_err(|_| {
        Error::new(ErrorKind::Decode, "the TUS server's `Location` is not a valid URL")
    })?;
    // Scheme and port may differ: a server behind a proxy that terminates TLS reports its inner ones. Only the
    // path is used, below the client's own scheme and port.
    if target.host() != endpoint.host() || !matches!(target.scheme(), "http" | "https") {
        let host = target.host_str().unwrap_or("none").to_owned();
        let message = format!(
            "the TUS server placed the upload on another host ({host}); the credential is not sent there"
        );
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    Ok(match target.query() {
        Some(query) => format!("{}?{query}", target.path()),
        None => target.path().to_owned(),
    })
}

fn read_offset(headers: &header::HeaderMap) -> Option<u64> {
    headers.get("upload-offset")?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_key_comes_in_two_forms() {
        assert_eq!(session_key(&json!({"sessionKey": "k"})), Some("k"));
        assert_eq!(session_key(&json!([{"sessionKey": "k"}])), Some("k"));
        for none in [json!(null), json!([]), json!({}), json!({"sessionKey": ""}), json!("k")] {
            assert_eq!(session_key(&none), None);
        }
    }

    #[test]
    fn an_offset_is_a_whole_number_of_bytes() {
        let read = |value: &'static str| {
            let value = header::HeaderValue::from_static(value);
            read_offset(&header::HeaderMap::from_iter([("upload-offset".parse().unwrap(), value)]))
        };
        assert_eq!((read("0"), read(" 70000 ")), (Some(0), Some(70_000)));
        assert_eq!(read("18446744073709551615"), Some(u64::MAX));
        for invalid in ["", "-1", "1.5", "0x10", "18446744073709551616", "7, 7"] {
            assert_eq!(read(invalid), None, "{invalid:?}");
        }
        assert_eq!(read_offset(&header::HeaderMap::new()), None);
    }

    #[test]
    fn an_upload_stays_on_the_platform() {
        let endpoint = Url::parse("https://c.example/api/tus").unwrap();
        for on_platform in [
            "https://c.example/api/tus/1?x=y",
            "http://c.example/api/tus/1?x=y",
            "/api/tus/1?x=y",
            "//c.example/api/tus/1?x=y",
            // The inner port of a server behind a proxy.
            "https://c.example:8443/api/tus/1?x=y",
            "http://c.example:8080/api/tus/1?x=y",
            "//C.EXAMPLE:1080/api/tus/1?x=y",
        ] {
            let path = path_on_platform(&endpoint, on_platform).unwrap();
            assert_eq!(path, "/api/tus/1?x=y", "{on_platform}");
        }
        for foreign in [
            "https://evil.example/api/tus/1",
            "https://c.example.evil.example/1",
            "https://c.example:443@evil.example/1",
            "//evil.example/1",
            "//evil.example:443/1",
            "data:x",
        ] {
            let refused = path_on_platform(&endpoint, foreign).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Configuration, "{foreign}");
        }
    }
}
