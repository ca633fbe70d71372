//! What somebody with write access to a database may do to a session.

use std::collections::BTreeMap;

use crate::common::Seeded;

/// The values of one session by field; numbers as decimal digits. `None` is a value that is absent.
pub(crate) type Values = BTreeMap<String, Option<Vec<u8>>>;

/// Other values that somebody could put there.
pub(crate) struct Sources {
    /// The session itself, as it is.
    pub(crate) good: Values,
    /// The same session before its last refresh.
    pub(crate) old: Values,
    /// Another session.
    pub(crate) other: Values,
    /// The same session, sealed with another key under the same name.
    pub(crate) foreign: Values,
}

/// Edits the session in one way, and returns how.
pub(crate) fn edit(sources: &Sources, random: &mut Seeded) -> (&'static str, Values) {
    let mut values = sources.good.clone();
    let fields: Vec<String> = values.keys().cloned().collect();
    let field = fields[random.below(fields.len() as u64) as usize].clone();
    let value = values[&field].clone();
    let what = match random.below(9) {
        0..3 => {
            let mut bytes = value.unwrap_or_default();
            if !bytes.is_empty() {
                let at = random.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << random.below(8);
            }
            values.insert(field, Some(bytes));
            "bit flip"
        }
        3 => {
            let mut bytes = value.unwrap_or_default();
            bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
            values.insert(field, Some(bytes));
            "truncated value"
        }
        4 => {
            values.insert(field, None);
            "removed value"
        }
        5 => {
            values.insert(field, Some(number(random)));
            "edited number"
        }
        6 => {
            let source = [&sources.old, &sources.other, &sources.foreign];
            let source = source[random.below(3) as usize];
            // One value, or all but one.
            let single = random.below(2) == 0;
            for (name, value) in source {
                if (*name == field) == single {
                    values.insert(name.clone(), value.clone());
                }
            }
            "values of another record"
        }
        7 => {
            let other = fields[random.below(fields.len() as u64) as usize].clone();
            let taken = values.insert(other, value).flatten();
            values.insert(field, taken);
            "two values exchanged"
        }
        _ => match random.below(3) {
            0 => {
                values.clone_from(&sources.old);
                "an old record"
            }
            1 => {
                values.clone_from(&sources.other);
                "another session's record"
            }
            _ => {
                values.clone_from(&sources.foreign);
                "a record of another key"
            }
        },
    };
    (what, values)
}

/// A number at the edges, or none.
fn number(random: &mut Seeded) -> Vec<u8> {
    let numbers = [
        "0",
        "1",
        "2",
        "-1",
        "4102444800000",
        "999999999999999",
        "9007199254740993",
        "4611686018427387903",
        "9223372036854775807",
        "18446744073709551616",
        "1e3",
        " 7",
        "nan",
        "",
    ];
    numbers[random.below(numbers.len() as u64) as usize].as_bytes().to_vec()
}
