//! Indices that are renewed as a whole on the same sessions, under the same share rules: their periods,
//! and what each of them gains and pays.

use rayon::prelude::*;

use super::baskets::Baskets;
use super::common::Common;
use super::hold::{Divisor, Holdings};
use super::intents::{Change, Scheme, marked};
use super::period::{Period, Span};
use super::side::{Factors, Held, MANY, Members, SideBySide};
use crate::Result;
use crate::capping::{cap, weight_factors};
use crate::wide::widest;

pub use super::side::SIDE;

/// Room for what some indices hold of each instrument: before and after a change.
#[derive(Debug, Default)]
pub struct Room {
    factors: [Factors; 2],
    few: [Members<SIDE>; 2],
    many: [Members<MANY>; 2],
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
        let made = numbers.into_par_iter().with_max_len(1).map(|number| {
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

    /// Returns what each index gains and pays, those with weight factors first; `None` for one that must
    /// go its way by itself.
    pub fn hold(&self, indices: &[Renewed<'_>], room: &mut Room) -> Vec<Option<Holdings>> {
        let first = self.periods[0].start;
        let holdings = |index: &Renewed<'_>| {
            Some(Holdings {
                divisor: Divisor::PerValue(index.divisor_per_value),
                ..Holdings::from(first)
            })
        };
        let mut kept: Vec<_> = indices.iter().map(holdings).collect();
        let weighted = indices.partition_point(|index| !index.baskets.is_plain());
        let (weighted, plain) = indices.split_at(weighted);
        let (of_weighted, of_plain) = kept.split_at_mut(weighted.len());
        self.side_by_side(weighted, &mut room.factors, of_weighted);
        if plain.len() <= SIDE {
            self.side_by_side(plain, &mut room.few, of_plain);
        } else {
            self.side_by_side(plain, &mut room.many, of_plain);
        }
        kept
    }

    /// Works out indices as many at a time as go side by side.
    fn side_by_side<H: Held>(
        &self,
        indices: &[Renewed<'_>],
        held: &mut [H; 2],
        kept: &mut [Option<Holdings>],
    ) {
        for (side, kept) in indices.chunks(H::LANES).zip(kept.chunks_mut(H::LANES)) {
            for held in &mut *held {
                held.clear(self.periods[0].adjusted.len());
            }
            widest(SideBySide {
                periods: &self.periods,
                side,
                held,
                kept,
            });
        }
    }
}
