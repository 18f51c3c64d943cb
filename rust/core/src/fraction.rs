//! Exact fractions of machine integers: the fast way through [`crate::exact`], with the same results.
//!
//! Every operation says `None` where a figure outgrows 127 bits; the caller then takes big integers.

use num_rational::Ratio;
use num_traits::ToPrimitive;

use crate::exact::Exact;

/// A fraction with a positive denominator, not necessarily in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// Returns a whole number.
    #[must_use]
    pub fn whole(value: i64) -> Self {
        Self {
            numerator: i128::from(value),
            denominator: 1,
        }
    }

    /// Returns the number that the shortest decimal text of a figure states, where it is short.
    #[must_use]
    pub fn decimal(value: f64) -> Option<Self> {
        const LARGEST: f64 = 1e15;
        let mut denominator = 1_i64;
        for _ in 0..10 {
            // Of up to 15 digits one text alone reads as this double: the shortest.
            let digits = (value * denominator as f64).round();
            if digits.abs() >= LARGEST {
                return None;
            }
            if (digits / denominator as f64).to_bits() == value.to_bits() {
                let lowest = Ratio::new(digits as i64, denominator);
                return Some(Self {
                    numerator: i128::from(*lowest.numer()),
                    denominator: i128::from(*lowest.denom()),
                });
            }
            denominator *= 10;
        }
        None
    }

    /// Returns the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let denominator = self.denominator.checked_mul(other.denominator)?;
        let a = self.numerator.checked_mul(other.denominator)?;
        let b = other.numerator.checked_mul(self.denominator)?;
        Some(Self {
            numerator: a.checked_add(b)?,
            denominator,
        })
    }

    /// Returns the exact number.
    #[must_use]
    pub fn exact(self) -> Exact {
        Exact::new(self.numerator.into(), self.denominator.into())
    }

    /// Returns an exact number of 64-bit terms.
    #[must_use]
    pub fn of(value: &Exact) -> Option<Self> {
        Some(Self {
            numerator: i128::from(value.numer().to_i64()?),
            denominator: i128::from(value.denom().to_i64()?),
        })
    }

    /// Returns the product.
    #[must_use]
    pub fn times(self, by: Self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_mul(by.numerator)?,
            denominator: self.denominator.checked_mul(by.denominator)?,
        })
    }

    /// Returns the quotient by a positive fraction.
    #[must_use]
    pub fn over(self, by: Self) -> Option<Self> {
        self.times(Self {
            numerator: by.denominator,
            denominator: by.numerator,
        })
    }

    /// Whether the change from a positive fraction to this one is at least a share of it.
    #[must_use]
    pub fn has_moved(self, from: Self, share: Self) -> Option<bool> {
        let now = self.numerator.checked_mul(from.denominator)?;
        let before = from.numerator.checked_mul(self.denominator)?;
        let change = (now - before).checked_abs()?;
        Some(change.checked_mul(share.denominator)? >= before.checked_mul(share.numerator)?)
    }

    /// Returns the double nearest to a fraction that is not negative; ties to even.
    #[must_use]
    pub fn nearest(self) -> f64 {
        const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;
        let (numerator, denominator) = (self.numerator.unsigned_abs(), self.denominator as u128);
        if numerator < EXACT && denominator < EXACT {
            // Two exact doubles: their quotient is rounded once.
            return numerator as f64 / denominator as f64;
        }
        let shift = numerator.leading_zeros();
        let shifted = numerator << shift;
        let (quotient, rest) = (shifted / denominator, shifted % denominator);
        if quotient < EXACT << 2 {
            // A denominator of so many bits leaves too few for one rounding.
            return self.nearest_big();
        }
        // What is cut off only decides ties, as one sticky bit below the rounding bit.
        let sticky = quotient | u128::from(rest != 0);
        sticky as f64 * 2_f64.powi(-(shift as i32))
    }

    fn nearest_big(self) -> f64 {
        crate::exact::nearest(&self.exact())
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;
    use crate::exact::{Exact, decimal, nearest};
    use proptest::prelude::*;

    fn exact(numerator: i64, denominator: i64) -> Exact {
        Exact::new(numerator.into(), denominator.into())
    }

    proptest! {
        #[test]
        fn the_nearest_double_is_that_of_big_integers(
            count in 1_i64..i64::MAX, scales in prop::collection::vec((1_i64..2000, 1_i64..2000), 0..7),
        ) {
            let mut fast = Fraction::whole(count);
            let mut slow = exact(count, 1);
            for (numerator, denominator) in scales {
                let scale = exact(numerator, denominator);
                let Some(next) = fast.times(Fraction::of(&scale).unwrap()) else { return Ok(()) };
                fast = next;
                slow *= scale;
            }
            prop_assert_eq!(fast.nearest().to_bits(), nearest(&slow).to_bits());
        }

        #[test]
        fn a_decimal_is_what_its_shortest_text_states(
            digits in -10_000_000_i64..10_000_000, places in 0_i32..9, any in -1e6_f64..1e6,
        ) {
            let short = digits as f64 / 10_f64.powi(places);
            prop_assert_eq!(
                Fraction::decimal(short).unwrap().exact(), decimal("short", short).unwrap()
            );
            if let Some(found) = Fraction::decimal(any) {
                prop_assert_eq!(found.exact(), decimal("any", any).unwrap());
            }
        }

        #[test]
        fn a_move_is_that_of_big_integers(
            before in (1_i64..1_000_000, 1_i64..1000), after in (1_i64..1_000_000, 1_i64..1000),
        ) {
            let of = |(numerator, denominator)| exact(numerator, denominator);
            let small = |pair| Fraction::of(&of(pair)).unwrap();
            let share = exact(1, 20);
            let change = of(after) - of(before);
            let moved = change.clone().max(-change) >= of(before) * share.clone();
            let found = small(after).has_moved(small(before), Fraction::of(&share).unwrap());
            prop_assert_eq!(found, Some(moved));
        }
    }

    #[test]
    fn what_outgrows_the_integers_is_not_answered() {
        let large = Fraction::whole(i64::MAX);
        let larger = large.times(large).unwrap();
        assert_eq!(larger.times(large), None);
        assert_eq!(
            large.over(large).unwrap().nearest().to_bits(),
            1.0_f64.to_bits()
        );
    }
}
