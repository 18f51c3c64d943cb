//! Indices that are renewed as a whole on the same sessions, under the same share rules: their periods,
//! and what each of them gains and pays.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use rayon::prelude::*;

use super::audit::{Cause, Correction};
use super::baskets::Baskets;
use super::common::Common;
use super::hold::{Distribution, Divisor, Holdings};
use super::intents::{Change, Scheme, marked};
use super::period::{Cash, Move, Period, Span};
use crate::Result;
use crate::capping::{cap, weight_factors};
use crate::wide::{Work, widest};

/// Indices that are worked out side by side.
pub const SIDE: usize = 8;

/// Why a move corrects the divisor.
const CAUSES: [Cause; 3] = [Cause::ExRights, Cause::ShareChange, Cause::PriceWeighted];

/// A figure for each of them.
type Side = [f64; SIDE];

/// Room for weight factors by instrument: before and after a change.
#[derive(Debug, Default)]
pub struct Room {
    factors: [Vec<Side>; 2],
}

/// What indices renewed on the same sessions have in common.
#[derive(Debug)]
pub struct Family {
    /// From each change to the next.
    pub periods: Vec<Period>,
}

/// An index of a family.
#[derive(Clone, Copy, Debug)]
pub struct Renewed<'a> {
    /// Its changes: on the sessions of the family.
    pub changes: &'a [Change],
    /// Its baskets, with all weight factors.
    pub baskets: &'a Baskets<'a>,
    /// Divisor = value of the first close × this.
    pub divisor_per_value: f64,
}

impl Family {
    /// Goes through the periods, for every instrument that one of the baskets holds.
    ///
    /// # Errors
    ///
    /// As [`Period::new`].
    pub fn new(
        common: &Common<'_>,
        scheme: &Scheme,
        changes: &[Change],
        baskets: &[&Baskets<'_>],
    ) -> Result<Self> {
        let sessions = common.panel.sessions();
        let numbers = 0..changes.len();
        let made = numbers.into_par_iter().map(|number| {
            let baskets = baskets.iter().map(|own| own.basket(number).instruments);
            let held = marked(common.panel.instruments.len(), baskets.flatten());
            let numbered = (0..).zip(held);
            let instruments: Vec<u32> = numbered
                .filter_map(|(instrument, held)| held.then_some(instrument))
                .collect();
            let span = Span {
                common,
                scheme,
                change: &changes[number],
                is_base: number == 0,
                end: changes
                    .get(number + 1)
                    .map_or(sessions, |next| next.session),
            };
            Period::new(&span, &instruments)
        });
        let mut periods = made.collect::<Result<Vec<_>>>()?;
        let ends: Vec<_> = periods.iter_mut().map(Period::take_end).collect();
        let after = periods.get_mut(1..).unwrap_or_default();
        after
            .par_iter_mut()
            .zip(&ends)
            .for_each(|(period, before)| {
                period.follow(before, common, scheme.scales);
                common.panel.release();
            });
        Ok(Self { periods })
    }

    /// Works out the weight factors of changes with caps; whether that could be done.
    pub fn cap(&self, changes: &[Change], scheme: &Scheme, baskets: &mut Baskets<'_>) -> bool {
        for (number, change) in changes.iter().enumerate() {
            let Some(caps) = change.caps.map(|at| &scheme.caps[at]) else {
                continue;
            };
            let rows = baskets.rows(number);
            let capping = &self.periods[number].capping;
            let values: Vec<f64> = baskets.instruments[rows.clone()]
                .iter()
                .map(|&instrument| capping[instrument as usize])
                .collect();
            let factors =
                cap(&values, None, caps).and_then(|weights| weight_factors(&values, &weights));
            let Ok(factors) = factors else { return false };
            baskets.factors[rows].copy_from_slice(&factors);
        }
        true
    }

    /// Returns what each index gains and pays; `None` for one that must go its way by itself.
    pub fn hold(&self, indices: &[Renewed<'_>], room: &mut Room) -> Vec<Option<Holdings>> {
        for factors in &mut room.factors {
            factors.resize(self.periods[0].adjusted.len(), [0.0; SIDE]);
        }
        let first = self.periods[0].start;
        let mut kept = Vec::with_capacity(indices.len());
        for side in indices.chunks(SIDE) {
            let from = kept.len();
            kept.extend(side.iter().map(|index| {
                Some(Holdings {
                    divisor: Divisor::PerValue(index.divisor_per_value),
                    ..Holdings::from(first)
                })
            }));
            widest(SideBySide {
                periods: &self.periods,
                side,
                factors: &mut room.factors,
                kept: &mut kept[from..],
            });
        }
        kept
    }
}

/// Works out a few indices side by side; the factors are zero before and after.
struct SideBySide<'w, 'a> {
    periods: &'w [Period],
    side: &'w [Renewed<'a>],
    factors: &'w mut [Vec<Side>; 2],
    kept: &'w mut [Option<Holdings>],
}

impl Work for SideBySide<'_, '_> {
    #[inline(always)]
    fn run(self) {
        let Self {
            periods,
            side,
            factors,
            kept,
        } = self;
        for (number, period) in periods.iter().enumerate() {
            let [old, new] = &mut *factors;
            let (old, new) = (&mut old[..], &mut new[..]);
            let bars = period.bars();
            for (lane, (index, kept)) in side.iter().zip(&mut *kept).enumerate() {
                let basket = index.baskets.basket(number);
                for (instrument, factor) in basket.iter() {
                    new[instrument][lane] = factor;
                }
                if bars && period.is_barred(basket.instruments) {
                    *kept = None;
                }
            }
            if number > 0 {
                let mut causes = [0; SIDE];
                for (causes, index) in causes.iter_mut().zip(side) {
                    *causes = index.changes[number].causes;
                }
                correct(&period.renewal, old, new, causes, kept);
            }
            for own in period.moves.chunk_by(|a, b| a.session == b.session) {
                correct(own, new, new, [0; SIDE], kept);
            }
            for own in period.cash.chunk_by(|a, b| a.session == b.session) {
                pay(own, new, kept);
            }
            old.fill([0.0; SIDE]);
            factors.swap(0, 1);
        }
        factors[0].fill([0.0; SIDE]);
    }
}

/// Adds the correction of a session, from the moves of all its instruments (R50): the factors before and
/// after the opening are zero where an index does not hold one, and add nothing then.
#[inline(always)]
fn correct(
    moves: &[Move],
    old: &[Side],
    new: &[Side],
    mut causes: [u32; SIDE],
    kept: &mut [Option<Holdings>],
) {
    let Some(session) = moves.first().map(|row| row.session as usize) else {
        return;
    };
    let mut gain = [0.0; SIDE];
    // For each cause a factor of one that is held before and after: lanes have no flags.
    let mut held = [[0.0; SIDE]; CAUSES.len()];
    for row in moves {
        let (old, new) = (&old[row.instrument as usize], &new[row.instrument as usize]);
        for lane in 0..SIDE {
            gain[lane] += row.opening * (row.after * new[lane]);
            gain[lane] -= row.close * (row.before * old[lane]);
        }
        for (cause, held) in CAUSES.iter().zip(&mut held) {
            if row.causes & cause.bit() != 0 {
                for lane in 0..SIDE {
                    let stays = if old[lane] < new[lane] {
                        old[lane]
                    } else {
                        new[lane]
                    };
                    held[lane] = if held[lane] < stays {
                        stays
                    } else {
                        held[lane]
                    };
                }
            }
        }
    }
    for (cause, held) in CAUSES.iter().zip(held) {
        for lane in 0..SIDE {
            causes[lane] |= if held[lane] > 0.0 { cause.bit() } else { 0 };
        }
    }
    for (lane, kept) in kept.iter_mut().enumerate() {
        if let Some(kept) = kept.as_mut().filter(|_| causes[lane] != 0) {
            kept.corrections.push(Correction {
                session,
                gain: gain[lane],
                causes: causes[lane],
                gap: None,
            });
        }
    }
}

/// Adds the cash of a session (R48).
#[inline(always)]
fn pay(cash: &[Cash], factors: &[Side], kept: &mut [Option<Holdings>]) {
    let (mut gross, mut net) = ([0.0; SIDE], [0.0; SIDE]);
    for row in cash {
        let factors = &factors[row.instrument as usize];
        for lane in 0..SIDE {
            let units = row.adjusted * factors[lane];
            gross[lane] += row.gross * units;
            net[lane] += row.net * units;
        }
    }
    for (lane, kept) in kept.iter_mut().enumerate() {
        if let Some(kept) = kept.as_mut()
            && (gross[lane] != 0.0 || net[lane] != 0.0)
        {
            kept.distributions.push(Distribution {
                session: cash[0].session as usize,
                gross: gross[lane],
                net: net[lane],
            });
        }
    }
}
