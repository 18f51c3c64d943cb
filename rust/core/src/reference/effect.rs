//! All actions of one instrument on one ex-date, and what they do to its prices.
//!
//! Rows of one ex-date are combined (rule R63): cash adds up, ratios of bonus and of rights add up,
//! splits multiply.

use super::action::{Action, Kind};
use super::price::{ex_price, ex_price_on_tick};
use crate::Result;

/// All actions of one instrument on one ex-date.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Ex-date on the instrument's exchange; days since 1970-01-01.
    pub day: i32,
    /// Cash per share before tax, in quote currency.
    pub cash: f64,
    /// Tax withheld on that cash.
    pub tax: f64,
    /// New shares per old by bonus.
    pub bonus: f64,
    /// New shares per old by rights.
    pub rights: f64,
    /// Money paid in by rights per old share: Σ price × ratio.
    pub paid: f64,
    /// Shares after per share before by splits.
    pub split: f64,
    /// Value of the spun-off shares that one old share gives away.
    pub spun: f64,
    /// Published opening reference price, where the exchange's counts.
    pub published: Option<f64>,
    /// Tick to which a reference price that is not published is rounded.
    pub tick: Option<f64>,
    /// Whether there is a bonus, rights issue, split or spin-off: not cash alone (R52).
    is_ex_rights: bool,
}

impl Effect {
    /// Combines the rows of one instrument and ex-date; there is one at least.
    #[must_use]
    pub fn of(rows: &[Action], tick: Option<f64>) -> Self {
        let mut effect = Self {
            instrument: rows[0].instrument,
            day: rows[0].day,
            cash: 0.0,
            tax: 0.0,
            bonus: 0.0,
            rights: 0.0,
            paid: 0.0,
            split: 1.0,
            spun: 0.0,
            published: None,
            tick,
            is_ex_rights: false,
        };
        for row in rows {
            effect.is_ex_rights |= !matches!(row.kind, Kind::Cash | Kind::Published);
            match row.kind {
                Kind::Cash => {
                    effect.cash += row.amount;
                    effect.tax += row.amount * row.tax;
                }
                Kind::Bonus => {
                    effect.bonus += row.amount;
                }
                Kind::Rights => {
                    effect.rights += row.amount;
                    effect.paid += row.amount * row.price;
                }
                Kind::Split => effect.split *= row.amount,
                Kind::SpinOff => effect.spun += row.amount,
                Kind::Published => effect.published = Some(row.amount),
            }
        }
        effect
    }

    /// Whether the holdings' value at the opening differs from the close before (R52): money comes
    /// in by rights, shares are spun off, or the reference price is rounded to a tick.
    #[must_use]
    pub fn moves_value(&self) -> bool {
        self.is_ex_rights() && (self.rights > 0.0 || self.spun > 0.0 || self.is_rounded())
    }

    /// Whether there is a bonus, rights issue, split or spin-off: not cash alone (R52).
    #[must_use]
    pub fn is_ex_rights(&self) -> bool {
        self.is_ex_rights
    }

    fn is_rounded(&self) -> bool {
        self.published.or(self.tick).is_some()
    }

    /// Returns shares after per share before.
    #[must_use]
    pub fn factor(&self) -> f64 {
        (1.0 + self.bonus + self.rights) * self.split
    }

    /// Returns the reference prices after this ex-date, from those before it (R63).
    ///
    /// A published price replaces the full one. The price index then opens at it plus the cash per
    /// new share; on an ex-date with cash only at the price before, so that no divisor moves (R51). A
    /// spin-off comes off first.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the cash is not less than the price it comes off.
    pub fn reference(&self, before: Reference) -> Result<Reference> {
        let Self {
            cash,
            tax,
            bonus,
            rights,
            paid,
            split,
            spun,
            ..
        } = *self;
        let before = before.less(spun);
        let full = match (self.published, self.tick) {
            (Some(price), _) => price,
            (None, Some(tick)) => {
                ex_price_on_tick(before.full, cash, bonus, rights, paid, split, tick)?
            }
            (None, None) => ex_price(before.full, cash, bonus, rights, paid, split)?,
        };
        let (opening, net) = if self.is_rounded() {
            // What an earlier ex-date since the last session left between the prices stays there.
            let factor = self.factor();
            (
                full + cash / factor + (before.opening - before.full) / factor,
                full + tax / factor + (before.net - before.full) / factor,
            )
        } else {
            (
                ex_price(before.opening, 0.0, bonus, rights, paid, split)?,
                ex_price(before.net, cash - tax, bonus, rights, paid, split)?,
            )
        };
        let opening = if self.is_ex_rights() {
            opening
        } else {
            before.opening
        };
        Ok(Reference { opening, full, net })
    }
}

/// Reference prices of one opening.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Of the price index: without the cash, so that a dividend drops the index.
    pub opening: f64,
    /// In full: total return opens at it, and a name without a trade is carried at it.
    pub full: f64,
    /// Of the net total return: cash counts after tax.
    pub net: f64,
}

impl Reference {
    /// Returns the references of a session without an ex-date: the close before.
    #[must_use]
    pub fn at(close: f64) -> Self {
        Self {
            opening: close,
            full: close,
            net: close,
        }
    }

    /// Returns the references after what one share gives away.
    fn less(self, spun: f64) -> Self {
        Self {
            opening: self.opening - spun,
            full: self.full - spun,
            net: self.net - spun,
        }
    }
}
