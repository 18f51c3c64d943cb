//! The walk over the sessions: what it reads, where it starts, what it hands on.

use super::audit::{Correction, Event, Position};
use super::book::{Book, Shelf};
use super::common::Common;
use super::intents::{Change, Deletion, Intent, Scheme};
use super::member::Member;
use crate::Result;
use crate::reference::effect::Reference;

/// What Decide asks of one index.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    /// Effective sessions, ascending.
    pub changes: &'a [Change],
    /// Intents, by session and instrument.
    pub intents: &'a [Intent],
    /// Deletions at a price, by session.
    pub deletions: &'a [Deletion],
    /// The scheme's share response.
    pub scheme: &'a Scheme,
}

/// Where the calculation starts.
#[derive(Clone, Debug)]
pub enum Start {
    /// At the base: the first change is the base basket.
    Base {
        /// The base session.
        session: usize,
        /// Divisor = value × this: 1 at the base date, base level / level at an anchor.
        divisor_per_value: f64,
    },
    /// After a session whose state is known.
    Resume {
        /// The session of the state.
        session: usize,
        /// Holdings after that session, by instrument.
        members: Vec<(u32, Member)>,
        /// Divisor in force.
        divisor: f64,
    },
}

/// What an index keeps of its way beside units and corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trail {
    /// Positions, events, reference prices, and the state at the end.
    Kept,
    /// Nothing: for levels alone.
    None,
}

/// Units of an instrument from a session on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// First session.
    pub session: u32,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Units; NaN where it is not held any more.
    pub units: f64,
}

/// Divisor of the first session.
#[derive(Clone, Copy, Debug)]
pub enum Divisor {
    /// Value of the first close × this.
    PerValue(f64),
    /// That of a stored state.
    Known(f64),
}

/// Units of an instrument over a span of sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// First session.
    pub from: usize,
    /// One past the last session.
    pub to: usize,
    /// Units.
    pub units: f64,
}

/// Cash that goes ex on a session, in index currency.
#[derive(Clone, Copy, Debug)]
pub struct Distribution {
    /// The ex-session.
    pub session: usize,
    /// Before tax.
    pub gross: f64,
    /// After tax.
    pub net: f64,
}

/// Reference prices of a holding that goes ex, in quote currency.
#[derive(Clone, Copy, Debug)]
pub struct ExDate {
    /// The ex-session.
    pub session: usize,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// What it opens at.
    pub reference: Reference,
}

/// What Hold hands on.
#[derive(Clone, Debug)]
pub struct Holdings {
    /// The session of the start.
    pub first: usize,
    /// Units as they change, by session and instrument.
    pub steps: Vec<Step>,
    /// Divisor at the start.
    pub divisor: Divisor,
    /// Reference prices of what goes ex, by session and instrument.
    pub ex_dates: Vec<ExDate>,
    /// Cash that the total return reinvests.
    pub distributions: Vec<Distribution>,
    /// Divisor changes.
    pub corrections: Vec<Correction>,
    /// Holdings as they change.
    pub positions: Vec<Position>,
    /// What happened to whom.
    pub events: Vec<Event>,
    /// Holdings after the last session.
    pub members: Vec<(u32, Member)>,
}

impl Hold<'_> {
    /// Walks the sessions of the panel from the start to the end.
    ///
    /// # Errors
    ///
    /// [`crate::Error::MissingData`] for a constituent without price, shares or free float,
    /// [`crate::Error::Infeasible`] for caps that cannot be met, [`crate::Error::InvalidInput`] for intents that
    /// do not fit, [`crate::Error::Inconsistent`] for a correction that would move the level.
    pub fn run(
        &self,
        common: &Common<'_>,
        start: Start,
        trail: Trail,
        room: &mut Shelf,
    ) -> Result<Holdings> {
        let mut book = Book::new(*self, common, trail, room);
        match start {
            Start::Base {
                session,
                divisor_per_value,
            } => book.enter(session, divisor_per_value)?,
            Start::Resume {
                session,
                members,
                divisor,
            } => book.resume(session, members, divisor),
        }
        for session in book.out.first + 1..common.panel.sessions() {
            common.panel.pass(session - 1, session);
            book.open(session)?;
        }
        Ok(book.close(room))
    }
}

impl Holdings {
    /// Holdings that begin at a session, with nothing held yet.
    #[must_use]
    pub fn from(first: usize) -> Self {
        Self {
            first,
            steps: Vec::new(),
            divisor: Divisor::PerValue(1.0),
            ex_dates: Vec::new(),
            distributions: Vec::new(),
            corrections: Vec::new(),
            positions: Vec::new(),
            events: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Returns the units as spans up to the end of the sessions, by instrument and first session.
    #[must_use]
    pub fn entries(&self, sessions: usize) -> Vec<Entry> {
        let mut steps = self.steps.clone();
        steps.sort_by_key(|step| (step.instrument, step.session));
        let spans = steps.chunk_by(|a, b| a.instrument == b.instrument);
        spans
            .flat_map(|own| {
                own.iter()
                    .enumerate()
                    .filter(|(_, step)| !step.units.is_nan())
                    .map(|(at, step)| Entry {
                        instrument: step.instrument,
                        from: step.session as usize,
                        to: own
                            .get(at + 1)
                            .map_or(sessions, |next| next.session as usize),
                        units: step.units,
                    })
            })
            .collect()
    }
}
