//! Uploads as multipart forms: one form with the whole file, or one per chunk.
//!
//! | Response to a chunk | Next |
//! |---|---|
//! | success | the next chunk; after the last one, the file in the response, or polls the folder until it appears |
//! | 423 to the last chunk | all chunks have arrived: polls the folder |
//! | 423 to the listing of the folder before the first chunk | nothing was sent: lists it again |
//! | 423, 429, or no connection | the chunk was not processed: sends it again |
//! | anything else | fails: the platform may have the chunk, and sending it twice would make a different file |

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use oneteg_http::{
    AppendSink, AppendUpload, CallOptions, Error, ErrorKind, FilePart, RetryPolicy, Transfer,
    UploadSource,
    codegen::{Form, OperationRequest, from_value},
};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{UploadState, Uploaded, find, wait::until_assembled};
use crate::{Client, operations, types::File};

/// Starts an upload in one form.
pub(super) fn start_simple(
    client: Client,
    state: &UploadState,
    source: UploadSource,
) -> Transfer<Uploaded> {
    let request = form_request(state, with_dates(state, CallOptions::new()), source, &[]);
    let state = state.clone();
    Transfer::spawn(Some(state.size), async move {
        let file = client.runtime().json::<File>(request).await?.into_inner();
        Ok(Uploaded::new(file, &state))
    })
}

/// Starts an upload in one form per chunk.
pub(super) fn start_chunked(
    client: Client,
    state: &UploadState,
    source: UploadSource,
    assembly_timeout: Duration,
) -> Transfer<Uploaded> {
    if state.size == 0 {
        // An empty file has no chunk.
        return start_simple(client, state, source);
    }
    let sink = ChunkSink {
        client,
        state: state.clone(),
        assembly_timeout,
        existing: OnceCell::new(),
        returned: Mutex::new(None),
    };
    AppendUpload::new(source, sink).piece_size(state.piece_size).start()
}

struct ChunkSink {
    client: Client,
    state: UploadState,
    assembly_timeout: Duration,
    /// IDs of the folder's files before the first chunk, to recognise the new file later.
    existing: OnceCell<BTreeSet<i64>>,
    /// The file, if the response to the last chunk contained it.
    returned: Mutex<Option<File>>,
}

impl ChunkSink {
    fn is_last(&self, range: &Range<u64>) -> bool {
        range.end == self.state.size
    }
}

impl AppendSink for ChunkSink {
    type Output = Uploaded;

    async fn append(&self, range: Range<u64>, chunk: UploadSource) -> Result<u64, Error> {
        self.existing.get_or_try_init(|| find::ids(&self.client, &self.state)).await?;
        let state = &self.state;
        // The runtime must not retry: it would send the last chunk again after 423, although all have arrived.
        let mut options = CallOptions::new().retry(RetryPolicy::none());
        if range.start == 0 || self.is_last(&range) {
            options = with_dates(state, options);
        }
        let fields = [
            ("chunk", range.start / state.piece_size),
            ("chunks", state.size.div_ceil(state.piece_size)),
            ("chunksSize", state.piece_size),
        ];
        let request = form_request(state, options, chunk, &fields);
        let response = self.client.runtime().json::<Value>(request).await?.into_inner();
        if self.is_last(&range) {
            let file = from_value::<File>(&response).ok();
            *self.returned.lock().unwrap_or_else(PoisonError::into_inner) = file;
        }
        Ok(range.end)
    }

    async fn recover(&self, range: Range<u64>, error: &Error) -> Result<Option<u64>, Error> {
        // Without the list, the error is that of listing the folder, and no chunk was sent.
        let was_sent = self.existing.initialized();
        Ok(resume_offset(error.kind(), &range, was_sent && self.is_last(&range)))
    }

    async fn finish(&self) -> Result<Uploaded, Error> {
        let returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = match returned {
            Some(file) => file,
            None => {
                let existing = self.existing.get_or_init(|| async { BTreeSet::new() }).await;
                let poll = || find::new_file(&self.client, &self.state, existing);
                until_assembled(self.assembly_timeout, poll).await?
            }
        };
        Ok(Uploaded::new(file, &self.state))
    }
}

/// Where to continue after a chunk failed; `None` if the upload has failed with it. `is_last` is whether it is the
/// last chunk and was sent.
fn resume_offset(kind: ErrorKind, chunk: &Range<u64>, is_last: bool) -> Option<u64> {
    match kind {
        ErrorKind::Locked if is_last => Some(chunk.end),
        ErrorKind::Locked | ErrorKind::RateLimited | ErrorKind::Connect => Some(chunk.start),
        _ => None,
    }
}

/// Forms carry the dates in the query.
fn with_dates(state: &UploadState, options: CallOptions) -> CallOptions {
    state.formatted_dates().fold(options, |options, (name, date)| options.query(name, date))
}

/// A form with the whole file or one chunk. The file is the last part, so that the platform knows the folder and
/// the size before it reads the content.
fn form_request(
    state: &UploadState,
    options: CallOptions,
    content: UploadSource,
    fields: &[(&'static str, u64)],
) -> Box<OperationRequest> {
    let mut form = Form::default();
    form.text("folderId", state.folder_id.to_string());
    form.text("fileSize", state.size.to_string());
    for (name, value) in fields {
        form.text(*name, value.to_string());
    }
    form.file("targetFile", FilePart::new(&state.name, content));
    let mut request = OperationRequest::new(&operations::UPLOAD_FILE, options.query("full", 1));
    request.form(form);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_sent_again_only_if_it_was_not_processed() {
        let chunk = 3..6;
        for kind in [ErrorKind::Locked, ErrorKind::RateLimited, ErrorKind::Connect] {
            assert_eq!(resume_offset(kind, &chunk, false), Some(3), "{kind:?}");
        }
        assert_eq!(resume_offset(ErrorKind::Locked, &chunk, true), Some(6));
        assert_eq!(resume_offset(ErrorKind::RateLimited, &chunk, true), Some(3));
        for kind in
            [ErrorKind::Transport, ErrorKind::Timeout, ErrorKind::Server, ErrorKind::Conflict]
        {
            for is_last in [false, true] {
                assert_eq!(resume_offset(kind, &chunk, is_last), None, "{kind:?}");
            }
        }
    }
}
