//! One match, total, from core errors to the classes of `paasche.errors`.

use paasche_core::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// A class of `paasche.errors`, imported when the first error needs it.
struct Class {
    name: &'static str,
    found: PyOnceLock<Py<PyType>>,
}

impl Class {
    const fn named(name: &'static str) -> Self {
        Self {
            name,
            found: PyOnceLock::new(),
        }
    }
}

static INPUT: Class = Class::named("InputError");
static MISSING_DATA: Class = Class::named("MissingDataError");
static INFEASIBLE: Class = Class::named("InfeasibleRuleError");
static NOT_REPRESENTABLE: Class = Class::named("NotRepresentableError");
static INCONSISTENT: Class = Class::named("InconsistentError");

/// Returns the Python exception of a core error.
pub(crate) fn to_py(error: Error) -> PyErr {
    let class = match &error {
        Error::InvalidInput { .. } => &INPUT,
        Error::MissingData(_) => &MISSING_DATA,
        Error::Infeasible(_) => &INFEASIBLE,
        Error::NotRepresentable(_) => &NOT_REPRESENTABLE,
        Error::Inconsistent(_) => &INCONSISTENT,
    };
    Python::attach(
        |py| match class.found.import(py, "paasche.errors", class.name) {
            Ok(found) => PyErr::from_type(found.clone(), error.to_string()),
            Err(failed_import) => failed_import,
        },
    )
}
