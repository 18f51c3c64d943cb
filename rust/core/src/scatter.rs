//! Long tables to dense panels: each row finds its day and its instrument.

use std::ops::Range;

use rayon::prelude::*;

use crate::{Error, Result};

/// Cells of a panel that are filled together: few enough to stay in the cache of a processor.
const CELLS: usize = 1 << 15;

/// Rows whose cells are found before any column is laid out.
const ROWS: usize = 1024;

/// No cell, no instrument.
const NOWHERE: u32 = u32::MAX;

/// Rows of a long table that lie in one piece: parallel columns.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Date of each row, days since 1970-01-01.
    pub dates: &'a [i32],
    /// Number of each row's security among all there are; negative for none.
    pub securities: &'a [i32],
    /// Figures.
    pub columns: Vec<Column<'a>>,
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

/// Lays columns out as days × instruments, all panels in one pass.
///
/// Without `seen` the panels are NaN where there is no row. With it they are gone on with: only cells
/// of these rows change, and `seen` tells, and is told, which cells have a row.
///
/// Returns a row that comes twice, if there is one: the first such row in the order of the table.
///
/// # Errors
///
/// [`Error::InvalidInput`] if columns, panels or `seen` have other lengths or are not as many, or a
/// number is beyond the instruments.
pub fn scatter(
    parts: &[Part<'_>],
    axes: Axes<'_>,
    panels: &mut [&mut [f64]],
    seen: Option<&mut [bool]>,
) -> Result<Option<Twice>> {
    check(parts, axes, panels, seen.as_deref())?;
    if axes.days.is_empty() || axes.width == 0 {
        return Ok(None);
    }
    let mut rows = Vec::new();
    let mut first = 0;
    for part in parts.iter().filter(|part| !part.dates.is_empty()) {
        rows.push(Placed { first, part });
        first += part.dates.len();
    }
    let place = |&instrument: &i32| u32::try_from(instrument).unwrap_or(NOWHERE);
    let behind = std::iter::once(NOWHERE);
    let instruments: Vec<u32> = axes.instruments.iter().map(place).chain(behind).collect();
    // Rows by date fall into pieces of days that share no cell; of others every piece looks at all.
    let by_date = rows.par_iter().all(|placed| placed.part.dates.is_sorted())
        && rows.is_sorted_by(|one, next| one.last() <= next.part.dates[0]);
    let step = if by_date {
        (CELLS / axes.width).max(1)
    } else {
        axes.days.len().div_ceil(rayon::current_num_threads())
    };
    let mut work: Vec<Piece<'_>> = axes.days.chunks(step).map(Piece::of).collect();
    for panel in panels {
        for (piece, own) in work.iter_mut().zip(panel.chunks_mut(step * axes.width)) {
            piece.panels.push(own);
        }
    }
    if let Some(seen) = seen {
        for (piece, own) in work.iter_mut().zip(seen.chunks_mut(step * axes.width)) {
            piece.seen = Some(own);
        }
    }
    let twice = work
        .into_par_iter()
        .filter_map(|piece| piece.fill(&rows, &instruments, axes.width, by_date))
        .min_by_key(|twice| twice.0);
    Ok(twice)
}

fn check(
    parts: &[Part<'_>],
    axes: Axes<'_>,
    panels: &[&mut [f64]],
    seen: Option<&[bool]>,
) -> Result<()> {
    let cells = axes.days.len() * axes.width;
    let fits = |name: &str, found: usize, expected: usize| {
        let problem = || format!("must have {expected} elements");
        (found == expected)
            .then_some(())
            .ok_or_else(|| Error::invalid(format!("len({name})"), found, problem()))
    };
    for panel in panels {
        fits("a panel", panel.len(), cells)?;
    }
    fits("seen", seen.map_or(cells, <[bool]>::len), cells)?;
    for part in parts {
        let count = part.dates.len();
        fits("securities", part.securities.len(), count)?;
        fits("columns", part.columns.len(), panels.len())?;
        for column in &part.columns {
            fits("a column", column.len(), count)?;
        }
    }
    let known = axes.instruments.len();
    let largest = |part: &Part<'_>| part.securities.iter().copied().max();
    if let Some(security) = parts.par_iter().filter_map(largest).max()
        && usize::try_from(security).is_ok_and(|at| at >= known)
    {
        let expected = format!("must be below {known}");
        return Err(Error::invalid("securities", security, expected));
    }
    let width = axes.width;
    let wide = |instrument: &&i32| usize::try_from(**instrument).is_ok_and(|at| at >= width);
    if let Some(&instrument) = axes.instruments.iter().find(wide) {
        let expected = format!("must be below {width}");
        return Err(Error::invalid("instruments", instrument, expected));
    }
    if u32::try_from(cells).is_err() {
        let expected = "must be a number of 32 bits";
        return Err(Error::invalid("len(a panel)", cells, expected));
    }
    Ok(())
}

/// A part that has rows, and the position of its first one in the table.
struct Placed<'a> {
    first: usize,
    part: &'a Part<'a>,
}

impl Placed<'_> {
    fn last(&self) -> i32 {
        self.part.dates[self.part.dates.len() - 1]
    }
}

/// Some days of all panels.
struct Piece<'a> {
    days: &'a [i32],
    panels: Vec<&'a mut [f64]>,
    /// Which cells have a row already; none: these panels begin.
    seen: Option<&'a mut [bool]>,
}

impl<'a> Piece<'a> {
    fn of(days: &'a [i32]) -> Self {
        Self {
            days,
            panels: Vec::new(),
            seen: None,
        }
    }

    fn fill(
        mut self,
        rows: &[Placed<'_>],
        instruments: &[u32],
        width: usize,
        by_date: bool,
    ) -> Option<Twice> {
        let mut fresh = Vec::new();
        let seen = self.seen.unwrap_or_else(|| {
            for panel in &mut self.panels {
                panel.fill(f64::NAN);
            }
            fresh.resize(self.days.len() * width, false);
            &mut fresh
        });
        let places = Places::new(self.days, instruments, width);
        let (mut cells, mut own) = ([0; ROWS], [0; ROWS]);
        let mut twice = None;
        for (placed, range) in places.ranges(rows, by_date) {
            for begin in range.clone().step_by(ROWS) {
                let end = range.end.min(begin + ROWS);
                let count = places.find(placed.part, begin..end, &mut cells, &mut own);
                let (cells, own) = (&cells[..count], &own[..count]);
                for (&cell, &row) in cells.iter().zip(own) {
                    if std::mem::replace(&mut seen[cell as usize], true) && twice.is_none() {
                        twice = Some(Twice(placed.first + begin + row as usize));
                    }
                }
                for (panel, column) in self.panels.iter_mut().zip(&placed.part.columns) {
                    match column {
                        Column::Floats(values) => {
                            lay(panel, cells, &values[begin..end], own, |value| value);
                        }
                        Column::Integers(values) => {
                            lay(panel, cells, &values[begin..end], own, |whole| whole as f64);
                        }
                    }
                }
            }
        }
        twice
    }
}

/// Puts figures of consecutive rows into their cells; `own` are those rows that have one.
fn lay<T: Copy>(
    panel: &mut [f64],
    cells: &[u32],
    values: &[T],
    own: &[u32],
    figure: impl Fn(T) -> f64,
) {
    if own.len() == values.len() {
        for (&cell, &value) in cells.iter().zip(values) {
            panel[cell as usize] = figure(value);
        }
    } else {
        for (&cell, &row) in cells.iter().zip(own) {
            panel[cell as usize] = figure(values[row as usize]);
        }
    }
}

/// Where the rows of some days belong.
struct Places<'a> {
    first: i32,
    last: i32,
    /// First cell of each day from the first to the last, and [`NOWHERE`] behind them.
    starts: Vec<u32>,
    /// Instrument of each security, and [`NOWHERE`] behind them and for those left out.
    instruments: &'a [u32],
}

impl<'a> Places<'a> {
    fn new(days: &[i32], instruments: &'a [u32], width: usize) -> Self {
        let (first, last) = (days[0], days[days.len() - 1]);
        let mut starts = vec![NOWHERE; (last - first) as usize + 2];
        for (line, &day) in days.iter().enumerate() {
            starts[(day - first) as usize] = (line * width) as u32;
        }
        Self {
            first,
            last,
            starts,
            instruments,
        }
    }

    /// Returns the parts, and of each the rows, among which those of the days are.
    fn ranges<'r>(
        &self,
        rows: &'r [Placed<'r>],
        by_date: bool,
    ) -> impl Iterator<Item = (&'r Placed<'r>, Range<usize>)> {
        let (first, last) = (self.first, self.last);
        let own = if by_date {
            let begin = rows.partition_point(|placed| placed.last() < first);
            begin..rows.partition_point(|placed| placed.part.dates[0] <= last)
        } else {
            0..rows.len()
        };
        rows[own].iter().map(move |placed| {
            let dates = placed.part.dates;
            let range = if by_date {
                let begin = dates.partition_point(|&date| date < first);
                begin..dates.partition_point(|&date| date <= last)
            } else {
                0..dates.len()
            };
            (placed, range)
        })
    }

    /// Finds the cells of rows; returns how many rows have one.
    fn find(
        &self,
        part: &Part<'_>,
        range: Range<usize>,
        cells: &mut [u32; ROWS],
        own: &mut [u32; ROWS],
    ) -> usize {
        let (dates, securities) = (&part.dates[range.clone()], &part.securities[range]);
        let (days, known) = (self.starts.len() - 1, self.instruments.len() - 1);
        let mut count = 0;
        for (row, (&date, &security)) in (0..).zip(dates.iter().zip(securities)) {
            // A number below the first one wraps around to a large one: all others fall behind.
            let day = date.wrapping_sub(self.first) as u32 as usize;
            let start = self.starts[day.min(days)];
            let instrument = self.instruments[(security as u32 as usize).min(known)];
            cells[count] = start.wrapping_add(instrument);
            own[count] = row;
            count += usize::from(start != NOWHERE && instrument != NOWHERE);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::{Axes, Column, Part, Twice, scatter};
    use proptest::prelude::*;

    // Securities 0 and 2 are instruments 1 and 0; 1 is left out, as are other days.
    const AXES: Axes<'_> = Axes {
        days: &[10, 12, 15],
        instruments: &[1, -1, 0],
        width: 2,
    };

    #[test]
    fn rows_find_day_and_instrument() {
        let floats = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let whole = [10, 20, 30, 40, 50, 60, 70];
        let rows = Part {
            dates: &[10, 12, 11, 12, 9, 13, 15],
            securities: &[0, 0, 2, 1, 0, -1, 2],
            columns: vec![Column::Floats(&floats), Column::Integers(&whole)],
        };
        let (mut close, mut shares) = ([0.0; 6], [0.0; 6]);
        let found = scatter(&[rows], AXES, &mut [&mut close, &mut shares], None).unwrap();
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
        let (dates, securities) = ([10, 12, 12, 12], [0, 0, 2, 0]);
        let values = [1.0, 2.0, 3.0, 4.0];
        // In one part or in two, of which the second repeats a row of the first.
        for cut in [0, 2, 3, 4] {
            let part = |rows: std::ops::Range<usize>| Part {
                dates: &dates[rows.clone()],
                securities: &securities[rows.clone()],
                columns: vec![Column::Floats(&values[rows])],
            };
            let found = scatter(
                &[part(0..cut), part(cut..4)],
                AXES,
                &mut [&mut [0.0; 6]],
                None,
            );
            assert_eq!(found.unwrap(), Some(Twice(3)));
        }
    }

    #[test]
    fn panels_that_are_gone_on_with_keep_their_cells() {
        let rows = |date: &'static [i32]| Part {
            dates: date,
            securities: &[0],
            columns: vec![Column::Floats(&[1.0])],
        };
        let (mut panel, mut seen) = ([7.0; 6], [false; 6]);
        for (date, twice) in [(&[10], None), (&[15], None), (&[10], Some(Twice(0)))] {
            let found = scatter(&[rows(date)], AXES, &mut [&mut panel], Some(&mut seen));
            assert_eq!(found.unwrap(), twice);
        }
        assert_eq!(seen, [false, true, false, false, false, true]);
        let expected: [f64; 6] = [7.0, 1.0, 7.0, 7.0, 7.0, 1.0];
        assert_eq!(panel.map(f64::to_bits), expected.map(f64::to_bits));
        let short = scatter(
            &[rows(&[10])],
            AXES,
            &mut [&mut panel],
            Some(&mut seen[1..]),
        );
        assert!(short.is_err());
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let scattered = |security: i32, values: &[f64], columns: usize, cells: usize, axes| {
            let rows = Part {
                dates: &[10],
                securities: &[security],
                columns: vec![Column::Floats(values); columns],
            };
            let mut panel = vec![0.0; cells];
            scatter(&[rows], axes, &mut [&mut panel], None)
        };
        assert!(scattered(2, &[1.0], 1, 6, AXES).is_ok());
        assert!(scattered(3, &[1.0], 1, 6, AXES).is_err());
        assert!(scattered(2, &[1.0], 1, 5, AXES).is_err());
        assert!(scattered(2, &[1.0, 2.0], 1, 6, AXES).is_err());
        assert!(scattered(2, &[1.0], 2, 6, AXES).is_err());
        let narrow = Axes { width: 1, ..AXES };
        assert!(scattered(2, &[1.0], 1, 3, narrow).is_err());
    }

    proptest! {
        #[test]
        fn the_order_of_rows_changes_nothing(
            cells in prop::collection::btree_set((0_i32..40, 0_i32..5), 1..100), seed in any::<u64>(),
            cut in 0_usize..100,
        ) {
            let days: Vec<i32> = (0..40).collect();
            let axes = Axes { days: &days, instruments: &[0, 1, 2, 3, 4], width: 5 };
            let mut rows: Vec<(i32, i32)> = cells.into_iter().collect();
            let mut panels = Vec::new();
            for _ in 0..2 {
                let (dates, securities): (Vec<i32>, Vec<i32>) = rows.iter().copied().unzip();
                let values: Vec<f64> = rows.iter().map(|&(day, at)| f64::from(day * 5 + at)).collect();
                let mut panel = vec![0.0; 200];
                let cut = cut.min(values.len());
                let part = |rows: std::ops::Range<usize>| Part {
                    dates: &dates[rows.clone()],
                    securities: &securities[rows.clone()],
                    columns: vec![Column::Floats(&values[rows])],
                };
                scatter(&[part(0..cut), part(cut..values.len())], axes, &mut [&mut panel], None).unwrap();
                panels.push(panel.iter().map(|cell| cell.to_bits()).collect::<Vec<_>>());
                let turn = (seed % rows.len() as u64) as usize;
                rows.rotate_left(turn);
                rows.reverse();
            }
            prop_assert_eq!(&panels[0], &panels[1]);
        }
    }
}
