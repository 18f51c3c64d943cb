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
            let from_before = self.add(change, &rows.part(from..at), number, seen);
            let joined = self.instruments.len() - self.starts[number as usize - 1];
            if from_before != Some(members) || joined == 0 || !change.keeps_level {
                return false;
            }
            members = joined;
            self.starts.push(self.instruments.len());
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
        let values = rows.instrument.iter().zip(rows.value);
        for ((&instrument, &value), &verb) in values.zip(rows.verb) {
            if VERBS[verb as usize] == Verb::Factor {
                self.instruments.push(instrument);
                self.factors.push(value);
            }
        }
        self.starts.push(self.instruments.len());
    }

    /// Adds the basket of a change; returns how many of its rows were members before.
    fn add(
        &mut self,
        change: &Change,
        rows: &Columns<'_>,
        number: u32,
        seen: &mut [u32],
    ) -> Option<usize> {
        if !rows.instrument.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut from_before = 0;
        for ((&instrument, &verb), &value) in rows.instrument.iter().zip(rows.verb).zip(rows.value) {
            let last = seen.get_mut(instrument as usize)?;
            from_before += usize::from(number > 1 && *last == number - 1);
            match VERBS[verb as usize] {
                Verb::Factor if change.caps.is_some() || (value > 0.0 && value.is_finite()) => {
                    *last = number;
                    self.instruments.push(instrument);
                    self.factors.push(value);
                }
                Verb::Drop => {}
                _ => return None,
            }
        }
        Some(from_before)
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
