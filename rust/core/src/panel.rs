//! The price panel: sessions × instruments, and the rates that bring prices into index currency.

use crate::{Error, Result};

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
        })
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

/// Rows of a long table of prices: parallel columns.
#[derive(Clone, Copy, Debug)]
pub struct Quotes<'a> {
    /// Date of each row, days since 1970-01-01.
    pub dates: &'a [i32],
    /// Number of each row's security among all of the market; negative for none.
    pub securities: &'a [i32],
    /// Close of each row.
    pub closes: &'a [f64],
}

/// Lays a long table out as days × instruments, NaN where there is no row.
///
/// `columns` has the instrument of each security of the market, negative for one that is left out.
/// Rows on days that are not among `days` are left out too.
///
/// # Errors
///
/// [`Error::InvalidInput`] if the columns differ in length or a number is beyond `columns`.
pub fn spread(
    quotes: &Quotes<'_>,
    days: &[i32],
    columns: &[i32],
    width: usize,
) -> Result<Vec<f64>> {
    let Quotes {
        dates,
        securities,
        closes,
    } = *quotes;
    if dates.len() != closes.len() || securities.len() != closes.len() {
        let expected = format!("must have {} elements, as the closes", closes.len());
        let found = format!("{} and {}", dates.len(), securities.len());
        return Err(Error::invalid(
            "len(dates), len(securities)",
            found,
            expected,
        ));
    }
    let Some((&first, &last)) = days.first().zip(days.last()) else {
        return Ok(Vec::new());
    };
    let mut row_of = vec![usize::MAX; usize::try_from(last - first).map_or(0, |span| span + 1)];
    for (row, &day) in days.iter().enumerate() {
        row_of[(day - first) as usize] = row;
    }
    let mut panel = vec![f64::NAN; days.len() * width];
    for ((&date, &security), &close) in dates.iter().zip(securities).zip(closes) {
        let Ok(security) = usize::try_from(security) else {
            continue;
        };
        let Some(&column) = columns.get(security) else {
            let expected = format!("must be below {}", columns.len());
            return Err(Error::invalid("securities", security, expected));
        };
        let row = usize::try_from(date - first)
            .ok()
            .and_then(|offset| row_of.get(offset));
        if let (Some(&row), true) = (row, column >= 0)
            && row != usize::MAX
        {
            panel[row * width + column as usize] = close;
        }
    }
    Ok(panel)
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
    use super::{Panel, Quotes, iso_date, spread};

    #[test]
    fn a_long_table_is_laid_out_by_day_and_instrument() {
        let quotes = Quotes {
            dates: &[10, 12, 11, 12, 9, 13],
            securities: &[0, 0, 2, 1, 0, -1],
            closes: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        };
        // Securities 0 and 2 are instruments 1 and 0; 1 is left out, as are days 9, 11 and 13.
        let panel = spread(&quotes, &[10, 12], &[1, -1, 0], 2).unwrap();
        assert!(panel[0].is_nan() && panel[2].is_nan());
        assert_eq!(
            [panel[1].to_bits(), panel[3].to_bits()],
            [1.0_f64, 2.0].map(f64::to_bits)
        );
        assert!(spread(&quotes, &[10], &[0], 1).is_err());
    }

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
