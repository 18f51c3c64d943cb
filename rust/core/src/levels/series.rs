//! Chain: values and divisors to the levels of every session (R36, R48).

use super::chain::total_return;
use crate::holdings::Holdings;
use crate::panel::{Panel, iso_date};
use crate::{Error, Result};

/// How far the value of a close may differ between Hold and Value, relative: no more than rounding.
const AGREEMENT: f64 = 1e-12;

/// Levels at the start, unrounded.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Level of the price index at a value equal to the divisor.
    pub base_level: f64,
    /// Gross total return at the start.
    pub total_return: f64,
    /// Net total return at the start.
    pub net_total_return: f64,
}

/// Levels of every session; NaN before the start.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Price index: base level × value / divisor.
    pub price: Vec<f64>,
    /// Opening value of the price index; NaN on the first session.
    pub price_opening: Vec<f64>,
    /// Total return, dividends before tax.
    pub total_return: Vec<f64>,
    /// Its opening value.
    pub total_return_opening: Vec<f64>,
    /// Total return, dividends after tax.
    pub net_total_return: Vec<f64>,
    /// Its opening value.
    pub net_total_return_opening: Vec<f64>,
}

/// Chains the values of the sessions into levels.
///
/// The opening value is the value of the close before, or of the new holdings after a correction;
/// the total returns open lower by the cash that goes ex.
///
/// # Errors
///
/// [`Error::Inconsistent`] if a correction does not continue the value of the close before it, and
/// [`Error::InvalidInput`] if a value or an opening value is not positive.
pub fn chain(
    panel: &Panel<'_>,
    values: &[f64],
    holdings: &Holdings,
    opening: Opening,
) -> Result<Series> {
    let (first, sessions) = (holdings.first, values.len());
    for correction in &holdings.corrections {
        let close = values[correction.session - 1];
        let drift = (correction.value_before / close - 1.0).abs();
        // A drift that is not a number is no agreement either.
        if correction.session > first && (drift > AGREEMENT || drift.is_nan()) {
            return Err(Error::Inconsistent(format!(
                "{}: the correction starts from {} but the close was worth {close}",
                iso_date(panel.days[correction.session]),
                correction.value_before
            )));
        }
    }
    let empty = || vec![f64::NAN; sessions];
    let mut series = Series {
        price: empty(),
        price_opening: empty(),
        total_return: empty(),
        total_return_opening: empty(),
        net_total_return: empty(),
        net_total_return_opening: empty(),
    };
    let price = |session: usize| opening.base_level * values[session] / holdings.divisors[session];
    series.price[first] = price(first);
    series.total_return[first] = opening.total_return;
    series.net_total_return[first] = opening.net_total_return;
    for session in first + 1..sessions {
        series.price[session] = price(session);
        series.price_opening[session] = values[session - 1];
    }
    for &(session, value) in &holdings.openings {
        series.price_opening[session] = value;
    }
    series
        .total_return_opening
        .clone_from(&series.price_opening);
    series
        .net_total_return_opening
        .clone_from(&series.price_opening);
    for cash in &holdings.distributions {
        series.total_return_opening[cash.session] -= cash.gross;
        series.net_total_return_opening[cash.session] -= cash.net;
    }
    for (levels, openings) in [
        (&mut series.total_return, &series.total_return_opening),
        (
            &mut series.net_total_return,
            &series.net_total_return_opening,
        ),
    ] {
        for session in first + 1..sessions {
            levels[session] =
                total_return(levels[session - 1], values[session], openings[session])?;
        }
    }
    Ok(series)
}
