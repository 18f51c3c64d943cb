//! Chain: values and corrections to divisors and to the levels of every session (R36, R48, R50).

use super::chain::{adjust_divisor, total_returns};
use crate::holdings::Holdings;
use crate::holdings::hold::{Distribution, Divisor};
use crate::panel::iso_date;
use crate::{Error, Result};

/// How far a correction may move the level, relative (R50).
const CONTINUITY: f64 = 1e-12;

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

/// Which total returns are wanted beside the price index.
#[derive(Clone, Copy, Debug)]
pub struct Variants {
    /// Dividends before tax.
    pub total_return: bool,
    /// Dividends after tax.
    pub net_total_return: bool,
}

impl Variants {
    /// All there are.
    pub const ALL: Self = Self {
        total_return: true,
        net_total_return: true,
    };
}

/// A change of the divisor (R50).
#[derive(Clone, Copy, Debug)]
pub struct Corrected {
    /// First session with the new divisor.
    pub session: usize,
    /// Divisor until then.
    pub before: f64,
    /// Divisor from then on.
    pub after: f64,
    /// Value of the old holdings at the close before.
    pub value_before: f64,
    /// Value of the new holdings at the opening reference prices and the rates of the close before.
    pub value_after: f64,
    /// Set of [`crate::holdings::audit::Cause`].
    pub causes: u32,
}

/// Levels of every session; NaN before the start.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Value of the holdings.
    pub values: Vec<f64>,
    /// Divisor in force.
    pub divisors: Vec<f64>,
    /// Its changes, by session.
    pub corrections: Vec<Corrected>,
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

impl Series {
    /// Chains the values of the sessions into levels, in place of what was there; variants that are not
    /// wanted stay empty.
    ///
    /// The opening value is the value of the close before and what a correction gains; the total
    /// returns open lower by the cash that goes ex.
    ///
    /// # Errors
    ///
    /// [`Error::Inconsistent`] if a correction would move the level, and [`Error::InvalidInput`] if a
    /// value or an opening value is not positive.
    pub fn chain(
        &mut self,
        days: &[i32],
        values: &[f64],
        holdings: &Holdings,
        opening: Opening,
        variants: Variants,
    ) -> Result<()> {
        let (first, sessions) = (holdings.first, values.len());
        self.values.clear();
        self.values.extend_from_slice(values);
        for column in [&mut self.divisors, &mut self.price, &mut self.price_opening] {
            column.clear();
            column.resize(sessions, f64::NAN);
        }
        self.price_opening[first + 1..].copy_from_slice(&values[first..sessions - 1]);
        self.divide(days, values, holdings)?;
        let own = self.price[first..].iter_mut().zip(&values[first..]);
        for ((level, value), divisor) in own.zip(&self.divisors[first..]) {
            *level = opening.base_level * value / divisor;
        }
        for (wanted, levels, openings, start, cash) in [
            (
                variants.total_return,
                &mut self.total_return,
                &mut self.total_return_opening,
                opening.total_return,
                (|paid| paid.gross) as fn(&Distribution) -> f64,
            ),
            (
                variants.net_total_return,
                &mut self.net_total_return,
                &mut self.net_total_return_opening,
                opening.net_total_return,
                |paid| paid.net,
            ),
        ] {
            levels.clear();
            openings.clear();
            if !wanted {
                continue;
            }
            openings.extend_from_slice(&self.price_opening);
            for paid in &holdings.distributions {
                openings[paid.session] -= cash(paid);
            }
            levels.resize(sessions, f64::NAN);
            levels[first] = start;
            let after = first + 1;
            total_returns(
                start,
                &values[after..],
                &openings[after..],
                &mut levels[after..],
            )?;
        }
        Ok(())
    }

    /// Works out the divisors, and the opening values of the price index where they change.
    fn divide(&mut self, days: &[i32], values: &[f64], holdings: &Holdings) -> Result<()> {
        let first = holdings.first;
        self.corrections.clear();
        let mut divisor = match holdings.divisor {
            Divisor::PerValue(factor) => values[first] * factor,
            Divisor::Known(divisor) => divisor,
        };
        let mut from = first;
        for correction in &holdings.corrections {
            let session = correction.session;
            self.divisors[from..session].fill(divisor);
            let value_before = values[session - 1];
            let value_after = value_before + correction.gain;
            let (after, opening) = match correction.gap {
                None => (
                    adjust_divisor(divisor, value_before, value_after)?,
                    value_after,
                ),
                Some(rescaled) => (divisor / rescaled, value_before / rescaled),
            };
            let drift = ((opening / after) / (value_before / divisor) - 1.0).abs();
            // A drift that is not a number is no agreement either.
            if drift > CONTINUITY || drift.is_nan() {
                return Err(Error::Inconsistent(format!(
                    "{}: the divisor change from {divisor} to {after} would move the level by \
                     {drift:e}",
                    iso_date(days[session])
                )));
            }
            self.corrections.push(Corrected {
                session,
                before: divisor,
                after,
                value_before,
                value_after,
                causes: correction.causes,
            });
            self.price_opening[session] = opening;
            (divisor, from) = (after, session);
        }
        self.divisors[from..].fill(divisor);
        Ok(())
    }
}
