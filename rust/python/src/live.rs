//! The live engine: columns of ticks in, levels out, the interpreter lock released.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1, PyReadwriteArray2};
use paasche_core::live::book::{Opening, REASONS};
use paasche_core::live::deltas;
use paasche_core::live::engine::{Day, Engine, Index};
use paasche_core::live::levels::{Chain, Level};
use paasche_core::live::replay::Out;
use paasche_core::live::ticks::Ticks;
use paasche_core::{Error, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arrays::slice;
use crate::errors::to_py;

/// Ticks after which a reader of the levels gets its turn.
const TURN: usize = 1 << 16;

/// `paasche.live.opened.arrays.Day`, as columns.
#[derive(FromPyObject)]
struct Columns<'py> {
    references: PyReadonlyArray1<'py, f64>,
    exchange: PyReadonlyArray1<'py, u32>,
    currency: PyReadonlyArray1<'py, u32>,
    sessions: Option<Vec<Vec<(i64, i64)>>>,
    collar: Option<f64>,
    rates: PyReadonlyArray2<'py, f64>,
    index_currency: PyReadonlyArray1<'py, u32>,
    starts: PyReadonlyArray1<'py, i64>,
    securities: PyReadonlyArray1<'py, u32>,
    units: PyReadonlyArray1<'py, f64>,
    level_index: PyReadonlyArray1<'py, u32>,
    is_return: PyReadonlyArray1<'py, bool>,
    level: PyReadonlyArray1<'py, f64>,
    at_value: PyReadonlyArray1<'py, f64>,
    base_rate: PyReadonlyArray1<'py, f64>,
    version: PyReadonlyArray1<'py, u32>,
}

impl Columns<'_> {
    fn day(&self) -> PyResult<Day> {
        let starts = slice(&self.starts, "starts")?;
        let securities = slice(&self.securities, "securities")?;
        let units = slice(&self.units, "units")?;
        let own = slice(&self.index_currency, "index_currency")?;
        let counts = [
            ("starts", starts.len(), own.len() + 1),
            ("units", units.len(), securities.len()),
        ];
        same_lengths(&counts).map_err(to_py)?;
        let is_in_order = starts.is_sorted() && starts.first() == Some(&0);
        if !is_in_order || starts.last() != Some(&(securities.len() as i64)) {
            let expected = format!("must ascend from 0 to {}", securities.len());
            return Err(to_py(Error::invalid(
                "starts",
                format!("{starts:?}"),
                expected,
            )));
        }
        let rows = starts.windows(2).zip(own);
        let indices = rows.map(|(bounds, &currency)| {
            let rows = bounds[0] as usize..bounds[1] as usize;
            Index {
                currency: currency as usize,
                securities: securities[rows.clone()].to_vec(),
                units: units[rows].to_vec(),
            }
        });
        let rates = self.rates.as_array();
        Ok(Day {
            book: Opening {
                references: slice(&self.references, "references")?.to_vec(),
                exchange: slice(&self.exchange, "exchange")?.to_vec(),
                sessions: self.sessions.clone(),
                collar: self.collar,
            },
            currency: slice(&self.currency, "currency")?.to_vec(),
            rates: rates.outer_iter().map(|row| row.to_vec()).collect(),
            indices: indices.collect(),
            levels: self.levels()?,
        })
    }

    fn levels(&self) -> PyResult<Vec<Level>> {
        let index = slice(&self.level_index, "level_index")?;
        let is_return = slice(&self.is_return, "is_return")?;
        let level = slice(&self.level, "level")?;
        let at_value = slice(&self.at_value, "at_value")?;
        let base_rate = slice(&self.base_rate, "base_rate")?;
        let version = slice(&self.version, "version")?;
        let count = index.len();
        let lengths = [
            ("is_return", is_return.len(), count),
            ("level", level.len(), count),
            ("at_value", at_value.len(), count),
            ("base_rate", base_rate.len(), count),
            ("version", version.len(), count),
        ];
        same_lengths(&lengths).map_err(to_py)?;
        Ok((0..count)
            .map(|at| Level {
                index: index[at] as usize,
                chain: if is_return[at] {
                    Chain::Return {
                        previous: level[at],
                        opening: at_value[at],
                    }
                } else {
                    Chain::Price {
                        base_level: level[at],
                        divisor: at_value[at],
                    }
                },
                version: (!base_rate[at].is_nan()).then_some((base_rate[at], version[at] as usize)),
            })
            .collect())
    }
}

/// An engine that one thread tells of ticks while others read levels.
#[pyclass(frozen)]
pub(crate) struct LiveEngine {
    /// Who waits for the engine holds this one, so that a writer of many ticks lets readers in.
    turn: Mutex<()>,
    engine: Mutex<Engine>,
}

impl LiveEngine {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        drop(turn);
        engine
    }
}

#[pymethods]
impl LiveEngine {
    /// Opens a day, given as `paasche.live.opened.arrays.Day`.
    #[new]
    fn new(day: Columns<'_>) -> PyResult<Self> {
        Ok(Self {
            turn: Mutex::new(()),
            engine: Mutex::new(Engine::new(day.day()?).map_err(to_py)?),
        })
    }

    /// Takes ticks; returns how many were taken.
    #[pyo3(signature = (securities, prices, timestamps=None, volumes=None))]
    fn update(
        &self,
        py: Python<'_>,
        securities: PyReadonlyArray1<'_, u32>,
        prices: PyReadonlyArray1<'_, f64>,
        timestamps: Option<PyReadonlyArray1<'_, i64>>,
        volumes: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<usize> {
        let columns =
            TickColumns::new(&securities, &prices, timestamps.as_ref(), volumes.as_ref())?;
        py.detach(|| {
            let ticks = columns.ticks(&self.engine())?;
            let firsts = (0..ticks.len()).step_by(TURN);
            let taken = firsts.map(|from| {
                let to = ticks.len().min(from + TURN);
                self.engine().update(&ticks.part(from, to))
            });
            Ok(taken.sum())
        })
        .map_err(to_py)
    }

    /// Takes the rates of all currencies over, by currency in which indices are calculated.
    fn update_rates(&self, py: Python<'_>, rates: PyReadonlyArray2<'_, f64>) -> PyResult<()> {
        let rates: Vec<f64> = rates.as_array().iter().copied().collect();
        py.detach(|| self.engine().update_rates(&rates))
            .map_err(to_py)
    }

    /// Writes the levels of the moment.
    fn levels(&self, py: Python<'_>, mut out: PyReadwriteArray1<'_, f64>) -> PyResult<()> {
        let out = out.as_slice_mut()?;
        py.detach(|| {
            let mut engine = self.engine();
            copy("out", engine.levels(), out)
        })
        .map_err(to_py)
    }

    /// Writes the values of the indices as of the last levels.
    fn values(&self, py: Python<'_>, mut out: PyReadwriteArray1<'_, f64>) -> PyResult<()> {
        let out = out.as_slice_mut()?;
        py.detach(|| copy("out", self.engine().values(), out))
            .map_err(to_py)
    }

    /// Writes the shares of constituents that traded, are stale and are frozen: a row each.
    fn quality(
        &self,
        py: Python<'_>,
        now: i64,
        stale_after: i64,
        mut out: PyReadwriteArray2<'_, f64>,
    ) -> PyResult<()> {
        let out = out.as_slice_mut()?;
        py.detach(|| self.engine().quality(now, stale_after, out))
            .map_err(to_py)
    }

    /// Takes ticks up to each moment in turn, and writes the levels of each and, where asked for, the
    /// quality. Returns how many ticks lie before the last moment.
    #[allow(clippy::too_many_arguments, reason = "columns come one by one")]
    #[pyo3(signature = (securities, prices, timestamps, volumes, moments, levels, stale_after=0, qualities=None))]
    fn replay(
        &self,
        py: Python<'_>,
        securities: PyReadonlyArray1<'_, u32>,
        prices: PyReadonlyArray1<'_, f64>,
        timestamps: PyReadonlyArray1<'_, i64>,
        volumes: Option<PyReadonlyArray1<'_, f64>>,
        moments: PyReadonlyArray1<'_, i64>,
        mut levels: PyReadwriteArray2<'_, f64>,
        stale_after: i64,
        mut qualities: Option<PyReadwriteArray2<'_, f64>>,
    ) -> PyResult<usize> {
        let columns = TickColumns::new(&securities, &prices, Some(&timestamps), volumes.as_ref())?;
        let moments = slice(&moments, "moments")?;
        let rows = levels.as_slice_mut()?;
        let quality = qualities.as_mut().map(PyReadwriteArray2::as_slice_mut);
        let quality = quality.transpose()?;
        py.detach(|| {
            let mut engine = self.engine();
            let ticks = columns.ticks(&engine)?;
            let mut out = Out {
                levels: rows,
                quality: quality.map(|rows| (stale_after, rows)),
            };
            engine.replay(&ticks, moments, &mut out)
        })
        .map_err(to_py)
    }

    /// Returns the most changes that ticks of some securities can make to some levels.
    fn most_changes(
        &self,
        py: Python<'_>,
        securities: PyReadonlyArray1<'_, u32>,
        rows: PyReadonlyArray1<'_, u32>,
    ) -> PyResult<usize> {
        let securities = slice(&securities, "securities")?;
        let chosen = chosen(&rows)?;
        py.detach(|| deltas::most_changes(&self.engine(), securities, &chosen))
            .map_err(to_py)
    }

    /// Writes every change of some levels: which of them, when, and the level. Returns how many.
    #[allow(clippy::too_many_arguments, reason = "columns come one by one")]
    fn replay_ticks(
        &self,
        py: Python<'_>,
        securities: PyReadonlyArray1<'_, u32>,
        prices: PyReadonlyArray1<'_, f64>,
        timestamps: PyReadonlyArray1<'_, i64>,
        volumes: Option<PyReadonlyArray1<'_, f64>>,
        rows: PyReadonlyArray1<'_, u32>,
        mut row: PyReadwriteArray1<'_, u32>,
        mut timestamp: PyReadwriteArray1<'_, i64>,
        mut level: PyReadwriteArray1<'_, f64>,
    ) -> PyResult<usize> {
        let columns = TickColumns::new(&securities, &prices, Some(&timestamps), volumes.as_ref())?;
        let chosen = chosen(&rows)?;
        let mut out = deltas::Changes {
            row: row.as_slice_mut()?,
            timestamp: timestamp.as_slice_mut()?,
            value: level.as_slice_mut()?,
        };
        py.detach(|| {
            let mut engine = self.engine();
            let ticks = columns.ticks(&engine)?;
            deltas::replay_ticks(&mut engine, &ticks, &chosen, &mut out)
        })
        .map_err(to_py)
    }

    /// Freezes a security or an exchange, or lets it go on.
    fn freeze(&self, py: Python<'_>, at: usize, is_exchange: bool, frozen: bool) -> PyResult<()> {
        py.detach(|| {
            let mut engine = self.engine();
            let book = engine.book_mut();
            if is_exchange {
                book.freeze_exchange(at, frozen)
            } else {
                book.freeze_security(at, frozen)
            }
        })
        .map_err(to_py)
    }

    /// Returns the ticks that were not taken, by reason.
    fn rejected<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = py.detach(|| self.engine().book().rejected().to_vec());
        let by_reason = PyDict::new(py);
        for ((name, _), count) in REASONS.iter().zip(counts) {
            by_reason.set_item(name, count)?;
        }
        Ok(by_reason)
    }

    /// Writes the last valid prices.
    fn prices(&self, py: Python<'_>, mut out: PyReadwriteArray1<'_, f64>) -> PyResult<()> {
        let out = out.as_slice_mut()?;
        py.detach(|| copy("out", self.engine().book().prices(), out))
            .map_err(to_py)
    }

    /// Returns what the day has come to, as bytes.
    fn state<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let state = py.detach(|| self.engine().state());
        PyBytes::new(py, &state)
    }

    /// Goes on from a state of the same day.
    fn restore(&self, py: Python<'_>, state: &[u8]) -> PyResult<()> {
        py.detach(|| self.engine().restore(state)).map_err(to_py)
    }
}

/// Columns of ticks.
struct TickColumns<'a> {
    securities: &'a [u32],
    prices: &'a [f64],
    timestamps: Option<&'a [i64]>,
    volumes: Option<&'a [f64]>,
}

impl<'a> TickColumns<'a> {
    fn new(
        securities: &'a PyReadonlyArray1<'_, u32>,
        prices: &'a PyReadonlyArray1<'_, f64>,
        timestamps: Option<&'a PyReadonlyArray1<'_, i64>>,
        volumes: Option<&'a PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Self> {
        Ok(Self {
            securities: slice(securities, "securities")?,
            prices: slice(prices, "prices")?,
            timestamps: timestamps.map(|own| slice(own, "timestamps")).transpose()?,
            volumes: volumes.map(|own| slice(own, "volumes")).transpose()?,
        })
    }

    fn ticks(&self, engine: &Engine) -> Result<Ticks<'a>> {
        Ticks::new(
            self.securities,
            self.prices,
            self.timestamps,
            self.volumes,
            engine.book().prices().len(),
        )
    }
}

/// Returns rows of levels as the core takes them.
fn chosen(rows: &PyReadonlyArray1<'_, u32>) -> PyResult<Vec<usize>> {
    let rows = slice(rows, "rows")?;
    Ok(rows.iter().map(|&at| at as usize).collect())
}

/// Refuses columns of another length than they must have.
fn same_lengths(columns: &[(&str, usize, usize)]) -> Result<()> {
    match columns.iter().find(|(_, length, needed)| length != needed) {
        None => Ok(()),
        Some((name, length, needed)) => Err(Error::invalid(
            format!("length of {name}"),
            length,
            format!("must be {needed}"),
        )),
    }
}

fn copy(name: &str, from: &[f64], to: &mut [f64]) -> Result<()> {
    if from.len() != to.len() {
        let expected = format!("must be {}", from.len());
        return Err(Error::invalid(
            format!("size of {name}"),
            to.len(),
            expected,
        ));
    }
    to.copy_from_slice(from);
    Ok(())
}
