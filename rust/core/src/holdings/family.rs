//! Indices that are renewed as a whole on the same sessions, under the same share rules: their periods,
//! and what each of them gains and pays.

use rayon::prelude::*;

use super::audit::Correction;
use super::baskets::Baskets;
use super::common::Common;
use super::hold::{Distribution, Divisor, Holdings};
use super::intents::{Change, Scheme};
use super::period::{Cash, Move, Period, Span};
use crate::Result;
use crate::capping::{cap, weight_factors};

/// Indices that are worked out side by side.
pub const SIDE: usize = 8;

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
    pub baskets: &'a Baskets,
    /// Divisor = value of the first close × this.
    pub divisor_per_value: f64,
}

impl Family {
    /// Goes through the periods; `held` tells for each change which instruments a basket holds.
    ///
    /// # Errors
    ///
    /// As [`Period::new`].
    pub fn new(
        common: &Common<'_>,
        scheme: &Scheme,
        changes: &[Change],
        held: &[Vec<bool>],
    ) -> Result<Self> {
        let sessions = common.panel.sessions();
        let numbers = 0..changes.len();
        let made = numbers.into_par_iter().map(|number| {
            let instruments: Vec<u32> = (0..)
                .zip(&held[number])
                .filter_map(|(instrument, &held)| held.then_some(instrument))
                .collect();
            let span = Span {
                common,
                scheme,
                change: &changes[number],
                is_base: number == 0,
                end: changes.get(number + 1).map_or(sessions, |next| next.session),
            };
            Period::new(&span, &instruments)
        });
        let mut periods = made.collect::<Result<Vec<_>>>()?;
        for number in 1..periods.len() {
            let (before, after) = periods.split_at_mut(number);
            after[0].follow(&before[number - 1], common, scheme.scales);
        }
        Ok(Self { periods })
    }

    /// Works out the weight factors of the last basket, that of a change, where it has caps; whether that
    /// could be done.
    pub fn cap(
        &self,
        number: usize,
        change: &Change,
        scheme: &Scheme,
        baskets: &mut Baskets,
    ) -> bool {
        let Some(caps) = change.caps.map(|at| &scheme.caps[at]) else {
            return true;
        };
        let rows = baskets.rows(baskets.len() - 1);
        let capping = &self.periods[number].capping;
        let values: Vec<f64> = baskets.instruments[rows.clone()]
            .iter()
            .map(|&instrument| capping[instrument as usize])
            .collect();
        let factors =
            cap(&values, None, caps).and_then(|weights| weight_factors(&values, &weights));
        let Ok(factors) = factors else { return false };
        baskets.factors[rows].copy_from_slice(&factors);
        true
    }

    /// Returns what each index gains and pays; `None` for one that must go its way by itself.
    pub fn hold(&self, indices: &[Renewed<'_>], room: &mut Room) -> Vec<Option<Holdings>> {
        for factors in &mut room.factors {
            factors.resize(self.periods[0].adjusted.len(), [0.0; SIDE]);
        }
        indices
            .chunks(SIDE)
            .flat_map(|side| self.hold_side(side, &mut room.factors))
            .collect()
    }

    /// Works out a few indices side by side; the factors in the room are zero before and after.
    fn hold_side(&self, side: &[Renewed<'_>], room: &mut [Vec<Side>; 2]) -> Vec<Option<Holdings>> {
        let first = self.periods[0].start;
        let mut kept: Vec<Option<Holdings>> = side
            .iter()
            .map(|index| {
                Some(Holdings {
                    divisor: Divisor::PerValue(index.divisor_per_value),
                    ..Holdings::from(first)
                })
            })
            .collect();
        for (number, period) in self.periods.iter().enumerate() {
            let [old, new] = room;
            for (lane, (index, kept)) in side.iter().zip(&mut kept).enumerate() {
                let (instruments, factors) = index.baskets.basket(number);
                for (&instrument, &factor) in instruments.iter().zip(factors) {
                    new[instrument as usize][lane] = factor;
                    if period.adjusted[instrument as usize].is_nan() {
                        *kept = None;
                    }
                }
            }
            if number > 0 {
                let causes: Vec<u32> = side
                    .iter()
                    .map(|index| index.changes[number].causes)
                    .collect();
                correct(&period.renewal, old, new, &causes, &mut kept);
            }
            for own in period.moves.chunk_by(|a, b| a.session == b.session) {
                correct(own, new, new, &[], &mut kept);
            }
            for own in period.cash.chunk_by(|a, b| a.session == b.session) {
                pay(own, new, &mut kept);
            }
            if number > 0 {
                clear(side, number - 1, old);
            }
            room.swap(0, 1);
        }
        clear(side, self.periods.len() - 1, &mut room[0]);
        kept
    }
}

/// Takes the factors of a basket out again.
fn clear(side: &[Renewed<'_>], number: usize, factors: &mut [Side]) {
    for index in side {
        for &instrument in index.baskets.basket(number).0 {
            factors[instrument as usize] = [0.0; SIDE];
        }
    }
}

/// Adds the correction of a session, from the moves of all its instruments (R50): the factors before and
/// after the opening are zero where an index does not hold one, and add nothing then.
fn correct(
    moves: &[Move],
    old: &[Side],
    new: &[Side],
    causes: &[u32],
    kept: &mut [Option<Holdings>],
) {
    let Some(session) = moves.first().map(|row| row.session as usize) else {
        return;
    };
    let mut gain = [0.0; SIDE];
    let mut found = [0; SIDE];
    found[..causes.len()].copy_from_slice(causes);
    for row in moves {
        let (old, new) = (&old[row.instrument as usize], &new[row.instrument as usize]);
        for lane in 0..SIDE {
            gain[lane] += row.opening * (row.after * new[lane]);
            gain[lane] -= row.close * (row.before * old[lane]);
        }
        if row.causes != 0 {
            for lane in 0..SIDE {
                if old[lane] > 0.0 && new[lane] > 0.0 {
                    found[lane] |= row.causes;
                }
            }
        }
    }
    for (lane, kept) in kept.iter_mut().enumerate() {
        if let Some(kept) = kept.as_mut().filter(|_| found[lane] != 0) {
            kept.corrections.push(Correction {
                session,
                gain: gain[lane],
                causes: found[lane],
                gap: None,
            });
        }
    }
}

/// Adds the cash of a session (R48).
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
