//! A corporate action as the core reads it: one row of an instrument on an ex-date.

use crate::panel::iso_date;
use crate::{Error, Result};

/// The kinds of action that change a reference price or a share count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Cash per share, ordinary or special (R51).
    Cash,
    /// New shares per old, free (R52).
    Bonus,
    /// New shares per old, at a subscription price (R52).
    Rights,
    /// Shares after per share before (R52).
    Split,
    /// What a spin-off gives away, per share held: ratio × price of the child (R26).
    SpinOff,
    /// The exchange's published opening reference price, per share after the event.
    Published,
}

/// One row: an action of an instrument on an ex-date, per share held before it.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Ex-date, moved to a session of the instrument's exchange; days since 1970-01-01.
    pub day: i32,
    /// What it is.
    pub kind: Kind,
    /// Cash per share, the ratio, or the published price: what the kind measures.
    pub amount: f64,
    /// Subscription price of rights in quote currency; else ignored.
    pub price: f64,
    /// Withholding tax on cash, a fraction; else ignored.
    pub tax: f64,
}

impl Action {
    /// Refuses a figure out of its domain.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming instrument, date and figure.
    pub fn check(&self, instruments: &[String]) -> Result<()> {
        let Action {
            kind,
            amount,
            price,
            tax,
            ..
        } = *self;
        let (name, low, domain) = match kind {
            Kind::Cash => ("cash", 0.0, "must be zero or more"),
            Kind::Bonus => ("bonus", 0.0, "must be zero or more"),
            Kind::Rights => ("rights", 0.0, "must be zero or more"),
            Kind::Split => ("split", f64::MIN_POSITIVE, "must be more than zero"),
            Kind::SpinOff => ("spin_off", 0.0, "must be zero or more"),
            Kind::Published => ("reference", f64::MIN_POSITIVE, "must be more than zero"),
        };
        let place = |column: &str| {
            format!(
                "{} {} {column}",
                instruments[self.instrument as usize],
                iso_date(self.day)
            )
        };
        // Cash and prices may be unknown, such as in a currency without a rate: an error when used.
        let unknown = kind == Kind::Cash && amount.is_nan();
        if !(unknown || (amount.is_finite() && amount >= low)) {
            return Err(Error::invalid(place(name), amount, domain));
        }
        if kind == Kind::Rights && !(price.is_nan() || (price.is_finite() && price >= 0.0)) {
            return Err(Error::invalid(
                place("price"),
                price,
                "must be zero or more",
            ));
        }
        if kind == Kind::Cash && !(0.0..=1.0).contains(&tax) {
            return Err(Error::invalid(
                place("tax"),
                tax,
                "must be a fraction from 0 to 1",
            ));
        }
        Ok(())
    }
}
