//! The book of one index: what it holds while the sessions go by, and what goes into the trail.

use super::audit::{Event, Happening, Position};
use super::hold::{Entry, Hold, Holdings};
use super::member::Member;
use super::shares::Count;
use crate::Result;
use crate::panel::iso_date;
use crate::reference::effects::{Effect, Reference};

/// The state of one index on its way through the sessions.
pub(super) struct Book<'a> {
    pub(super) input: Hold<'a>,
    pub(super) members: Vec<Option<Member>>,
    /// Instruments held, ascending: the order of every sum.
    pub(super) held: Vec<u32>,
    pub(super) out: Holdings,
    /// Instruments whose holding changes at this opening.
    pub(super) touched: Vec<u32>,
    /// Effects by session.
    pub(super) ex_dates: Vec<(usize, &'a Effect)>,
    pub(super) divisor: f64,
    /// Start and units of the entry that is open for each instrument.
    open_entries: Vec<Option<(usize, f64)>>,
    /// Triggered share changes by session and instrument.
    pub(super) due: Vec<(usize, u32)>,
}

impl<'a> Book<'a> {
    pub(super) fn new(input: Hold<'a>) -> Self {
        let panel = &input.panel;
        let mut ex_dates: Vec<_> = input
            .effects
            .all()
            .iter()
            .map(|effect| (panel.session_on_or_after(effect.day), effect))
            .collect();
        ex_dates.sort_by_key(|&(session, effect)| (session, effect.instrument, effect.day));
        Self {
            members: vec![None; panel.instruments.len()],
            held: Vec::new(),
            out: Holdings {
                divisors: vec![f64::NAN; panel.sessions()],
                ..Holdings::default()
            },
            touched: Vec::new(),
            ex_dates,
            divisor: f64::NAN,
            open_entries: vec![None; panel.instruments.len()],
            due: Vec::new(),
            input,
        }
    }

    pub(super) fn resume(&mut self, session: usize, members: Vec<(u32, Member)>, divisor: f64) {
        self.out.first = session;
        self.divisor = divisor;
        self.out.divisors[session] = divisor;
        for (instrument, mut member) in members {
            if let Member::Shares(shares) = &mut member {
                for pending in &mut shares.pending {
                    let due = self.input.panel.session_on_or_after(pending.snapshot.due);
                    pending.session = due.max(session + 1);
                    self.due.push((pending.session, instrument));
                }
            }
            self.open_entries[instrument as usize] = Some((session, member.units()));
            self.members[instrument as usize] = Some(member);
            self.held.push(instrument);
        }
        self.held.sort_unstable();
    }

    /// Puts a holding in place, in the order of the sums; returns what was held before.
    pub(super) fn hold(&mut self, instrument: u32, member: Member) -> Option<Member> {
        self.touched.push(instrument);
        if let Err(at) = self.held.binary_search(&instrument) {
            self.held.insert(at, instrument);
        }
        self.members[instrument as usize].replace(member)
    }

    /// Whether an instrument is held.
    pub(super) fn is_held(&self, instrument: u32) -> bool {
        self.members[instrument as usize].is_some()
    }

    /// Sums price × rate × units over the holdings, in instrument order (design §1).
    pub(super) fn value(
        &self,
        rates_of: usize,
        price: impl Fn(usize) -> Result<f64>,
    ) -> Result<f64> {
        let mut value = 0.0;
        for &instrument in &self.held {
            let at = instrument as usize;
            let Some(member) = &self.members[at] else {
                continue;
            };
            value += (price(at)? * self.input.panel.rate(rates_of, at)) * member.units();
        }
        Ok(value)
    }

    /// Returns the reference prices of an opening, from the close before and the ex-dates since.
    pub(super) fn reference(&self, session: usize, instrument: usize) -> Result<Reference> {
        let close = self
            .input
            .panel
            .known_price(session - 1, instrument, "at the opening")?;
        let effects = self.effects_on(session, instrument);
        effects
            .iter()
            .try_fold(Reference::at(close), |before, effect| {
                effect.reference(before)
            })
            .map_err(|error| {
                let panel = &self.input.panel;
                let (name, day) = (&panel.instruments[instrument], panel.days[session]);
                error.at(format!("{name} {}", iso_date(day)))
            })
    }

    /// Returns the effects of an instrument that fall on a session.
    pub(super) fn effects_on(&self, session: usize, instrument: usize) -> &'a [Effect] {
        let days = self.input.panel.days;
        self.input
            .effects
            .between(instrument, days[session - 1], days[session])
    }

    /// Closes the entries of the holdings that changed, opens the new ones, and records them.
    pub(super) fn settle(
        &mut self,
        session: usize,
        rates_of: usize,
        price: impl Fn(&Self, usize) -> f64,
    ) {
        self.out.divisors[session] = self.divisor;
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for instrument in touched {
            let at = instrument as usize;
            self.end_entry(instrument, session);
            let shares = match &self.members[at] {
                Some(Member::Shares(shares)) => (shares.total, shares.inclusion_factor),
                _ => (f64::NAN, f64::NAN),
            };
            let member = self.members[at].as_ref();
            self.open_entries[at] = member.map(|member| (session, member.units()));
            self.out.positions.push(Position {
                session,
                instrument,
                total: shares.0,
                inclusion_factor: shares.1,
                adjusted_shares: member.map_or(0.0, Member::adjusted_shares),
                weight_factor: member.map_or(f64::NAN, Member::weight_factor),
                price: price(self, at),
                fx: self.input.panel.rate(rates_of, at),
            });
        }
    }

    pub(super) fn note(
        &mut self,
        session: usize,
        instrument: Option<u32>,
        happening: Happening,
        (before, after): (f64, f64),
        value_effect: f64,
    ) {
        self.out.events.push(Event {
            session,
            instrument,
            happening,
            before,
            after,
            value_effect,
        });
    }

    /// Returns the value of some units at the opening of a session: reference price × rate of the
    /// close before × units. NaN on the first session, which nothing changes.
    pub(super) fn opening_value(&self, session: usize, instrument: u32, units: f64) -> Result<f64> {
        if session == self.out.first {
            return Ok(f64::NAN);
        }
        let at = instrument as usize;
        let opening = self.reference(session, at)?.opening;
        Ok((opening * self.input.panel.rate(session - 1, at)) * units)
    }

    pub(super) fn end_entry(&mut self, instrument: u32, session: usize) {
        if let Some((from, units)) = self.open_entries[instrument as usize]
            .take()
            .filter(|&(from, _)| from < session)
        {
            self.out.entries.push(Entry {
                instrument,
                from,
                to: session,
                units,
            });
        }
    }

    pub(super) fn close(mut self) -> Holdings {
        for &instrument in &self.held.clone() {
            self.end_entry(instrument, self.input.panel.sessions());
        }
        self.out
            .entries
            .sort_by_key(|entry| (entry.instrument, entry.from));
        let members = std::mem::take(&mut self.members);
        self.out.members = (0..)
            .zip(members)
            .filter_map(|(at, member)| Some((at, member?)))
            .collect();
        self.bring_to_last_day();
        self.out
    }

    /// Puts the counts of the final state on the basis of the last session, so that a continued run
    /// needs no older actions.
    pub(super) fn bring_to_last_day(&mut self) {
        let (effects, day) = (
            self.input.effects,
            self.input.panel.days[self.input.panel.sessions() - 1],
        );
        for (instrument, member) in &mut self.out.members {
            let Member::Shares(shares) = member else {
                continue;
            };
            let pending = shares.pending.iter_mut().map(|pending| &mut pending.count);
            for count in std::iter::once(&mut shares.base).chain(pending) {
                *count = Count {
                    shares: count.brought_to(day, *instrument as usize, effects),
                    basis: day,
                };
            }
        }
    }
}
