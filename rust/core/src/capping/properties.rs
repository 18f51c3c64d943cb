//! Golden numbers and properties of the caps (B.3, B.4).
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use proptest::prelude::*;

use super::{Caps, Infeasible, TopTest, cap, cap_batch, weight_factors};
use crate::error::Error;

/// Distance that rounding explains.
const CLOSE: f64 = 1e-12;

/// B.4, rows 3 and 4: the five largest hold 83 %.
const CONCENTRATED: [f64; 14] = [
    300.0, 200.0, 150.0, 100.0, 80.0, 50.0, 40.0, 30.0, 20.0, 10.0, 8.0, 6.0, 4.0, 2.0,
];

/// B.4, row 5: infeasible as the rule stands.
const STEEP: [f64; 16] = [
    40.0, 30.0, 10.0, 4.0, 3.5, 2.9, 2.4, 1.6, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4,
];

fn caps(single: Option<f64>, top: Option<f64>) -> Caps {
    Caps {
        single,
        top,
        count: 5,
        top_test: TopTest::Initial,
        infeasible: Infeasible::Error,
    }
}

fn lifted(single: Option<f64>, top: Option<f64>) -> Caps {
    Caps {
        infeasible: Infeasible::LiftFifth,
        ..caps(single, top)
    }
}

fn is_close(found: &[f64], expected: &[f64], within: f64) -> bool {
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| (found - expected).abs() <= within)
}

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

fn smallest_in(error: &Error) -> f64 {
    let text = error.to_string();
    let (_, number) = text.rsplit_once(" is ").unwrap();
    number.split(',').next().unwrap().parse().unwrap()
}

// Rule B.4.1
#[test]
fn a_single_cap_of_15_percent_takes_three_rounds() {
    let values = [
        400.0, 250.0, 120.0, 60.0, 50.0, 40.0, 30.0, 20.0, 15.0, 10.0, 5.0,
    ];
    let expected = [
        0.15, 0.15, 0.15, 0.143_478, 0.119_565, 0.095_652, 0.071_739, 0.047_826, 0.035_870,
        0.023_913, 0.011_957,
    ];
    let weights = cap(&values, None, &caps(Some(0.15), None)).unwrap();
    assert!(is_close(&weights, &expected, 5e-7), "{weights:?}");
}

// Rule B.4.3
#[test]
fn the_top_five_get_60_percent_and_the_fifth_caps_the_rest() {
    let caps = caps(Some(0.2), Some(0.6));
    let expected = [
        0.2, 0.150_943, 0.113_208, 0.075_472, 0.060_377, 0.060_377, 0.060_377, 0.060_377,
        0.060_377, 0.052_830, 0.042_264, 0.031_698, 0.021_132, 0.010_566,
    ];
    let weights = cap(&CONCENTRATED, None, &caps).unwrap();
    assert!(is_close(&weights, &expected, 5e-7), "{weights:?}");
    let factors = weight_factors(&CONCENTRATED, &weights).unwrap();
    let expected = [
        0.126_190, 0.142_857, 0.142_857, 0.142_857, 0.142_857, 0.228_571, 0.285_714, 0.380_952,
        0.571_429, 1.0, 1.0, 1.0, 1.0, 1.0,
    ];
    assert!(is_close(&factors, &expected, 5e-7), "{factors:?}");
    assert!(
        factors[9..]
            .iter()
            .all(|factor| factor.to_bits() == 1.0_f64.to_bits())
    );
}

// Rule B.4.5
#[test]
fn a_steep_basket_is_refused_with_the_smallest_feasible_top_cap_or_lifts_its_fifth() {
    let error = cap(&STEEP, None, &caps(Some(0.25), Some(0.6))).unwrap_err();
    assert!(matches!(error, Error::Infeasible(_)));
    let smallest = smallest_in(&error);
    assert!(cap(&STEEP, None, &caps(Some(0.25), Some(smallest))).is_ok());
    assert!(cap(&STEEP, None, &caps(Some(0.25), Some(smallest - 1e-9))).is_err());

    let weights = cap(&STEEP, None, &lifted(Some(0.25), Some(0.6))).unwrap();
    let mut expected = [0.4 / 11.0; 16];
    expected[..3].copy_from_slice(&[0.25, 0.207_955, 0.069_318]);
    assert!(is_close(&weights, &expected, 5e-7), "{weights:?}");
}

#[test]
fn the_smallest_single_cap_is_one_over_the_names_with_value() {
    let error = cap(&[3.0, 2.0, 0.0, 1.0], None, &caps(Some(0.3), None)).unwrap_err();
    let smallest = smallest_in(&error);
    assert!((smallest - 1.0 / 3.0).abs() < CLOSE);
    let weights = cap(&[3.0, 2.0, 0.0, 1.0], None, &caps(Some(smallest), None)).unwrap();
    assert!(is_close(
        &weights,
        &[smallest, smallest, 0.0, smallest],
        CLOSE
    ));
}

// Rule B.2
#[test]
fn five_names_cannot_stay_below_a_top_cap() {
    let error = cap(
        &[5.0, 4.0, 3.0, 2.0, 1.0, 0.0],
        None,
        &caps(None, Some(0.8)),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the smallest feasible cap is 1"),
        "{error}"
    );
    let lifted = cap(
        &[5.0, 4.0, 3.0, 2.0, 1.0, 0.5],
        None,
        &lifted(None, Some(0.8)),
    )
    .unwrap_err();
    assert!((smallest_in(&lifted) - 5.0 / 6.0).abs() < CLOSE);
}

// Rule B.2
#[test]
fn a_tie_for_the_fifth_place_goes_by_rank_then_position() {
    let values = [30.0, 20.0, 10.0, 8.0, 5.0, 5.0, 5.0, 5.0, 4.0, 4.0, 4.0];
    let caps = caps(Some(0.2), Some(0.72));
    let by_position = cap(&values, None, &caps).unwrap();
    assert!(by_position[4] > by_position[7]);
    let rank = [0, 0, 0, 0, 9, 8, 7, 6, 0, 0, 0];
    let by_rank = cap(&values, Some(&rank), &caps).unwrap();
    assert!(by_rank[7] > by_rank[4]);
}

#[test]
fn names_with_almost_no_value_keep_their_weights() {
    let values = [1.0, 5e-324, 5e-324];
    let weights = cap(&values, None, &caps(Some(0.5), None)).unwrap();
    assert!(is_close(&weights, &[0.5, 0.25, 0.25], CLOSE), "{weights:?}");
}

#[test]
fn values_that_are_no_market_values_are_named() {
    let limits = caps(Some(0.5), None);
    for (values, message) in [
        (
            vec![1.0, -1.0],
            "values[1] = -1: must be a finite market value, 0 or more",
        ),
        (
            vec![1.0, f64::NAN],
            "values[1] = NaN: must be a finite market value, 0 or more",
        ),
        (
            vec![f64::INFINITY, 0.0],
            "values[0] = inf: must be a finite market value, 0 or more",
        ),
        (
            vec![0.0, -0.0],
            "values = 2 values, none above 0: must hold at least one positive value",
        ),
        (
            vec![],
            "values = 0 values, none above 0: must hold at least one positive value",
        ),
        (vec![1e290, 1.0, 1.0], "sum of values = "),
    ] {
        let error = cap(&values, None, &limits).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    for limits in [
        caps(Some(0.0), None),
        caps(Some(1.1), None),
        caps(Some(f64::NAN), None),
        caps(None, Some(-0.1)),
        Caps { count: 0, ..limits },
    ] {
        assert!(matches!(
            cap(&[1.0], None, &limits),
            Err(Error::InvalidInput { .. })
        ));
    }
    assert!(cap(&[1.0], Some(&[]), &limits).is_err());
}

#[test]
fn the_first_failing_basket_is_named() {
    let values: Vec<f64> = (0..400)
        .map(|name| if name % 4 == 0 { 9.0 } else { 1.0 })
        .collect();
    let mut offsets: Vec<usize> = (0..=100).map(|basket| 4 * basket).collect();
    offsets[40] += 2;
    offsets[70] += 2;
    let error = cap_batch(&values, &offsets, None, &caps(Some(0.3), None)).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("basket 40: single_cap = 0.3: 2 names"),
        "{error}"
    );
    for offsets in [vec![], vec![1, 400], vec![0, 4, 3, 400], vec![0, 399]] {
        assert!(
            cap_batch(&values, &offsets, None, &caps(None, None)).is_err(),
            "{offsets:?}"
        );
    }
    assert!(
        cap_batch(&[], &[0], None, &caps(None, None))
            .unwrap()
            .is_empty()
    );
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
        let batch = cap_batch(&baskets.concat(), &offsets, None, &caps);
        match single.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(weights) => prop_assert_eq!(batch.unwrap(), weights.concat()),
            Err(_) => prop_assert!(batch.is_err()),
        }
    }
}
