//! What capping needs to know of a set of values, gathered in one branch-free pass.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use crate::error::{Error, Result};
use crate::wide::{Work, widest};

/// Partial sums per pass. Part of the definition of the result: value i is added to sum i mod 8.
const LANES: usize = 8;

/// Far above any market value, and low enough for every product of a pass to stay finite.
const LARGEST_SUM: f64 = 1e280;

/// Sum, largest and number of the positive values that a pass covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basket {
    pub(super) sum: f64,
    pub(super) largest: f64,
    /// Positive values covered.
    pub(super) count: usize,
}

impl Basket {
    /// Measures `values` and checks them.
    pub(super) fn measure(values: &[f64]) -> Result<Self> {
        let basket = Self::up_to(values, f64::INFINITY);
        // Values that are not counted must be zeros, not NaN or negative.
        let others = values.len() - basket.count;
        let is_zero = |value: &&f64| **value == 0.0;
        if others > 0 && values.iter().filter(is_zero).count() != others
            || basket.largest == f64::INFINITY
        {
            return Err(first_invalid(values));
        }
        if basket.count == 0 {
            return Err(Error::invalid(
                "values",
                format!("{} values, none above 0", values.len()),
                "must hold at least one positive value",
            ));
        }
        if basket.sum > LARGEST_SUM {
            return Err(Error::invalid(
                "sum of values",
                basket.sum,
                format!("must be at most {LARGEST_SUM:e}"),
            ));
        }
        Ok(basket)
    }

    /// Measures the positive values that are at most `cut`.
    pub(super) fn up_to(values: &[f64], cut: f64) -> Self {
        let (whole, rest) = values.split_at(values.len() - values.len() % LANES);
        let mut padded = [0.0; LANES];
        padded[..rest.len()].copy_from_slice(rest);
        let (body, tail) = (Lanes::over(whole, cut), Lanes::over(&padded, cut));
        let joined = |body: [f64; LANES], tail: [f64; LANES]| {
            add_in_pairs(&std::array::from_fn(|lane| body[lane] + tail[lane]))
        };
        Self {
            sum: joined(body.sum, tail.sum),
            largest: body
                .largest
                .into_iter()
                .chain(tail.largest)
                .fold(0.0, f64::max),
            count: joined(body.count, tail.count) as usize,
        }
    }
}

/// Eight running results side by side.
struct Lanes {
    sum: [f64; LANES],
    largest: [f64; LANES],
    count: [f64; LANES],
}

impl Lanes {
    /// One pass over a multiple of eight values.
    fn over(values: &[f64], cut: f64) -> Self {
        let mut lanes = Self {
            sum: [0.0; LANES],
            largest: [0.0; LANES],
            count: [0.0; LANES],
        };
        widest(Pass {
            values,
            cut,
            lanes: &mut lanes,
        });
        lanes
    }
}

/// A pass without branches: nothing but the one loop, so that the compiler sees eight equal steps.
struct Pass<'a> {
    values: &'a [f64],
    cut: f64,
    lanes: &'a mut Lanes,
}

impl Work for Pass<'_> {
    #[inline(always)]
    fn run(self) {
        let (mut sum, mut largest, mut count) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (chunks, _) = self.values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let kept = if chunk[lane] <= self.cut {
                    chunk[lane]
                } else {
                    0.0
                };
                sum[lane] += kept;
                largest[lane] = if kept > largest[lane] {
                    kept
                } else {
                    largest[lane]
                };
                count[lane] += if kept > 0.0 { 1.0 } else { 0.0 };
            }
        }
        *self.lanes = Lanes {
            sum,
            largest,
            count,
        };
    }
}

/// Adds the lanes in pairs, a fixed tree.
fn add_in_pairs(lanes: &[f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

fn first_invalid(values: &[f64]) -> Error {
    let is_value = |value: f64| value >= 0.0 && value.is_finite();
    let position = values
        .iter()
        .position(|&value| !is_value(value))
        .unwrap_or_default();
    Error::invalid(
        format!("values[{position}]"),
        values[position],
        "must be a finite market value, 0 or more",
    )
}
