//! Many indices on one panel: hold, value and chain, a tile of indices at a time.

use rayon::prelude::*;

use super::cells::{LANES, Product};
use super::held::Held;
use super::series::{Opening, Series};
use super::value::{check, values};
use super::wide::{Work, widest};
use crate::Result;
use crate::holdings::intents::{Change, Deletion, Intent, Scheme};
use crate::holdings::{Common, Hold, Holdings, Shelf, Start, Trail};

/// Indices valued block by block together: their holdings and the block's prices stay in cache.
const TILE: usize = 64;

/// Up to this many indices the panel is not laid out: each reads it once.
const FEW: usize = 8;

/// One index of a batch.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Which share rules it reads: their position among those of the batch.
    pub on: usize,
    /// Effective sessions, ascending.
    pub changes: Vec<Change>,
    /// Intents, by session and instrument.
    pub intents: Vec<Intent>,
    /// Deletions at a price, by session.
    pub deletions: Vec<Deletion>,
    /// The scheme's share response.
    pub scheme: &'a Scheme,
    /// Where it starts.
    pub start: Start,
    /// Levels at the start.
    pub opening: Opening,
}

impl Job<'_> {
    fn hold(&self, rules: &[Common<'_>], trail: Trail, room: &mut Shelf) -> Result<Holdings> {
        let hold = Hold {
            changes: &self.changes,
            intents: &self.intents,
            deletions: &self.deletions,
            scheme: self.scheme,
        };
        hold.run(&rules[self.on], self.start.clone(), trail, room)
    }
}

/// Returns the number of figures that [`calculate`] needs as memory for so many indices.
#[must_use]
pub fn memory_size(sessions: usize, instruments: usize, indices: usize) -> usize {
    if indices <= FEW {
        return 0;
    }
    Product::size(sessions, instruments)
}

/// Calculates indices; `write` takes what came out for each, in its own place of `places`.
///
/// `rules` are share rules on one and the same panel; `job` returns an index by its position. An index
/// that fails does not stop the others: its place is left, its error returned. `memory` holds the cells
/// of the panel, [`memory_size`] figures.
///
/// # Errors
///
/// [`crate::Error::InvalidInput`] if the memory is too small.
pub fn calculate<'a, P: Send>(
    rules: &[Common<'_>],
    job: impl Fn(usize) -> Job<'a> + Sync,
    places: &mut [P],
    trail: Trail,
    memory: &mut [f64],
    write: impl Fn(&mut P, &Series, &Holdings) + Sync,
) -> Result<Vec<Result<()>>> {
    let Some(panel) = rules.first().map(|common| common.panel) else {
        return Ok(Vec::new());
    };
    if places.len() <= FEW {
        let places = places.par_iter_mut().enumerate();
        let results = places
            .map(|(at, place)| {
                let job = job(at);
                let holdings = job.hold(rules, trail, &mut Shelf::default())?;
                let values = values(&panel, &holdings)?;
                let mut series = Series::default();
                series.chain(panel.days, &values, &holdings, job.opening)?;
                write(place, &series, &holdings);
                Ok(())
            })
            .collect();
        return Ok(results);
    }
    let product = Product::new(&panel, memory)?;
    // Every thread gets a few tiles.
    let tile = places.len().div_ceil(4 * rayon::current_num_threads());
    let tile = tile.clamp(1, TILE);
    let tiles = places.par_chunks_mut(tile).enumerate();
    let results = tiles.flat_map_iter(|(number, places)| {
        let jobs: Vec<Job<'_>> = (number * tile..).take(places.len()).map(&job).collect();
        calculate_tile(rules, &product, &jobs, places, trail, &write)
    });
    Ok(results.collect())
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
            for (held, row) in &mut *self.rows {
                let sums = held.value(self.product, block);
                row[block * LANES..][..LANES].copy_from_slice(&sums);
            }
        }
    }
}

fn calculate_tile<P>(
    rules: &[Common<'_>],
    product: &Product<'_>,
    jobs: &[Job<'_>],
    places: &mut [P],
    trail: Trail,
    write: &impl Fn(&mut P, &Series, &Holdings),
) -> Vec<Result<()>> {
    let panel = &rules[0].panel;
    let mut shelf = Shelf::default();
    let held: Vec<_> = jobs
        .iter()
        .map(|job| job.hold(rules, trail, &mut shelf))
        .collect();
    let width = panel.sessions().div_ceil(LANES) * LANES;
    let mut values = vec![f64::NAN; width * jobs.len()];
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
    held.iter()
        .zip(jobs)
        .zip(values.chunks_mut(width))
        .zip(places)
        .map(|(((holdings, job), values), place)| {
            let holdings = holdings.as_ref().map_err(Clone::clone)?;
            let values = &mut values[..panel.sessions()];
            check(panel, holdings, values)?;
            series.chain(panel.days, values, holdings, job.opening)?;
            write(place, &series, holdings);
            Ok(())
        })
        .collect()
}
