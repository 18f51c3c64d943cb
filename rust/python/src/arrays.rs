//! Arrays and names as they come in.

use numpy::{PyArray1, PyReadonlyArray1};
use paasche_core::{Error, Result};
use pyo3::prelude::*;

use crate::errors::to_py;

/// Returns the elements of a one-dimensional array, which the Python side has made contiguous.
pub(crate) fn slice<'a, T: numpy::Element>(
    array: &'a PyReadonlyArray1<'_, T>,
    name: &str,
) -> PyResult<&'a [T]> {
    array
        .as_slice()
        .map_err(|_| to_py(Error::invalid(name, "strided array", "must be contiguous")))
}

/// Returns an array of zeros to fill, from numpy: for a large one it asks the system for large pages,
/// without which touching the memory costs more than the arithmetic.
pub(crate) fn large(py: Python<'_>, length: usize) -> Bound<'_, PyArray1<f64>> {
    PyArray1::zeros(py, length, false)
}

/// Applies `row` to `rows` rows of columns; a column has that many elements, or one for all rows.
pub(crate) fn map_rows<const COLUMNS: usize>(
    rows: usize,
    columns: [(&str, &[f64]); COLUMNS],
    row: impl Fn([f64; COLUMNS]) -> Result<f64>,
) -> Result<Vec<f64>> {
    for (name, column) in columns {
        if column.len() != rows && column.len() != 1 {
            let expected = format!("must be {rows} or 1");
            return Err(Error::invalid(
                format!("length of {name}"),
                column.len(),
                expected,
            ));
        }
    }
    let at = |place: usize| {
        columns.map(|(_, column)| {
            if column.len() == 1 {
                column[0]
            } else {
                column[place]
            }
        })
    };
    (0..rows)
        .map(|place| {
            let result = row(at(place));
            if rows == 1 {
                result
            } else {
                result.map_err(|error| error.at(format!("element {place}")))
            }
        })
        .collect()
}

/// Looks a name up in a table of choices.
pub(crate) fn named<T: Copy>(argument: &str, name: &str, choices: &[(&str, T)]) -> Result<T> {
    choices
        .iter()
        .find(|(choice, _)| *choice == name)
        .map(|&(_, value)| value)
        .ok_or_else(|| {
            let known: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
            Error::invalid(
                argument,
                name,
                format!("must be one of {}", known.join(", ")),
            )
        })
}
