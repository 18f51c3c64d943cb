//! The single cap: a total spread in proportion to values, none above a limit (R39, B.1).
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use super::EPS;
use super::basket::Basket;
use crate::wide::{Work, widest};

/// Turns the values that `basket` measured into weights that sum to `total`, none above `limit`.
///
/// 1. Spread what is left of the total in proportion over the names that are not frozen.
/// 2. Freeze every name that comes out above the limit, at the limit.
/// 3. Repeat until none does.
///
/// Whether a name is frozen depends on its value alone: those above a cut that falls from round to
/// round. So a round is one pass that sums the values up to the cut. The caller has made sure that
/// `count · limit >= total`.
pub(super) fn spread(values: &mut [f64], basket: &Basket, limit: f64, total: f64) {
    let mut open = *basket;
    let mut cut = f64::INFINITY;
    let mut left = total;
    loop {
        // The value that would weigh `limit`, with the tolerance.
        let at_limit = (limit + EPS) * (open.sum / left);
        if open.largest <= at_limit {
            break;
        }
        cut = at_limit;
        open = Basket::up_to(values, cut);
        left = total - limit * (basket.count - open.count) as f64;
        if open.count == 0 {
            // Every name is at the limit, which the caller's check allows only within the tolerance.
            return assign(values, 0.0, limit, |zero| zero);
        }
    }
    let scale = left / open.sum;
    if scale.is_normal() {
        assign(values, cut, limit, |value| value * scale);
    } else {
        // Values so small that one over their sum overflows; their shares are still exact.
        assign(values, cut, limit, |value| value / open.sum * left);
    }
}

/// Frozen names get the limit itself, the others their share.
fn assign(values: &mut [f64], cut: f64, limit: f64, share: impl Fn(f64) -> f64) {
    widest(Assign {
        values,
        cut,
        limit,
        share,
    });
}

struct Assign<'a, S> {
    values: &'a mut [f64],
    cut: f64,
    limit: f64,
    share: S,
}

impl<S: Fn(f64) -> f64> Work for Assign<'_, S> {
    #[inline(always)]
    fn run(self) {
        for value in self.values {
            let shared = (self.share)(*value);
            *value = if *value > self.cut {
                self.limit
            } else {
                shared
            };
        }
    }
}
