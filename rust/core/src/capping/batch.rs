//! Many baskets at once.

use std::ops::Range;

use rayon::prelude::*;

use super::{Caps, cap_in_place, check_rank};
use crate::error::{Error, Result};

/// Baskets one thread takes at a time; one takes about 2 µs.
const BASKETS_PER_TASK: usize = 16;

/// Fills in the weights of many baskets under the same caps, each as [`super::cap`] returns them, bit
/// for bit and on any number of threads.
///
/// Basket i is `values[offsets[i]..offsets[i + 1]]`; `rank`, where given, runs along with the values.
///
/// # Errors
///
/// [`Error::InvalidInput`] if `offsets` does not rise from 0 to the number of values, or `weights` has
/// another length; and the error of the first basket that has one, with `basket i` in front. Positions in it count inside the basket.
pub fn cap_batch(
    values: &[f64],
    offsets: &[usize],
    rank: Option<&[u32]>,
    caps: &Caps,
    weights: &mut [f64],
) -> Result<()> {
    caps.check()?;
    check_rank(values, rank)?;
    check_offsets(values, offsets)?;
    if weights.len() != values.len() {
        let expected = format!("must be that of values, {}", values.len());
        return Err(Error::invalid("length of weights", weights.len(), expected));
    }
    let mut baskets = Vec::with_capacity(offsets.len() - 1);
    let mut left = weights;
    for bounds in offsets.windows(2) {
        let (basket, after) = left.split_at_mut(bounds[1] - bounds[0]);
        baskets.push((basket, bounds[0]..bounds[1]));
        left = after;
    }
    let run = |(place, (basket, own)): (usize, (&mut [f64], Range<usize>))| {
        basket.copy_from_slice(&values[own.clone()]);
        cap_in_place(basket, rank.map(|rank| &rank[own]), caps)
            .err()
            .map(|error| error.at(format!("basket {place}")))
    };
    let failure = if baskets.len() <= BASKETS_PER_TASK {
        baskets.into_iter().enumerate().find_map(run)
    } else {
        let tasks = baskets.into_par_iter().with_min_len(BASKETS_PER_TASK);
        tasks.enumerate().find_map_first(run)
    };
    failure.map_or(Ok(()), Err)
}

fn check_offsets(values: &[f64], offsets: &[usize]) -> Result<()> {
    let (Some(&first), Some(&last)) = (offsets.first(), offsets.last()) else {
        return Err(Error::invalid(
            "offsets",
            "[]",
            "must hold at least the number 0",
        ));
    };
    if first != 0 {
        return Err(Error::invalid("offsets[0]", first, "must be 0"));
    }
    if let Some(place) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(Error::invalid(
            format!("offsets[{}]", place + 1),
            offsets[place + 1],
            format!("must be at least the offset before, {}", offsets[place]),
        ));
    }
    if last != values.len() {
        let name = format!("offsets[{}]", offsets.len() - 1);
        return Err(Error::invalid(
            name,
            last,
            format!("must be the number of values, {}", values.len()),
        ));
    }
    Ok(())
}
