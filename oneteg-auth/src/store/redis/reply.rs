use std::time::Duration;

use redis::Value;

use super::fault::refusal;
use crate::{
    CredentialVersion, ServerFault, StoreError,
    store::sealed::{SealedSession, SealedValue},
};

/// The newest layout of a record that this release reads and writes; also in `record.lua`.
const SCHEMA: u32 = 1;

/// The reply of a script.
#[derive(Debug)]
pub(super) enum Reply {
    Session(SealedSession),
    /// The fence.
    Granted(u64),
    /// How much longer another lease lasts.
    Held(Duration),
    Done,
    Version(CredentialVersion),
}

/// Reads a reply of a script.
///
/// # Errors
/// What the script refuses: [`StoreError::LeaseLost`], [`StoreError::VersionConflict`], and a record that cannot be
/// read.
pub(super) fn read(action: &'static str, key: &str, value: Value) -> Result<Reply, StoreError> {
    let unexpected = || refusal(action, ServerFault::Other, None);
    let Value::Array(values) = value else { return Err(unexpected()) };
    let mut values = values.into_iter();
    let Some(Value::BulkString(word)) = values.next() else { return Err(unexpected()) };
    let altered = |what: &str| {
        let what = format!("the {what} of {key:?}");
        refusal(action, ServerFault::Altered { what }, None)
    };
    let mut number = || match values.next() {
        Some(Value::Int(number)) => u64::try_from(number).map_err(|_| unexpected()),
        _ => Err(unexpected()),
    };
    match word.as_slice() {
        b"granted" => Ok(Reply::Granted(number()?)),
        b"held" => Ok(Reply::Held(Duration::from_millis(number()?))),
        b"done" => Ok(Reply::Done),
        b"version" => Ok(Reply::Version(CredentialVersion(number()?))),
        b"moved" => Err(StoreError::VersionConflict { found: CredentialVersion(number()?) }),
        b"lost" => Err(StoreError::LeaseLost),
        b"newer" => {
            let found = u32::try_from(number()?).unwrap_or(u32::MAX);
            Err(StoreError::NewerSchema { found, known: SCHEMA })
        }
        b"altered" => match values.next() {
            Some(Value::BulkString(what)) => Err(altered(&String::from_utf8_lossy(&what))),
            _ => Err(unexpected()),
        },
        b"session" => {
            let version = number()?;
            let tokens = sealed_value(&mut values).ok_or_else(unexpected)?;
            let journal = sealed_value(&mut values).ok_or_else(unexpected)?;
            Ok(Reply::Session(SealedSession { version, tokens, journal }))
        }
        _ => Err(unexpected()),
    }
}

/// A sealed value, its hash and its age. The outer `None`: not of this form.
fn sealed_value(values: &mut impl Iterator<Item = Value>) -> Option<Option<SealedValue>> {
    let (Value::BulkString(sealed), Value::BulkString(refresh), Value::Int(age_ms)) =
        (values.next()?, values.next()?, values.next()?)
    else {
        return None;
    };
    if sealed.is_empty() {
        return Some(None);
    }
    // What is not a hash is compared as such, and found to be altered.
    let refresh = String::from_utf8_lossy(&refresh).into_owned();
    Some(Some(SealedValue { sealed, refresh, age_ms }))
}
