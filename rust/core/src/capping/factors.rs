//! Weight factors 權因子: what turns adjusted market values into target weights (R38).

use crate::error::{Error, Result};

/// Two ratios this close are one: a weight carries the rounding of its own multiplication, and its
/// ratio that of a division. So every name that no cap touched has the factor 1, exactly.
const SAME_RATIO: f64 = 1.0 - 4.0 * f64::EPSILON;

/// Returns factors k in (0, 1] with `weight ∝ value · k`, the largest exactly 1.
///
/// A name without value has no weight to correct and gets the factor 1.
///
/// # Errors
///
/// [`Error::InvalidInput`] if the lengths differ, a value or weight is negative, NaN or infinite, a
/// value is positive where its weight is 0 or the other way round, or no value is positive.
pub fn weight_factors(values: &[f64], weights: &[f64]) -> Result<Vec<f64>> {
    if values.len() != weights.len() {
        return Err(Error::invalid(
            "length of weights",
            weights.len(),
            format!("must be the length of values, {}", values.len()),
        ));
    }
    // A ratio is never the number of a broken pair: those turn into NaN.
    let mut factors: Vec<f64> = values
        .iter()
        .zip(weights)
        .map(|(&value, &weight)| ratio(value, weight))
        .collect();
    if factors.iter().any(|ratio| ratio.is_nan()) {
        return Err(first_invalid(values, weights));
    }
    let largest = factors.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(Error::invalid(
            "values",
            format!("{} values, none above 0", values.len()),
            "must hold at least one positive value",
        ));
    }
    for factor in &mut factors {
        let share = *factor / largest;
        // The ratio of a name without value is 0, which no other can be.
        *factor = if share >= SAME_RATIO || *factor == 0.0 {
            1.0
        } else {
            share
        };
    }
    Ok(factors)
}

/// Weight per value; 0 for a name with neither, NaN for a pair that cannot be.
fn ratio(value: f64, weight: f64) -> f64 {
    let ratio = weight / value;
    if value > 0.0 && weight > 0.0 && ratio.is_normal() {
        ratio
    } else if value == 0.0 && weight == 0.0 {
        0.0
    } else {
        f64::NAN
    }
}

fn first_invalid(values: &[f64], weights: &[f64]) -> Error {
    let pairs = values.iter().zip(weights);
    let position = pairs
        .clone()
        .position(|(&value, &weight)| ratio(value, weight).is_nan());
    let position = position.unwrap_or_default();
    let (value, weight) = (values[position], weights[position]);
    let is_amount = |amount: f64| amount >= 0.0 && amount.is_finite();
    if !is_amount(value) {
        let name = format!("values[{position}]");
        return Error::invalid(name, value, "must be a finite market value, 0 or more");
    }
    let expected = if !is_amount(weight) {
        "must be a finite weight, 0 or more".into()
    } else if value > 0.0 && weight > 0.0 {
        format!("must be a weight of the size of values[{position}] = {value:e}")
    } else if value > 0.0 {
        format!("must be positive, as values[{position}] = {value} is")
    } else {
        format!("must be 0, as values[{position}] is")
    };
    Error::invalid(format!("weights[{position}]"), weight, expected)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "the largest factor is 1 exactly"
)]
mod tests {
    use super::weight_factors;

    // Rule R38
    #[test]
    fn the_largest_factor_is_exactly_1_and_a_name_without_value_has_1() {
        let factors = weight_factors(&[300.0, 100.0, 0.0, 50.0], &[0.5, 0.3, 0.0, 0.2]).unwrap();
        assert_eq!(factors[3], 1.0);
        assert_eq!(factors[2], 1.0);
        assert!((factors[0] - 0.5 / 300.0 / (0.2 / 50.0)).abs() < 1e-15);
    }

    #[test]
    fn a_pair_that_cannot_be_is_named() {
        let refused = |value, weight| weight_factors(&[1.0, value], &[0.5, weight]).unwrap_err();
        for (value, weight, message) in [
            (
                -1.0,
                0.5,
                "values[1] = -1: must be a finite market value, 0 or more",
            ),
            (
                1.0,
                f64::NAN,
                "weights[1] = NaN: must be a finite weight, 0 or more",
            ),
            (
                2.0,
                0.0,
                "weights[1] = 0: must be positive, as values[1] = 2 is",
            ),
            (0.0, 0.5, "weights[1] = 0.5: must be 0, as values[1] is"),
            (
                1e-320,
                0.5,
                "weights[1] = 0.5: must be a weight of the size of values[1] = 1e-320",
            ),
        ] {
            assert_eq!(refused(value, weight).to_string(), message);
        }
        assert!(weight_factors(&[0.0], &[0.0]).is_err());
        assert!(weight_factors(&[], &[]).is_err());
        assert!(weight_factors(&[1.0], &[]).is_err());
    }
}
