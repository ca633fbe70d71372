//! Mutated responses: what a vendor may send in place of what is documented, and how much of it is read.

mod changes;

use std::fmt;

use oneteg_http::{Error, ErrorKind, Repair, codegen};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub use self::changes::{Mutation, MutationKind, mutations};

use self::changes::ADDED_MEMBER;

/// A value that was read and written again.
#[derive(Debug, Clone)]
pub struct RoundTrip {
    /// The written JSON.
    pub json: String,
    /// The repairs that reading it took.
    pub repairs: Vec<Repair>,
}

/// Reads JSON as a type, as responses are read, and writes it again.
pub type RoundTripFn = fn(&[u8]) -> Result<RoundTrip, Error>;

/// Reads JSON as a type, as responses are read, and writes it again.
///
/// # Errors
/// If it cannot be read.
pub fn round_trip<T: DeserializeOwned + Serialize>(json: &[u8]) -> Result<RoundTrip, Error> {
    let (value, repairs) = codegen::from_slice::<T>(json)?;
    let json = serde_json::to_string(&value).map_err(|error| {
        Error::new(ErrorKind::Decode, format!("the value cannot be serialised: {error}"))
    })?;
    Ok(RoundTrip { json, repairs })
}

/// How many mutated values were read, and which were rejected.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct MutationReport {
    /// The number of values that were read.
    pub read: usize,
    /// The values that were not read: the place, the mutation, and the reason.
    pub rejected: Vec<(String, MutationKind, String)>,
}

impl MutationReport {
    /// Applies every mutation to a value, and reads each result.
    pub fn check(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        self.check_each(name, mutations(value), round_trip, |_, _| None);
    }

    /// Does so with the mutations that apply to requests, which are not written by vendors.
    pub fn check_request(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        let of_requests = |mutation: &Mutation| mutation.kind <= MutationKind::OtherIdType;
        let mutations = mutations(value).into_iter().filter(of_requests).collect();
        self.check_each(name, mutations, round_trip, |_, _| None);
    }

    /// Does so with a sample of a response, and compares what is written. Everything outside the mutation is
    /// unchanged, and the mutated value is not lost: it is read, or kept as it was sent.
    pub fn check_sample(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        self.check_each(name, mutations(value), round_trip, |mutation, written| {
            let Ok(written) = serde_json::from_str::<Value>(written) else {
                return Some("it was not written as JSON".to_owned());
            };
            let place = match mutation.kind {
                MutationKind::UnknownMember => format!("{}/{ADDED_MEMBER}", mutation.pointer),
                _ => mutation.pointer.clone(),
            };
            if without(&written, &place) != without(value, &place) {
                return Some(format!("something else changed: {written}"));
            }
            let (now, before) = (written.pointer(&place), value.pointer(&place));
            let sent = mutation.value.pointer(&place);
            // An empty string in place of a time stands for no time, and need not be kept.
            let stands_for_nothing = |sent: &Value| sent.is_null() || *sent == "" && now.is_none();
            let is_kept = now == sent || now == before || sent.is_none_or(stands_for_nothing);
            let as_string = sent.map(|sent| Value::from(sent.to_string()));
            // A list in order, a time in the documented notation, one spelling for two.
            let is_converted = now == as_string.as_ref()
                || mutation.kind == MutationKind::OtherTime
                || mutation.kind == MutationKind::SecondSpelling && now.is_none()
                || sent.is_some_and(|sent| *sent == json!({})) && now == Some(&json!([]));
            (!is_kept && !is_converted).then(|| format!("it was lost: {now:?} for {sent:?}"))
        });
    }

    fn check_each(
        &mut self,
        name: &str,
        mutations: Vec<Mutation>,
        round_trip: RoundTripFn,
        find_loss: impl Fn(&Mutation, &str) -> Option<String>,
    ) {
        for mutation in mutations {
            let reason = match round_trip(&mutation.json) {
                Ok(result) => find_loss(&mutation, &result.json),
                Err(error) => Some(error.to_string()),
            };
            match reason {
                None => self.read += 1,
                Some(reason) => {
                    let place = format!("{name}{}", mutation.pointer);
                    self.rejected.push((place, mutation.kind, reason));
                }
            }
        }
    }

    /// The number of values out of a thousand that were read.
    pub fn per_mille(&self) -> usize {
        self.read * 1000 / (self.read + self.rejected.len()).max(1)
    }
}

/// A value without the member at a place.
fn without(value: &Value, place: &str) -> Value {
    let mut value = value.clone();
    if let Some((outer, name)) = place.rsplit_once('/')
        && let Some(object) = value.pointer_mut(outer).and_then(Value::as_object_mut)
    {
        object.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
    value
}

impl fmt::Display for MutationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.read + self.rejected.len();
        writeln!(f, "{} of {all} mutated values are read", self.read)?;
        for (place, kind, reason) in &self.rejected {
            writeln!(f, "{place} {kind:?}: {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn counts_what_is_not_read() {
        let strict: RoundTripFn = |json| {
            let value: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
            match value.get("id") {
                Some(Value::Number(_)) => Ok(RoundTrip { json: "{}".into(), repairs: Vec::new() }),
                _ => Err(Error::new(ErrorKind::Decode, "no id")),
            }
        };
        let mut report = MutationReport::default();
        report.check("Thing", &json!({"id": 7}), strict);
        // Rejected: dropped, `null`, two strings, `[]`, `""` and `false`.
        assert_eq!((report.read, report.rejected.len()), (2, 7));
        assert_eq!(report.per_mille(), 222);
        assert!(report.to_string().contains("Thing/id Dropped: no id"));
        // Of a sample, nothing may be lost.
        let mut report = MutationReport::default();
        report.check_sample("Thing", &json!({"id": 7, "name": "a"}), strict);
        assert_eq!(report.read, 0);
    }
}
