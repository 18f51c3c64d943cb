//! The ex-price of one share after everything that happens on one ex-date.

use num_traits::Zero;

use crate::error::{Error, Result};
use crate::exact::{self, Exact};

/// Returns the reference price of a share on its ex-date, not rounded (R63):
///
/// `(close − cash + paid) / ((1 + bonus + rights) · split)`
///
/// All per share held before: `cash` paid out before tax, `bonus` and `rights` new shares, `paid` the
/// money the rights cost, Σ ratio × subscription price; `split` is shares after per share before and
/// comes last. For the price index, which lets a dividend drop it, `cash` is 0.
///
/// # Errors
///
/// [`Error::InvalidInput`] if `close` or `split` is not above 0, another figure is negative, one is not
/// finite, or `cash` is not below `close`.
pub fn ex_price(
    close: f64,
    cash: f64,
    bonus: f64,
    rights: f64,
    paid: f64,
    split: f64,
) -> Result<f64> {
    check(close, cash, bonus, rights, paid, split)?;
    Ok((close - cash + paid) / ((1.0 + bonus + rights) * split))
}

/// Returns the reference price of [`ex_price`] rounded half up to a multiple of `tick`.
///
/// Next to a tie the price is worked out exactly, from figures of 15 significant digits: decimals of
/// that length survive float64, and the last-bit error of a sum or product of them heals, so that
/// three rights at 0.3 cost 0.9 and not 0.8999999999999999.
///
/// # Errors
///
/// As [`ex_price`]; also if `tick` is not above 0 or the price rounds to 0.
pub fn ex_price_on_tick(
    close: f64,
    cash: f64,
    bonus: f64,
    rights: f64,
    paid: f64,
    split: f64,
    tick: f64,
) -> Result<f64> {
    if !(tick > 0.0 && tick.is_finite()) {
        return Err(Error::invalid(
            "tick",
            tick,
            "must be a positive price step",
        ));
    }
    let price = ex_price(close, cash, bonus, rights, paid, split)?;
    let exact_tick = exact::decimal("tick", tick)?;
    let steps = price / tick;
    let rounded = if is_far_from_tie(steps) {
        Exact::from_integer(((steps + 0.5) as i64).into()) * exact_tick
    } else {
        let [close, cash, bonus, rights, paid, split] =
            [close, cash, bonus, rights, paid, split].map(healed);
        let one = exact::whole(1);
        let price = (close - cash + paid) / ((&one + bonus + rights) * split);
        let half = &one / exact::whole(2);
        (price / &exact_tick + half).floor() * exact_tick
    };
    if rounded.is_zero() {
        return Err(Error::invalid(
            "tick",
            tick,
            format!("must not round the price {price} to 0"),
        ));
    }
    Ok(exact::nearest(&rounded))
}

/// Whether rounding `steps` as a double gives the exact answer: the few rounding errors in it are far
/// smaller than the distance to the next tie.
fn is_far_from_tie(steps: f64) -> bool {
    const SMALL: f64 = 1e9;
    const FAR: f64 = 1e-5;
    steps < SMALL && (steps.fract() - 0.5).abs() > FAR
}

/// The decimal of 15 significant digits nearest to `value`, which is finite.
fn healed(value: f64) -> Exact {
    let digits: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    exact::decimal("value", digits).unwrap_or_else(|_| Exact::zero())
}

fn check(close: f64, cash: f64, bonus: f64, rights: f64, paid: f64, split: f64) -> Result<()> {
    for (name, value) in [("close", close), ("split", split)] {
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::invalid(
                name,
                value,
                "must be a positive finite number",
            ));
        }
    }
    for (name, value) in [
        ("cash", cash),
        ("bonus", bonus),
        ("rights", rights),
        ("rights price × rights", paid),
    ] {
        if !(value >= 0.0 && value.is_finite()) {
            return Err(Error::invalid(
                name,
                value,
                "must be a finite number, 0 or more",
            ));
        }
    }
    if cash >= close {
        return Err(Error::invalid(
            "cash",
            cash,
            format!("must be below the close, {close}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a rounded price is one exact double"
)]
mod tests {
    use proptest::prelude::*;

    use super::{ex_price, ex_price_on_tick};

    // Rule R63
    #[test]
    fn a_close_of_20_becomes_the_prices_of_the_rule() {
        let paid = 12.0 * 0.2;
        for (cash, bonus, rights, paid, expected) in [
            (0.5, 0.3, 0.2, paid, 14.6),
            (0.0, 0.3, 0.2, paid, 14.933_333),
            (0.0, 0.3, 0.0, 0.0, 15.384_615),
            (0.0, 0.0, 0.2, paid, 18.666_667),
            (0.5, 0.0, 0.0, 0.0, 19.5),
        ] {
            let price = ex_price(20.0, cash, bonus, rights, paid, 1.0).unwrap();
            assert!((price - expected).abs() < 5e-7, "{price}");
            let halved = ex_price(20.0, cash, bonus, rights, paid, 2.0).unwrap();
            assert!((halved - price / 2.0).abs() < 1e-14);
        }
    }

    // Rule R63
    #[test]
    fn a_tick_rounds_half_up_on_the_decimals_that_were_given() {
        // 20.01 / 2 is 10.005 and goes up, though its double lies below.
        assert_eq!(
            ex_price_on_tick(20.01, 0.0, 1.0, 0.0, 0.0, 1.0, 0.01).unwrap(),
            10.01
        );
        assert_eq!(
            ex_price_on_tick(1.005, 0.0, 0.0, 0.0, 0.0, 1.0, 0.01).unwrap(),
            1.01
        );
        // 0.3 × 3 is 0.8999999999999999 in doubles: (0.61 + 0.9) / 4 = 0.3775, a tie at 0.005.
        let paid = 0.3 * 3.0;
        assert_eq!(
            ex_price_on_tick(0.61, 0.0, 0.0, 3.0, paid, 1.0, 0.005).unwrap(),
            0.38
        );
        assert_eq!(
            ex_price_on_tick(20.0, 0.5, 0.3, 0.2, 2.4, 1.0, 0.01).unwrap(),
            14.6
        );
        assert!(ex_price_on_tick(0.004, 0.0, 0.0, 0.0, 0.0, 1.0, 0.01).is_err());
        assert!(ex_price_on_tick(1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0).is_err());
    }

    // Rule R63
    #[test]
    fn a_dividend_that_eats_the_price_is_refused() {
        let error = ex_price(20.0, 20.0, 0.0, 0.0, 0.0, 1.0).unwrap_err();
        assert_eq!(error.to_string(), "cash = 20: must be below the close, 20");
        for (close, cash, bonus, rights, paid, split) in [
            (0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
            (f64::NAN, 0.0, 0.0, 0.0, 0.0, 1.0),
            (20.0, -1.0, 0.0, 0.0, 0.0, 1.0),
            (20.0, 0.0, -0.1, 0.0, 0.0, 1.0),
            (20.0, 0.0, 0.0, f64::INFINITY, 0.0, 1.0),
            (20.0, 0.0, 0.0, 0.2, f64::NAN, 1.0),
            (20.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ] {
            assert!(ex_price(close, cash, bonus, rights, paid, split).is_err());
        }
    }

    proptest! {
        // Rule R63
        #[test]
        fn a_price_in_hundredths_of_a_cent_rounds_as_whole_numbers_do(units in 50_i64..100_000_000) {
            // The close has four decimals, the tick two: half up is (units + 50) div 100.
            let price = ex_price_on_tick(units as f64 / 1e4, 0.0, 0.0, 0.0, 0.0, 1.0, 0.01).unwrap();
            prop_assert_eq!(price, ((units + 50) / 100) as f64 / 100.0);
        }

        // Rule R62
        #[test]
        fn a_bonus_moves_no_value(close in 0.01_f64..1e5, bonus in 0.0_f64..10.0) {
            let price = ex_price(close, 0.0, bonus, 0.0, 0.0, 1.0).unwrap();
            prop_assert!((price * (1.0 + bonus) / close - 1.0).abs() < 1e-15);
        }
    }
}
