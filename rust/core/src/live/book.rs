//! The book: the last valid price of every security, and what it refuses (R42 to R44).

use std::ops::RangeInclusive;

use super::ticks::Ticks;
use crate::levels::chain::is_positive;
use crate::{Error, Result};

/// Why a tick is not taken; each has a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The security or its exchange is frozen (R44).
    Frozen,
    /// The price is zero, negative or no number (R42).
    Invalid,
    /// A volume of zero: an indicative price (R42).
    Quote,
    /// Outside the trading sessions of the exchange (R43).
    Outside,
    /// Before the last trade of the security.
    Late,
    /// The time and price of the last trade of the security.
    Duplicate,
    /// Further from the reference price than the collar allows.
    Collar,
}

/// Reasons with their names, in the order of their counters.
pub const REASONS: [(&str, Reason); 7] = [
    ("frozen", Reason::Frozen),
    ("invalid", Reason::Invalid),
    ("quote", Reason::Quote),
    ("outside", Reason::Outside),
    ("late", Reason::Late),
    ("duplicate", Reason::Duplicate),
    ("collar", Reason::Collar),
];

/// What a price must be below.
const HIGHEST: f64 = 1e100;

/// A moment, in microseconds since 1970-01-01 UTC.
pub type Moment = i64;

/// Before any moment.
pub const NEVER: Moment = Moment::MIN;

/// Another price of a security.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Row of the tick.
    pub row: usize,
    /// Position in the book.
    pub security: usize,
    /// The price until then.
    pub before: f64,
}

/// What a book opens with: columns by security.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Opening reference prices: what stands until the first trade.
    pub references: Vec<f64>,
    /// Exchanges of the securities.
    pub exchange: Vec<u32>,
    /// By exchange, from when to when a print is a trade, both included. None: always.
    pub sessions: Option<Vec<Vec<(Moment, Moment)>>>,
    /// How far a price may be from the reference, as a fraction of it.
    pub collar: Option<f64>,
}

/// Last prices.
#[derive(Clone, Debug)]
pub struct Book {
    opening: Opening,
    /// Last valid prices.
    pub(super) prices: Vec<f64>,
    /// When they were made; [`NEVER`] without a trade that has a time.
    pub(super) times: Vec<Moment>,
    pub(super) traded: Vec<bool>,
    /// Securities that are frozen, and exchanges that are.
    pub(super) halted: Vec<bool>,
    pub(super) closed: Vec<bool>,
    /// Both, by security.
    pub(super) frozen: Vec<bool>,
    /// Ticks that were not taken, by reason.
    pub(super) rejected: [u64; REASONS.len()],
    /// Bounds of the collar.
    bounds: Vec<RangeInclusive<f64>>,
    /// By exchange, the session of its last tick.
    now: Vec<(Moment, Moment)>,
}

impl Book {
    /// Opens a book.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a reference price that is not positive and finite, for a collar that
    /// is not positive, or an exchange without sessions.
    pub fn new(opening: Opening) -> Result<Self> {
        let Opening {
            references,
            exchange,
            sessions,
            collar,
        } = &opening;
        if let Some(at) = references.iter().position(|&price| !is_positive(price)) {
            let argument = format!("references[{at}]");
            let expected = "must be positive and finite";
            return Err(Error::invalid(argument, references[at], expected));
        }
        if let Some(collar) = collar.filter(|&collar| !is_positive(collar)) {
            let expected = "must be positive: 0.2 for 20 %";
            return Err(Error::invalid("collar", collar, expected));
        }
        let count = references.len();
        if exchange.len() != count {
            let expected = format!("must be {count}, as of references");
            return Err(Error::invalid(
                "length of exchange",
                exchange.len(),
                expected,
            ));
        }
        let exchanges = exchange.iter().max().map_or(0, |&last| last as usize + 1);
        if let Some(sessions) = sessions.as_ref().filter(|own| own.len() < exchanges) {
            let expected = format!("must be at least {exchanges}, the number of exchanges");
            return Err(Error::invalid(
                "length of sessions",
                sessions.len(),
                expected,
            ));
        }
        let bounds = collar.map_or(Vec::new(), |collar| {
            let bounds = |&price: &f64| price * (1.0 - collar)..=price * (1.0 + collar);
            references.iter().map(bounds).collect()
        });
        Ok(Self {
            prices: references.clone(),
            times: vec![NEVER; count],
            traded: vec![false; count],
            halted: vec![false; count],
            closed: vec![false; exchanges],
            frozen: vec![false; count],
            rejected: [0; REASONS.len()],
            bounds,
            now: vec![(Moment::MAX, NEVER); exchanges],
            opening,
        })
    }

    /// Returns what it opened with.
    #[must_use]
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns the last valid prices.
    #[must_use]
    pub fn prices(&self) -> &[f64] {
        &self.prices
    }

    /// Returns the number of ticks that were not taken, by reason as in [`REASONS`].
    #[must_use]
    pub fn rejected(&self) -> &[u64] {
        &self.rejected
    }

    /// Takes ticks one after another; returns how many were taken.
    pub fn take(&mut self, ticks: &Ticks<'_>) -> usize {
        self.take_with(ticks, |_, _| ())
    }

    /// The same, and tells of each tick that is taken: the move, and all prices after it.
    pub fn take_with(&mut self, ticks: &Ticks<'_>, tell: impl FnMut(Move, &[f64])) -> usize {
        let is_plain = ticks.timestamps.is_none() && ticks.volumes.is_none();
        if is_plain && self.bounds.is_empty() && !self.frozen.contains(&true) {
            // Nothing but the price can be wrong.
            return self.take_each(ticks, tell, |_, _, _, price| valid(price));
        }
        self.take_each(ticks, tell, |book, row, at, price| {
            book.refuses(at, price, ticks.volumes.map(|volumes| volumes[row]))?;
            if let Some(timestamps) = ticks.timestamps {
                book.in_time(at, price, timestamps[row])?;
                book.in_collar(at, price)?;
                book.times[at] = timestamps[row];
                return Ok(());
            }
            book.in_collar(at, price)
        })
    }

    #[inline(always)]
    fn take_each(
        &mut self,
        ticks: &Ticks<'_>,
        mut tell: impl FnMut(Move, &[f64]),
        check: impl Fn(&mut Self, usize, usize, f64) -> std::result::Result<(), Reason>,
    ) -> usize {
        let mut taken = 0;
        for (row, (&at, &price)) in ticks.securities.iter().zip(ticks.prices).enumerate() {
            let security = at as usize;
            if let Err(reason) = check(self, row, security, price) {
                self.rejected[reason as usize] += 1;
                continue;
            }
            let before = std::mem::replace(&mut self.prices[security], price);
            self.traded[security] = true;
            taken += 1;
            let change = Move {
                row,
                security,
                before,
            };
            tell(change, &self.prices);
        }
        taken
    }

    /// Refuses what is outside the sessions, late, or a trade that is there already.
    #[inline(always)]
    fn in_time(
        &mut self,
        at: usize,
        price: f64,
        moment: Moment,
    ) -> std::result::Result<(), Reason> {
        if !self.is_in_session(at, moment) {
            return Err(Reason::Outside);
        }
        let last = self.times[at];
        if moment < last {
            return Err(Reason::Late);
        }
        if moment == last && price.to_bits() == self.prices[at].to_bits() {
            return Err(Reason::Duplicate);
        }
        Ok(())
    }

    /// Refuses what is no trade of its own accord.
    #[inline(always)]
    fn refuses(
        &self,
        at: usize,
        price: f64,
        volume: Option<f64>,
    ) -> std::result::Result<(), Reason> {
        if self.frozen[at] {
            return Err(Reason::Frozen);
        }
        valid(price)?;
        if volume == Some(0.0) {
            return Err(Reason::Quote);
        }
        Ok(())
    }

    #[inline(always)]
    fn in_collar(&self, at: usize, price: f64) -> std::result::Result<(), Reason> {
        match self.bounds.get(at) {
            Some(bounds) if !bounds.contains(&price) => Err(Reason::Collar),
            _ => Ok(()),
        }
    }

    /// Whether a print of a security is a trade at a moment (R43).
    #[inline(always)]
    fn is_in_session(&mut self, at: usize, moment: Moment) -> bool {
        let Some(sessions) = &self.opening.sessions else {
            return true;
        };
        let exchange = self.opening.exchange[at] as usize;
        let is_in = |&(from, to): &(Moment, Moment)| from <= moment && moment <= to;
        if is_in(&self.now[exchange]) {
            return true;
        }
        let found = sessions[exchange].iter().find(|session| is_in(session));
        if let Some(session) = found {
            self.now[exchange] = *session;
        }
        found.is_some()
    }

    /// Freezes a security, or lets it go on; nothing of its state is lost (R44).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there is no such security.
    pub fn freeze_security(&mut self, security: usize, frozen: bool) -> Result<()> {
        let count = self.halted.len();
        let place = self.halted.get_mut(security).ok_or_else(|| {
            let expected = format!("must be below {count}, the number of securities");
            Error::invalid("security", security, expected)
        })?;
        *place = frozen;
        self.freeze();
        Ok(())
    }

    /// Freezes an exchange, or lets it go on.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there is no such exchange.
    pub fn freeze_exchange(&mut self, exchange: usize, frozen: bool) -> Result<()> {
        let count = self.closed.len();
        let place = self.closed.get_mut(exchange).ok_or_else(|| {
            let expected = format!("must be below {count}, the number of exchanges");
            Error::invalid("exchange", exchange, expected)
        })?;
        *place = frozen;
        self.freeze();
        Ok(())
    }

    /// Works out which securities are frozen.
    pub(super) fn freeze(&mut self) {
        let own = self.halted.iter().zip(&self.opening.exchange);
        for (frozen, (&halted, &exchange)) in self.frozen.iter_mut().zip(own) {
            *frozen = halted || self.closed[exchange as usize];
        }
    }
}

/// Refuses what is no positive number (R42), or so high that a value of it would be none.
#[inline(always)]
fn valid(price: f64) -> std::result::Result<(), Reason> {
    if price > 0.0 && price < HIGHEST {
        Ok(())
    } else {
        Err(Reason::Invalid)
    }
}
