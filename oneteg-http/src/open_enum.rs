/// Defines an *open* string enum: vendors add values without notice, and a value this version does not
/// know must survive a round trip instead of failing the whole answer.
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        ///
        /// The enum is open: a value that this version does not know is kept in `Other`.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A value that this version does not know, as the vendor spells it.
            Other(::std::string::String),
        }

        impl $name {
            /// The values this version knows, in the order of the specification.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];

            /// The value as it is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(text))
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
                $crate::codegen::enum_text(d).map(Self::from)
            }
        }
    };
}

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

/// Reads the text of an open enum; a number or a boolean is taken as its text, since vendors switch
/// between `3` and `"3"`.
#[doc(hidden)]
pub fn enum_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(Text)
}

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text of an enumerated value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        Ok(text)
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
            /// Upwards, shouting.
            AscendingUpper = "ASC",
        }
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        for text in ["\"asc\"", "\"ASC\"", "\"sideways\"", "\"\""] {
            let order: Order = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&order).unwrap(), text);
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
