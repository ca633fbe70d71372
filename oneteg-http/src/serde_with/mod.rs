//! How values for which JSON has no type are read and written. Generated code refers to these modules in
//! `#[serde(with)]`.

/// Defines `Member`, a member of a type that is read as the function `deserialize` of a module reads it.
macro_rules! member {
    ($value:ty $(, $kind:ident: $bound:path)?) => {
        /// A member that is read so.
        #[doc(hidden)]
        #[derive(Debug)]
        pub struct Member$(<$kind>)?(pub $value);

        impl<'de $(, $kind: $bound)?> ::serde::Deserialize<'de> for Member$(<$kind>)? {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                deserialize(deserializer).map(Self)
            }
        }
    };
}
use member;

pub mod extra;
pub mod flag;
pub mod lenient_date_time;
pub mod lenient_id;
pub(crate) mod members;
pub(crate) mod open_enum;
pub mod unix_ms;
