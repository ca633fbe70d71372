//! Holds a source to its announced length.

use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, future::ready, stream};

use crate::{Error, ErrorKind};

pub(crate) type ByteSource =
    std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync>>;

/// How long a source may stay silent after its last announced byte before it counts as ended. A pipe whose
/// writer never closes it does not report its end.
const END_TIMEOUT: Duration = Duration::from_secs(5);

/// What follows the last byte to read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterLast {
    /// The end of the source.
    End,
    /// More bytes, which belong to another part.
    More,
}

/// A stream of exactly `length` bytes that ends after them.
pub(crate) fn hold_to(source: ByteSource, length: u64) -> ByteSource {
    Box::pin(exactly(source, length, AfterLast::End))
}

/// Exactly `length` bytes of a source. A source that ends early yields an error instead of the missing bytes;
/// one with surplus bytes yields an error after the last byte.
pub(super) fn exactly(
    source: ByteSource,
    length: u64,
    after_last: AfterLast,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + Sync {
    stream::try_unfold((source, length), move |(mut source, left)| async move {
        if left == 0 {
            if after_last == AfterLast::End {
                expect_end(&mut source, length).await?;
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
        source = prepend(bytes.split_off(fits), source);
        Ok(Some((bytes, (source, left - fits as u64))))
    })
}

async fn expect_end(source: &mut ByteSource, length: u64) -> Result<(), Error> {
    let more = async {
        loop {
            match source.next().await {
                Some(Ok(bytes)) if bytes.is_empty() => {}
                other => return other,
            }
        }
    };
    match tokio::time::timeout(END_TIMEOUT, more).await {
        Err(_) | Ok(None) => Ok(()),
        Ok(Some(Err(error))) => Err(error),
        Ok(Some(Ok(_))) => {
            let message = format!(
                "the source has more than the {length} announced bytes; announce its exact length, \
                 or none"
            );
            Err(Error::new(ErrorKind::Integrity, message))
        }
    }
}

/// A source without its first bytes, which were already sent.
pub(super) async fn skip(mut source: ByteSource, bytes: u64) -> Result<ByteSource, Error> {
    let mut left = bytes;
    while left > 0 {
        let Some(piece) = source.next().await else { return Err(ends_early(bytes, bytes - left)) };
        let mut piece = piece?;
        let skipped = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        left -= skipped as u64;
        source = prepend(piece.split_off(skipped), source);
    }
    Ok(source)
}

/// A source with some bytes put back in front.
fn prepend(bytes: Bytes, source: ByteSource) -> ByteSource {
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
