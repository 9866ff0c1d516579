//! Images as a generator of Caffe's draws them, blue first and less a mean, brought to those that a pack's generator draws: red
//! first, natural ones in -1..=1, of the size that is asked for.

use super::{
    ending::End,
    translator::{Map, Translator},
};
use crate::{
    import::{CaffeError, ImportError},
    nets::{
        ops::{Op, TransposedConvolution},
        shape::Shape,
    },
};

/// Half of the range of a pixel's values.
const HALF: f32 = 127.5;

impl Translator<'_> {
    /// Makes of an output of images `[3, height, width]`, less `mean` (red first, of 0 to 255), those that a pack has: (x + mean)
    /// / 127.5 - 1, of which the middle is cut out; of an odd number of rows or columns left over there is one more behind it
    /// than before it, as the published program has it.
    ///
    /// A transposed convolution at the end does that by itself: it cuts off what is padding, and its weights and biases take
    /// factor, mean and order. Behind anything else stands one of 1×1.
    ///
    /// # Errors
    /// [`CaffeError::Image`] where the output is no such image, or smaller than `size`.
    pub(super) fn picture(&mut self, end: End, size: [usize; 2], mean: [f32; 3]) -> Result<End, ImportError> {
        let Shape { channels, height, width } = end.output.shape;
        let found = [channels, height, width];
        let wrong = || ImportError::Caffe(CaffeError::Image { found, wanted: size });
        let over = [height.checked_sub(size[0]), width.checked_sub(size[1])];
        let (3, [Some(rows), Some(columns)]) = (channels, over) else { return Err(wrong()) };
        // Of rows and of columns, before and behind.
        let cut = [rows, columns].map(|over| [over / 2, over - over / 2]);
        let is_sole = end.output.sole;
        let last = self.node(&end.output.node).map(|node| node.op.clone()).filter(|_| is_sole);
        let map = match last {
            Some(Op::TransposedConvolution(op)) if op.groups == 1 && op.output_padding == [0, 0] => {
                let shape = Shape::map(3, size[0], size[1]);
                self.fold(&end.output, &op, cut, mean);
                Map { shape, ..end.output }
            }
            _ => {
                let op = TransposedConvolution::square(3, 1, 1, 0);
                let made = self.push("image", Op::TransposedConvolution(op.clone()), &[&end.output], None);
                // Only where the network has as many nodes as there may be.
                let made = made.map_err(|_| wrong())?;
                // Each channel is itself.
                let weight = (0..9).map(|place| if place % 4 == 0 { 1.0 } else { 0.0 }).collect();
                self.keep(&made, "weight", vec![3, 3, 1, 1], weight).map_err(|_| wrong())?;
                self.keep(&made, "bias", vec![3], vec![0.0; 3]).map_err(|_| wrong())?;
                self.fold(&made, &op, cut, mean);
                Map { shape: Shape::map(3, size[0], size[1]), ..made }
            }
        };
        Ok(End { output: map, ..end })
    }

    /// Takes cut, mean, factor and order of the channels into a transposed convolution of three channels.
    ///
    /// A graph cuts off as much before as behind. Where more is to go behind, the kernel has a row, or a column, of zeros before
    /// its own: all of the result moves on by one place, so that one more has to go before too.
    fn fold(&mut self, map: &Map, op: &TransposedConvolution, cut: [[usize; 2]; 2], mean: [f32; 3]) {
        let [[top, bottom], [left, right]] = cut;
        let [rows, columns] = op.kernel;
        let zeros = [bottom - top, right - left];
        let kernel = [rows + zeros[0], columns + zeros[1]];
        let padding = [op.padding[0] + bottom, op.padding[1] + right];
        if let Some((shape, values)) = self.arrays.get_mut(&format!("{}.weight", map.node)) {
            let inputs = shape.first().copied().unwrap_or_default();
            let mut folded = vec![0.0; inputs * 3 * kernel[0] * kernel[1]];
            for (place, value) in values.iter().enumerate() {
                let (column, rest) = (place % columns, place / columns);
                let (row, rest) = (rest % rows, rest / rows);
                let (channel, input) = (2 - rest % 3, rest / 3);
                let row = (input * 3 + channel) * kernel[0] + row + zeros[0];
                folded[row * kernel[1] + column + zeros[1]] = value / HALF;
            }
            (*shape, *values) = (vec![inputs, 3, kernel[0], kernel[1]], folded);
        }
        if let Some((_, values)) = self.arrays.get_mut(&format!("{}.bias", map.node)) {
            values.reverse();
            values.iter_mut().zip(mean).for_each(|(value, mean)| *value = (*value + mean) / HALF - 1.0);
        }
        if let Some(node) = self.node(&map.node) {
            node.op = Op::TransposedConvolution(TransposedConvolution { kernel, padding, ..op.clone() });
        }
    }
}
