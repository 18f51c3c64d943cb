//! A block of sessions: price × rate and adjusted shares of the instruments, for one index or for many.

use super::cells::{Fused, LANES, Lanes};
use crate::holdings::baskets::Baskets;
use crate::holdings::period::Period;
use crate::panel::Panel;
use crate::wide::{Work, widest};

/// What the indices of a family read of some sessions of a period; small enough to stay in cache.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Price × rate, by instrument; those past the last session are of no meaning.
    cells: Vec<Lanes>,
    /// Adjusted shares by instrument; a negative figure says where in `by_lane` those of one stand that
    /// moves inside the block.
    adjusted: Vec<f64>,
    by_lane: Vec<Lanes>,
}

impl Block {
    /// Values the baskets of some indices on the sessions of a period from one on, as many as there are
    /// lanes; a basket each, by its number.
    pub(super) fn value(
        &mut self,
        panel: &Panel<'_>,
        period: &Period,
        first: usize,
        (baskets, number): (&[&Baskets<'_>], usize),
        sums: &mut [Lanes],
    ) {
        let end = period.end.min(first + LANES);
        self.count(period, first, end);
        if let ([own], [sums]) = (baskets, &mut *sums) {
            // One reads each price once.
            let fused = Fused::new(panel, first);
            let terms = Terms {
                cell: |at| fused.lanes(at),
                block: self,
            };
            *sums = [0.0; LANES];
            terms.add(Rows::of(own.basket(number)), sums);
            return;
        }
        self.lay_out(panel, period, first, end);
        widest(Value {
            block: self,
            baskets,
            number,
            sums,
        });
    }

    /// Lays out price × rate on the sessions of a span.
    fn lay_out(&mut self, panel: &Panel<'_>, period: &Period, first: usize, end: usize) {
        self.cells.resize(panel.instruments.len(), [0.0; LANES]);
        let mut rates = vec![[0.0; LANES]; panel.currencies()];
        for (lane, session) in (first..end).enumerate() {
            for (currency, rates) in rates.iter_mut().enumerate() {
                rates[lane] = panel.fx[session * panel.currencies() + currency];
            }
        }
        let width = panel.instruments.len();
        let prices = &panel.prices[first * width..end * width];
        for &instrument in &period.instruments {
            let at = instrument as usize;
            let rates = &rates[panel.currency[at] as usize];
            let column = prices[at..].iter().step_by(width);
            for ((cell, price), rate) in self.cells[at].iter_mut().zip(column).zip(rates) {
                *cell = price * rate;
            }
        }
    }

    /// Works out the shares on the sessions of a span.
    fn count(&mut self, period: &Period, first: usize, end: usize) {
        self.adjusted.clone_from(&period.adjusted);
        self.by_lane.clear();
        for row in &period.moves {
            let (session, now) = (
                row.session as usize,
                &mut self.adjusted[row.instrument as usize],
            );
            if session >= end {
                break;
            }
            if session <= first {
                *now = row.after;
                continue;
            }
            if *now >= 0.0 {
                self.by_lane.push([*now; LANES]);
                *now = -(self.by_lane.len() as f64);
            }
            self.by_lane[place(*now)][session - first..].fill(row.after);
        }
    }
}

/// Returns where the shares of an instrument stand that moves.
fn place(adjusted: f64) -> usize {
    -adjusted as usize - 1
}

/// Values a basket of each index on a block that is laid out.
///
/// Two indices go abreast, as each add of an index waits for the one before.
struct Value<'w> {
    block: &'w Block,
    baskets: &'w [&'w Baskets<'w>],
    /// Which basket of each.
    number: usize,
    sums: &'w mut [Lanes],
}

impl Work for Value<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { block, number, .. } = self;
        let cells = &block.cells[..];
        let terms = Terms {
            cell: |at: usize| cells[at],
            block,
        };
        let mut pairs = self.baskets.chunks_exact(2);
        let mut sums = self.sums.chunks_exact_mut(2);
        for (pair, sums) in (&mut pairs).zip(&mut sums) {
            let [one, other] = sums else { continue };
            let [first, second] = [pair[0], pair[1]].map(|own| Rows::of(own.basket(number)));
            (*one, *other) = ([0.0; LANES], [0.0; LANES]);
            terms.add_both(first, second, one, other);
        }
        if let ([last], [sums]) = (pairs.remainder(), sums.into_remainder()) {
            *sums = [0.0; LANES];
            terms.add(Rows::of(last.basket(number)), sums);
        }
    }
}

/// What is still to be added of a basket.
#[derive(Clone, Copy)]
struct Rows<'w> {
    instruments: &'w [u32],
    factors: &'w [f64],
}

impl<'w> Rows<'w> {
    #[inline(always)]
    fn of((instruments, factors): (&'w [u32], &'w [f64])) -> Self {
        Self {
            instruments,
            factors,
        }
    }

    #[inline(always)]
    fn after(self, count: usize) -> Self {
        Self::of((&self.instruments[count..], &self.factors[count..]))
    }

    #[inline(always)]
    fn iter(self) -> impl Iterator<Item = (usize, f64)> {
        let instruments = self.instruments.iter().map(|&at| at as usize);
        instruments.zip(self.factors.iter().copied())
    }
}

/// Adds terms to the sums of sessions.
///
/// Each session adds its terms from +0.0 in ascending instrument order, with a separate multiply and
/// add, as [`super::held::Held`] does: the bits are the same.
struct Terms<'w, C> {
    /// Gives price × rate by instrument.
    cell: C,
    /// Has the shares.
    block: &'w Block,
}

impl<C: Fn(usize) -> Lanes> Terms<'_, C> {
    /// Adds two baskets.
    #[inline(always)]
    fn add_both(&self, mut one: Rows<'_>, mut other: Rows<'_>, p: &mut Lanes, q: &mut Lanes) {
        loop {
            let count = self.add_still_both(one, other, p, q);
            (one, other) = (one.after(count), other.after(count));
            let (Some(of_one), Some(of_other)) = (one.iter().next(), other.iter().next()) else {
                break;
            };
            self.add_one(of_one, p);
            self.add_one(of_other, q);
            (one, other) = (one.after(1), other.after(1));
        }
        self.add(one, p);
        self.add(other, q);
    }

    /// Adds a basket.
    #[inline(always)]
    fn add(&self, mut rows: Rows<'_>, sums: &mut Lanes) {
        loop {
            rows = rows.after(self.add_still(rows, sums));
            let Some(moving) = rows.iter().next() else {
                return;
            };
            self.add_one(moving, sums);
            rows = rows.after(1);
        }
    }

    /// Adds the term of one instrument, whether its shares move inside the block or not.
    #[inline(always)]
    fn add_one(&self, (at, factor): (usize, f64), sums: &mut Lanes) {
        let (cell, adjusted) = ((self.cell)(at), self.block.adjusted[at]);
        let own = if adjusted < 0.0 {
            self.block.by_lane[place(adjusted)]
        } else {
            [adjusted; LANES]
        };
        for lane in 0..LANES {
            sums[lane] += cell[lane] * (own[lane] * factor);
        }
    }

    /// Adds terms up to the next instrument whose shares move inside the block; returns how many.
    #[inline(always)]
    fn add_still(&self, rows: Rows<'_>, sums: &mut Lanes) -> usize {
        let mut own = *sums;
        let mut count = 0;
        for (at, factor) in rows.iter() {
            let adjusted = self.block.adjusted[at];
            if adjusted < 0.0 {
                break;
            }
            let (cell, units) = ((self.cell)(at), adjusted * factor);
            for lane in 0..LANES {
                own[lane] += cell[lane] * units;
            }
            count += 1;
        }
        *sums = own;
        count
    }

    /// The same of two baskets, up to the next such instrument of either.
    #[inline(always)]
    fn add_still_both(
        &self,
        one: Rows<'_>,
        other: Rows<'_>,
        p: &mut Lanes,
        q: &mut Lanes,
    ) -> usize {
        let adjusted = &self.block.adjusted[..];
        let (mut own_p, mut own_q) = (*p, *q);
        let mut count = 0;
        for ((at, factor), (at_other, factor_other)) in one.iter().zip(other.iter()) {
            let (adjusted, adjusted_other) = (adjusted[at], adjusted[at_other]);
            if adjusted < 0.0 || adjusted_other < 0.0 {
                break;
            }
            let (cell, units) = ((self.cell)(at), adjusted * factor);
            for lane in 0..LANES {
                own_p[lane] += cell[lane] * units;
            }
            let (cell, units) = ((self.cell)(at_other), adjusted_other * factor_other);
            for lane in 0..LANES {
                own_q[lane] += cell[lane] * units;
            }
            count += 1;
        }
        (*p, *q) = (own_p, own_q);
        count
    }
}
