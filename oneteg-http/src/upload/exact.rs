//! A length that is announced is a length that is sent.

use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, future::ready, stream};

use super::ByteSource;
use crate::{Error, ErrorKind};

/// How long a source may stay silent after its last announced byte before it counts as ended: one that
/// waits for its writer to close it never reports its end.
const SILENCE: Duration = Duration::from_secs(5);

/// Whether a source ends after the bytes that are read of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Ends,
    GoesOn,
}

/// Exactly `length` bytes of a source. One that ends earlier is an error in place of the missing bytes;
/// one that has more is an error after the last byte.
pub(super) fn exactly(
    source: ByteSource,
    length: u64,
    then: Then,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + Sync {
    stream::try_unfold((source, length), move |(mut source, left)| async move {
        if left == 0 {
            if then == Then::Ends {
                ended(&mut source, length).await?;
            }
            return Ok(None);
        }
        let mut bytes = loop {
            match source.next().await {
                None => return Err(ends_early(length, length - left)),
                Some(bytes) => {
                    let bytes = bytes?;
                    if !bytes.is_empty() {
                        break bytes;
                    }
                }
            }
        };
        let fits = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        source = first(bytes.split_off(fits), source);
        Ok(Some((bytes, (source, left - fits as u64))))
    })
}

async fn ended(source: &mut ByteSource, length: u64) -> Result<(), Error> {
    let more = async {
        loop {
            match source.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                other => return other,
            }
        }
    };
    match tokio::time::timeout(SILENCE, more).await {
        Err(_) | Ok(None) => Ok(()),
        Ok(Some(Err(error))) => Err(error),
        Ok(Some(Ok(_))) => {
            let message = format!(
                "the source has more than the {length} bytes that were announced; give its right \
                 length, or none"
            );
            Err(Error::new(ErrorKind::Integrity, message))
        }
    }
}

/// A source without its first bytes, which were sent before.
pub(super) async fn skip(mut source: ByteSource, bytes: u64) -> Result<ByteSource, Error> {
    let mut left = bytes;
    while left > 0 {
        let Some(piece) = source.next().await else { return Err(ends_early(bytes, bytes - left)) };
        let mut piece = piece?;
        let skipped = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        left -= skipped as u64;
        source = first(piece.split_off(skipped), source);
    }
    Ok(source)
}

/// A source that begins with some bytes.
fn first(bytes: Bytes, source: ByteSource) -> ByteSource {
    if bytes.is_empty() {
        return source;
    }
    Box::pin(stream::once(ready(Ok(bytes))).chain(source))
}

fn ends_early(announced: u64, read: u64) -> Error {
    let message = format!(
        "the source ended after {read} of the {announced} announced bytes; has it changed?"
    );
    Error::new(ErrorKind::Integrity, message)
}
