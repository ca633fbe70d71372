//! What an HTTP/2 server reports about a stream decides whether a write may be sent again.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use h2::Reason;
use oneteg_auth::client_builder;
use oneteg_http::{CallOptions, Error, ErrorKind, RetryPolicy, Runtime, codegen::OperationRequest};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{self, Counting, WRITE};

/// How a server rejects the first stream.
#[derive(Clone, Copy)]
enum Ends {
    Stream(Reason),
    /// It closes the connection, of which no stream was processed (RFC 9113 section 6.8).
    Connection(Reason),
}

/// A server that responds to every stream but the first; and the number of streams.
async fn server(ends: Ends) -> (String, Arc<AtomicU32>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicU32::new(0));
    let streams = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let streams = Arc::clone(&streams);
            tokio::spawn(async move {
                if let Ends::Connection(reason) = ends
                    && streams.load(Relaxed) == 0
                {
                    return go_away(socket, reason, &streams).await;
                }
                let Ok(mut connection) = h2::server::handshake(socket).await else { return };
                while let Some(Ok((_, mut responder))) = connection.accept().await {
                    let before = streams.fetch_add(1, Relaxed);
                    if let Ends::Stream(reason) = ends
                        && before == 0
                    {
                        responder.send_reset(reason);
                        continue;
                    }
                    let mut body = responder.send_response(http::Response::new(()), false).unwrap();
                    body.send_data(bytes::Bytes::from_static(b"{}"), true).unwrap();
                }
            });
        }
    });
    (url, seen)
}

/// Reads the frames of a connection until a stream begins, and reports that none was processed.
async fn go_away(mut socket: TcpStream, reason: Reason, streams: &AtomicU32) {
    const PREFACE: usize = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
    const HEADERS: u8 = 1;
    const EMPTY_SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    socket.read_exact(&mut [0; PREFACE]).await.unwrap();
    socket.write_all(&EMPTY_SETTINGS).await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        socket.read_exact(&mut vec![0; length as usize]).await.unwrap();
        if head[3] == HEADERS {
            break;
        }
    }
    streams.fetch_add(1, Relaxed);
    let mut frame = vec![0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    frame.extend(u32::from(reason).to_be_bytes());
    socket.write_all(&frame).await.unwrap();
    // Until the client closes the connection: unread bytes would reset it.
    let _ = socket.read_to_end(&mut Vec::new()).await;
}

/// The result of a write, and the number of streams.
async fn write(ends: Ends) -> (Result<(), Error>, u32) {
    let (url, seen) = server(ends).await;
    // Without TLS, HTTP/2 cannot be negotiated, so it is assumed.
    let client = client_builder(false)
        .unwrap()
        .http2_prior_knowledge()
        .retry(reqwest::retry::never().max_retries_per_request(0));
    let runtime = Runtime::builder(url, support::Plain, Counting::default())
        .http_client(client.build().unwrap())
        .retry(RetryPolicy::builder().jitter(|| 0.0).build())
        .build()
        .unwrap();
    let result = runtime.empty(OperationRequest::new(&WRITE, CallOptions::new())).await.map(drop);
    (result, seen.load(Relaxed))
}

#[tokio::test]
async fn a_refused_stream_is_sent_again() {
    let (result, streams) = write(Ends::Stream(Reason::REFUSED_STREAM)).await;
    result.unwrap();
    assert_eq!(streams, 2);
}

#[tokio::test]
async fn a_write_on_a_stream_that_broke_is_not() {
    let (result, streams) = write(Ends::Stream(Reason::INTERNAL_ERROR)).await;
    assert_eq!((result.unwrap_err().kind(), streams), (ErrorKind::Transport, 1));
}

#[tokio::test]
async fn a_stream_of_a_connection_that_goes_away_is_sent_again() {
    let (result, streams) = write(Ends::Connection(Reason::NO_ERROR)).await;
    result.unwrap();
    assert_eq!(streams, 2);
}

#[tokio::test]
async fn a_write_on_a_connection_that_broke_is_not() {
    let (result, streams) = write(Ends::Connection(Reason::PROTOCOL_ERROR)).await;
    assert_eq!((result.unwrap_err().kind(), streams), (ErrorKind::Transport, 1));
}
