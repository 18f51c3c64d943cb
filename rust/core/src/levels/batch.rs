//! Many indices on one panel: hold, value and chain, a tile of indices at a time.

use rayon::prelude::*;

use super::cells::{LANES, Product};
use super::held::Held;
use super::series::{Opening, Series};
use super::value::{check, value_blocks, values};
use crate::Result;
use crate::holdings::{Common, Hold, Holdings, Start, Trail};

/// Indices valued block by block together: their holdings and the block's prices stay in cache.
const TILE: usize = 64;

/// Up to this many indices a panel is not laid out: each reads it once.
const FEW: usize = 8;

/// One index of a batch.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Which of the batch's panels it is on.
    pub on: usize,
    /// What Decide asks.
    pub hold: Hold<'a>,
    /// Where it starts.
    pub start: Start,
    /// Levels at the start.
    pub opening: Opening,
}

/// Calculates indices; `write` takes what came out for each, in its own place of `places`.
///
/// An index that fails does not stop the others: its place is left, its error returned.
pub fn calculate<P: Send>(
    panels: &[Common<'_>],
    jobs: &[Job<'_>],
    places: &mut [P],
    trail: Trail,
    write: impl Fn(&mut P, &Series, &Holdings) + Sync,
) -> Vec<Result<()>> {
    if jobs.len() <= FEW {
        let pairs = jobs.par_iter().zip(places.par_iter_mut());
        return pairs
            .map(|(job, place)| {
                let common = &panels[job.on];
                let holdings = job.hold.run(common, job.start.clone(), trail)?;
                let values = values(&common.panel, &holdings)?;
                let mut series = Series::default();
                series.chain(common.panel.days, &values, &holdings, job.opening)?;
                write(place, &series, &holdings);
                Ok(())
            })
            .collect();
    }
    let products: Vec<Product> = panels
        .iter()
        .map(|common| Product::new(&common.panel))
        .collect();
    // Tiles no larger than leave every thread a few.
    let tile = jobs
        .len()
        .div_ceil(4 * rayon::current_num_threads())
        .clamp(1, TILE);
    let tiles = jobs.par_chunks(tile).zip(places.par_chunks_mut(tile));
    tiles
        .flat_map_iter(|(jobs, places)| {
            calculate_tile(panels, &products, jobs, places, trail, &write)
        })
        .collect()
}

fn calculate_tile<P>(
    panels: &[Common<'_>],
    products: &[Product],
    jobs: &[Job<'_>],
    places: &mut [P],
    trail: Trail,
    write: &impl Fn(&mut P, &Series, &Holdings),
) -> Vec<Result<()>> {
    let held: Vec<Result<Holdings>> = jobs
        .iter()
        .map(|job| job.hold.run(&panels[job.on], job.start.clone(), trail))
        .collect();
    let mut books: Vec<(usize, Held<'_>)> = held
        .iter()
        .enumerate()
        .filter_map(|(at, holdings)| Some((at, Held::before(0, &holdings.as_ref().ok()?.steps))))
        .collect();
    let padded = panels
        .iter()
        .map(|common| common.panel.sessions().div_ceil(LANES) * LANES);
    let width = padded.max().unwrap_or(0);
    let mut values = vec![f64::NAN; width * jobs.len()];
    for block in 0..width / LANES {
        for (at, book) in &mut books {
            let job = &jobs[*at];
            if block * LANES < panels[job.on].panel.sessions() {
                let first = *at * width + block * LANES;
                let sums = &mut values[first..first + LANES];
                value_blocks(&products[job.on], book, block, sums);
            }
        }
    }
    let mut series = Series::default();
    held.iter()
        .zip(jobs)
        .zip(values.chunks_mut(width.max(1)))
        .zip(places)
        .map(|(((holdings, job), values), place)| {
            let holdings = holdings.as_ref().map_err(Clone::clone)?;
            let panel = &panels[job.on].panel;
            let values = &mut values[..panel.sessions()];
            check(panel, holdings, values)?;
            series.chain(panel.days, values, holdings, job.opening)?;
            write(place, &series, holdings);
            Ok(())
        })
        .collect()
}
