//! Carrying prices: a name without a trade keeps its last close, from an ex-date on its full
//! reference price (rule R42; raw carry over an ex-date is 8 to 13 bp wrong on real data).

use super::effect::Reference;
use super::effects::Effects;
use crate::panel::iso_date;
use crate::{Error, Result};

/// Fills the gaps of a close panel in place.
///
/// `close` is days × instruments with NaN where there was no trade; every day of `days` on which an
/// exchange was open is there, so that an ex-date always meets its row. What stays NaN lies before
/// the first price.
///
/// # Errors
///
/// [`Error::InvalidInput`] if a close is not a positive number, if the shapes do not fit, or if the
/// cash of an action is not less than the price it comes off.
pub fn carry(days: &[i32], names: &[String], close: &mut [f64], effects: &Effects) -> Result<()> {
    let instruments = names.len();
    if close.len() != days.len() * instruments {
        let expected = format!("must be {} days × {instruments} instruments", days.len());
        return Err(Error::invalid("len(close)", close.len(), expected));
    }
    let odd = |&price: &f64| !(price.is_nan() || (price > 0.0 && price.is_finite()));
    // Where it is comes second: without a place many prices are looked at in one go.
    let any = close.iter().fold(false, |any, price| any | odd(price));
    if let Some(at) = any.then(|| close.iter().position(odd)).flatten() {
        let place = format!("close[{}, {}]", at / instruments, at % instruments);
        return Err(Error::invalid(
            place,
            close[at],
            "must be a positive price, or NaN for no trade",
        ));
    }
    let mut ex_dates: Vec<_> = effects
        .all()
        .iter()
        .filter_map(|effect| Some((days.binary_search(&effect.day).ok()?, effect)))
        .filter(|&(day, _)| day > 0)
        .collect();
    ex_dates.sort_by_key(|&(day, effect)| (day, effect.instrument));
    let mut ex_dates = ex_dates.into_iter().peekable();
    for day in 1..days.len() {
        let (before, rest) = close.split_at_mut(day * instruments);
        let before = &before[(day - 1) * instruments..];
        let today = &mut rest[..instruments];
        while let Some((_, effect)) = ex_dates.next_if(|&(ex_day, _)| ex_day == day) {
            let at = effect.instrument as usize;
            if today[at].is_nan() && !before[at].is_nan() {
                today[at] = effect
                    .reference(Reference::at(before[at]))
                    .map_err(|error| error.at(format!("{} {}", names[at], iso_date(days[day]))))?
                    .full;
            }
        }
        for (price, &last) in today.iter_mut().zip(before) {
            *price = if price.is_nan() { last } else { *price };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::carry;
    use crate::reference::action::{Action, Kind};
    use crate::reference::effects::Effects;

    fn carried(close: &[f64], actions: &[(i32, Kind, f64)]) -> Vec<f64> {
        let actions: Vec<_> = actions
            .iter()
            .map(|&(day, kind, amount)| Action {
                instrument: 0,
                day,
                kind,
                amount,
                price: 0.0,
                tax: 0.0,
            })
            .collect();
        let effects = Effects::new(&["A".to_owned()], &actions, None).unwrap();
        let mut close = close.to_vec();
        let days: Vec<i32> = (0..i32::try_from(close.len()).unwrap()).collect();
        carry(&days, &["A".to_owned()], &mut close, &effects).unwrap();
        close
    }

    // Rule R42
    #[test]
    fn a_suspended_name_keeps_its_close_and_from_an_ex_date_its_reference_price() {
        let gap = f64::NAN;
        assert_eq!(
            carried(&[20.0, gap, gap, 21.0], &[]),
            [20.0, 20.0, 20.0, 21.0]
        );
        assert_eq!(
            carried(&[20.0, gap, gap, 21.0], &[(2, Kind::Bonus, 1.0)]),
            [20.0, 20.0, 10.0, 21.0]
        );
        assert_eq!(
            carried(&[20.0, gap], &[(0, Kind::Bonus, 1.0)]),
            [20.0, 20.0]
        );
        assert_eq!(
            carried(&[20.0, gap, gap], &[(1, Kind::Cash, 0.5)]),
            [20.0, 19.5, 19.5]
        );
    }

    #[test]
    fn an_ex_date_with_a_trade_changes_no_price_and_the_time_before_the_first_price_stays_empty() {
        assert_eq!(
            carried(&[20.0, 11.0], &[(1, Kind::Bonus, 1.0)]),
            [20.0, 11.0]
        );
        let before_listing = carried(
            &[f64::NAN, 11.0],
            &[(0, Kind::Bonus, 1.0), (1, Kind::Bonus, 1.0)],
        );
        assert!(before_listing[0].is_nan());
        assert_eq!(before_listing[1].to_bits(), 11.0_f64.to_bits());
    }

    #[test]
    fn a_price_that_is_no_price_is_refused() {
        let effects = Effects::new(&["A".to_owned()], &[], None).unwrap();
        let error = carry(&[0], &["A".to_owned()], &mut [0.0], &effects).unwrap_err();
        assert_eq!(
            error.to_string(),
            "close[0, 0] = 0: must be a positive price, or NaN for no trade"
        );
    }
}
