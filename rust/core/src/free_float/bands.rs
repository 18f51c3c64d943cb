//! Free-float banding 分級靠檔: free float / total shares to the inclusion factor 加權比例 (R47).
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

use rayon::prelude::*;

use super::percent::{PLACES, SIDE, percent_up, percents_up};
use crate::error::{Error, Result};
use crate::wide::{Work, widest};

/// Rows one thread takes at a time: 1.5 MB of input and output, larger than the cost of handing out.
const ROWS_PER_TASK: usize = 1 << 16;

/// How free floats in the first band are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Raised to the next whole percent: 11.2 % counts 12 %.
    Ceil,
    /// The ratio as it is: 11.2 % counts 11.2 %.
    Exact,
}

/// A dated table of free-float bands, edges closed on the right.
///
/// For `ces-2023` (R47) the first band reaches to 15 % and is raised to whole percents; then
/// (15, 20] counts 20 %, (20, 30] 30 % and so on; above 80 % everything counts.
///
/// Since every edge is a whole percent, `r <= t` and `ceil(r) <= t` are the same test, and
/// `ceil(100·F / N)` from whole numbers finds the band in a table of 101 entries.
#[derive(Clone, Debug, PartialEq)]
pub struct BandTable {
    /// Inclusion factor by `ceil(100·F / N)`; places after 100 are of no meaning.
    factors: [f64; PLACES],
    /// Up to this percent the factor is F / N itself; 0 where the first band is raised.
    exact_upper: usize,
}

impl BandTable {
    /// Builds a table: a first band (0, `first_upper`] and `steps` of (upper edge, factor), all in
    /// percent. The last edge is 100.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the edges do not ascend from `first_upper` to 100, if a factor is
    /// above 100, or if a higher band has a lower factor.
    pub fn new(first: First, first_upper: u32, steps: &[(u32, u32)]) -> Result<Self> {
        if first_upper > 100 {
            return Err(Error::invalid(
                "first_upper",
                first_upper,
                "must be a percent, 0 to 100",
            ));
        }
        let mut percents = [0_u32; PLACES];
        for percent in 0..=first_upper {
            percents[percent as usize] = percent;
        }
        let (mut edge, mut factor) = (first_upper, first_upper);
        for (position, &(upper, percent)) in steps.iter().enumerate() {
            if upper <= edge || upper > 100 {
                return Err(Error::invalid(
                    format!("uppers[{position}]"),
                    upper,
                    format!("must be above the edge before, {edge}, and at most 100"),
                ));
            }
            if percent < factor || percent > 100 {
                return Err(Error::invalid(
                    format!("percents[{position}]"),
                    percent,
                    format!("must be at least the factor before, {factor}, and at most 100"),
                ));
            }
            percents[edge as usize + 1..=upper as usize].fill(percent);
            (edge, factor) = (upper, percent);
        }
        if edge != 100 {
            return Err(Error::invalid("last edge", edge, "must be 100"));
        }
        Ok(Self {
            factors: percents.map(|percent| f64::from(percent) / 100.0),
            exact_upper: match first {
                First::Ceil => 0,
                First::Exact => first_upper as usize,
            },
        })
    }

    /// Returns the inclusion factor of one security, a fraction in [0, 1].
    ///
    /// `free_float` and `total` are share counts of the listed class. A free float of 0 gives 0.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if `total <= 0`, `free_float < 0` or `free_float > total`.
    pub fn inclusion_factor(&self, free_float: i64, total: i64) -> Result<f64> {
        if is_share_structure(free_float, total) {
            let percent = percent_up(free_float as u64, total as u64);
            Ok(self.factor(percent, free_float, total))
        } else {
            Err(refusal(free_float, total, ""))
        }
    }

    /// Fills in the inclusion factor of every row.
    ///
    /// # Errors
    ///
    /// As [`Self::inclusion_factor`], naming the first offending row; also if the lengths differ.
    pub fn inclusion_factors(
        &self,
        free_float: &[i64],
        total: &[i64],
        factors: &mut [f64],
    ) -> Result<()> {
        if factors.len() != total.len() {
            let expected = format!("must be the length of total, {}", total.len());
            return Err(Error::invalid("length of factors", factors.len(), expected));
        }
        if free_float.len() != total.len() {
            return Err(Error::invalid(
                "length of free_float",
                free_float.len(),
                format!("must be the length of total, {}", total.len()),
            ));
        }
        let clean = if total.len() <= ROWS_PER_TASK {
            self.fill(factors, free_float, total)
        } else {
            factors
                .par_chunks_mut(ROWS_PER_TASK)
                .zip(free_float.par_chunks(ROWS_PER_TASK))
                .zip(total.par_chunks(ROWS_PER_TASK))
                .map(|((factors, free_float), total)| self.fill(factors, free_float, total))
                .reduce(|| true, |left, right| left & right)
        };
        if clean {
            return Ok(());
        }
        let first = free_float
            .iter()
            .zip(total)
            .position(|(&f, &n)| !is_share_structure(f, n));
        let row = first.unwrap_or_default();
        Err(refusal(free_float[row], total[row], &format!("[{row}]")))
    }

    /// Fills one stretch of rows; false if one of them is no share structure.
    fn fill(&self, factors: &mut [f64], free_float: &[i64], total: &[i64]) -> bool {
        let mut clean = true;
        widest(Fill {
            table: self,
            factors,
            free_float,
            total,
            clean: &mut clean,
        });
        clean
    }

    /// The same, a row after another.
    fn fill_each(&self, factors: &mut [f64], free_float: &[i64], total: &[i64]) -> bool {
        for ((factor, &f), &n) in factors.iter_mut().zip(free_float).zip(total) {
            if !is_share_structure(f, n) {
                return false;
            }
            *factor = self.factor(percent_up(f as u64, n as u64), f, n);
        }
        true
    }

    #[inline(always)]
    fn factor(&self, percent: usize, free_float: i64, total: i64) -> f64 {
        if percent <= self.exact_upper {
            free_float as f64 / total as f64
        } else {
            self.factors[percent]
        }
    }
}

/// Fills rows side by side.
struct Fill<'a> {
    table: &'a BandTable,
    factors: &'a mut [f64],
    free_float: &'a [i64],
    total: &'a [i64],
    clean: &'a mut bool,
}

impl Work for Fill<'_> {
    #[inline(always)]
    fn run(self) {
        let table = self.table;
        let (sides, last) = self.factors.as_chunks_mut::<SIDE>();
        let (of_free, free_left) = self.free_float.as_chunks::<SIDE>();
        let (of_total, total_left) = self.total.as_chunks::<SIDE>();
        for ((factors, free_float), total) in sides.iter_mut().zip(of_free).zip(of_total) {
            if let Some(percents) = percents_up(free_float, total) {
                for row in 0..SIDE {
                    factors[row] = table.factors[percents[row] % PLACES];
                }
                if table.exact_upper > 0 {
                    for row in 0..SIDE {
                        factors[row] = table.factor(percents[row], free_float[row], total[row]);
                    }
                }
            } else {
                *self.clean &= table.fill_each(factors, free_float, total);
            }
        }
        *self.clean &= table.fill_each(last, free_left, total_left);
    }
}

fn is_share_structure(free_float: i64, total: i64) -> bool {
    total > 0 && free_float >= 0 && free_float <= total
}

fn refusal(free_float: i64, total: i64, place: &str) -> Error {
    let free_float_name = format!("free_float{place}");
    if total <= 0 {
        Error::invalid(
            format!("total{place}"),
            total,
            "must be a positive share count",
        )
    } else if free_float < 0 {
        Error::invalid(free_float_name, free_float, "must be 0 or more")
    } else {
        Error::invalid(
            free_float_name,
            free_float,
            format!("must be at most total{place}, {total}"),
        )
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a factor is one exact double"
)]
mod tests {
    use proptest::prelude::*;

    use super::{BandTable, First, ROWS_PER_TASK};

    const STEPS: [(u32, u32); 8] = [
        (20, 20),
        (30, 30),
        (40, 40),
        (50, 50),
        (60, 60),
        (70, 70),
        (80, 80),
        (100, 100),
    ];

    fn ces_2023() -> BandTable {
        BandTable::new(First::Ceil, 15, &STEPS).unwrap()
    }

    // Rule R47
    #[test]
    fn bands_are_closed_on_the_right() {
        // Free float out of 1,000,000 shares, expected percent.
        let cases: [(i64, u32); 14] = [
            (0, 0),
            (3_000, 1),
            (70_000, 7),
            (112_000, 12),
            (140_000, 14),
            (140_001, 15),
            (150_000, 15),
            (150_001, 20),
            (200_000, 20),
            (200_001, 30),
            (300_000, 30),
            (800_000, 80),
            (800_001, 100),
            (1_000_000, 100),
        ];
        for (free_float, percent) in cases {
            let factor = ces_2023().inclusion_factor(free_float, 1_000_000).unwrap();
            assert_eq!(factor, f64::from(percent) / 100.0, "{free_float}");
        }
    }

    // Rule R47
    #[test]
    fn an_exact_first_band_keeps_the_ratio() {
        let table = BandTable::new(First::Exact, 10, &STEPS).unwrap();
        assert_eq!(table.inclusion_factor(77, 1_000).unwrap(), 0.077);
        assert_eq!(table.inclusion_factor(100, 1_000).unwrap(), 0.1);
        assert_eq!(table.inclusion_factor(101, 1_000).unwrap(), 0.2);
    }

    // Rule R47
    #[test]
    fn counts_near_the_end_of_64_bits_are_exact() {
        let total = 100 * (i64::MAX / 100);
        let percent = total / 100;
        assert_eq!(
            ces_2023().inclusion_factor(7 * percent, total).unwrap(),
            0.07
        );
        assert_eq!(
            ces_2023().inclusion_factor(7 * percent + 1, total).unwrap(),
            0.08
        );
        assert_eq!(
            ces_2023()
                .inclusion_factor(80 * percent + 1, total)
                .unwrap(),
            1.0
        );
    }

    #[test]
    fn the_first_row_that_is_no_share_structure_is_named() {
        let rows = ROWS_PER_TASK + 10;
        let (mut free_float, mut total) = (vec![1; rows], vec![2; rows]);
        free_float[ROWS_PER_TASK + 3] = 3;
        total[ROWS_PER_TASK + 5] = 0;
        let error = ces_2023()
            .inclusion_factors(&free_float, &total, &mut vec![0.0; total.len()])
            .unwrap_err();
        let row = ROWS_PER_TASK + 3;
        assert_eq!(
            error.to_string(),
            format!("free_float[{row}] = 3: must be at most total[{row}], 2")
        );
        for (free_float, total) in [(0, 0), (0, -1), (-1, 5), (6, 5), (i64::MIN, i64::MIN)] {
            assert!(ces_2023().inclusion_factor(free_float, total).is_err());
        }
    }

    #[test]
    fn a_table_must_ascend_to_100() {
        for steps in [
            &[(20, 20)][..],
            &[(10, 20), (100, 100)],
            &[(20, 30), (100, 20)],
            &[(120, 1)],
        ] {
            assert!(BandTable::new(First::Ceil, 15, steps).is_err(), "{steps:?}");
        }
        assert!(BandTable::new(First::Ceil, 101, &[]).is_err());
        assert!(BandTable::new(First::Ceil, 100, &[]).is_ok());
    }

    proptest! {
        // Rule R47
        #[test]
        fn a_factor_is_the_band_found_by_comparing_products(
            (total, free_float) in (1..=i64::MAX).prop_flat_map(|n| (Just(n), 0..=n))
        ) {
            let (f, n) = (i128::from(free_float), i128::from(total));
            let percent = if 100 * f <= 15 * n {
                (0..=15).find(|&percent| 100 * f <= percent * n).unwrap()
            } else {
                let edges = [20, 30, 40, 50, 60, 70, 80];
                edges.into_iter().find(|&edge| 100 * f <= edge * n).unwrap_or(100)
            };
            let factor = ces_2023().inclusion_factor(free_float, total).unwrap();
            prop_assert_eq!(factor, percent as f64 / 100.0);
        }
    }
}
