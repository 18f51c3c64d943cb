//! One effective session: intents become holdings (same-day steps 6 and 7).

use super::audit::Happening;
use super::book::Book;
use super::common::{Common, Fresh};
use super::intents::{Change, Intent, Verb};
use super::member::{Base, Member, Shares};
use super::special::{decide, spin_off};
use crate::capping::{cap, weight_factors};
use crate::panel::iso_date;
use crate::{Error, Result};

/// A change being applied.
pub(super) struct Changing<'a> {
    /// The change.
    pub(super) change: &'a Change,
    /// The adjustment close: the session before, or the base itself.
    pub(super) close: usize,
    /// Value of the index at that close, which weights divide up.
    pub(super) value: f64,
}

impl Book<'_> {
    /// Returns the closing values that joiners inherit (R32), before anything of the day happens.
    pub(super) fn inherited_values(&self, change: &Change) -> Result<Vec<(u32, f64, f64)>> {
        self.intents_on(change.session)
            .iter()
            .filter(|intent| intent.verb == Verb::Inherit)
            .map(|intent| self.inherited_value(change, intent))
            .collect()
    }

    /// Returns (joiner, value of the leaver per weight factor, factor) of one inheritance.
    fn inherited_value(&self, change: &Change, intent: &Intent) -> Result<(u32, f64, f64)> {
        let panel = &self.common.panel;
        let close = change.session - 1;
        let at = intent.related as usize;
        let Some(leaver) = &self.members[at] else {
            let joiner = &panel.instruments[intent.instrument as usize];
            let place = format!("{} {joiner} replaces", iso_date(panel.days[change.session]));
            return Err(Error::invalid(
                place,
                &panel.instruments[at],
                "must be a constituent that leaves",
            ));
        };
        let deletion = self
            .input
            .deletions
            .iter()
            .find(|row| row.session == change.session && row.instrument == intent.related);
        let price = match deletion {
            Some(deletion) if change.inherit_real_close => deletion.close,
            _ => panel.known_price(close, at, "for the weight to inherit")?,
        };
        let value = price * leaver.adjusted_shares() * panel.rate(close, at);
        Ok((intent.instrument, value, leaver.weight_factor()))
    }

    /// Returns the intents of a session.
    pub(super) fn intents_on(&self, session: usize) -> &[Intent] {
        let intents = self.input.intents;
        let from = intents.partition_point(|intent| intent.session < session);
        let to = intents.partition_point(|intent| intent.session <= session);
        &intents[from..to]
    }

    /// Puts a holding in place and keeps the order of the sums.
    fn put(&mut self, session: usize, instrument: u32, member: Member) -> Result<()> {
        if !self.keeps_trail() {
            self.hold(instrument, member);
            return Ok(());
        }
        let units = member.units();
        let now = match &member {
            Member::Shares(shares) => Some((shares.adjusted(), shares.weight_factor)),
            Member::Units(_) => None,
        };
        let Some(replaced) = self.hold(instrument, member) else {
            return self.note_units(
                session,
                instrument,
                Happening::Joined,
                (f64::NAN, units),
                units,
            );
        };
        let (Member::Shares(old), Some((adjusted, factor))) = (&replaced, now) else {
            let before = replaced.units();
            let figures = (before, units);
            return self.note_units(
                session,
                instrument,
                Happening::Reweighted,
                figures,
                units - before,
            );
        };
        let (before, factors) = (old.adjusted(), (old.weight_factor, factor));
        let more = (adjusted - before) * old.weight_factor;
        self.note_units(
            session,
            instrument,
            Happening::Renewed,
            (before, adjusted),
            more,
        )?;
        let more = adjusted * (factors.1 - factors.0);
        self.note_units(session, instrument, Happening::Reweighted, factors, more)
    }

    /// Records what changed the units of a holding by some more; nothing, where they stay.
    fn note_units(
        &mut self,
        session: usize,
        instrument: u32,
        happening: Happening,
        figures: (f64, f64),
        more: f64,
    ) -> Result<()> {
        if more == 0.0 {
            return Ok(());
        }
        self.note(session, Some(instrument), happening, figures, |book| {
            book.opening_value(session, instrument, more)
        })
    }

    /// Takes a holding out, at the close before: nothing that goes ex that morning concerns it.
    fn remove(&mut self, session: usize, instrument: u32) -> Result<()> {
        let Some(member) = self.release(instrument) else {
            return Ok(());
        };
        let (units, at) = (member.units(), instrument as usize);
        let figures = (units, f64::NAN);
        self.note(
            session,
            Some(instrument),
            Happening::Left,
            figures,
            |book| {
                let panel = &book.common.panel;
                let unit_value = panel.price(session - 1, at) * panel.rate(session - 1, at);
                Ok(-(unit_value * units))
            },
        )
    }
}

impl Changing<'_> {
    /// Applies the intents; returns what all factors were divided by (1 when they were not).
    pub(super) fn apply(&self, book: &mut Book<'_>, inherited: &[(u32, f64, f64)]) -> Result<f64> {
        let session = self.change.session;
        let intents = book.intents_on(session).to_vec();
        for intent in intents.iter().filter(|intent| intent.verb == Verb::Drop) {
            book.remove(session, intent.instrument)?;
        }
        let renewed: Vec<&Intent> = intents
            .iter()
            .filter(|intent| intent.verb == Verb::Factor)
            .collect();
        self.renew(book, &renewed)?;
        for intent in &intents {
            let units = match intent.verb {
                Verb::Units => intent.value,
                Verb::Weight => self.weighted_units(book, intent)?,
                Verb::SpinOff => {
                    spin_off(book, session, intent)?;
                    continue;
                }
                Verb::Shares | Verb::Reweigh => {
                    decide(book, session, intent)?;
                    continue;
                }
                Verb::Factor | Verb::Inherit | Verb::Drop => continue,
            };
            book.put(session, intent.instrument, Member::Units(units))?;
        }
        for &(joiner, value, factor) in inherited {
            self.inherit(book, joiner, value, factor)?;
        }
        self.rescale(book, inherited)
    }

    /// Renews shares, bands and factors (R38, R54).
    fn renew(&self, book: &mut Book<'_>, intents: &[&Intent]) -> Result<()> {
        let mut renewed = Vec::with_capacity(intents.len());
        let mut values = Vec::with_capacity(intents.len());
        for intent in intents {
            let at = intent.instrument as usize;
            let (fresh, shares) = self.fresh_shares(book, at, intent.value)?;
            if self.change.caps.is_some() {
                values.push(self.capping_value(book.common, &fresh, &shares, at)?);
            }
            renewed.push((intent.instrument, shares));
        }
        if let Some(caps) = self.change.caps.map(|at| &book.input.scheme.caps[at]) {
            // Instruments stand in the order of their ids, so ties go by code.
            let weights = cap(&values, None, caps).map_err(|error| self.dated(book, error))?;
            let factors =
                weight_factors(&values, &weights).map_err(|error| self.dated(book, error))?;
            for ((_, shares), factor) in renewed.iter_mut().zip(factors) {
                shares.weight_factor = factor;
            }
        }
        for (instrument, shares) in renewed {
            book.put(self.change.session, instrument, Member::Shares(shares))?;
        }
        Ok(())
    }

    /// Returns what a renewed name counts when weights are capped: its value at the close of the weighting
    /// session, with the new shares on the basis of that session.
    pub(super) fn capping_value(
        &self,
        common: &Common<'_>,
        fresh: &Fresh,
        shares: &Shares,
        at: usize,
    ) -> Result<f64> {
        let session = self.change.weighting_session;
        let price = common
            .panel
            .known_price(session, at, "for the capping value")?;
        let total = common.weighed(self.change.session, self.close, session, fresh);
        let adjusted = total * shares.inclusion_factor;
        Ok((price * common.panel.rate(session, at)) * adjusted)
    }

    /// Returns the share state of a name that enters or is renewed: the latest snapshot known at
    /// the adjustment close, brought to the effective session.
    pub(super) fn fresh_shares(
        &self,
        book: &Book<'_>,
        at: usize,
        weight_factor: f64,
    ) -> Result<(Fresh, Shares)> {
        let (common, register) = (book.common, book.common.register);
        let (close, today) = (
            common.panel.days[self.close],
            common.panel.days[self.change.session],
        );
        let name = &common.panel.instruments[at];
        let fresh = common.fresh(self.change.session, self.close, at)?;
        let fresh = fresh.ok_or_else(|| {
            let first = register.first_listing(at);
            let known = first.map_or("it has none".to_owned(), |listing| {
                format!("its first row counts from {}", iso_date(listing))
            });
            Error::MissingData(format!(
                "shares of {name}: must have a row in effect by {}, the adjustment close, but \
                     {known}; add one, or let the security join later",
                iso_date(close)
            ))
        })?;
        let inclusion_factor = match &book.members[at] {
            _ if !fresh.band.is_nan() => fresh.band,
            Some(Member::Shares(shares)) => shares.inclusion_factor,
            _ => register
                .entry_band(fresh.snapshot, close, today)?
                .ok_or_else(|| {
                    Error::MissingData(format!(
                        "shares free_float of {name}: must be stated by a row in effect by {}, the \
                         adjustment close; add it, or give the table holders",
                        iso_date(close)
                    ))
                })?,
        };
        let shares = Shares {
            total: fresh.total,
            inclusion_factor,
            weight_factor,
            base: Base::Snapshot(fresh.snapshot),
            judged: register.row(fresh.snapshot).effective,
            pending: Vec::new(),
        };
        Ok((fresh, shares))
    }

    /// Returns the units of a weight at the weighting session, scaled by the ex-dates since.
    fn weighted_units(&self, book: &Book<'_>, intent: &Intent) -> Result<f64> {
        let panel = book.common.panel;
        let at = intent.instrument as usize;
        let weighting = self.change.weighting_session;
        let price = panel.known_price(weighting, at, "for the weight")?;
        let units = intent.value * self.value / (price * panel.rate(weighting, at));
        let since = panel.days[weighting];
        let effects = book
            .common
            .effects
            .between(at, since, panel.days[self.change.session]);
        Ok(effects
            .iter()
            .fold(units, |units, effect| units * effect.factor()))
    }

    /// Gives a joiner the leaver's closing weight (R32).
    fn inherit(&self, book: &mut Book<'_>, joiner: u32, value: f64, factor: f64) -> Result<()> {
        let panel = book.common.panel;
        let at = joiner as usize;
        let unit_value = panel.known_price(self.close, at, "for the joiner's value")?
            * panel.rate(self.close, at);
        let session = self.change.session;
        let (member, inherited) = if book.input.scheme.of_shares {
            let (fresh, shares) = self.fresh_shares(book, at, 1.0)?;
            let total = book.common.total(fresh.snapshot, self.close);
            let weight_factor = factor * value / (unit_value * (total * shares.inclusion_factor));
            if !(weight_factor > 0.0 && weight_factor.is_finite()) {
                let place = format!(
                    "{} {} weight_factor",
                    iso_date(panel.days[session]),
                    panel.instruments[at]
                );
                return Err(Error::invalid(
                    place,
                    weight_factor,
                    "an inherited factor must be more than zero (R32)",
                ));
            }
            (
                Member::Shares(Shares {
                    weight_factor,
                    ..shares
                }),
                weight_factor,
            )
        } else {
            let units = value / unit_value;
            let units = units * book.common.grown(session, at);
            (Member::Units(units), units)
        };
        book.put(session, joiner, member)?;
        let figures = (f64::NAN, inherited);
        book.note(
            session,
            Some(joiner),
            Happening::WeightInherited,
            figures,
            |_| Ok(f64::NAN),
        )
    }

    /// Divides all factors by the largest where an inherited one exceeds 1 (R32); never clamps one.
    fn rescale(&self, book: &mut Book<'_>, inherited: &[(u32, f64, f64)]) -> Result<f64> {
        let largest = inherited
            .iter()
            .filter_map(|&(joiner, ..)| match &book.members[joiner as usize] {
                Some(Member::Shares(shares)) => Some(shares.weight_factor),
                _ => None,
            })
            .fold(1.0, f64::max);
        if largest > 1.0 {
            let session = self.change.session;
            let common = book.common;
            let value = book.value(session - 1, |at| Ok(common.reference(session, at)?.opening))?;
            let held: Vec<u32> = book.held().collect();
            for &instrument in &held {
                if let Some(Member::Shares(shares)) = &mut book.members[instrument as usize] {
                    shares.weight_factor /= largest;
                }
            }
            book.touched.extend(held);
            let effect = value * (1.0 / largest - 1.0);
            let figures = (largest, 1.0);
            book.note(session, None, Happening::FactorsRescaled, figures, |_| {
                Ok(effect)
            })?;
        }
        Ok(largest)
    }

    /// Puts the session in front of a message of the capping rule.
    fn dated(&self, book: &Book<'_>, error: Error) -> Error {
        let panel = &book.common.panel;
        let (session, capping) = (self.change.session, self.change.weighting_session);
        let place = format!(
            "basket effective {} (values of {})",
            iso_date(panel.days[session]),
            iso_date(panel.days[capping])
        );
        match error {
            Error::Infeasible(message) => Error::Infeasible(format!("{place}: {message}")),
            other => other,
        }
    }
}
