//! Long tables to dense panels, for arrays.

use numpy::{PyReadonlyArray1, PyReadwriteArray2};
use paasche_core::scatter::{Axes, Column, Rows, scatter};
use pyo3::prelude::*;

use crate::arrays::slice;
use crate::run::detached;

/// A column of figures.
#[derive(FromPyObject)]
pub(crate) enum Figures<'py> {
    Floats(PyReadonlyArray1<'py, f64>),
    Integers(PyReadonlyArray1<'py, i64>),
}

/// Lays columns of a long table out in panels of days × instruments, NaN where there is no row.
///
/// Returns the position of a row whose security and day another row has too, or None. The panels come
/// from the caller, as numpy asks the system for large pages.
#[pyfunction]
pub(crate) fn scatter_columns<'py>(
    py: Python<'py>,
    dates: PyReadonlyArray1<'py, i32>,
    securities: PyReadonlyArray1<'py, i32>,
    columns: Vec<Figures<'py>>,
    days: PyReadonlyArray1<'py, i32>,
    instruments: PyReadonlyArray1<'py, i32>,
    mut panels: Vec<PyReadwriteArray2<'py, f64>>,
) -> PyResult<Option<usize>> {
    let rows = Rows {
        dates: slice(&dates, "dates")?,
        securities: slice(&securities, "securities")?,
    };
    let figures = columns
        .iter()
        .map(|column| match column {
            Figures::Floats(values) => Ok(Column::Floats(slice(values, "columns")?)),
            Figures::Integers(values) => Ok(Column::Integers(slice(values, "columns")?)),
        })
        .collect::<PyResult<Vec<_>>>()?;
    let width = panels.first().map_or(0, |panel| panel.as_array().ncols());
    let axes = Axes {
        days: slice(&days, "days")?,
        instruments: slice(&instruments, "instruments")?,
        width,
    };
    let mut cells = panels
        .iter_mut()
        .map(|panel| Ok(panel.as_slice_mut()?))
        .collect::<PyResult<Vec<_>>>()?;
    let twice = detached(py, || scatter(rows, &figures, axes, &mut cells))?;
    Ok(twice.map(|twice| twice.0))
}
