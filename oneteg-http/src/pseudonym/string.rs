//! Fakes of strings, by their form:
//!
//! | Form | Fake |
//! |---|---|
//! | UUID | a UUID of the same version and spelling |
//! | date, time | shifted by one secret span, in the same format |
//! | number | as for a JSON number |
//! | JSON | JSON with fakes |
//! | link | the scheme, a host below `.example`, each segment and each argument as a string |
//! | e-mail address | an address at a host below `.example` |
//! | media type that is registered | itself |
//! | hexadecimal, other long tokens | as many characters of the same kind |
//! | path, file name | each segment; the extension stays |
//! | other text | each word; what is between them stays |

use serde_json::Value;
use uuid::Uuid;

use super::{Known, Pseudonymizer, link, moment, number, word};

/// Strings from this length on that have no spaces and mix letters and digits are tokens.
const SHORTEST_TOKEN: usize = 20;
/// The longest ending of a file name that is an extension.
const LONGEST_EXTENSION: usize = 10;
/// What may surround a word in a sentence.
const PUNCTUATION: &[char] =
    &['(', ')', '[', ']', '{', '}', '<', '>', '"', '\'', ',', ';', ':', '!', '?', '.'];

/// A fake of a string.
pub(super) fn fake(fakes: &Pseudonymizer, string: &str, known: &dyn Known) -> String {
    if let Some(fake) = atom(fakes, string) {
        return fake;
    }
    if let Some((begin, end)) = fakes.vocabulary.phrase(string) {
        let (before, after) = (&string[..begin], &string[end..]);
        return format!(
            "{}{}{}",
            fake(fakes, before, known),
            &string[begin..end],
            fake(fakes, after, known)
        );
    }
    if string.trim_start().starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(string)
    {
        return fakes.value(&value, known).to_string();
    }
    // A sentence, or a name with spaces in it.
    string
        .split_inclusive(char::is_whitespace)
        .map(|part| {
            let plain = part.trim_end_matches(char::is_whitespace);
            let core = plain.trim_matches(PUNCTUATION);
            let Some(begin) = plain.find(core).filter(|_| !core.is_empty()) else {
                return part.to_owned();
            };
            let fake = atom(fakes, core).unwrap_or_else(|| path(fakes, core));
            format!("{}{fake}{}", &part[..begin], &part[begin + core.len()..])
        })
        .collect()
}

/// A fake of a string that is one value as a whole.
fn atom(fakes: &Pseudonymizer, string: &str) -> Option<String> {
    if fakes.is_kept(string) {
        return Some(string.to_owned());
    }
    let plain = string.strip_prefix('-').unwrap_or(string);
    if !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        if string == "-1" {
            return Some(string.to_owned());
        }
        let fake = word::digits(&fakes.keyed, fakes.shift, plain);
        return Some(format!("{}{fake}", &string[..string.len() - plain.len()]));
    }
    if ["true", "false", "null"].contains(&string) {
        return Some(string.to_owned());
    }
    uuid(fakes, string)
        .or_else(|| moment::shifted(string, fakes.shift))
        .or_else(|| decimal(fakes, string))
        .or_else(|| link::fake(fakes, string))
        .or_else(|| email(fakes, string))
        .or_else(|| media_type(string))
        .or_else(|| token(fakes, string))
}

fn uuid(fakes: &Pseudonymizer, string: &str) -> Option<String> {
    let plain = string.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(string);
    let original = Uuid::try_parse(plain).ok().filter(|_| [32, 36].contains(&plain.len()))?;
    if original.is_nil() {
        return Some(string.to_owned());
    }
    let mut bytes = fakes.keyed.hash("uuid", original.as_bytes()).to_le_bytes();
    // The version and the variant stay.
    bytes[6] = (bytes[6] & 0x0f) | (original.as_bytes()[6] & 0xf0);
    bytes[8] = (bytes[8] & 0x3f) | (original.as_bytes()[8] & 0xc0);
    let fake = Uuid::from_bytes(bytes);
    let fake =
        if plain.len() == 32 { fake.simple().to_string() } else { fake.hyphenated().to_string() };
    let is_upper = plain.bytes().any(|byte| byte.is_ascii_uppercase());
    let fake = if is_upper { fake.to_uppercase() } else { fake };
    Some(string.replacen(plain, &fake, 1))
}

fn decimal(fakes: &Pseudonymizer, string: &str) -> Option<String> {
    let (whole, rest) = string.strip_prefix('-').unwrap_or(string).split_once('.')?;
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (is_number(whole) && is_number(rest))
        .then(|| number::fraction(&fakes.keyed, fakes.shift, string))
}

fn email(fakes: &Pseudonymizer, string: &str) -> Option<String> {
    let (name, host) = string.split_once('@')?;
    let is_plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "._%+-".contains(c))
    };
    (is_plain(name) && is_plain(host) && host.contains('.'))
        .then(|| format!("{}@{}", words(fakes, name), link::host(fakes, host)))
}

/// A registered media type, with parameters that are fakes.
fn media_type(string: &str) -> Option<String> {
    let plain = string.split(';').next()?.trim();
    let is_known = mime_guess::get_mime_extensions_str(plain).is_some()
        || ["application/octet-stream", "multipart/form-data"].contains(&plain);
    (plain == string && plain.contains('/') && is_known).then(|| string.to_owned())
}

/// Keys, hashes, and other strings without words in them.
fn token(fakes: &Pseudonymizer, string: &str) -> Option<String> {
    let is_hex = string.len() >= 16
        && (string.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            || string.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')));
    if is_hex {
        let digits = if string.bytes().any(|b| b.is_ascii_uppercase()) {
            b"0123456789ABCDEF"
        } else {
            b"0123456789abcdef"
        };
        let stream = fakes.keyed.stream("token", string.as_bytes());
        let fake = string.bytes().zip(stream);
        return Some(fake.map(|(_, byte)| char::from(digits[usize::from(byte % 16)])).collect());
    }
    let has = |kind: fn(&u8) -> bool| string.bytes().any(|byte| kind(&byte));
    let is_token = string.len() >= SHORTEST_TOKEN
        && string.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~:".contains(&byte))
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && !string.starts_with('/')
        && extension(string).is_none();
    is_token.then(|| similar(fakes, string))
}

/// As many characters of the same kinds.
pub(super) fn similar(fakes: &Pseudonymizer, string: &str) -> String {
    let stream = fakes.keyed.stream("token", string.as_bytes());
    let similar = |(original, byte): (char, u8)| match original {
        '0'..='9' => char::from(b'0' + byte % 10),
        'A'..='Z' => char::from(b'A' + byte % 26),
        'a'..='z' => char::from(b'a' + byte % 26),
        other => other,
    };
    string.chars().zip(stream).map(similar).collect()
}

/// A fake of a path, of which a file name is the last segment.
pub(super) fn path(fakes: &Pseudonymizer, path: &str) -> String {
    path.split_inclusive(['/', '\\'])
        .map(|segment| {
            let plain = segment.trim_end_matches(['/', '\\']);
            let fake = match atom_of_segment(fakes, plain) {
                Some(fake) => fake,
                None => file_name(fakes, plain),
            };
            format!("{fake}{}", &segment[plain.len()..])
        })
        .collect()
}

/// A segment that is an id or a date as a whole. A segment contains no `/`, so this ends.
fn atom_of_segment(fakes: &Pseudonymizer, segment: &str) -> Option<String> {
    (!segment.contains(['/', '\\'])).then(|| atom(fakes, segment)).flatten()
}

/// A fake of a file name, which keeps its extension.
fn file_name(fakes: &Pseudonymizer, name: &str) -> String {
    match extension(name) {
        Some((stem, extension)) => {
            let stem = atom(fakes, stem).unwrap_or_else(|| words(fakes, stem));
            format!("{stem}.{extension}")
        }
        None => words(fakes, name),
    }
}

/// The stem and the extension of a file name, if it has one that is known.
fn extension(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_known = extension.len() <= LONGEST_EXTENSION
        && mime_guess::from_ext(extension).first_raw().is_some();
    (!stem.is_empty() && is_known).then_some((stem, extension))
}

/// Replaces each word; what is between them stays.
pub(super) fn words(fakes: &Pseudonymizer, string: &str) -> String {
    let mut fake = String::with_capacity(string.len());
    let mut rest = string;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (found, after) = rest.split_at(end);
        if fakes.is_kept(found) {
            fake.push_str(found);
        } else if !found.is_empty() {
            fake.push_str(&word::fake(&fakes.keyed, fakes.shift, found));
        }
        let next = after.find(char::is_alphanumeric).unwrap_or(after.len());
        fake.push_str(&after[..next]);
        rest = &after[next..];
    }
    fake
}
