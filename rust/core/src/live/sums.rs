//! Sums of all indices of one currency at one moment: eight indices side by side.
//!
//! Each index adds its terms from +0.0 in ascending instrument order, with a separate multiply and add,
//! as the batch does; where it has fewer than its neighbours it adds +0.0, which changes no bit.

use std::array;

use crate::wide::{Work, widest_to};
use crate::{Error, Result};

/// Indices side by side.
pub const SIDE: usize = 8;

/// Groups that are summed abreast.
const ABREAST: usize = 4;

/// Securities there can be. Their numbers have sixteen bits: no look-up can miss the table, and none is
/// checked.
pub const MOST: usize = 1 << 16;

/// One term of each.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Numbers of securities, four in each of two words: a word is loaded once for four look-ups.
    securities: [u64; SIDE / 4],
    units: [f64; SIDE],
}

/// Indices that are summed in one go.
#[derive(Clone, Debug)]
struct Group {
    /// Their positions; unused lanes have none.
    indices: Vec<usize>,
    /// Their terms: up to this row of all, from where the group before ends.
    end: usize,
}

/// Holdings of an index: securities, ascending, and units.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// Position of the index.
    pub index: usize,
    /// Positions in the book.
    pub securities: &'a [u32],
    /// As many.
    pub units: &'a [f64],
}

/// Price × rate of every security in one currency, and the indices that are calculated in it.
#[derive(Clone, Debug)]
pub struct Sums {
    groups: Vec<Group>,
    rows: Vec<Row>,
    /// Groups that hold a security, a bit each: `words` for each security.
    holders: Vec<u64>,
    words: usize,
    securities: usize,
    /// Price × rate.
    worth: Box<[f64; MOST]>,
    /// Groups to be summed anew.
    stale: Vec<u64>,
    /// The same, one after another.
    queue: Vec<usize>,
}

impl Sums {
    /// Lays out indices for a book of so many securities. Those of a size go side by side.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for more than [`MOST`] securities.
    pub fn new(securities: usize, mut held: Vec<Held<'_>>) -> Result<Self> {
        if securities > MOST {
            let expected = format!("must be at most {MOST} in one book");
            return Err(Error::invalid("number of securities", securities, expected));
        }
        held.sort_by_key(|own| own.securities.len());
        let worth = vec![0.0; MOST].into_boxed_slice();
        let worth = worth
            .try_into()
            .unwrap_or_else(|_| unreachable!("as many as asked for"));
        let words = held.len().div_ceil(SIDE).div_ceil(64);
        let mut sums = Self {
            groups: Vec::new(),
            rows: Vec::new(),
            holders: vec![0; securities * words],
            words,
            securities,
            worth,
            stale: vec![0; words],
            queue: Vec::with_capacity(held.len().div_ceil(SIDE)),
        };
        for side in held.chunks(SIDE) {
            sums.add(side);
        }
        Ok(sums)
    }

    fn add(&mut self, side: &[Held<'_>]) {
        let number = self.groups.len();
        let longest = side.iter().map(|own| own.securities.len()).max();
        for row in 0..longest.unwrap_or_default() {
            let (mut securities, mut units) = ([0; SIDE / 4], [0.0; SIDE]);
            for (lane, own) in side.iter().enumerate() {
                // One that has no more stays at its last, which is in cache.
                let at = row.min(own.securities.len().saturating_sub(1));
                let security = own.securities.get(at).copied().unwrap_or_default();
                securities[lane / 4] |= u64::from(security) << (lane % 4 * 16);
                units[lane] = own.units.get(row).copied().unwrap_or_default();
            }
            self.rows.push(Row { securities, units });
        }
        for &security in side.iter().flat_map(|own| own.securities) {
            self.holders[security as usize * self.words + number / 64] |= 1 << (number % 64);
        }
        self.groups.push(Group {
            indices: side.iter().map(|own| own.index).collect(),
            end: self.rows.len(),
        });
    }

    /// Returns the indices in the order in which they are summed.
    pub fn order(&self) -> impl Iterator<Item = usize> {
        self.groups
            .iter()
            .flat_map(|group| group.indices.iter().copied())
    }

    /// Returns price × rate of every security.
    pub fn worth(&self) -> impl Iterator<Item = f64> {
        self.worth[..self.securities].iter().copied()
    }

    /// Takes a price × rate over; the indices that hold the security are to be summed anew.
    #[inline(always)]
    pub fn set(&mut self, security: usize, worth: f64) {
        self.worth[security] = worth;
        let holders = &self.holders[security * self.words..][..self.words];
        for (stale, holders) in self.stale.iter_mut().zip(holders) {
            *stale |= holders;
        }
    }

    /// Sums the indices anew that have a reason to be, and tells whether there was one.
    pub fn renew(&mut self, values: &mut [f64]) -> bool {
        self.queue.clear();
        for (word, stale) in self.stale.iter_mut().enumerate() {
            while *stale != 0 {
                self.queue.push(word * 64 + stale.trailing_zeros() as usize);
                *stale &= *stale - 1;
            }
        }
        // Wider ones would gather the look-ups, which takes longer than eight of them.
        widest_to(256, Renewal { sums: self, values });
        !self.queue.is_empty()
    }

    /// Returns the rows of a group.
    fn rows(&self, group: usize) -> &[Row] {
        let from = group
            .checked_sub(1)
            .map_or(0, |before| self.groups[before].end);
        &self.rows[from..self.groups[group].end]
    }
}

/// Sums what is stale.
struct Renewal<'w> {
    sums: &'w mut Sums,
    values: &'w mut [f64],
}

impl Work for Renewal<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { sums, values } = self;
        let queue = std::mem::take(&mut sums.queue);
        for abreast in queue.chunks(ABREAST) {
            let rows = array::from_fn(|at| abreast.get(at).map_or(&[][..], |&own| sums.rows(own)));
            for (&number, sums_of) in abreast.iter().zip(add(rows, &sums.worth)) {
                for (&index, sum) in sums.groups[number].indices.iter().zip(sums_of) {
                    values[index] = sum;
                }
            }
        }
        sums.queue = queue;
    }
}

/// Sums groups abreast: what one loads of the worth of the securities is in the nearest cache for all, as
/// all go through the securities from first to last.
#[inline(always)]
fn add(rows: [&[Row]; ABREAST], worth: &[f64; MOST]) -> [[f64; SIDE]; ABREAST] {
    let mut sums = [[0.0; SIDE]; ABREAST];
    let common = rows.iter().map(|own| own.len()).min().unwrap_or_default();
    let firsts = rows.map(|own| &own[..common]);
    for row in 0..common {
        for (sums, own) in sums.iter_mut().zip(firsts) {
            add_row(sums, &own[row], worth);
        }
    }
    for (sums, own) in sums.iter_mut().zip(rows) {
        for row in &own[common..] {
            add_row(sums, row, worth);
        }
    }
    sums
}

/// Word by word: all look-ups before the first product would be more than there are registers.
#[inline(always)]
fn add_row(sums: &mut [f64; SIDE], row: &Row, worth: &[f64; MOST]) {
    for (word, securities) in row.securities.iter().enumerate() {
        let terms: [f64; 4] =
            array::from_fn(|lane| worth[usize::from((securities >> (lane * 16)) as u16)]);
        for (lane, term) in terms.iter().enumerate() {
            sums[word * 4 + lane] += term * row.units[word * 4 + lane];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Held, Sums};

    proptest! {
        #[test]
        fn every_index_is_the_plain_sum_to_the_last_bit(
            baskets in prop::collection::vec(
                prop::collection::btree_map(0_u32..40, -1e6_f64..1e9, 0..40), 0..80,
            ),
            worth in prop::collection::vec(1e-3_f64..1e4, 40),
            moved in prop::collection::vec((0_usize..40, 1e-3_f64..1e4), 0..20),
        ) {
            let columns: Vec<(Vec<u32>, Vec<f64>)> =
                baskets.iter().map(|own| own.iter().map(|(&at, &units)| (at, units)).unzip()).collect();
            let held = columns.iter().enumerate();
            let held = held.map(|(index, (securities, units))| Held { index, securities, units });
            let mut sums = Sums::new(40, held.collect()).unwrap();
            let mut values = vec![0.0; baskets.len()];
            let mut now = worth;
            for (security, &worth) in now.iter().enumerate() {
                sums.set(security, worth);
            }
            sums.renew(&mut values);
            let mut moved = moved.into_iter();
            loop {
                for (index, own) in baskets.iter().enumerate() {
                    let mut plain = 0.0;
                    for (&at, units) in own {
                        plain += now[at as usize] * units;
                    }
                    prop_assert_eq!(plain.to_bits(), values[index].to_bits());
                }
                let Some((security, worth)) = moved.next() else { break };
                now[security] = worth;
                sums.set(security, worth);
                let is_held = baskets.iter().any(|own| own.contains_key(&(security as u32)));
                prop_assert_eq!(sums.renew(&mut values), is_held);
            }
        }
    }
}
