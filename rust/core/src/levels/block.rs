//! A block of sessions: price × rate and adjusted shares of the instruments, for index after index.

use super::cells::{LANES, Lanes};
use crate::holdings::baskets::Baskets;
use crate::holdings::period::Period;
use crate::panel::Panel;
use crate::wide::Work;

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
    /// Stands at the sessions of a period from one on, as many as there are lanes.
    pub(super) fn stand(&mut self, panel: &Panel<'_>, period: &Period, first: usize) {
        let end = period.end.min(first + LANES);
        self.count(period, first, end);
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

/// Values a basket of each index on a block.
///
/// Each session adds its terms from +0.0 in ascending instrument order, with a separate multiply and
/// add, as [`super::held::Held`] does: the bits are the same.
pub(super) struct Value<'w> {
    pub(super) block: &'w Block,
    pub(super) baskets: &'w [&'w Baskets],
    /// Which basket of each.
    pub(super) number: usize,
    pub(super) sums: &'w mut [Lanes],
}

impl Work for Value<'_> {
    #[inline(always)]
    fn run(self) {
        for (sums, baskets) in self.sums.iter_mut().zip(self.baskets) {
            let (instruments, factors) = baskets.basket(self.number);
            *sums = add(self.block, instruments, factors);
        }
    }
}

/// Adds the terms of a basket.
#[inline(always)]
fn add(block: &Block, instruments: &[u32], factors: &[f64]) -> Lanes {
    let mut sums = [0.0; LANES];
    let mut rows = instruments.iter().zip(factors);
    loop {
        let Some((instrument, factor, place)) = add_still(block, &mut rows, &mut sums) else {
            return sums;
        };
        let (cell, own) = (&block.cells[instrument as usize], &block.by_lane[place]);
        for lane in 0..LANES {
            sums[lane] += cell[lane] * (own[lane] * factor);
        }
    }
}

/// Adds the terms up to the next instrument whose shares move inside the block, and returns that one,
/// its factor, and where its shares stand.
#[inline(always)]
fn add_still<'r>(
    block: &Block,
    rows: &mut impl Iterator<Item = (&'r u32, &'r f64)>,
    sums: &mut Lanes,
) -> Option<(u32, f64, usize)> {
    let (cells, adjusted) = (&block.cells[..], &block.adjusted[..]);
    let mut own = *sums;
    let mut moving = None;
    for (&instrument, &factor) in rows {
        let adjusted = adjusted[instrument as usize];
        if adjusted < 0.0 {
            moving = Some((instrument, factor, place(adjusted)));
            break;
        }
        let units = adjusted * factor;
        let cell = &cells[instrument as usize];
        for lane in 0..LANES {
            own[lane] += cell[lane] * units;
        }
    }
    *sums = own;
    moving
}
