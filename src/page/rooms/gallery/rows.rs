//! Which rows of a long grid there have to be.

/// Rows that are there above those in sight and below them, so that scrolling finds them.
const MARGIN: usize = 3;

/// Which of a layer's tiles there are: those in sight and some rows about them, however many units the layer has. Above and
/// below, empty room keeps the rest's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// First tile, and the one behind the last.
    pub tiles: (usize, usize),
    /// Pixels of room above and below.
    pub room: (f64, f64),
    /// First tile in sight.
    pub first: usize,
}

impl Window {
    /// As many as any screen shows, before anything can be measured.
    pub fn unmeasured(units: usize) -> Self {
        Self { tiles: (0, units.min(100)), room: (0.0, 0.0), first: 0 }
    }

    /// For a grid of so many columns, with rows so many pixels apart, scrolled by `top` and `height` pixels high.
    pub fn new(units: usize, columns: usize, row: f64, top: f64, height: f64) -> Self {
        let (columns, row) = (columns.max(1), row.max(1.0));
        let rows = units.div_ceil(columns);
        let first = ((top.max(0.0) / row) as usize).min(rows.saturating_sub(1));
        let seen = (height.max(0.0) / row) as usize + 1;
        let (from, to) = (first.saturating_sub(MARGIN), (first + seen + MARGIN).min(rows));
        Self {
            tiles: (from * columns, (to * columns).min(units)),
            room: (from as f64 * row, (rows - to) as f64 * row),
            first: first * columns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_what_is_in_sight_and_the_rest_keeps_its_room() {
        for (units, columns) in [(1000, 7), (1000, 1), (3, 5), (1, 1), (1280, 16)] {
            let (row, height) = (110.0, 700.0);
            let rows = usize::div_ceil(units, columns);
            let whole = rows as f64 * row;
            for top in [0.0, 1.0, 333.0, whole / 2.0, whole - height, whole + 50.0, -20.0] {
                let Window { tiles: (from, to), room, first } = Window::new(units, columns, row, top, height);
                assert!(from <= first && first < to && to <= units, "{units} {columns} {top}");
                let there = (to - from).div_ceil(columns) as f64 * row;
                assert!((room.0 + there + room.1 - whole).abs() < 1e-6, "{units} {columns} {top}");
                // Everything from the top of the screen to its bottom, as far as there is anything.
                assert!(
                    room.0 <= top.max(0.0) && room.0 + there >= (top + height).min(whole),
                    "{units} {columns} {top}"
                );
                assert!(to - from <= (7 + 2 * MARGIN + 2) * columns);
            }
        }
        assert_eq!(Window::new(0, 4, 100.0, 0.0, 500.0).tiles, (0, 0));
    }
}
