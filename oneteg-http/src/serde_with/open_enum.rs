//! Open string enums: vendors add values without notice, and a value that this version does not know must survive a
//! round trip instead of failing the whole response.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

/// Defines an open string enum.
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        ///
        /// The enum is open: a value that this version does not know is kept in `Other`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A value that this version does not know, in the vendor's spelling.
            Other(::std::string::String),
        }

        impl $name {
            /// The values that this version knows, in the order of the specification.
            pub const KNOWN: &'static [&'static str] = &[$($value),*];

            /// The value as it is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Other(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                match value.as_str() {
                    $($value => Self::$variant,)*
                    _ => Self::Other(value),
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(value: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                s.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                $crate::codegen::enum_string(d).map(Self::from)
            }
        }
    };
}

/// Reads the string of an open enum. A number or a boolean is read as its string, since vendors switch between `3` and
/// `"3"`.
#[doc(hidden)]
pub fn enum_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(EnumStringVisitor)
}

struct EnumStringVisitor;

impl Visitor<'_> for EnumStringVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the string of an enumerated value")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<String, E> {
        Ok(value)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<String, E> {
        Ok(flag.to_string())
    }
}

#[cfg(test)]
// The macro is for public enums of other crates.
#[allow(dead_code, unreachable_pub)]
mod tests {
    crate::__open_enum! {
        /// The order of a list.
        pub enum Order {
            /// Upwards.
            Ascending = "asc",
            /// Upwards, in capitals.
            AscendingUpper = "ASC",
        }
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        for json in ["\"asc\"", "\"ASC\"", "\"sideways\"", "\"\""] {
            let order: Order = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&order).unwrap(), json);
        }
        assert_eq!(Order::from("ASC"), Order::AscendingUpper);
        assert_eq!(Order::from("sideways"), Order::Other("sideways".to_owned()));
    }

    #[test]
    fn reads_scalars_and_refuses_the_rest() {
        assert_eq!(serde_json::from_str::<Order>("3").unwrap(), Order::Other("3".to_owned()));
        assert!(serde_json::from_str::<Order>("[]").is_err());
        assert!(serde_json::from_str::<Order>("null").is_err());
    }
}
