//! The price panel: sessions × instruments, and the rates that bring prices into index currency.

use std::fmt;

use crate::{Error, Result};

/// How prices are read that memory does not hold whole: in the order of sessions, slab by slab.
#[derive(Clone, Copy)]
pub struct Slabs<'a> {
    /// Sessions of a slab; each thread may read one at a time.
    pub sessions: usize,
    /// Lets go of the memory behind all prices that were read; they can be read again.
    pub release: &'a (dyn Fn() + Sync),
}

impl fmt::Debug for Slabs<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Slabs")
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}

/// Prices and rates of consecutive index sessions.
///
/// Instruments stand in ascending byte order of their ids: that order is the order of every sum.
#[derive(Clone, Copy, Debug)]
pub struct Panel<'a> {
    /// Session dates as days since 1970-01-01, ascending.
    pub days: &'a [i32],
    /// Instrument ids, ascending; for messages.
    pub instruments: &'a [String],
    /// Closing prices in quote currency, carried; sessions × instruments, NaN before the first price.
    pub prices: &'a [f64],
    /// Units of index currency for one unit of each currency; sessions × currencies.
    pub fx: &'a [f64],
    /// Column of `fx` for each instrument.
    pub currency: &'a [u32],
    /// Columns of `fx`.
    currencies: usize,
    /// `None` where memory holds the prices whole.
    slabs: Option<Slabs<'a>>,
}

impl<'a> Panel<'a> {
    /// Checks that the parts fit together.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming the part that does not fit.
    pub fn new(
        days: &'a [i32],
        instruments: &'a [String],
        prices: &'a [f64],
        fx: &'a [f64],
        currency: &'a [u32],
    ) -> Result<Self> {
        let shape = |argument: &str, found: usize, expected: usize| {
            let expected = format!("must have {expected} elements");
            Err(Error::invalid(format!("len({argument})"), found, expected))
        };
        if let Some(at) = (1..days.len()).find(|&at| days[at] <= days[at - 1]) {
            let date = iso_date(days[at]);
            return Err(Error::invalid(
                format!("days[{at}]"),
                date,
                "must be later than the day before it",
            ));
        }
        if let Some(at) = (1..instruments.len()).find(|&at| instruments[at] <= instruments[at - 1])
        {
            let expected = "must follow the id before it in byte order";
            return Err(Error::invalid(
                format!("instruments[{at}]"),
                &instruments[at],
                expected,
            ));
        }
        if prices.len() != days.len() * instruments.len() {
            return shape("prices", prices.len(), days.len() * instruments.len());
        }
        if currency.len() != instruments.len() {
            return shape("currency", currency.len(), instruments.len());
        }
        let currencies = currency.iter().max().map_or(0, |&last| last as usize + 1);
        if days.is_empty()
            || !fx.len().is_multiple_of(days.len())
            || fx.len() / days.len() < currencies
        {
            return shape("fx", fx.len(), days.len() * currencies);
        }
        Ok(Self {
            days,
            instruments,
            prices,
            fx,
            currency,
            currencies: fx.len() / days.len(),
            slabs: None,
        })
    }

    /// Returns the panel, to be read slab by slab; the figures that come of it are the same.
    #[must_use]
    pub fn in_slabs(self, slabs: Slabs<'a>) -> Self {
        Self {
            slabs: Some(slabs),
            ..self
        }
    }

    /// Tells whether the prices are read slab by slab.
    #[must_use]
    pub fn is_in_slabs(&self) -> bool {
        self.slabs.is_some()
    }

    /// Returns the sessions of a slab; all of them where memory holds the prices whole.
    #[must_use]
    pub fn slab(&self) -> usize {
        self.slabs.map_or(self.sessions(), |slabs| slabs.sessions)
    }

    /// Lets go of what was read, if it is of slabs.
    pub fn release(&self) {
        if let Some(slabs) = self.slabs {
            (slabs.release)();
        }
    }

    /// Goes on to a later session; lets go of what was read where another slab begins.
    pub fn pass(&self, from: usize, to: usize) {
        if let Some(slabs) = self.slabs
            && from / slabs.sessions != to / slabs.sessions
        {
            (slabs.release)();
        }
    }

    /// Returns the number of currencies.
    #[must_use]
    pub fn currencies(&self) -> usize {
        self.currencies
    }

    /// Returns the number of sessions.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.days.len()
    }

    /// Returns the close of an instrument in quote currency; NaN before its first price.
    #[must_use]
    pub fn price(&self, session: usize, instrument: usize) -> f64 {
        self.prices[session * self.instruments.len() + instrument]
    }

    /// Returns the rate of an instrument's currency into index currency.
    #[must_use]
    pub fn rate(&self, session: usize, instrument: usize) -> f64 {
        self.fx[session * self.currencies + self.currency[instrument] as usize]
    }

    /// Returns the close of an instrument that must have one.
    ///
    /// # Errors
    ///
    /// [`Error::MissingData`] naming the instrument and the session.
    pub fn known_price(&self, session: usize, instrument: usize, purpose: &str) -> Result<f64> {
        let price = self.price(session, instrument);
        if price > 0.0 {
            return Ok(price);
        }
        Err(Error::MissingData(format!(
            "prices of {}: must have a close on or before {}, needed {purpose}; add one, or let the \
             security join later",
            self.instruments[instrument],
            iso_date(self.days[session])
        )))
    }

    /// Returns the first session on or after a day; `sessions()` when there is none.
    #[must_use]
    pub fn session_on_or_after(&self, day: i32) -> usize {
        self.days.partition_point(|&session| session < day)
    }
}

/// Writes a day number as an ISO date (civil calendar, proleptic Gregorian).
#[must_use]
pub fn iso_date(day: i32) -> String {
    // Howard Hinnant's days-to-civil: eras of 400 years that begin on 1 March.
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day_of_month:02}")
}

#[cfg(test)]
mod tests {
    use super::{Panel, iso_date};

    #[test]
    fn day_numbers_print_as_iso_dates() {
        assert_eq!(iso_date(0), "1970-01-01");
        assert_eq!(iso_date(-1), "1969-12-31");
        assert_eq!(iso_date(11_016), "2000-02-29");
        assert_eq!(iso_date(20_575), "2026-05-02");
    }

    #[test]
    fn a_panel_whose_parts_do_not_fit_is_refused() {
        let ids = ["A".to_owned(), "B".to_owned()];
        assert!(Panel::new(&[1, 2], &ids, &[1.0; 4], &[1.0; 2], &[0, 0]).is_ok());
        for error in [
            Panel::new(&[2, 2], &ids, &[1.0; 4], &[1.0; 2], &[0, 0]).unwrap_err(),
            Panel::new(&[1, 2], &ids, &[1.0; 3], &[1.0; 2], &[0, 0]).unwrap_err(),
            Panel::new(&[1, 2], &ids, &[1.0; 4], &[1.0; 1], &[0, 0]).unwrap_err(),
            Panel::new(&[1, 2], &ids, &[1.0; 4], &[1.0; 2], &[0]).unwrap_err(),
            Panel::new(
                &[1, 2],
                &["B".to_owned(), "A".to_owned()],
                &[1.0; 4],
                &[1.0; 2],
                &[0, 0],
            )
            .unwrap_err(),
        ] {
            assert!(error.to_string().contains("must"), "{error}");
        }
    }
}
