//! Baskets of an index that each change renews as a whole: nothing of the way to a change lives on in
//! what is held after it.

use std::ops::Range;

use super::intents::{Change, Columns, VERBS, Verb};

/// A basket for each change: who is in, and with which weight factor.
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
    /// Reads the rows of one index. `None` where a change asks for anything but factors and drops, lets
    /// a member stay as it is, or lets the gap pass through.
    ///
    /// `seen` has a cell for each instrument of the panel.
    #[must_use]
    pub fn read(changes: &[Change], rows: &Columns<'_>, seen: &mut [u32]) -> Option<Self> {
        seen.fill(0);
        let mut baskets = Self {
            starts: vec![0],
            instruments: Vec::with_capacity(rows.session.len()),
            factors: Vec::with_capacity(rows.session.len()),
        };
        let (mut at, mut members) = (0, 0);
        for (number, change) in (1..).zip(changes) {
            let from = at;
            let own = |&&session: &&u32| session as usize == change.session;
            at += rows.session[from..].iter().take_while(own).count();
            let own = rows.part(from..at);
            let last = *own.instrument.last()? as usize;
            if last >= seen.len() || !change.keeps_level || !is_renewal(change, &own) {
                return None;
            }
            let mut from_before = 0;
            baskets.add(&own, |instrument| {
                from_before += usize::from(seen[instrument as usize] == number - 1);
            });
            let basket = baskets.basket(number as usize - 1).0;
            if basket.is_empty() || (number > 1 && from_before != members) {
                return None;
            }
            for &instrument in basket {
                seen[instrument as usize] = number;
            }
            members = basket.len();
        }
        (at == rows.session.len()).then_some(baskets)
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
