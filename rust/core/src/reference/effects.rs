//! What corporate actions do to a price and to a share count: one effect per instrument and ex-date.
//!
//! Rows of one ex-date are combined (rule R63): cash adds up, ratios of bonus and of rights add up,
//! splits multiply. Input rows may come in any order; the result is the same to the last bit.

use super::price::{ex_price, ex_price_on_tick};
use super::scale::Scale;
use crate::panel::iso_date;
use crate::{Error, Result};

/// The kinds of action that change a reference price or a share count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Cash per share, ordinary or special (R51).
    Cash,
    /// New shares per old, free (R52).
    Bonus,
    /// New shares per old, at a subscription price (R52).
    Rights,
    /// Shares after per share before (R52).
    Split,
    /// What a spin-off gives away, per share held: ratio × price of the child (R26).
    SpinOff,
    /// The exchange's published opening reference price, per share after the event.
    Published,
}

/// One row: an action of an instrument on an ex-date, per share held before it.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Ex-date, moved to a session of the instrument's exchange; days since 1970-01-01.
    pub day: i32,
    /// What it is.
    pub kind: Kind,
    /// Cash per share, the ratio, or the published price: what the kind measures.
    pub amount: f64,
    /// Subscription price of rights in quote currency; else ignored.
    pub price: f64,
    /// Withholding tax on cash, a fraction; else ignored.
    pub tax: f64,
}

/// All actions of one instrument on one ex-date.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Ex-date on the instrument's exchange; days since 1970-01-01.
    pub day: i32,
    /// Cash per share before tax, in quote currency.
    pub cash: f64,
    /// Tax withheld on that cash.
    pub tax: f64,
    /// New shares per old by bonus.
    pub bonus: f64,
    /// New shares per old by rights.
    pub rights: f64,
    /// Money paid in by rights per old share: Σ price × ratio.
    pub paid: f64,
    /// Shares after per share before by splits.
    pub split: f64,
    /// Value of the spun-off shares that one old share gives away.
    pub spun: f64,
    /// Published opening reference price, where the exchange's counts.
    pub published: Option<f64>,
    /// Tick to which a reference price that is not published is rounded.
    pub tick: Option<f64>,
    /// Whether there is a bonus, rights issue, split or spin-off: not cash alone (R52).
    is_ex_rights: bool,
}

impl Effect {
    /// Whether the holdings' value at the opening differs from the close before (R52): money comes
    /// in by rights, shares are spun off, or the reference price is rounded to a tick.
    #[must_use]
    pub fn moves_value(&self) -> bool {
        self.is_ex_rights() && (self.rights > 0.0 || self.spun > 0.0 || self.is_rounded())
    }

    /// Whether there is a bonus, rights issue, split or spin-off: not cash alone (R52).
    #[must_use]
    pub fn is_ex_rights(&self) -> bool {
        self.is_ex_rights
    }

    fn is_rounded(&self) -> bool {
        self.published.or(self.tick).is_some()
    }

    /// Returns shares after per share before.
    #[must_use]
    pub fn factor(&self) -> f64 {
        (1.0 + self.bonus + self.rights) * self.split
    }

    /// Returns the reference prices after this ex-date, from those before it (R63).
    ///
    /// A published price replaces the full one. The price index then opens at it plus the cash per
    /// new share; on an ex-date with cash only at the price before, so that no divisor moves (R51). A
    /// spin-off comes off first.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the cash is not less than the price it comes off.
    pub fn reference(&self, before: Reference) -> Result<Reference> {
        let Self {
            cash,
            tax,
            bonus,
            rights,
            paid,
            split,
            spun,
            ..
        } = *self;
        let before = before.less(spun);
        let full = match (self.published, self.tick) {
            (Some(price), _) => price,
            (None, Some(tick)) => {
                ex_price_on_tick(before.full, cash, bonus, rights, paid, split, tick)?
            }
            (None, None) => ex_price(before.full, cash, bonus, rights, paid, split)?,
        };
        let (opening, net) = if self.is_rounded() {
            // What an earlier ex-date since the last session left between the prices stays there.
            let factor = self.factor();
            (
                full + cash / factor + (before.opening - before.full) / factor,
                full + tax / factor + (before.net - before.full) / factor,
            )
        } else {
            (
                ex_price(before.opening, 0.0, bonus, rights, paid, split)?,
                ex_price(before.net, cash - tax, bonus, rights, paid, split)?,
            )
        };
        let opening = if self.is_ex_rights() {
            opening
        } else {
            before.opening
        };
        Ok(Reference { opening, full, net })
    }
}

/// Reference prices of one opening.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference {
    /// Of the price index: without the cash, so that a dividend drops the index.
    pub opening: f64,
    /// In full: total return opens at it, and a name without a trade is carried at it.
    pub full: f64,
    /// Of the net total return: cash counts after tax.
    pub net: f64,
}

impl Reference {
    /// Returns the references of a session without an ex-date: the close before.
    #[must_use]
    pub fn at(close: f64) -> Self {
        Self {
            opening: close,
            full: close,
            net: close,
        }
    }

    /// Returns the references after what one share gives away.
    fn less(self, spun: f64) -> Self {
        Self {
            opening: self.opening - spun,
            full: self.full - spun,
            net: self.net - spun,
        }
    }
}

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
            check(instruments, action)?;
        }
        let own = actions.iter().filter(|action| wanted(action.instrument));
        let mut rows: Vec<Action> = own.copied().collect();
        rows.sort_by(|a, b| {
            (a.instrument, a.day, a.kind)
                .cmp(&(b.instrument, b.day, b.kind))
                .then_with(|| a.amount.total_cmp(&b.amount))
                .then_with(|| a.price.total_cmp(&b.price))
                .then_with(|| a.tax.total_cmp(&b.tax))
        });
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
            let effect = combine(rows, tick);
            let next = effect.instrument as usize + 1;
            if effect.is_ex_rights {
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

fn check(instruments: &[String], action: &Action) -> Result<()> {
    let Action {
        kind,
        amount,
        price,
        tax,
        ..
    } = *action;
    let (name, low, domain) = match kind {
        Kind::Cash => ("cash", 0.0, "must be zero or more"),
        Kind::Bonus => ("bonus", 0.0, "must be zero or more"),
        Kind::Rights => ("rights", 0.0, "must be zero or more"),
        Kind::Split => ("split", f64::MIN_POSITIVE, "must be more than zero"),
        Kind::SpinOff => ("spin_off", 0.0, "must be zero or more"),
        Kind::Published => ("reference", f64::MIN_POSITIVE, "must be more than zero"),
    };
    let place = |column: &str| {
        format!(
            "{} {} {column}",
            instruments[action.instrument as usize],
            iso_date(action.day)
        )
    };
    // Cash and prices may be unknown, such as in a currency without a rate: an error when used.
    let unknown = kind == Kind::Cash && amount.is_nan();
    if !(unknown || (amount.is_finite() && amount >= low)) {
        return Err(Error::invalid(place(name), amount, domain));
    }
    if kind == Kind::Rights && !(price.is_nan() || (price.is_finite() && price >= 0.0)) {
        return Err(Error::invalid(
            place("price"),
            price,
            "must be zero or more",
        ));
    }
    if kind == Kind::Cash && !(0.0..=1.0).contains(&tax) {
        return Err(Error::invalid(
            place("tax"),
            tax,
            "must be a fraction from 0 to 1",
        ));
    }
    Ok(())
}

fn combine(rows: &[Action], tick: Option<f64>) -> Effect {
    let mut effect = Effect {
        instrument: rows[0].instrument,
        day: rows[0].day,
        cash: 0.0,
        tax: 0.0,
        bonus: 0.0,
        rights: 0.0,
        paid: 0.0,
        split: 1.0,
        spun: 0.0,
        published: None,
        tick,
        is_ex_rights: false,
    };
    for row in rows {
        effect.is_ex_rights |= !matches!(row.kind, Kind::Cash | Kind::Published);
        match row.kind {
            Kind::Cash => {
                effect.cash += row.amount;
                effect.tax += row.amount * row.tax;
            }
            Kind::Bonus => {
                effect.bonus += row.amount;
            }
            Kind::Rights => {
                effect.rights += row.amount;
                effect.paid += row.amount * row.price;
            }
            Kind::Split => effect.split *= row.amount,
            Kind::SpinOff => effect.spun += row.amount,
            Kind::Published => effect.published = Some(row.amount),
        }
    }
    effect
}

#[cfg(test)]
mod tests {
    use super::{Action, Effect, Effects, Kind, Reference};

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
