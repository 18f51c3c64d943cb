//! What every index on a panel reads, worked out once: what goes ex, share counts, judgements.

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::audit::Cause;
use super::member::Base;
use super::shares::{Register, Verdict};
use crate::Result;
use crate::order::{grouped, starts};
use crate::panel::{Panel, iso_date};
use crate::reference::effect::{Effect, Reference};
use crate::reference::effects::Effects;

/// What goes ex of one instrument at the opening of an index session, as every index looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Ex {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Whether more than cash goes ex (R52).
    pub ex_rights: bool,
    /// Whether the value of a holding changes at the opening (R52).
    pub moves_value: bool,
    /// Cash of one unit before tax, in index currency at the rates of the close before; not a number
    /// where there is no reference price.
    pub gross: f64,
    /// The same after tax.
    pub net: f64,
}

impl Ex {
    /// Returns why the divisor must be corrected, as a set of [`Cause`]; `scales` as in
    /// [`super::intents::Scheme`].
    #[must_use]
    pub fn causes(&self, scales: bool) -> u32 {
        match scales {
            true if self.moves_value => Cause::ExRights.bit(),
            false if self.ex_rights => Cause::PriceWeighted.bit(),
            _ => 0,
        }
    }
}

/// Where an opening comes from, and what one unit is worth around it.
#[derive(Clone, Debug)]
struct Source {
    /// First of the effects since the session before, and one past the last.
    effects: (u32, u32),
    /// Reference prices; `None` where there is no close, or they cannot be had.
    reference: Option<Reference>,
    /// What one unit is worth at the close before, in index currency.
    close: f64,
    /// The same at the opening of the price index, at the rates of that close.
    opening: f64,
}

/// The share state that a joiner or a renewed name takes at a session.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// Number of the snapshot.
    pub snapshot: u32,
    /// Its total on the basis of the session.
    pub total: f64,
    /// Its band; NaN where the snapshot does not state the free float.
    pub band: f64,
}

/// A cell for each instrument.
type Row<T> = OnceLock<Box<[OnceLock<T>]>>;

/// Prices, effects and share snapshots of a panel, and what follows from them alone.
#[derive(Debug)]
pub struct Common<'a> {
    /// Prices and rates.
    pub panel: Panel<'a>,
    /// Corporate actions.
    pub effects: &'a Effects,
    /// Share snapshots.
    pub register: &'a Register,
    /// By session and instrument.
    ex: Vec<Ex>,
    sources: Vec<Source>,
    /// Their instruments, which every index looks through.
    ex_instruments: Vec<u32>,
    /// First of `ex` of each session; one more than there are sessions.
    ex_starts: Vec<usize>,
    /// States taken at the openings of sessions, and those taken at the close of a base session.
    fresh: [Vec<Row<Option<Fresh>>>; 2],
    /// Shares of those states on the basis of a weighting session.
    weighed: [Vec<Row<(usize, f64)>>; 2],
    /// Verdict on each snapshot against the one before it.
    verdicts: Vec<OnceLock<Verdict>>,
    /// Session on which each snapshot applied where it was triggered, and its total there.
    applied: Vec<OnceLock<(usize, f64)>>,
}

impl<'a> Common<'a> {
    /// Works out the openings of the panel's sessions.
    #[must_use]
    pub fn new(panel: Panel<'a>, effects: &'a Effects, register: &'a Register) -> Self {
        let (all, sessions) = (effects.all(), panel.sessions());
        let on: Vec<u32> = all
            .iter()
            .map(|effect| panel.session_on_or_after(effect.day) as u32)
            .collect();
        // Effects stand by instrument and day; so do those of each session. None has an opening before
        // the first close, or after the last session.
        let numbers: Vec<u32> = (0..).take(all.len()).collect();
        let (numbers, firsts) = grouped(sessions + 1, &numbers, |&at| on[at as usize]);
        let own = &numbers[firsts[1.min(sessions)]..firsts[sessions]];
        // Closes stand far apart: asked for by themselves, many are on their way at once.
        let mut last = 0;
        let close = |&at: &u32| {
            let close = on[at as usize] as usize - 1;
            panel.pass(last, close);
            last = close;
            (at, panel.price(last, all[at as usize].instrument as usize))
        };
        let rows: Vec<(u32, f64)> = own.iter().map(close).collect();
        let opening_of = |at: u32| (on[at as usize], all[at as usize].instrument);
        let openings: Vec<(u32, Ex, Source)> = rows
            .par_chunk_by(|a, b| opening_of(a.0) == opening_of(b.0))
            .map(|own| {
                let (first, close) = own[0];
                let session = on[first as usize];
                let span = (first, first + own.len() as u32);
                let (ex, source) = opening(&panel, session as usize, close, all, span);
                (session, ex, source)
            })
            .collect();
        let ex_starts = starts(sessions, openings.iter().map(|row| row.0));
        let (mut ex, mut sources) = (Vec::new(), Vec::new());
        for (_, opening, source) in openings {
            ex.push(opening);
            sources.push(source);
        }
        Self {
            panel,
            effects,
            register,
            ex_instruments: ex.iter().map(|ex| ex.instrument).collect(),
            ex,
            sources,
            ex_starts,
            fresh: [cells(sessions), cells(sessions)],
            weighed: [cells(sessions), cells(sessions)],
            verdicts: cells(register.len()),
            applied: cells(register.len()),
        }
    }

    /// Returns the numbers of what goes ex at the opening of a session, by instrument.
    #[must_use]
    pub fn ex_on(&self, session: usize) -> Range<usize> {
        self.ex_starts[session]..self.ex_starts[session + 1]
    }

    /// Returns what goes ex by its number.
    #[must_use]
    pub fn ex(&self, number: usize) -> &Ex {
        &self.ex[number]
    }

    /// Returns what one unit of an instrument is worth at the close before a session, and at its opening,
    /// in index currency; `ex` is the number of what goes ex of it.
    #[must_use]
    pub fn worth(&self, session: usize, instrument: usize, ex: Option<usize>) -> (f64, f64) {
        if let Some(number) = ex {
            let source = &self.sources[number];
            return (source.close, source.opening);
        }
        let close = session - 1;
        let worth = self.panel.price(close, instrument) * self.panel.rate(close, instrument);
        (worth, worth)
    }

    /// Returns the numbers of what goes ex at the opening of a session of instruments that are wanted.
    pub fn ex_among(
        &self,
        session: usize,
        wanted: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = usize> {
        let own = self.ex_on(session);
        let instruments = &self.ex_instruments[own.clone()];
        let numbered = own.zip(instruments);
        numbered.filter_map(move |(number, &instrument)| wanted(instrument).then_some(number))
    }

    /// Returns the number of what goes ex of one instrument at the opening of a session.
    #[must_use]
    pub fn ex_of(&self, session: usize, instrument: usize) -> Option<usize> {
        let own = self.ex_on(session);
        let instruments = &self.ex_instruments[own.clone()];
        let at = instruments.binary_search(&(instrument as u32));
        at.ok().map(|at| own.start + at)
    }

    /// Returns the effects behind an opening, by ex-date.
    #[must_use]
    pub fn effects_of(&self, number: usize) -> &'a [Effect] {
        let (from, to) = self.sources[number].effects;
        &self.effects.all()[from as usize..to as usize]
    }

    /// Returns the reference prices of an opening: from the close before and the ex-dates since.
    ///
    /// # Errors
    ///
    /// [`crate::Error::MissingData`] without a close before, [`crate::Error::InvalidInput`] for cash that is not
    /// less than the price it comes off.
    pub fn reference(&self, session: usize, instrument: usize) -> Result<Reference> {
        let ex = self.ex_of(session, instrument);
        if let Some(reference) = ex.and_then(|number| self.sources[number].reference) {
            return Ok(reference);
        }
        let close = self
            .panel
            .known_price(session - 1, instrument, "at the opening")?;
        ex.map_or(&[][..], |number| self.effects_of(number))
            .iter()
            .try_fold(Reference::at(close), |before, effect| {
                effect.reference(before)
            })
            .map_err(|error| {
                let name = &self.panel.instruments[instrument];
                error.at(format!("{name} {}", iso_date(self.panel.days[session])))
            })
    }

    /// Returns shares after per share before of an instrument at the opening of a session.
    #[must_use]
    pub fn grown(&self, session: usize, instrument: usize) -> f64 {
        let ex = self.ex_of(session, instrument);
        let effects = ex.map_or(&[][..], |number| self.effects_of(number));
        effects.iter().map(Effect::factor).product()
    }

    /// Returns the share state of a name that enters or is renewed at a session: the latest snapshot
    /// listed by the adjustment close, brought to the session. `None` without a snapshot.
    ///
    /// # Errors
    ///
    /// As [`Register::band`].
    pub fn fresh(&self, session: usize, close: usize, instrument: usize) -> Result<Option<Fresh>> {
        let row = self.fresh[usize::from(close == session)][session]
            .get_or_init(|| cells(self.panel.instruments.len()).into());
        let cell = &row[instrument];
        if let Some(known) = cell.get() {
            return Ok(*known);
        }
        let found = self.register.latest(instrument, self.panel.days[close]);
        let fresh = match found {
            None => None,
            Some(snapshot) => Some(Fresh {
                snapshot,
                total: self.total(snapshot, session),
                band: self
                    .register
                    .band(snapshot, self.panel.days[session])?
                    .unwrap_or(f64::NAN),
            }),
        };
        Ok(*cell.get_or_init(|| fresh))
    }

    /// Returns the shares of that state on the basis of the weighting session.
    #[must_use]
    pub fn weighed(&self, session: usize, close: usize, weighting: usize, fresh: &Fresh) -> f64 {
        let row = self.weighed[usize::from(close == session)][session]
            .get_or_init(|| cells(self.panel.instruments.len()).into());
        let instrument = self.register.row(fresh.snapshot).instrument as usize;
        let total = || self.total(fresh.snapshot, weighting);
        match *row[instrument].get_or_init(|| (weighting, total())) {
            (at, known) if at == weighting => known,
            _ => total(),
        }
    }

    /// Returns the shares of a snapshot on the basis of a session.
    #[must_use]
    pub fn total(&self, snapshot: u32, session: usize) -> f64 {
        let row = self.register.row(snapshot);
        row.count().on(
            self.panel.days[session],
            row.instrument as usize,
            self.effects,
        )
    }

    /// Returns the shares of a triggered snapshot on the session on which it applies.
    #[must_use]
    pub fn applied(&self, snapshot: u32, session: usize) -> f64 {
        let total = || self.total(snapshot, session);
        match *self.applied[snapshot as usize].get_or_init(|| (session, total())) {
            (at, known) if at == session => known,
            _ => total(),
        }
    }

    /// Judges a snapshot, on the session it is judged on, against what an index counts (R53).
    #[must_use]
    pub fn verdict(&self, base: &Base, snapshot: u32, session: usize) -> Verdict {
        let day = self.panel.days[session];
        match base {
            Base::Snapshot(number) => {
                let count = || self.register.row(*number).count();
                let judge = || self.register.judge(&count(), snapshot, day, self.effects);
                if number + 1 == snapshot {
                    *self.verdicts[snapshot as usize].get_or_init(judge)
                } else {
                    judge()
                }
            }
            Base::Count(count) => self.register.judge(count, snapshot, day, self.effects),
        }
    }
}

/// Returns cells without a value.
fn cells<T>(count: usize) -> Vec<OnceLock<T>> {
    (0..count).map(|_| OnceLock::new()).collect()
}

/// Works out the opening of an instrument that goes ex by the effects from one up to another.
fn opening(
    panel: &Panel<'_>,
    session: usize,
    close: f64,
    all: &[Effect],
    effects: (u32, u32),
) -> (Ex, Source) {
    let rows = &all[effects.0 as usize..effects.1 as usize];
    let instrument = rows[0].instrument;
    let rate = panel.rate(session - 1, instrument as usize);
    let reference = rows
        .iter()
        .try_fold(Reference::at(close), |before, effect| {
            effect.reference(before)
        })
        .ok()
        .filter(|_| close > 0.0);
    let own = reference.unwrap_or(Reference::at(f64::NAN));
    let ex = Ex {
        instrument,
        ex_rights: rows.iter().any(Effect::is_ex_rights),
        moves_value: rows.iter().any(Effect::moves_value),
        gross: (own.opening - own.full) * rate,
        net: (own.opening - own.net) * rate,
    };
    let source = Source {
        effects,
        reference,
        close: close * rate,
        opening: own.opening * rate,
    };
    (ex, source)
}
