//! Replaces values by fakes of the same type and form, so that the shape of what an account contains can be
//! shared without its content: in [cassettes](crate::cassette) and reports.
//!
//! ```
//! use oneteg_http::pseudonym::{AnyName, Pseudonymizer};
//! use serde_json::json;
//!
//! let fakes = Pseudonymizer::random()?;
//! let asset = json!({
//!     "id": "0b9e8a52-7c1f-4c8e-9a67-1d2f3b4c5d6e",
//!     "name": "Harbour at dawn.jpg",
//!     "link": "https://acme.example.com/assets/0b9e8a52-7c1f-4c8e-9a67-1d2f3b4c5d6e",
//!     "size": 482_113,
//! });
//! let fake = fakes.value(&asset, &AnyName);
//! assert!(fake["name"].as_str().is_some_and(|name| name.ends_with(".jpg") && !name.contains("Harbour")));
//! // The id in the link is still the id.
//! let (id, link) = (fake["id"].as_str().unwrap_or_default(), fake["link"].as_str().unwrap_or_default());
//! assert!(link.ends_with(id));
//! # Ok::<(), oneteg_http::Error>(())
//! ```
//!
//! # Promises
//! - Equal values have equal fakes within one [`Pseudonymizer`], whether they are a JSON value, a segment of a path, an
//!   argument of a query or a word in a sentence. An integer and the string of its digits agree.
//! - Integers of up to 20 digits, and words of up to 27 ASCII letters and digits, never share a fake with another one
//!   of their kind, and are never their own fake.
//! - Fakes derive from a key of 128 bits by SipHash-2-4. Without the key, a guess cannot be checked, except by what a
//!   fake keeps: the length of a word, the digits of a number, the time between two dates. What was still to come
//!   is also moved by a century, so that it does not expire.
//!
//! # What stays
//! Booleans, `null`, 0, 1 and -1, empty strings, spaces and punctuation, registered media types, the extensions of file
//! names, UUIDs of zeros, dates outside the years 1900 to 2199, what [`Known`] states, and what is
//! [kept](Pseudonymizer::keep).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value};
use url::Url;

use crate::{
    Error, ErrorKind,
    error::{is_secret_argument, is_secret_name},
};

mod keyed;
mod link;
mod moment;
mod number;
mod string;
mod vocabulary;
mod word;

use keyed::Keyed;
use moment::Shift;
pub use vocabulary::Vocabulary;

/// States which words are those of the vendor, such as members and values that its specification lists. They stay.
///
/// A place is a JSON pointer in which `*` stands for every index, such as `/assets/*/status`.
pub trait Known {
    /// Whether the member `name` of the object at `place` is the vendor's. Other names are replaced like strings: an
    /// object may map what an account's owner wrote, such as the labels of attributes.
    fn is_name(&self, place: &str, name: &str) -> bool;

    /// Whether a string or number at `place` is the vendor's, such as a value of an enumeration. Not called for
    /// members whose names suggest a secret.
    fn is_value(&self, place: &str, value: &Value) -> bool {
        let _ = (place, value);
        false
    }
}

/// Keeps every member whose name looks like one that a program chose, and no value.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs)]
pub struct AnyName;

impl Known for AnyName {
    fn is_name(&self, _: &str, name: &str) -> bool {
        looks_like_a_name(name)
    }
}

/// Replaces values by fakes. See the [module](self).
///
/// Clones share the key and give the same fakes. The key is neither shown nor stored; it is lost with the value.
#[derive(Clone)]
pub struct Pseudonymizer {
    keyed: Keyed,
    shift: Shift,
    /// The fakes of origins that were named.
    origins: BTreeMap<String, String>,
    /// Strings, and integers as strings, that stay wherever they are a value as a whole.
    kept: BTreeSet<String>,
    /// Integers below it stay.
    smallest: u64,
    /// The words of the vendor.
    vocabulary: Vocabulary,
}

impl fmt::Debug for Pseudonymizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonymizer").finish_non_exhaustive()
    }
}

impl Pseudonymizer {
    /// Uses a random key of the operating system.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the operating system has no randomness.
    pub fn random() -> Result<Self, Error> {
        let mut key = [0; 16];
        getrandom::fill(&mut key).map_err(|_| {
            Error::new(ErrorKind::Configuration, "the operating system has no randomness")
        })?;
        Ok(Self::with_key(&key))
    }

    /// Uses a key. Anyone who has it can check guesses of what was replaced.
    pub fn with_key(key: &[u8; 16]) -> Self {
        let keyed = Keyed::new(key);
        // One to eight years back, and not a whole number of days.
        let days = 365 + keyed.below("days", &[], 2557);
        let seconds = 1 + keyed.below("seconds", &[], 86_398);
        let shift = Shift {
            seconds: -i64::try_from(days * 86_400 + seconds).unwrap_or_default(),
            now: chrono::Utc::now().timestamp(),
        };
        Self {
            keyed,
            shift,
            origins: BTreeMap::new(),
            kept: BTreeSet::new(),
            smallest: 2,
            vocabulary: Vocabulary::default(),
        }
    }

    /// Replaces the origin of `url` (scheme, host, port) by that of `fake` in links, instead of by an unnamed one.
    #[must_use]
    pub fn origin(mut self, url: &Url, fake: &Url) -> Self {
        let origins = (url.origin().ascii_serialization(), fake.origin().ascii_serialization());
        self.origins.insert(origins.0, origins.1);
        self
    }

    /// Keeps a value wherever it is a JSON value, a segment of a path or an argument as a whole, or a word in a string.
    pub fn keep(&mut self, value: impl ToString) {
        let value = value.to_string();
        for segment in value.split('/').filter(|segment| !segment.is_empty()) {
            self.kept.insert(segment.to_owned());
        }
        self.kept.insert(value);
    }

    /// Keeps integers below a limit: counts, positions, flags. Default: 2.
    #[must_use]
    pub fn keep_below(mut self, limit: u64) -> Self {
        self.smallest = limit;
        self
    }

    /// Keeps the values of a vocabulary, as by [`keep`](Self::keep), and its phrases within strings.
    #[must_use]
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = vocabulary;
        self
    }

    /// Whether a string stays.
    fn is_kept(&self, string: &str) -> bool {
        self.kept.contains(string)
            || self.vocabulary.has_value(string)
            || string.parse::<u64>().is_ok_and(|number| number < self.smallest)
    }

    /// Whether an integer stays.
    fn keeps_number(&self, number: &serde_json::Number) -> bool {
        number.as_u64().is_some_and(|number| number < self.smallest)
            || (!self.kept.is_empty() && self.kept.contains(&number.to_string()))
    }

    /// The fake of a JSON value. Members whose names suggest a secret are [secrets](Self::secret).
    pub fn value(&self, value: &Value, known: &dyn Known) -> Value {
        self.at(&mut String::new(), value, known)
    }

    fn at(&self, place: &mut String, value: &Value, known: &dyn Known) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) if self.keeps_number(number) || known.is_value(place, value) => {
                number.clone().into()
            }
            Value::Number(number) => number::fake(&self.keyed, self.shift, number).into(),
            Value::String(_) if known.is_value(place, value) => value.clone(),
            Value::String(plain) => string::fake(self, plain, known).into(),
            Value::Array(items) => {
                let length = place.len();
                place.push_str("/*");
                let items = items.iter().map(|item| self.at(place, item, known)).collect();
                place.truncate(length);
                items
            }
            Value::Object(members) => self.object(place, members, known).into(),
        }
    }

    fn object(
        &self,
        place: &mut String,
        members: &Map<String, Value>,
        known: &dyn Known,
    ) -> Map<String, Value> {
        let length = place.len();
        let mut fakes = Map::with_capacity(members.len());
        for (name, member) in members {
            let is_known = known.is_name(place, name);
            place.push('/');
            // RFC 6901 section 3.
            place.push_str(&name.replace('~', "~0").replace('/', "~1"));
            let member = match member {
                member if is_secret_name(name) => self.secrets(member, known),
                member => self.at(place, member, known),
            };
            place.truncate(length);
            let name = if is_known { name.clone() } else { string::fake(self, name, known) };
            fakes.insert(name, member);
        }
        fakes
    }

    /// The fake of a member whose name suggests a secret: its strings are secrets.
    fn secrets(&self, value: &Value, known: &dyn Known) -> Value {
        match value {
            Value::String(secret) => self.secret(secret).into(),
            Value::Array(items) => items.iter().map(|item| self.secrets(item, known)).collect(),
            other => self.value(other, known),
        }
    }

    /// The fake of a string, by its form: see the table in the [module](self).
    pub fn string(&self, string: &str) -> String {
        string::fake(self, string, &AnyName)
    }

    /// The fake of an absolute link; of any other string, [its fake](Self::string).
    pub fn link(&self, link: &str) -> String {
        link::fake(self, link).unwrap_or_else(|| self.string(link))
    }

    /// The fake of an encoded segment of a path.
    pub fn segment(&self, segment: &str) -> String {
        link::encoded(self, segment)
    }

    /// The fake of an encoded query, without `?`. Names stay if they look like names.
    pub fn query(&self, query: &str) -> String {
        link::query(self, query)
    }

    /// The fake of a name, such as that of a parameter: itself if it looks like one that a program chose.
    pub fn name(&self, name: &str) -> String {
        if looks_like_a_name(name) { name.to_owned() } else { self.string(name) }
    }

    /// The fake of an argument, by its name: a [secret](Self::secret) if the name suggests one.
    pub fn argument(&self, name: &str, value: &str) -> String {
        if is_secret_argument(name) { self.secret(value) } else { self.string(value) }
    }

    /// The fake of a secret, which shows neither its length nor its form.
    pub fn secret(&self, secret: &str) -> String {
        if secret.is_empty() {
            return String::new();
        }
        let stream = self.keyed.stream("secret", secret.as_bytes());
        let fake: String = stream.take(24).map(|byte| char::from(b'a' + byte % 26)).collect();
        format!("fake-{fake}")
    }
}

/// Whether a member or parameter has a name such as programs have: a letter, then letters, digits and a few signs.
fn looks_like_a_name(name: &str) -> bool {
    const LONGEST: usize = 64;
    let mut bytes = name.bytes();
    let begins =
        bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_$@".contains(&byte));
    let continues = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$:[]".contains(&byte);
    begins
        && name.len() <= LONGEST
        && bytes.all(continues)
        // A word with many digits is rather an id.
        && name.bytes().filter(u8::is_ascii_digit).count() <= 4
        && name.parse::<uuid::Uuid>().is_err()
}

#[cfg(test)]
mod tests;
