//! Properties of the caps (B.3).
#![allow(clippy::unwrap_used, reason = "a test may stop")]
#![allow(
    clippy::float_cmp,
    reason = "a capped name has the cap itself, an uncapped one the factor 1"
)]

use proptest::prelude::*;

use super::golden::{CLOSE, caps, is_close, smallest_in};
use super::{Caps, Infeasible, TopTest, cap, cap_batch, weight_factors};

/// `min(X, λ·m)` with prefix sums over the sorted values, the closed form of B.1.
fn closed_form(values: &[f64], limit: f64) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|left, right| right.total_cmp(left));
    let mut below: f64 = sorted.iter().sum();
    for (capped, value) in sorted.iter().enumerate() {
        let scale = (1.0 - limit * capped as f64) / below;
        if value * scale <= limit + CLOSE {
            return values
                .iter()
                .map(|value| (value * scale).min(limit))
                .collect();
        }
        below = sorted[capped + 1..].iter().sum();
    }
    values
        .iter()
        .map(|&value| if value > 0.0 { limit } else { 0.0 })
        .collect()
}

/// Values over eight orders of magnitude, some of them zero.
fn values(names: std::ops::Range<usize>) -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        1 => Just(0.0),
        9 => (-4.0_f64..4.0).prop_map(|power| 10.0_f64.powf(power)),
        3 => (1_u32..20).prop_map(f64::from),
    ];
    prop::collection::vec(value, names).prop_filter("a basket has value", |values| {
        values.iter().any(|&value| value > 0.0)
    })
}

fn limits() -> impl Strategy<Value = Caps> {
    let test = prop_oneof![Just(TopTest::Initial), Just(TopTest::AfterSingleCap)];
    let remedy = prop_oneof![Just(Infeasible::Error), Just(Infeasible::LiftFifth)];
    let limit = || prop::option::of(0.02_f64..=1.0);
    (limit(), limit(), 1_usize..8, test, remedy).prop_map(
        |(single, top, count, top_test, infeasible)| Caps {
            single,
            top,
            count,
            top_test,
            infeasible,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    // Rule B.3
    #[test]
    fn weights_sum_to_1_and_keep_caps_and_order(values in values(1..60), caps in limits()) {
        let Ok(weights) = cap(&values, None, &caps) else { return Ok(()) };
        prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() <= CLOSE);
        let single = caps.single.unwrap_or(1.0);
        prop_assert!(weights.iter().all(|&weight| weight <= single + CLOSE));

        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        prop_assert!(order.windows(2).all(|pair| weights[pair[0]] >= weights[pair[1]] - CLOSE));
        let together: f64 = order.iter().take(caps.count).map(|&name| weights[name]).sum();
        prop_assert!(together <= caps.top.unwrap_or(1.0) + CLOSE);
        for (value, weight) in values.iter().zip(&weights) {
            prop_assert_eq!(*value == 0.0, *weight == 0.0);
        }
        // Names that no limit holds keep the ratio of their values, inside and outside the top.
        let fifth = order.iter().take(caps.count).map(|&name| weights[name]).fold(1.0, f64::min);
        for group in [&order[..caps.count.min(order.len())], &order[caps.count.min(order.len())..]] {
            let free: Vec<usize> = group
                .iter()
                .copied()
                .filter(|&name| values[name] > 0.0)
                .filter(|&name| weights[name] < single - CLOSE && weights[name] != fifth)
                .collect();
            for pair in free.windows(2) {
                let ratio = weights[pair[0]] / weights[pair[1]];
                prop_assert!((ratio / (values[pair[0]] / values[pair[1]]) - 1.0).abs() < 1e-9);
            }
        }
    }

    // Rule B.3
    #[test]
    fn capping_twice_is_capping_once(values in values(1..60), caps in limits()) {
        let Ok(weights) = cap(&values, None, &caps) else { return Ok(()) };
        let again = cap(&weights, None, &caps).unwrap();
        prop_assert!(is_close(&again, &weights, 4.0 * CLOSE), "{weights:?} {again:?}");
    }

    // Rule B.3
    #[test]
    fn weights_do_not_depend_on_the_unit_of_value(
        values in values(1..60), caps in limits(), power in -300_i32..300,
    ) {
        // A power of two changes no digit, so neither may the weights.
        let scaled: Vec<f64> = values.iter().map(|value| value * 2.0_f64.powi(power)).collect();
        let of = |values: &[f64]| cap(values, None, &caps).ok();
        prop_assert_eq!(of(&values), of(&scaled));
    }

    // Rule B.3
    #[test]
    fn weights_go_with_their_names(
        (values, order) in values(1..60).prop_flat_map(|values| {
            let order: Vec<usize> = (0..values.len()).collect();
            (Just(values), Just(order).prop_shuffle())
        }),
        caps in limits(),
    ) {
        let rank: Vec<u32> = (0..values.len() as u32).collect();
        let shuffled: Vec<f64> = order.iter().map(|&name| values[name]).collect();
        let shuffled_rank: Vec<u32> = order.iter().map(|&name| rank[name]).collect();
        let direct = cap(&values, Some(&rank), &caps);
        let turned = cap(&shuffled, Some(&shuffled_rank), &caps);
        prop_assert_eq!(direct.is_ok(), turned.is_ok());
        let (Ok(direct), Ok(turned)) = (direct, turned) else { return Ok(()) };
        let expected: Vec<f64> = order.iter().map(|&name| direct[name]).collect();
        prop_assert!(is_close(&turned, &expected, CLOSE));
    }

    // Rule B.1
    #[test]
    fn the_iteration_agrees_with_the_closed_form(values in values(1..200), limit in 0.005_f64..=1.0) {
        let Ok(weights) = cap(&values, None, &caps(Some(limit), None)) else { return Ok(()) };
        prop_assert!(is_close(&weights, &closed_form(&values, limit), 2.0 * CLOSE));
    }

    // Rule B.3
    #[test]
    fn a_higher_cap_never_holds_more_names(values in values(1..60), low in 0.02_f64..1.0, rise in 0.0_f64..0.5) {
        let held = |limit: f64| {
            let weights = cap(&values, None, &caps(Some(limit), None)).ok()?;
            Some(weights.iter().filter(|&&weight| weight == limit).count())
        };
        let high = (low + rise).min(1.0);
        let Some(names) = held(low) else { return Ok(()) };
        prop_assert!(held(high).unwrap() <= names);
    }

    // Rule B.3
    #[test]
    fn caps_of_1_leave_the_weights_alone(values in values(1..60)) {
        let plain = cap(&values, None, &caps(None, None)).unwrap();
        let total: f64 = values.iter().sum();
        let expected: Vec<f64> = values.iter().map(|value| value / total).collect();
        prop_assert!(is_close(&plain, &expected, CLOSE));
        prop_assert_eq!(&cap(&values, None, &caps(Some(1.0), Some(1.0))).unwrap(), &plain);
        prop_assert!(weight_factors(&values, &plain).unwrap().iter().all(|&factor| factor == 1.0));
    }

    // Rule R38
    #[test]
    fn factors_reproduce_the_weights(values in values(1..60), caps in limits()) {
        let Ok(weights) = cap(&values, None, &caps) else { return Ok(()) };
        let factors = weight_factors(&values, &weights).unwrap();
        prop_assert!(factors.iter().all(|&factor| factor > 0.0 && factor <= 1.0));
        prop_assert!(factors.contains(&1.0));
        let products: Vec<f64> = values.iter().zip(&factors).map(|(v, k)| v * k).collect();
        let total: f64 = products.iter().sum();
        let found: Vec<f64> = products.iter().map(|product| product / total).collect();
        prop_assert!(is_close(&found, &weights, CLOSE));
    }

    // Rule B.2
    #[test]
    fn the_cap_that_an_error_names_is_feasible_and_a_lower_one_is_not(
        values in values(1..40), mut caps in limits(),
    ) {
        let Err(error) = cap(&values, None, &caps) else { return Ok(()) };
        let smallest = smallest_in(&error);
        let limit = if error.to_string().starts_with("single_cap") {
            caps.top = None;
            &mut caps.single
        } else {
            &mut caps.top
        };
        *limit = Some(smallest - 1e-9);
        prop_assert!(cap(&values, None, &caps).is_err());
        let limit = if error.to_string().starts_with("single_cap") { &mut caps.single } else { &mut caps.top };
        *limit = Some(smallest);
        prop_assert!(cap(&values, None, &caps).is_ok(), "{error}");
    }

    // Rule B.2
    #[test]
    fn a_batch_has_the_bits_of_its_baskets(
        baskets in prop::collection::vec(values(1..40), 0..40), caps in limits(),
    ) {
        let single: Vec<_> = baskets.iter().map(|basket| cap(basket, None, &caps)).collect();
        let mut offsets = vec![0];
        offsets.extend(baskets.iter().scan(0, |end, basket| { *end += basket.len(); Some(*end) }));
        let mut weights = vec![0.0; offsets[offsets.len() - 1]];
        let batch = cap_batch(&baskets.concat(), &offsets, None, &caps, &mut weights).map(|()| weights);
        match single.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(weights) => prop_assert_eq!(batch.unwrap(), weights.concat()),
            Err(_) => prop_assert!(batch.is_err()),
        }
    }
}
