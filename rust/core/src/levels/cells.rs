//! Price × rate, sessions side by side: what every index of a panel multiplies its units with.

use std::array;

use rayon::prelude::*;

use crate::panel::Panel;
use crate::{Error, Result};

/// Sessions valued side by side.
pub const LANES: usize = 16;

/// One figure for each session of a block.
pub type Lanes = [f64; LANES];

/// The same on cache lines of its own: no load of a wide vector touches two.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) Lanes);

/// Price × rate of instruments, block by block of sessions.
pub trait Cells: Sync {
    /// Returns what gives the figures of a block's sessions by instrument; those past the last session
    /// are of no meaning.
    fn block(&self, block: usize) -> impl Fn(usize) -> Lanes;
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
        cells
            .par_chunks_mut(instruments.max(1))
            .enumerate()
            .for_each(|(block, row)| {
                let fused = Fused::new(panel, block * LANES);
                for (instrument, cell) in row.iter_mut().enumerate() {
                    *cell = fused.lanes(instrument);
                }
            });
        Ok(Self { cells, instruments })
    }
}

impl Cells for Product<'_> {
    #[inline(always)]
    fn block(&self, block: usize) -> impl Fn(usize) -> Lanes {
        let cells = &self.cells[block * self.instruments..][..self.instruments];
        move |instrument| cells[instrument]
    }
}

/// Multiplied on the way, for few indices: no cell is written, each is read once.
impl Cells for Panel<'_> {
    #[inline(always)]
    fn block(&self, block: usize) -> impl Fn(usize) -> Lanes {
        let fused = Fused::new(self, block * LANES);
        move |instrument| fused.lanes(instrument)
    }
}

/// What multiplies prices with rates on as many sessions as there are lanes.
///
/// It is faster without wide vectors: prices of one instrument stand far apart.
#[derive(Debug)]
pub(super) struct Fused<'a> {
    /// Prices of each session.
    rows: [&'a [f64]; LANES],
    /// By currency.
    rates: Vec<Lanes>,
    currency: &'a [u32],
}

impl<'a> Fused<'a> {
    /// Stands at the sessions from one on; after the last it is that again.
    #[inline(always)]
    pub(super) fn new(panel: &'a Panel<'_>, first: usize) -> Self {
        let (width, currencies) = (panel.instruments.len(), panel.currencies());
        let session = |lane: usize| (first + lane).min(panel.sessions() - 1);
        let rates =
            |currency| array::from_fn(|lane| panel.fx[session(lane) * currencies + currency]);
        Self {
            rows: array::from_fn(|lane| &panel.prices[session(lane) * width..][..width]),
            rates: (0..currencies).map(rates).collect(),
            currency: panel.currency,
        }
    }

    #[inline(always)]
    pub(super) fn lanes(&self, instrument: usize) -> Lanes {
        let rates = &self.rates[self.currency[instrument] as usize];
        let mut lanes = [0.0; LANES];
        for ((cell, row), rate) in lanes.iter_mut().zip(&self.rows).zip(rates) {
            *cell = row[instrument] * rate;
        }
        lanes
    }
}
