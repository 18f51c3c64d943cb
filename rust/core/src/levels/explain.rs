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
use crate::reference::effect::Reference;
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

/// Points by source.
#[derive(Clone, Debug, Default)]
pub struct Points {
    /// Moves of the price against its reference.
    pub price: Vec<f64>,
    /// Moves of the rate.
    pub fx: Vec<f64>,
    /// Cash that goes ex, as far as the variant loses it.
    pub dividend: Vec<f64>,
}

impl Points {
    fn none(count: usize) -> Self {
        let empty = || vec![0.0; count];
        Self {
            price: empty(),
            fx: empty(),
            dividend: empty(),
        }
    }

    fn add(&mut self, at: usize, price: f64, fx: f64, dividend: f64) {
        self.price[at] += price;
        self.fx[at] += fx;
        self.dividend[at] += dividend;
    }
}

/// A holding as a span saw it; figures are NaN where the instrument was not held.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Sessions of the span on which it was held.
    pub sessions: u32,
    /// Full reference price on the first of them, in quote currency.
    pub reference: f64,
    /// Close on the last of them, in quote currency.
    pub close: f64,
    /// Value at the opening of the span, in index currency.
    pub opening_value: f64,
    /// Value at the close of the span, in index currency.
    pub closing_value: f64,
}

impl Seen {
    const NEVER: Self = Self {
        sessions: 0,
        reference: f64::NAN,
        close: f64::NAN,
        opening_value: f64::NAN,
        closing_value: f64::NAN,
    };
}

/// What moved a level over a span.
#[derive(Clone, Debug, Default)]
pub struct Contributions {
    /// One element per instrument.
    pub by_instrument: Points,
    /// One element per session.
    pub by_session: Points,
    /// Holdings, one element per instrument.
    pub seen: Vec<Seen>,
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
    let mut out = Contributions {
        by_instrument: Points::none(columns),
        by_session: Points::none(sessions),
        seen: vec![Seen::NEVER; columns],
    };
    let mut ex_dates: Vec<&ExDate> = holdings.ex_dates.iter().collect();
    ex_dates.sort_by_key(|row| (row.instrument, row.session));
    for entry in &holdings.entries(panel.sessions()) {
        let (from, to) = (entry.from.max(span.first), entry.to.min(end));
        let (at, units) = (entry.instrument as usize, entry.units);
        let seen = &mut out.seen[at];
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
            let by_price = (price - own.full) * before * points;
            let by_fx = price * (now - before) * points;
            let by_dividend = (own.full - opening) * before * points;
            out.by_instrument.add(at, by_price, by_fx, by_dividend);
            out.by_session.add(step, by_price, by_fx, by_dividend);
            if seen.sessions == 0 {
                seen.reference = own.full;
            }
            seen.sessions += 1;
            seen.close = price;
            if session == span.first {
                seen.opening_value = (opening * panel.rate(session - 1, at)) * units;
            }
            if session + 1 == end {
                seen.closing_value = (price * panel.rate(session, at)) * units;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{Span, Variant, contributions};
    use crate::holdings::Holdings;
    use crate::holdings::hold::{ExDate, Step};
    use crate::panel::Panel;
    use crate::reference::effect::Reference;

    /// One name: 10 shares, close 20 at 0.9, ex a dividend of 1 (0.1 withheld), close 19.5 at 0.92.
    fn explained(variant: Variant, scale: f64) -> [f64; 3] {
        let (ids, days) = (["A".to_owned()], [0, 1]);
        let panel = Panel::new(&days, &ids, &[20.0, 19.5], &[0.9, 0.92], &[0]).unwrap();
        let holdings = Holdings {
            steps: vec![Step {
                session: 0,
                instrument: 0,
                units: 10.0,
            }],
            ex_dates: vec![ExDate {
                session: 1,
                instrument: 0,
                reference: Reference {
                    opening: 20.0,
                    full: 19.0,
                    net: 19.1,
                },
            }],
            ..Holdings::from(0)
        };
        let span = Span {
            first: 1,
            scale: &[scale],
            rates: &[1.0, 1.0],
            variant,
        };
        let found = contributions(&panel, &holdings, &span)
            .unwrap()
            .by_instrument;
        [found.price[0], found.fx[0], found.dividend[0]]
    }

    fn close(found: [f64; 3], expected: [f64; 3]) -> bool {
        found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-12)
    }

    // Rule R51, R48
    #[test]
    fn a_dividend_costs_the_price_index_nothing_of_the_gross_and_the_tax_of_the_net_return() {
        assert!(close(explained(Variant::Price, 1.0), [4.5, 3.9, -9.0]));
        assert!(close(explained(Variant::TotalReturn, 2.0), [9.0, 7.8, 0.0]));
        assert!(close(
            explained(Variant::NetTotalReturn, 1.0),
            [4.5, 3.9, -0.9]
        ));
    }

    #[test]
    fn a_span_must_begin_after_the_start() {
        let (ids, days) = (["A".to_owned()], [0, 1]);
        let panel = Panel::new(&days, &ids, &[20.0, 19.5], &[1.0, 1.0], &[0]).unwrap();
        let span = |first| Span {
            first,
            scale: &[1.0],
            rates: &[1.0, 1.0],
            variant: Variant::Price,
        };
        assert!(contributions(&panel, &Holdings::from(0), &span(0)).is_err());
        assert!(contributions(&panel, &Holdings::from(0), &span(1)).is_ok());
        assert!(contributions(&panel, &Holdings::from(0), &span(2)).is_err());
    }
}
