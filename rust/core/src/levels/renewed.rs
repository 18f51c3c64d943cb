//! Indices that every change renews as a whole: those that change on the same sessions, under the same
//! rules, go their way together.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::batch::{Job, Seat, TILE};
use super::block::{self, Block};
use super::cells::{LANES, Lanes};
use super::rooms::Rooms;
use super::series::Series;
use super::value::check;
use crate::Result;
use crate::holdings::Common;
use crate::holdings::baskets::Baskets;
use crate::holdings::family::{self, Family, Renewed, SIDE};
use crate::holdings::intents::Change;
use crate::holdings::period::Period;
use crate::wide::widest;

/// Calculates the indices that every change renews as a whole; gives the others back, and those that
/// must be told why they fail.
pub(super) fn calculate_renewed<'s, P: Send>(
    rules: &[Common<'_>],
    seats: Vec<Seat<'s, P>>,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Result<Vec<Seat<'s, P>>> {
    let mut alone = Vec::new();
    let mut families: BTreeMap<_, Vec<Seat<'_, P>>> = BTreeMap::new();
    for seat in seats {
        let job = seat.job;
        let base = job.changes.first().map(|change| change.session);
        if base == Some(job.session) && job.scheme.of_shares && job.deletions.is_empty() {
            families.entry(key(job)).or_default().push(seat);
        } else {
            alone.push(seat);
        }
    }
    for seats in families.into_values() {
        let common = &rules[seats[0].job.on];
        alone.extend(calculate_family(common, seats, write)?);
    }
    Ok(alone)
}

/// What indices of a family agree on: share rules, and the sessions of their changes with those whose
/// closes cap them.
fn key(job: &Job<'_>) -> (usize, Vec<(usize, Option<usize>)>) {
    let sessions = |change: &Change| {
        let capping = change.caps.map(|_| change.weighting_session);
        (change.session, capping)
    };
    (job.on, job.changes.iter().map(sessions).collect())
}

/// Memory for the baskets of one index after another.
#[derive(Default)]
struct Reading {
    seen: Vec<u32>,
    baskets: Baskets,
}

/// Memory for one tile of indices after another.
#[derive(Default)]
struct Chaining {
    baskets: Vec<Baskets>,
    sides: family::Room,
    values: Vec<f64>,
    series: Series,
}

fn calculate_family<'s, P: Send>(
    common: &Common<'_>,
    seats: Vec<Seat<'s, P>>,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Result<Vec<Seat<'s, P>>> {
    let jobs: Vec<&Job<'_>> = seats.iter().map(|seat| seat.job).collect();
    let (scheme, changes) = (jobs[0].scheme, jobs[0].changes);
    let tile = jobs.len().div_ceil(4 * rayon::current_num_threads());
    let tile = tile.clamp(1, TILE).next_multiple_of(SIDE);
    let instruments = common.panel.instruments.len();
    let rooms = Rooms::<Reading>::default();
    let read = jobs.par_chunks(tile).map(|jobs| {
        rooms.with(|room| held_by(jobs, instruments, room))
    });
    let read: Vec<_> = read.collect();
    let (mut held, mut plain) = (vec![vec![false; instruments]; changes.len()], Vec::new());
    for (own, is_plain) in read {
        plain.extend(is_plain);
        for (held, own) in held.iter_mut().flatten().zip(own.iter().flatten()) {
            *held |= own;
        }
    }
    let (mut left, mut members) = (Vec::new(), Vec::new());
    for (seat, plain) in seats.into_iter().zip(plain) {
        if plain { members.push(seat) } else { left.push(seat) }
    }
    if members.is_empty() {
        return Ok(left);
    }
    let family = Family::new(common, scheme, changes, &held)?;
    let jobs: Vec<&Job<'_>> = members.iter().map(|seat| seat.job).collect();
    let values = values(common, &family, &jobs, tile);
    let mut tiles = Vec::new();
    while !members.is_empty() {
        let rest = members.split_off(tile.min(members.len()));
        tiles.push(std::mem::replace(&mut members, rest));
    }
    let rooms = Rooms::<Chaining>::default();
    let tiles = tiles.into_par_iter().enumerate();
    let refused = tiles.flat_map_iter(|(number, seats)| {
        let values = |at: usize, row: &mut [f64]| values.row(&family, number * tile + at, row);
        rooms.with(|room| chain_tile(common, &family, seats, values, room, write))
    });
    left.par_extend(refused);
    Ok(left)
}

/// Tells for each change which instruments the baskets of some indices hold, and which of these every
/// change renews as a whole.
fn held_by(
    jobs: &[&Job<'_>],
    instruments: usize,
    room: &mut Reading,
) -> (Vec<Vec<bool>>, Vec<bool>) {
    let mut held = vec![vec![false; instruments]; jobs[0].changes.len()];
    let mut plain = Vec::with_capacity(jobs.len());
    room.seen.resize(instruments, 0);
    for job in jobs {
        plain.push(room.baskets.read(job.changes, &job.intents, &mut room.seen));
        if plain.last() == Some(&true) {
            for (number, held) in held.iter_mut().enumerate() {
                for &instrument in room.baskets.basket(number).0 {
                    held[instrument as usize] = true;
                }
            }
        }
    }
    (held, plain)
}

/// Values of the indices of a family: of each period, block by block, of each index.
struct Values {
    sums: Vec<Lanes>,
    indices: usize,
}

impl Values {
    /// Takes out those of one index, a figure for each session.
    fn row(&self, family: &Family, index: usize, row: &mut [f64]) {
        let mut blocks = self.sums.iter().skip(index).step_by(self.indices);
        for period in &family.periods {
            for part in row[period.start..period.end].chunks_mut(LANES) {
                if let Some(sums) = blocks.next() {
                    part.copy_from_slice(&sums[..part.len()]);
                }
            }
        }
    }
}

/// Values indices of a family, a period after another: all of them on a block while it is in cache.
fn values(common: &Common<'_>, family: &Family, jobs: &[&Job<'_>], tile: usize) -> Values {
    let blocks = |period: &Period| (period.end - period.start).div_ceil(LANES);
    let count = family.periods.iter().map(blocks).sum::<usize>() * jobs.len();
    let mut sums = vec![[0.0; LANES]; count];
    let mut ahead = &mut sums[..];
    let mut baskets = vec![Baskets::default(); jobs.len().div_ceil(tile)];
    let rooms = Rooms::<Block>::default();
    let mut at = vec![0; jobs.len()];
    for (number, period) in family.periods.iter().enumerate() {
        baskets
            .par_iter_mut()
            .zip(jobs.par_chunks(tile))
            .zip(at.par_chunks_mut(tile))
            .for_each(|((baskets, jobs), at)| {
                baskets.clear();
                for (job, at) in jobs.iter().zip(at) {
                    baskets.push(&job.rows_of(&job.changes[number], at));
                    // One that cannot be capped is told why on its own way.
                    let _ = family.cap(number, &job.changes[number], job.scheme, baskets);
                }
            });
        let (own, rest) = ahead.split_at_mut(blocks(period) * jobs.len());
        ahead = rest;
        own.par_chunks_mut(jobs.len()).enumerate().for_each(|(at, sums)| {
            rooms.with(|block| {
                block.stand(&common.panel, period, period.start + at * LANES);
                widest(block::Value { block, baskets: &baskets, sums });
            });
        });
    }
    Values { sums, indices: jobs.len() }
}

/// Chains some indices of a family; gives those back that must go their way by themselves.
fn chain_tile<'s, P: Send>(
    common: &Common<'_>,
    family: &Family,
    seats: Vec<Seat<'s, P>>,
    values: impl Fn(usize, &mut [f64]),
    room: &mut Chaining,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Vec<Seat<'s, P>> {
    let panel = &common.panel;
    room.baskets.resize_with(TILE, Baskets::default);
    let capped: Vec<bool> = seats
        .iter()
        .zip(&mut room.baskets)
        .map(|(seat, baskets)| read_all(family, seat.job, baskets))
        .collect();
    let indices: Vec<Renewed<'_>> = seats
        .iter()
        .zip(&room.baskets)
        .map(|(seat, baskets)| Renewed {
            changes: seat.job.changes,
            baskets,
            divisor_per_value: seat.job.divisor_per_value,
        })
        .collect();
    let held = family.hold(&indices, &mut room.sides);
    let mut left = Vec::new();
    room.values.resize(panel.sessions(), f64::NAN);
    for (at, (seat, held)) in seats.into_iter().zip(held).enumerate() {
        let done = held.filter(|_| capped[at]).and_then(|held| {
            values(at, &mut room.values);
            check(panel, &held, &mut room.values).ok()?;
            let (job, series) = (seat.job, &mut room.series);
            let chained = series.chain(panel.days, &room.values, &held, job.opening, job.variants);
            chained.ok()
        });
        match done {
            Some(()) => write(seat.place, &room.series),
            None => left.push(seat),
        }
    }
    left
}

/// Reads the baskets of an index; whether all of them could be capped.
fn read_all(family: &Family, job: &Job<'_>, baskets: &mut Baskets) -> bool {
    baskets.clear();
    let mut at = 0;
    let numbered = job.changes.iter().enumerate();
    numbered.fold(true, |capped, (number, change)| {
        baskets.push(&job.rows_of(change, &mut at));
        family.cap(number, change, job.scheme, baskets) && capped
    })
}
