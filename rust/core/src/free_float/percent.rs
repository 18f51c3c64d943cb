//! `ceil(100·F / N)`: the percent to which a free float is raised, exact; of one row or of rows side by
//! side.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

/// Rows side by side.
pub(super) const SIDE: usize = 16;

/// 2^52: added to a smaller figure it leaves its nearest whole number in the last bits.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Up to this many shares, 70 trillion, 100·F and 100·N are whole numbers that a float64 holds.
const MOST: i64 = 1 << 46;

/// Places of a table by percent: the next power of two after 101.
pub(super) const PLACES: usize = 128;

/// Returns the percent for `0 <= F <= N`, `N > 0`: 0 to 100.
pub(super) fn percent_up(free_float: u64, total: u64) -> usize {
    // 64 bits hold 100·F for any company so far.
    if free_float <= u64::MAX / 100 {
        (100 * free_float).div_ceil(total) as usize
    } else {
        let (free_float, total) = (u128::from(free_float), u128::from(total));
        (100 * free_float).div_ceil(total) as usize
    }
}

/// Returns the percents of rows side by side; `None` where one is no share structure, or has more shares
/// than [`MOST`].
///
/// No integers are divided: the nearest whole number to the quotient of the floats is the percent, or one
/// less, which the remainder tells. That is exact, as every figure but the quotient is a whole number below
/// 2^53.
#[inline(always)]
pub(super) fn percents_up(free_float: &[i64; SIDE], total: &[i64; SIDE]) -> Option<[usize; SIDE]> {
    // A negative figure among them leaves its sign.
    let mut signs = 0;
    for row in 0..SIDE {
        let (f, n) = (free_float[row], total[row]);
        signs |= f | n.wrapping_sub(f) | n.wrapping_sub(1) | MOST.wrapping_sub(n);
    }
    if signs < 0 {
        return None;
    }
    let mut percents = [0; SIDE];
    for row in 0..SIDE {
        let (parts, total) = (100.0 * float(free_float[row]), float(total[row]));
        let nearest = (parts / total + WHOLE) - WHOLE;
        let above = if parts - nearest * total > 0.0 {
            1.0
        } else {
            0.0
        };
        percents[row] = (nearest + above + WHOLE).to_bits() as usize % PLACES;
    }
    Some(percents)
}

/// Turns a whole number from 0 to 2^52 into a float.
#[inline(always)]
fn float(whole: i64) -> f64 {
    // As a cast does; but vectors of most machines know no cast from 64 bits.
    f64::from_bits(WHOLE.to_bits() | whole as u64) - WHOLE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MOST, SIDE, percent_up, percents_up};

    /// Share structures: any, and such whose free float is about a whole percent.
    fn rows() -> impl Strategy<Value = (i64, i64)> {
        let any = (1..=MOST).prop_flat_map(|total| (0..=total, Just(total)));
        let even = (1..=MOST / 100, 0..=100_i64, -1..=1_i64, 0..100_i64).prop_map(
            |(hundredth, percent, off, more)| {
                let total = (100 * hundredth + more).min(MOST);
                ((percent * hundredth + off).clamp(0, total), total)
            },
        );
        prop_oneof![any, even]
    }

    proptest! {
        // Rule R47
        #[test]
        fn rows_side_by_side_have_the_percents_of_each_by_itself(
            rows in prop::collection::vec(rows(), SIDE)
        ) {
            let (free_float, total): (Vec<i64>, Vec<i64>) = rows.iter().copied().unzip();
            let percents = percents_up(
                free_float.first_chunk().unwrap(),
                total.first_chunk().unwrap(),
            ).unwrap();
            for ((f, n), percent) in rows.into_iter().zip(percents) {
                prop_assert_eq!(percent, percent_up(f as u64, n as u64), "{} of {}", f, n);
            }
        }
    }

    #[test]
    fn rows_that_a_float_does_not_hold_are_not_for_floats() {
        for (f, n) in [(0, 0), (-1, 5), (6, 5), (1, MOST + 1), (0, -1)] {
            let (mut free_float, mut total) = ([1; SIDE], [2; SIDE]);
            assert!(percents_up(&free_float, &total).is_some());
            (free_float[SIDE - 1], total[SIDE - 1]) = (f, n);
            assert!(percents_up(&free_float, &total).is_none(), "{f} of {n}");
        }
    }
}
