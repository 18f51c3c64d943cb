//! Capping: adjusted market values to target weights, and weights to weight factors (R38–R40).
//!
//! 1. Weights start proportional to the values.
//! 2. Single cap X: a weight above X becomes X, the rest is spread in proportion over the others,
//!    until none is above (`spread`).
//! 3. Top-five cap Y: where the five largest exceed Y, they share Y and the others share 1 − Y, no
//!    one above the fifth (`top`).
//! 4. Weight factors k ∝ weight / value, the largest 1 (`factors`).
//!
//! The iteration of the rule defines the result, not the closed form `min(X, λ·m)`: both agree to
//! rounding, and the bits are those of the iteration. Sums run in eight fixed lanes, so the bits do not
//! depend on the width of the machine's vectors. They do depend on the order of the values; callers
//! pass them in one fixed order, such as by instrument id.

mod basket;
mod batch;
mod factors;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
mod spread;
mod top;

use basket::Basket;
pub use batch::cap_batch;
pub use factors::weight_factors;

use crate::error::{Error, Result};

/// Tolerance of the caps, the one bound that is tested in float64.
pub const EPS: f64 = 1e-12;

/// Which weights decide whether the top cap binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopTest {
    /// The initial weights, as the rule is written.
    Initial,
    /// The weights after the single cap.
    AfterSingleCap,
}

/// What happens where the names below the top cannot take up 1 − Y without passing the last of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Infeasible {
    /// The cap is refused; the error names the smallest that is feasible.
    Error,
    /// The last of the top names are lifted to the weight c* = (1 − Y) / (names below), which all
    /// names below get.
    LiftFifth,
}

/// Weight limits, as fractions: 0.10 is ten percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// X, the most one name may weigh; none is the same as 1.
    pub single: Option<f64>,
    /// Y, the most the `count` largest names may weigh together.
    pub top: Option<f64>,
    /// K, the number of names under the top cap: 5 in the rule.
    pub count: usize,
    /// Which weights decide whether the top cap binds.
    pub top_test: TopTest,
    /// What happens where the top cap has no solution.
    pub infeasible: Infeasible,
}

impl Caps {
    /// Checks that X and Y are in (0, 1] and K is at least 1.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming the limit.
    pub fn check(&self) -> Result<()> {
        for (name, limit) in [("single_cap", self.single), ("top_five_cap", self.top)] {
            match limit {
                Some(limit) if !(limit > 0.0 && limit <= 1.0) => {
                    return Err(Error::invalid(name, limit, "must be above 0 and at most 1"));
                }
                _ => {}
            }
        }
        if self.count == 0 {
            return Err(Error::invalid("k", 0, "must be at least 1"));
        }
        Ok(())
    }
}

/// Returns the weights of one basket under `caps`; they sum to 1 and a value of 0 gets 0.
///
/// `values` are adjusted market values in one currency. Names with equal values are ordered by
/// `rank`, where given, then by position; that decides who is among the top names.
///
/// # Errors
///
/// [`Error::InvalidInput`] if a value is negative, NaN or infinite, if none is positive, if `rank` has
/// another length, or if a limit is outside its domain; [`Error::Infeasible`], naming the smallest
/// feasible cap, if the caps leave no room for a total of 1.
pub fn cap(values: &[f64], rank: Option<&[u32]>, caps: &Caps) -> Result<Vec<f64>> {
    caps.check()?;
    check_rank(values, rank)?;
    let mut weights = values.to_vec();
    cap_in_place(&mut weights, rank, caps)?;
    Ok(weights)
}

/// [`cap`] with checked limits, over values that become weights.
fn cap_in_place(weights: &mut [f64], rank: Option<&[u32]>, caps: &Caps) -> Result<()> {
    let basket = Basket::measure(weights)?;
    let single = caps.single.unwrap_or(1.0);
    if (basket.count as f64) * single < 1.0 - EPS {
        return Err(Error::Infeasible(format!(
            "single_cap = {single}: {} names with a positive value can weigh at most {} together; \
             the smallest feasible cap is {}",
            basket.count,
            // Without the noise of the last bits: 0.9 for 3 × 0.3.
            (basket.count as f64 * single * 1e12).round() / 1e12,
            1.0 / basket.count as f64,
        )));
    }
    if let Some(top) = caps.top {
        return top::cap_top(weights, &basket, rank, single, top, caps);
    }
    spread::spread(weights, &basket, single, 1.0);
    Ok(())
}

fn check_rank(values: &[f64], rank: Option<&[u32]>) -> Result<()> {
    match rank {
        Some(rank) if rank.len() != values.len() => Err(Error::invalid(
            "length of rank",
            rank.len(),
            format!("must be the length of values, {}", values.len()),
        )),
        _ => Ok(()),
    }
}
