//! Baskets of an index that each change renews as a whole: nothing of the way to a change lives on in
//! what is held after it.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use std::ops::Range;

use super::intents::{Change, Columns, Verb};

/// Rows looked at at a time.
const PIECE: usize = 64;

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

/// Rows of a basket: instruments and their weight factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Basket<'b> {
    /// Columns in the panel, ascending.
    pub instruments: &'b [u32],
    /// As many.
    pub factors: &'b [f64],
}

impl Basket<'_> {
    /// Returns the instruments with their factors.
    #[inline(always)]
    pub fn iter(self) -> impl Iterator<Item = (usize, f64)> {
        let instruments = self.instruments.iter().map(|&at| at as usize);
        instruments.zip(self.factors.iter().copied())
    }

    /// Leaves out the first rows.
    #[inline(always)]
    #[must_use]
    pub fn after(self, count: usize) -> Self {
        Self {
            instruments: &self.instruments[count..],
            factors: &self.factors[count..],
        }
    }
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
        let count = rows.session.len();
        let mut baskets = Self {
            starts: vec![0],
            instruments: Vec::with_capacity(count),
            factors: Vec::new(),
            ones,
        };
        let (mut at, mut members) = (0, 0);
        for (number, change) in (1..).zip(changes) {
            let from = at;
            at += begins_with(&rows.session[from..], change.session as u32);
            let own = rows.part(from..at);
            if !change.keeps_level {
                return None;
            }
            let from_before = baskets.add(&own, change.caps.is_some(), (seen, number))?;
            if number > 1 && from_before != members {
                return None;
            }
            members = baskets.rows(number as usize - 1).len();
            if members == 0 {
                return None;
            }
        }
        (at == count).then_some(baskets)
    }

    /// Adds the names that the rows of a change give a factor, which are marked with its number; returns
    /// how many rows are of names that the change before had marked.
    ///
    /// `None` if the rows are no renewal.
    fn add(
        &mut self,
        rows: &Columns<'_>,
        is_capped: bool,
        marks: (&mut [u32], u32),
    ) -> Option<usize> {
        let (seen, number) = marks;
        if !renews(rows, seen.len()) {
            return None;
        }
        let one = 1.0_f64.to_bits();
        let others = factors(rows).filter(|value| value.to_bits() != one).count();
        let has_factors = is_capped || others > 0;
        let is_sound = |value: f64| value > 0.0 && value.is_finite();
        if has_factors && !is_capped && !factors(rows).all(is_sound) {
            return None;
        }
        let from = self.instruments.len();
        self.instruments.resize(from + rows.instrument.len(), 0);
        let kept = &mut self.instruments[from..];
        let (mut at, mut from_before) = (0, 0);
        for (&instrument, &verb) in rows.instrument.iter().zip(rows.verb) {
            let mark = &mut seen[instrument as usize];
            from_before += usize::from(*mark == number - 1);
            let has_factor = verb == Verb::Factor as u8;
            *mark = if has_factor { number } else { *mark };
            // Every row is written, and those that drop are written over.
            kept[at] = instrument;
            at += usize::from(has_factor);
        }
        self.instruments.truncate(from + at);
        if has_factors || !self.factors.is_empty() {
            self.factors.resize(from, 1.0);
            self.factors.extend(factors(rows));
        }
        self.starts.push(from + at);
        Some(from_before)
    }

    /// Whether all weight factors are 1.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.factors.is_empty()
    }

    /// Returns the rows of a basket.
    #[must_use]
    pub fn rows(&self, number: usize) -> Range<usize> {
        self.starts[number]..self.starts[number + 1]
    }

    /// Returns a basket.
    #[must_use]
    pub fn basket(&self, number: usize) -> Basket<'_> {
        let rows = self.rows(number);
        let factors = if self.is_plain() {
            &self.ones[..rows.len()]
        } else {
            &self.factors[rows.clone()]
        };
        Basket {
            instruments: &self.instruments[rows],
            factors,
        }
    }
}

/// Whether rows give a factor or drop a name of so many instruments, each name once.
///
/// Those that are amiss are counted: without a way out, many are looked at at a time.
fn renews(rows: &Columns<'_>, instruments: usize) -> bool {
    let pairs = rows.instrument.windows(2);
    let back = pairs.filter(|pair| pair[0] >= pair[1]).count();
    let is_other = |&&verb: &&u8| verb != Verb::Factor as u8 && verb != Verb::Drop as u8;
    let others = rows.verb.iter().filter(is_other).count();
    let last = rows.instrument.last();
    back + others == 0 && last.is_none_or(|&last| (last as usize) < instruments)
}

/// Returns the weight factors that rows give.
fn factors(rows: &Columns<'_>) -> impl Iterator<Item = f64> {
    let rows = rows.value.iter().zip(rows.verb);
    let has_factor = |&(_, &verb): &(&f64, &u8)| verb == Verb::Factor as u8;
    rows.filter(has_factor).map(|(&value, _)| value)
}

/// Returns how many figures at the start are one and the same.
fn begins_with(figures: &[u32], same: u32) -> usize {
    // Many at a time, then those of the last piece.
    let pieces = figures.chunks_exact(PIECE);
    let whole = |piece: &&[u32]| piece.iter().filter(|&&own| own == same).count() == PIECE;
    let from = pieces.take_while(whole).count() * PIECE;
    let rest = figures[from..].iter().take_while(|&&own| own == same);
    from + rest.count()
}

#[cfg(test)]
mod tests {
    use super::{Basket, Baskets};
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
        let basket = |instruments| Basket {
            instruments,
            factors: &[0.5, 0.5],
        };
        assert_eq!(baskets.basket(0), basket(&[1, 3]));
        assert_eq!(baskets.basket(1), basket(&[0, 3]));
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
