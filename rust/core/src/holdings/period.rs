//! From one change to the next, for all indices that are renewed as a whole on the same sessions: what
//! becomes of each instrument, for a weight factor of 1.
//!
//! A name that a review renews starts from the latest snapshot, whatever the index held before; until
//! the next change it goes the same way in every index under the same share rules. So the way is gone
//! once, and an index has its weight factors alone.

use super::audit::Cause;
use super::book::{Book, Shelf};
use super::change::Changing;
use super::common::Common;
use super::hold::{Hold, Holdings, Trail};
use super::intents::{Change, Scheme};
use super::member::Member;
use crate::Result;

/// What moves the value of a holding, or its units, at the opening of a session.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The session.
    pub session: u32,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// What one unit is worth at the close before, in index currency.
    pub close: f64,
    /// The same at the opening.
    pub opening: f64,
    /// Adjusted shares until then.
    pub before: f64,
    /// Adjusted shares from then on.
    pub after: f64,
    /// Why the divisor must be corrected, as a set of [`Cause`].
    pub causes: u32,
}

/// Cash that goes ex.
#[derive(Clone, Copy, Debug)]
pub struct Cash {
    /// The session.
    pub session: u32,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// Adjusted shares after the opening.
    pub adjusted: f64,
    /// Cash of one unit before tax, in index currency.
    pub gross: f64,
    /// The same after tax.
    pub net: f64,
}

/// The sessions from a change up to the next one.
#[derive(Clone, Debug, Default)]
pub struct Period {
    /// The session of the change.
    pub start: usize,
    /// The session of the next change; the number of sessions, if there is none.
    pub end: usize,
    /// Who is held in one of the indices, ascending.
    pub instruments: Vec<u32>,
    /// Adjusted shares at the start, by instrument; NaN where an instrument is not held, or must be
    /// followed in each index by itself.
    pub adjusted: Vec<f64>,
    /// Values of the weighting session for a weight factor of 1, by instrument, where asked for.
    pub capping: Vec<f64>,
    /// What the change itself does to those held before or after: their moves at its opening.
    pub renewal: Vec<Move>,
    /// What moves after the start, by session and instrument.
    pub moves: Vec<Move>,
    /// Cash that goes ex, from the start on, by session and instrument.
    pub cash: Vec<Cash>,
    /// What the next one begins from.
    end_state: EndState,
}

/// What stands at the end of a period.
#[derive(Clone, Debug, Default)]
pub struct EndState {
    /// Adjusted shares before the next change, by instrument.
    last: Vec<f64>,
    /// Who has a share change due on the session of the next change.
    due: Vec<u32>,
}

/// What a period is made from.
pub struct Span<'a> {
    /// What all indices share.
    pub common: &'a Common<'a>,
    /// The scheme's share response.
    pub scheme: &'a Scheme,
    /// The change it begins with.
    pub change: &'a Change,
    /// Whether that is the base.
    pub is_base: bool,
    /// The session of the next change, or the number of sessions.
    pub end: usize,
}

impl Period {
    /// Goes the way of some instruments, which ascend.
    ///
    /// What an index would be refused for, of any of them, bars that instrument: the index must go its
    /// way by itself, to be told why.
    ///
    /// # Errors
    ///
    /// None that is about an instrument.
    pub fn new(span: &Span<'_>, instruments: &[u32]) -> Result<Self> {
        let (common, start) = (span.common, span.change.session);
        let mut shelf = Shelf::default();
        let hold = Hold {
            changes: &[],
            intents: &[],
            deletions: &[],
            scheme: span.scheme,
        };
        let mut book = Book::new(hold, common, Trail::None, &mut shelf);
        book.out = Holdings::from(start);
        let mut way = Way {
            book,
            barred: Vec::new(),
            period: Self {
                start,
                end: span.end,
                instruments: instruments.to_vec(),
                ..Self::default()
            },
        };
        way.enter(span, instruments);
        if !span.is_base {
            way.pay(start);
            way.book.judge(start)?;
        }
        for session in start + 1..span.end {
            common.panel.pass(session - 1, session);
            way.open(session, span.scheme.scales)?;
        }
        Ok(way.end(span.end))
    }

    /// Whether it bars an index that holds any of its instruments.
    #[must_use]
    pub fn bars(&self) -> bool {
        self.is_barred(&self.instruments)
    }

    /// Whether one of some instruments must be followed in each index by itself.
    #[must_use]
    pub fn is_barred(&self, instruments: &[u32]) -> bool {
        let mut own = instruments.iter();
        own.any(|&instrument| self.adjusted[instrument as usize].is_nan())
    }

    /// Gives away what the next period begins from.
    pub fn take_end(&mut self) -> EndState {
        std::mem::take(&mut self.end_state)
    }

    /// Works out what a change does, from what stood at the end of the period before it; `scales` as in
    /// [`Scheme`].
    pub fn follow(&mut self, before: &EndState, common: &Common<'_>, scales: bool) {
        let mut due = before.due.iter().copied().peekable();
        let mut ex = common.ex_on(self.start).peekable();
        let mut barred = Vec::new();
        let held = before.last.iter().zip(&self.adjusted);
        for (at, (&last, &adjusted)) in held.enumerate() {
            let instrument = at as u32;
            while ex
                .next_if(|&number| common.ex(number).instrument < instrument)
                .is_some()
            {}
            let own = ex.next_if(|&number| common.ex(number).instrument == instrument);
            let is_due = due.next_if_eq(&instrument).is_some();
            if last.is_nan() && adjusted.is_nan() {
                continue;
            }
            let (close, opening) = common.worth(self.start, at, own);
            if opening.is_nan() {
                barred.push(instrument);
            }
            // An index that held it then has no value on that close, and goes its way by itself.
            if close.is_nan() {
                continue;
            }
            self.renewal.push(Move {
                session: self.start as u32,
                instrument,
                close,
                opening: number_or_zero(opening),
                before: number_or_zero(last),
                after: if opening.is_nan() {
                    0.0
                } else {
                    number_or_zero(adjusted)
                },
                causes: causes(common, own, is_due, scales),
            });
        }
        self.bar(&barred);
    }

    /// Takes out the ways of some instruments.
    fn bar(&mut self, instruments: &[u32]) {
        for &instrument in instruments {
            self.adjusted[instrument as usize] = f64::NAN;
        }
        let adjusted = &self.adjusted;
        let follows = |instrument: u32| !adjusted[instrument as usize].is_nan();
        self.moves.retain(|row| follows(row.instrument));
        self.cash.retain(|row| follows(row.instrument));
    }
}

fn number_or_zero(figure: f64) -> f64 {
    if figure.is_nan() { 0.0 } else { figure }
}

/// Returns why a move corrects the divisor.
fn causes(common: &Common<'_>, ex: Option<usize>, is_due: bool, scales: bool) -> u32 {
    let due = if is_due { Cause::ShareChange.bit() } else { 0 };
    due | ex.map_or(0, |number| common.ex(number).causes(scales))
}

/// A period while it is made.
struct Way<'a> {
    book: Book<'a>,
    barred: Vec<u32>,
    period: Period,
}

impl Way<'_> {
    /// Enters every instrument as a review does.
    fn enter(&mut self, span: &Span<'_>, instruments: &[u32]) {
        let (panel, change) = (&span.common.panel, span.change);
        let close = change.session - usize::from(!span.is_base);
        let changing = Changing {
            change,
            close,
            value: f64::NAN,
        };
        self.period.adjusted = vec![f64::NAN; panel.instruments.len()];
        if change.caps.is_some() {
            self.period.capping = vec![f64::NAN; panel.instruments.len()];
        }
        for &instrument in instruments {
            let at = instrument as usize;
            // A snapshot without free float leaves the band as the index has it.
            let Some((fresh, shares)) = changing
                .fresh_shares(&self.book, at, 1.0)
                .ok()
                .filter(|(fresh, _)| !fresh.band.is_nan())
                .filter(|_| !span.is_base || panel.price(close, at) > 0.0)
            else {
                continue;
            };
            if change.caps.is_some() {
                let value = changing.capping_value(span.common, &fresh, &shares, at);
                let Ok(value) = value else { continue };
                self.period.capping[at] = value;
            }
            let member = Member::Shares(shares);
            self.period.adjusted[at] = member.units();
            self.book.settled[at] = member.units();
            self.book.hold(instrument, member);
        }
        self.book.touched.clear();
    }

    /// Opens a session without a change.
    fn open(&mut self, session: usize, scales: bool) -> Result<()> {
        let common = self.book.common;
        let due = self.book.take_due(session);
        let going: Vec<usize> = common
            .ex_among(session, |at| self.book.is_held(at))
            .collect();
        if going.is_empty() && due.is_empty() {
            return self.book.judge(session);
        }
        self.book.apply_effects(session, &going)?;
        for &instrument in &due {
            if self.book.apply_due(session, &[instrument]).is_err() {
                self.bar(instrument);
            }
        }
        self.book.touched.clear();
        self.step(session, &going, &due, scales);
        self.pay(session);
        self.book.judge(session)
    }

    /// Takes down what moved at an opening.
    fn step(&mut self, session: usize, going: &[usize], due: &[u32], scales: bool) {
        let common = self.book.common;
        let rights = going.iter().map(|&number| common.ex(number));
        let mut moved: Vec<u32> = rights
            .filter(|ex| ex.ex_rights)
            .map(|ex| ex.instrument)
            .chain(due.iter().copied())
            .collect();
        moved.sort_unstable();
        moved.dedup();
        for instrument in moved {
            let at = instrument as usize;
            let own = common.ex_of(session, at);
            let (close, opening) = common.worth(session, at, own);
            let after = self.book.members[at]
                .as_ref()
                .map_or(f64::NAN, Member::units);
            if close.is_nan() || opening.is_nan() || after.is_nan() {
                self.bar(instrument);
                continue;
            }
            let is_due = due.binary_search(&instrument).is_ok();
            self.period.moves.push(Move {
                session: session as u32,
                instrument,
                close,
                opening,
                before: self.book.settled[at],
                after,
                causes: causes(common, own, is_due, scales),
            });
            self.book.settled[at] = after;
        }
    }

    /// Takes down the cash that goes ex of what is held after an opening.
    fn pay(&mut self, session: usize) {
        let common = self.book.common;
        for number in common.ex_on(session) {
            let ex = common.ex(number);
            if !self.book.is_held(ex.instrument) {
                continue;
            }
            if ex.gross.is_nan() || ex.net.is_nan() {
                self.bar(ex.instrument);
            } else {
                self.period.cash.push(Cash {
                    session: session as u32,
                    instrument: ex.instrument,
                    adjusted: self.book.settled[ex.instrument as usize],
                    gross: ex.gross,
                    net: ex.net,
                });
            }
        }
    }

    fn bar(&mut self, instrument: u32) {
        self.book.release(instrument);
        self.barred.push(instrument);
    }

    fn end(mut self, end: usize) -> Period {
        let mut period = self.period;
        if end < self.book.common.panel.sessions() {
            period.end_state.due = self.book.take_due(end);
        }
        let mut last = self.book.settled.clone();
        for &instrument in &self.barred {
            last[instrument as usize] = f64::NAN;
        }
        period.end_state.last = last;
        period.bar(&self.barred);
        period
    }
}
