/// Why the client stopped retrying a failure that allows a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// The operation is not idempotent, and the server may have processed the request.
    NotIdempotent,
    /// The body was a stream that can be read only once.
    BodyConsumed,
    /// The policy's maximum number of attempts was made.
    MaxAttempts,
    /// The server asks for a longer wait than the policy allows.
    WaitTooLong,
    /// The call's time limit would expire before the next attempt.
    Deadline,
    /// The client's retry budget is empty: the server fails too often for more load to help.
    Budget,
    /// An [interceptor](crate::Interceptor) refused the attempt with this error.
    Interceptor,
    /// A newer credential was refused as well, or there is none.
    Credential,
}
