//! Which part of the input a node sees from one place, by going back through the graph.

use super::Checked;
use crate::nets::shape::Region;

/// First and last place, row or column, of what is seen.
type Ends = (usize, usize);

impl Checked {
    /// The receptive field: the part of the input that a node's channels see from one position of its map, the widest of
    /// all ways there. Padding is no part of it. `None` for no such node or position, or one that sees padding alone.
    ///
    /// A convolution or pooling of kernel k, stride s, dilation d and padding p that is asked for the places `a..=b` reads
    /// the places `a·s - p ..= b·s - p + (k - 1)·d` of its input (Dumoulin & Visin 2016); a transposed one the places
    /// whose kernels reach `a..=b`; an operation that mixes all places reads the whole map.
    pub fn receptive_field(&self, node: &str, [row, column]: [usize; 2]) -> Option<Region> {
        let place = self.place(node)?;
        let shape = self.read(Some(place));
        if row >= shape.height || column >= shape.width {
            return None;
        }
        let (top, bottom) = self.seen(place, row, 0)?;
        let (left, right) = self.seen(place, column, 1)?;
        Some(Region { top, left, height: bottom - top + 1, width: right - left + 1 })
    }

    /// What one place sees along an axis: 0 for rows, 1 for columns.
    fn seen(&self, place: usize, at: usize, axis: usize) -> Option<Ends> {
        let mut seen: Vec<Option<Ends>> = vec![None; place + 1];
        let mut input: Option<Ends> = None;
        *seen.get_mut(place)? = Some((at, at));
        for number in (0..=place).rev() {
            let Some(Some(ends)) = seen.get(number).copied() else { continue };
            let (node, sources) = (self.graph.nodes.get(number)?, self.sources.get(number)?);
            let output = self.read(Some(number));
            for source in sources {
                let shape = self.read(*source);
                let (from, to) = ([shape.height, shape.width], [output.height, output.width]);
                let (Some(&from), Some(&to)) = (from.get(axis), to.get(axis)) else { continue };
                let Some(read) = node.op.reads(ends, axis, from, to) else { continue };
                let known = match source {
                    Some(source) => seen.get_mut(*source)?,
                    None => &mut input,
                };
                *known = Some(known.map_or(read, |known| (known.0.min(read.0), known.1.max(read.1))));
            }
        }
        input
    }
}
