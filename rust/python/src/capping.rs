//! `paasche.capping`.

use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use paasche_core::capping::{self, Caps, Infeasible, TopTest};
use paasche_core::{Error, Result};
use pyo3::prelude::*;

use crate::arrays::{large, named, slice};
use crate::run::{detached, on_threads};

/// Limits, read by the attributes of an object.
#[derive(FromPyObject)]
pub(crate) struct Limits {
    single: Option<f64>,
    top_five: Option<f64>,
    k: usize,
    top_test: String,
    infeasible: String,
}

impl Limits {
    pub(crate) fn caps(&self) -> Result<Caps> {
        let tests = [
            ("initial", TopTest::Initial),
            ("after_single_cap", TopTest::AfterSingleCap),
        ];
        let remedies = [
            ("error", Infeasible::Error),
            ("lift_fifth", Infeasible::LiftFifth),
        ];
        Ok(Caps {
            single: self.single,
            top: self.top_five,
            count: self.k,
            top_test: named("top_test", &self.top_test, &tests)?,
            infeasible: named("infeasible", &self.infeasible, &remedies)?,
        })
    }
}

/// Weights of one basket under caps (R39, R40).
#[pyfunction]
pub(crate) fn cap_weights<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    rank: Option<PyReadonlyArray1<'py, u32>>,
    limits: Limits,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = slice(&values, "values")?;
    let rank = rank.as_ref().map(|rank| slice(rank, "codes")).transpose()?;
    let weights = detached(py, || capping::cap(values, rank, &limits.caps()?))?;
    Ok(weights.into_pyarray(py))
}

/// Weights of many baskets, laid end to end, under the same caps (R39, R40).
#[pyfunction]
pub(crate) fn cap_weights_batch<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    offsets: PyReadonlyArray1<'py, i64>,
    rank: Option<PyReadonlyArray1<'py, u32>>,
    limits: Limits,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (values, offsets) = (slice(&values, "values")?, slice(&offsets, "offsets")?);
    let rank = rank.as_ref().map(|rank| slice(rank, "codes")).transpose()?;
    let out = large(py, values.len());
    let mut weights = out.readwrite();
    let weights = weights.as_slice_mut()?;
    on_threads(py, None, || {
        let offsets: Vec<usize> = offsets
            .iter()
            .enumerate()
            .map(offset)
            .collect::<Result<_>>()?;
        capping::cap_batch(values, &offsets, rank, &limits.caps()?, weights)
    })?;
    Ok(out)
}

fn offset((place, &value): (usize, &i64)) -> Result<usize> {
    usize::try_from(value)
        .map_err(|_| Error::invalid(format!("offsets[{place}]"), value, "must be 0 or more"))
}

/// Weight factors from values and weights (R38).
#[pyfunction]
pub(crate) fn weight_factors<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    weights: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (values, weights) = (slice(&values, "values")?, slice(&weights, "weights")?);
    let factors = detached(py, || capping::weight_factors(values, weights))?;
    Ok(factors.into_pyarray(py))
}
