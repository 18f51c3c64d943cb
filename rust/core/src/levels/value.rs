//! Value: Σ price × rate × units of every session, for a whole history (design §1, §6).
//!
//! Sessions are lanes: each lane adds its terms from +0.0 in ascending instrument order, with a
//! separate multiply and add, so neither the number of threads nor the width of the vector unit can
//! change a bit.

use rayon::prelude::*;

use crate::holdings::hold::Entry;
use crate::panel::{Panel, iso_date};
use crate::{Error, Result};

/// Sessions valued side by side.
const LANES: usize = 16;

/// Returns the value of the holdings on every session from `first` on; NaN before it.
///
/// `entries` are ordered by instrument and first session, as [`crate::holdings::Holdings`] has them.
///
/// # Errors
///
/// [`Error::MissingData`] naming an instrument and session held without a price or a rate.
pub fn values(panel: &Panel<'_>, first: usize, entries: &[Entry]) -> Result<Vec<f64>> {
    let sessions = panel.sessions();
    let blocks = by_block(sessions, entries);
    let mut values = vec![f64::NAN; sessions.div_ceil(LANES) * LANES];
    values
        .par_chunks_mut(LANES)
        .zip(blocks)
        .enumerate()
        .for_each(|(block, (sums, entries))| value_block(panel, block * LANES, &entries, sums));
    values.truncate(sessions);
    values[..first].fill(f64::NAN);
    match values[first..].iter().position(|value| value.is_nan()) {
        Some(offset) => Err(missing(panel, first + offset, entries)),
        None => Ok(values),
    }
}

/// Sorts entries into the blocks of sessions they touch, keeping instrument order.
fn by_block(sessions: usize, entries: &[Entry]) -> Vec<Vec<Entry>> {
    let mut blocks = vec![Vec::new(); sessions.div_ceil(LANES)];
    for entry in entries.iter().filter(|entry| entry.from < entry.to) {
        for block in &mut blocks[entry.from / LANES..=(entry.to - 1) / LANES] {
            block.push(*entry);
        }
    }
    blocks
}

fn value_block(panel: &Panel<'_>, start: usize, entries: &[Entry], sums: &mut [f64]) {
    let instruments = panel.instruments.len();
    let end = (start + LANES).min(panel.sessions());
    let mut lanes = [0.0_f64; LANES];
    for entry in entries {
        let instrument = entry.instrument as usize;
        let (from, to) = (entry.from.max(start), entry.to.min(end));
        if (from, to) == (start, start + LANES) {
            let column = &panel.prices[start * instruments + instrument..];
            for (lane, sum) in lanes.iter_mut().enumerate() {
                let price = column[lane * instruments];
                *sum += (price * panel.rate(start + lane, instrument)) * entry.units;
            }
        } else {
            for session in from..to {
                let price = panel.price(session, instrument);
                lanes[session - start] += (price * panel.rate(session, instrument)) * entry.units;
            }
        }
    }
    sums.copy_from_slice(&lanes);
}

/// Finds the first holding without a price on a session.
fn missing(panel: &Panel<'_>, session: usize, entries: &[Entry]) -> Error {
    let date = iso_date(panel.days[session]);
    let culprit = entries
        .iter()
        .filter(|entry| (entry.from..entry.to).contains(&session))
        .map(|entry| entry.instrument as usize)
        .find(|&at| (panel.price(session, at) * panel.rate(session, at)).is_nan());
    Error::MissingData(match culprit {
        Some(at) => format!(
            "prices of {}: must have a close and a rate on {date}",
            panel.instruments[at]
        ),
        None => format!("{date}: the value is not a number"),
    })
}

#[cfg(test)]
mod tests {
    use super::values;
    use crate::holdings::hold::Entry;
    use crate::panel::Panel;
    use proptest::prelude::*;

    fn naive(panel: &Panel<'_>, entries: &[Entry], session: usize) -> f64 {
        let mut value = 0.0;
        for entry in entries
            .iter()
            .filter(|entry| (entry.from..entry.to).contains(&session))
        {
            let at = entry.instrument as usize;
            value += (panel.price(session, at) * panel.rate(session, at)) * entry.units;
        }
        value
    }

    proptest! {
        #[test]
        fn every_session_is_the_plain_sum_to_the_last_bit(
            sessions in 1_usize..60,
            cells in prop::collection::vec(0.01_f64..1e4, 60 * 5),
            spans in prop::collection::vec((0_usize..60, 0_usize..60, -1e6_f64..1e6), 0..12),
        ) {
            let ids: Vec<String> = ('A'..='E').map(String::from).collect();
            let days: Vec<i32> = (0..i32::try_from(sessions).unwrap()).collect();
            let fx: Vec<f64> = (0..sessions * 2).map(|at| 0.8 + at as f64 / 1e3).collect();
            let panel = Panel::new(&days, &ids, &cells[..sessions * 5], &fx, &[0, 1, 0, 1, 0]).unwrap();
            let mut entries: Vec<Entry> = spans
                .iter()
                .enumerate()
                .map(|(at, &(from, to, units))| Entry {
                    instrument: (at % 5) as u32, from: from.min(sessions), to: to.min(sessions), units,
                })
                .filter(|entry| entry.from < entry.to)
                .collect();
            entries.sort_by_key(|entry| (entry.instrument, entry.from));
            let found = values(&panel, 0, &entries).unwrap();
            for (session, value) in found.iter().enumerate() {
                prop_assert_eq!(value.to_bits(), naive(&panel, &entries, session).to_bits());
            }
        }
    }

    #[test]
    fn a_holding_without_a_price_is_named() {
        let ids = ["A".to_owned()];
        let days = [0, 1];
        let panel = Panel::new(&days, &ids, &[1.0, f64::NAN], &[1.0, 1.0], &[0]).unwrap();
        let entry = Entry {
            instrument: 0,
            from: 0,
            to: 2,
            units: 1.0,
        };
        let error = values(&panel, 0, &[entry]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "prices of A: must have a close and a rate on 1970-01-02"
        );
    }
}
