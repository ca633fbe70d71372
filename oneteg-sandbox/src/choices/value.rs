//! The types that the value of a choice may have.

use axum::http::StatusCode;
use toml::Value;

/// A type that values of the table are read as.
pub(crate) trait Decided: Copy + Default {
    /// `None` if the value has another type.
    fn read(value: &'static Value) -> Option<Self>;
}

impl Decided for bool {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Decided for i64 {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_integer()
    }
}

impl Decided for u32 {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_integer()?.try_into().ok()
    }
}

impl Decided for u64 {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_integer()?.try_into().ok()
    }
}

impl Decided for usize {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_integer()?.try_into().ok()
    }
}

impl Decided for StatusCode {
    fn read(value: &'static Value) -> Option<Self> {
        Self::from_u16(value.as_integer()?.try_into().ok()?).ok()
    }
}

impl Decided for &'static str {
    fn read(value: &'static Value) -> Option<Self> {
        value.as_str()
    }
}

/// A list of strings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Words(&'static [Value]);

impl Words {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(Value::as_str)
    }

    pub(crate) fn contains(self, word: &str) -> bool {
        self.iter().any(|known| known == word)
    }
}

impl Decided for Words {
    fn read(value: &'static Value) -> Option<Self> {
        let words = value.as_array()?;
        words.iter().all(Value::is_str).then_some(Self(words))
    }
}
