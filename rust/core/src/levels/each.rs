//! Indices that go their way each by itself: hold, value and chain, a tile of them at a time.

use rayon::prelude::*;

use super::batch::{Job, Seat, TILE};
use super::cells::{Cells, LANES, Product};
use super::held::Held;
use super::series::Series;
use super::value::{check, values};
use crate::holdings::{Common, Holdings, Shelf};
use crate::wide::{Work, widest};
use crate::{Error, Result};

/// Calculates a few indices, each on all threads; returns the failures.
pub(super) fn calculate_few<P: Send>(
    rules: &[Common<'_>],
    seats: Vec<Seat<'_, P>>,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Vec<(usize, Error)> {
    let calculate = |job: &Job<'_>| -> Result<Series> {
        let panel = &rules[job.on].panel;
        let holdings = job.hold(rules, &mut Shelf::default())?;
        let values = values(panel, &holdings)?;
        let mut series = Series::default();
        series.chain(panel.days, &values, &holdings, job.opening, job.variants)?;
        Ok(series)
    };
    let results = seats
        .into_par_iter()
        .filter_map(|seat| match calculate(seat.job) {
            Ok(series) => {
                write(seat.place, &series);
                None
            }
            Err(error) => Some((seat.at, error)),
        });
    results.collect()
}

/// Calculates many indices; returns the failures.
pub(super) fn calculate_each<P: Send>(
    rules: &[Common<'_>],
    product: &Product<'_>,
    mut seats: Vec<Seat<'_, P>>,
    write: &(impl Fn(&mut P, &Series) + Sync),
) -> Vec<(usize, Error)> {
    // Every thread gets a few tiles.
    let tile = seats.len().div_ceil(4 * rayon::current_num_threads());
    let tiles = seats.par_chunks_mut(tile.clamp(1, TILE));
    tiles
        .flat_map_iter(|seats| calculate_tile(rules, product, seats, write))
        .collect()
}

/// Values indices block by block, so that all read a block while it is in cache.
struct ValueTile<'w, 'a> {
    product: &'w Product<'w>,
    rows: &'w mut [(Held<'a>, &'a mut [f64])],
    blocks: usize,
}

impl Work for ValueTile<'_, '_> {
    #[inline(always)]
    fn run(self) {
        for block in 0..self.blocks {
            let cell = self.product.block(block);
            for (held, row) in &mut *self.rows {
                let sums = held.value(&cell, block);
                row[block * LANES..][..LANES].copy_from_slice(&sums);
            }
        }
    }
}

fn calculate_tile<P>(
    rules: &[Common<'_>],
    product: &Product<'_>,
    seats: &mut [Seat<'_, P>],
    write: &impl Fn(&mut P, &Series),
) -> Vec<(usize, Error)> {
    let panel = &rules[0].panel;
    let mut shelf = Shelf::default();
    let held: Vec<_> = seats
        .iter()
        .map(|seat| seat.job.hold(rules, &mut shelf))
        .collect();
    let width = panel.sessions().div_ceil(LANES) * LANES;
    let mut values = vec![f64::NAN; width * seats.len()];
    let mut rows: Vec<(Held<'_>, &mut [f64])> = held
        .iter()
        .zip(values.chunks_mut(width))
        .filter_map(|(holdings, row)| {
            let steps = &holdings.as_ref().ok()?.steps;
            Some((Held::before(0, steps, panel.instruments.len()), row))
        })
        .collect();
    widest(ValueTile {
        product,
        rows: &mut rows,
        blocks: width / LANES,
    });
    let mut series = Series::default();
    let mut chain = |holdings: &Result<Holdings>, seat: &mut Seat<'_, P>, values: &mut [f64]| {
        let holdings = holdings.as_ref().map_err(Clone::clone)?;
        let values = &mut values[..panel.sessions()];
        check(panel, holdings, values)?;
        let job = seat.job;
        series.chain(panel.days, values, holdings, job.opening, job.variants)?;
        write(seat.place, &series);
        Ok(())
    };
    held.iter()
        .zip(seats)
        .zip(values.chunks_mut(width))
        .filter_map(|((holdings, seat), values)| {
            let error = chain(holdings, seat, values).err()?;
            Some((seat.at, error))
        })
        .collect()
}
