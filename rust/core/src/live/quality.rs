//! How full the books of the indices are: shares of their constituents by number.

use super::book::{Book, Moment, NEVER};
use super::engine::{Engine, Index, room};
use super::holders::Holders;
use crate::Result;

/// What is counted: constituents that have traded, are stale, are frozen.
const FLAGS: usize = 3;

/// Bits of each count in a word of all. No count reaches 2^21: a book has 2^16 securities at most.
const BITS: usize = 21;

/// Counts of every index at the last look, and what they were made of.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// Indices that hold each security.
    holders: Holders,
    /// Flags of each security at the last look, each in its part of the word.
    seen: Vec<u64>,
    /// By index, their sums.
    sums: Vec<u64>,
}

impl Counts {
    pub(super) fn new(securities: usize, indices: &[Index]) -> Self {
        let held = indices.iter().map(|index| &index.securities[..]);
        Self {
            holders: Holders::new(securities, held),
            seen: vec![0; securities],
            sums: vec![0; indices.len()],
        }
    }

    /// Brings the sums up to a moment. Few securities have other flags than at the last look.
    fn look(&mut self, book: &Book, now: Moment, stale_after: Moment) {
        let flags = book.times.iter().zip(&book.traded).zip(&book.frozen);
        for (security, ((&last, &traded), &frozen)) in flags.enumerate() {
            let is_stale = last == NEVER || now.saturating_sub(last) >= stale_after;
            let word =
                u64::from(traded) | u64::from(is_stale) << BITS | u64::from(frozen) << (2 * BITS);
            if word == self.seen[security] {
                continue;
            }
            // What a part borrows of the next one is paid back with the sum.
            let change = word.wrapping_sub(self.seen[security]);
            self.seen[security] = word;
            let own = self.holders.range(security);
            for &holder in &self.holders.numbers()[own] {
                let sum = &mut self.sums[holder as usize];
                *sum = sum.wrapping_add(change);
            }
        }
    }
}

impl Engine {
    /// Writes the shares of the constituents of every index that have traded today, that are stale and
    /// that are frozen (R44): a row each. A constituent is stale whose last trade lies `stale_after` or more
    /// before `now`, or that has not traded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) if there is not room for three rows of indices.
    pub fn quality(&mut self, now: Moment, stale_after: Moment, rows: &mut [f64]) -> Result<()> {
        let indices = &self.day.indices;
        room("out", rows.len(), FLAGS * indices.len())?;
        self.counts.look(&self.book, now, stale_after);
        for (flag, row) in rows.chunks_mut(indices.len().max(1)).enumerate() {
            let own = self.counts.sums.iter().zip(indices);
            for (share, (sum, index)) in row.iter_mut().zip(own) {
                let count = sum >> (flag * BITS) & ((1 << BITS) - 1);
                *share = count as f64 / index.securities.len() as f64;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a day that is made up is one, and shares are quotients of the same counts"
)]
mod tests {
    use proptest::prelude::*;

    use super::FLAGS;
    use crate::live::book::{NEVER, Opening};
    use crate::live::engine::{Day, Engine, Index};
    use crate::live::ticks::Ticks;

    const SECURITIES: usize = 12;

    fn opened(baskets: &[Vec<u32>]) -> Engine {
        let index = |own: &Vec<u32>| Index {
            currency: 0,
            securities: own.clone(),
            units: vec![1.0; own.len()],
        };
        Engine::new(Day {
            book: Opening {
                references: vec![1.0; SECURITIES],
                exchange: (0..SECURITIES as u32).map(|at| at % 2).collect(),
                sessions: None,
                collar: None,
            },
            currency: vec![0; SECURITIES],
            rates: vec![vec![1.0]],
            indices: baskets.iter().map(index).collect(),
            levels: Vec::new(),
        })
        .unwrap()
    }

    /// The shares of one index by their definition.
    fn plain(engine: &Engine, own: &[u32], now: i64, stale_after: i64) -> [f64; FLAGS] {
        let book = engine.book();
        let share = |is: &dyn Fn(usize) -> bool| {
            let count = own.iter().filter(|&&at| is(at as usize)).count();
            count as f64 / own.len() as f64
        };
        [
            share(&|at| book.traded[at]),
            share(&|at| book.times[at] == NEVER || now - book.times[at] >= stale_after),
            share(&|at| book.frozen[at]),
        ]
    }

    #[derive(Clone, Debug)]
    enum Step {
        Tick {
            security: u32,
            timed: bool,
        },
        Look {
            stale_after: i64,
        },
        Freeze {
            security: usize,
            frozen: bool,
        },
        Close {
            exchange: usize,
            frozen: bool,
        },
        /// Goes back to the morning.
        Restore,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (0..SECURITIES as u32, any::<bool>())
                .prop_map(|(security, timed)| Step::Tick { security, timed }),
            3 => (-1_i64..20).prop_map(|stale_after| Step::Look { stale_after }),
            1 => (0..SECURITIES, any::<bool>())
                .prop_map(|(security, frozen)| Step::Freeze { security, frozen }),
            1 => (0..2_usize, any::<bool>())
                .prop_map(|(exchange, frozen)| Step::Close { exchange, frozen }),
            1 => Just(Step::Restore),
        ];
        prop::collection::vec(step, 0..80)
    }

    proptest! {
        // Rule R44
        #[test]
        fn shares_are_those_counted_anew(
            baskets in prop::collection::vec(
                prop::collection::btree_set(0..SECURITIES as u32, 1..=SECURITIES), 0..8,
            ),
            steps in steps(),
        ) {
            let baskets: Vec<Vec<u32>> =
                baskets.into_iter().map(|own| own.into_iter().collect()).collect();
            let mut engine = opened(&baskets);
            let morning = engine.state();
            let mut rows = vec![f64::NAN; FLAGS * baskets.len()];
            for (now, step) in (100_i64..).zip(steps) {
                match step {
                    Step::Tick { security, timed } => {
                        let (times, price) = ([now], [now as f64]);
                        let times = timed.then_some(&times[..]);
                        engine.update(&Ticks::new(&[security], &price, times, None, SECURITIES).unwrap());
                    }
                    Step::Freeze { security, frozen } => {
                        engine.book_mut().freeze_security(security, frozen).unwrap();
                    }
                    Step::Close { exchange, frozen } => {
                        engine.book_mut().freeze_exchange(exchange, frozen).unwrap();
                    }
                    Step::Restore => engine.restore(&morning).unwrap(),
                    Step::Look { stale_after } => {
                        engine.quality(now, stale_after, &mut rows).unwrap();
                        for (number, own) in baskets.iter().enumerate() {
                            let found = [0, 1, 2].map(|flag| rows[flag * baskets.len() + number]);
                            prop_assert_eq!(found, plain(&engine, own, now, stale_after));
                        }
                    }
                }
            }
        }
    }
}
