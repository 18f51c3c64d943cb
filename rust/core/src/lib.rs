//! Market-index arithmetic.
#![forbid(unsafe_code)]
