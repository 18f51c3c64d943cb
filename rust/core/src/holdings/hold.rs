//! The loop over sessions: what changes at each opening, and what the divisor must become.

use super::audit::{Cause, Correction, Event, Happening, Position};
use super::change::Changing;
use super::intents::{Change, Deletion, Intent, Scheme};
use super::member::{Member, Pending};
use super::shares::{Count, Register};
use crate::exact::nearest;
use crate::levels::chain::adjust_divisor;
use crate::panel::{Panel, iso_date};
use crate::reference::effects::{Effect, Effects};
use crate::{Error, Result};

/// How far a correction may move the level, relative (R50).
const CONTINUITY: f64 = 1e-12;

/// Everything Hold reads.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    /// Prices and rates.
    pub panel: Panel<'a>,
    /// Corporate actions.
    pub effects: &'a Effects,
    /// Share snapshots.
    pub register: &'a Register,
    /// Effective sessions, ascending.
    pub changes: &'a [Change],
    /// Intents, by session and instrument.
    pub intents: &'a [Intent],
    /// Deletions at a price, by session.
    pub deletions: &'a [Deletion],
    /// The scheme's share response.
    pub scheme: &'a Scheme,
}

/// Where the calculation starts.
#[derive(Clone, Debug)]
pub enum Start {
    /// At the base: the first change is the base basket.
    Base {
        /// The base session.
        session: usize,
        /// Divisor = value × this: 1 at the base date, base level / level at an anchor.
        divisor_per_value: f64,
    },
    /// After a session whose state is known.
    Resume {
        /// The session of the state.
        session: usize,
        /// Holdings after that session, by instrument.
        members: Vec<(u32, Member)>,
        /// Divisor in force.
        divisor: f64,
    },
}

/// Units of an instrument over a span of sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// First session.
    pub from: usize,
    /// One past the last session.
    pub to: usize,
    /// Units.
    pub units: f64,
}

/// Cash that goes ex on a session, in index currency.
#[derive(Clone, Copy, Debug)]
pub struct Distribution {
    /// The ex-session.
    pub session: usize,
    /// Before tax.
    pub gross: f64,
    /// After tax.
    pub net: f64,
}

/// What Hold hands on.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The session of the start.
    pub first: usize,
    /// Units, by instrument and first session.
    pub entries: Vec<Entry>,
    /// Divisor of every session; NaN before the first.
    pub divisors: Vec<f64>,
    /// Opening value of the price index where it is not the value of the close before.
    pub openings: Vec<(usize, f64)>,
    /// Cash that the total return reinvests.
    pub distributions: Vec<Distribution>,
    /// Divisor changes.
    pub corrections: Vec<Correction>,
    /// Holdings as they change.
    pub positions: Vec<Position>,
    /// What happened to whom.
    pub events: Vec<Event>,
    /// Holdings after the last session.
    pub members: Vec<(u32, Member)>,
}

impl Hold<'_> {
    /// Walks the sessions from the start to the end of the panel.
    ///
    /// # Errors
    ///
    /// [`Error::MissingData`] for a constituent without price, shares or free float,
    /// [`Error::Infeasible`] for caps that cannot be met, [`Error::InvalidInput`] for intents that
    /// do not fit, [`Error::Inconsistent`] for a correction that would move the level.
    pub fn run(&self, start: Start) -> Result<Holdings> {
        let mut book = Book::new(*self);
        match start {
            Start::Base {
                session,
                divisor_per_value,
            } => book.enter(session, divisor_per_value)?,
            Start::Resume {
                session,
                members,
                divisor,
            } => book.resume(session, members, divisor),
        }
        for session in book.out.first + 1..self.panel.sessions() {
            book.open(session)?;
        }
        Ok(book.close())
    }
}

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
    ex_dates: Vec<(usize, &'a Effect)>,
    divisor: f64,
    /// Start and units of the entry that is open for each instrument.
    open_entries: Vec<Option<(usize, f64)>>,
    /// Triggered share changes by session and instrument.
    due: Vec<(usize, u32)>,
}

impl<'a> Book<'a> {
    fn new(input: Hold<'a>) -> Self {
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

    /// Enters the base basket: weights, caps and shares at the base close.
    fn enter(&mut self, session: usize, divisor_per_value: f64) -> Result<()> {
        self.out.first = session;
        let input = self.input;
        let Some(change) = input
            .changes
            .first()
            .filter(|change| change.session == session)
        else {
            let date = iso_date(input.panel.days[session]);
            return Err(Error::invalid(
                "changes",
                date,
                "the base session must have a basket",
            ));
        };
        Changing {
            change,
            close: session,
            value: input.scheme.base_value,
        }
        .apply(self, &[])?;
        let value = self.value(session, |instrument| {
            input
                .panel
                .known_price(session, instrument, "for the base value")
        })?;
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::invalid(
                "base value",
                value,
                "must be more than zero",
            ));
        }
        self.divisor = value * divisor_per_value;
        self.settle(session, session, |book, instrument| {
            book.input.panel.price(session, instrument)
        });
        Ok(())
    }

    fn resume(&mut self, session: usize, members: Vec<(u32, Member)>, divisor: f64) {
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

    /// Opens a session: everything that is effective on it, in the order of same-day processing,
    /// then one correction of the divisor; after that the day's snapshots are judged.
    fn open(&mut self, session: usize) -> Result<()> {
        let input = self.input;
        let before = session - 1;
        let from = self.ex_dates.partition_point(|&(on, _)| on < session);
        let to = self.ex_dates.partition_point(|&(on, _)| on <= session);
        let effects: Vec<&Effect> = self.ex_dates[from..to]
            .iter()
            .map(|&(_, effect)| effect)
            .collect();
        let change = input
            .changes
            .binary_search_by_key(&session, |change| change.session)
            .ok()
            .map(|at| &input.changes[at]);
        let due = self.take_due(session);

        let mut causes = change.map_or(0, |change| change.causes);
        for effect in effects
            .iter()
            .filter(|effect| self.is_held(effect.instrument))
        {
            if input.scheme.scales && effect.moves_value() {
                causes |= Cause::ExRights.bit();
            }
            if !input.scheme.scales && effect.ex_rights {
                causes |= Cause::PriceWeighted.bit();
            }
        }
        if !due.is_empty() {
            causes |= Cause::ShareChange.bit();
        }
        let corrects = causes != 0;
        let value_before = if corrects {
            self.value(before, |instrument| {
                input.panel.known_price(before, instrument, "for the value")
            })?
        } else {
            f64::NAN
        };
        let inherited = match change {
            Some(change) => self.inherited_values(change)?,
            None => Vec::new(),
        };
        self.apply_effects(session, &effects)?;
        self.apply_due(session, &due)?;
        let rescaled = match change {
            Some(change) => Changing {
                change,
                close: before,
                value: value_before,
            }
            .apply(self, &inherited)?,
            None => 1.0,
        };
        if corrects {
            let value_after =
                self.value(before, |instrument| self.opening_price(session, instrument))?;
            let keeps_level = change.is_none_or(|change| change.keeps_level);
            let gap = (!keeps_level).then_some(rescaled);
            self.correct(session, value_before, value_after, causes, gap)?;
        }
        self.distribute(session, &effects)?;
        self.settle(session, before, |book, instrument| {
            book.opening_price(session, instrument).unwrap_or(f64::NAN)
        });
        self.judge(session);
        Ok(())
    }

    /// Whether an instrument is held.
    pub(super) fn is_held(&self, instrument: u32) -> bool {
        self.members[instrument as usize].is_some()
    }

    /// Sums price × rate × units over the holdings, in instrument order (design §1).
    fn value(&self, rates_of: usize, price: impl Fn(usize) -> Result<f64>) -> Result<f64> {
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

    /// Returns the opening price of the price index: the close before, or the reference price
    /// without the cash from an ex-date (R51, R52).
    fn opening_price(&self, session: usize, instrument: usize) -> Result<f64> {
        let close = self
            .input
            .panel
            .known_price(session - 1, instrument, "at the opening")?;
        self.effects_on(session, instrument)
            .iter()
            .try_fold(close, |price, effect| effect.opening_price(price))
    }

    /// Returns the effects of an instrument that fall on a session.
    pub(super) fn effects_on(&self, session: usize, instrument: usize) -> &'a [Effect] {
        let days = self.input.panel.days;
        self.input
            .effects
            .between(instrument, days[session - 1], days[session])
    }

    fn apply_effects(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
        for effect in effects {
            let at = effect.instrument as usize;
            let Some(member) = &mut self.members[at] else {
                continue;
            };
            if effect.ex_rights && self.input.scheme.scales {
                member.scale(effect.factor());
                self.touched.push(effect.instrument);
            }
            let close = self.input.panel.price(session - 1, at);
            let after = effect.full_price(close)?;
            self.note(
                session,
                Some(effect.instrument),
                Happening::ExDate,
                close,
                after,
            );
        }
        Ok(())
    }

    fn take_due(&mut self, session: usize) -> Vec<u32> {
        let members = &self.members;
        let mut due: Vec<u32> = self
            .due
            .iter()
            .filter(|&&(on, instrument)| on == session && members[instrument as usize].is_some())
            .map(|&(_, instrument)| instrument)
            .collect();
        self.due.retain(|&(on, _)| on > session);
        due.sort_unstable();
        due.dedup();
        due
    }

    /// Applies triggered share changes (R57); of two due on one session the later one stands.
    fn apply_due(&mut self, session: usize, due: &[u32]) -> Result<()> {
        let input = self.input;
        let day = input.panel.days[session];
        for &instrument in due {
            let Some(Member::Shares(shares)) = &mut self.members[instrument as usize] else {
                continue;
            };
            let latest = shares
                .pending
                .iter()
                .filter(|pending| pending.session == session)
                .max_by_key(|pending| pending.snapshot.effective)
                .cloned();
            shares.pending.retain(|pending| pending.session > session);
            let Some(Pending {
                snapshot, count, ..
            }) = latest
            else {
                continue;
            };
            let before = shares.total;
            shares.total = nearest(&count.brought_to(day, instrument as usize, input.effects));
            if let Some(band) = input.register.band(&snapshot, day)? {
                shares.inclusion_factor = band;
            }
            let after = shares.total;
            self.touched.push(instrument);
            self.note(
                session,
                Some(instrument),
                Happening::ShareChangeApplied,
                before,
                after,
            );
        }
        Ok(())
    }

    /// Records one correction of the divisor (R50); `gap` holds the rescaling of the factors where
    /// the change does not keep the level.
    fn correct(
        &mut self,
        session: usize,
        value_before: f64,
        value_after: f64,
        causes: u32,
        gap: Option<f64>,
    ) -> Result<()> {
        let before = self.divisor;
        let (after, opening) = match gap {
            None => (
                adjust_divisor(before, value_before, value_after)?,
                value_after,
            ),
            Some(rescaled) => (before / rescaled, value_before / rescaled),
        };
        let drift = ((opening / after) / (value_before / before) - 1.0).abs();
        if drift > CONTINUITY || drift.is_nan() {
            return Err(Error::Inconsistent(format!(
                "{}: the divisor change from {before} to {after} would move the level by {drift:e}",
                iso_date(self.input.panel.days[session])
            )));
        }
        self.divisor = after;
        self.out.openings.push((session, opening));
        self.out.corrections.push(Correction {
            session,
            before,
            after,
            value_before,
            value_after,
            causes,
        });
        Ok(())
    }

    /// Sums the cash that goes ex (R48): units × (opening price − full reference price) × rate.
    fn distribute(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
        let panel = &self.input.panel;
        let (mut gross, mut net) = (0.0, 0.0);
        for effect in effects {
            let at = effect.instrument as usize;
            let Some(member) = &self.members[at] else {
                continue;
            };
            let close = panel.price(session - 1, at);
            let opening = effect.opening_price(close)?;
            let units = member.units();
            let rate = panel.rate(session - 1, at);
            gross += ((opening - effect.full_price(close)?) * rate) * units;
            net += ((opening - effect.net_price(close)?) * rate) * units;
        }
        if gross != 0.0 || net != 0.0 {
            self.out.distributions.push(Distribution {
                session,
                gross,
                net,
            });
        }
        Ok(())
    }

    /// Closes the entries of the holdings that changed, opens the new ones, and records them.
    fn settle(&mut self, session: usize, rates_of: usize, price: impl Fn(&Self, usize) -> f64) {
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

    /// Judges the day's snapshots against what the index counts (R53, R54).
    fn judge(&mut self, session: usize) {
        let input = self.input;
        let day = input.panel.days[session];
        for snapshot in input.register.judged_on(session) {
            let instrument = snapshot.instrument;
            let at = instrument as usize;
            let Some(Member::Shares(shares)) = &mut self.members[at] else {
                continue;
            };
            let count = snapshot.count();
            let now = count.brought_to(day, at, input.effects);
            let base = shares.base.brought_to(day, at, input.effects);
            let happening = if snapshot.effective < shares.judged {
                Happening::SnapshotPassedOver
            } else if input.register.triggers(&base, &now) {
                let due = input
                    .panel
                    .session_on_or_after(snapshot.due)
                    .max(session + 1);
                shares.judged = snapshot.effective;
                shares.base = count.clone();
                shares.pending.push(Pending {
                    session: due,
                    snapshot: snapshot.clone(),
                    count,
                });
                self.due.push((due, instrument));
                Happening::ShareChangeTriggered
            } else {
                shares.judged = snapshot.effective;
                Happening::ShareChangeDeferred
            };
            self.note(
                session,
                Some(instrument),
                happening,
                nearest(&base),
                nearest(&now),
            );
        }
    }

    pub(super) fn note(
        &mut self,
        session: usize,
        instrument: Option<u32>,
        happening: Happening,
        before: f64,
        after: f64,
    ) {
        self.out.events.push(Event {
            session,
            instrument,
            happening,
            before,
            after,
        });
    }

    fn end_entry(&mut self, instrument: u32, session: usize) {
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

    fn close(mut self) -> Holdings {
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
    fn bring_to_last_day(&mut self) {
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
