//! A block of sessions: price × rate and adjusted shares of the instruments, for one index or for many.

use super::cells::{Fused, LANES, Lanes, Line};
use crate::holdings::baskets::Basket;
use crate::holdings::period::Period;
use crate::panel::Panel;
use crate::wide::{Work, widest};

/// The baskets of the indices of a family in a period.
#[derive(Debug)]
pub(super) struct Rows<'b> {
    /// Of those with weight factors.
    pub(super) weighted: Vec<Basket<'b>>,
    /// Of those without: columns of the instruments, ascending.
    pub(super) plain: Vec<&'b [u32]>,
}

/// What the indices of a family read of some sessions of a period; small enough to stay in cache.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Price × rate, by instrument, and × adjusted shares once all with weight factors are valued;
    /// those past the last session are of no meaning.
    cells: Vec<Line>,
    /// Adjusted shares by instrument; a negative figure says where in `by_lane` those of one stand that
    /// moves inside the block.
    adjusted: Vec<f64>,
    by_lane: Vec<Lanes>,
}

impl Block {
    /// Values the baskets of a period on its sessions from one on, as many as there are lanes: those with
    /// weight factors, then those without.
    pub(super) fn value(
        &mut self,
        panel: &Panel<'_>,
        period: &Period,
        first: usize,
        rows: &Rows<'_>,
        sums: &mut [Lanes],
    ) {
        let end = period.end.min(first + LANES);
        self.count(period, first, end);
        let fused = Fused::new(panel, first);
        if let (&[own], []) = (&rows.weighted[..], &rows.plain[..]) {
            // One reads each price once.
            let terms = Terms {
                cell: |at| fused.lanes(at),
                block: self,
            };
            sums[0] = [0.0; LANES];
            terms.add(own, &mut sums[0]);
            return;
        }
        self.cells
            .resize(panel.instruments.len(), Line([0.0; LANES]));
        for &instrument in &period.instruments {
            self.cells[instrument as usize].0 = fused.lanes(instrument as usize);
        }
        let (weighted, plain) = sums.split_at_mut(rows.weighted.len());
        widest(Weighted {
            block: self,
            baskets: &rows.weighted,
            sums: weighted,
        });
        if rows.plain.is_empty() {
            return;
        }
        for &instrument in &period.instruments {
            let own = self.own(instrument as usize);
            let cell = &mut self.cells[instrument as usize].0;
            for lane in 0..LANES {
                cell[lane] *= own[lane];
            }
        }
        widest(Plain {
            worth: &self.cells,
            baskets: &rows.plain,
            sums: plain,
        });
    }

    /// Returns the adjusted shares of an instrument on each session.
    #[inline(always)]
    fn own(&self, at: usize) -> Lanes {
        let adjusted = self.adjusted[at];
        if adjusted < 0.0 {
            self.by_lane[place(adjusted)]
        } else {
            [adjusted; LANES]
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

/// Values baskets with weight factors on a block that is laid out.
///
/// Two indices go abreast, as each add of an index waits for the one before.
struct Weighted<'w> {
    block: &'w Block,
    baskets: &'w [Basket<'w>],
    sums: &'w mut [Lanes],
}

impl Work for Weighted<'_> {
    #[inline(always)]
    fn run(self) {
        let block = self.block;
        let cells = &block.cells[..];
        let terms = Terms {
            cell: |at: usize| cells[at].0,
            block,
        };
        let mut pairs = self.baskets.chunks_exact(2);
        let mut sums = self.sums.chunks_exact_mut(2);
        for (pair, sums) in (&mut pairs).zip(&mut sums) {
            let [one, other] = sums else { continue };
            (*one, *other) = ([0.0; LANES], [0.0; LANES]);
            terms.add_both(pair[0], pair[1], one, other);
        }
        if let (&[last], [sums]) = (pairs.remainder(), sums.into_remainder()) {
            *sums = [0.0; LANES];
            terms.add(last, sums);
        }
    }
}

/// Values baskets without weight factors: what a holding is worth is the same in all of them, so that
/// a term is an add alone. The bits are those of a weight factor of 1.
struct Plain<'w> {
    /// Price × rate × adjusted shares, by instrument.
    worth: &'w [Line],
    baskets: &'w [&'w [u32]],
    sums: &'w mut [Lanes],
}

impl Work for Plain<'_> {
    #[inline(always)]
    fn run(self) {
        let worth = self.worth;
        for (pair, sums) in self.baskets.chunks(2).zip(self.sums.chunks_mut(2)) {
            let one = pair[0];
            let other = pair.get(1).copied().unwrap_or_default();
            let common = one.len().min(other.len());
            let (mut p, mut q) = ([0.0; LANES], [0.0; LANES]);
            for (&at, &at_other) in one.iter().zip(other) {
                add_worth(&mut p, &worth[at as usize]);
                add_worth(&mut q, &worth[at_other as usize]);
            }
            for &at in &one[common..] {
                add_worth(&mut p, &worth[at as usize]);
            }
            for &at in &other[common..] {
                add_worth(&mut q, &worth[at as usize]);
            }
            sums.copy_from_slice(&[p, q][..sums.len()]);
        }
    }
}

#[inline(always)]
fn add_worth(sums: &mut Lanes, worth: &Line) {
    for (sum, worth) in sums.iter_mut().zip(&worth.0) {
        *sum += worth;
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
    fn add_both(&self, one: Basket<'_>, other: Basket<'_>, p: &mut Lanes, q: &mut Lanes) {
        let common = one.instruments.len().min(other.instruments.len());
        let (mut own_p, mut own_q) = (*p, *q);
        for (of_one, of_other) in one.iter().zip(other.iter()) {
            self.add_one(of_one, &mut own_p);
            self.add_one(of_other, &mut own_q);
        }
        (*p, *q) = (own_p, own_q);
        self.add(one.after(common), p);
        self.add(other.after(common), q);
    }

    /// Adds a basket.
    #[inline(always)]
    fn add(&self, rows: Basket<'_>, sums: &mut Lanes) {
        let mut own = *sums;
        for row in rows.iter() {
            self.add_one(row, &mut own);
        }
        *sums = own;
    }

    /// Adds the term of one instrument, whose shares mostly stay as they are inside the block.
    #[inline(always)]
    fn add_one(&self, (at, factor): (usize, f64), sums: &mut Lanes) {
        let (cell, adjusted) = ((self.cell)(at), self.block.adjusted[at]);
        if adjusted < 0.0 {
            let moving = &self.block.by_lane[place(adjusted)];
            for lane in 0..LANES {
                sums[lane] += cell[lane] * (moving[lane] * factor);
            }
        } else {
            let units = adjusted * factor;
            for lane in 0..LANES {
                sums[lane] += cell[lane] * units;
            }
        }
    }
}
