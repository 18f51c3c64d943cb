//! Tick mode: every change of chosen levels at every tick, by sums of integers, which cannot drift.
//!
//! A level is Σ price · coefficient. Prices count in units of 1e-8, which decimal prices are whole
//! numbers of; coefficients in powers of two chosen so that the largest has 62 bits. A move adds
//! (new − old) · coefficient to a sum of 128 bits: exactly, whatever the number of ticks. What a price
//! has beyond its whole units, such as the reference price of an ex-date, is summed beside it: it is so
//! small that its own rounding does not show. Where the sum lies too near a bound of the 4 decimals to
//! tell on which side the batch rounds, the level is summed as the batch does.

use super::book::Moment;
use super::engine::{Day, Engine};
use super::holders::Holders;
use super::ticks::Ticks;
use crate::{Error, Result};

/// Units of a price.
const PER_PRICE: f64 = 1e8;

/// What a price must be below, and the most terms of a level: so a sum has less than 127 bits.
const HIGHEST: f64 = 1e7;
const MOST: usize = 8_000;

/// Bits of the largest coefficient.
const BITS: i32 = 62;

/// Decimals of a published level, as a factor (R35).
const PER_LEVEL: f64 = 1e4;

/// How near to a bound of its decimals a level is summed anew, relative to the level.
const NEAR: f64 = 1e-12;

/// 2^52: floats from here on are whole.
const WITHOUT_DECIMALS: f64 = 4_503_599_627_370_496.0;

/// 2^64: what the high half of a sum counts in.
const HALF: f64 = 18_446_744_073_709_551_616.0;

/// Where changes of levels are written, in the order of the ticks: columns of one length.
#[derive(Debug)]
pub struct Changes<'o> {
    /// Which level, by its row.
    pub row: &'o mut [u32],
    /// When the tick was made.
    pub timestamp: &'o mut [Moment],
    /// The level from then on.
    pub value: &'o mut [f64],
}

/// Sums of chosen levels.
struct Deltas {
    /// Chosen levels that hold each security.
    holders: Holders,
    /// Their coefficients.
    coefficients: Vec<i64>,
    /// By level, its row and what it stands at.
    rows: Vec<u32>,
    sums: Vec<Sum>,
    /// Prices of the securities.
    prices: Vec<Price>,
}

/// What a level stands at.
struct Sum {
    whole: i128,
    /// What prices have beyond their whole units, times their coefficients.
    beyond: f64,
    /// What one unit of the sum is of the level.
    per_unit: f64,
}

/// A price in units.
#[derive(Clone, Copy)]
struct Price {
    whole: i64,
    /// What it has beyond whole ones.
    beyond: f64,
}

/// Returns the most changes that ticks can make to chosen levels.
///
/// # Errors
///
/// [`Error::InvalidInput`] for a level that there is not.
pub fn most_changes(engine: &Engine, securities: &[u32], chosen: &[usize]) -> Result<usize> {
    check_levels(engine, chosen)?;
    let mut holders = vec![0; engine.book.prices().len()];
    for &at in chosen {
        for &security in &engine.day.indices[engine.day.levels[at].index].securities {
            holders[security as usize] += 1;
        }
    }
    let of_ticks = securities.iter().map(|&at| holders.get(at as usize));
    Ok(of_ticks.flatten().sum())
}

/// Takes ticks, which must have times, and writes every change of the chosen levels; returns how many.
///
/// # Errors
///
/// [`Error::InvalidInput`] for a level that there is not, ticks without times, a price too high for
/// this mode, or less room than [`most_changes`].
pub fn replay_ticks(
    engine: &mut Engine,
    ticks: &Ticks<'_>,
    chosen: &[usize],
    out: &mut Changes<'_>,
) -> Result<usize> {
    let Some(timestamps) = ticks.timestamps else {
        return Err(Error::MissingData("timestamps: must be given".to_owned()));
    };
    let most = most_changes(engine, ticks.securities, chosen)?;
    let there = [out.row.len(), out.timestamp.len(), out.value.len()];
    if let Some(there) = there.into_iter().find(|&there| there < most) {
        let expected = format!("must be at least {most}");
        return Err(Error::invalid("size of out", there, expected));
    }
    let references = engine.book.prices().iter();
    for (name, mut prices) in [("references", references), ("prices", ticks.prices.iter())] {
        let too_high = |price: &f64| price.is_finite() && *price >= HIGHEST;
        if let Some(at) = prices.clone().position(too_high) {
            let price = prices.nth(at).copied().unwrap_or_default();
            let expected = format!("must be below {HIGHEST:e} in tick mode");
            return Err(Error::invalid(format!("{name}[{at}]"), price, expected));
        }
    }
    for &at in chosen {
        let terms = engine.day.indices[engine.day.levels[at].index]
            .securities
            .len();
        if terms > MOST {
            let expected = format!("must be at most {MOST} in tick mode");
            return Err(Error::invalid(
                format!("constituents of row {at}"),
                terms,
                expected,
            ));
        }
    }
    let mut deltas = Deltas::new(engine, chosen);
    let mut count = 0;
    let Engine {
        book, day, chained, ..
    } = engine;
    book.take_with(ticks, |change, prices| {
        let price = prices[change.security];
        if price.to_bits() == change.before.to_bits() {
            return;
        }
        let own = count..count + deltas.holders.range(change.security).len();
        count = own.end;
        let (rows, values) = (&mut out.row[own.clone()], &mut out.value[own.clone()]);
        deltas.apply(change.security, Price::new(price), rows, values);
        if !values.iter().fold(true, |all, &one| all & is_clear(one)) {
            for (&row, value) in rows.iter().zip(values) {
                if !is_clear(*value) {
                    *value = chained.at(row as usize, summed(day, prices, row as usize));
                }
            }
        }
        out.timestamp[own].fill(timestamps[change.row]);
    });
    Ok(count)
}

/// Returns the value of the index of a level as the batch sums it.
#[cold]
fn summed(day: &Day, prices: &[f64], level: usize) -> f64 {
    let index = &day.indices[day.levels[level].index];
    let rates = &day.rates[index.currency];
    let mut value = 0.0;
    for (&at, units) in index.securities.iter().zip(&index.units) {
        let at = at as usize;
        value += (prices[at] * rates[day.currency[at] as usize]) * units;
    }
    value
}

fn check_levels(engine: &Engine, chosen: &[usize]) -> Result<()> {
    let count = engine.day.levels.len();
    match chosen.iter().find(|&&at| at >= count) {
        None => Ok(()),
        Some(level) => {
            let expected = format!("must be below {count}, the number of rows");
            Err(Error::invalid("rows", level, expected))
        }
    }
}

impl Deltas {
    fn new(engine: &Engine, chosen: &[usize]) -> Self {
        let day = &engine.day;
        let own = engine.book.prices().iter().map(|&price| Price::new(price));
        let prices: Vec<Price> = own.collect();
        let index_of = |&at: &usize| &day.indices[day.levels[at].index];
        let held = chosen.iter().map(|at| &index_of(at).securities[..]);
        let holders = Holders::new(prices.len(), held);
        let mut coefficients = vec![0; holders.numbers().len()];
        let mut places = holders.places();
        let mut sums = Vec::with_capacity(chosen.len());
        for &at in chosen {
            let index = index_of(&at);
            let rates = &day.rates[index.currency];
            // What one unit of value adds to the level.
            let per_value = engine.chained.at(at, 1.0);
            let own = index.securities.iter().zip(&index.units);
            let exact: Vec<(u32, f64)> = own
                .map(|(&at, units)| {
                    let rate = rates[day.currency[at as usize] as usize];
                    (at, per_value * (rate * units))
                })
                .collect();
            let largest = exact.iter().map(|(_, one)| one.abs());
            let largest = largest.fold(f64::MIN_POSITIVE, f64::max);
            let scale = f64::from(BITS - 1 - largest.log2().ceil() as i32).exp2();
            let mut sum = Sum {
                whole: 0,
                beyond: 0.0,
                per_unit: 1.0 / (PER_PRICE * scale),
            };
            for (security, coefficient) in exact {
                let coefficient = (coefficient * scale).round_ties_even() as i64;
                coefficients[places(security)] = coefficient;
                sum.add(prices[security as usize], coefficient);
            }
            sums.push(sum);
        }
        Self {
            holders,
            coefficients,
            rows: chosen.iter().map(|&row| row as u32).collect(),
            sums,
            prices,
        }
    }

    /// Moves a price, and writes the rows and levels of those that hold it.
    #[inline(always)]
    fn apply(&mut self, security: usize, price: Price, rows: &mut [u32], values: &mut [f64]) {
        let own = self.holders.range(security);
        let before = std::mem::replace(&mut self.prices[security], price);
        let change = Price {
            whole: price.whole - before.whole,
            beyond: price.beyond - before.beyond,
        };
        let levels = &self.holders.numbers()[own.clone()];
        let entries = levels.iter().zip(&self.coefficients[own]);
        let room = rows.iter_mut().zip(values);
        for ((row, value), (&level, &coefficient)) in room.zip(entries) {
            let sum = &mut self.sums[level as usize];
            sum.add(change, coefficient);
            *row = self.rows[level as usize];
            *value = sum.level();
        }
    }
}

impl Sum {
    #[inline(always)]
    fn add(&mut self, price: Price, coefficient: i64) {
        self.whole += i128::from(price.whole) * i128::from(coefficient);
        if price.beyond != 0.0 {
            self.beyond += price.beyond * coefficient as f64;
        }
    }

    /// Returns the level. Halves are converted one by one, in a fraction of the time of the whole.
    #[inline(always)]
    fn level(&self) -> f64 {
        let (high, low) = ((self.whole >> 64) as i64, self.whole as u64);
        let whole = high as f64 * HALF + low as f64;
        (whole + self.beyond) * self.per_unit
    }
}

impl Price {
    #[inline(always)]
    fn new(price: f64) -> Self {
        let whole = (price * PER_PRICE).round_ties_even();
        Self {
            whole: whole as i64,
            beyond: (price - whole / PER_PRICE) * PER_PRICE,
        }
    }
}

/// Whether a level lies so far from a bound of its decimals that its sum tells the side.
#[inline(always)]
fn is_clear(value: f64) -> bool {
    let decimals = value.abs() * PER_LEVEL;
    // Added to what has no decimals, it is rounded; what is too high for that is not clear anyway.
    let rounded = decimals + WITHOUT_DECIMALS - WITHOUT_DECIMALS;
    let to_bound = 0.5 - (decimals - rounded).abs();
    to_bound > decimals * NEAR
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NEAR, PER_LEVEL, is_clear};

    proptest! {
        // Rule R35
        #[test]
        fn what_lies_near_a_bound_is_not_clear(
            whole in 1_000_u32..1_000_000_000, share in 0.0_f64..3.0, is_below: bool, is_negative: bool,
        ) {
            prop_assume!(!(0.9..=1.1).contains(&share));
            let bound = f64::from(whole) + 0.5;
            let away = share * bound * NEAR;
            let level = (if is_below { bound - away } else { bound + away }) / PER_LEVEL;
            prop_assert_eq!(is_clear(if is_negative { -level } else { level }), share > 1.0);
        }

        // Rule R35
        #[test]
        fn whole_decimals_are_clear(whole in 0_u32..1_000_000_000) {
            prop_assert!(is_clear(f64::from(whole) / PER_LEVEL));
        }
    }

    #[test]
    fn what_no_sum_can_tell_is_not_clear() {
        for level in [1e12, 1e13, 1e300, f64::INFINITY, f64::NAN] {
            assert!(!is_clear(level), "{level}");
        }
    }
}
