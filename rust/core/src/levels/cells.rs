//! Price × rate, sessions side by side: what every index of a panel multiplies its units with.

use rayon::prelude::*;

use crate::panel::Panel;
use crate::{Error, Result};

/// Sessions valued side by side.
pub const LANES: usize = 16;

/// One figure for each session of a block.
pub type Lanes = [f64; LANES];

/// Price × rate of instruments, block by block of sessions.
pub trait Cells: Sync {
    /// Returns the figures of a block's sessions; those past the last session are of no meaning.
    fn lanes(&self, block: usize, instrument: usize) -> Lanes;
}

/// Laid out once for many indices: `[block][instrument][lane]`, a block of which stays in cache
/// while index after index reads it.
#[derive(Debug)]
pub struct Product<'a> {
    cells: &'a [Lanes],
    instruments: usize,
}

impl<'a> Product<'a> {
    /// Returns the number of figures that the cells of a panel take.
    #[must_use]
    pub fn size(sessions: usize, instruments: usize) -> usize {
        sessions.div_ceil(LANES) * LANES * instruments
    }

    /// Multiplies prices with rates, into memory of that size.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the memory is smaller.
    pub fn new(panel: &Panel<'_>, memory: &'a mut [f64]) -> Result<Self> {
        let instruments = panel.instruments.len();
        let size = Self::size(panel.sessions(), instruments);
        if memory.len() < size {
            let expected = format!("must be at least {size}");
            return Err(Error::invalid("len(workspace)", memory.len(), expected));
        }
        let (cells, _) = memory[..size].as_chunks_mut::<LANES>();
        let fused = Fused::new(panel);
        cells
            .par_chunks_mut(instruments.max(1))
            .enumerate()
            .for_each(|(block, row)| {
                for (instrument, cell) in row.iter_mut().enumerate() {
                    *cell = fused.lanes(block, instrument);
                }
            });
        Ok(Self { cells, instruments })
    }
}

impl Cells for Product<'_> {
    #[inline(always)]
    fn lanes(&self, block: usize, instrument: usize) -> Lanes {
        self.cells[block * self.instruments + instrument]
    }
}

/// Multiplied on the way, for few indices: no cell is written, each is read once.
#[derive(Debug)]
pub struct Fused<'a> {
    panel: Panel<'a>,
    /// Rates, `[block][currency]`.
    rates: Vec<Lanes>,
    currencies: usize,
}

impl<'a> Fused<'a> {
    /// Lays out the rates.
    #[must_use]
    pub fn new(panel: &Panel<'a>) -> Self {
        let sessions = panel.sessions();
        let currencies = panel.currencies();
        let mut rates = vec![[0.0; LANES]; sessions.div_ceil(LANES) * currencies];
        for session in 0..sessions {
            for currency in 0..currencies {
                rates[session / LANES * currencies + currency][session % LANES] =
                    panel.fx[session * currencies + currency];
            }
        }
        Self {
            panel: *panel,
            rates,
            currencies,
        }
    }
}

impl Cells for Fused<'_> {
    #[inline(always)]
    fn lanes(&self, block: usize, instrument: usize) -> Lanes {
        let width = self.panel.instruments.len();
        let rates = &self.rates[block * self.currencies + self.panel.currency[instrument] as usize];
        let column = &self.panel.prices[block * LANES * width + instrument..];
        let mut lanes = [0.0; LANES];
        if column.len() > (LANES - 1) * width {
            for (lane, cell) in lanes.iter_mut().enumerate() {
                *cell = column[lane * width] * rates[lane];
            }
        } else {
            for ((cell, price), rate) in lanes
                .iter_mut()
                .zip(column.iter().step_by(width))
                .zip(rates)
            {
                *cell = price * rate;
            }
        }
        lanes
    }
}
