//! Steps that carry a level over a change of the basket and over a session.

use crate::error::{Error, Result};

/// Returns the divisor after a change of the basket: `divisor · value_after / value_before` (R50).
///
/// Both values are at the same prices and rates, so that the level does not move. The ratio comes
/// first: where the value stays, so does every bit of the divisor.
///
/// # Errors
///
/// [`Error::InvalidInput`] if an argument is not positive and finite.
#[inline]
pub fn adjust_divisor(divisor: f64, value_before: f64, value_after: f64) -> Result<f64> {
    let adjusted = divisor * (value_after / value_before);
    positive([
        ("divisor", divisor),
        ("value_before", value_before),
        ("value_after", value_after),
        ("divisor · value_after / value_before", adjusted),
    ])
}

/// Returns the total-return level of a session: `previous · value / opening_value` (R48).
///
/// `opening_value` is the value of the session's holdings at their opening reference prices and the
/// rates of the session before. The ratio comes first: where the value stays, so does the level.
///
/// # Errors
///
/// [`Error::InvalidInput`] if an argument is not positive and finite.
#[inline]
pub fn total_return(previous: f64, value: f64, opening_value: f64) -> Result<f64> {
    let level = previous * (value / opening_value);
    positive([
        ("previous", previous),
        ("value", value),
        ("opening_value", opening_value),
        ("previous · value / opening_value", level),
    ])
}

/// Chains the total-return levels of one session after another, as [`total_return`] does.
///
/// # Errors
///
/// As there, of the first session that is refused.
pub fn total_returns(
    start: f64,
    values: &[f64],
    opening_values: &[f64],
    levels: &mut [f64],
) -> Result<()> {
    for ((ratio, value), opening) in levels.iter_mut().zip(values).zip(opening_values) {
        *ratio = value / opening;
    }
    let mut level = start;
    for place in &mut *levels {
        level *= *place;
        *place = level;
    }
    let is_sound = |figures: &[f64]| {
        figures
            .iter()
            .fold(true, |all, &one| all & is_positive(one))
    };
    if is_positive(start) && is_sound(values) && is_sound(opening_values) && is_sound(levels) {
        return Ok(());
    }
    let mut level = start;
    for (&value, &opening) in values.iter().zip(opening_values) {
        level = total_return(level, value, opening)?;
    }
    Ok(())
}

/// Returns the last figure, if all are positive and finite.
#[inline]
fn positive(figures: [(&str, f64); 4]) -> Result<f64> {
    match figures.iter().find(|(_, figure)| !is_positive(*figure)) {
        None => Ok(figures[3].1),
        Some(&(name, figure)) => Err(refused(name, figure)),
    }
}

/// Whether a figure can be a level, a value, a price or a rate.
pub(crate) fn is_positive(figure: f64) -> bool {
    figure > 0.0 && figure.is_finite()
}

#[cold]
fn refused(name: &str, figure: f64) -> Error {
    Error::invalid(name, figure, "must be positive and finite")
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a change of nothing keeps every bit"
)]
mod tests {
    use proptest::prelude::*;

    use super::{adjust_divisor, total_return, total_returns};

    // Rule W3
    #[test]
    fn a_rights_issue_moves_the_divisor_and_not_the_level() {
        let divisor = adjust_divisor(350_000.0, 365_500.0, 375_100.0).unwrap();
        assert!((divisor - 359_192.886_457).abs() < 5e-7);
        assert!((375_100.0 / divisor * 1000.0 - 1_044.285_714_285_714).abs() < 1e-12);
    }

    // Rule W4
    #[test]
    fn a_dividend_is_reinvested_at_the_opening() {
        let level = total_return(1_044.285_714_285_714, 374_400.0, 372_600.0).unwrap();
        assert!((level - 1_049.330_6).abs() < 5e-5);
    }

    // Rule R50
    #[test]
    fn values_that_make_no_divisor_are_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(adjust_divisor(bad, 1.0, 1.0).is_err());
            assert!(adjust_divisor(1.0, bad, 1.0).is_err());
            assert!(adjust_divisor(1.0, 1.0, bad).is_err());
            assert!(total_return(bad, 1.0, 1.0).is_err());
            assert!(total_return(1.0, bad, 1.0).is_err());
            assert!(total_return(1.0, 1.0, bad).is_err());
        }
        assert!(adjust_divisor(1e-300, 1e300, 1e-300).is_err());
        assert!(total_return(1e300, 1e300, 1e-300).is_err());
    }

    proptest! {
        // Rule R50
        #[test]
        fn the_level_is_continuous(
            divisor in 1e-3_f64..1e15, before in 1e-3_f64..1e15, after in 1e-3_f64..1e15,
        ) {
            let adjusted = adjust_divisor(divisor, before, after).unwrap();
            prop_assert!((after / adjusted / (before / divisor) - 1.0).abs() <= 1e-12);
        }

        // Rule R48
        #[test]
        fn many_sessions_are_one_after_another(
            start in prop_oneof![4 => 1.0_f64..1e4, 1 => Just(-1.0)],
            rows in prop::collection::vec(
                (prop_oneof![9 => 1.0_f64..1e9, 1 => Just(0.0)], 1.0_f64..1e9), 0..9,
            ),
        ) {
            let (values, openings): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
            let mut levels = vec![f64::NAN; rows.len()];
            let found = total_returns(start, &values, &openings, &mut levels);
            let mut level = start;
            let one_by_one: Result<Vec<f64>, _> = rows
                .iter()
                .map(|&(value, opening)| {
                    level = total_return(level, value, opening)?;
                    Ok(level)
                })
                .collect();
            match one_by_one {
                Ok(wanted) if rows.is_empty() => prop_assert!(wanted.is_empty()),
                Ok(wanted) => { found.unwrap(); prop_assert_eq!(wanted, levels); }
                Err(error) => {
                    let error: crate::Error = error;
                    prop_assert_eq!(found.unwrap_err().to_string(), error.to_string());
                }
            }
        }

        // Rule R48
        #[test]
        fn without_a_change_nothing_moves(level in 1e-3_f64..1e9, value in 1e-3_f64..1e15) {
            prop_assert_eq!(total_return(level, value, value).unwrap(), level);
            prop_assert_eq!(adjust_divisor(level, value, value).unwrap(), level);
        }
    }
}
