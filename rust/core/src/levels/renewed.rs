//! Indices that every change renews as a whole: those that change on the same sessions, under the same
//! rules, go their way together.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::batch::{Job, Seat, TILE};
use super::block::{Block, Rows};
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

/// Indices that are read, and blocks that are valued, by one thread at a time: few, so that none waits
/// long for the last one.
const AT_ONCE: usize = 4;

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

/// An index of a family.
struct Member<'s, 'o, P> {
    seat: Seat<'s, P>,
    baskets: Baskets<'o>,
    /// Whether its weight factors could be worked out.
    is_capped: bool,
}

/// Memory for one tile of indices after another.
#[derive(Default)]
struct Room {
    sides: family::Room,
    values: Vec<f64>,
    series: Series,
}

fn calculate_family<'s, P: Send>(
    common: &Common<'_>,
    seats: Vec<Seat<'s, P>>,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Result<Vec<Seat<'s, P>>> {
    let instruments = common.panel.instruments.len();
    let ones = vec![1.0; instruments];
    let read: Vec<_> = seats
        .into_par_iter()
        .with_max_len(AT_ONCE)
        .map_init(
            || vec![0; instruments],
            |seen, seat| read(seen, &ones, seat),
        )
        .collect();
    let (mut members, mut left) = (Vec::with_capacity(read.len()), Vec::new());
    for one in read {
        match one {
            Ok(member) => members.push(member),
            Err(seat) => left.push(seat),
        }
    }
    // Those of a size go abreast, those with weight factors first.
    members.sort_by_key(|one| (one.baskets.is_plain(), one.baskets.instruments.len()));
    let Some(job) = members.first().map(|one| one.seat.job) else {
        return Ok(left);
    };
    let baskets: Vec<&Baskets<'_>> = members.iter().map(|one| &one.baskets).collect();
    let family = Family::new(common, job.scheme, job.changes, &baskets)?;
    members.par_iter_mut().for_each(|one| {
        let job = one.seat.job;
        one.is_capped = family.cap(job.changes, job.scheme, &mut one.baskets);
    });
    let baskets: Vec<&Baskets<'_>> = members.iter().map(|one| &one.baskets).collect();
    let values = Values::new(common, &family, &baskets);
    let tile = members.len().div_ceil(8 * rayon::current_num_threads());
    let tile = tile.clamp(1, TILE).next_multiple_of(SIDE);
    let mut tiles = Vec::new();
    while !members.is_empty() {
        let rest = members.split_off(tile.min(members.len()));
        tiles.push(std::mem::replace(&mut members, rest));
    }
    let rooms = Rooms::<Room>::default();
    let tiles = tiles.into_par_iter().with_max_len(1).enumerate();
    let refused = tiles.flat_map_iter(|(number, members)| {
        rooms.with(|room| {
            values.rows(&family, number * tile, members.len(), &mut room.values);
            chain_tile(common, &family, members, room, write)
        })
    });
    left.par_extend(refused);
    Ok(left)
}

/// Reads the baskets of an index; gives it back if a change does not renew it as a whole.
fn read<'s, 'o, P>(
    seen: &mut [u32],
    ones: &'o [f64],
    seat: Seat<'s, P>,
) -> std::result::Result<Member<'s, 'o, P>, Seat<'s, P>> {
    match Baskets::read(seat.job.changes, &seat.job.intents, seen, ones) {
        Some(baskets) => Ok(Member {
            seat,
            baskets,
            is_capped: false,
        }),
        None => Err(seat),
    }
}

/// Values of the indices of a family: of each period, block by block, of each index.
struct Values {
    sums: Vec<Lanes>,
    indices: usize,
}

impl Values {
    /// Values indices, those with weight factors first, a period after another: all of them on a block
    /// while it is in cache.
    fn new(common: &Common<'_>, family: &Family, baskets: &[&Baskets<'_>]) -> Self {
        let blocks = |period: &Period| (period.end - period.start).div_ceil(LANES);
        let indices = baskets.len();
        let count = family.periods.iter().map(blocks).sum::<usize>();
        let mut sums = vec![[0.0; LANES]; count * indices];
        // One alone reads each price once, as one with weight factors.
        let is_weighted = |own: &&Baskets<'_>| indices == 1 || !own.is_plain();
        let weighted = baskets.partition_point(is_weighted);
        let (weighted, plain) = baskets.split_at(weighted);
        let of_period = |number| Rows {
            weighted: weighted.iter().map(|own| own.basket(number)).collect(),
            plain: plain
                .iter()
                .map(|own| own.basket(number).instruments)
                .collect(),
        };
        let rows: Vec<_> = (0..family.periods.len()).map(of_period).collect();
        let tasks = family.periods.iter().zip(&rows);
        let tasks = tasks.flat_map(|(period, rows)| {
            let firsts = (period.start..period.end).step_by(LANES);
            firsts.map(move |first| (period, first, rows))
        });
        let mut tasks: Vec<_> = tasks.zip(sums.chunks_mut(indices)).collect();
        let rooms = Rooms::<Block>::default();
        let panel = &common.panel;
        let slab = if panel.is_in_slabs() {
            panel.slab().div_ceil(LANES)
        } else {
            count
        };
        for tasks in tasks.chunks_mut(slab.max(1)) {
            tasks
                .par_iter_mut()
                .with_max_len(AT_ONCE)
                .for_each(|((period, first, rows), sums)| {
                    rooms.with(|block| block.value(panel, period, *first, rows, sums));
                });
            panel.release();
        }
        Self { sums, indices }
    }

    /// Takes out those of some indices from one on: a figure for each session, one index after another.
    fn rows(&self, family: &Family, from: usize, count: usize, rows: &mut Vec<f64>) {
        let sessions = family.periods.last().map_or(0, |period| period.end);
        rows.resize(sessions * count, f64::NAN);
        let mut blocks = self.sums.chunks_exact(self.indices);
        for period in &family.periods {
            for first in (period.start..period.end).step_by(LANES) {
                let Some(sums) = blocks.next() else { return };
                let lanes = LANES.min(period.end - first);
                for (row, sums) in rows.chunks_exact_mut(sessions).zip(&sums[from..][..count]) {
                    row[first..first + lanes].copy_from_slice(&sums[..lanes]);
                }
            }
        }
    }
}

/// Chains some indices of a family, whose values stand in the room; gives those back that must go their
/// way by themselves.
fn chain_tile<'s, P: Send>(
    common: &Common<'_>,
    family: &Family,
    members: Vec<Member<'s, '_, P>>,
    room: &mut Room,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Vec<Seat<'s, P>> {
    let panel = &common.panel;
    let indices: Vec<Renewed<'_>> = members
        .iter()
        .map(|one| Renewed {
            changes: one.seat.job.changes,
            baskets: &one.baskets,
            divisor_per_value: one.seat.job.divisor_per_value,
        })
        .collect();
    let held = family.hold(&indices, &mut room.sides);
    let mut left = Vec::new();
    let rows = room.values.chunks_exact_mut(panel.sessions());
    for ((one, held), values) in members.into_iter().zip(held).zip(rows) {
        let seat = one.seat;
        let done = held.filter(|_| one.is_capped).and_then(|held| {
            check(panel, &held, values).ok()?;
            let (job, series) = (seat.job, &mut room.series);
            let chained = series.chain(panel.days, values, &held, job.opening, job.variants);
            chained.ok()
        });
        match done {
            Some(()) => write(seat.place, &room.series),
            None => left.push(seat),
        }
    }
    left
}
