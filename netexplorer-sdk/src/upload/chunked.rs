use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use oneteg_http::{
    AppendSink, AppendUpload, CallOptions, Error, ErrorKind, RetryPolicy, Transfer, UploadSource,
    codegen::from_value,
};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{UploadState, Uploaded, find, patience::until_assembled, simple};
use crate::{Client, types::File};

pub(super) fn start(
    client: Client,
    state: &UploadState,
    source: UploadSource,
    assembly: Duration,
) -> Transfer<Uploaded> {
    if state.size == 0 {
        // There is no chunk to send.
        return simple::start(client, state, source);
    }
    let sink = Chunks {
        client,
        state: state.clone(),
        assembly,
        before: OnceCell::new(),
        answered: Mutex::new(None),
    };
    AppendUpload::new(source, sink).piece_size(state.piece_size).start()
}

struct Chunks {
    client: Client,
    state: UploadState,
    assembly: Duration,
    /// The files that existed before, to distinguish the new one from them.
    before: OnceCell<BTreeSet<i64>>,
    /// The file, where the last answer has it.
    answered: Mutex<Option<File>>,
}

impl Chunks {
    fn is_last(&self, range: &Range<u64>) -> bool {
        range.end == self.state.size
    }
}

impl AppendSink for Chunks {
    type Output = Uploaded;

    async fn append(&self, range: Range<u64>, piece: UploadSource) -> Result<u64, Error> {
        self.before.get_or_try_init(|| find::ids(&self.client, &self.state)).await?;
        let state = &self.state;
        let first = range.start == 0;
        // No tries by themselves: after 423 to the last chunk there is nothing more to send.
        let mut options = CallOptions::new().retry(RetryPolicy::none());
        if first || self.is_last(&range) {
            options = simple::dated(state, options);
        }
        let fields = [
            ("chunk", range.start / state.piece_size),
            ("chunks", state.size.div_ceil(state.piece_size)),
            ("chunksSize", state.piece_size),
        ];
        let call = simple::form(state, options, piece, &fields);
        let answer = self.client.runtime().json::<Value>(call).await?.into_inner();
        if self.is_last(&range) {
            let file = from_value::<File>(&answer).ok().filter(|file| file.id.is_some());
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = file;
        }
        Ok(range.end)
    }

    async fn recover(&self, range: Range<u64>, error: &Error) -> Result<Option<u64>, Error> {
        Ok(match error.kind() {
            // All chunks are there, and the file is being put together.
            ErrorKind::Locked if self.is_last(&range) => Some(range.end),
            // Turned away: the chunk is sent again. After anything else the platform may have it, and two
            // of it would make another file.
            ErrorKind::Locked | ErrorKind::RateLimited | ErrorKind::Connect => Some(range.start),
            _ => None,
        })
    }

    async fn finish(&self) -> Result<Uploaded, Error> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = match answered {
            Some(file) => file,
            None => {
                let before = self.before.get_or_init(|| async { BTreeSet::new() }).await;
                let ask = || find::new_file(&self.client, &self.state, before);
                until_assembled(self.assembly, ask).await?
            }
        };
        Ok(Uploaded { file, asked: self.state.name.clone(), date_failure: None })
    }
}
