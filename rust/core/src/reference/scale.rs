//! What bonus, rights and split make of a share count, exact.

use num_traits::One;

use super::action::{Action, Kind};
use crate::Result;
use crate::exact::{Exact, decimal};
use crate::fraction::Fraction;

/// Shares after per share before on an ex-date, exact.
#[derive(Clone, Debug)]
pub enum Scale {
    /// Of machine integers.
    Small(Fraction),
    /// Of any size.
    Big(Exact),
}

impl Scale {
    /// Returns what all rows of an ex-date make of a share.
    ///
    /// # Errors
    ///
    /// [`crate::Error::InvalidInput`] for a ratio that is not finite.
    pub fn of(rows: &[Action]) -> Result<Self> {
        match small(rows) {
            Some(fraction) => Ok(Self::Small(fraction)),
            None => big(rows).map(Self::Big),
        }
    }

    /// Returns the exact number.
    #[must_use]
    pub fn exact(&self) -> Exact {
        match self {
            Self::Small(fraction) => fraction.exact(),
            Self::Big(exact) => exact.clone(),
        }
    }

    /// Returns the fraction of machine integers, where it is one.
    #[must_use]
    pub fn fraction(&self) -> Option<Fraction> {
        match self {
            Self::Small(fraction) => Some(*fraction),
            Self::Big(_) => None,
        }
    }
}

fn small(rows: &[Action]) -> Option<Fraction> {
    let (mut issue, mut split) = (Fraction::whole(1), Fraction::whole(1));
    for row in rows {
        match row.kind {
            Kind::Bonus | Kind::Rights => issue = issue.plus(Fraction::decimal(row.amount)?)?,
            Kind::Split => split = split.times(Fraction::decimal(row.amount)?)?,
            Kind::Cash | Kind::SpinOff | Kind::Published => {}
        }
    }
    issue.times(split)
}

fn big(rows: &[Action]) -> Result<Exact> {
    let (mut issue, mut split) = (Exact::one(), Exact::one());
    for row in rows {
        match row.kind {
            Kind::Bonus | Kind::Rights => issue += decimal("ratio", row.amount)?,
            Kind::Split => split *= decimal("ratio", row.amount)?,
            Kind::Cash | Kind::SpinOff | Kind::Published => {}
        }
    }
    Ok(issue * split)
}
