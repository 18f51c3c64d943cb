//! What one index holds while the blocks of sessions go by, and what it is worth.

use super::cells::{LANES, Lanes};
use crate::holdings::hold::Step;

/// No place.
const NOWHERE: u32 = u32::MAX;

/// Holdings of an index, by instrument, with the steps still ahead.
#[derive(Debug, Default)]
pub struct Held<'a> {
    instruments: Vec<u32>,
    units: Vec<f64>,
    /// Position of each instrument of the panel among them; [`NOWHERE`] for the rest.
    places: Vec<u32>,
    ahead: &'a [Step],
    merged: (Vec<u32>, Vec<f64>),
    inside: Vec<Step>,
}

impl<'a> Held<'a> {
    /// Returns the holdings at the close before a session.
    #[must_use]
    pub fn before(session: usize, steps: &'a [Step], instruments: usize) -> Self {
        let (past, ahead) =
            steps.split_at(steps.partition_point(|step| (step.session as usize) < session));
        let mut held = Self {
            ahead,
            places: vec![NOWHERE; instruments],
            ..Self::default()
        };
        for own in past.chunk_by(|a, b| a.session == b.session) {
            held.apply(own);
        }
        held
    }

    /// Values a block: Σ price × rate × units of each of its sessions; `cell` gives price × rate of an
    /// instrument on them.
    ///
    /// Each session adds its terms from +0.0 in ascending instrument order, with a separate multiply
    /// and add: neither threads nor the width of the vector unit can change a bit.
    #[inline(always)]
    pub fn value(&mut self, cell: &impl Fn(usize) -> Lanes, block: usize) -> Lanes {
        let (start, end) = (block * LANES, (block + 1) * LANES);
        let steps = self.ahead;
        let inside = |step: &&Step| (step.session as usize) < end;
        let own = &steps[..steps.iter().take_while(inside).count()];
        self.ahead = &steps[own.len()..];
        let mut sums = [0.0; LANES];
        let mut inside = std::mem::take(&mut self.inside);
        inside.clear();
        let mut from = 0;
        for group in own.chunk_by(|a, b| a.session == b.session) {
            let lane = group[0].session as usize - start;
            // A basket that changes as a whole begins a span of lanes of its own; a few changed
            // names are summed with units that differ by lane.
            if lane == 0 || group.len() > self.instruments.len() / 8 + 4 {
                if lane > from {
                    let found = self.span(cell, &mut inside);
                    sums[from..lane].copy_from_slice(&found[from..lane]);
                }
                self.take_in(&mut inside);
                self.apply(group);
                from = lane;
            } else {
                inside.extend_from_slice(group);
            }
        }
        let found = self.span(cell, &mut inside);
        sums[from..].copy_from_slice(&found[from..]);
        self.take_in(&mut inside);
        self.inside = inside;
        sums
    }

    /// Values all lanes with the holdings as they are and the changes `inside` the block.
    #[inline(always)]
    fn span(&self, cell: &impl Fn(usize) -> Lanes, inside: &mut [Step]) -> Lanes {
        let mut sums = [0.0; LANES];
        if inside.is_empty() {
            add(cell, &self.instruments, &self.units, &mut sums);
            return sums;
        }
        order(inside);
        let mut from = 0;
        for own in inside.chunk_by(|a, b| a.instrument == b.instrument) {
            let instrument = own[0].instrument;
            let place = self.places[instrument as usize];
            let is_held = place != NOWHERE;
            let at = if is_held {
                place as usize
            } else {
                from + self.instruments[from..].partition_point(|&held| held < instrument)
            };
            add(
                cell,
                &self.instruments[from..at],
                &self.units[from..at],
                &mut sums,
            );
            let mut units = [if is_held { self.units[at] } else { f64::NAN }; LANES];
            for step in own {
                units[step.session as usize % LANES..].fill(step.units);
            }
            let figures = cell(instrument as usize);
            for lane in 0..LANES {
                let term = figures[lane] * units[lane];
                sums[lane] += if units[lane].is_nan() { 0.0 } else { term };
            }
            from = at + usize::from(is_held);
        }
        add(
            cell,
            &self.instruments[from..],
            &self.units[from..],
            &mut sums,
        );
        sums
    }

    /// Applies the changes inside a block, which stand by instrument and session.
    fn take_in(&mut self, inside: &mut Vec<Step>) {
        if inside.is_empty() {
            return;
        }
        order(inside);
        // Of several changes of an instrument the last one stands.
        let mut kept = 0;
        for at in 0..inside.len() {
            if at + 1 == inside.len() || inside[at + 1].instrument != inside[at].instrument {
                inside[kept] = inside[at];
                kept += 1;
            }
        }
        inside.truncate(kept);
        self.apply(inside);
        inside.clear();
    }

    /// Applies changes of distinct instruments, by instrument.
    fn apply(&mut self, steps: &[Step]) {
        let stays =
            |step: &Step| !step.units.is_nan() && self.places[step.instrument as usize] != NOWHERE;
        if steps.iter().all(stays) {
            for step in steps {
                self.units[self.places[step.instrument as usize] as usize] = step.units;
            }
            return;
        }
        let (mut instruments, mut units) = std::mem::take(&mut self.merged);
        instruments.clear();
        units.clear();
        let mut at = 0;
        for step in steps {
            let ahead = self.instruments[at..].iter();
            let to = at + ahead.take_while(|&&held| held < step.instrument).count();
            instruments.extend_from_slice(&self.instruments[at..to]);
            units.extend_from_slice(&self.units[at..to]);
            if step.units.is_nan() {
                self.places[step.instrument as usize] = NOWHERE;
            } else {
                instruments.push(step.instrument);
                units.push(step.units);
            }
            at = to + usize::from(self.instruments.get(to) == Some(&step.instrument));
        }
        instruments.extend_from_slice(&self.instruments[at..]);
        units.extend_from_slice(&self.units[at..]);
        for (place, &instrument) in (0..).zip(&instruments) {
            self.places[instrument as usize] = place;
        }
        self.merged = (
            std::mem::replace(&mut self.instruments, instruments),
            std::mem::replace(&mut self.units, units),
        );
    }
}

/// Puts changes in order of instrument and session.
fn order(steps: &mut [Step]) {
    let key = |step: &Step| (step.instrument, step.session);
    if !steps.is_sorted_by_key(key) {
        steps.sort_by_key(key);
    }
}

/// Adds the terms of some holdings to the sums of a block.
#[inline(always)]
fn add(cell: &impl Fn(usize) -> Lanes, instruments: &[u32], units: &[f64], sums: &mut Lanes) {
    let mut own = *sums;
    for (&instrument, &units) in instruments.iter().zip(units) {
        let figures = cell(instrument as usize);
        for lane in 0..LANES {
            own[lane] += figures[lane] * units;
        }
    }
    *sums = own;
}
