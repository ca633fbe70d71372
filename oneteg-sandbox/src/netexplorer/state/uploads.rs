//! Uploads in progress: sessions (stream and TUS), and uploads in chunks.
//!
//! An upload in chunks is identified by its target, size and number of chunks. With `received` chunks so
//! far, the next one is handled as follows (the first matching row counts):
//!
//! | `received` | Chunk | Effect |
//! |---|---|---|
//! | less than all | 0 | starts over |
//! | `n` | `n` | appended |
//! | `n` | `n - 1` | ignored, because it is a repetition |
//! | any | any other | 409, naming the expected chunk |
//!
//! Once all chunks are there, the upload is *assembling*: each [`Uploads::assemble`] counts as a poll, and
//! after the configured number of them the file is handed out.
//!
//! A TUS upload belongs to a session, which moves along `opened -> upload created -> complete -> assembling ->
//! done`. A session that is done is kept, so that finishing it again finds the same file.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::content::{ContentBuffer, StoredContent};
use super::nodes::FileDates;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

/// Where the content of an upload goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UploadTarget {
    pub(crate) user: u64,
    pub(crate) folder: u64,
    pub(crate) name: String,
}

/// An upload that was opened under a session key.
#[derive(Debug)]
pub(crate) struct UploadSession {
    pub(crate) target: UploadTarget,
    pub(crate) caller: Caller,
    /// Bytes.
    pub(crate) size: u64,
    /// Number of polls that still get 423.
    polls_left: u32,
    /// The id of its TUS upload, once that was created.
    pub(crate) tus_upload: Option<String>,
    /// The version that resulted, once the session is done.
    pub(crate) version: Option<u64>,
}

/// A TUS upload in progress.
#[derive(Debug)]
pub(crate) struct TusUpload {
    user: u64,
    pub(crate) size: u64,
    pub(crate) content: ContentBuffer,
}

/// What identifies the upload that a chunk belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChunkKey {
    pub(crate) target: UploadTarget,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) chunks: u64,
}

#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) key: ChunkKey,
    /// From 0.
    pub(crate) index: u64,
    pub(crate) content: Bytes,
    pub(crate) dates: FileDates,
}

impl Chunk {
    /// Refuses a chunk whose index or length is impossible if all chunks but the last have `chunk_size`
    /// bytes.
    pub(crate) fn check(&self, chunk_size: u64) -> Result<(), ApiError> {
        let ChunkKey { size, chunks, .. } = self.key;
        let last = chunks.checked_sub(1).filter(|last| self.index <= *last);
        let last = last
            .ok_or_else(|| ApiError::bad_request("« chunk » doit être inférieur à « chunks »"))?;
        let before_last = chunk_size.checked_mul(last).filter(|bytes| *bytes <= size);
        let before_last =
            before_last.ok_or_else(|| ApiError::bad_request("« chunksSize » est trop grand"))?;
        let expected = if self.index == last { size - before_last } else { chunk_size };
        if self.content.len() as u64 == expected {
            Ok(())
        } else {
            Err(ApiError::bad_request(format!("le morceau devrait avoir {expected} octets")))
        }
    }
}

/// What an upload in chunks needs after a chunk was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkProgress {
    /// The chunk with this index comes next.
    Expecting(u64),
    /// All chunks are there.
    Complete,
}

#[derive(Debug)]
struct ChunkedUpload {
    /// Number of chunks.
    received: u64,
    content: ContentBuffer,
    dates: FileDates,
    caller: Caller,
    /// Number of polls that still find no file.
    polls_left: u32,
}

/// An upload in chunks whose file can be placed.
#[derive(Debug)]
pub(crate) struct AssembledUpload {
    pub(crate) target: UploadTarget,
    pub(crate) content: StoredContent,
    pub(crate) dates: FileDates,
    pub(crate) caller: Caller,
}

/// All uploads in progress.
#[derive(Debug)]
pub(crate) struct Uploads {
    assembling_polls: u32,
    pub(crate) sessions: BTreeMap<String, UploadSession>,
    tus: BTreeMap<String, TusUpload>,
    chunked: BTreeMap<ChunkKey, ChunkedUpload>,
    /// Session keys and ids of TUS uploads that were valid once.
    expired: BTreeSet<String>,
}

impl Uploads {
    pub(crate) fn new(assembling_polls: u32) -> Self {
        Self {
            assembling_polls,
            sessions: BTreeMap::new(),
            tus: BTreeMap::new(),
            chunked: BTreeMap::new(),
            expired: BTreeSet::new(),
        }
    }

    /// Ends every upload in progress.
    pub(crate) fn expire(&mut self) {
        self.expired.extend(std::mem::take(&mut self.sessions).into_keys());
        self.expired.extend(std::mem::take(&mut self.tus).into_keys());
        self.chunked.clear();
    }

    /// Why there is no session or TUS upload of this name.
    pub(crate) fn missing(&self, name: &str) -> ApiError {
        if self.expired.contains(name) { ApiError::upload_expired() } else { ApiError::not_found() }
    }
}

/// Sessions and TUS uploads.
impl Uploads {
    pub(crate) fn open_session(
        &mut self,
        key: String,
        target: UploadTarget,
        caller: Caller,
        size: u64,
    ) {
        let polls_left = self.assembling_polls;
        let session =
            UploadSession { target, caller, size, polls_left, tus_upload: None, version: None };
        self.sessions.insert(key, session);
    }

    /// The session with this key, if the caller has opened it.
    pub(crate) fn session_mut(
        &mut self,
        key: &str,
        caller: Caller,
    ) -> Result<&mut UploadSession, ApiError> {
        let missing = self.missing(key);
        let session = self.sessions.get_mut(key).ok_or(missing)?;
        if session.target.user == caller.user { Ok(session) } else { Err(ApiError::forbidden()) }
    }

    /// Creates the TUS upload of a session.
    pub(crate) fn create_tus_upload(&mut self, session: &str, id: &str, user: u64, size: u64) {
        let upload = TusUpload { user, size, content: ContentBuffer::default() };
        self.tus.insert(id.to_owned(), upload);
        if let Some(session) = self.sessions.get_mut(session) {
            session.tus_upload = Some(id.to_owned());
        }
    }

    /// The TUS upload with this id, if it is the caller's.
    pub(crate) fn tus_upload_mut(
        &mut self,
        id: &str,
        caller: Caller,
    ) -> Result<&mut TusUpload, ApiError> {
        let missing = self.missing(id);
        let upload = self.tus.get_mut(id).ok_or(missing)?;
        if upload.user == caller.user { Ok(upload) } else { Err(ApiError::forbidden()) }
    }

    /// Polls a session: the id of its TUS upload once that is complete and assembled, 423 until then.
    pub(crate) fn poll_session(&mut self, key: &str, caller: Caller) -> Result<String, ApiError> {
        let id = self.session_mut(key, caller)?.tus_upload.clone().unwrap_or_default();
        let complete = self.tus.get(&id).is_some_and(|upload| upload.content.len() == upload.size);
        let session = self.session_mut(key, caller)?;
        if complete && session.polls_left == 0 {
            return Ok(id);
        }
        if complete {
            session.polls_left -= 1;
        }
        Err(ApiError::assembling())
    }

    /// Removes a complete TUS upload and returns its content.
    pub(crate) fn take_tus_content(&mut self, id: &str) -> Option<StoredContent> {
        Some(self.tus.remove(id)?.content.finish())
    }

    pub(crate) fn cancel_tus_upload(&mut self, id: &str) {
        self.tus.remove(id);
        self.expired.insert(id.to_owned());
    }
}

/// Uploads in chunks.
impl Uploads {
    /// Accepts a chunk, as the table of this module describes.
    pub(crate) fn accept_chunk(
        &mut self,
        caller: Caller,
        chunk: Chunk,
    ) -> Result<ChunkProgress, ApiError> {
        let Chunk { key, index, content, dates } = chunk;
        let upload = self.chunked.get(&key);
        if index == 0 && upload.is_none_or(|upload| upload.received < key.chunks) {
            let fresh = ChunkedUpload {
                received: 0,
                content: ContentBuffer::default(),
                dates,
                caller,
                polls_left: self.assembling_polls,
            };
            self.chunked.insert(key.clone(), fresh);
        }
        let upload = self.chunked.get_mut(&key);
        let upload =
            upload.ok_or_else(|| ApiError::conflict("le premier morceau n'est pas arrivé"))?;
        if index == upload.received {
            upload.content.append(&content);
            upload.received += 1;
            upload.dates = FileDates {
                creation: dates.creation.or(upload.dates.creation),
                modification: dates.modification.or(upload.dates.modification),
            };
        } else if index + 1 != upload.received {
            let expected = upload.received;
            let reason = format!("le morceau attendu est le numéro {expected}");
            return Err(ApiError::conflict(reason));
        }
        if upload.received < key.chunks {
            Ok(ChunkProgress::Expecting(upload.received))
        } else {
            Ok(ChunkProgress::Complete)
        }
    }

    /// Polls an upload whose chunks are all there: removes and returns it once it is assembled.
    pub(crate) fn assemble(&mut self, key: &ChunkKey) -> Option<AssembledUpload> {
        let upload = self.chunked.get_mut(key)?;
        if upload.polls_left > 0 {
            upload.polls_left -= 1;
            return None;
        }
        let upload = self.chunked.remove(key)?;
        Some(AssembledUpload {
            target: key.target.clone(),
            content: upload.content.finish(),
            dates: upload.dates,
            caller: upload.caller,
        })
    }

    /// Polls all uploads whose chunks are there, and returns those that are assembled.
    pub(crate) fn assemble_all(&mut self) -> Vec<AssembledUpload> {
        let complete = |(key, upload): (&ChunkKey, &ChunkedUpload)| {
            (upload.received == key.chunks).then(|| key.clone())
        };
        let keys: Vec<_> = self.chunked.iter().filter_map(complete).collect();
        keys.iter().filter_map(|key| self.assemble(key)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: Caller = Caller { user: 2, admin: false };

    fn target() -> UploadTarget {
        UploadTarget { user: CALLER.user, folder: 1, name: "a.txt".into() }
    }

    /// One of three chunks of "aabbc".
    fn chunk(index: u64) -> Chunk {
        let content = ["aa", "bb", "c"][usize::try_from(index).unwrap()];
        let key = ChunkKey { target: target(), size: 5, chunks: 3 };
        Chunk { key, index, content: content.into(), dates: FileDates::default() }
    }

    fn accept(uploads: &mut Uploads, index: u64) -> Result<ChunkProgress, u16> {
        let accepted = uploads.accept_chunk(CALLER, chunk(index));
        accepted.map_err(|error| error.status.as_u16())
    }

    #[test]
    fn chunks_follow_the_table() {
        let mut uploads = Uploads::new(1);
        assert_eq!(accept(&mut uploads, 1), Err(409), "the first chunk is missing");
        assert_eq!(accept(&mut uploads, 0), Ok(ChunkProgress::Expecting(1)));
        assert_eq!(accept(&mut uploads, 2), Err(409), "a chunk was skipped");
        assert_eq!(accept(&mut uploads, 1), Ok(ChunkProgress::Expecting(2)));
        assert_eq!(accept(&mut uploads, 1), Ok(ChunkProgress::Expecting(2)), "repeated");
        assert_eq!(accept(&mut uploads, 0), Ok(ChunkProgress::Expecting(1)), "started over");
        assert_eq!(accept(&mut uploads, 1), Ok(ChunkProgress::Expecting(2)));
        assert_eq!(accept(&mut uploads, 2), Ok(ChunkProgress::Complete));
        assert_eq!(accept(&mut uploads, 2), Ok(ChunkProgress::Complete), "repeated");
        let key = chunk(0).key;
        assert!(uploads.assemble(&key).is_none(), "the first poll finds no file");
        let assembled = uploads.assemble(&key).unwrap();
        assert_eq!(assembled.content.bytes, "aabbc");
        assert!(uploads.assemble(&key).is_none(), "the file is handed out once");
    }

    #[test]
    fn a_chunk_of_an_impossible_length_is_refused() {
        assert!((0..3).all(|index| chunk(index).check(2).is_ok()));
        assert!(chunk(0).check(1).is_err());
        assert!(chunk(2).check(3).is_err(), "two chunks of three bytes exceed the size");
        assert!(chunk(0).check(u64::MAX).is_err());
        let beyond = Chunk { index: 3, ..chunk(2) };
        assert!(beyond.check(2).is_err());
    }

    #[test]
    fn a_session_is_assembled_after_its_upload_is_complete() {
        let mut uploads = Uploads::new(1);
        uploads.open_session("s".into(), target(), CALLER, 2);
        let poll = |uploads: &mut Uploads| uploads.poll_session("s", CALLER).map_err(|e| e.status);
        assert_eq!(poll(&mut uploads).unwrap_err().as_u16(), 423, "there is no upload yet");
        uploads.create_tus_upload("s", "u", CALLER.user, 2);
        assert_eq!(poll(&mut uploads).unwrap_err().as_u16(), 423, "bytes are missing");
        uploads.tus_upload_mut("u", CALLER).unwrap().content.append(b"ab");
        assert_eq!(poll(&mut uploads).unwrap_err().as_u16(), 423, "it is being assembled");
        assert_eq!(poll(&mut uploads).unwrap(), "u");
        uploads.expire();
        assert_eq!(poll(&mut uploads).unwrap_err().as_u16(), 410);
    }
}
