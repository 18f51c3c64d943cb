//! Holdings × prices to values, values to index levels, and levels to what contributed to them.
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

pub mod batch;
mod block;
pub mod cells;
pub mod chain;
mod each;
pub mod explain;
pub mod held;
mod renewed;
mod rooms;

pub mod round;
pub mod series;
pub mod value;
