//! Levels: from the values of a moment to price indices and total returns, as the batch chains them.

use crate::wide::{Work, widest};

/// How a level follows from the value of its index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Chain {
    /// Base level × value / divisor (R36).
    Price {
        /// Level at a value equal to the divisor.
        base_level: f64,
        /// Divisor of the day.
        divisor: f64,
    },
    /// Level of the close before × (value / opening value) (R48).
    Return {
        /// Level of the close before.
        previous: f64,
        /// Value of the day's holdings at their opening reference prices, cash taken off.
        opening: f64,
    },
}

/// A level that is published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Position of its index.
    pub index: usize,
    /// How it follows from the value.
    pub chain: Chain,
    /// Of a version in another currency: its rate on the base date, and the currency.
    pub version: Option<(f64, usize)>,
}

/// All levels by one formula, factors that a level has not being 1, which changes no bit:
/// ((`base` · value) / `at_value` · `previous`) · `version`.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    index: Vec<u32>,
    base: Vec<f64>,
    at_value: Vec<f64>,
    previous: Vec<f64>,
    version: Vec<f64>,
}

impl Levels {
    pub(super) fn new(levels: &[Level]) -> Self {
        let mut own = Self {
            index: levels.iter().map(|level| level.index as u32).collect(),
            base: Vec::with_capacity(levels.len()),
            at_value: Vec::with_capacity(levels.len()),
            previous: Vec::with_capacity(levels.len()),
            version: vec![1.0; levels.len()],
        };
        for level in levels {
            let (base, at_value, previous) = match level.chain {
                Chain::Price {
                    base_level,
                    divisor,
                } => (base_level, divisor, 1.0),
                Chain::Return { previous, opening } => (1.0, opening, previous),
            };
            own.base.push(base);
            own.at_value.push(at_value);
            own.previous.push(previous);
        }
        own
    }

    /// Takes rates over; `of_level` are those of the currency of its index.
    pub(super) fn convert<'r>(&mut self, levels: &[Level], of_level: impl Fn(&Level) -> &'r [f64]) {
        for (version, level) in self.version.iter_mut().zip(levels) {
            if let Some((base, currency)) = level.version {
                *version = base / of_level(level)[currency];
            }
        }
    }

    /// Writes all levels, from the values of the indices.
    pub(super) fn write(&self, values: &[f64], out: &mut [f64]) {
        for (place, &index) in out.iter_mut().zip(&self.index) {
            *place = values[index as usize];
        }
        widest(Chained { levels: self, out });
    }

    /// Returns one level at a value.
    pub(super) fn at(&self, level: usize, value: f64) -> f64 {
        let per_base = self.base[level] * value / self.at_value[level];
        per_base * self.previous[level] * self.version[level]
    }
}

/// Makes levels of values.
struct Chained<'w> {
    levels: &'w Levels,
    out: &'w mut [f64],
}

impl Work for Chained<'_> {
    #[inline(always)]
    fn run(self) {
        let Levels {
            base,
            at_value,
            previous,
            version,
            ..
        } = self.levels;
        let factors = base.iter().zip(at_value).zip(previous).zip(version);
        for (place, (((base, at_value), previous), version)) in self.out.iter_mut().zip(factors) {
            *place = base * *place / at_value * previous * version;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Chain, Level, Levels};

    proptest! {
        // Rule R36
        #[test]
        fn one_formula_gives_the_bits_of_each(
            figures in prop::collection::vec(
                (any::<bool>(), 1e-3_f64..1e6, 1e-3_f64..1e15, prop::option::of(1e-3_f64..1e3)), 0..20,
            ),
            values in prop::collection::vec(-1e3_f64..1e15, 3),
            rate in 1e-3_f64..1e3,
        ) {
            let level = |(at, &(is_return, level, at_value, base)): (usize, &(bool, f64, f64, Option<f64>))| Level {
                index: at % values.len(),
                chain: if is_return {
                    Chain::Return { previous: level, opening: at_value }
                } else {
                    Chain::Price { base_level: level, divisor: at_value }
                },
                version: base.map(|base| (base, 1)),
            };
            let levels: Vec<Level> = figures.iter().enumerate().map(level).collect();
            let rates = [1.0, rate];
            let mut columns = Levels::new(&levels);
            columns.convert(&levels, |_| &rates);
            let mut out = vec![f64::NAN; levels.len()];
            columns.write(&values, &mut out);
            for (at, level) in levels.iter().enumerate() {
                let value = values[level.index];
                let own = match level.chain {
                    Chain::Price { base_level, divisor } => base_level * value / divisor,
                    Chain::Return { previous, opening } => previous * (value / opening),
                };
                let plain = level.version.map_or(own, |(base, currency)| own * (base / rates[currency]));
                prop_assert_eq!(plain.to_bits(), out[at].to_bits());
                prop_assert_eq!(plain.to_bits(), columns.at(at, value).to_bits());
            }
        }
    }
}
