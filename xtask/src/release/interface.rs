//! The public interface of a crate, as far as it limits later releases.
//!
//! | Question | Why it matters |
//! |---|---|
//! | Which public enums and structs can users match or construct completely? | another variant or field breaks them |
//! | Which types and traits of other crates are in public signatures? | a new major version of that crate breaks users |
//!
//! Both are read from source, without a compiler: names are resolved by the `use` items of a file and the dependencies of
//! the crate.

mod foreign;

use std::collections::{BTreeMap, BTreeSet};

pub use self::foreign::foreign;
use crate::api::{Api, Shape};

/// The public enums and structs of a crate that cannot grow without breaking programs, by path: enums that are not
/// `#[non_exhaustive]`, and structs with fields that users can write as a literal.
#[must_use]
pub fn closed(api: &Api) -> BTreeSet<String> {
    let is_closed = |shape: &Shape| match shape {
        Shape::Enum(shape) => !shape.is_non_exhaustive,
        Shape::Struct(shape) => !shape.fields.is_empty() && shape.is_constructible(),
        _ => false,
    };
    let closed = api.entries.iter().filter(|(_, entry)| is_closed(&entry.shape));
    closed.map(|(path, _)| path.clone()).collect()
}

/// Types and traits by the crate that they are from.
pub type Foreign = BTreeMap<String, BTreeSet<String>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_grow_is_listed() {
        let source = "pub enum Closed { A }\n#[non_exhaustive] pub enum Open { A }\n\
                      pub struct Settings { pub size: u64 }\npub struct Private { pub a: u64, b: u64 }\n\
                      #[non_exhaustive] pub struct Grows { pub a: u64 }\npub struct Marker;\n\
                      enum Hidden { A }\npub mod inner { pub enum Inner { A } }";
        let files = [("lib.rs".into(), source.to_owned())].into();
        let api = Api::read(&files, "").unwrap();
        let closed: Vec<String> = closed(&api).into_iter().collect();
        assert_eq!(closed, ["Closed", "Settings", "inner::Inner"]);
    }
}
