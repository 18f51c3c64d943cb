//! Levels as published: rounded half up in decimals (R35).

use crate::error::{Error, Result};
use crate::exact;

/// The most decimals: 10^15 and the digits before it still meet in a double.
const MOST_DECIMALS: u32 = 15;

/// Returns `level` rounded half up, ties away from zero, to `decimals` decimals (R35: 4).
///
/// What is rounded is the shortest decimal that reads back as the same double, not the binary number
/// behind it: 1000.00005 goes to 1000.0001 though its double lies below. The result is the double
/// nearest to the rounded decimal. A result of zero has no sign.
///
/// # Errors
///
/// [`Error::InvalidInput`] if `level` is NaN or infinite, or `decimals` is above 15.
pub fn round_level(level: f64, decimals: u32) -> Result<f64> {
    let unit = unit(decimals)?;
    round(level, unit)
}

/// Returns every level rounded as [`round_level`] does.
///
/// # Errors
///
/// As [`round_level`], naming the first position.
pub fn round_levels(levels: &[f64], decimals: u32) -> Result<Vec<f64>> {
    let unit = unit(decimals)?;
    let mut rounded = Vec::with_capacity(levels.len());
    for (position, &level) in levels.iter().enumerate() {
        rounded
            .push(round(level, unit).map_err(|_| refusal(&format!("level[{position}]"), level))?);
    }
    Ok(rounded)
}

/// Units in 1: ten to the power of the decimals, exact as a double.
fn unit(decimals: u32) -> Result<f64> {
    if decimals > MOST_DECIMALS {
        let expected = format!("must be at most {MOST_DECIMALS}");
        return Err(Error::invalid("decimals", decimals, expected));
    }
    Ok(10_u64.pow(decimals) as f64)
}

fn round(level: f64, unit: f64) -> Result<f64> {
    // 2^-50: the product is off by half a bit, the shortest decimal by less than one from the double;
    // so a product that is eight bits from a tie is on the side of the tie where the decimal is.
    const DOUBT: f64 = 4.0 * f64::EPSILON;
    const WHOLE: f64 = (1_i64 << 52) as f64;
    if !level.is_finite() {
        return Err(refusal("level", level));
    }
    let units = level.abs() * unit;
    let magnitude = if units < WHOLE && (units - units.trunc() - 0.5).abs() > units * DOUBT {
        // Whole units and 10^decimals are exact doubles, so one division rounds correctly: the result
        // is the double nearest to the decimal.
        ((units + 0.5) as i64) as f64 / unit
    } else {
        let exact_unit = exact::whole(unit as i64);
        let half = exact::whole(1) / exact::whole(2);
        let exact_units = (exact::decimal("level", level.abs())? * &exact_unit + half).floor();
        exact::nearest(&(exact_units / exact_unit))
    };
    Ok(if level < 0.0 && magnitude > 0.0 {
        -magnitude
    } else {
        magnitude
    })
}

fn refusal(name: &str, level: f64) -> Error {
    Error::invalid(name, level, "must be a finite number")
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a rounded level is one exact double"
)]
mod tests {
    use proptest::prelude::*;

    use super::{round_level, round_levels};

    // Rule R35
    #[test]
    fn a_tie_of_the_shortest_decimal_goes_away_from_zero() {
        for (level, expected) in [
            (1_000.000_05, 1_000.000_1),
            (1_000.000_15, 1_000.000_2),
            (1_000.000_049_999_9, 1_000.0),
            (-1_000.000_05, -1_000.000_1),
            (0.000_05, 0.000_1),
            (2.5e-5, 0.0),
            (1_044.285_714_285_714, 1_044.285_7),
            (123_456_789.123_45, 123_456_789.123_5),
            (9_007_199_254_740_993.0, 9_007_199_254_740_993.0),
            (1e300, 1e300),
            (5e-324, 0.0),
        ] {
            assert_eq!(round_level(level, 4).unwrap(), expected, "{level}");
        }
        assert!(round_level(-1e-9, 4).unwrap().is_sign_positive());
        assert_eq!(round_level(2.5, 0).unwrap(), 3.0);
        assert_eq!(round_level(1.005, 2).unwrap(), 1.01);
    }

    // Rule R35
    #[test]
    fn what_is_no_level_is_named() {
        let error = round_levels(&[1.0, f64::NAN], 4).unwrap_err();
        assert_eq!(error.to_string(), "level[1] = NaN: must be a finite number");
        assert!(round_level(f64::INFINITY, 4).is_err());
        assert!(round_level(1.0, 16).is_err());
    }

    /// Rounds the digits of the shortest decimal text, by hand.
    fn by_text(level: f64, decimals: usize) -> f64 {
        let text = format!("{}", level.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let padded = format!("{fraction:0<width$}", width = decimals + 1);
        let mut digits: Vec<u8> = format!("0{whole}{}", &padded[..decimals]).into_bytes();
        if padded.as_bytes()[decimals] >= b'5' {
            let last = digits.iter().rposition(|&digit| digit != b'9').unwrap();
            digits[last] += 1;
            digits[last + 1..].fill(b'0');
        }
        digits.insert(digits.len() - decimals, b'.');
        let rounded: f64 = String::from_utf8(digits).unwrap().parse().unwrap();
        if level < 0.0 { -rounded } else { rounded }
    }

    fn levels() -> impl Strategy<Value = f64> {
        prop_oneof![
            -1e7_f64..1e7,
            // Decimals of five places are ties one time in ten.
            (-1_000_000_000_i64..1_000_000_000).prop_map(|units| units as f64 / 1e5),
            (-(1_i64 << 62)..(1_i64 << 62)).prop_map(|units| units as f64 / 1e5),
            any::<f64>().prop_filter("a level is finite", |level| level.is_finite()),
        ]
    }

    proptest! {
        // Rule R35
        #[test]
        fn rounding_is_that_of_the_shortest_decimal_text(level in levels(), decimals in 0_u32..=15) {
            let expected = by_text(level, decimals as usize);
            prop_assert_eq!(round_level(level, decimals).unwrap(), expected);
        }
    }
}
