//! Uploads over TUS.
//!
//! | State | Request | Next state |
//! |---|---|---|
//! | new | `POST /file/tus` (platform) | has a session key |
//! | has a session key | `POST /tus` with the key | open at the `Location`, at offset 0 |
//! | has a session key, but the server's offset is not 0 | `DELETE` | new, once: the bytes are those of another upload; then failed |
//! | open | `PATCH` from the offset | open; complete once the offset is the size |
//! | open, `PATCH` failed for a passing reason or with 409 | `HEAD` | open at the server's offset |
//! | open, `PATCH` failed otherwise | | failed |
//! | complete | `POST /file/tus` with the key (platform) | finished; still assembling with 423, polls again |
//! | finished, with dates to set | `PUT /file/{id}` (platform) | finished; a failure is [`Uploaded::date_failure`] |
//! | resumed | `HEAD` | open at the server's offset; maybe finished with 404 or 410 |
//! | maybe finished | `POST /file/tus` with the key (platform) | finished if it returns the complete file, otherwise expired |

use std::{ops::Range, time::Duration};

use oneteg_http::{
    AppendSink, AppendUpload, Error, ErrorKind, Method, Transfer, UploadSource,
    codegen::from_value, reqwest::Url,
};
use serde_json::{Map, Value};

use super::{
    UploadState, Uploaded, state::TusSession, tus_protocol as protocol, wait::until_assembled,
};
use crate::{Client, ErrorCode, operations, types::File};

/// What is left to do for an upload that is open on the server.
pub(super) enum TusUpload {
    /// Send the bytes from the server's offset.
    Unfinished { sink: Box<TusSink>, offset: u64 },
    /// Nothing: a resumed upload had finished before.
    Finished(Transfer<Uploaded>),
}

impl TusUpload {
    /// Opens the upload, or finds where to resume it. Puts the session into the state.
    ///
    /// # Errors
    /// Those of opening it; [`ErrorCode::UploadExpired`] if the server does not know the session of a resumed upload
    /// that had not finished; [`ErrorKind::Integrity`] if a new upload has bytes of an earlier one.
    pub(super) async fn open(
        client: Client,
        state: &mut UploadState,
        assembly_timeout: Duration,
    ) -> Result<Self, Error> {
        let (session, offset) = match state.tus.take() {
            Some(session) => {
                let url = protocol::upload_url(&client, &session)?;
                (session, protocol::offset(&client, &url).await)
            }
            None => (protocol::open_empty(&client, state).await?, Ok(0)),
        };
        let sink = TusSink::new(client, state, &session, assembly_timeout)?;
        state.tus = Some(session);
        match offset {
            Ok(offset) => Ok(Self::Unfinished { sink: Box::new(sink), offset }),
            Err(error) => sink.finished_before(error).await.map(Self::Finished),
        }
    }

    /// Sends the bytes that the server does not have.
    pub(super) fn start(self, source: UploadSource) -> Transfer<Uploaded> {
        match self {
            Self::Unfinished { sink, offset } => {
                let piece_size = sink.state.piece_size;
                let upload = AppendUpload::new(source, *sink).piece_size(piece_size);
                upload.start_at(offset).start()
            }
            Self::Finished(transfer) => transfer,
        }
    }
}

pub(super) struct TusSink {
    client: Client,
    url: Url,
    token: String,
    state: UploadState,
    assembly_timeout: Duration,
}

impl AppendSink for TusSink {
    type Output = Uploaded;

    async fn append(&self, range: Range<u64>, piece: UploadSource) -> Result<u64, Error> {
        let offset = protocol::patch(&self.client, &self.url, range.start, piece).await?;
        Ok(offset.unwrap_or(range.end))
    }

    async fn recover(&self, _: Range<u64>, error: &Error) -> Result<Option<u64>, Error> {
        if !may_continue(error.kind()) {
            return Ok(None);
        }
        protocol::offset(&self.client, &self.url).await.map(Some)
    }

    async fn finish(&self) -> Result<Uploaded, Error> {
        let response =
            until_assembled(self.assembly_timeout, || protocol::close(&self.client, &self.token));
        let file = read_file(response.await?)?;
        Ok(self.with_dates(file).await)
    }
}

/// Whether an upload can continue at the server's offset after this error of a piece.
fn may_continue(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Connect
            | ErrorKind::Transport
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::Locked
            // 409: the server has another offset than ours (core protocol, `PATCH`).
            | ErrorKind::Conflict
    )
}

impl TusSink {
    fn new(
        client: Client,
        state: &UploadState,
        session: &TusSession,
        assembly_timeout: Duration,
    ) -> Result<Self, Error> {
        let url = protocol::upload_url(&client, session)?;
        Ok(Self {
            client,
            url,
            token: session.token.clone(),
            state: state.clone(),
            assembly_timeout,
        })
    }

    /// For a resumed upload whose offset is unavailable. The TUS server forgets a finished upload, but closing
    /// its session once more makes the platform return the file.
    async fn finished_before(self, error: Error) -> Result<Transfer<Uploaded>, Error> {
        if ErrorCode::of(&error) != Some(ErrorCode::UploadExpired) {
            return Err(error);
        }
        let response = protocol::close(&self.client, &self.token).await.ok();
        let is_complete = |file: &File| {
            file.size.is_some_and(|size| u64::try_from(size).ok() == Some(self.state.size))
        };
        let file = response.and_then(|response| read_file(response).ok());
        let file = file.filter(is_complete).ok_or(error)?;
        let size = self.state.size;
        Ok(Transfer::spawn(Some(size), async move { Ok(self.with_dates(file).await) }))
    }

    /// Gives a complete file its dates.
    async fn with_dates(&self, file: File) -> Uploaded {
        match self.set_dates(&file).await {
            Ok(dated) => Uploaded::new(dated.unwrap_or(file), &self.state),
            Err(error) => Uploaded::new(file, &self.state).with_date_failure(error),
        }
    }

    /// Sets the dates in a separate call, since TUS cannot carry them. Returns the updated file, if the response
    /// contains it.
    async fn set_dates(&self, file: &File) -> Result<Option<File>, Error> {
        let dates = self.state.formatted_dates();
        let dates: Map<String, Value> =
            dates.map(|(name, date)| (name.to_owned(), Value::from(date))).collect();
        if dates.is_empty() {
            return Ok(None);
        }
        let request = self.client.request(Method::PUT, format!("/file/{}", file.id));
        let request = request.operation(&operations::UPDATE_FILE);
        let response = request.json(&dates).send::<Value>().await?.into_inner();
        Ok(from_value::<File>(&response).ok())
    }
}

/// The file in the response to closing a session: an object, or an array of it.
fn read_file(mut response: Value) -> Result<File, Error> {
    let object = match response.as_array_mut().filter(|list| !list.is_empty()) {
        Some(list) => list.swap_remove(0),
        None => response,
    };
    from_value(&object).map_err(|error| {
        let message = format!("the upload is complete, but its response is not a file: {error}");
        Error::new(ErrorKind::Decode, message)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_closing_response_has_the_file_or_a_list_of_it() {
        let id = |response| read_file(response).map(|file| file.id);
        assert_eq!(id(json!({"id": 7})).unwrap(), 7);
        assert_eq!(id(json!([{"id": 7}, {"id": 8}])).unwrap(), 7);
        for other in [json!([]), json!(null), json!("done"), json!([[]])] {
            assert_eq!(id(other.clone()).unwrap_err().kind(), ErrorKind::Decode, "{other}");
        }
    }

    #[test]
    fn an_upload_continues_after_passing_failures_and_other_offsets() {
        for kind in [ErrorKind::Transport, ErrorKind::Locked, ErrorKind::Conflict] {
            assert!(may_continue(kind), "{kind:?}");
        }
        for kind in
            [ErrorKind::NotFound, ErrorKind::TooLarge, ErrorKind::Authentication, ErrorKind::Api]
        {
            assert!(!may_continue(kind), "{kind:?}");
        }
    }
}
