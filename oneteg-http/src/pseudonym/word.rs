//! Fakes of words: the same letters' case, with digits where digits were. Equal words have equal fakes whatever their
//! case, so that a search still finds what it found.

use super::{keyed::Keyed, moment::Shift, number};

/// What replaces a letter outside ASCII, so that a fake exercises the same code as the original.
const ACCENTED: [char; 24] = [
    'à', 'á', 'â', 'ã', 'ä', 'å', 'ç', 'è', 'é', 'ê', 'ë', 'ì', 'í', 'î', 'ï', 'ñ', 'ò', 'ó', 'ô',
    'õ', 'ö', 'ù', 'ú', 'û',
];

/// A fake of a word: letters and digits without anything between them.
pub(super) fn fake(keyed: &Keyed, shift: Shift, word: &str) -> String {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(keyed, shift, word);
    }
    let fake = match permuted(keyed, word) {
        Some(fake) => fake,
        None => derived(keyed, word),
    };
    word.chars()
        .zip(fake)
        .map(|(original, fake)| if original.is_uppercase() { upper(fake) } else { fake })
        .collect()
}

/// A fake of digits, which agrees with that of the number. Leading zeros stay.
pub(super) fn digits(keyed: &Keyed, shift: Shift, word: &str) -> String {
    let plain = word.trim_start_matches('0');
    let zeros = &word[..word.len() - plain.len()];
    match plain.parse::<u64>() {
        Ok(number) => format!("{zeros}{}", number::unsigned(keyed, shift, number)),
        Err(_) if plain.is_empty() => word.to_owned(),
        Err(_) => {
            let stream = keyed.stream("digits", plain.as_bytes());
            let fake = plain.bytes().zip(stream).map(|(_, byte)| (b'1' + byte % 9) as char);
            zeros.chars().chain(fake).collect()
        }
    }
}

/// Another word of ASCII of the same form. `None` if there are more words of this form than a number can count.
fn permuted(keyed: &Keyed, word: &str) -> Option<Vec<char>> {
    let (mut number, mut bound) = (0_u128, 1_u128);
    let mut form = Vec::with_capacity(word.len());
    for byte in word.bytes() {
        let (first, count) = match byte {
            b'0'..=b'9' => (b'0', 10_u8),
            _ if byte.is_ascii_alphabetic() => (b'a', 26),
            _ => return None,
        };
        bound = bound.checked_mul(u128::from(count))?;
        number = number * u128::from(count) + u128::from(byte.to_ascii_lowercase() - first);
        form.push((first, count));
    }
    // The network needs one more bit than the bound.
    if bound > u128::MAX >> 2 {
        return None;
    }
    let kind: String = form.iter().map(|(first, _)| char::from(*first)).collect();
    let mut number = keyed.permuted(&kind, number, bound);
    let mut fake = Vec::with_capacity(form.len());
    for (first, count) in form.into_iter().rev() {
        let digit = u8::try_from(number % u128::from(count)).unwrap_or_default();
        fake.push(char::from(first + digit));
        number /= u128::from(count);
    }
    fake.reverse();
    Some(fake)
}

/// A word of the same form for one that is long or not ASCII.
fn derived(keyed: &Keyed, word: &str) -> Vec<char> {
    let stream = keyed.stream("word", word.to_lowercase().as_bytes());
    let letter = |(original, byte): (char, u8)| match original {
        '0'..='9' => char::from(b'0' + byte % 10),
        _ if original.is_ascii() => char::from(b'a' + byte % 26),
        _ => ACCENTED[usize::from(byte) % ACCENTED.len()],
    };
    word.chars().zip(stream).map(letter).collect()
}

fn upper(letter: char) -> char {
    letter.to_uppercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const BACK: Shift = Shift { seconds: -90_061, now: i64::MAX };

    #[test]
    fn words_keep_their_form() {
        let keyed = Keyed::new(&[5; 16]);
        for word in ["a", "Harbour", "IMG2034", "ÉTÉ", "straße", "x".repeat(300).as_str(), "a1"]
        {
            let image = fake(&keyed, BACK, word);
            assert_ne!(image, word);
            assert_eq!(image.chars().count(), word.chars().count());
            for (image, original) in image.chars().zip(word.chars()) {
                assert_eq!(image.is_uppercase(), original.is_uppercase(), "{word}");
                assert_eq!(image.is_ascii_digit(), original.is_ascii_digit());
                assert_eq!(image.is_ascii(), original.is_ascii());
            }
        }
        assert_eq!(fake(&keyed, BACK, "HARBOUR").to_lowercase(), fake(&keyed, BACK, "harbour"));
        assert_eq!(fake(&keyed, BACK, "512"), number::unsigned(&keyed, BACK, 512).to_string());
        assert!(fake(&keyed, BACK, "0047").starts_with("00"));
        assert_eq!(fake(&keyed, BACK, "000"), "000");
        assert_eq!(fake(&keyed, BACK, &"9".repeat(40)).len(), 40);
    }

    #[test]
    fn short_words_stay_apart() {
        let keyed = Keyed::new(&[5; 16]);
        let words = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")));
        let images: BTreeSet<String> = words.map(|word| fake(&keyed, BACK, &word)).collect();
        assert_eq!(images.len(), 26 * 26);
    }
}
