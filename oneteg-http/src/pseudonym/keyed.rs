//! The keyed functions that fakes are derived from.
//!
//! | Function | Result | Used for |
//! |---|---|---|
//! | [`Keyed::stream`] | bytes that look random | values with many possible forms |
//! | [`Keyed::below`] | a number below a bound | choices |
//! | [`Keyed::permuted`] | another number below the same bound; different numbers stay different | integers and words |
//!
//! A permutation is a Feistel network with cycle walking, as in format-preserving encryption (NIST SP 800-38G). It is
//! conjugated with a rotation, so no number is mapped to itself.

use std::{fmt, hash::Hasher as _};

use siphasher::sip128::{Hasher128 as _, SipHasher24};

const ROUNDS: u8 = 6;

/// Derives fakes from a secret key, by the pseudorandom function SipHash-2-4. It is made for short values, of which a
/// page of a list has thousands.
#[derive(Clone, Copy)]
pub(super) struct Keyed(SipHasher24);

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed")
    }
}

impl Keyed {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher24::new_with_key(key))
    }

    /// A hash of a value. `kind` separates the uses, so that equal values of two kinds have unrelated fakes.
    pub(super) fn hash(&self, kind: &str, value: &[u8]) -> u128 {
        let mut hasher = self.0;
        hasher.write(&kind.len().to_le_bytes());
        hasher.write(kind.as_bytes());
        hasher.write(value);
        hasher.finish128().as_u128()
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&self, kind: &str, value: &[u8], bound: u64) -> u64 {
        let number = self.hash(kind, value) % u128::from(bound.max(1));
        u64::try_from(number).unwrap_or_default()
    }

    /// As many bytes as needed for a value.
    pub(super) fn stream(&self, kind: &str, value: &[u8]) -> impl Iterator<Item = u8> + use<> {
        let (keyed, seed) = (*self, self.hash(kind, value).to_le_bytes());
        (0_u64..).flat_map(move |block| {
            let mut input = [0; 24];
            input[..16].copy_from_slice(&seed);
            input[16..].copy_from_slice(&block.to_le_bytes());
            keyed.hash("stream", &input).to_le_bytes()
        })
    }

    /// Another number below `bound`. Numbers that are not below it, and bounds of 0 and 1, are left alone.
    pub(super) fn permuted(&self, kind: &str, number: u128, bound: u128) -> u128 {
        if number >= bound || bound < 2 {
            return number;
        }
        let step = u128::from(self.below("step", &bound.to_le_bytes(), u64::MAX)) % (bound - 1) + 1;
        let walk = |mut number: u128, forwards: bool| loop {
            number = self.feistel(kind, number, bound, forwards);
            if number < bound {
                return number;
            }
        };
        let scrambled = walk(number, true);
        let rotated = match bound - scrambled {
            left if step >= left => step - left,
            _ => scrambled + step,
        };
        walk(rotated, false)
    }

    /// One pass of the network over the smallest square of a power of two that contains `bound`.
    fn feistel(&self, kind: &str, number: u128, bound: u128, forwards: bool) -> u128 {
        let bits = (u128::BITS - (bound - 1).leading_zeros()).div_ceil(2).max(1);
        let mask = (1_u128 << bits) - 1;
        let (mut left, mut right) = (number >> bits, number & mask);
        let mixed = |round: u8, half: u128| {
            let mut input = [0; 33];
            input[0] = round;
            input[1..17].copy_from_slice(&half.to_le_bytes());
            input[17..].copy_from_slice(&bound.to_le_bytes());
            self.hash(kind, &input) & mask
        };
        if forwards {
            for round in 0..ROUNDS {
                (left, right) = (right, left ^ mixed(round, right));
            }
        } else {
            for round in (0..ROUNDS).rev() {
                (left, right) = (right ^ mixed(round, left), left);
            }
        }
        (left << bits) | right
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_permutation_keeps_numbers_apart_and_none_in_its_place() {
        let keyed = Keyed::new(&[7; 16]);
        for bound in [2, 3, 9, 26, 90, 676, 1000] {
            let images: BTreeSet<u128> =
                (0..bound).map(|number| keyed.permuted("n", number, bound)).collect();
            assert_eq!(images.len(), usize::try_from(bound).unwrap());
            assert!(images.iter().all(|image| *image < bound));
            assert!((0..bound).all(|number| keyed.permuted("n", number, bound) != number));
        }
        let wide = u128::MAX / 3;
        assert_ne!(keyed.permuted("n", 5, wide), 5);
        assert!(keyed.permuted("n", wide - 1, wide) < wide);
        assert_eq!(keyed.permuted("n", 5, 5), 5);
        assert_eq!(keyed.permuted("n", 0, 1), 0);
    }

    #[test]
    fn keys_and_kinds_give_unrelated_results() {
        let (one, other) = (Keyed::new(&[1; 16]), Keyed::new(&[2; 16]));
        assert_eq!(one.hash("a", b"x"), one.hash("a", b"x"));
        assert_ne!(one.hash("a", b"x"), other.hash("a", b"x"));
        assert_ne!(one.hash("a", b"x"), one.hash("b", b"x"));
        assert_ne!(one.hash("ab", b"c"), one.hash("a", b"bc"));
        let stream: Vec<u8> = one.stream("a", b"x").take(100).collect();
        assert_eq!(stream, one.stream("a", b"x").take(100).collect::<Vec<_>>());
        assert!(!format!("{one:?}").contains('1'));
    }
}
