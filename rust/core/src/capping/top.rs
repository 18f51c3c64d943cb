//! The cap on the five largest together with the single cap (R40, B.2).
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use super::basket::Basket;
use super::spread::spread;
use super::{Caps, EPS, Infeasible, TopTest};
use crate::error::{Error, Result};
use crate::wide::{Work, widest};

/// Values passed over at a time.
const PIECE: usize = 32;

/// Parts of the values whose largest are looked at first.
const PARTS: usize = 16;

/// Turns values into weights: none above `single`, the `caps.count` largest together at most `top`,
/// and where that binds, no other above the last of these.
pub(super) fn cap_top(
    weights: &mut [f64],
    basket: &Basket,
    rank: Option<&[u32]>,
    single: f64,
    top: f64,
    caps: &Caps,
) -> Result<()> {
    // K names at most X each stay below Y by themselves.
    if (caps.count as f64) * single < top - EPS {
        spread(weights, basket, single, 1.0);
        return Ok(());
    }
    let leaders = leaders(weights, rank, caps.count);
    let held: Vec<f64> = leaders.iter().map(|&name| weights[name]).collect();
    match caps.top_test {
        TopTest::Initial => {
            if Basket::up_to(&held, f64::INFINITY).sum / basket.sum <= top + EPS {
                spread(weights, basket, single, 1.0);
                return Ok(());
            }
        }
        TopTest::AfterSingleCap => {
            let mut capped = weights.to_vec();
            spread(&mut capped, basket, single, 1.0);
            let together: f64 = leaders.iter().map(|&name| capped[name]).sum();
            if together <= top + EPS {
                weights.copy_from_slice(&capped);
                return Ok(());
            }
        }
    }
    let split = Split {
        single,
        top,
        others: basket.count.saturating_sub(caps.count),
    };
    let (top_weights, most) = split.share(&held, caps.infeasible)?;
    for &name in &leaders {
        weights[name] = 0.0;
    }
    let others = Basket::up_to(weights, f64::INFINITY);
    spread(weights, &others, most, 1.0 - top);
    for (&name, &weight) in leaders.iter().zip(&top_weights) {
        weights[name] = weight;
    }
    Ok(())
}

/// Returns the positions of the `count` largest values, largest first, ties by rank, then position.
fn leaders(values: &[f64], rank: Option<&[u32]>, count: usize) -> Vec<usize> {
    let rank_of = |name: usize| rank.map_or(0, |rank| rank[name]);
    let mut leaders: Vec<usize> = Vec::with_capacity(count.min(values.len()) + 1);
    // Few values come in question; the others are passed over many at a time.
    for name in reaching(values, reached_by(values, count)) {
        let is_ahead = |&leader: &usize| {
            let by_rank = rank_of(leader).cmp(&rank_of(name));
            values[name]
                .total_cmp(&values[leader])
                .then(by_rank)
                .is_le()
        };
        let place = leaders.iter().rposition(is_ahead);
        let place = place.map_or(0, |ahead| ahead + 1);
        if place < count {
            leaders.insert(place, name);
            leaders.truncate(count);
        }
    }
    leaders
}

/// Returns a figure that at least so many values reach: the largest of each of a few parts have been
/// looked at.
fn reached_by(values: &[f64], count: usize) -> f64 {
    if count > PARTS || values.len() < PARTS {
        return f64::NEG_INFINITY;
    }
    let mut largest = [f64::NEG_INFINITY; PARTS];
    widest(Largest {
        values,
        largest: &mut largest,
    });
    let (_, reached, _) = largest.select_nth_unstable_by(count - 1, |a, b| b.total_cmp(a));
    *reached
}

/// Value i belongs to part i mod [`PARTS`]; those after the last whole round to none.
struct Largest<'a> {
    values: &'a [f64],
    largest: &'a mut [f64; PARTS],
}

impl Work for Largest<'_> {
    #[inline(always)]
    fn run(self) {
        let mut largest = *self.largest;
        let (rounds, _) = self.values.as_chunks::<PARTS>();
        for round in rounds {
            for part in 0..PARTS {
                largest[part] = if round[part] > largest[part] {
                    round[part]
                } else {
                    largest[part]
                };
            }
        }
        *self.largest = largest;
    }
}

/// Returns the positions of the values that are at least so much.
fn reaching(values: &[f64], least: f64) -> Vec<usize> {
    let mut found = Vec::new();
    widest(Reaching {
        values,
        least,
        found: &mut found,
    });
    found
}

struct Reaching<'a> {
    values: &'a [f64],
    least: f64,
    found: &'a mut Vec<usize>,
}

impl Work for Reaching<'_> {
    #[inline(always)]
    fn run(self) {
        let (pieces, rest) = self.values.as_chunks::<PIECE>();
        for (number, piece) in pieces.iter().enumerate() {
            let reaches = piece.map(|value| value >= self.least);
            if reaches != [false; PIECE] {
                let own = (0..PIECE).filter(|&at| reaches[at]);
                self.found.extend(own.map(|at| number * PIECE + at));
            }
        }
        let first = self.values.len() - rest.len();
        let own = (0..rest.len()).filter(|&at| rest[at] >= self.least);
        self.found.extend(own.map(|at| first + at));
    }
}

/// A basket in two parts: the top names share Y, the `others` 1 − Y.
struct Split {
    single: f64,
    top: f64,
    /// Names with a positive value below the top.
    others: usize,
}

impl Split {
    /// Returns the weights of the top names and the most that another name may weigh.
    fn share(&self, held: &[f64], infeasible: Infeasible) -> Result<(Vec<f64>, f64)> {
        if self.others == 0 {
            return Err(Error::Infeasible(format!(
                "top_five_cap = {}: no name with a positive value is left for the other {}; with at \
                 most {} names the smallest feasible cap is 1",
                self.top,
                1.0 - self.top,
                held.len(),
            )));
        }
        let mut weights = held.to_vec();
        spread(
            &mut weights,
            &Basket::up_to(held, f64::INFINITY),
            self.single,
            self.top,
        );
        let last = weights.iter().copied().fold(f64::INFINITY, f64::min);
        if self.others as f64 * last >= 1.0 - self.top - EPS {
            return Ok((weights, last));
        }
        match infeasible {
            Infeasible::Error => Err(self.no_room(held, last)),
            Infeasible::LiftFifth => self.lift(held),
        }
    }

    /// Lifts the last of the top names to the weight c* that all others get.
    fn lift(&self, held: &[f64]) -> Result<(Vec<f64>, f64)> {
        let floor = (1.0 - self.top) / self.others as f64;
        let count = held.len() as f64;
        if count * floor > self.top + EPS {
            return Err(Error::Infeasible(format!(
                "top_five_cap = {}: each of the other {} names would weigh {floor}, more than the top \
                 {} on average; the smallest feasible cap is {}",
                self.top,
                self.others,
                held.len(),
                count / (count + self.others as f64),
            )));
        }
        Ok((fill(held, floor, self.single, self.top), floor))
    }

    fn no_room(&self, held: &[f64], last: f64) -> Error {
        Error::Infeasible(format!(
            "top_five_cap = {}: number {} of the top names weighs {last}, and the other {} names, none \
             above it, can take up {} of the remaining {}; the smallest feasible cap with single_cap = \
             {} is {}, or lift the last of the top names with infeasible = \"lift_fifth\"",
            self.top,
            held.len(),
            self.others,
            self.others as f64 * last,
            1.0 - self.top,
            self.single,
            self.smallest_top(held),
        ))
    }

    /// Returns the smallest Y that these names allow under this X.
    ///
    /// The others have least room left over when all of them weigh as much as the fifth. So take a
    /// basket of the top names and as many copies of the fifth as there are others, and cap it at X:
    /// all weights rise together with Y, and this is the one level at which they sum to 1.
    fn smallest_top(&self, held: &[f64]) -> f64 {
        let fifth = held[held.len() - 1];
        let mut flattest = held.to_vec();
        flattest.resize(held.len() + self.others, fifth);
        let basket = Basket::up_to(&flattest, f64::INFINITY);
        spread(&mut flattest, &basket, self.single, 1.0);
        flattest[..held.len()].iter().sum()
    }
}

/// Returns `min(max(λ·value, floor), limit)` with the λ that makes the weights sum to `total`.
///
/// The sum rises with λ and bends where a value leaves the floor or reaches the limit; between two
/// bends it is a line. Needs `n · floor <= total <= n · limit`.
fn fill(held: &[f64], floor: f64, limit: f64, total: f64) -> Vec<f64> {
    let at = |scale: f64| move |value: f64| (scale * value).max(floor).min(limit);
    let mut bends: Vec<f64> = held
        .iter()
        .flat_map(|value| [floor / value, limit / value])
        .collect();
    bends.sort_unstable_by(f64::total_cmp);
    let reached = bends
        .partition_point(|&bend| held.iter().copied().map(at(bend)).sum::<f64>() < total)
        .min(bends.len() - 1);
    // On the line below this bend, a value is free if it is above the floor and below the limit.
    let bend = bends[reached];
    let is_free = |value: f64| floor / value < bend && limit / value >= bend;
    let (mut free, mut fixed) = (0.0, 0.0);
    for &value in held {
        if is_free(value) {
            free += value;
        } else {
            fixed += at(bend)(value);
        }
    }
    let scale = if free > 0.0 {
        (total - fixed) / free
    } else {
        bend
    };
    held.iter().copied().map(at(scale)).collect()
}
