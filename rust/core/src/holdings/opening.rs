//! One opening: everything that is effective on a session, in the order of same-day processing, then
//! one correction of the divisor (R50).

use super::audit::{Cause, Correction, Happening};
use super::book::Book;
use super::change::Changing;
use super::hold::{Distribution, ExDate};
use super::intents::{Change, Verb};
use super::member::Member;
use crate::levels::chain::adjust_divisor;
use crate::panel::iso_date;
use crate::reference::effects::Effect;
use crate::{Error, Result};

/// How far a correction may move the level, relative (R50).
const CONTINUITY: f64 = 1e-12;

impl<'a> Book<'a> {
    /// Enters the base basket: weights, caps and shares at the base close.
    pub(super) fn enter(&mut self, session: usize, divisor_per_value: f64) -> Result<()> {
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

    /// Opens a session: everything that is effective on it, in the order of same-day processing,
    /// then one correction of the divisor; after that the day's snapshots are judged.
    pub(super) fn open(&mut self, session: usize) -> Result<()> {
        let input = self.input;
        let before = session - 1;
        let leavers = self.leavers(session);
        let mut effects = self.effects_of(session);
        effects.retain(|effect| !leavers.contains(&effect.instrument));
        let at = input
            .changes
            .binary_search_by_key(&session, |change| change.session);
        let change = at.ok().map(|at| &input.changes[at]);
        let mut due = self.take_due(session);
        due.retain(|instrument| !leavers.contains(instrument));
        let causes = self.causes(change, &effects, !due.is_empty());

        // Old holdings at the close before; what joiners inherit is weighed there too.
        let value_before = if causes == 0 {
            f64::NAN
        } else {
            self.closing_value_before(before)?
        };
        let inherited = change.map_or(Ok(Vec::new()), |change| self.inherited_values(change))?;

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

        // New holdings at their opening prices, and one correction for everything.
        if causes != 0 {
            let opening = |instrument| Ok(self.reference(session, instrument)?.opening);
            let value_after = self.value(before, opening)?;
            let gap = change
                .filter(|change| !change.keeps_level)
                .map(|_| rescaled);
            self.correct(session, value_before, value_after, causes, gap)?;
        }
        self.distribute(session, &effects)?;
        self.settle(session, before, |book, instrument| {
            book.reference(session, instrument)
                .map_or(f64::NAN, |reference| reference.opening)
        });
        self.judge(session);
        Ok(())
    }

    /// Returns the effects that fall on a session, by instrument and ex-date.
    fn effects_of(&self, session: usize) -> Vec<&'a Effect> {
        let from = self.ex_dates.partition_point(|&(on, _)| on < session);
        let to = self.ex_dates.partition_point(|&(on, _)| on <= session);
        let effects = self.ex_dates[from..to].iter().map(|&(_, effect)| effect);
        effects.collect()
    }

    /// Returns who leaves at the opening: nothing that goes ex on that session concerns them.
    fn leavers(&self, session: usize) -> Vec<u32> {
        let intents = self.intents_on(session).iter();
        let drops = intents.filter(|intent| intent.verb == Verb::Drop);
        drops.map(|intent| intent.instrument).collect()
    }

    /// Returns why the divisor must be corrected; 0 when nothing moves the value.
    fn causes(&self, change: Option<&Change>, effects: &[&Effect], share_change: bool) -> u32 {
        let scales = self.input.scheme.scales;
        let mut causes = change.map_or(0, |change| change.causes);
        for effect in effects
            .iter()
            .filter(|effect| self.is_held(effect.instrument))
        {
            if scales && effect.moves_value() {
                causes |= Cause::ExRights.bit();
            }
            if !scales && effect.is_ex_rights() {
                causes |= Cause::PriceWeighted.bit();
            }
        }
        if share_change {
            causes | Cause::ShareChange.bit()
        } else {
            causes
        }
    }

    fn closing_value_before(&self, session: usize) -> Result<f64> {
        let panel = &self.input.panel;
        self.value(session, |instrument| {
            panel.known_price(session, instrument, "for the value")
        })
    }

    fn apply_effects(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
        for effect in effects {
            let at = effect.instrument as usize;
            let Some(member) = &mut self.members[at] else {
                continue;
            };
            if effect.is_ex_rights() && self.input.scheme.scales {
                member.scale(effect.factor());
                self.touched.push(effect.instrument);
            }
        }
        for own in effects.chunk_by(|a, b| a.instrument == b.instrument) {
            self.note_ex_date(session, own)?;
        }
        Ok(())
    }

    /// Records the ex-date of an instrument; only money paid in, a price rounded to a tick, or units
    /// that stay as they are change what the holding is worth (R51, R52).
    fn note_ex_date(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
        let (before, instrument) = (session - 1, effects[0].instrument);
        let at = instrument as usize;
        let Some(member) = &self.members[at] else {
            return Ok(());
        };
        let (panel, scales) = (&self.input.panel, self.input.scheme.scales);
        let close = panel.price(before, at);
        let reference = self.reference(session, at)?;
        let moves = |effect: &&Effect| effect.is_ex_rights() && (effect.moves_value() || !scales);
        let value_effect = if effects.iter().any(moves) {
            let ex_rights = effects
                .iter()
                .filter(|effect| scales && effect.is_ex_rights());
            let grown: f64 = ex_rights.map(|effect| effect.factor()).product();
            let units = member.units();
            (reference.opening * units - close * (units / grown)) * panel.rate(before, at)
        } else {
            f64::NAN
        };
        let happening = if effects.iter().any(|effect| effect.is_ex_rights()) {
            Happening::ExRights
        } else {
            Happening::ExDividend
        };
        self.note(
            session,
            Some(instrument),
            happening,
            (close, reference.full),
            value_effect,
        );
        Ok(())
    }

    /// Records one correction of the divisor (R50); `gap` holds the rescaling of the factors where
    /// the change does not keep the level.
    pub(super) fn correct(
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

    /// Records what goes ex, and sums its cash (R48): units × (opening price − full reference price) × rate.
    fn distribute(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
        let (mut gross, mut net) = (0.0, 0.0);
        for instrument in distinct(effects) {
            let at = instrument as usize;
            let Some(units) = self.members[at].as_ref().map(Member::units) else {
                continue;
            };
            let reference = self.reference(session, at)?;
            self.out.ex_dates.push(ExDate {
                session,
                instrument,
                reference,
            });
            let rate = self.input.panel.rate(session - 1, at);
            gross += ((reference.opening - reference.full) * rate) * units;
            net += ((reference.opening - reference.net) * rate) * units;
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

/// Returns the instruments of effects that are ordered by instrument, each once.
fn distinct(effects: &[&Effect]) -> impl Iterator<Item = u32> {
    effects
        .chunk_by(|a, b| a.instrument == b.instrument)
        .map(|own| own[0].instrument)
}
