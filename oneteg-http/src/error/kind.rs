/// What kind of failure an [`Error`](crate::Error) is: the thing to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client is misconfigured, for example with a URL that is invalid or has moved. Correct the
    /// configuration.
    Configuration,
    /// An argument cannot be sent as it is. Nothing was sent.
    InvalidRequest,
    /// There is no usable credential, or the server refused it. Sign in again or replace the key. If the message
    /// names another host, its link has expired: request a new one.
    Authentication,
    /// The credential is good, but may not do this.
    PermissionDenied,
    /// The thing asked for does not exist.
    NotFound,
    /// The call clashes with the state of the thing: a name that is taken, a version that moved on.
    /// Read the state again and decide.
    Conflict,
    /// The thing is locked, or the server is still busy with it (RFC 4918 section 11.3). Try later.
    Locked,
    /// No connection could be made. Nothing was sent.
    Connect,
    /// The time allowed ran out. The server may or may not have acted.
    Timeout,
    /// The connection broke while sending or receiving. The server may or may not have acted.
    Transport,
    /// A local file or stream that was to be sent could not be read.
    Io,
    /// The server asks for fewer requests: wait for [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The server understood the call and refused it; see [`code`](crate::Error::code) and
    /// [`message`](crate::Error::message).
    Api,
    /// The server answered with success, but reports errors in the envelope: some of the call was not
    /// done. [`data`](crate::Error::data) has `errors`, `warnings` and the `payload`.
    Partial,
    /// A list is longer than what the server gave, and how to ask for the rest is not documented.
    Incomplete,
    /// The server failed, or answered with a status that says only so.
    Server,
    /// A page of HTML came instead of data: usually a sign-in page, a proxy or a wrong base URL.
    Html,
    /// The answer is JSON, but not of the documented form; the message names the member.
    Decode,
    /// The answer has no valid envelope (JSON-RPC 2.0 section 5).
    Envelope,
    /// The answer's envelope carries the id of another request.
    IdMismatch,
    /// The answer is larger than the client accepts.
    TooLarge,
    /// The server sends the same page of a list again, or a cursor that was there before: the listing
    /// would never end.
    Cycle,
    /// The bytes of a transfer are not the ones announced: a checksum, a length or a version differs.
    Integrity,
    /// The caller cancelled the work. What was sent before stays sent.
    Cancelled,
}
