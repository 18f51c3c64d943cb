//! What Decide asks for: rows (effective session, instrument, verb, value) and their sessions.

use std::ops::Range;

use crate::capping::Caps;

/// What an intent asks of a holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Hold `value` units.
    Units,
    /// Hold the adjusted shares times the weight factor `value`; renews shares and band.
    Factor,
    /// Hold the weight `value` at the close of the weighting session.
    Weight,
    /// Take over the closing weight of the leaver `related` (R32).
    Inherit,
    /// Hold `value` shares of the child for each share of the parent `related` (R26).
    SpinOff,
    /// Count `value` shares; band and factor stay (R34).
    Shares,
    /// Take the weight factor `value`; shares and band stay (R34).
    Reweigh,
    /// Leave.
    Drop,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Intent {
    /// First session of the new holding.
    pub session: usize,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// What is asked.
    pub verb: Verb,
    /// Units, factor, weight, ratio or shares; else ignored.
    pub value: f64,
    /// The leaver whose weight is inherited, or the parent of a spin-off; else ignored.
    pub related: u32,
}

/// Verbs by their number in columns, which is that of the variant.
pub const VERBS: [Verb; 8] = [
    Verb::Units,
    Verb::Factor,
    Verb::Weight,
    Verb::Inherit,
    Verb::SpinOff,
    Verb::Shares,
    Verb::Reweigh,
    Verb::Drop,
];

/// Rows as columns: those of one index, or of many one after another.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// First session of the new holding.
    pub session: &'a [u32],
    /// Column of the instrument in the panel.
    pub instrument: &'a [u32],
    /// Number of the verb in [`VERBS`].
    pub verb: &'a [u8],
    /// What [`Intent::value`] is.
    pub value: &'a [f64],
    /// What [`Intent::related`] is.
    pub related: &'a [u32],
}

/// Marks instruments of a panel; numbers past the last one are no instrument.
#[must_use]
pub fn marked<'n>(instruments: usize, numbers: impl Iterator<Item = &'n u32>) -> Vec<bool> {
    let (mut marked, mut rest) = (vec![false; instruments], instruments);
    for &number in numbers {
        if let Some(cell) = marked.get_mut(number as usize).filter(|cell| !**cell) {
            *cell = true;
            rest -= 1;
            if rest == 0 {
                break;
            }
        }
    }
    marked
}

impl Columns<'_> {
    /// Returns some of the rows.
    #[must_use]
    pub fn part(&self, rows: Range<usize>) -> Self {
        Self {
            session: &self.session[rows.clone()],
            instrument: &self.instrument[rows.clone()],
            verb: &self.verb[rows.clone()],
            value: &self.value[rows.clone()],
            related: &self.related[rows],
        }
    }

    /// Tells which instruments of a panel the rows name.
    #[must_use]
    pub fn named(&self, instruments: usize) -> Vec<bool> {
        marked(instruments, self.instrument.iter().chain(self.related))
    }

    /// Returns the rows by session and instrument.
    #[must_use]
    pub fn in_order(&self) -> Vec<Intent> {
        let row = |at: usize| Intent {
            session: self.session[at] as usize,
            instrument: self.instrument[at],
            verb: VERBS[self.verb[at] as usize],
            value: self.value[at],
            related: self.related[at],
        };
        let key = |intent: &Intent| (intent.session, intent.instrument);
        let mut intents: Vec<Intent> = (0..self.session.len()).map(row).collect();
        if !intents.is_sorted_by_key(key) {
            intents.sort_by_key(key);
        }
        intents
    }
}

/// An effective session: all its intents are one change of the divisor (R50).
#[derive(Clone, Debug)]
pub struct Change {
    /// First session of the new holdings.
    pub session: usize,
    /// Session whose closes give the capping values or the weights: lag 1 is the adjustment close.
    pub weighting_session: usize,
    /// Which of the scheme's caps apply to the names with a factor intent (a review of a capped
    /// index); `None` where the factors are those of the intents.
    pub caps: Option<usize>,
    /// Whether an heir takes the weight at the last real close rather than at a deletion price.
    pub inherit_real_close: bool,
    /// Whether the divisor keeps the level; else the gap passes through (R34).
    pub keeps_level: bool,
    /// Why, as a set of [`super::audit::Cause`].
    pub causes: u32,
}

/// A name that leaves at a deletion price (R33): the panel holds that price on the session before.
#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    /// First session without the name.
    pub session: usize,
    /// Column of the instrument in the panel.
    pub instrument: u32,
    /// The last real close, which the deletion price replaced.
    pub close: f64,
}

/// How a weighting scheme responds to shares (design §1).
#[derive(Clone, Debug)]
pub struct Scheme {
    /// Whether units are adjusted shares times a factor; else they stand by themselves.
    pub of_shares: bool,
    /// Whether a bonus, rights issue or split scales the units; else the divisor absorbs it.
    pub scales: bool,
    /// The caps of a capped index, in the versions that its changes refer to (R58).
    pub caps: Vec<Caps>,
    /// Value of the first basket of an index made of weights.
    pub base_value: f64,
}
