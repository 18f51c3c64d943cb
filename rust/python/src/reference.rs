//! `paasche.reference`.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use paasche_core::reference::price::{ex_price, ex_price_on_tick};
use pyo3::prelude::*;

use crate::arrays::{map_rows, slice};
use crate::run::detached;

type Column<'py> = PyReadonlyArray1<'py, f64>;

/// Columns by name, as `paasche.reference` hands them over; one of a single element is for all rows.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Actions<'py> {
    close: Column<'py>,
    cash: Column<'py>,
    bonus: Column<'py>,
    rights: Column<'py>,
    rights_price: Column<'py>,
    split: Column<'py>,
}

/// Reference prices on ex-dates (R62, R63).
#[pyfunction]
#[pyo3(signature = (rows, actions, tick=None))]
pub(crate) fn reference_prices<'py>(
    py: Python<'py>,
    rows: usize,
    actions: Actions<'py>,
    tick: Option<f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let columns = [
        ("close", slice(&actions.close, "close")?),
        ("cash", slice(&actions.cash, "cash")?),
        ("bonus", slice(&actions.bonus, "bonus")?),
        ("rights", slice(&actions.rights, "rights")?),
        (
            "rights_price",
            slice(&actions.rights_price, "rights_price")?,
        ),
        ("split", slice(&actions.split, "split")?),
    ];
    let prices = detached(py, || {
        map_rows(
            rows,
            columns,
            |[close, cash, bonus, rights, rights_price, split]| {
                let paid = rights * rights_price;
                match tick {
                    None => ex_price(close, cash, bonus, rights, paid, split),
                    Some(tick) => ex_price_on_tick(close, cash, bonus, rights, paid, split, tick),
                }
            },
        )
    })?;
    Ok(prices.into_pyarray(py))
}
