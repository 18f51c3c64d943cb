//! Ticks as they arrive: columns, checked against a book.

use super::book::Moment;
use crate::{Error, Result};

/// Ticks in the order in which they arrived, as columns of one length.
#[derive(Clone, Copy, Debug)]
pub struct Ticks<'a> {
    /// Positions in the book.
    pub securities: &'a [u32],
    /// Prices, in quote currency.
    pub prices: &'a [f64],
    /// When they were made; without, neither sessions nor order are looked at.
    pub timestamps: Option<&'a [Moment]>,
    /// Shares traded; without, all are trades.
    pub volumes: Option<&'a [f64]>,
}

impl<'a> Ticks<'a> {
    /// Checks columns against a book of so many securities.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming the column that is shorter or longer, or the first row without a
    /// security.
    pub fn new(
        securities: &'a [u32],
        prices: &'a [f64],
        timestamps: Option<&'a [Moment]>,
        volumes: Option<&'a [f64]>,
        book: usize,
    ) -> Result<Self> {
        let count = securities.len();
        let lengths = [
            ("prices", Some(prices.len())),
            ("timestamps", timestamps.map(<[_]>::len)),
            ("volumes", volumes.map(<[_]>::len)),
        ];
        for (name, length) in lengths {
            if let Some(length) = length.filter(|&length| length != count) {
                let expected = format!("must be {count}, as of securities");
                return Err(Error::invalid(
                    format!("length of {name}"),
                    length,
                    expected,
                ));
            }
        }
        if let Some(row) = securities.iter().position(|&at| at as usize >= book) {
            let expected = format!("must be below {book}, the number of securities");
            let argument = format!("securities[{row}]");
            return Err(Error::invalid(argument, securities[row], expected));
        }
        Ok(Self {
            securities,
            prices,
            timestamps,
            volumes,
        })
    }

    /// Returns the number of ticks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.securities.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.securities.is_empty()
    }

    /// Returns some of them.
    #[must_use]
    pub fn part(&self, from: usize, to: usize) -> Self {
        Self {
            securities: &self.securities[from..to],
            prices: &self.prices[from..to],
            timestamps: self.timestamps.map(|all| &all[from..to]),
            volumes: self.volumes.map(|all| &all[from..to]),
        }
    }
}
