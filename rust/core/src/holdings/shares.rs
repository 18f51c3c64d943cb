//! Share counts: which snapshot an index uses, and when (rules R53, R54, R57; design §3 "Shares").
//!
//! A snapshot states a company's shares on the basis of one day. It is brought to the day of its use
//! by the bonus, rights and split between the two days, exactly.

use super::count::Count;
use crate::exact::{Exact, decimal, nearest, whole};
use crate::fraction::Fraction;
use crate::free_float::BandTable;
use crate::order::grouped;
use crate::panel::{Panel, iso_date};
use crate::reference::effects::Effects;
use crate::{Error, Result};

/// A snapshot of a security's shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Listing date as written: snapshots of a security are ordered by it.
    pub effective: i32,
    /// Its listing session L: `effective`, or the session after a later announcement (R57).
    pub listing: i32,
    /// The session from which a change of 5 % applies: L + 2 of the security's exchange (R57).
    pub due: i32,
    /// Ex-dates up to this day are already contained in the figures.
    pub basis: i32,
    /// Issued shares of the listed class.
    pub total: i64,
    /// Free-float shares, where the snapshot states them.
    pub free_float: Option<i64>,
}

/// What becomes of a snapshot against the count that an index uses (R53).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the change reaches the threshold.
    pub triggers: bool,
    /// The count in use on the day.
    pub before: f64,
    /// The snapshot's count on the day.
    pub after: f64,
}

impl Snapshot {
    /// Returns the total as a count.
    #[must_use]
    pub fn count(&self) -> Count {
        Count {
            shares: whole(self.total),
            basis: self.basis,
        }
    }
}

/// All snapshots, by instrument and `effective`, with the rules that read them.
#[derive(Clone, Debug)]
pub struct Register {
    snapshots: Vec<Snapshot>,
    starts: Vec<usize>,
    /// Snapshots by the index session on which they are judged.
    judged: Vec<u32>,
    /// Their instruments, which every index looks through.
    judged_instruments: Vec<u32>,
    /// First of them on each session; one more than there are sessions.
    judged_starts: Vec<usize>,
    /// Session from which each snapshot applies where it is triggered.
    due: Vec<usize>,
    /// Accumulated change that triggers an interim change (R53), exact, by the day from which it is in
    /// force.
    thresholds: Vec<(i32, Exact)>,
    /// Band tables by the day from which they are in force; empty where the free float plays no part.
    bands: Vec<(i32, BandTable)>,
}

impl Register {
    /// Orders the snapshots of the instruments that are wanted, and checks all.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a threshold that is no fraction, or a total that is not positive.
    pub fn of(
        panel: &Panel<'_>,
        snapshots: &[Snapshot],
        thresholds: &[(i32, f64)],
        bands: Vec<(i32, BandTable)>,
        wanted: impl Fn(u32) -> bool,
    ) -> Result<Self> {
        let exact = |&(from, threshold): &(i32, f64)| {
            if threshold > 0.0 && threshold < 1.0 {
                return Ok((from, decimal("change_threshold", threshold)?));
            }
            let expected = "must be between 0 and 1";
            Err(Error::invalid("change_threshold", threshold, expected))
        };
        let thresholds = thresholds.iter().map(exact).collect::<Result<Vec<_>>>()?;
        let before = |row: &&Snapshot| (row.instrument, row.effective);
        if let Some(row) = snapshots
            .iter()
            .filter(|row| row.total <= 0)
            .min_by_key(before)
        {
            let place = format!(
                "{} {} total",
                panel.instruments[row.instrument as usize],
                iso_date(row.effective)
            );
            return Err(Error::invalid(place, row.total, "must be more than zero"));
        }
        let own = snapshots.iter().filter(|row| wanted(row.instrument));
        let own: Vec<Snapshot> = own.copied().collect();
        let (mut snapshots, starts) = grouped(panel.instruments.len(), &own, |row| row.instrument);
        for rows in snapshots.chunk_by_mut(|a, b| a.instrument == b.instrument) {
            rows.sort_by_key(|row| row.effective);
        }
        let sessions = panel.sessions();
        let judged: Vec<(u32, u32)> = (0..)
            .zip(&snapshots)
            .map(|(at, row)| (panel.session_on_or_after(row.listing) as u32, at))
            .collect();
        let (mut judged, judged_starts) = grouped(sessions + 1, &judged, |row| row.0);
        // Two listing sessions may meet on one index session: the earlier is judged first.
        for rows in judged.chunk_by_mut(|a, b| a.0 == b.0) {
            rows.sort_by_key(|&(_, at)| {
                let row = &snapshots[at as usize];
                (row.instrument, row.listing, row.effective)
            });
        }
        Ok(Self {
            starts,
            judged_instruments: judged
                .iter()
                .map(|&(_, at)| snapshots[at as usize].instrument)
                .collect(),
            due: snapshots
                .iter()
                .map(|row| panel.session_on_or_after(row.due))
                .collect(),
            judged: judged.into_iter().map(|(_, at)| at).collect(),
            judged_starts,
            snapshots,
            thresholds,
            bands,
        })
    }

    /// Returns the number of snapshots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.snapshots.len()
    }

    /// Whether there is no snapshot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
    }

    /// Returns a snapshot by its number; those of an instrument stand by `effective`.
    #[must_use]
    pub fn row(&self, number: u32) -> &Snapshot {
        &self.snapshots[number as usize]
    }

    /// Returns the snapshots judged on an index session of instruments that are wanted, by
    /// instrument, listing session and `effective`: their numbers.
    pub fn judged_on(
        &self,
        session: usize,
        wanted: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = u32> {
        let own = self.judged_starts[session]..self.judged_starts[session + 1];
        let judged = self.judged[own.clone()].iter();
        let numbered = judged.zip(&self.judged_instruments[own]);
        numbered.filter_map(move |(&at, &instrument)| wanted(instrument).then_some(at))
    }

    /// Returns the session from which a snapshot applies where it is triggered (R57).
    #[must_use]
    pub fn due(&self, number: u32) -> usize {
        self.due[number as usize]
    }

    /// Returns the snapshot that a review, or an entry, uses: of those listed by the adjustment
    /// close the one with the latest `effective`, whatever its size.
    #[must_use]
    pub fn latest(&self, instrument: usize, adjustment_close: i32) -> Option<u32> {
        let own = self.own(instrument);
        let at = own.iter().rposition(|row| row.listing <= adjustment_close);
        at.map(|at| (self.starts[instrument] + at) as u32)
    }

    /// Returns the first listing session of an instrument's snapshots, where the calendar knows it.
    #[must_use]
    pub fn first_listing(&self, instrument: usize) -> Option<i32> {
        let listings = self.own(instrument).iter().map(|row| row.listing);
        listings.filter(|&listing| listing < i32::MAX).min()
    }

    /// Returns the band a joiner enters with: that of its snapshot, else of the newest earlier one
    /// that states the free float.
    ///
    /// # Errors
    ///
    /// As [`Register::band`].
    pub fn entry_band(&self, chosen: u32, adjustment_close: i32, day: i32) -> Result<Option<f64>> {
        let chosen = self.row(chosen);
        self.own(chosen.instrument as usize)
            .iter()
            .filter(|row| row.effective <= chosen.effective && row.listing <= adjustment_close)
            .rev()
            .find_map(|row| self.band_of(row, day).transpose())
            .transpose()
    }

    /// Returns the inclusion factor (R47) of a snapshot under the table in force on a day: 1 where
    /// the free float plays no part, `None` where the snapshot does not state it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the free float is no part of the total, [`Error::MissingData`] if
    /// no band table is in force on the day.
    pub fn band(&self, snapshot: u32, day: i32) -> Result<Option<f64>> {
        self.band_of(self.row(snapshot), day)
    }

    /// As [`Register::band`], of a snapshot that may be one of a stored state.
    ///
    /// # Errors
    ///
    /// As [`Register::band`].
    pub fn band_of(&self, snapshot: &Snapshot, day: i32) -> Result<Option<f64>> {
        if self.bands.is_empty() {
            return Ok(Some(1.0));
        }
        let Some(free_float) = snapshot.free_float else {
            return Ok(None);
        };
        match self.bands.iter().rfind(|&&(from, _)| from <= day) {
            Some((_, table)) => table.inclusion_factor(free_float, snapshot.total).map(Some),
            None => Err(Error::MissingData(format!(
                "free_float_bands: no table is in force on {}",
                iso_date(day)
            ))),
        }
    }

    /// Whether a change from `base` to `now`, both on the basis of a day, reaches the threshold in
    /// force on it (R53). Before the first threshold the first counts.
    #[must_use]
    pub fn triggers(&self, base: &Exact, now: &Exact, day: i32) -> bool {
        let change = if now > base { now - base } else { base - now };
        self.threshold(day)
            .is_some_and(|threshold| change >= base * threshold)
    }

    /// Returns the threshold in force on a day; before the first one that one.
    fn threshold(&self, day: i32) -> Option<&Exact> {
        let in_force = self.thresholds.iter().rfind(|&&(from, _)| from <= day);
        in_force
            .or(self.thresholds.first())
            .map(|(_, threshold)| threshold)
    }

    /// Judges a snapshot against a count, both on the basis of a day.
    #[must_use]
    pub fn judge(&self, base: &Count, snapshot: u32, day: i32, effects: &Effects) -> Verdict {
        let row = self.row(snapshot);
        let at = row.instrument as usize;
        let count = row.count();
        let small = |count: &Count| count.fraction_on(day, at, effects);
        if let (Some(before), Some(after)) = (small(base), small(&count))
            && let Some(threshold) = self.threshold(day)
            && let Some(share) = Fraction::of(threshold)
            && let Some(triggers) = after.has_moved(before, share)
        {
            return Verdict {
                triggers,
                before: before.nearest(),
                after: after.nearest(),
            };
        }
        let (base, now) = (
            base.brought_to(day, at, effects),
            count.brought_to(day, at, effects),
        );
        Verdict {
            triggers: self.triggers(&base, &now, day),
            before: nearest(&base),
            after: nearest(&now),
        }
    }

    fn own(&self, instrument: usize) -> &[Snapshot] {
        &self.snapshots[self.starts[instrument]..self.starts[instrument + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::{Register, Snapshot};
    use crate::exact::{nearest, whole};
    use crate::panel::Panel;
    use crate::reference::action::{Action, Kind};
    use crate::reference::effects::Effects;

    fn snapshot(effective: i32, total: i64) -> Snapshot {
        Snapshot {
            instrument: 0,
            effective,
            listing: effective,
            due: effective + 2,
            basis: effective,
            total,
            free_float: None,
        }
    }

    fn register(snapshots: &[Snapshot]) -> Register {
        let days: Vec<i32> = (0..10).collect();
        register_on(&days, snapshots)
    }

    fn register_on(days: &[i32], snapshots: &[Snapshot]) -> Register {
        let ids = ["A".to_owned()];
        let (prices, fx) = ([1.0; 10], [1.0; 10]);
        let (prices, fx) = (&prices[..days.len()], &fx[..days.len()]);
        let panel = Panel::new(days, &ids, prices, fx, &[0]).unwrap();
        Register::of(&panel, snapshots, &[(0, 0.05)], Vec::new(), |_| true).unwrap()
    }

    // Rule R53
    #[test]
    fn five_percent_triggers_and_less_does_not() {
        let register = register(&[]);
        let base = whole(1_000_000_000);
        assert!(register.triggers(&base, &whole(1_050_000_000), 0));
        assert!(register.triggers(&base, &whole(950_000_000), 0));
        assert!(!register.triggers(&base, &whole(1_049_999_999), 0));
        assert!(!register.triggers(&base, &whole(950_000_001), 0));
    }

    // Rule R58
    #[test]
    fn the_threshold_of_the_day_counts() {
        let (days, ids, ones) = ([0, 1], ["A".to_owned()], [1.0; 2]);
        let panel = Panel::new(&days, &ids, &ones, &ones, &[0]).unwrap();
        let thresholds = [(10, 0.05), (20, 0.1)];
        let register = Register::of(&panel, &[], &thresholds, Vec::new(), |_| true).unwrap();
        let (base, now) = (whole(100), whole(107));
        assert!(register.triggers(&base, &now, 9) && register.triggers(&base, &now, 19));
        assert!(!register.triggers(&base, &now, 20));
        assert!(Register::of(&panel, &[], &[(0, 1.0)], Vec::new(), |_| true).is_err());
    }

    // Rule R54
    #[test]
    fn a_count_is_brought_forward_by_later_actions_and_back_by_contained_ones() {
        let bonus = |day| Action {
            instrument: 0,
            day,
            kind: Kind::Bonus,
            amount: 0.3,
            price: 0.0,
            tax: 0.0,
        };
        let effects = Effects::new(&["A".to_owned()], &[bonus(3), bonus(6)], None).unwrap();
        let count = snapshot(4, 1_300).count();
        assert_eq!(count.brought_to(5, 0, &effects), whole(1_300));
        assert_eq!(count.brought_to(6, 0, &effects), whole(1_690));
        assert_eq!(count.brought_to(2, 0, &effects), whole(1_000));
        assert!(
            (nearest(&snapshot(7, 1_000).count().brought_to(5, 0, &effects)) - 769.230_769).abs()
                < 1e-6
        );
    }

    // Rule R57
    #[test]
    fn an_earlier_listing_session_is_judged_first_where_both_meet_on_one_index_session() {
        // Days 5 and 6 are no index sessions; what lists on them is judged on day 7.
        let announced_late = Snapshot {
            listing: 6,
            ..snapshot(4, 200)
        };
        let register = register_on(&[3, 4, 7], &[announced_late, snapshot(5, 300)]);
        let judged: Vec<_> = register
            .judged_on(2, |_| true)
            .map(|at| register.row(at).total)
            .collect();
        assert_eq!(judged, [300, 200]);
    }

    #[test]
    fn a_review_uses_the_latest_effective_of_those_listed_by_then() {
        let late = Snapshot {
            listing: 8,
            ..snapshot(5, 300)
        };
        let register = register(&[late, snapshot(4, 200), snapshot(1, 100)]);
        assert_eq!(
            register.latest(0, 7).map(|at| register.row(at).total),
            Some(200)
        );
        assert_eq!(
            register.latest(0, 8).map(|at| register.row(at).total),
            Some(300)
        );
        assert_eq!(register.latest(0, 0), None);
        assert_eq!(
            register
                .judged_on(4, |_| true)
                .map(|at| register.row(at).total)
                .collect::<Vec<_>>(),
            [200]
        );
        assert_eq!(
            register
                .judged_on(8, |_| true)
                .map(|at| register.row(at).total)
                .collect::<Vec<_>>(),
            [300]
        );
    }
}
