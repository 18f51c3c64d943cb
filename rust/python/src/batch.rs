//! Many indices on one panel, for arrays: arrays in, arrays out.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use numpy::{PyReadonlyArray1, PyReadwriteArray1, PyReadwriteArray2};
use paasche_core::holdings::Common;
use paasche_core::holdings::intents::{Change, Columns, Deletion, Scheme};
use paasche_core::holdings::shares::Register;
use paasche_core::levels::batch::{Job, calculate, memory_size};
use paasche_core::levels::series::{Opening, Series, Variants};
use paasche_core::panel::Slabs;
use paasche_core::reference::effects::Effects;
use paasche_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arrays::named;
use crate::errors::to_py;
use crate::inputs::{Actions, Changes, Deletions, Intents, Panel, Rules, Snapshots};
use crate::run::on_threads;

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
    divisor_per_value: PyReadonlyArray1<'py, f64>,
    base_level: PyReadonlyArray1<'py, f64>,
    total_return: PyReadonlyArray1<'py, f64>,
    net_total_return: PyReadonlyArray1<'py, f64>,
}

/// The same, ready for the core.
struct Asked<'a> {
    changes: Vec<Change>,
    change_starts: &'a [i64],
    intents: Columns<'a>,
    intent_starts: &'a [i64],
    deletions: Vec<Deletion>,
    deletion_starts: &'a [i64],
    schemes: Vec<Scheme>,
    rules_of: &'a [u32],
    session: &'a [u32],
    divisor_per_value: &'a [f64],
    base_level: &'a [f64],
    total_return: &'a [f64],
    net_total_return: &'a [f64],
}

impl Plans<'_> {
    fn read(&self) -> PyResult<Asked<'_>> {
        let schemes: Result<_> = self.rules.iter().map(Rules::scheme).collect();
        Ok(Asked {
            changes: self.changes.rows()?,
            change_starts: self.change_starts.as_slice()?,
            intents: self.intents.columns()?,
            intent_starts: self.intent_starts.as_slice()?,
            deletions: self.deletions.rows()?,
            deletion_starts: self.deletion_starts.as_slice()?,
            schemes: schemes.map_err(to_py)?,
            rules_of: self.rules_of.as_slice()?,
            session: self.session.as_slice()?,
            divisor_per_value: self.divisor_per_value.as_slice()?,
            base_level: self.base_level.as_slice()?,
            total_return: self.total_return.as_slice()?,
            net_total_return: self.net_total_return.as_slice()?,
        })
    }
}

impl Asked<'_> {
    fn job(&self, at: usize, variants: Variants) -> Job<'_> {
        let on = self.rules_of[at] as usize;
        Job {
            on,
            changes: &self.changes[own(self.change_starts, at)],
            intents: self.intents.part(own(self.intent_starts, at)),
            deletions: &self.deletions[own(self.deletion_starts, at)],
            scheme: &self.schemes[on],
            session: self.session[at] as usize,
            divisor_per_value: self.divisor_per_value[at],
            opening: Opening {
                base_level: self.base_level[at],
                total_return: self.total_return[at],
                net_total_return: self.net_total_return[at],
            },
            variants,
        }
    }
}

/// Returns the rows of one index.
fn own(starts: &[i64], index: usize) -> Range<usize> {
    starts[index] as usize..starts[index + 1] as usize
}

/// A column of a series.
type Column = fn(&Series) -> &[f64];

/// Columns that a batch may give back, by name.
const COLUMNS: [(&str, Column); 8] = [
    ("price", |series| &series.price),
    ("total_return", |series| &series.total_return),
    ("net_total_return", |series| &series.net_total_return),
    ("divisor", |series| &series.divisors),
    ("value", |series| &series.values),
    ("price_opening", |series| &series.price_opening),
    ("total_return_opening", |series| {
        &series.total_return_opening
    }),
    ("net_total_return_opening", |series| {
        &series.net_total_return_opening
    }),
];

/// Returns the number of figures that `calculate_batch` needs as workspace.
#[pyfunction]
pub(crate) fn batch_memory(sessions: usize, instruments: usize, indices: usize) -> usize {
    memory_size(sessions, instruments, indices)
}

/// Calculates the levels of many indices into columns of shape `(n_indices, n_sessions)`, NaN for an
/// index that failed; returns the failures by position.
///
/// Memory comes from the caller, as numpy asks the system for large pages. With `slabs` the prices are
/// read so many sessions at a time, and a function is called that lets go of what was read; it may be
/// called by any thread, and what it raises is raised at the end.
#[pyfunction]
#[pyo3(signature = (panel, actions, snapshots, plans, columns, workspace, threads=None, slabs=None))]
#[allow(clippy::too_many_arguments)] // One argument a table.
pub(crate) fn calculate_batch<'py>(
    py: Python<'py>,
    panel: Panel<'py>,
    actions: Actions<'py>,
    snapshots: Snapshots<'py>,
    plans: Plans<'py>,
    mut columns: Vec<(String, PyReadwriteArray2<'py, f64>)>,
    mut workspace: PyReadwriteArray1<'py, f64>,
    threads: Option<usize>,
    slabs: Option<(usize, Py<PyAny>)>,
) -> PyResult<Bound<'py, PyList>> {
    let raised = Mutex::new(None);
    let release = || {
        if let Some((_, release)) = &slabs {
            let called = Python::attach(|py| release.call0(py).map(drop));
            if let (Err(error), Ok(mut raised)) = (called, raised.lock()) {
                raised.get_or_insert(error);
            }
        }
    };
    let mut panel = panel.view()?;
    if let Some((sessions, _)) = slabs {
        if sessions == 0 {
            let error = Error::invalid("slabs", sessions, "must be at least 1 session");
            return Err(to_py(error));
        }
        panel = panel.in_slabs(Slabs {
            sessions,
            release: &release,
        });
    }
    let (rows, tick, snapshots) = (actions.rows()?, actions.tick, snapshots.rows()?);
    let (asked, rules) = (plans.read()?, &plans.rules);
    let (count, width) = (asked.rules_of.len(), panel.sessions());
    let wanted = |names: [&str; 2]| {
        let mut asked = columns.iter().map(|(column, _)| column.as_str());
        asked.any(|column| names.contains(&column))
    };
    let variants = Variants {
        total_return: wanted(["total_return", "total_return_opening"]),
        net_total_return: wanted(["net_total_return", "net_total_return_opening"]),
    };
    let mut places: Vec<Vec<(Column, &mut [f64])>> = (0..count).map(|_| Vec::new()).collect();
    for (name, column) in &mut columns {
        let field = named("columns", name, &COLUMNS).map_err(to_py)?;
        let cells = column.as_slice_mut()?;
        if cells.len() != count * width {
            let expected = format!("must be {count} indices × {width} sessions");
            return Err(to_py(Error::invalid("len(column)", cells.len(), expected)));
        }
        for (place, row) in places.iter_mut().zip(cells.chunks_mut(width)) {
            place.push((field, row));
        }
    }
    let memory = workspace.as_slice_mut()?;
    let failures = on_threads(py, threads, || {
        // Of what no index holds nothing is worked out.
        let held = asked.intents.named(panel.instruments.len());
        let wanted = |instrument: u32| held[instrument as usize];
        let (effects, registers) = rayon::join(
            || Effects::of(panel.instruments, &rows, tick, wanted),
            || -> Result<Vec<Register>> {
                let registers = rules.iter();
                registers
                    .map(|rules| rules.register(&panel, &snapshots, wanted))
                    .collect()
            },
        );
        let (effects, registers) = (effects?, registers?);
        let commons: Vec<Common<'_>> = registers
            .iter()
            .map(|register| Common::new(panel, &effects, register))
            .collect();
        fill(&commons, &asked, variants, &mut places, memory)
    })?;
    if let Some(error) = raised.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let failed = PyList::empty(py);
    for (at, error) in failures {
        failed.append((at, to_py(error).into_value(py)))?;
    }
    Ok(failed)
}

/// Fills the rows of each index, with NaN where it fails; returns the failures.
fn fill(
    commons: &[Common<'_>],
    asked: &Asked<'_>,
    variants: Variants,
    places: &mut [Vec<(Column, &mut [f64])>],
    memory: &mut [f64],
) -> Result<Vec<(usize, Error)>> {
    let jobs: Vec<Job<'_>> = (0..places.len())
        .map(|at| asked.job(at, variants))
        .collect();
    let results = calculate(commons, &jobs, places, memory, |place, series| {
        for (field, row) in place {
            row.copy_from_slice(field(series));
        }
    })?;
    let mut failures = Vec::new();
    for (at, result) in results.into_iter().enumerate() {
        if let Err(error) = result {
            for (_, row) in &mut places[at] {
                row.fill(f64::NAN);
            }
            failures.push((at, error));
        }
    }
    Ok(failures)
}
