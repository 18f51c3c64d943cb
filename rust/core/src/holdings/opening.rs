//! One opening: everything that is effective on a session, in the order of same-day processing, then
//! one correction of the divisor (R50).

use super::audit::{Cause, Correction, Happening};
use super::book::Book;
use super::change::Changing;
use super::common::Ex;
use super::hold::{Distribution, Divisor, ExDate, Holdings};
use super::intents::{Change, Verb};
use crate::panel::iso_date;
use crate::{Error, Result};

impl Book<'_> {
    /// Enters the base basket: weights, caps and shares at the base close.
    pub(super) fn enter(&mut self, session: usize, divisor_per_value: f64) -> Result<()> {
        self.out = Holdings::from(session);
        self.out.divisor = Divisor::PerValue(divisor_per_value);
        let (input, panel) = (self.input, self.common.panel);
        let Some(change) = input
            .changes
            .first()
            .filter(|change| change.session == session)
        else {
            let date = iso_date(panel.days[session]);
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
            panel.known_price(session, instrument, "for the base value")
        })?;
        if !(value > 0.0 && value.is_finite()) {
            return Err(Error::invalid(
                "base value",
                value,
                "must be more than zero",
            ));
        }
        self.settle(session, session, |book, instrument| {
            book.common.panel.price(session, instrument)
        });
        Ok(())
    }

    /// Opens a session: everything that is effective on it, in the order of same-day processing,
    /// then one correction of the divisor; after that the day's snapshots are judged.
    pub(super) fn open(&mut self, session: usize) -> Result<()> {
        let changes = self.input.changes;
        let is_past = |change: &Change| change.session < session;
        while changes.get(self.applied).is_some_and(is_past) {
            self.applied += 1;
        }
        let next = changes.get(self.applied);
        let change = next.filter(|change| change.session == session);
        if change.is_some() || !self.common.ex_on(session).is_empty() || !self.due.is_empty() {
            self.open_on(session, change)?;
        }
        self.judge(session)
    }

    fn open_on(&mut self, session: usize, change: Option<&Change>) -> Result<()> {
        let common = self.common;
        let leavers = change.map_or(Vec::new(), |_| self.leavers(session));
        let stays = |instrument: &u32| !leavers.contains(instrument);
        let mut going = std::mem::take(&mut self.going);
        going.clear();
        going.extend(common.ex_among(session, |at| self.is_held(at) && stays(&at)));
        let mut due = self.take_due(session);
        due.retain(stays);
        if change.is_none() && going.is_empty() && due.is_empty() {
            self.going = going;
            return Ok(());
        }
        let causes = self.causes(change, &going, !due.is_empty());
        // Old holdings at the close before: what weights divide up, and what joiners inherit.
        let weighs = |change: &Change| {
            let intents = self.intents_on(change.session).iter();
            intents
                .into_iter()
                .any(|intent| intent.verb == Verb::Weight)
        };
        let value = if change.is_some_and(weighs) {
            self.closing_value(session - 1)?
        } else {
            f64::NAN
        };
        let inherited = change.map_or(Ok(Vec::new()), |change| self.inherited_values(change))?;
        self.apply_effects(session, &going)?;
        self.apply_due(session, &due)?;
        let rescaled = match change {
            Some(change) => Changing {
                change,
                close: session - 1,
                value,
            }
            .apply(self, &inherited)?,
            None => 1.0,
        };

        // New holdings at their opening prices, and one correction for everything.
        if causes != 0 {
            let ex = going.iter().map(|&number| common.ex(number));
            let moved = ex.filter(|ex| ex.ex_rights).map(|ex| ex.instrument);
            let gain = self.gain(session, moved)?;
            self.out.corrections.push(Correction {
                session,
                gain,
                causes,
                gap: change
                    .filter(|change| !change.keeps_level)
                    .map(|_| rescaled),
            });
        }
        self.settle(session, session - 1, |book, instrument| {
            let reference = book.common.reference(session, instrument);
            reference.map_or(f64::NAN, |reference| reference.opening)
        });
        if change.is_some() {
            // Who joins goes ex that morning too.
            going.clear();
            going.extend(common.ex_among(session, |at| self.is_held(at) && stays(&at)));
        }
        self.distribute(session, &going)?;
        self.going = going;
        Ok(())
    }

    /// Returns who leaves at the opening: nothing that goes ex on that session concerns them.
    fn leavers(&self, session: usize) -> Vec<u32> {
        let intents = self.intents_on(session).iter();
        let drops = intents.filter(|intent| intent.verb == Verb::Drop);
        drops.map(|intent| intent.instrument).collect()
    }

    /// Returns why the divisor must be corrected; 0 when nothing moves the value.
    fn causes(&self, change: Option<&Change>, going: &[usize], share_change: bool) -> u32 {
        let scales = self.input.scheme.scales;
        let mut causes = change.map_or(0, |change| change.causes);
        for &number in going {
            causes |= self.common.ex(number).causes(scales);
        }
        if share_change {
            causes | Cause::ShareChange.bit()
        } else {
            causes
        }
    }

    pub(super) fn apply_effects(&mut self, session: usize, going: &[usize]) -> Result<()> {
        let common = self.common;
        for &number in going {
            let ex = common.ex(number);
            if ex.ex_rights && self.input.scheme.scales {
                if let Some(member) = &mut self.members[ex.instrument as usize] {
                    for effect in common.effects_of(number) {
                        if effect.is_ex_rights() {
                            member.scale(effect.factor());
                        }
                    }
                }
                self.touched.push(ex.instrument);
            }
            if self.keeps_trail() {
                self.note_ex_date(session, ex)?;
            }
        }
        Ok(())
    }

    /// Records the ex-date of an instrument; only money paid in, a price rounded to a tick, or units
    /// that stay as they are change what the holding is worth (R51, R52).
    fn note_ex_date(&mut self, session: usize, ex: &Ex) -> Result<()> {
        let (before, at) = (session - 1, ex.instrument as usize);
        let Some(member) = &self.members[at] else {
            return Ok(());
        };
        let (panel, scales) = (&self.common.panel, self.input.scheme.scales);
        let close = panel.price(before, at);
        let reference = self.common.reference(session, at)?;
        let value_effect = if ex.ex_rights && (ex.moves_value || !scales) {
            let grown = if scales {
                self.common.grown(session, at)
            } else {
                1.0
            };
            let units = member.units();
            (reference.opening * units - close * (units / grown)) * panel.rate(before, at)
        } else {
            f64::NAN
        };
        let happening = if ex.ex_rights {
            Happening::ExRights
        } else {
            Happening::ExDividend
        };
        let figures = (close, reference.full);
        self.note(session, Some(ex.instrument), happening, figures, |_| {
            Ok(value_effect)
        })
    }

    /// Records what goes ex, and sums its cash (R48): units × (opening price − full reference price) × rate.
    fn distribute(&mut self, session: usize, held: &[usize]) -> Result<()> {
        let (mut gross, mut net) = (0.0, 0.0);
        for &number in held {
            let ex = self.common.ex(number);
            let at = ex.instrument as usize;
            if self.keeps_trail() || ex.net.is_nan() {
                // Without a reference its error says what is missing.
                let reference = self.common.reference(session, at)?;
                self.out.ex_dates.push(ExDate {
                    session,
                    instrument: ex.instrument,
                    reference,
                });
            }
            gross += ex.gross * self.settled[at];
            net += ex.net * self.settled[at];
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
}
