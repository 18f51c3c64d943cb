//! Long tables to dense panels: each row finds its day and its instrument.

use rayon::prelude::*;

use crate::{Error, Result};

/// Pieces of the days that one thread takes, on average.
const PIECES: usize = 4;

/// Where the rows of a long table belong: parallel columns.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Date of each row, days since 1970-01-01.
    pub dates: &'a [i32],
    /// Number of each row's security among all there are; negative for none.
    pub securities: &'a [i32],
}

/// Figures of a long table.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// Doubles.
    Floats(&'a [f64]),
    /// Whole numbers, such as shares.
    Integers(&'a [i64]),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Floats(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }

    fn at(&self, row: usize) -> f64 {
        match self {
            Self::Floats(values) => values[row],
            Self::Integers(values) => values[row] as f64,
        }
    }
}

/// Days and instruments of a panel.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// Days, ascending; rows on other days are left out.
    pub days: &'a [i32],
    /// Instrument of each security; negative for one that is left out.
    pub instruments: &'a [i32],
    /// Number of instruments.
    pub width: usize,
}

/// Two rows of one security and day: the position of the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twice(pub usize);

/// Lays columns out as days × instruments, NaN where there is no row; all panels in one pass.
///
/// Returns a row that comes twice, if there is one: the first such row in the order of the table.
///
/// # Errors
///
/// [`Error::InvalidInput`] if columns or panels have other lengths, or a number is beyond the
/// instruments.
pub fn scatter(
    rows: Rows<'_>,
    columns: &[Column<'_>],
    axes: Axes<'_>,
    panels: &mut [&mut [f64]],
) -> Result<Option<Twice>> {
    let (count, cells) = (rows.dates.len(), axes.days.len() * axes.width);
    let lengths = columns.iter().map(Column::len);
    for (name, found, expected) in std::iter::once(("securities", rows.securities.len(), count))
        .chain(lengths.map(|length| ("a column", length, count)))
        .chain(panels.iter().map(|panel| ("a panel", panel.len(), cells)))
    {
        if found != expected {
            let expected = format!("must have {expected} elements");
            return Err(Error::invalid(format!("len({name})"), found, expected));
        }
    }
    let known = axes.instruments.len();
    let beyond = |security: &&i32| usize::try_from(**security).is_ok_and(|at| at >= known);
    if let Some(&security) = rows.securities.par_iter().find_any(beyond) {
        let expected = format!("must be below {known}");
        return Err(Error::invalid("securities", security, expected));
    }
    if axes.days.is_empty() || axes.width == 0 {
        return Ok(None);
    }
    // Rows by date fall into pieces of days that share no cell; others are one piece.
    let by_date = rows.dates.is_sorted();
    let pieces = PIECES * rayon::current_num_threads();
    let step = if by_date {
        axes.days.len().div_ceil(pieces)
    } else {
        axes.days.len()
    };
    let mut work: Vec<Piece<'_>> = axes
        .days
        .chunks(step)
        .map(|days| Piece {
            days,
            panels: Vec::new(),
        })
        .collect();
    for panel in panels {
        for (piece, own) in work.iter_mut().zip(panel.chunks_mut(step * axes.width)) {
            piece.panels.push(own);
        }
    }
    let twice = work
        .into_par_iter()
        .filter_map(|piece| piece.fill(rows, columns, axes, by_date))
        .min_by_key(|twice| twice.0);
    Ok(twice)
}

/// Some days of all panels.
struct Piece<'a> {
    days: &'a [i32],
    panels: Vec<&'a mut [f64]>,
}

impl Piece<'_> {
    fn fill(
        self,
        rows: Rows<'_>,
        columns: &[Column<'_>],
        axes: Axes<'_>,
        by_date: bool,
    ) -> Option<Twice> {
        let (start, end) = (self.days[0], self.days[self.days.len() - 1]);
        let own = if by_date {
            let from = rows.dates.partition_point(|&date| date < start);
            from..rows.dates.partition_point(|&date| date <= end)
        } else {
            0..rows.dates.len()
        };
        let mut line_of = vec![usize::MAX; (end - start) as usize + 1];
        for (line, &day) in self.days.iter().enumerate() {
            line_of[(day - start) as usize] = line;
        }
        let (mut seen, mut twice) = (
            vec![0_u64; (self.days.len() * axes.width).div_ceil(64)],
            None,
        );
        let mut panels = self.panels;
        for panel in &mut panels {
            panel.fill(f64::NAN);
        }
        for row in own {
            let offset = i64::from(rows.dates[row]) - i64::from(start);
            let line = usize::try_from(offset).ok().and_then(|at| line_of.get(at));
            let instrument = usize::try_from(rows.securities[row]).ok();
            let instrument = instrument.map(|security| axes.instruments[security]);
            let (Some(&line), Some(instrument)) = (line, instrument) else {
                continue;
            };
            let Ok(instrument) = usize::try_from(instrument) else {
                continue;
            };
            if line == usize::MAX {
                continue;
            }
            let cell = line * axes.width + instrument;
            let (word, bit) = (cell / 64, 1 << (cell % 64));
            if seen[word] & bit != 0 && twice.is_none() {
                twice = Some(Twice(row));
            }
            seen[word] |= bit;
            for (panel, column) in panels.iter_mut().zip(columns) {
                panel[cell] = column.at(row);
            }
        }
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::{Axes, Column, Rows, Twice, scatter};
    use proptest::prelude::*;

    // Securities 0 and 2 are instruments 1 and 0; 1 is left out, as are other days.
    const AXES: Axes<'_> = Axes {
        days: &[10, 12, 15],
        instruments: &[1, -1, 0],
        width: 2,
    };

    #[test]
    fn rows_find_day_and_instrument() {
        let rows = Rows {
            dates: &[10, 12, 11, 12, 9, 13, 15],
            securities: &[0, 0, 2, 1, 0, -1, 2],
        };
        let floats = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let whole = [10, 20, 30, 40, 50, 60, 70];
        let columns = [Column::Floats(&floats), Column::Integers(&whole)];
        let (mut close, mut shares) = ([0.0; 6], [0.0; 6]);
        let found = scatter(rows, &columns, AXES, &mut [&mut close, &mut shares]).unwrap();
        assert_eq!(found, None);
        assert_eq!(
            close.map(f64::is_nan),
            [true, false, true, false, false, true]
        );
        assert_eq!(
            [close[1], close[3], close[4]].map(f64::to_bits),
            [1.0, 2.0, 7.0].map(f64::to_bits)
        );
        assert_eq!(
            [shares[1], shares[3]].map(f64::to_bits),
            [10.0, 20.0].map(f64::to_bits)
        );
    }

    #[test]
    fn a_row_that_comes_twice_is_told() {
        let rows = Rows {
            dates: &[10, 12, 12, 12],
            securities: &[0, 0, 2, 0],
        };
        let values = [1.0, 2.0, 3.0, 4.0];
        let found = scatter(rows, &[Column::Floats(&values)], AXES, &mut [&mut [0.0; 6]]);
        assert_eq!(found.unwrap(), Some(Twice(3)));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let rows = Rows {
            dates: &[10],
            securities: &[3],
        };
        let values = [1.0];
        for (columns, cells) in [(1, 6), (1, 5), (2, 6)] {
            let values = vec![values[0]; columns];
            let mut panel = vec![0.0; cells];
            let column = Column::Floats(&values);
            assert!(scatter(rows, &[column], AXES, &mut [&mut panel]).is_err());
        }
    }

    proptest! {
        #[test]
        fn the_order_of_rows_changes_nothing(
            cells in prop::collection::btree_set((0_i32..40, 0_i32..5), 1..100), seed in any::<u64>(),
        ) {
            let days: Vec<i32> = (0..40).collect();
            let axes = Axes { days: &days, instruments: &[0, 1, 2, 3, 4], width: 5 };
            let mut rows: Vec<(i32, i32)> = cells.into_iter().collect();
            let mut panels = Vec::new();
            for _ in 0..2 {
                let (dates, securities): (Vec<i32>, Vec<i32>) = rows.iter().copied().unzip();
                let values: Vec<f64> = rows.iter().map(|&(day, at)| f64::from(day * 5 + at)).collect();
                let mut panel = vec![0.0; 200];
                let table = Rows { dates: &dates, securities: &securities };
                scatter(table, &[Column::Floats(&values)], axes, &mut [&mut panel]).unwrap();
                panels.push(panel.iter().map(|cell| cell.to_bits()).collect::<Vec<_>>());
                let turn = (seed % rows.len() as u64) as usize;
                rows.rotate_left(turn);
                rows.reverse();
            }
            prop_assert_eq!(&panels[0], &panels[1]);
        }
    }
}
