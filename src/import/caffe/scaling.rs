//! Factors and summands of each channel: normalisation with the statistics of training, which becomes part of the layer before
//! it.

use super::{
    definition::Layer,
    translator::{Map, Stop, Translator},
};
use crate::{
    import::Form,
    nets::ops::{BatchNorm, Op},
};

/// Numbers of at most so many channels stand in the graph itself; more are arrays.
const FEW_CHANNELS: usize = 16;

impl Translator<'_> {
    /// (x - mean) / √(variance + ε), the sums of mean and variance over so many batches as the third array says.
    pub(super) fn batch_norm(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let known = ["eps", "use_global_stats", "moving_average_fraction"];
        let own = layer.parameters("batch_norm_param", &known)?;
        if !own.flag("use_global_stats", true)? {
            return Err(own.unknown().into());
        }
        let epsilon = own.float("eps", 1e-5)?;
        let map = self.map(layer, 0)?;
        let channels = map.shape.channels;
        let arrays = self.arrays_of(layer, &[vec![channels], vec![channels], vec![1]])?;
        let [mean, variance, times] = arrays.as_slice() else { return Err(Form::Channels.into()) };
        let times = times.first().copied().unwrap_or_default();
        let share = if times == 0.0 { 0.0 } else { 1.0 / times };
        let scale: Vec<f32> = variance.iter().map(|variance| 1.0 / (variance * share + epsilon).sqrt()).collect();
        let shift: Vec<f32> = mean.iter().zip(&scale).map(|(mean, scale)| -mean * share * scale).collect();
        self.affine(layer, map, scale, shift)
    }

    /// Each channel times a factor, plus a summand where there is one.
    pub(super) fn scale(&mut self, layer: &Layer) -> Result<Map, Stop> {
        let own = layer.parameters("scale_param", &["axis", "num_axes", "bias_term", "filler"])?;
        if own.int("axis", 1)? != 1 || own.int("num_axes", 1)? != 1 {
            return Err(own.unknown().into());
        }
        // With two of them one is the factor of the other.
        if layer.bottoms.len() != 1 {
            return Err(Form::Image.into());
        }
        let map = self.map(layer, 0)?;
        let channels = map.shape.channels;
        let has_bias = own.flag("bias_term", false)?;
        let mut arrays = self.arrays_of(layer, &vec![vec![channels]; 1 + usize::from(has_bias)])?.into_iter();
        let scale = arrays.next().unwrap_or_default();
        self.affine(layer, map, scale, arrays.next().unwrap_or_else(|| vec![0.0; channels]))
    }

    /// Each channel times a factor plus a summand: within the layer before it where nobody else reads that.
    fn affine(&mut self, layer: &Layer, map: Map, scale: Vec<f32>, shift: Vec<f32>) -> Result<Map, Stop> {
        if scale.iter().chain(&shift).any(|value| !value.is_finite()) {
            return Err(Form::NotFinite.into());
        }
        let channels = scale.len().max(1);
        let op = self.node(&map.node).map(|node| node.op.clone()).filter(|_| map.sole);
        // How many values behind each other have the same factor.
        let run = match &op {
            Some(Op::Convolution(_) | Op::Linear(_)) => Some(0),
            Some(Op::TransposedConvolution(op)) if op.groups == 1 => Some(op.kernel[0] * op.kernel[1]),
            _ => None,
        };
        let [weight, bias] = ["weight", "bias"].map(|kind| format!("{}.{kind}", map.node));
        if let Some(run) = run {
            if let Some((_, values)) = self.arrays.get_mut(&weight) {
                let run = if run == 0 { values.len() / channels } else { run };
                let factors = scale.iter().cycle();
                for (values, factor) in values.chunks_mut(run.max(1)).zip(factors) {
                    values.iter_mut().for_each(|value| *value *= factor);
                }
            }
            if let Some((_, values)) = self.arrays.get_mut(&bias) {
                for (value, (scale, shift)) in values.iter_mut().zip(scale.iter().zip(&shift)) {
                    *value = *value * scale + shift;
                }
            }
            return Ok(map);
        }
        if let (Some(Op::Constants { scale: before, shift: own }), Some(node)) = (&op, self.node(&map.node)) {
            let own = own.iter().zip(scale.iter().zip(&shift)).map(|(own, (scale, shift))| own * scale + shift);
            let before = before.iter().zip(&scale).map(|(before, scale)| before * scale);
            node.op = Op::Constants { scale: before.collect(), shift: own.collect() };
            return Ok(map);
        }
        if scale.len() <= FEW_CHANNELS {
            let made = self.push(layer.name, Op::Constants { scale, shift }, &[&map], None)?;
            return Ok(Map { is_row: map.is_row, ..made });
        }
        let epsilon = 1e-5;
        let made = self.push(layer.name, Op::BatchNorm(BatchNorm { epsilon }), &[&map], None)?;
        let sides = vec![scale.len()];
        for (kind, values) in [
            ("running_mean", vec![0.0; scale.len()]),
            ("running_var", vec![1.0 - epsilon; scale.len()]),
            ("weight", scale),
            ("bias", shift),
        ] {
            self.keep(&made, kind, sides.clone(), values)?;
        }
        Ok(Map { is_row: map.is_row, ..made })
    }
}
