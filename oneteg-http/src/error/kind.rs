/// The kind of failure of an [`Error`](crate::Error), to match on.
///
/// | What to do | Kinds |
/// |---|---|
/// | fix the program or its configuration | `Configuration`, `InvalidRequest`, `Html` |
/// | sign in or request access | `Authentication`, `PermissionDenied` |
/// | decide by the state of the data | `NotFound`, `Conflict`, `Locked`, `Partial`, `Incomplete`, `Api` |
/// | retry later | `Connect`, `Timeout`, `Transport`, `RateLimited`, `Server` |
/// | report to the vendor | `Decode`, `Envelope`, `IdMismatch`, `Cycle` |
/// | check the file or the transfer | `Io`, `Integrity`, `TooLarge` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client is misconfigured, for example with a URL that is invalid or has moved. Fix the configuration.
    Configuration,
    /// An argument cannot be sent. Nothing was sent.
    InvalidRequest,
    /// There is no valid credential, the server refused it, or no token could be obtained: the provider or the token
    /// store failed. If [`is_retryable`](crate::Error::is_retryable), retry later; otherwise sign in again or replace the
    /// key. If the message names another host, its link has expired: request a new one.
    Authentication,
    /// The credential is valid, but does not allow this.
    PermissionDenied,
    /// The requested object does not exist.
    NotFound,
    /// The call conflicts with the state of the object: its name is taken, or it was changed. Read it again and
    /// decide.
    Conflict,
    /// The object is locked, or the server is still processing it (RFC 4918 section 11.3). Retry later.
    Locked,
    /// No connection could be made. Nothing was sent.
    Connect,
    /// A time limit expired. The server may have processed the request.
    Timeout,
    /// The connection broke while sending or receiving. The server may have processed the request.
    Transport,
    /// A local file or stream could not be read or written.
    Io,
    /// The server asks for fewer requests, or this client's [`Limits`](crate::Limits) cannot admit the call within its
    /// time limit. Wait for [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The server understood the call and refused it. See [`code`](crate::Error::code) and
    /// [`message`](crate::Error::message).
    Api,
    /// The status is a success, but the envelope reports errors: a part of the call was not done.
    /// [`data`](crate::Error::data) contains `errors`, `warnings` and the `payload`.
    Partial,
    /// A list is longer than what the server sent, and how to request the rest is not documented.
    Incomplete,
    /// The server failed (status 5xx, except 504, which is [`Timeout`](Self::Timeout)).
    Server,
    /// The server sent an HTML page instead of data: usually a sign-in page, an error page of a proxy, or the
    /// result of a wrong base URL.
    Html,
    /// The response differs from its documented form, or is not JSON. The message names the member.
    Decode,
    /// The response has no valid envelope (JSON-RPC 2.0 section 5).
    Envelope,
    /// The response's envelope has the id of another request.
    IdMismatch,
    /// The response is larger than the client accepts.
    TooLarge,
    /// The server repeats a page or a cursor of a list, or a tree of folders is very deep: the listing may never end.
    Cycle,
    /// The bytes of a transfer are not the expected ones: a checksum, a length or a version differs.
    Integrity,
    /// The caller cancelled the work. What was sent before stays sent.
    Cancelled,
}
