//! The book of one index: what it holds while the sessions go by, and what goes into the trail.

use super::audit::{Event, Happening, Position};
use super::common::Common;
use super::count::Count;
use super::hold::{Divisor, Hold, Holdings, Step, Trail};
use super::member::{Base, Member};
use crate::Result;

/// Room for the holdings of one index after another: cells for every instrument of a panel.
#[derive(Debug, Default)]
pub struct Shelf {
    members: Vec<Option<Member>>,
    flags: Vec<bool>,
    settled: Vec<f64>,
}

impl Shelf {
    /// Makes room for a panel, with nothing held.
    fn clear(&mut self, instruments: usize) {
        self.members.resize(instruments, None);
        self.flags.resize(instruments, false);
        self.settled.resize(instruments, f64::NAN);
        self.flags.fill(false);
        self.settled.fill(f64::NAN);
        for member in &mut self.members {
            *member = None;
        }
    }
}

/// The state of one index on its way through the sessions.
pub(super) struct Book<'a> {
    pub(super) input: Hold<'a>,
    pub(super) common: &'a Common<'a>,
    pub(super) members: Vec<Option<Member>>,
    pub(super) out: Holdings,
    /// Instruments whose holding changes at this opening.
    pub(super) touched: Vec<u32>,
    /// Triggered share changes by session and instrument.
    pub(super) due: Vec<(usize, u32)>,
    /// Which instruments are held.
    flags: Vec<bool>,
    /// Units as last taken down; NaN where an instrument was not held.
    pub(super) settled: Vec<f64>,
    /// What goes ex at this opening of what is held.
    pub(super) going: Vec<usize>,
    /// Snapshots judged at this close of what is held.
    pub(super) judged: Vec<u32>,
    /// Changes that have been applied.
    pub(super) applied: usize,
    trail: Trail,
}

impl<'a> Book<'a> {
    pub(super) fn new(
        input: Hold<'a>,
        common: &'a Common<'a>,
        trail: Trail,
        room: &mut Shelf,
    ) -> Self {
        room.clear(common.panel.instruments.len());
        let Shelf {
            members,
            flags,
            settled,
        } = std::mem::take(room);
        Self {
            members,
            flags,
            settled,
            out: Holdings::from(0),
            touched: Vec::new(),
            going: Vec::new(),
            judged: Vec::new(),
            applied: 0,
            due: Vec::new(),
            input,
            common,
            trail,
        }
    }

    pub(super) fn resume(&mut self, session: usize, members: Vec<(u32, Member)>, divisor: f64) {
        self.out = Holdings::from(session);
        self.out.divisor = Divisor::Known(divisor);
        for (instrument, mut member) in members {
            if let Member::Shares(shares) = &mut member {
                for pending in &mut shares.pending {
                    let due = self.common.panel.session_on_or_after(pending.snapshot.due);
                    pending.session = due.max(session + 1);
                    self.due.push((pending.session, instrument));
                }
            }
            self.hold(instrument, member);
        }
        self.step(session);
        self.touched.clear();
    }

    /// Whether the trail is kept.
    pub(super) fn keeps_trail(&self) -> bool {
        self.trail == Trail::Kept
    }

    /// Puts a holding in place; returns what was held before.
    pub(super) fn hold(&mut self, instrument: u32, member: Member) -> Option<Member> {
        self.touched.push(instrument);
        self.flags[instrument as usize] = true;
        self.members[instrument as usize].replace(member)
    }

    /// Takes a holding out, and returns it.
    pub(super) fn release(&mut self, instrument: u32) -> Option<Member> {
        self.flags[instrument as usize] = false;
        let member = self.members[instrument as usize].take()?;
        self.touched.push(instrument);
        Some(member)
    }

    /// Whether an instrument is held.
    pub(super) fn is_held(&self, instrument: u32) -> bool {
        self.flags[instrument as usize]
    }

    /// Returns the instruments held, ascending: the order of every sum.
    pub(super) fn held(&self) -> impl Iterator<Item = u32> + use<'_, 'a> {
        let members = (0..).zip(&self.members);
        members.filter_map(|(at, member)| member.as_ref().map(|_| at))
    }

    /// Sums price × rate × units over the holdings, in instrument order (design §1).
    pub(super) fn value(
        &self,
        rates_of: usize,
        price: impl Fn(usize) -> Result<f64>,
    ) -> Result<f64> {
        let mut value = 0.0;
        for (at, member) in self.members.iter().enumerate() {
            if let Some(member) = member {
                value += (price(at)? * self.common.panel.rate(rates_of, at)) * member.units();
            }
        }
        Ok(value)
    }

    /// Returns the value of the index at a close.
    pub(super) fn closing_value(&self, session: usize) -> Result<f64> {
        let panel = &self.common.panel;
        self.value(session, |at| {
            panel.known_price(session, at, "for the value")
        })
    }

    /// Returns what the holdings gain at an opening: the changed ones at their reference prices less
    /// what they were worth at the close before, in instrument order.
    ///
    /// `ex` are those that go ex: where their units stay, their prices change all the same.
    pub(super) fn gain(&self, session: usize, ex: impl Iterator<Item = u32>) -> Result<f64> {
        let mut moved: Vec<u32> = self.touched.iter().copied().chain(ex).collect();
        order(&mut moved);
        let mut ex = self.common.ex_on(session).peekable();
        let mut gain = 0.0;
        for instrument in moved {
            let at = instrument as usize;
            let of = |number: &usize| self.common.ex(*number).instrument;
            while ex.next_if(|number| of(number) < instrument).is_some() {}
            let own = ex.next_if(|number| of(number) == instrument);
            let (before, opening) = self.common.worth(session, at, own);
            if let Some(member) = &self.members[at] {
                if opening.is_nan() {
                    self.common.reference(session, at)?;
                }
                gain += opening * member.units();
            }
            if !self.settled[at].is_nan() {
                gain -= before * self.settled[at];
            }
        }
        Ok(gain)
    }

    /// Takes down the units of the holdings that changed.
    fn step(&mut self, session: usize) {
        order(&mut self.touched);
        for &instrument in &self.touched {
            let at = instrument as usize;
            let units = self.members[at].as_ref().map_or(f64::NAN, Member::units);
            if units.to_bits() != self.settled[at].to_bits() {
                self.out.steps.push(Step {
                    session: session as u32,
                    instrument,
                    units,
                });
                self.settled[at] = units;
            }
        }
    }

    /// Takes down the holdings that changed: their units, and where they stand.
    pub(super) fn settle(
        &mut self,
        session: usize,
        rates_of: usize,
        price: impl Fn(&Self, usize) -> f64,
    ) {
        self.step(session);
        if self.keeps_trail() {
            let touched = std::mem::take(&mut self.touched);
            for &instrument in &touched {
                let at = instrument as usize;
                let shares = match &self.members[at] {
                    Some(Member::Shares(shares)) => (shares.total, shares.inclusion_factor),
                    _ => (f64::NAN, f64::NAN),
                };
                let member = self.members[at].as_ref();
                self.out.positions.push(Position {
                    session,
                    instrument,
                    total: shares.0,
                    inclusion_factor: shares.1,
                    adjusted_shares: member.map_or(0.0, Member::adjusted_shares),
                    weight_factor: member.map_or(f64::NAN, Member::weight_factor),
                    price: price(self, at),
                    fx: self.common.panel.rate(rates_of, at),
                });
            }
            self.touched = touched;
        }
        self.touched.clear();
    }

    /// Notes what happened and, as `value_effect` works out, what it did to the value.
    pub(super) fn note(
        &mut self,
        session: usize,
        instrument: Option<u32>,
        happening: Happening,
        (before, after): (f64, f64),
        value_effect: impl FnOnce(&Self) -> Result<f64>,
    ) -> Result<()> {
        if self.keeps_trail() {
            let value_effect = value_effect(self)?;
            self.out.events.push(Event {
                session,
                instrument,
                happening,
                before,
                after,
                value_effect,
            });
        }
        Ok(())
    }

    /// Returns the value of some units at the opening of a session: reference price × rate of the
    /// close before × units. NaN on the first session, which nothing changes.
    pub(super) fn opening_value(&self, session: usize, instrument: u32, units: f64) -> Result<f64> {
        if session == self.out.first {
            return Ok(f64::NAN);
        }
        let at = instrument as usize;
        let opening = self.common.reference(session, at)?.opening;
        Ok((opening * self.common.panel.rate(session - 1, at)) * units)
    }

    /// Ends the walk, and gives the shelf back.
    pub(super) fn close(mut self, room: &mut Shelf) -> Holdings {
        if self.keeps_trail() {
            self.out.members = (0..)
                .zip(&mut self.members)
                .filter_map(|(at, member)| Some((at, member.take()?)))
                .collect();
            self.bring_to_last_day();
        }
        *room = Shelf {
            members: self.members,
            flags: self.flags,
            settled: self.settled,
        };
        self.out
    }

    /// Puts the counts of the final state on the basis of the last session, so that a continued run
    /// needs no older actions.
    fn bring_to_last_day(&mut self) {
        let common = self.common;
        let day = common.panel.days[common.panel.sessions() - 1];
        for (instrument, member) in &mut self.out.members {
            let Member::Shares(shares) = member else {
                continue;
            };
            let brought = |count: &Count| Count {
                shares: count.brought_to(day, *instrument as usize, common.effects),
                basis: day,
            };
            let base = brought(&shares.base.count(common.register));
            shares.base = Base::Count(Box::new(base));
            for pending in &mut shares.pending {
                let count = brought(&pending.count.count(common.register));
                pending.count = Base::Count(Box::new(count));
            }
        }
    }
}

/// Puts instruments in the order of the sums, each once.
fn order(instruments: &mut Vec<u32>) {
    if !instruments.is_sorted() {
        // Joiners and leavers come as runs, which a stable sort merges.
        instruments.sort_by_key(|&instrument| instrument);
    }
    instruments.dedup();
}
