//! Explain: what each instrument contributed to the change of a level.
//!
//! A level opens on the holdings of the day at their reference prices and the rates of the close
//! before, and closes on the same units at the day's prices and rates. The difference splits, per
//! instrument and in units of value, into
//!
//! ```text
//! price     u · (P − P_ref) · e₋₁        P_ref: the full reference price
//! fx        u · P · (e − e₋₁)
//! dividend  u · (P_ref − P_open) · e₋₁   P_open: what the variant opens at
//! ```
//!
//! and a scale makes points of it: base level / divisor for the price index, level / opening value for
//! the returns. The price index opens before the cash, so its dividend row is what goes ex; the gross
//! return opens after it and has none; the net return loses the tax.

use crate::holdings::Holdings;
use crate::holdings::hold::ExDate;
use crate::panel::{Panel, iso_date};
use crate::reference::effects::Reference;
use crate::{Error, Result};

/// A chain of levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Price index.
    Price,
    /// Gross total return.
    TotalReturn,
    /// Net total return.
    NetTotalReturn,
}

impl Variant {
    /// Returns the price that this variant opens at.
    fn opening(self, reference: &Reference) -> f64 {
        match self {
            Self::Price => reference.opening,
            Self::TotalReturn => reference.full,
            Self::NetTotalReturn => reference.net,
        }
    }
}

/// The sessions to explain, and what turns value into points on each.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// First session; at least one after the start of the holdings.
    pub first: usize,
    /// Points per unit of value in the version's currency, for each session from `first` on.
    pub scale: &'a [f64],
    /// Index currency for one unit of the version's currency: of the session before `first`, then of
    /// each session.
    pub rates: &'a [f64],
    /// The chain explained.
    pub variant: Variant,
}

/// Contributions in points and values in index currency; one element per instrument.
#[derive(Clone, Debug, Default)]
pub struct Contributions {
    /// Moves of the price against its reference.
    pub price: Vec<f64>,
    /// Moves of the rate.
    pub fx: Vec<f64>,
    /// Cash that goes ex, as far as the variant loses it.
    pub dividend: Vec<f64>,
    /// Value at the opening of the first session.
    pub opening_value: Vec<f64>,
    /// Value at the close of the last session.
    pub closing_value: Vec<f64>,
}

/// Splits the change of a level over a span by instrument.
///
/// # Errors
///
/// [`Error::InvalidInput`] if the span does not lie after the start, or a rate is missing.
pub fn contributions(
    panel: &Panel<'_>,
    holdings: &Holdings,
    span: &Span<'_>,
) -> Result<Contributions> {
    let sessions = span.scale.len();
    let end = span.first + sessions;
    if span.first <= holdings.first || sessions == 0 || end > panel.sessions() {
        let expected = format!(
            "must be a session after {}",
            iso_date(panel.days[holdings.first])
        );
        return Err(Error::invalid("first", span.first, expected));
    }
    if span.rates.len() != sessions + 1 {
        let expected = format!("must have {} elements", sessions + 1);
        return Err(Error::invalid("len(rates)", span.rates.len(), expected));
    }
    let columns = panel.instruments.len();
    let empty = || vec![0.0; columns];
    let mut out = Contributions {
        price: empty(),
        fx: empty(),
        dividend: empty(),
        opening_value: empty(),
        closing_value: empty(),
    };
    let mut ex_dates: Vec<&ExDate> = holdings.ex_dates.iter().collect();
    ex_dates.sort_by_key(|row| (row.instrument, row.session));
    for entry in &holdings.entries {
        let (from, to) = (entry.from.max(span.first), entry.to.min(end));
        let (at, units) = (entry.instrument as usize, entry.units);
        let (mut price_points, mut fx_points, mut dividend_points) = (0.0, 0.0, 0.0);
        let ahead = (entry.instrument, from);
        let next = ex_dates.partition_point(|row| (row.instrument, row.session) < ahead);
        let mut going_ex = ex_dates[next..].iter().peekable();
        for session in from..to {
            let step = session - span.first;
            let on_day =
                |row: &&&ExDate| (row.instrument, row.session) == (entry.instrument, session);
            let own = going_ex.next_if(on_day).map_or_else(
                || Reference::at(panel.price(session - 1, at)),
                |row| row.reference,
            );
            let price = panel.price(session, at);
            let before = panel.rate(session - 1, at) / span.rates[step];
            let now = panel.rate(session, at) / span.rates[step + 1];
            let points = units * span.scale[step];
            let opening = span.variant.opening(&own);
            price_points += (price - own.full) * before * points;
            fx_points += price * (now - before) * points;
            dividend_points += (own.full - opening) * before * points;
            if session == span.first {
                out.opening_value[at] = opening * panel.rate(session - 1, at) * units;
            }
            if session + 1 == end {
                out.closing_value[at] = price * panel.rate(session, at) * units;
            }
        }
        out.price[at] += price_points;
        out.fx[at] += fx_points;
        out.dividend[at] += dividend_points;
    }
    Ok(out)
}
