//! Holders to free-float shares 自由流通量 (R46).

use crate::error::{Error, Result};

/// One holder's position in one security, in shares of the listed class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Which row of `total` the position is in.
    pub security: usize,
    /// The holder's party: holders acting in concert 一致行動人 share a number, others have their own.
    pub group: usize,
    /// Shares held, the restricted ones included.
    pub shares: i64,
    /// The restricted part of `shares`.
    pub restricted: i64,
    /// Whether the holder is of a class that is excluded from the size on: founders, family and
    /// executives, the state, strategic investors, employee plans.
    pub strategic: bool,
}

/// The holding of a group, as a fraction of the total, from which on it does not float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    numerator: u32,
    denominator: u32,
}

impl Threshold {
    /// `numerator / denominator`, above 0 and at most 1; 5 % is (1, 20).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the fraction is 0 or above 1.
    pub fn new(numerator: u32, denominator: u32) -> Result<Self> {
        if numerator == 0 || numerator > denominator {
            let value = format!("{numerator}/{denominator}");
            return Err(Error::invalid(
                "threshold",
                value,
                "must be above 0 and at most 1",
            ));
        }
        Ok(Self {
            numerator,
            denominator,
        })
    }

    fn is_reached(self, shares: i128, total: i64) -> bool {
        shares * i128::from(self.denominator) >= i128::from(total) * i128::from(self.numerator)
    }
}

/// Returns the free-float shares of every security (R46).
///
/// F = total − restricted − the unrestricted shares of strategic holders whose group reaches
/// `threshold`. The test counts all shares of the group, restricted or not and of any class, against
/// the total; exactly the threshold is excluded. Restricted shares never float and are taken off once.
///
/// `restricted` is the announced restricted count per security; without it, it is the sum of the
/// restricted parts of the holdings.
///
/// # Errors
///
/// [`Error::InvalidInput`], naming the holding or the security, if a count is negative, a restricted
/// part exceeds its whole, a security number is out of range, or the shares taken off exceed the total.
pub fn free_float_shares(
    total: &[i64],
    restricted: Option<&[i64]>,
    holdings: &[Holding],
    threshold: Threshold,
) -> Result<Vec<i64>> {
    check_totals(total, restricted)?;
    check_holdings(holdings, total.len())?;

    // Wide sums: i64 counts may not overflow before the comparison with the total refuses them.
    let mut listed_restricted = vec![0_i128; total.len()];
    let mut excluded = vec![0_i128; total.len()];
    let mut order: Vec<usize> = (0..holdings.len()).collect();
    let party = |row: &usize| (holdings[*row].security, holdings[*row].group);
    order.sort_unstable_by_key(party);
    for group in order.chunk_by(|left, right| party(left) == party(right)) {
        let security = holdings[group[0]].security;
        let of_group = || group.iter().map(|&row| &holdings[row]);
        listed_restricted[security] += of_group().map(|h| i128::from(h.restricted)).sum::<i128>();
        let held = of_group().map(|h| i128::from(h.shares)).sum();
        if threshold.is_reached(held, total[security]) {
            excluded[security] += of_group()
                .filter(|h| h.strategic)
                .map(|h| i128::from(h.shares) - i128::from(h.restricted))
                .sum::<i128>();
        }
    }
    (0..total.len())
        .map(|security| {
            let locked = match restricted {
                None => listed_restricted[security],
                Some(announced) => announced_restricted(announced, &listed_restricted, security)?,
            };
            let free_float = i128::from(total[security]) - locked - excluded[security];
            if free_float < 0 {
                return Err(Error::invalid(
                    format!("total[{security}]"),
                    total[security],
                    format!(
                        "must be at least the {locked} restricted and {} strategic shares",
                        excluded[security]
                    ),
                ));
            }
            Ok(free_float as i64)
        })
        .collect()
}

/// The announced restricted count, which contains the restricted parts of all listed holders.
fn announced_restricted(announced: &[i64], listed: &[i128], security: usize) -> Result<i128> {
    let count = i128::from(announced[security]);
    if count < listed[security] {
        return Err(Error::invalid(
            format!("restricted[{security}]"),
            count,
            format!(
                "must be at least the {} restricted shares of its holders",
                listed[security]
            ),
        ));
    }
    Ok(count)
}

fn check_totals(total: &[i64], restricted: Option<&[i64]>) -> Result<()> {
    if let Some(security) = total.iter().position(|&count| count <= 0) {
        let name = format!("total[{security}]");
        return Err(Error::invalid(
            name,
            total[security],
            "must be a positive share count",
        ));
    }
    let Some(restricted) = restricted else {
        return Ok(());
    };
    if restricted.len() != total.len() {
        return Err(Error::invalid(
            "length of restricted",
            restricted.len(),
            format!("must be the length of total, {}", total.len()),
        ));
    }
    match restricted.iter().position(|&count| count < 0) {
        Some(security) => Err(Error::invalid(
            format!("restricted[{security}]"),
            restricted[security],
            "must be 0 or more",
        )),
        None => Ok(()),
    }
}

fn check_holdings(holdings: &[Holding], securities: usize) -> Result<()> {
    for (row, holding) in holdings.iter().enumerate() {
        let Holding {
            security,
            shares,
            restricted,
            ..
        } = *holding;
        if security >= securities {
            return Err(Error::invalid(
                format!("holder_security[{row}]"),
                security,
                format!("must be below the number of securities, {securities}"),
            ));
        }
        if shares < 0 {
            let name = format!("holder_shares[{row}]");
            return Err(Error::invalid(name, shares, "must be 0 or more"));
        }
        if restricted < 0 || restricted > shares {
            return Err(Error::invalid(
                format!("holder_restricted[{row}]"),
                restricted,
                format!("must be 0 to the {shares} shares held"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::{Holding, Threshold, free_float_shares};

    fn holding(group: usize, shares: i64, restricted: i64) -> Holding {
        Holding {
            security: 0,
            group,
            shares,
            restricted,
            strategic: true,
        }
    }

    fn free_float(total: i64, holdings: &[Holding]) -> i64 {
        let five_percent = Threshold::new(1, 20).unwrap();
        free_float_shares(&[total], None, holdings, five_percent).unwrap()[0]
    }

    // Rule R46
    #[test]
    fn a_holding_of_exactly_5_percent_does_not_float_and_a_share_less_does() {
        assert_eq!(free_float(100_000, &[holding(0, 5_000, 0)]), 95_000);
        assert_eq!(free_float(100_000, &[holding(0, 4_999, 0)]), 100_000);
    }

    // Rule R46
    #[test]
    fn parties_acting_in_concert_are_tested_together() {
        let apart = [holding(0, 3_000, 0), holding(1, 2_000, 0)];
        let together = [holding(7, 3_000, 0), holding(7, 2_000, 0)];
        assert_eq!(free_float(100_000, &apart), 100_000);
        assert_eq!(free_float(100_000, &together), 95_000);
    }

    // Rule R46
    #[test]
    fn restricted_shares_count_in_the_test_and_are_taken_off_once() {
        assert_eq!(free_float(100_000, &[holding(0, 5_000, 3_000)]), 95_000);
        assert_eq!(free_float(100_000, &[holding(0, 4_000, 3_000)]), 97_000);
    }

    // Rule R46
    #[test]
    fn a_holder_outside_the_four_classes_floats_at_any_size_but_carries_its_group_over_5_percent() {
        let fund = Holding {
            strategic: false,
            ..holding(0, 10_000, 1_000)
        };
        assert_eq!(free_float(100_000, &[fund]), 99_000);
        let founder = holding(0, 1_000, 0);
        assert_eq!(free_float(100_000, &[fund, founder]), 98_000);
    }

    // Rule R46
    #[test]
    fn the_announced_restricted_count_contains_that_of_the_holders() {
        let five_percent = Threshold::new(1, 20).unwrap();
        let holdings = [holding(0, 6_000, 4_000)];
        let of =
            |announced| free_float_shares(&[100_000], Some(&[announced]), &holdings, five_percent);
        assert_eq!(of(10_000).unwrap(), [88_000]);
        let error = of(3_999).unwrap_err().to_string();
        assert_eq!(
            error,
            "restricted[0] = 3999: must be at least the 4000 restricted shares of its holders"
        );
    }

    #[test]
    fn impossible_holdings_are_refused_by_row() {
        let five_percent = Threshold::new(1, 20).unwrap();
        let elsewhere = Holding {
            security: 1,
            ..holding(0, 1, 0)
        };
        let rows = [
            holding(0, -1, 0),
            holding(0, 1, 2),
            holding(0, 1, -1),
            elsewhere,
            holding(0, 100_001, 0),
            holding(0, i64::MAX, i64::MAX),
        ];
        for row in rows {
            assert!(free_float_shares(&[100_000], None, &[row, row], five_percent).is_err());
        }
        assert!(free_float_shares(&[0], None, &[], five_percent).is_err());
        assert!(free_float_shares(&[1], Some(&[-1]), &[], five_percent).is_err());
        assert!(free_float_shares(&[1], Some(&[]), &[], five_percent).is_err());
        assert!(Threshold::new(0, 20).is_err());
        assert!(Threshold::new(21, 20).is_err());
    }

    proptest! {
        // Rule R46
        #[test]
        fn the_order_of_the_holders_does_not_matter(
            rows in prop::collection::vec((0_usize..3, 0_usize..4, 0_i64..1_000, 0_i64..1_000, any::<bool>()), 0..12),
            turn in 0_usize..12,
        ) {
            let threshold = Threshold::new(1, 20).unwrap();
            let mut holdings: Vec<Holding> = rows
                .into_iter()
                .map(|(security, group, unrestricted, restricted, strategic)| Holding {
                    security, group, shares: unrestricted + restricted, restricted, strategic,
                })
                .collect();
            let total = [30_000, 40_000, 50_000];
            let before = free_float_shares(&total, None, &holdings, threshold).unwrap();
            let middle = turn.min(holdings.len());
            holdings.rotate_left(middle);
            prop_assert_eq!(before, free_float_shares(&total, None, &holdings, threshold).unwrap());
        }
    }
}
