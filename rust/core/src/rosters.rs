//! Baskets of many indices, and what the holdings are asked for from one basket to the next.
//!
//! Reads baskets as ranges of rows, index after index; hands over intents for `holdings`.

use crate::holdings::intents::Verb;

/// Nobody: an instrument that is none.
pub const NONE: u32 = u32::MAX;

/// Baskets, those of an index one after another. Slices without another length have one element a
/// basket.
#[derive(Clone, Copy, Debug)]
pub struct Baskets<'a> {
    /// The index; a basket follows the one before where they have the same.
    pub owner: &'a [i64],
    /// Session from which it is in force.
    pub session: &'a [u32],
    /// Whether everyone is asked, not only those who join and leave.
    pub review: &'a [bool],
    /// What is asked of those who are in, by its number in [`VERBS`](crate::holdings::intents::VERBS).
    pub verb: &'a [u8],
    /// With which figure.
    pub value: &'a [f64],
    /// Where its rows begin, and where the last one's end.
    pub starts: &'a [i64],
    /// Security of each row, ascending within a basket.
    pub security: &'a [i32],
    /// Figure of each row, where they differ within a basket.
    pub values: Option<&'a [f64]>,
    /// Security that each row replaces, negative for none; where any does.
    pub replaces: Option<&'a [i32]>,
}

/// Intents, by basket and instrument.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Session.
    pub session: Vec<u32>,
    /// Instrument.
    pub instrument: Vec<u32>,
    /// What is asked, by its number in [`VERBS`](crate::holdings::intents::VERBS).
    pub verb: Vec<u8>,
    /// With which figure; NaN where there is none.
    pub value: Vec<f64>,
    /// Whose weight is inherited; or [`NONE`].
    pub related: Vec<u32>,
    /// Where the rows of each basket begin, and where the last one's end.
    pub starts: Vec<i64>,
    /// Baskets in which an heir names nobody who leaves, or somebody whom another one names too.
    pub refused: Vec<i64>,
}

impl Rows {
    fn push(&mut self, session: u32, instrument: u32, verb: u8, value: f64) {
        self.session.push(session);
        self.instrument.push(instrument);
        self.verb.push(verb);
        self.value.push(value);
        self.related.push(NONE);
    }
}

/// Returns what is asked from each basket to the next.
///
/// `instrument` has the column of each security in the panel, by which they ascend too.
#[must_use]
pub fn intents(baskets: &Baskets<'_>, instrument: &[i32]) -> Rows {
    let (drop, inherit) = (Verb::Drop as u8, Verb::Inherit as u8);
    let column = |security: i32| instrument[security as usize] as u32;
    let mut rows = Rows::default();
    let mut before: &[i32] = &[];
    for at in 0..baskets.owner.len() {
        let own = baskets.starts[at] as usize..baskets.starts[at + 1] as usize;
        let now = &baskets.security[own.clone()];
        if at > 0 && baskets.owner[at] != baskets.owner[at - 1] {
            before = &[];
        }
        rows.starts.push(rows.session.len() as i64);
        let (session, verb) = (baskets.session[at], baskets.verb[at]);
        let mut heirs = Vec::new();
        let mut left = before.iter().copied().peekable();
        for (row, &security) in own.zip(now) {
            while let Some(leaver) = left.next_if(|&leaver| leaver < security) {
                rows.push(session, column(leaver), drop, f64::NAN);
            }
            let stays = left.next_if_eq(&security).is_some();
            if stays && !baskets.review[at] {
                continue;
            }
            let value = baskets
                .values
                .map_or(baskets.value[at], |values| values[row]);
            rows.push(session, column(security), verb, value);
            if verb == inherit {
                let leaver = baskets.replaces.map_or(-1, |replaces| replaces[row]);
                if let (Some(related), true) = (rows.related.last_mut(), leaver >= 0) {
                    *related = column(leaver);
                }
                heirs.push(leaver);
            }
        }
        for leaver in left {
            rows.push(session, column(leaver), drop, f64::NAN);
        }
        if !in_order(&mut heirs, before, now) {
            rows.refused.push(at as i64);
        }
        before = now;
    }
    rows.starts.push(rows.session.len() as i64);
    rows
}

/// Tells whether everyone who is replaced leaves, and has one heir.
fn in_order(replaced: &mut [i32], before: &[i32], now: &[i32]) -> bool {
    replaced.sort_unstable();
    let leaves = |one: &i32| before.binary_search(one).is_ok() && now.binary_search(one).is_err();
    replaced.iter().all(leaves) && replaced.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use super::{Baskets, NONE, Rows, intents};

    const INHERIT: u8 = 3;
    const DROP: u8 = 7;

    /// Two baskets of one index and one of another: columns are ten times the securities.
    fn asked(review: bool, verb: u8, replaces: Option<&[i32]>) -> Rows {
        let baskets = Baskets {
            owner: &[0, 0, 1],
            session: &[0, 5, 0],
            review: &[true, review, true],
            verb: &[1, verb, 1],
            value: &[1.0, 2.0, 3.0],
            starts: &[0, 3, 6, 7],
            security: &[0, 1, 3, 1, 2, 4, 0],
            values: None,
            replaces,
        };
        let columns: Vec<i32> = (0..5).map(|security| 10 * security).collect();
        intents(&baskets, &columns)
    }

    #[test]
    fn a_review_asks_everyone_and_drops_who_left() {
        let rows = asked(true, 1, None);
        assert_eq!(rows.session, [0, 0, 0, 5, 5, 5, 5, 5, 0]);
        assert_eq!(rows.instrument, [0, 10, 30, 0, 10, 20, 30, 40, 0]);
        assert_eq!(rows.verb, [1, 1, 1, DROP, 1, 1, DROP, 1, 1]);
        assert_eq!(rows.value[4..6], [2.0, 2.0]);
        assert!(rows.value[3].is_nan() && rows.value[6].is_nan());
        assert_eq!(rows.starts, [0, 3, 8, 9]);
        assert!(rows.refused.is_empty());
    }

    #[test]
    fn between_reviews_nothing_is_asked_of_who_stays() {
        let rows = asked(false, 1, None);
        assert_eq!(rows.instrument[3..7], [0, 20, 30, 40]);
        assert_eq!(rows.verb[3..7], [DROP, 1, DROP, 1]);
    }

    #[test]
    fn heirs_name_who_leaves() {
        let rows = asked(false, INHERIT, Some(&[-1, -1, -1, -1, 3, 0, -1]));
        assert_eq!(rows.related[3..7], [NONE, 30, NONE, 0]);
        assert!(rows.refused.is_empty());
    }

    #[test]
    fn an_heir_of_nobody_of_who_stays_or_of_whom_another_inherits_is_refused() {
        for replaces in [[-1, 0], [1, 0], [2, 0], [3, 3]] {
            let rows = [-1, -1, -1, -1, replaces[0], replaces[1], -1];
            assert_eq!(asked(false, INHERIT, Some(&rows)).refused, [1]);
        }
        assert_eq!(asked(false, INHERIT, None).refused, [1]);
    }
}
