//! Many moments at once: lanes are moments, as they are sessions in the batch.
//!
//! What a level of one moment takes is a look-up for each term; those of sixteen moments in a row share
//! it. Every lane adds its terms from +0.0 in ascending instrument order, so the bits are those of
//! [`Engine::levels`] at that moment.

use super::book::Moment;
use super::engine::{Engine, Index, look, room};
use super::ticks::Ticks;
use crate::levels::cells::{LANES, Lanes, Line};
use crate::wide::{Work, widest};
use crate::{Error, Result};

/// Where what a replay finds is written.
#[derive(Debug)]
pub struct Out<'o> {
    /// `[moment][level]`
    pub levels: &'o mut [f64],
    /// How old a stale trade is, and `[moment][traded, stale, frozen][index]`; if it is asked for.
    pub quality: Option<(Moment, &'o mut [f64])>,
}

impl Engine {
    /// Takes ticks up to each moment in turn, and writes the levels there: ticks that arrive later change
    /// nothing of them. Returns how many ticks lie before the last moment.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for moments that do not ascend, or not as much room as it takes.
    pub fn replay(
        &mut self,
        ticks: &Ticks<'_>,
        moments: &[Moment],
        out: &mut Out<'_>,
    ) -> Result<usize> {
        let (width, indices) = (self.day.levels.len(), self.day.indices.len());
        room("levels", out.levels.len(), moments.len() * width)?;
        if let Some((_, quality)) = &out.quality {
            room("quality", quality.len(), moments.len() * 3 * indices)?;
        }
        if let Some(at) = moments.windows(2).position(|pair| pair[0] > pair[1]) {
            let argument = format!("at[{}]", at + 1);
            return Err(Error::invalid(argument, moments[at + 1], "must ascend"));
        }
        // What was told before the first moment counts in it.
        self.levels();
        let panels = self.sums.iter().map(|sums| {
            let cells = sums.worth().map(|worth| Line([worth; LANES]));
            cells.collect()
        });
        let mut panels: Vec<Vec<Line>> = panels.collect();
        let mut at = 0;
        for (block, moments) in moments.chunks(LANES).enumerate() {
            let mut moved = Vec::new();
            for (lane, &moment) in moments.iter().enumerate() {
                let rest = ticks.timestamps.map_or(&[][..], |all| &all[at..]);
                let count = rest.iter().take_while(|&&own| own <= moment).count();
                self.update(&ticks.part(at, at + count));
                at += count;
                let (day, panels) = (&self.day, &mut panels);
                let prices = self.book.prices();
                let own = look(prices, &mut self.seen, &mut self.moved);
                for security in own.iter().map(|&at| at as usize) {
                    let currency = day.currency[security] as usize;
                    for (cells, rates) in panels.iter_mut().zip(&day.rates) {
                        cells[security].0[lane..].fill(prices[security] * rates[currency]);
                    }
                }
                moved.extend_from_slice(own);
                if let Some((stale_after, rows)) = &mut out.quality {
                    let row = (block * LANES + lane) * 3 * indices;
                    self.quality(moment, *stale_after, &mut rows[row..][..3 * indices])?;
                }
            }
            let rows = &mut out.levels[block * LANES * width..][..moments.len() * width];
            self.write_levels(&panels, rows);
            for (sums, cells) in self.sums.iter_mut().zip(&mut panels) {
                for security in moved.iter().map(|&at| at as usize) {
                    let last = cells[security].0[LANES - 1];
                    sums.set(security, last);
                    cells[security].0.fill(last);
                }
            }
        }
        Ok(at)
    }

    /// Writes the levels of some moments, one row after another.
    fn write_levels(&self, panels: &[Vec<Line>], rows: &mut [f64]) {
        let mut by_moment = vec![vec![0.0; self.day.indices.len()]; LANES];
        for (sums, cells) in self.sums.iter().zip(panels) {
            let order: Vec<usize> = sums.order().collect();
            let mut values = vec![[0.0; LANES]; order.len()];
            widest(Valued {
                cells,
                indices: &self.day.indices,
                order: &order,
                values: &mut values,
            });
            for (&index, values) in order.iter().zip(&values) {
                for (own, &value) in by_moment.iter_mut().zip(values) {
                    own[index] = value;
                }
            }
        }
        let width = self.day.levels.len();
        for (row, values) in rows.chunks_exact_mut(width.max(1)).zip(&by_moment) {
            self.chained.write(values, row);
        }
    }
}

/// Values indices at the moments of a panel. Two go abreast, as each add waits for the one before.
struct Valued<'w> {
    cells: &'w [Line],
    indices: &'w [Index],
    order: &'w [usize],
    values: &'w mut [Lanes],
}

impl Work for Valued<'_> {
    #[inline(always)]
    fn run(self) {
        let pairs = self.order.chunks(2).zip(self.values.chunks_mut(2));
        for (pair, values) in pairs {
            let one = &self.indices[pair[0]];
            let other = pair.get(1).map_or(one, |&other| &self.indices[other]);
            let both = add_both(self.cells, one, other);
            values.copy_from_slice(&both[..values.len()]);
        }
    }
}

#[inline(always)]
fn add_both(cells: &[Line], one: &Index, other: &Index) -> [Lanes; 2] {
    let (mut p, mut q) = ([0.0; LANES], [0.0; LANES]);
    let common = one.securities.len().min(other.securities.len());
    for (own, of_other) in terms(one, 0).zip(terms(other, 0)) {
        add(&mut p, cells, own);
        add(&mut q, cells, of_other);
    }
    for own in terms(one, common) {
        add(&mut p, cells, own);
    }
    for of_other in terms(other, common) {
        add(&mut q, cells, of_other);
    }
    [p, q]
}

/// Returns securities and units of an index, without the first ones.
#[inline(always)]
fn terms(index: &Index, from: usize) -> impl Iterator<Item = (usize, f64)> {
    let own = index.securities[from..].iter().zip(&index.units[from..]);
    own.map(|(&security, &units)| (security as usize, units))
}

#[inline(always)]
fn add(sums: &mut Lanes, cells: &[Line], (security, units): (usize, f64)) {
    for (sum, cell) in sums.iter_mut().zip(&cells[security].0) {
        *sum += cell * units;
    }
}
