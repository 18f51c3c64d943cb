//! Baskets that are renewed as a whole: nothing of the way to a change lives on in what is held after it.

use std::ops::Range;

use super::intents::{Change, Columns, VERBS, Verb};

/// Baskets one after another: who is in, and with which weight factor. Those of one index for each
/// change, or those of many at one.
#[derive(Clone, Debug, Default)]
pub struct Baskets {
    /// First row of each basket; one more than there are.
    starts: Vec<usize>,
    /// Columns of the instruments in the panel, ascending in a basket.
    pub instruments: Vec<u32>,
    /// Weight factors; of a change with caps they are still to be worked out.
    pub factors: Vec<f64>,
}

impl Baskets {
    /// Reads the rows of one index in the place of what was there. False where a change asks for anything
    /// but factors and drops, lets a member stay as it is, or lets the gap pass through.
    ///
    /// `seen` has a cell for each instrument of the panel.
    #[must_use]
    pub fn read(&mut self, changes: &[Change], rows: &Columns<'_>, seen: &mut [u32]) -> bool {
        seen.fill(0);
        self.clear();
        let (mut at, mut members) = (0, 0);
        for (number, change) in (1..).zip(changes) {
            let from = at;
            let own = |&&session: &&u32| session as usize == change.session;
            at += rows.session[from..].iter().take_while(own).count();
            let own = rows.part(from..at);
            let known = own.instrument.last().is_none_or(|&last| (last as usize) < seen.len());
            if !(known && change.keeps_level && Self::is_renewal(change, &own)) {
                return false;
            }
            let mut from_before = 0;
            self.add(&own, |instrument| {
                from_before += usize::from(seen[instrument as usize] == number - 1);
            });
            let basket = &self.instruments[self.starts[number as usize - 1]..];
            if basket.is_empty() || (number > 1 && from_before != members) {
                return false;
            }
            for &instrument in basket {
                seen[instrument as usize] = number;
            }
            members = basket.len();
        }
        at == rows.session.len()
    }

    /// Returns the number of baskets.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all baskets out.
    pub fn clear(&mut self) {
        self.instruments.clear();
        self.factors.clear();
        self.starts.clear();
        self.starts.push(0);
    }

    /// Adds the basket that rows give which [`Baskets::read`] has found to be one.
    pub fn push(&mut self, rows: &Columns<'_>) {
        self.add(rows, |_| {});
    }

    /// Adds the names that rows give a factor; `look` sees every instrument.
    fn add(&mut self, rows: &Columns<'_>, mut look: impl FnMut(u32)) {
        let from = self.instruments.len();
        self.instruments.resize(from + rows.instrument.len(), 0);
        self.factors.resize(from + rows.instrument.len(), 0.0);
        let mut at = from;
        let values = rows.instrument.iter().zip(rows.value);
        for ((&instrument, &value), &verb) in values.zip(rows.verb) {
            look(instrument);
            // Every row is written, and those that drop are written over.
            self.instruments[at] = instrument;
            self.factors[at] = value;
            at += usize::from(VERBS[verb as usize] == Verb::Factor);
        }
        self.instruments.truncate(at);
        self.factors.truncate(at);
        self.starts.push(at);
    }

    /// Whether a change renews a basket: rows that give a factor or drop a name, each name once.
    fn is_renewal(change: &Change, rows: &Columns<'_>) -> bool {
        let has_factor = |value: f64| change.caps.is_some() || (value > 0.0 && value.is_finite());
        let mut fits = rows.instrument.is_sorted_by(|a, b| a < b);
        for (&verb, &value) in rows.verb.iter().zip(rows.value) {
            let verb = VERBS[verb as usize];
            fits &= verb == Verb::Drop || (verb == Verb::Factor && has_factor(value));
        }
        fits
    }

    /// Returns the rows of a basket.
    #[must_use]
    pub fn rows(&self, number: usize) -> Range<usize> {
        self.starts[number]..self.starts[number + 1]
    }

    /// Returns instruments and weight factors of a basket.
    #[must_use]
    pub fn basket(&self, number: usize) -> (&[u32], &[f64]) {
        let rows = self.rows(number);
        (&self.instruments[rows.clone()], &self.factors[rows])
    }
}
