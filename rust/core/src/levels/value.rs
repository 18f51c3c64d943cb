//! Value: Σ price × rate × units of every session, for a whole history (design §1, §6).

use rayon::prelude::*;

use super::cells::{Cells, LANES};
use super::held::Held;
use crate::holdings::Holdings;
use crate::panel::{Panel, iso_date};
use crate::{Error, Result};

/// Blocks of sessions that one task values.
const BLOCKS: usize = 8;

/// Returns the value of one index on every session from its first on; NaN before it.
///
/// # Errors
///
/// [`Error::MissingData`] naming an instrument and session held without a price or a rate.
pub fn values(panel: &Panel<'_>, holdings: &Holdings) -> Result<Vec<f64>> {
    let sessions = panel.sessions();
    let mut values = vec![f64::NAN; sessions.div_ceil(LANES) * LANES];
    let tasks = panel.slab().div_ceil(BLOCKS * LANES).max(1);
    for (slab, values) in values.chunks_mut(tasks * BLOCKS * LANES).enumerate() {
        values
            .par_chunks_mut(BLOCKS * LANES)
            .enumerate()
            .for_each(|(task, values)| {
                let first = (slab * tasks + task) * BLOCKS;
                let instruments = panel.instruments.len();
                let held = Held::before(first * LANES, &holdings.steps, instruments);
                value_blocks(panel, held, first, values);
            });
        panel.release();
    }
    values.truncate(sessions);
    check(panel, holdings, &mut values)?;
    Ok(values)
}

/// Values blocks from the one at which the holdings stand.
fn value_blocks(cells: &impl Cells, mut held: Held<'_>, first: usize, values: &mut [f64]) {
    for (block, sums) in (first..).zip(values.chunks_exact_mut(LANES)) {
        sums.copy_from_slice(&held.value(&cells.block(block), block));
    }
}

/// Takes away what lies before the start, and refuses values that are not numbers.
pub(super) fn check(panel: &Panel<'_>, holdings: &Holdings, values: &mut [f64]) -> Result<()> {
    values[..holdings.first].fill(f64::NAN);
    let own = &values[holdings.first..];
    match own.iter().position(|value| value.is_nan()) {
        Some(offset) => Err(missing(panel, holdings.first + offset, holdings)),
        None => Ok(()),
    }
}

/// Finds the first holding without a price on a session.
fn missing(panel: &Panel<'_>, session: usize, holdings: &Holdings) -> Error {
    let date = iso_date(panel.days[session]);
    let culprit = holdings
        .entries(panel.sessions())
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
    use super::{check, value_blocks, values};
    use crate::holdings::Holdings;
    use crate::holdings::hold::Step;
    use crate::levels::cells::Product;
    use crate::levels::held::Held;
    use crate::panel::Panel;
    use proptest::prelude::*;

    fn holdings(steps: Vec<Step>) -> Holdings {
        Holdings {
            steps,
            ..Holdings::from(0)
        }
    }

    fn naive(panel: &Panel<'_>, steps: &[Step], session: usize) -> f64 {
        let mut value = 0.0;
        for at in 0..panel.instruments.len() {
            let mut own = steps.iter().filter(|step| step.instrument as usize == at);
            let last = own.rfind(|step| step.session as usize <= session);
            if let Some(step) = last.filter(|step| !step.units.is_nan()) {
                value += (panel.price(session, at) * panel.rate(session, at)) * step.units;
            }
        }
        value
    }

    proptest! {
        #[test]
        fn every_session_is_the_plain_sum_to_the_last_bit(
            sessions in 1_usize..90,
            cells in prop::collection::vec(0.01_f64..1e4, 90 * 5),
            changes in prop::collection::btree_map(
                (0_u32..90, 0_u32..5), prop::option::weighted(0.8, -1e6_f64..1e6), 0..120,
            ),
        ) {
            let ids: Vec<String> = ('A'..='E').map(String::from).collect();
            let days: Vec<i32> = (0..i32::try_from(sessions).unwrap()).collect();
            let fx: Vec<f64> = (0..sessions * 2).map(|at| 0.8 + at as f64 / 1e3).collect();
            let panel = Panel::new(&days, &ids, &cells[..sessions * 5], &fx, &[0, 1, 0, 1, 0]).unwrap();
            let steps: Vec<Step> = changes
                .into_iter()
                .filter(|&((session, _), _)| (session as usize) < sessions)
                .map(|((session, instrument), units)| Step {
                    session, instrument, units: units.unwrap_or(f64::NAN),
                })
                .collect();
            let own = holdings(steps.clone());
            let found = values(&panel, &own).unwrap();
            // The cells laid out for many indices give the same bits.
            let mut memory = vec![0.0; Product::size(sessions, 5)];
            let product = Product::new(&panel, &mut memory).unwrap();
            let mut many = vec![f64::NAN; sessions.div_ceil(16) * 16];
            value_blocks(&product, Held::before(0, &steps, 5), 0, &mut many);
            many.truncate(sessions);
            check(&panel, &own, &mut many).unwrap();
            for (session, value) in found.iter().enumerate() {
                prop_assert_eq!(value.to_bits(), naive(&panel, &steps, session).to_bits());
                prop_assert_eq!(value.to_bits(), many[session].to_bits());
            }
        }
    }

    #[test]
    fn a_holding_without_a_price_is_named() {
        let ids = ["A".to_owned()];
        let days = [0, 1];
        let panel = Panel::new(&days, &ids, &[1.0, f64::NAN], &[1.0, 1.0], &[0]).unwrap();
        let step = Step {
            session: 0,
            instrument: 0,
            units: 1.0,
        };
        let error = values(&panel, &holdings(vec![step])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "prices of A: must have a close and a rate on 1970-01-02"
        );
    }
}
