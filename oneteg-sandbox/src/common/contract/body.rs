//! Looks at the body of a request without keeping it from the handler.

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use futures_util::{StreamExt as _, stream};
use oneteg_catalog::{BodyKind, Entry};

/// The largest body that is examined, in bytes. Larger ones are left to the handler, which has its own limit.
const LIMIT: usize = 4 << 20;

/// Whether the content of the operation's body is compared with the specification. Files are not.
pub(super) fn is_examined(entry: &Entry) -> bool {
    entry.body.as_ref().is_some_and(|body| body.kind == BodyKind::Json)
}

/// The body unchanged, and its bytes; `None` if it is too large or incomplete.
pub(super) async fn peek(body: Body) -> (Body, Option<Bytes>) {
    let mut stream = body.into_data_stream();
    let mut read = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => read.extend_from_slice(&chunk),
            Err(error) => {
                let start = stream::iter([Ok(read.freeze()), Err(error)]);
                return (Body::from_stream(start), None);
            }
        }
        if read.len() > LIMIT {
            let start = stream::iter([Ok(read.freeze())]);
            return (Body::from_stream(start.chain(stream)), None);
        }
    }
    let bytes = read.freeze();
    (Body::from(bytes.clone()), Some(bytes))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_body_of_any_size_reaches_the_handler() {
        for (size, is_read) in [(0, true), (1000, true), (LIMIT, true), (LIMIT + 1, false)] {
            let content = Bytes::from(vec![b'x'; size]);
            let chunks = stream::iter([Ok::<_, std::io::Error>(content.clone())]);
            let (body, bytes) = peek(Body::from_stream(chunks)).await;
            assert_eq!(bytes.is_some(), is_read, "{size}");
            assert_eq!(to_bytes(body, usize::MAX).await.unwrap(), content);
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_breaks_off_for_the_handler_too() {
        let broken = || std::io::Error::other("gone");
        let chunks = stream::iter([Ok(Bytes::from_static(b"ab")), Err(broken())]);
        let (body, bytes) = peek(Body::from_stream(chunks)).await;
        assert!(bytes.is_none());
        assert!(to_bytes(body, usize::MAX).await.is_err());
    }
}
