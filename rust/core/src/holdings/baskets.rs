//! Baskets of an index that each change renews as a whole: nothing of the way to a change lives on in
//! what is held after it.

use std::ops::Range;

use super::intents::{Change, Columns, VERBS, Verb};

/// A basket for each change: who is in, and with which weight factor.
#[derive(Clone, Debug)]
pub struct Baskets<'o> {
    /// First row of each basket; one more than there are.
    starts: Vec<usize>,
    /// Columns of the instruments in the panel, ascending in a basket.
    pub instruments: Vec<u32>,
    /// Weight factors; of a change with caps they are still to be worked out. Empty where all are 1.
    pub factors: Vec<f64>,
    /// What all indices without weight factors read instead, which so stays in cache.
    ones: &'o [f64],
}

impl<'o> Baskets<'o> {
    /// Reads the rows of one index. `None` where a change asks for anything but factors and drops, lets
    /// a member stay as it is, or lets the gap pass through.
    ///
    /// `seen` has a cell for each instrument of the panel, and `ones` a 1.
    #[must_use]
    pub fn read(
        changes: &[Change],
        rows: &Columns<'_>,
        seen: &mut [u32],
        ones: &'o [f64],
    ) -> Option<Self> {
        seen.fill(0);
        let has_factors = changes.iter().any(|change| change.caps.is_some()) || has_factors(rows);
        let count = rows.session.len();
        let mut baskets = Self {
            starts: vec![0],
            instruments: Vec::with_capacity(count),
            factors: Vec::with_capacity(if has_factors { count } else { 0 }),
            ones,
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
            baskets.add(&own, has_factors, |instrument| {
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
    fn add(&mut self, rows: &Columns<'_>, has_factors: bool, mut look: impl FnMut(u32)) {
        let from = self.instruments.len();
        let room = from + rows.instrument.len();
        self.instruments.resize(room, 0);
        if has_factors {
            self.factors.resize(room, 0.0);
        }
        let mut at = from;
        let values = rows.instrument.iter().zip(rows.value);
        for ((&instrument, &value), &verb) in values.zip(rows.verb) {
            look(instrument);
            // Every row is written, and those that drop are written over.
            self.instruments[at] = instrument;
            if has_factors {
                self.factors[at] = value;
            }
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
        let factors = if self.factors.is_empty() {
            &self.ones[..rows.len()]
        } else {
            &self.factors[rows.clone()]
        };
        (&self.instruments[rows], factors)
    }
}

/// Whether rows give a factor other than 1.
fn has_factors(rows: &Columns<'_>) -> bool {
    let mut differs = false;
    for (&verb, &value) in rows.verb.iter().zip(rows.value) {
        let is_one = value.to_bits() == 1.0_f64.to_bits();
        differs |= VERBS[verb as usize] == Verb::Factor && !is_one;
    }
    differs
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

#[cfg(test)]
mod tests {
    use super::Baskets;
    use crate::holdings::intents::{Change, Columns, VERBS, Verb};

    fn change(session: usize) -> Change {
        Change {
            session,
            weighting_session: session,
            caps: None,
            inherit_real_close: true,
            keeps_level: true,
            causes: 1,
        }
    }

    /// Reads rows of (session, instrument, verb), each with the factor 0.5, under changes on 0 and 9.
    fn read(rows: &[(u32, u32, Verb)]) -> Option<Baskets<'static>> {
        read_under(&[change(0), change(9)], rows)
    }

    fn read_under(changes: &[Change], rows: &[(u32, u32, Verb)]) -> Option<Baskets<'static>> {
        let number = |verb| VERBS.iter().position(|&own| own == verb).unwrap() as u8;
        let columns = Columns {
            session: &rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            instrument: &rows.iter().map(|row| row.1).collect::<Vec<_>>(),
            verb: &rows.iter().map(|row| number(row.2)).collect::<Vec<_>>(),
            value: &vec![0.5; rows.len()],
            related: &vec![u32::MAX; rows.len()],
        };
        Baskets::read(changes, &columns, &mut [0; 4], &[1.0; 4])
    }

    #[test]
    fn a_review_that_renews_or_drops_every_member_gives_a_basket() {
        use Verb::{Drop, Factor};
        let rows = [
            (0, 1, Factor),
            (0, 3, Factor),
            (9, 0, Factor),
            (9, 1, Drop),
            (9, 3, Factor),
        ];
        let baskets = read(&rows).unwrap();
        assert_eq!(baskets.basket(0), (&[1, 3][..], &[0.5, 0.5][..]));
        assert_eq!(baskets.basket(1), (&[0, 3][..], &[0.5, 0.5][..]));
    }

    #[test]
    fn a_member_that_stays_as_it_is_makes_none() {
        use Verb::{Drop, Factor};
        assert!(read(&[(0, 1, Factor), (0, 3, Factor), (9, 1, Factor)]).is_none());
        assert!(read(&[(0, 1, Factor), (9, 2, Factor)]).is_none());
        assert!(read(&[(0, 1, Factor), (9, 1, Drop), (9, 2, Factor)]).is_some());
    }

    #[test]
    fn what_is_no_renewal_makes_none() {
        use Verb::{Drop, Factor, Units};
        let sound = [(0, 1, Factor), (9, 1, Factor)];
        assert!(read(&sound).is_some());
        assert!(read(&[(0, 1, Factor), (9, 1, Units)]).is_none());
        assert!(read(&[(0, 1, Factor), (9, 1, Drop)]).is_none());
        assert!(read(&[(0, 1, Factor), (0, 1, Factor), (9, 1, Factor)]).is_none());
        assert!(read(&[(0, 1, Factor), (9, 1, Factor), (12, 1, Factor)]).is_none());
        assert!(read(&[(0, 7, Factor), (9, 7, Factor)]).is_none());
        let gap = Change {
            keeps_level: false,
            ..change(9)
        };
        assert!(read_under(&[change(0), gap], &sound).is_none());
    }
}
