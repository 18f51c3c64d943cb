//! Many indices on one panel: hold, value and chain.

use super::cells::Product;
use super::each::{calculate_each, calculate_few};
use super::renewed::calculate_renewed;
use super::series::{Opening, Series, Variants};
use crate::Result;
use crate::holdings::intents::{Change, Columns, Deletion, Scheme};
use crate::holdings::{Common, Hold, Holdings, Shelf, Start, Trail};

/// Up to this many indices the panel is not laid out: each reads it once.
pub(super) const FEW: usize = 8;

/// Indices valued block by block together: their holdings and the block's prices stay in cache.
pub(super) const TILE: usize = 64;

/// One index of a batch.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Which share rules it reads: their position among those of the batch.
    pub on: usize,
    /// Effective sessions, ascending.
    pub changes: &'a [Change],
    /// Intents.
    pub intents: Columns<'a>,
    /// Deletions at a price, by session.
    pub deletions: &'a [Deletion],
    /// The scheme's share response.
    pub scheme: &'a Scheme,
    /// The base session.
    pub session: usize,
    /// Divisor = value of its close × this.
    pub divisor_per_value: f64,
    /// Levels at the start.
    pub opening: Opening,
    /// Which total returns are wanted.
    pub variants: Variants,
}

impl Job<'_> {
    /// Goes the way of the index by itself.
    pub(super) fn hold(&self, rules: &[Common<'_>], room: &mut Shelf) -> Result<Holdings> {
        let hold = Hold {
            changes: self.changes,
            intents: &self.intents.in_order(),
            deletions: self.deletions,
            scheme: self.scheme,
        };
        let start = Start::Base {
            session: self.session,
            divisor_per_value: self.divisor_per_value,
        };
        hold.run(&rules[self.on], start, Trail::None, room)
    }
}

/// An index with its place in the output.
pub(super) struct Seat<'s, P> {
    /// Its position among the jobs.
    pub(super) at: usize,
    pub(super) job: &'s Job<'s>,
    pub(super) place: &'s mut P,
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
/// `rules` are share rules on one and the same panel. An index that fails does not stop the others: its
/// place is left, its error returned. `memory` holds the cells of the panel, [`memory_size`] figures; a
/// panel in slabs needs none.
///
/// Indices that every change renews as a whole go their way together, the others each by itself; the
/// levels are the same to the last bit.
///
/// # Errors
///
/// [`crate::Error::InvalidInput`] if the memory is too small.
pub fn calculate<P: Send>(
    rules: &[Common<'_>],
    jobs: &[Job<'_>],
    places: &mut [P],
    memory: &mut [f64],
    write: impl Fn(&mut P, &Series) + Sync,
) -> Result<Vec<Result<()>>> {
    let Some(panel) = rules.first().map(|common| &common.panel) else {
        return Ok(Vec::new());
    };
    let seats = jobs.iter().zip(places).enumerate();
    let seats = seats
        .map(|(at, (job, place))| Seat { at, job, place })
        .collect();
    let alone = calculate_renewed(rules, seats, &write)?;
    // Laid out for many, the panel would lie in memory whole.
    let failures = if alone.len() <= FEW || panel.is_in_slabs() {
        calculate_few(rules, alone, &write)
    } else {
        calculate_each(rules, &Product::new(panel, memory)?, alone, &write)
    };
    let mut results = vec![Ok(()); jobs.len()];
    for (at, error) in failures {
        results[at] = Err(error);
    }
    Ok(results)
}
