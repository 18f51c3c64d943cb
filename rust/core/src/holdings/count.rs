//! A count of shares, on the basis of one day and brought to another by bonus, rights and split.

use crate::exact::{Exact, nearest};
use crate::fraction::Fraction;
use crate::reference::effects::Effects;

/// A share count on the basis of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Shares.
    pub shares: Exact,
    /// Ex-dates up to this day are contained.
    pub basis: i32,
}

impl Count {
    /// Returns the count on the basis of another day: times the actions between the two days, or
    /// divided by those the basis already contains.
    #[must_use]
    pub fn brought_to(&self, day: i32, instrument: usize, effects: &Effects) -> Exact {
        let scales = |after, until| effects.scales_between(instrument, after, until);
        let shares = self.shares.clone();
        let grown = scales(self.basis, day).fold(shares, |shares, scale| shares * scale.exact());
        scales(day, self.basis).fold(grown, |shares, scale| shares / scale.exact())
    }

    /// Returns the double nearest to the count on the basis of another day.
    #[must_use]
    pub fn on(&self, day: i32, instrument: usize, effects: &Effects) -> f64 {
        match self.fraction_on(day, instrument, effects) {
            Some(count) => count.nearest(),
            None => nearest(&self.brought_to(day, instrument, effects)),
        }
    }

    /// Returns [`Count::brought_to`] as a fraction of machine integers, where it is one.
    pub(super) fn fraction_on(
        &self,
        day: i32,
        instrument: usize,
        effects: &Effects,
    ) -> Option<Fraction> {
        let mut count = Fraction::of(&self.shares)?;
        let scales = |after, until| effects.scales_between(instrument, after, until);
        for scale in scales(self.basis, day) {
            count = count.times(scale.fraction()?)?;
        }
        for scale in scales(day, self.basis) {
            count = count.over(scale.fraction()?)?;
        }
        Some(count)
    }
}
