//! What indices of a family gain and pay, side by side: a lane for each.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use super::audit::{Cause, Correction};
use super::family::Renewed;
use super::hold::{Distribution, Holdings};
use super::period::{Cash, Move, Period};
use crate::wide::Work;

/// Indices that go side by side.
pub const SIDE: usize = 8;

/// Indices without weight factors that do, where there are so many: one word tells which of them hold an
/// instrument.
pub(super) const MANY: usize = u64::BITS as usize;

/// Why a move corrects the divisor.
const CAUSES: [Cause; 3] = [Cause::ExRights, Cause::ShareChange, Cause::PriceWeighted];

/// What the indices of a side hold of each instrument, a lane for each index.
pub(super) trait Held {
    /// As many indices go side by side.
    const LANES: usize;

    /// A sum for each of them.
    type Sums: AsRef<[f64]>;

    /// Sums of nothing.
    const NOTHING: Self::Sums;

    /// Holds nothing any more, of so many instruments.
    fn clear(&mut self, instruments: usize);

    /// Holds an instrument in an index.
    fn hold(&mut self, instrument: usize, lane: usize, factor: f64);

    /// Tells which indices hold an instrument: a bit for each.
    fn holders(&self, instrument: usize) -> u64;

    /// Adds what shares of an instrument are worth, for a weight factor of 1, to the sums of the indices
    /// that hold it.
    fn add(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums);

    /// The same, taken away.
    fn subtract(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums);
}

/// Which indices hold each instrument; their weight factors are 1.
#[derive(Debug, Default)]
pub(super) struct Members<const LANES: usize>(Vec<u64>);

impl<const LANES: usize> Held for Members<LANES> {
    const LANES: usize = LANES;

    type Sums = [f64; LANES];

    const NOTHING: Self::Sums = [0.0; LANES];

    #[inline(always)]
    fn clear(&mut self, instruments: usize) {
        self.0.clear();
        self.0.resize(instruments, 0);
    }

    #[inline(always)]
    fn hold(&mut self, instrument: usize, lane: usize, _: f64) {
        self.0[instrument] |= 1 << lane;
    }

    #[inline(always)]
    fn holders(&self, instrument: usize) -> u64 {
        self.0[instrument]
    }

    #[inline(always)]
    fn add(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums) {
        let (holders, term) = (self.0[instrument], worth * shares);
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum = if holders & (1 << lane) == 0 {
                *sum
            } else {
                *sum + term
            };
        }
    }

    #[inline(always)]
    fn subtract(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums) {
        self.add(instrument, worth, -shares, sums);
    }
}

/// Weight factors, and who has one that is not zero.
#[derive(Debug, Default)]
pub(super) struct Factors {
    factors: Vec<[f64; SIDE]>,
    members: Members<SIDE>,
}

impl Held for Factors {
    const LANES: usize = SIDE;

    type Sums = [f64; SIDE];

    const NOTHING: Self::Sums = [0.0; SIDE];

    #[inline(always)]
    fn clear(&mut self, instruments: usize) {
        self.factors.clear();
        self.factors.resize(instruments, [0.0; SIDE]);
        self.members.clear(instruments);
    }

    #[inline(always)]
    fn hold(&mut self, instrument: usize, lane: usize, factor: f64) {
        self.factors[instrument][lane] = factor;
        if factor > 0.0 {
            self.members.hold(instrument, lane, factor);
        }
    }

    #[inline(always)]
    fn holders(&self, instrument: usize) -> u64 {
        self.members.holders(instrument)
    }

    #[inline(always)]
    fn add(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums) {
        for (sum, factor) in sums.iter_mut().zip(&self.factors[instrument]) {
            *sum += worth * (shares * factor);
        }
    }

    #[inline(always)]
    fn subtract(&self, instrument: usize, worth: f64, shares: f64, sums: &mut Self::Sums) {
        for (sum, factor) in sums.iter_mut().zip(&self.factors[instrument]) {
            *sum -= worth * (shares * factor);
        }
    }
}

/// Works out a side; `held` is what it holds before and after a change, and nothing to begin with.
pub(super) struct SideBySide<'w, 'a, H> {
    pub(super) periods: &'w [Period],
    pub(super) side: &'w [Renewed<'a>],
    pub(super) held: &'w mut [H; 2],
    pub(super) kept: &'w mut [Option<Holdings>],
}

impl<H: Held> Work for SideBySide<'_, '_, H> {
    #[inline(always)]
    fn run(self) {
        let Self {
            periods,
            side,
            held,
            kept,
        } = self;
        for (number, period) in periods.iter().enumerate() {
            let [old, new] = &mut *held;
            let bars = period.bars();
            for (lane, (index, kept)) in side.iter().zip(&mut *kept).enumerate() {
                let basket = index.baskets.basket(number);
                for (instrument, factor) in basket.iter() {
                    new.hold(instrument, lane, factor);
                }
                if bars && period.is_barred(basket.instruments) {
                    *kept = None;
                }
            }
            if number > 0 {
                let causes = |lane: usize| side[lane].changes[number].causes;
                correct(&period.renewal, old, new, causes, kept);
            }
            for own in period.moves.chunk_by(|a, b| a.session == b.session) {
                correct(own, new, new, |_| 0, kept);
            }
            for own in period.cash.chunk_by(|a, b| a.session == b.session) {
                pay(own, new, kept);
            }
            old.clear(period.adjusted.len());
            held.swap(0, 1);
        }
    }
}

/// Adds the correction of a session, from the moves of all its instruments (R50), to the indices that
/// held one before and after the opening, and to those with causes of their own.
#[inline(always)]
fn correct<H: Held>(
    moves: &[Move],
    old: &H,
    new: &H,
    own: impl Fn(usize) -> u32,
    kept: &mut [Option<Holdings>],
) {
    let Some(session) = moves.first().map(|row| row.session as usize) else {
        return;
    };
    let (mut gain, mut stayed) = (H::NOTHING, [0; CAUSES.len()]);
    for row in moves {
        let at = row.instrument as usize;
        new.add(at, row.opening, row.after, &mut gain);
        old.subtract(at, row.close, row.before, &mut gain);
        let stay = old.holders(at) & new.holders(at);
        for (cause, stayed) in CAUSES.iter().zip(&mut stayed) {
            if row.causes & cause.bit() != 0 {
                *stayed |= stay;
            }
        }
    }
    for (lane, (kept, &gain)) in kept.iter_mut().zip(gain.as_ref()).enumerate() {
        let has_stayed = |&(_, stayed): &(&Cause, &u64)| stayed & (1 << lane) != 0;
        let of_moves = CAUSES.iter().zip(&stayed).filter(has_stayed);
        let causes = of_moves.fold(own(lane), |causes, (cause, _)| causes | cause.bit());
        if let Some(kept) = kept.as_mut().filter(|_| causes != 0) {
            kept.corrections.push(Correction {
                session,
                gain,
                causes,
                gap: None,
            });
        }
    }
}

/// Adds the cash of a session (R48).
#[inline(always)]
fn pay<H: Held>(cash: &[Cash], held: &H, kept: &mut [Option<Holdings>]) {
    let (mut gross, mut net) = (H::NOTHING, H::NOTHING);
    for row in cash {
        let at = row.instrument as usize;
        held.add(at, row.gross, row.adjusted, &mut gross);
        held.add(at, row.net, row.adjusted, &mut net);
    }
    let sums = gross.as_ref().iter().zip(net.as_ref());
    for (kept, (&gross, &net)) in kept.iter_mut().zip(sums) {
        if let Some(kept) = kept.as_mut()
            && (gross != 0.0 || net != 0.0)
        {
            kept.distributions.push(Distribution {
                session: cash[0].session as usize,
                gross,
                net,
            });
        }
    }
}
