//! TUS 1.0.0 (core protocol and creation), opened and closed by two calls of the platform's own.

use std::{ops::Range, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use oneteg_http::{
    AppendSink, AppendUpload, CallOptions, Error, ErrorKind, Method, RetryPolicy, Transfer,
    UploadSource,
    codegen::{Operation, from_value},
    reqwest::{Url, header},
};
use serde_json::{Map, Value, json};

use super::{UploadState, Uploaded, patience::until_assembled, state::TusSession};
use crate::{Client, ErrorCode, operations, types::File};

pub(super) const VERSION: &str = "1.0.0";

const fn operation(id: &'static str, method: Method, path: &'static str, twice: bool) -> Operation {
    use oneteg_http::{Confidence, Evidence};
    Operation::new(
        id,
        "tus",
        method,
        path,
        twice,
        Evidence::new(Confidence::Corroborated, &[], None),
    )
}

static CREATE: Operation = operation("tus_create", Method::POST, "/tus", false);
static OFFSET: Operation = operation("tus_offset", Method::HEAD, "/tus/{uploadId}", true);
static PATCH: Operation = operation("tus_patch", Method::PATCH, "/tus/{uploadId}", false);
pub(super) static CANCEL: Operation =
    operation("tus_cancel", Method::DELETE, "/tus/{uploadId}", true);

/// Opens the upload, or asks where it is, and sends the rest.
pub(super) async fn start(
    client: Client,
    state: &mut UploadState,
    source: UploadSource,
    assembly: Duration,
) -> Result<Transfer<Uploaded>, Error> {
    let sink = |session: &TusSession, state: &UploadState| {
        Ok::<_, Error>(Tus {
            url: url(&client, &session.location)?,
            client: client.clone(),
            token: session.token.clone(),
            state: state.clone(),
            assembly,
        })
    };
    let (session, offset) = match state.tus.take() {
        Some(session) => match offset(&client, &url(&client, &session.location)?).await {
            Ok(offset) => (session, offset),
            Err(error) => {
                let sink = sink(&session, state)?;
                state.tus = Some(session);
                return sink.finished(error).await;
            }
        },
        None => open(&client, state).await?,
    };
    let sink = sink(&session, state)?;
    state.tus = Some(session);
    Ok(AppendUpload::new(source, sink).piece_size(state.piece_size).start_at(offset).start())
}

/// The URL of an upload on the client's platform.
pub(super) fn url(client: &Client, location: &str) -> Result<Url, Error> {
    let url = client.tus().join(location).ok();
    url.filter(|url| url.origin() == client.tus().origin()).ok_or_else(|| {
        Error::new(ErrorKind::InvalidRequest, "the state of the upload was changed; begin anew")
    })
}

/// Asks the platform for a session, and its TUS server for an upload.
async fn open(client: &Client, state: &UploadState) -> Result<(TusSession, u64), Error> {
    let opening = json!({"name": state.name, "target": state.folder_id, "size": state.size});
    let request = client.request(Method::POST, "/file/tus").operation(&operations::CREATE_TUS_FILE);
    let answer = request.json(&opening).send::<Value>().await?;
    let token = session_key(&answer).ok_or_else(|| {
        let message = "the platform opened the upload without a `sessionKey`";
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
    let location = created.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    let location = location.ok_or_else(|| {
        Error::new(ErrorKind::Decode, "the TUS server created the upload without a `Location`")
    })?;
    let session =
        TusSession { token: token.to_owned(), location: at_home(client.tus(), location)? };
    // The upload may have bytes from before: of a session that the platform gave out again.
    let offset = match read_offset(created.headers()) {
        Some(offset) => offset,
        None => offset(client, &url(client, &session.location)?).await?,
    };
    Ok((session, offset))
}

/// `{"sessionKey": ..}`, or an array of it.
fn session_key(answer: &Value) -> Option<&str> {
    let object = if answer.is_array() { &answer[0] } else { answer };
    object["sessionKey"].as_str().filter(|key| !key.is_empty())
}

/// Path and query of a `Location`, which has to be on the platform: everything sent there carries the
/// credential.
fn at_home(endpoint: &Url, location: &str) -> Result<String, Error> {
    let unreadable = || Error::new(ErrorKind::Decode, "the `Location` of the upload is no URL");
    let target = endpoint.join(location).map_err(|_| unreadable())?;
    // Behind a proxy that ends TLS, servers write their own scheme and an inner port; ours are used anyway.
    if target.host() != endpoint.host() || !matches!(target.scheme(), "http" | "https") {
        let host = target.host_str().unwrap_or("none").to_owned();
        let message = format!(
            "the TUS server placed the upload on another host ({host}), where the credential must not go"
        );
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    Ok(match target.query() {
        Some(query) => format!("{}?{query}", target.path()),
        None => target.path().to_owned(),
    })
}

async fn offset(client: &Client, url: &Url) -> Result<u64, Error> {
    let request = client.runtime().request_url(Method::HEAD, url.clone()).operation(&OFFSET);
    let answer = request
        .options(CallOptions::new().idempotent(true))
        .header("tus-resumable", VERSION)
        .send_empty()
        .await?;
    read_offset(answer.headers()).ok_or_else(|| {
        Error::new(
            ErrorKind::Decode,
            "the TUS server does not say how much it has (`Upload-Offset`)",
        )
    })
}

fn read_offset(headers: &header::HeaderMap) -> Option<u64> {
    headers.get("upload-offset")?.to_str().ok()?.trim().parse().ok()
}

struct Tus {
    client: Client,
    url: Url,
    token: String,
    state: UploadState,
    assembly: Duration,
}

impl AppendSink for Tus {
    type Output = Uploaded;

    async fn append(&self, range: Range<u64>, piece: UploadSource) -> Result<u64, Error> {
        let request = self.client.runtime().request_url(Method::PATCH, self.url.clone());
        let answer = request
            .operation(&PATCH)
            .header("tus-resumable", VERSION)
            .header("upload-offset", &range.start.to_string())
            .header("content-type", "application/offset+octet-stream")
            .body(piece)
            .send_empty()
            .await?;
        // 204 by the protocol; the platform answers 200, with the number in the body.
        Ok(read_offset(answer.headers()).unwrap_or(range.end))
    }

    async fn recover(&self, _: Range<u64>, error: &Error) -> Result<Option<u64>, Error> {
        let transient = matches!(
            error.kind(),
            ErrorKind::Connect
                | ErrorKind::Transport
                | ErrorKind::Timeout
                | ErrorKind::Server
                | ErrorKind::RateLimited
                | ErrorKind::Locked
        );
        // 409: the offset was another one than ours (core protocol, `PATCH`).
        if !transient && error.kind() != ErrorKind::Conflict {
            return Ok(None);
        }
        offset(&self.client, &self.url).await.map(Some)
    }

    async fn finish(&self) -> Result<Uploaded, Error> {
        let answer = until_assembled(self.assembly, || self.close()).await?;
        Ok(self.uploaded(file(answer)?).await)
    }
}

impl Tus {
    /// Closes the session, which creates the file.
    async fn close(&self) -> Result<Value, Error> {
        let options = CallOptions::new().retry(RetryPolicy::none());
        let request = self.client.request(Method::POST, "/file/tus").options(options);
        let request = request.operation(&operations::CREATE_TUS_FILE);
        Ok(request.json(&json!({"token": self.token})).send::<Value>().await?.into_inner())
    }

    /// For an upload whose offset could not be requested: the TUS server has forgotten it if it had
    /// finished, but closing its session once more makes the platform return the file.
    async fn finished(self, error: Error) -> Result<Transfer<Uploaded>, Error> {
        if ErrorCode::of(&error) != Some(ErrorCode::UploadExpired) {
            return Err(error);
        }
        let answer = self.close().await.ok();
        let is_whole = |found: &File| {
            found.id.is_some()
                && found.size.is_none_or(|size| u64::try_from(size).ok() == Some(self.state.size))
        };
        let found = answer.and_then(|answer| file(answer).ok()).filter(is_whole).ok_or(error)?;
        let size = self.state.size;
        Ok(Transfer::spawn(Some(size), async move { Ok(self.uploaded(found).await) }))
    }

    /// The end of an upload whose file exists.
    async fn uploaded(&self, mut file: File) -> Uploaded {
        let date_failure = match self.set_dates(&file).await {
            Ok(Some(dated)) => {
                file = dated;
                None
            }
            Ok(None) => None,
            Err(error) => Some(error),
        };
        Uploaded { file, asked: self.state.name.clone(), date_failure }
    }

    /// Sets the dates, for which TUS has no place. The file with them, where the answer has it.
    async fn set_dates(&self, file: &File) -> Result<Option<File>, Error> {
        let dates = [("creation", self.state.created), ("modification", self.state.modified)];
        let dates = dates.into_iter().filter_map(|(name, date)| {
            let text = date?.to_rfc3339_opts(SecondsFormat::Secs, true);
            Some((name.to_owned(), Value::from(text)))
        });
        let dates: Map<String, Value> = dates.collect();
        let (Some(id), false) = (file.id, dates.is_empty()) else { return Ok(None) };
        let request = self.client.request(Method::PUT, format!("/file/{id}"));
        let request = request.operation(&operations::UPDATE_FILE);
        let answer = request.json(&dates).send::<Value>().await?.into_inner();
        Ok(from_value::<File>(&answer).ok().filter(|file| file.id.is_some()))
    }
}

/// The file of a closing answer: an object, or an array of it.
fn file(mut answer: Value) -> Result<File, Error> {
    let object = match answer.as_array_mut().filter(|list| !list.is_empty()) {
        Some(list) => list.swap_remove(0),
        None => answer,
    };
    from_value(&object).map_err(|error| {
        let message = format!("the upload is done, but its answer is no file: {error}");
        Error::new(ErrorKind::Decode, message)
    })
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
    fn an_upload_stays_on_the_platform() {
        let endpoint = Url::parse("https://c.example/api/tus").unwrap();
        for home in [
            "https://c.example/api/tus/1?x=y",
            "http://c.example/api/tus/1?x=y",
            "/api/tus/1?x=y",
            "//c.example/api/tus/1?x=y",
            // Behind a proxy that shows the port of the server behind it.
            "https://c.example:8443/api/tus/1?x=y",
            "http://c.example:8080/api/tus/1?x=y",
            "//C.EXAMPLE:1080/api/tus/1?x=y",
        ] {
            assert_eq!(at_home(&endpoint, home).unwrap(), "/api/tus/1?x=y", "{home}");
        }
        for away in [
            "https://evil.example/api/tus/1",
            "https://c.example.evil.example/1",
            "https://c.example:443@evil.example/1",
            "//evil.example/1",
            "//evil.example:443/1",
            "data:x",
        ] {
            let refused = at_home(&endpoint, away).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Configuration, "{away}");
        }
    }
}
