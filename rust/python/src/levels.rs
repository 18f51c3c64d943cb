//! `paasche.levels`.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use paasche_core::levels::chain::{adjust_divisor, total_return};
use paasche_core::levels::round;
use pyo3::prelude::*;

use crate::arrays::{map_rows, slice};
use crate::run::detached;

type Column<'py> = PyReadonlyArray1<'py, f64>;

/// Levels rounded half up in decimals (R35).
#[pyfunction]
pub(crate) fn round_levels<'py>(
    py: Python<'py>,
    level: Column<'py>,
    decimals: u32,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let level = slice(&level, "level")?;
    Ok(detached(py, || round::round_levels(level, decimals))?.into_pyarray(py))
}

/// Divisors after changes of the basket (R50); a column of one element is for all rows.
#[pyfunction]
pub(crate) fn adjust_divisors<'py>(
    py: Python<'py>,
    rows: usize,
    divisor: Column<'py>,
    value_before: Column<'py>,
    value_after: Column<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let columns = [
        ("divisor", slice(&divisor, "divisor")?),
        ("value_before", slice(&value_before, "value_before")?),
        ("value_after", slice(&value_after, "value_after")?),
    ];
    let adjusted = detached(py, || {
        map_rows(rows, columns, |[divisor, before, after]| {
            adjust_divisor(divisor, before, after)
        })
    })?;
    Ok(adjusted.into_pyarray(py))
}

/// Total-return levels one session on (R48); a column of one element is for all rows.
#[pyfunction]
pub(crate) fn total_returns<'py>(
    py: Python<'py>,
    rows: usize,
    previous: Column<'py>,
    value: Column<'py>,
    opening_value: Column<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let columns = [
        ("previous", slice(&previous, "previous")?),
        ("value", slice(&value, "value")?),
        ("opening_value", slice(&opening_value, "opening_value")?),
    ];
    let levels = detached(py, || {
        map_rows(rows, columns, |[previous, value, opening]| {
            total_return(previous, value, opening)
        })
    })?;
    Ok(levels.into_pyarray(py))
}
