//! `paasche._core`: arrays in, arrays out, errors mapped, the interpreter lock released. Nothing else.
#![allow(
    clippy::needless_pass_by_value,
    reason = "PyO3 hands arguments over by value"
)]

mod arrays;
mod arrow;
mod batch;
mod calculation;
mod capping;
mod errors;
mod explain;
mod free_float;
mod inputs;
mod levels;
mod live;
mod reference;
mod rosters;
mod run;
mod scatter;
mod state;

use pyo3::prelude::*;

/// The compiled core of paasche.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::batch::{batch_memory, calculate_batch};
    #[pymodule_export]
    use crate::calculation::{Holdings, carry_prices, chain, hold, values};
    #[pymodule_export]
    use crate::capping::{cap_weights, cap_weights_batch, weight_factors};
    #[pymodule_export]
    use crate::explain::contributions;
    #[pymodule_export]
    use crate::free_float::{free_float_shares, inclusion_factors};
    #[pymodule_export]
    use crate::levels::{adjust_divisors, round_levels, total_returns};
    #[pymodule_export]
    use crate::live::LiveEngine;
    #[pymodule_export]
    use crate::reference::reference_prices;
    #[pymodule_export]
    use crate::rosters::basket_intents;
    #[pymodule_export]
    use crate::run::limit_vectors;
    #[pymodule_export]
    use crate::scatter::{number_texts, rows_ascend, scatter_columns, text_begins};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        module.add("__build_profile__", profile)
    }
}
