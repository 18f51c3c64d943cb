//! Carry, Hold, Value and Chain for arrays: arrays in, arrays out.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadwriteArray2};
use paasche_core::holdings::audit::{Happening, Position};
use paasche_core::holdings::{self, Common, Hold, Shelf, Start, Trail};
use paasche_core::levels::{series, value};
use paasche_core::reference::carry::carry;
use paasche_core::reference::effects::Effects;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::inputs::{Actions, Changes, Deletions, Intents, Panel, Rules, Snapshots};
use crate::run::{detached, on_threads};
use crate::state::{self, State};

/// Fills the gaps of closes, days × instruments, in place: the last close, from an ex-date the full
/// reference price.
#[pyfunction]
pub(crate) fn carry_prices<'py>(
    py: Python<'py>,
    days: PyReadonlyArray1<'py, i32>,
    instruments: Vec<String>,
    mut closes: PyReadwriteArray2<'py, f64>,
    actions: Actions<'py>,
) -> PyResult<()> {
    let (rows, tick) = (actions.rows()?, actions.tick);
    let (days, closes) = (days.as_slice()?, closes.as_slice_mut()?);
    detached(py, || {
        let effects = Effects::new(&instruments, &rows, tick)?;
        carry(days, &instruments, closes, &effects)
    })
}

/// Where Hold starts: at a base session, or after the session of a stored state.
#[derive(FromPyObject)]
pub(crate) struct Origin {
    session: usize,
    divisor_per_value: f64,
    state: Option<State>,
}

/// Units, divisors and the audit trail of one index, between Hold, Value and Chain.
#[pyclass(frozen, module = "paasche._core")]
pub(crate) struct Holdings(pub(crate) holdings::Holdings);

/// Resolves intents with prices and applies actions and share changes: units and divisors.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // One argument a table.
pub(crate) fn hold(
    py: Python<'_>,
    panel: Panel<'_>,
    actions: Actions<'_>,
    snapshots: Snapshots<'_>,
    changes: Changes<'_>,
    intents: Intents<'_>,
    deletions: Deletions<'_>,
    rules: Rules,
    origin: Origin,
) -> PyResult<Holdings> {
    let panel = panel.view()?;
    let (rows, tick, snapshots) = (actions.rows()?, actions.tick, snapshots.rows()?);
    let (changes, intents, deletions) = (changes.rows()?, intents.rows()?, deletions.rows()?);
    on_threads(py, None, || {
        let effects = Effects::new(panel.instruments, &rows, tick)?;
        let register = rules.register(&panel, &snapshots, |_| true)?;
        let start = match &origin.state {
            None => Start::Base {
                session: origin.session,
                divisor_per_value: origin.divisor_per_value,
            },
            Some(state) => state.start(origin.session, &panel)?,
        };
        let hold = Hold {
            changes: &changes,
            intents: &intents,
            deletions: &deletions,
            scheme: &rules.scheme()?,
        };
        let common = Common::new(panel, &effects, &register);
        let mut shelf = Shelf::default();
        hold.run(&common, start, Trail::Kept, &mut shelf)
            .map(Holdings)
    })
}

/// Values the holdings on every session: Σ price × rate × units.
#[pyfunction]
#[pyo3(signature = (panel, holdings, threads=None))]
pub(crate) fn values<'py>(
    py: Python<'py>,
    panel: Panel<'py>,
    holdings: &Holdings,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let panel = panel.view()?;
    let holdings = &holdings.0;
    let values = on_threads(py, threads, || value::values(&panel, holdings))?;
    Ok(values.into_pyarray(py))
}

/// Chains values and divisors into levels: price, total return, net total return.
#[pyfunction]
pub(crate) fn chain<'py>(
    py: Python<'py>,
    panel: Panel<'py>,
    values: PyReadonlyArray1<'py, f64>,
    holdings: &Holdings,
    base_level: f64,
    total_return: f64,
    net_total_return: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let panel = panel.view()?;
    let values = values.as_slice()?;
    let opening = series::Opening {
        base_level,
        total_return,
        net_total_return,
    };
    let series = detached(py, || {
        let mut series = series::Series::default();
        series.chain(
            panel.days,
            values,
            &holdings.0,
            opening,
            series::Variants::ALL,
        )?;
        Ok(series)
    })?;
    let columns = PyDict::new(py);
    columns.set_item("corrections", corrections(py, &series.corrections)?)?;
    columns.set_item("divisor", series.divisors.into_pyarray(py))?;
    columns.set_item("price", series.price.into_pyarray(py))?;
    columns.set_item("price_opening", series.price_opening.into_pyarray(py))?;
    columns.set_item("total_return", series.total_return.into_pyarray(py))?;
    columns.set_item(
        "total_return_opening",
        series.total_return_opening.into_pyarray(py),
    )?;
    columns.set_item("net_total_return", series.net_total_return.into_pyarray(py))?;
    columns.set_item(
        "net_total_return_opening",
        series.net_total_return_opening.into_pyarray(py),
    )?;
    Ok(columns)
}

/// Divisor changes, by session.
fn corrections<'py>(py: Python<'py>, rows: &[series::Corrected]) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    columns.set_item("session", column(py, rows, |row| row.session as i64))?;
    columns.set_item("before", column(py, rows, |row| row.before))?;
    columns.set_item("after", column(py, rows, |row| row.after))?;
    columns.set_item("value_before", column(py, rows, |row| row.value_before))?;
    columns.set_item("value_after", column(py, rows, |row| row.value_after))?;
    columns.set_item("causes", column(py, rows, |row| row.causes))?;
    Ok(columns)
}

/// Collects one field of every row into a column.
pub(crate) fn column<'py, R, T: numpy::Element>(
    py: Python<'py>,
    rows: &[R],
    field: impl Fn(&R) -> T,
) -> Bound<'py, PyArray1<T>> {
    rows.iter().map(field).collect::<Vec<T>>().into_pyarray(py)
}

#[pymethods]
impl Holdings {
    /// Holdings as they change, by session and instrument.
    fn positions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (rows, columns): (&[Position], _) = (&self.0.positions, PyDict::new(py));
        columns.set_item("session", column(py, rows, |row| row.session as i64))?;
        columns.set_item("instrument", column(py, rows, |row| row.instrument))?;
        columns.set_item("total", column(py, rows, |row| row.total))?;
        columns.set_item(
            "inclusion_factor",
            column(py, rows, |row| row.inclusion_factor),
        )?;
        columns.set_item(
            "adjusted_shares",
            column(py, rows, |row| row.adjusted_shares),
        )?;
        columns.set_item("weight_factor", column(py, rows, |row| row.weight_factor))?;
        columns.set_item("price", column(py, rows, |row| row.price))?;
        columns.set_item("fx", column(py, rows, |row| row.fx))?;
        Ok(columns)
    }

    /// What happened to whom, in the order in which it happened.
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (rows, columns) = (&self.0.events, PyDict::new(py));
        columns.set_item("session", column(py, rows, |row| row.session as i64))?;
        columns.set_item(
            "instrument",
            column(py, rows, |row| row.instrument.map_or(-1, i64::from)),
        )?;
        let happenings: Vec<&str> = rows
            .iter()
            .map(|row| happening_name(row.happening))
            .collect();
        columns.set_item("event", happenings)?;
        columns.set_item("before", column(py, rows, |row| row.before))?;
        columns.set_item("after", column(py, rows, |row| row.after))?;
        columns.set_item("value_effect", column(py, rows, |row| row.value_effect))?;
        Ok(columns)
    }

    /// Holdings after the last session, as [`State`] reads them back.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        state::rows(py, &self.0)
    }
}

/// Names of events in the audit trail.
fn happening_name(happening: Happening) -> &'static str {
    match happening {
        Happening::Joined => "joined",
        Happening::SpunOff => "spun_off",
        Happening::Left => "left",
        Happening::ExDividend => "ex_dividend",
        Happening::ExRights => "ex_rights",
        Happening::Renewed => "renewed",
        Happening::Reweighted => "reweighted",
        Happening::ShareChangeDeferred => "share_change_deferred",
        Happening::ShareChangeTriggered => "share_change_triggered",
        Happening::SnapshotPassedOver => "snapshot_passed_over",
        Happening::ShareChangeApplied => "share_change_applied",
        Happening::SharesSet => "shares_set",
        Happening::FactorSet => "factor_set",
        Happening::WeightInherited => "weight_inherited",
        Happening::FactorsRescaled => "factors_rescaled",
    }
}
