//! What corporate actions do to prices and share counts: one effect per instrument and ex-date.
//!
//! Input rows may come in any order; the result is the same to the last bit.

use super::action::{Action, Kind};
use super::effect::Effect;
use super::scale::Scale;
use crate::Result;
use crate::order::grouped;

/// The effects of all instruments, by instrument and ex-date.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    rows: Vec<Effect>,
    /// First row of each instrument; one more than there are instruments.
    starts: Vec<usize>,
    /// What scales share counts, with its ex-date, by instrument and ex-date.
    scales: Vec<(i32, Scale)>,
    /// First of them of each instrument; one more than there are instruments.
    scale_starts: Vec<usize>,
}

impl Effects {
    /// Combines rows into one effect per instrument and ex-date.
    ///
    /// A published price on a day without an action is not an ex-date price and is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming instrument, date and amount of a row out of its domain.
    pub fn new(instruments: &[String], actions: &[Action], tick: Option<f64>) -> Result<Self> {
        Self::of(instruments, actions, tick, |_| true)
    }

    /// As [`Effects::new`], of the instruments that are wanted; the others are checked.
    ///
    /// # Errors
    ///
    /// As [`Effects::new`].
    pub fn of(
        instruments: &[String],
        actions: &[Action],
        tick: Option<f64>,
        wanted: impl Fn(u32) -> bool,
    ) -> Result<Self> {
        for action in actions {
            action.check(instruments)?;
        }
        let own = actions.iter().filter(|action| wanted(action.instrument));
        let own: Vec<Action> = own.copied().collect();
        let (mut rows, _) = grouped(instruments.len(), &own, |action| action.instrument);
        for rows in rows.chunk_by_mut(|a, b| a.instrument == b.instrument) {
            rows.sort_by(|a, b| {
                (a.day, a.kind)
                    .cmp(&(b.day, b.kind))
                    .then_with(|| a.amount.total_cmp(&b.amount))
                    .then_with(|| a.price.total_cmp(&b.price))
                    .then_with(|| a.tax.total_cmp(&b.tax))
            });
        }
        let mut effects = Self {
            rows: Vec::with_capacity(rows.len()),
            starts: vec![0; instruments.len() + 1],
            scale_starts: vec![0; instruments.len() + 1],
            scales: Vec::new(),
        };
        for rows in rows.chunk_by(|a, b| (a.instrument, a.day) == (b.instrument, b.day)) {
            if rows.iter().all(|row| row.kind == Kind::Published) {
                continue;
            }
            let effect = Effect::of(rows, tick);
            let next = effect.instrument as usize + 1;
            if effect.is_ex_rights() {
                effects.scales.push((effect.day, Scale::of(rows)?));
                effects.scale_starts[next] = effects.scales.len();
            }
            effects.rows.push(effect);
            effects.starts[next] = effects.rows.len();
        }
        for starts in [&mut effects.starts, &mut effects.scale_starts] {
            for at in 1..starts.len() {
                starts[at] = starts[at].max(starts[at - 1]);
            }
        }
        Ok(effects)
    }

    /// Returns every effect, by instrument and ex-date.
    #[must_use]
    pub fn all(&self) -> &[Effect] {
        &self.rows
    }

    /// Returns the effects of an instrument with `after` < ex-date ≤ `until`.
    #[must_use]
    pub fn between(&self, instrument: usize, after: i32, until: i32) -> &[Effect] {
        let own = &self.rows[self.starts[instrument]..self.starts[instrument + 1]];
        let from = own.partition_point(|row| row.day <= after);
        let to = own.partition_point(|row| row.day <= until);
        &own[from..to.max(from)]
    }

    /// Returns what scales the share count of an instrument with `after` < ex-date ≤ `until`, by
    /// ex-date.
    pub fn scales_between(
        &self,
        instrument: usize,
        after: i32,
        until: i32,
    ) -> impl Iterator<Item = &Scale> {
        let own = &self.scales[self.scale_starts[instrument]..self.scale_starts[instrument + 1]];
        let within = own
            .iter()
            .filter(move |(day, _)| after < *day && *day <= until);
        within.map(|(_, scale)| scale)
    }
}

#[cfg(test)]
mod tests {
    use super::Effects;
    use crate::reference::action::{Action, Kind};
    use crate::reference::effect::{Effect, Reference};

    fn action(day: i32, kind: Kind, amount: f64) -> Action {
        Action {
            instrument: 0,
            day,
            kind,
            amount,
            price: 12.0,
            tax: 0.1,
        }
    }

    fn effects(actions: &[Action]) -> Effects {
        Effects::new(&["A".to_owned()], actions, None).unwrap()
    }

    fn after(effect: &Effect) -> Reference {
        effect.reference(Reference::at(20.0)).unwrap()
    }

    // Rule R63
    #[test]
    fn rows_of_one_ex_date_combine_whatever_their_order() {
        let mut rows = vec![
            action(5, Kind::Cash, 0.3),
            action(5, Kind::Rights, 0.2),
            action(5, Kind::Cash, 0.2),
            action(5, Kind::Bonus, 0.3),
        ];
        let forward = effects(&rows);
        rows.reverse();
        let backward = effects(&rows);
        let [effect] = forward.all() else {
            panic!("one effect")
        };
        assert!((after(effect).full - 14.6).abs() < 1e-12);
        assert!((after(effect).opening - 14.933_333_333_333_334).abs() < 1e-12);
        assert!((after(effect).net - (20.0 - 0.45 + 2.4) / 1.5).abs() < 1e-12);
        assert_eq!(effect.cash.to_bits(), backward.all()[0].cash.to_bits());
        let scales: Vec<_> = forward.scales_between(0, 4, 5).collect();
        let [scale] = scales[..] else {
            panic!("one scale")
        };
        assert_eq!(crate::exact::to_text(&scale.exact()), "3/2");
        assert_eq!(forward.scales_between(0, 5, 9).count(), 0);
    }

    // Rule R26
    #[test]
    fn a_spin_off_opens_at_what_it_leaves_and_changes_no_share_count() {
        let spun = effects(&[action(5, Kind::SpinOff, 4.0), action(5, Kind::Cash, 0.5)]);
        let effect = &spun.all()[0];
        assert_eq!(after(effect).opening.to_bits(), 16.0_f64.to_bits());
        assert_eq!(after(effect).full.to_bits(), 15.5_f64.to_bits());
        assert_eq!(effect.factor().to_bits(), 1.0_f64.to_bits());
        assert!(effect.is_ex_rights() && effect.moves_value());
        let published = effects(&[
            action(5, Kind::SpinOff, 4.0),
            action(5, Kind::Published, 15.9),
        ]);
        assert_eq!(
            after(&published.all()[0]).opening.to_bits(),
            15.9_f64.to_bits()
        );
        let more_than_all = effects(&[action(5, Kind::SpinOff, 20.0)]);
        assert!(
            more_than_all.all()[0]
                .reference(Reference::at(20.0))
                .is_err()
        );
    }

    // Rule R51
    #[test]
    fn cash_alone_leaves_the_opening_price_of_the_price_index() {
        let mut rows = vec![action(5, Kind::Cash, 0.5)];
        assert_eq!(
            after(&effects(&rows).all()[0]).opening.to_bits(),
            20.0_f64.to_bits()
        );
        rows.push(action(5, Kind::Published, 19.4));
        let effects = effects(&rows);
        assert_eq!(after(&effects.all()[0]).full.to_bits(), 19.4_f64.to_bits());
        assert_eq!(
            after(&effects.all()[0]).opening.to_bits(),
            20.0_f64.to_bits()
        );
        assert!(!effects.all()[0].moves_value());
    }

    // Rule R63
    #[test]
    fn on_a_tick_the_rounding_moves_the_value() {
        let rows = [action(5, Kind::Bonus, 0.3)];
        let effects = Effects::new(&["A".to_owned()], &rows, Some(0.01)).unwrap();
        let effect = &effects.all()[0];
        assert_eq!(after(effect).full.to_bits(), 15.38_f64.to_bits());
        assert_eq!(after(effect).opening.to_bits(), 15.38_f64.to_bits());
        assert!(effect.moves_value());
    }

    #[test]
    fn a_published_price_counts_on_ex_dates_only() {
        assert!(
            effects(&[action(5, Kind::Published, 19.4)])
                .all()
                .is_empty()
        );
    }

    #[test]
    fn effects_are_found_by_days_after_one_and_until_another() {
        let rows: Vec<_> = [3, 5, 8].map(|day| action(day, Kind::Bonus, 0.1)).into();
        let effects = effects(&rows);
        let days = |after, until| -> Vec<_> {
            effects
                .between(0, after, until)
                .iter()
                .map(|row| row.day)
                .collect()
        };
        assert_eq!(days(3, 8), [5, 8]);
        assert_eq!(days(2, 7), [3, 5]);
        assert_eq!(days(8, 3), [0_i32; 0]);
    }

    #[test]
    fn a_row_out_of_its_domain_is_named() {
        let error = Effects::new(
            &["600000.SH".to_owned()],
            &[action(0, Kind::Split, 0.0)],
            None,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "600000.SH 1970-01-01 split = 0: must be more than zero"
        );
    }
}
