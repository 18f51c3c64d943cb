//! The walk over the sessions: what it reads, where it starts, what it hands on.

use super::audit::{Correction, Event, Position};
use super::book::Book;
use super::intents::{Change, Deletion, Intent, Scheme};
use super::member::Member;
use super::shares::Register;
use crate::Result;
use crate::panel::Panel;
use crate::reference::effects::{Effects, Reference};

/// Everything Hold reads.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    /// Prices and rates.
    pub panel: Panel<'a>,
    /// Corporate actions.
    pub effects: &'a Effects,
    /// Share snapshots.
    pub register: &'a Register,
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
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// The session of the start.
    pub first: usize,
    /// Units, by instrument and first session.
    pub entries: Vec<Entry>,
    /// Divisor of every session; NaN before the first.
    pub divisors: Vec<f64>,
    /// Opening value of the price index where it is not the value of the close before.
    pub openings: Vec<(usize, f64)>,
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
    /// Walks the sessions from the start to the end of the panel.
    ///
    /// # Errors
    ///
    /// [`Error::MissingData`] for a constituent without price, shares or free float,
    /// [`Error::Infeasible`] for caps that cannot be met, [`Error::InvalidInput`] for intents that
    /// do not fit, [`Error::Inconsistent`] for a correction that would move the level.
    pub fn run(&self, start: Start) -> Result<Holdings> {
        let mut book = Book::new(*self);
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
        for session in book.out.first + 1..self.panel.sessions() {
            book.open(session)?;
        }
        Ok(book.close())
    }
}
