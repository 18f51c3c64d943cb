//! Live: a book of last prices, and the levels of its moment – the bits that the batch gives for the
//! same prices (R42 to R45, R60).
#![allow(
    clippy::inline_always,
    reason = "what wide lanes run is compiled anew for each width"
)]

pub mod book;
pub mod deltas;
pub mod engine;
mod holders;
pub mod levels;
pub mod quality;
pub mod replay;
pub mod state;
pub mod sums;
pub mod ticks;
