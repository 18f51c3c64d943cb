//! The engine of a day: ticks and rates in, the levels of the moment out.

use super::book::{Book, Opening};
use super::levels::{Chain, Level, Levels};
use super::quality::Counts;
use super::sums::{Held, Sums};
use super::ticks::Ticks;
use crate::levels::chain::is_positive;
use crate::{Error, Result};

/// What a day opens with.
#[derive(Clone, Debug)]
pub struct Day {
    /// Prices, exchanges, sessions.
    pub book: Opening,
    /// Quote currencies of the securities.
    pub currency: Vec<u32>,
    /// For each currency in which indices are calculated, what one unit of every currency is worth.
    pub rates: Vec<Vec<f64>>,
    /// The indices.
    pub indices: Vec<Index>,
    /// What is published.
    pub levels: Vec<Level>,
}

/// An index on the day.
#[derive(Clone, Debug)]
pub struct Index {
    /// The currency it is calculated in: a row of the rates.
    pub currency: usize,
    /// Positions in the book, ascending.
    pub securities: Vec<u32>,
    /// Units of each.
    pub units: Vec<f64>,
}

/// The engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) book: Book,
    pub(super) day: Day,
    /// By currency in which indices are calculated.
    pub(super) sums: Vec<Sums>,
    /// Prices at the last look.
    pub(super) seen: Vec<f64>,
    /// Room for those that moved since.
    pub(super) moved: Vec<u32>,
    pub(super) values: Vec<f64>,
    /// How levels follow from them, and the last ones.
    pub(super) chained: Levels,
    levels: Vec<f64>,
    /// Whether rates were taken over since: a version moves with its own, even if no constituent does.
    is_converted: bool,
    /// Of the quality.
    pub(super) counts: Counts,
}

impl Engine {
    /// Opens a day at its reference prices.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming what is not of the day: a security, currency or index that there is
    /// not, units, rates or divisors that are no numbers, securities that do not ascend.
    pub fn new(day: Day) -> Result<Self> {
        let book = Book::new(day.book.clone())?;
        day.check()?;
        let securities = book.prices().len();
        let currencies = 0..day.rates.len();
        let sums = currencies.map(|currency| {
            let own = day.indices.iter().enumerate();
            let own = own.filter(|(_, index)| index.currency == currency);
            let held = own.map(|(index, own)| Held {
                index,
                securities: &own.securities,
                units: &own.units,
            });
            Sums::new(securities, held.collect())
        });
        let sums: Vec<Sums> = sums.collect::<Result<_>>()?;
        let mut engine = Self {
            seen: book.prices().to_vec(),
            moved: vec![0; securities],
            values: vec![0.0; day.indices.len()],
            levels: vec![f64::NAN; day.levels.len()],
            chained: Levels::new(&day.levels),
            is_converted: false,
            counts: Counts::new(securities, &day.indices),
            book,
            day,
            sums,
        };
        engine.convert();
        Ok(engine)
    }

    /// Returns the book.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Returns the book, to freeze what is in it.
    pub fn book_mut(&mut self) -> &mut Book {
        &mut self.book
    }

    /// Returns what the day opened with, with the rates of the moment.
    #[must_use]
    pub fn day(&self) -> &Day {
        &self.day
    }

    /// Takes ticks; returns how many were taken.
    pub fn update(&mut self, ticks: &Ticks<'_>) -> usize {
        self.book.take(ticks)
    }

    /// Takes rates over, all at once (R49): of every currency, for each one indices are calculated in.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for rates that are not positive and finite, or too many or few.
    pub fn update_rates(&mut self, rates: &[f64]) -> Result<()> {
        let width = self.day.rates.first().map_or(0, Vec::len);
        let count = self.day.rates.len() * width;
        if rates.len() != count {
            let expected = format!("must be {count}");
            return Err(Error::invalid("length of rates", rates.len(), expected));
        }
        let now: Vec<Vec<f64>> = rates.chunks(width.max(1)).map(<[_]>::to_vec).collect();
        let before = std::mem::replace(&mut self.day.rates, now);
        if let Err(error) = self.day.check_rates() {
            self.day.rates = before;
            return Err(error);
        }
        self.convert();
        Ok(())
    }

    /// Converts every price at the rates of the moment.
    pub(super) fn convert(&mut self) {
        for (sums, rates) in self.sums.iter_mut().zip(&self.day.rates) {
            let own = self.book.prices().iter().zip(&self.day.currency);
            for (security, (price, &currency)) in own.enumerate() {
                sums.set(security, price * rates[currency as usize]);
            }
        }
        self.seen.copy_from_slice(self.book.prices());
        let Day {
            rates,
            indices,
            levels,
            ..
        } = &self.day;
        self.chained
            .convert(levels, |level| &rates[indices[level.index].currency]);
        self.is_converted = true;
    }

    /// Returns the levels of the moment; indices none of whose prices moved are not summed again.
    pub fn levels(&mut self) -> &[f64] {
        let (sums, day) = (&mut self.sums, &self.day);
        let prices = self.book.prices();
        for &security in look(prices, &mut self.seen, &mut self.moved) {
            let security = security as usize;
            let currency = day.currency[security] as usize;
            for (sums, rates) in sums.iter_mut().zip(&day.rates) {
                sums.set(security, prices[security] * rates[currency]);
            }
        }
        let mut is_new = std::mem::take(&mut self.is_converted);
        for sums in &mut self.sums {
            is_new |= sums.renew(&mut self.values);
        }
        if is_new {
            self.chained.write(&self.values, &mut self.levels);
        }
        &self.levels
    }

    /// Returns the values of the indices as of the last levels.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// Finds the prices that are others than at the last look. There is no branch on it: a fourteenth of the
/// prices of a second are others, and nobody foresees which.
pub(super) fn look<'m>(prices: &[f64], seen: &mut [f64], moved: &'m mut [u32]) -> &'m [u32] {
    let mut count = 0;
    for ((security, price), seen) in (0..).zip(prices).zip(seen) {
        moved[count] = security;
        count += usize::from(price.to_bits() != seen.to_bits());
        *seen = *price;
    }
    &moved[..count]
}

impl Day {
    fn check(&self) -> Result<()> {
        let securities = self.book.references.len();
        if self.currency.len() != securities {
            let expected = format!("must be {securities}, as of references");
            return Err(Error::invalid(
                "length of currency",
                self.currency.len(),
                expected,
            ));
        }
        let width = self.rates.first().map_or(0, Vec::len);
        below(
            "currency",
            self.currency.iter().map(|&one| one as usize),
            width,
        )?;
        let own = self.indices.iter().map(|index| index.currency);
        below("index_currency", own, self.rates.len())?;
        for (number, index) in self.indices.iter().enumerate() {
            index
                .check(securities)
                .map_err(|error| error.at(format!("index {number}")))?;
        }
        let own = self.levels.iter().map(|level| level.index);
        below("level_index", own, self.indices.len())?;
        for (number, level) in self.levels.iter().enumerate() {
            let figures = match level.chain {
                Chain::Price {
                    base_level,
                    divisor,
                } => [("base_level", base_level), ("divisor", divisor)],
                Chain::Return { previous, opening } => {
                    [("previous", previous), ("opening", opening)]
                }
            };
            let base = level.version.map_or(1.0, |(base, _)| base);
            for (name, figure) in figures.into_iter().chain([("base_rate", base)]) {
                if !is_positive(figure) {
                    let expected = "must be positive and finite";
                    let error = Error::invalid(name, figure, expected);
                    return Err(error.at(format!("level {number}")));
                }
            }
        }
        let own = self.levels.iter().filter_map(|level| level.version);
        below("version", own.map(|(_, currency)| currency), width)?;
        self.check_rates()
    }

    /// Refuses rates that an index needs and that are none; others may be absent.
    fn check_rates(&self) -> Result<()> {
        let of_index = |index: &Index, currency: usize| {
            let rate = self.rates[index.currency][currency];
            if is_positive(rate) {
                return Ok(());
            }
            let argument = format!("rates[{}, {currency}]", index.currency);
            Err(Error::invalid(
                argument,
                rate,
                "must be positive and finite",
            ))
        };
        for index in &self.indices {
            for &security in &index.securities {
                of_index(index, self.currency[security as usize] as usize)?;
            }
        }
        for level in &self.levels {
            if let Some((_, currency)) = level.version {
                of_index(&self.indices[level.index], currency)?;
            }
        }
        Ok(())
    }
}

impl Index {
    fn check(&self, securities: usize) -> Result<()> {
        if self.units.len() != self.securities.len() {
            let expected = format!("must be {}, as of securities", self.securities.len());
            return Err(Error::invalid(
                "length of units",
                self.units.len(),
                expected,
            ));
        }
        if self.securities.is_empty() {
            let expected = "must have at least one";
            return Err(Error::invalid("length of securities", 0, expected));
        }
        if !self.securities.is_sorted_by(|a, b| a < b) {
            let expected = "must ascend, each once";
            return Err(Error::invalid("securities", "another order", expected));
        }
        let own = self.securities.iter().map(|&at| at as usize);
        below("securities", own, securities)?;
        match self.units.iter().position(|units| !units.is_finite()) {
            Some(at) => {
                let argument = format!("units[{at}]");
                Err(Error::invalid(argument, self.units[at], "must be finite"))
            }
            None => Ok(()),
        }
    }
}

fn below(name: &str, numbers: impl Iterator<Item = usize>, limit: usize) -> Result<()> {
    for (at, number) in numbers.enumerate() {
        if number >= limit {
            let expected = format!("must be below {limit}");
            return Err(Error::invalid(format!("{name}[{at}]"), number, expected));
        }
    }
    Ok(())
}

/// Refuses room of another size than it takes.
pub(super) fn room(name: &str, there: usize, needed: usize) -> Result<()> {
    if there == needed {
        return Ok(());
    }
    let expected = format!("must be {needed}");
    Err(Error::invalid(format!("size of {name}"), there, expected))
}
