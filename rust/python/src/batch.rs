//! Many indices on one panel, for arrays: arrays in, arrays out.

use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray1};
use paasche_core::Error;
use paasche_core::holdings::intents::{Change, Deletion, Intent, Scheme};
use paasche_core::holdings::shares::Register;
use paasche_core::holdings::{Common, Start, Trail};
use paasche_core::levels::batch::{Job, calculate};
use paasche_core::levels::series::{Opening, Series};
use paasche_core::reference::effects::Effects;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors::to_py;
use crate::inputs::{Actions, Changes, Deletions, Intents, Panel, Rules, Snapshots};
use crate::run::{detached, on_threads};

/// `paasche.calculation.batch.Plans`: the rows of all indices, one index after another.
#[derive(FromPyObject)]
pub(crate) struct Plans<'py> {
    changes: Changes<'py>,
    change_starts: PyReadonlyArray1<'py, i64>,
    intents: Intents<'py>,
    intent_starts: PyReadonlyArray1<'py, i64>,
    deletions: Deletions<'py>,
    deletion_starts: PyReadonlyArray1<'py, i64>,
    rules: Vec<Rules>,
    rules_of: PyReadonlyArray1<'py, u32>,
    session: PyReadonlyArray1<'py, u32>,
    base_level: PyReadonlyArray1<'py, f64>,
    price: PyReadonlyArray1<'py, f64>,
    total_return: PyReadonlyArray1<'py, f64>,
    net_total_return: PyReadonlyArray1<'py, f64>,
}

/// The rows of one table, and where those of each index begin.
struct Rows<'a, R> {
    rows: R,
    starts: &'a [i64],
}

impl<R> Rows<'_, R> {
    fn of(&self, index: usize) -> std::ops::Range<usize> {
        self.starts[index] as usize..self.starts[index + 1] as usize
    }
}

/// Columns that a batch may give back: those of [`Series`], by name.
const COLUMNS: [(&str, fn(&Series) -> &[f64]); 4] = [
    ("price", |series| &series.price),
    ("total_return", |series| &series.total_return),
    ("net_total_return", |series| &series.net_total_return),
    ("divisor", |series| &series.divisors),
];

/// Calculates the levels of many indices; returns columns of shape (n_indices, n_sessions), NaN for an
/// index that failed, and the failures by position.
#[pyfunction]
#[pyo3(signature = (panel, actions, snapshots, plans, columns, threads=None))]
pub(crate) fn calculate_batch<'py>(
    py: Python<'py>,
    panel: Panel<'py>,
    actions: Actions<'py>,
    snapshots: Snapshots<'py>,
    plans: Plans<'py>,
    columns: Vec<String>,
    threads: Option<usize>,
) -> PyResult<(Bound<'py, PyDict>, Bound<'py, PyList>)> {
    let panel = panel.view()?;
    let (rows, tick, snapshots) = (actions.rows()?, actions.tick, snapshots.rows()?);
    let changes = Rows {
        rows: plans.changes.rows()?,
        starts: plans.change_starts.as_slice()?,
    };
    let intents = Rows {
        rows: plans.intents.columns()?,
        starts: plans.intent_starts.as_slice()?,
    };
    let deletions = Rows {
        rows: plans.deletions.rows()?,
        starts: plans.deletion_starts.as_slice()?,
    };
    let (rules_of, sessions) = (plans.rules_of.as_slice()?, plans.session.as_slice()?);
    let (base_level, price) = (plans.base_level.as_slice()?, plans.price.as_slice()?);
    let (gross, net) = (
        plans.total_return.as_slice()?,
        plans.net_total_return.as_slice()?,
    );
    let count = rules_of.len();
    let fields = columns
        .iter()
        .map(|name| crate::arrays::named("columns", name, &COLUMNS))
        .collect::<paasche_core::Result<Vec<_>>>()
        .map_err(to_py)?;
    let width = panel.sessions();
    let schemes: Vec<Scheme> = plans
        .rules
        .iter()
        .map(Rules::scheme)
        .collect::<paasche_core::Result<_>>()
        .map_err(to_py)?;
    let (found, failures) = detached(py, || {
        on_threads(threads, || {
            let effects = Effects::new(panel.instruments, &rows, tick)?;
            let registers: Vec<Register> = plans
                .rules
                .iter()
                .map(|rules| rules.register(&panel, snapshots.clone()))
                .collect::<paasche_core::Result<_>>()?;
            let rules: Vec<Common<'_>> = registers
                .iter()
                .map(|register| Common::new(panel, &effects, register))
                .collect();
            let job = |at: usize| {
                let on = rules_of[at] as usize;
                let level = |column: &[f64]| column[at];
                let divisor_per_value = if level(price) == level(base_level) {
                    1.0
                } else {
                    level(base_level) / level(price)
                };
                let changes: &[Change] = &changes.rows[changes.of(at)];
                let deletions: &[Deletion] = &deletions.rows[deletions.of(at)];
                let mut own: Vec<Intent> =
                    intents.of(at).map(|row| intents.rows.row(row)).collect();
                if !own.is_sorted_by_key(|intent| (intent.session, intent.instrument)) {
                    own.sort_by_key(|intent| (intent.session, intent.instrument));
                }
                Job {
                    on,
                    changes: changes.to_vec(),
                    intents: own,
                    deletions: deletions.to_vec(),
                    scheme: &schemes[on],
                    start: Start::Base {
                        session: sessions[at] as usize,
                        divisor_per_value,
                    },
                    opening: Opening {
                        base_level: level(base_level),
                        total_return: level(gross),
                        net_total_return: level(net),
                    },
                }
            };
            let mut found: Vec<Vec<f64>> =
                fields.iter().map(|_| vec![0.0; count * width]).collect();
            let mut places: Vec<Vec<&mut [f64]>> = (0..count).map(|_| Vec::new()).collect();
            for column in &mut found {
                for (place, row) in places.iter_mut().zip(column.chunks_mut(width)) {
                    place.push(row);
                }
            }
            let results = calculate(&rules, job, &mut places, Trail::None, |place, series, _| {
                for (row, field) in place.iter_mut().zip(&fields) {
                    row.copy_from_slice(field(series));
                }
            });
            let mut failures: Vec<(usize, Error)> = Vec::new();
            for (at, result) in results.into_iter().enumerate() {
                if let Err(error) = result {
                    for row in &mut places[at] {
                        row.fill(f64::NAN);
                    }
                    failures.push((at, error));
                }
            }
            Ok((found, failures))
        })
    })?;
    let out = PyDict::new(py);
    for (name, column) in columns.iter().zip(found) {
        out.set_item(name, column.into_pyarray(py).reshape([count, width])?)?;
    }
    let failed = PyList::empty(py);
    for (at, error) in failures {
        failed.append((at, to_py(error).into_value(py)))?;
    }
    Ok((out, failed))
}
