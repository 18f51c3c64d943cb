//! Share changes: snapshots are judged on their listing session, and apply two sessions later (R53 to
//! R57).

use super::audit::Happening;
use super::book::Book;
use super::member::{Base, Member, Pending};
use crate::Result;

impl Book<'_> {
    /// Judges the day's snapshots against what the index counts (R53, R54).
    pub(super) fn judge(&mut self, session: usize) -> Result<()> {
        let common = self.common;
        let mut judged = std::mem::take(&mut self.judged);
        judged.clear();
        judged.extend(common.register.judged_on(session, |at| self.is_held(at)));
        for &number in &judged {
            let snapshot = common.register.row(number);
            let instrument = snapshot.instrument;
            let Some(Member::Shares(shares)) = &mut self.members[instrument as usize] else {
                continue;
            };
            let verdict = common.verdict(&shares.base, number, session);
            let happening = if snapshot.effective < shares.judged {
                Happening::SnapshotPassedOver
            } else if verdict.triggers {
                let due = common.register.due(number).max(session + 1);
                shares.judged = snapshot.effective;
                shares.base = Base::Snapshot(number);
                shares.pending.push(Pending {
                    session: due,
                    snapshot: *snapshot,
                    count: Base::Snapshot(number),
                });
                self.due.push((due, instrument));
                Happening::ShareChangeTriggered
            } else {
                shares.judged = snapshot.effective;
                Happening::ShareChangeDeferred
            };
            let figures = (verdict.before, verdict.after);
            self.note(session, Some(instrument), happening, figures, |_| {
                Ok(f64::NAN)
            })?;
        }
        self.judged = judged;
        Ok(())
    }

    /// Returns who has a share change due on a session; a review, or leaving, clears what was on its
    /// way.
    pub(super) fn take_due(&mut self, session: usize) -> Vec<u32> {
        if self.due.is_empty() {
            return Vec::new();
        }
        let mut due: Vec<u32> = self
            .due
            .iter()
            .filter(|&&(on, instrument)| on == session && self.is_due(session, instrument))
            .map(|&(_, instrument)| instrument)
            .collect();
        self.due.retain(|&(on, _)| on > session);
        due.sort_unstable();
        due.dedup();
        due
    }

    fn is_due(&self, session: usize, instrument: u32) -> bool {
        match &self.members[instrument as usize] {
            Some(Member::Shares(shares)) => shares
                .pending
                .iter()
                .any(|pending| pending.session == session),
            _ => false,
        }
    }

    /// Applies triggered share changes (R57); of two due on one session the later one stands.
    pub(super) fn apply_due(&mut self, session: usize, due: &[u32]) -> Result<()> {
        let common = self.common;
        let day = common.panel.days[session];
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
            let (before, units) = (shares.total, shares.units());
            shares.total = match count {
                Base::Snapshot(number) => common.applied(number, session),
                Base::Count(count) => count.on(day, instrument as usize, common.effects),
            };
            if let Some(band) = common.register.band_of(&snapshot, day)? {
                shares.inclusion_factor = band;
            }
            let (after, more) = (shares.total, shares.units() - units);
            self.touched.push(instrument);
            self.note(
                session,
                Some(instrument),
                Happening::ShareChangeApplied,
                (before, after),
                |book| book.opening_value(session, instrument, more),
            )?;
        }
        Ok(())
    }
}
