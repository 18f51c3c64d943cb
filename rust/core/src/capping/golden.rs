//! Golden numbers of the caps (B.4), ties and refusals.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use super::{Caps, Infeasible, TopTest, cap, cap_batch, weight_factors};
use crate::error::Error;

/// Distance that rounding explains.
pub(super) const CLOSE: f64 = 1e-12;

/// B.4, rows 3 and 4: the five largest hold 83 %.
const CONCENTRATED: [f64; 14] = [
    300.0, 200.0, 150.0, 100.0, 80.0, 50.0, 40.0, 30.0, 20.0, 10.0, 8.0, 6.0, 4.0, 2.0,
];

/// B.4, row 5: infeasible as the rule stands.
const STEEP: [f64; 16] = [
    40.0, 30.0, 10.0, 4.0, 3.5, 2.9, 2.4, 1.6, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4,
];

pub(super) fn caps(single: Option<f64>, top: Option<f64>) -> Caps {
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

pub(super) fn is_close(found: &[f64], expected: &[f64], within: f64) -> bool {
    found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| (found - expected).abs() <= within)
}

pub(super) fn smallest_in(error: &Error) -> f64 {
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
    let error = cap_batch(
        &values,
        &offsets,
        None,
        &caps(Some(0.3), None),
        &mut vec![0.0; values.len()],
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("basket 40: single_cap = 0.3: 2 names"),
        "{error}"
    );
    for offsets in [vec![], vec![1, 400], vec![0, 4, 3, 400], vec![0, 399]] {
        assert!(
            cap_batch(
                &values,
                &offsets,
                None,
                &caps(None, None),
                &mut vec![0.0; values.len()]
            )
            .is_err(),
            "{offsets:?}"
        );
    }
    let mut none = [];
    assert_eq!(
        cap_batch(&[], &[0], None, &caps(None, None), &mut none),
        Ok(())
    );
    let error = cap_batch(&values, &[0, 400], None, &caps(None, None), &mut none).unwrap_err();
    assert_eq!(
        error.to_string(),
        "length of weights = 0: must be that of values, 400"
    );
}
