//! Cuts a source into parts.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::{super::state::TransferState, UploadPart};
use crate::{
    Error, ErrorKind, SourceIdentity, UploadSource,
    request::body::{ByteSource, STEP, hold_to},
};

/// A buffer for a larger part grows as bytes are read: the announced length of a source is no reason to request
/// memory that may not exist.
const MAX_BUFFER: usize = 1 << 30;

/// The source, part by part.
pub(super) struct PartReader {
    stream: ByteSource,
    is_at_end: bool,
    /// The source again, if it may change.
    watched: Option<UploadSource>,
    total: Option<u64>,
    part_size: usize,
    next_index: u64,
    /// The position of the next part in the file.
    position: u64,
    /// Bytes that were read and are not in a part yet.
    pending: BytesMut,
    /// Buffers of parts that were sent. Freed and requested again, they would come from other places of the heap
    /// and add up to several times the memory in use.
    spare: Vec<BytesMut>,
}

impl PartReader {
    /// Opens a source at the first part that the state does not have.
    pub(super) async fn open(
        source: UploadSource,
        identity: &SourceIdentity,
        state: &TransferState,
    ) -> Result<Self, Error> {
        let length = agreed_length(state, identity)?;
        // Completed parts at the beginning need not even be read.
        let next_index = (0..).find(|part| !state.parts.contains_key(part)).unwrap_or(0);
        let start = next_index.saturating_mul(state.part_size);
        let start = length.map_or(start, |length| start.min(length));
        let watched = source.try_clone();
        let (stream, total) = source.open(start).await?;
        let (stream, total) = match (total, length) {
            // The length of a stream may be known from the state.
            (None, Some(length)) => (hold_to(stream, length - start), Some(length)),
            (total, _) => (stream, total),
        };
        let part_size = usize::try_from(state.part_size).unwrap_or(usize::MAX);
        Ok(Self {
            stream,
            is_at_end: false,
            watched,
            total,
            part_size,
            next_index,
            position: start,
            pending: BytesMut::new(),
            spare: Vec::new(),
        })
    }

    /// The length of the source, if known.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// The position after the last part; at the end of the source, its length.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next part. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<UploadPart>, Error> {
        if self.pending.capacity() == 0 {
            self.pending = self.buffer();
        }
        // The last part is not returned before the end of the source: a source with more bytes than it announced
        // is detected before the upload is complete.
        while !self.is_at_end && (self.pending.len() < self.part_size || self.is_at_total()) {
            match self.stream.next().await {
                Some(bytes) => self.pending.extend_from_slice(&bytes?),
                None => self.is_at_end = true,
            }
        }
        self.verify_source().await?;
        if self.total.is_some_and(|total| total != self.position && self.pending.is_empty()) {
            let message = "the length of the source is not the announced one; has it changed?";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        if self.pending.is_empty() {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.pending);
        if bytes.len() / 2 > self.part_size {
            // The source yields large chunks: their parts share memory until the last is sent.
            self.pending = bytes.split_off(self.part_size);
        } else if bytes.len() > self.part_size {
            // Copied, so that the part is the only owner of its buffer and the buffer can be reused.
            let rest = bytes.get(self.part_size..).unwrap_or_default();
            self.pending = self.buffer();
            self.pending.extend_from_slice(rest);
            bytes.truncate(self.part_size);
        }
        let (bytes, offset) = (bytes.freeze(), self.position);
        let (index, total, prepared) = (self.next_index, self.total, String::new());
        let part = UploadPart { index, offset, bytes, total, prepared };
        self.next_index += 1;
        self.position += part.bytes.len() as u64;
        Ok(Some(part))
    }

    /// Checks that the source has not changed.
    pub(super) async fn verify_source(&self) -> Result<(), Error> {
        match &self.watched {
            Some(source) => source.verify().await,
            None => Ok(()),
        }
    }

    /// Takes back the buffer of a part that was sent, if nothing else refers to it.
    pub(super) fn reuse(&mut self, bytes: Bytes) {
        if let Ok(mut buffer) = bytes.try_into_mut() {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Whether all announced bytes were read.
    fn is_at_total(&self) -> bool {
        self.total.is_some_and(|total| self.position + self.pending.len() as u64 >= total)
    }

    /// An empty buffer for a part, allocated at once: one that grows takes twice its size while it is moved.
    fn buffer(&mut self) -> BytesMut {
        if let Some(buffer) = self.spare.pop() {
            return buffer;
        }
        // The first part of a stream of unknown length may be all there is.
        let left = self.total.map_or(0, |total| total.saturating_sub(self.position));
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        BytesMut::with_capacity(left.min(self.part_size.saturating_add(STEP)).min(MAX_BUFFER))
    }
}

/// The length that the state and the source agree on, if known.
///
/// # Errors
/// If the state is not one of an upload of this source.
fn agreed_length(state: &TransferState, identity: &SourceIdentity) -> Result<Option<u64>, Error> {
    let mismatch = |message: &str| Err(Error::new(ErrorKind::Integrity, message));
    if !state.version.is_empty() || state.partial.is_some() {
        return mismatch("the state belongs to a download; start the upload over");
    }
    if let Some(saved) = &state.source {
        saved.check(identity)?;
    }
    let (saved, length) = (state.total, identity.length());
    if saved.zip(length).is_some_and(|(saved, length)| saved != length) {
        return mismatch("the state belongs to another file: its length differs; start over");
    }
    let length = length.or(saved);
    let last = state.parts.last_key_value().map(|(part, _)| *part);
    let is_beyond = |length: u64| last.is_some_and(|last| last >= length.div_ceil(state.part_size));
    if length.is_some_and(is_beyond) {
        return mismatch(
            "the state belongs to another file: it has more parts than this one; start over",
        );
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn reader(source: UploadSource, state: &TransferState) -> Result<PartReader, Error> {
        let identity = source.identity().await?;
        PartReader::open(source, &identity, state).await
    }

    /// Index, offset and length of each part.
    async fn parts(source: UploadSource, state: &TransferState) -> Vec<(u64, u64, usize)> {
        let mut reader = reader(source, state).await.unwrap();
        let mut parts = Vec::new();
        while let Some(part) = reader.next().await.unwrap() {
            parts.push((part.index, part.offset, part.bytes.len()));
            reader.reuse(part.bytes);
        }
        parts
    }

    fn chunks(sizes: &'static [usize]) -> UploadSource {
        UploadSource::stream(
            stream::iter(sizes.iter().map(|size| Ok(Bytes::from(vec![7; *size])))),
            None,
        )
    }

    #[tokio::test]
    async fn parts_have_the_requested_size_whatever_the_source_yields() {
        let state = TransferState::new(10, None);
        let expected = [(0, 0, 10), (1, 10, 10), (2, 20, 5)];
        for sizes in [&[25][..], &[1; 25], &[10, 10, 5], &[7, 7, 7, 4], &[0, 11, 0, 14]] {
            assert_eq!(parts(chunks(sizes), &state).await, expected, "{sizes:?}");
        }
        assert_eq!(parts(UploadSource::bytes(vec![7; 25]), &state).await, expected);
        assert_eq!(parts(UploadSource::bytes(vec![7; 20]), &state).await, expected[..2]);
        assert_eq!(parts(UploadSource::bytes(Vec::new()), &state).await, []);
    }

    #[tokio::test]
    async fn completed_parts_at_the_beginning_are_not_read() {
        let state = TransferState::new(10, Some(25)).with_part(0, "").with_part(1, "");
        assert_eq!(parts(UploadSource::bytes(vec![7; 25]), &state).await, [(2, 20, 5)]);
        // A gap is read from, and the parts behind it are left to the caller.
        let gap = TransferState::new(10, Some(25)).with_part(1, "");
        assert_eq!(parts(UploadSource::bytes(vec![7; 25]), &gap).await.len(), 3);
    }

    #[tokio::test]
    async fn a_state_of_something_else_is_rejected() {
        let source = || UploadSource::bytes(vec![7; 25]);
        let fails = async |state: &TransferState| {
            reader(source(), state).await.err().map(|error| error.kind())
        };
        let download = TransferState { partial: Some("a1".into()), ..TransferState::new(10, None) };
        for state in [
            download,
            TransferState::new(10, Some(26)),
            TransferState::new(10, None).with_part(3, ""),
        ] {
            assert_eq!(fails(&state).await, Some(ErrorKind::Integrity), "{state:?}");
        }
        assert_eq!(fails(&TransferState::new(10, Some(25)).with_part(2, "")).await, None);
    }
}
