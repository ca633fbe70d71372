//! Fakes of numbers: the same sign, the same number of digits, within the same integer type.

use serde_json::Number;

use super::{keyed::Keyed, moment::Shift};

/// Milliseconds of the years 2000 to 2100. An integer between them is a time.
const MILLISECONDS: std::ops::Range<u64> = 946_684_800_000..4_102_444_800_000;

/// The largest values of the integer types. A fake stays on the same side of each.
const LARGEST: [u64; 4] = [i32::MAX as u64, u32::MAX as u64, (1 << 53) - 1, i64::MAX as u64];

/// A fake of a number.
pub(super) fn fake(keyed: &Keyed, shift: Shift, number: &Number) -> Number {
    if let Some(number) = number.as_u64() {
        return unsigned(keyed, shift, number).into();
    }
    match number.as_i64() {
        // Vendors mark "none" with it.
        Some(-1) => Number::from(-1),
        Some(negative) => negated(unsigned(keyed, shift, negative.unsigned_abs())),
        None => fraction(keyed, shift, &number.to_string())
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .unwrap_or_else(|| 0.into()),
    }
}

fn negated(number: u64) -> Number {
    i64::try_from(number).map_or(i64::MIN, |number| -number).into()
}

/// A fake of an integer. 0 stays: it is a count, a position or a flag.
pub(super) fn unsigned(keyed: &Keyed, shift: Shift, number: u64) -> u64 {
    if MILLISECONDS.contains(&number) {
        let seconds = i64::try_from(number / 1000).unwrap_or_default();
        return number.saturating_add_signed(shift.of(seconds).saturating_mul(1000));
    }
    if number == 0 {
        return 0;
    }
    let digits = number.ilog10();
    let mut low = 10_u64.pow(digits);
    // `None` for 20 digits, which is the last size.
    let mut high = 10_u64.checked_pow(digits + 1).map_or(u64::MAX, |next| next - 1);
    for largest in LARGEST {
        if number > largest {
            low = low.max(largest + 1);
        } else {
            high = high.min(largest);
        }
    }
    let bound = u128::from(high - low) + 1;
    let image = keyed.permuted("integer", u128::from(number - low), bound);
    low + u64::try_from(image).unwrap_or_default()
}

/// A fake of a decimal fraction such as `12.50`, with as many digits on both sides.
pub(super) fn fraction(keyed: &Keyed, shift: Shift, decimal: &str) -> String {
    let (sign, plain) = match decimal.strip_prefix('-') {
        Some(plain) => ("-", plain),
        None => ("", decimal),
    };
    let Some((whole, rest)) = plain.split_once('.') else {
        // Such as `1e300`.
        return keyed.below("fraction", decimal.as_bytes(), 1_000_000).to_string();
    };
    if whole.bytes().chain(rest.bytes()).all(|byte| byte == b'0') {
        return decimal.to_owned();
    }
    let whole = match whole.parse() {
        Ok(whole) => unsigned(keyed, shift, whole).to_string(),
        Err(_) => "1".to_owned(),
    };
    let (digits, exponent) = rest.split_at(rest.find(['e', 'E']).unwrap_or(rest.len()));
    let digits = match (digits.parse(), u32::try_from(digits.len())) {
        (Ok(number), Ok(length @ 1..=37)) => {
            let image = keyed.permuted("fraction", number, 10_u128.pow(length));
            format!("{image:0width$}", width = digits.len())
        }
        _ => "5".to_owned(),
    };
    format!("{sign}{whole}.{digits}{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACK: Shift = Shift { seconds: -90_061, now: i64::MAX };

    #[test]
    fn numbers_keep_sign_size_and_type() {
        let keyed = Keyed::new(&[3; 16]);
        for number in [
            1,
            7,
            42,
            99,
            100,
            201,
            65_536,
            2_147_483_647,
            2_147_483_648,
            4_294_967_295,
            9_007_199_254_740_991,
            9_007_199_254_740_992,
            i64::MAX as u64,
            i64::MAX as u64 + 1,
            u64::MAX,
        ] {
            let image = unsigned(&keyed, BACK, number);
            assert_ne!(image, number);
            assert_eq!(image.ilog10(), number.ilog10(), "{number}");
            assert!(LARGEST.iter().all(|largest| (number > *largest) == (image > *largest)));
        }
        for (number, digits) in [("-42", 3), ("12.50", 4), ("-0.125", 6), ("0.5", 3)] {
            let image = fake(&keyed, BACK, &number.parse().unwrap()).to_string();
            assert_ne!(image, number);
            assert_eq!(image.starts_with('-'), number.starts_with('-'));
            // JSON has no zeros at the end of a fraction.
            assert!(image.len() <= digits, "{number} {image}");
        }
        for kept in ["0", "-1", "0.0"] {
            let kept: Number = kept.parse().unwrap();
            assert_eq!(fake(&keyed, BACK, &kept), kept);
        }
        let odd: Number = "1e300".parse().unwrap();
        assert_ne!(fake(&keyed, BACK, &odd), odd);
        assert!(fake(&keyed, BACK, &i64::MIN.into()).as_i64().unwrap() < 0);
    }

    #[test]
    fn times_are_shifted() {
        let keyed = Keyed::new(&[3; 16]);
        let shifted = |number| unsigned(&keyed, BACK, number);
        assert_eq!(shifted(1_700_000_000_000), 1_699_909_939_000);
        assert_eq!(shifted(1_700_000_001_000) - shifted(1_700_000_000_000), 1000);
    }
}
