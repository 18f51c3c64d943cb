//! Exact numbers where a rule tests a bound.
//!
//! A decimal input means its shortest decimal text: 0.3 is three tenths, not the double beside it.
//! Share counts scaled by such decimals are kept as ratios of integers until they are used.

use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{FromPrimitive, ToPrimitive};

use crate::{Error, Result};

/// An exact number.
pub type Exact = BigRational;

/// Returns a whole number as an exact one.
#[must_use]
pub fn whole(value: i64) -> Exact {
    Exact::from_integer(BigInt::from(value))
}

/// Returns the number that the shortest decimal text of `value` states.
///
/// # Errors
///
/// [`Error::InvalidInput`] if `value` is not finite.
pub fn decimal(argument: &str, value: f64) -> Result<Exact> {
    if !value.is_finite() {
        return Err(Error::invalid(argument, value, "must be a finite number"));
    }
    // `{:e}` prints the shortest digits that read back as the same double.
    let text = format!("{value:e}");
    parse(&text).ok_or_else(|| Error::invalid(argument, text, "must be a decimal number"))
}

/// Parses `digits[.digits][e±digits]`.
fn parse(text: &str) -> Option<Exact> {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let power = exponent - i32::try_from(fraction.len()).ok()?;
    let digits = format!("{integer}{fraction}");
    if (-18..=0).contains(&power)
        && let Ok(digits) = digits.parse::<i64>()
    {
        // The usual case, without big integers until the terms are the lowest.
        let lowest = Ratio::new(digits, 10_i64.pow(power.unsigned_abs()));
        let (numerator, denominator) = lowest.into_raw();
        return Some(Exact::new_raw(numerator.into(), denominator.into()));
    }
    let digits: BigInt = digits.parse().ok()?;
    let ten = BigInt::from_u8(10)?;
    let scale = ten.pow(power.unsigned_abs());
    Some(if power < 0 {
        Exact::new(digits, scale)
    } else {
        Exact::from_integer(digits * scale)
    })
}

/// Reads `numerator/denominator` or a whole number, as [`to_text`] writes it.
///
/// # Errors
///
/// [`Error::InvalidInput`] if the text is neither.
pub fn from_text(argument: &str, text: &str) -> Result<Exact> {
    match text.parse::<Exact>() {
        Ok(value) => Ok(value),
        Err(_) => Err(Error::invalid(
            argument,
            text,
            "must be a whole number or numerator/denominator",
        )),
    }
}

/// Writes an exact number so that [`from_text`] reads it back.
#[must_use]
pub fn to_text(value: &Exact) -> String {
    value.to_string()
}

/// Returns the double nearest to `value`.
#[must_use]
pub fn nearest(value: &Exact) -> f64 {
    // A whole number converts with one correct rounding; zero is one too.
    if value.is_integer()
        && let Some(whole) = value.numer().to_i64()
    {
        return whole as f64;
    }
    value.to_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{decimal, from_text, nearest, to_text, whole};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn ratio(numerator: i64, denominator: i64) -> super::Exact {
        super::Exact::new(BigInt::from(numerator), BigInt::from(denominator))
    }

    #[test]
    fn a_decimal_means_its_shortest_text() {
        assert_eq!(decimal("x", 0.3).unwrap(), ratio(3, 10));
        assert_eq!(
            decimal("x", 0.034_567_89).unwrap(),
            ratio(3_456_789, 100_000_000)
        );
        assert_eq!(decimal("x", -1.25).unwrap(), ratio(-5, 4));
        assert_eq!(decimal("x", 0.0).unwrap(), whole(0));
        assert_eq!(
            decimal("x", 1e20).unwrap(),
            whole(100_000_000_000_000_000).clone() * whole(1000)
        );
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        assert!(
            decimal("ratio", f64::NAN)
                .unwrap_err()
                .to_string()
                .starts_with("ratio = NaN")
        );
        assert!(from_text("base", "three").is_err());
    }

    proptest! {
        #[test]
        fn the_nearest_double_of_a_decimal_is_that_double(value in -1e12_f64..1e12) {
            prop_assert_eq!(nearest(&decimal("x", value).unwrap()).to_bits(), value.to_bits());
        }

        #[test]
        fn text_reads_back(numerator in any::<i64>(), denominator in 1_i64..1_000_000) {
            let value = ratio(numerator, denominator);
            prop_assert_eq!(from_text("x", &to_text(&value)).unwrap(), value);
        }

        #[test]
        fn the_nearest_double_of_a_ratio_is_the_rounded_quotient(
            numerator in 1_i64..(1 << 53), denominator in 1_i64..(1 << 53),
        ) {
            // Both are exact doubles, so one division rounds the quotient correctly.
            let expected = numerator as f64 / denominator as f64;
            prop_assert_eq!(nearest(&ratio(numerator, denominator)).to_bits(), expected.to_bits());
        }
    }
}
