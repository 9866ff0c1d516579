//! Largest values and means of windows, as many of them as Caffe has.

use super::{
    definition::Layer,
    translator::{Map, Stop, Translator},
};
use crate::{
    import::Form,
    nets::{
        ops::{AveragePool, MaxPool, Op},
        shape::Misfit,
    },
};

/// What is known of `pooling_param`.
const POOLING: [&str; 12] = [
    "pool",
    "pad",
    "pad_h",
    "pad_w",
    "kernel_size",
    "kernel_h",
    "kernel_w",
    "stride",
    "stride_h",
    "stride_w",
    "global_pooling",
    "round_mode",
];

impl Translator<'_> {
    /// The windows are as many as cover the map, the last one reaching over its edge where they must (`round_mode` is of later
    /// versions).
    pub(super) fn pooling(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("pooling_param", &POOLING)?;
        let map = self.map(layer, 0)?;
        let is_max = match own.word("pool", "MAX") {
            "MAX" | "0" => true,
            "AVE" | "1" => false,
            _ => return Err(own.unknown().into()),
        };
        let sides = [map.shape.height, map.shape.width];
        if own.flag("global_pooling", false)? {
            let largest = MaxPool { kernel: sides, stride: [1, 1], padding: [[0; 2]; 2] };
            return self.each(layer, if is_max { Op::MaxPool(largest) } else { Op::GlobalAverage });
        }
        let kernel = own.two("kernel_size", ["kernel_h", "kernel_w"], 0)?;
        let stride = own.two("stride", ["stride_h", "stride_w"], 1)?;
        let own_padding = own.two("pad", ["pad_h", "pad_w"], 0)?;
        let rounds_up = match own.word("round_mode", "CEIL") {
            "CEIL" | "0" => true,
            "FLOOR" | "1" => false,
            _ => return Err(own.unknown().into()),
        };
        let even = own_padding.map(|side| [side; 2]);
        let mut padding = even;
        for axis in 0..2 {
            let (side, pad, stride) = (sides[axis], own_padding[axis], stride[axis].max(1));
            let all = side.saturating_add(pad.saturating_mul(2));
            let steps = all.checked_sub(kernel[axis]).ok_or(Form::Misfit(Misfit::Kernel { input: map.shape }))?;
            let mut windows = if rounds_up { steps.div_ceil(stride) } else { steps / stride };
            // With padding, of whichever axis, the last window begins within the image or the padding before it.
            if own_padding != [0, 0] && windows.saturating_mul(stride) >= side.saturating_add(pad) {
                windows = windows.saturating_sub(1);
            }
            let reach = windows.saturating_mul(stride).saturating_add(kernel[axis]);
            padding[axis][1] = pad.saturating_add(reach.saturating_sub(all));
        }
        // A mean counts the definition's own padding, and nothing beyond: with both there is no such operation.
        if !is_max && padding != even && own_padding != [0, 0] {
            return Err(Form::Padding.into());
        }
        let op = match is_max {
            true => Op::MaxPool(MaxPool { kernel, stride, padding }),
            false => Op::AveragePool(AveragePool { kernel, stride, padding, count_padding: padding == even }),
        };
        self.each(layer, op)
    }
}
