//! Share changes: snapshots are judged on their listing session, and apply two sessions later (R53 to
//! R57).

use super::audit::Happening;
use super::book::Book;
use super::member::{Member, Pending};
use crate::Result;
use crate::exact::nearest;

impl Book<'_> {
    /// Judges the day's snapshots against what the index counts (R53, R54).
    pub(super) fn judge(&mut self, session: usize) {
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
            } else if input.register.triggers(&base, &now, day) {
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
                (nearest(&base), nearest(&now)),
                f64::NAN,
            );
        }
    }

    /// Returns who has a share change due on a session; a review, or leaving, clears what was on its
    /// way.
    pub(super) fn take_due(&mut self, session: usize) -> Vec<u32> {
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
            let (before, units) = (shares.total, shares.units());
            shares.total = nearest(&count.brought_to(day, instrument as usize, input.effects));
            if let Some(band) = input.register.band(&snapshot, day)? {
                shares.inclusion_factor = band;
            }
            let (after, more) = (shares.total, shares.units() - units);
            self.touched.push(instrument);
            let effect = self.opening_value(session, instrument, more)?;
            self.note(
                session,
                Some(instrument),
                Happening::ShareChangeApplied,
                (before, after),
                effect,
            );
        }
        Ok(())
    }
}
