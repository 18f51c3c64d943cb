//! One opening: everything that is effective on a session, in the order of same-day processing, then
//! one correction of the divisor (R50).

use super::audit::{Cause, Correction, Happening};
use super::book::Book;
use super::change::Changing;
use super::hold::Distribution;
use crate::levels::chain::adjust_divisor;
use crate::panel::iso_date;
use crate::reference::effects::Effect;
use crate::{Error, Result};

/// How far a correction may move the level, relative (R50).
const CONTINUITY: f64 = 1e-12;

impl Book<'_> {
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

    pub(super) fn apply_effects(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
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

    /// Sums the cash that goes ex (R48): units × (opening price − full reference price) × rate.
    pub(super) fn distribute(&mut self, session: usize, effects: &[&Effect]) -> Result<()> {
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
}
