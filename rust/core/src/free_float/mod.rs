//! Shares and free float: holders to free-float shares (R46), free float to inclusion factors (R47).
//!
//! Adjusted shares 調整股本數 are total shares × inclusion factor. Every bound is tested in whole
//! numbers: 7 % is 7 %, not 7.000000000000001 %.

mod bands;
mod holders;
mod percent;

pub use bands::{BandTable, First};
pub use holders::{Holding, Threshold, free_float_shares};
