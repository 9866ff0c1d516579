//! Operations on sides: what is cut, put together, padded, seen otherwise and resized.

use super::{
    constants::{between, places, sides},
    schema::Node,
    tensor::Tensor,
    translator::{Map, Stop, Translator, Value, View},
};
use crate::{
    import::Form,
    nets::{
        ops::{Filter, Op, Resize},
        shape::Shape,
    },
};

impl<'a> Translator<'a> {
    pub(super) fn concatenated(&mut self, node: &Node) -> Result<Map, Stop> {
        let maps = (0..node.inputs.len()).map(|place| self.map(node, place)).collect::<Result<Vec<_>, _>>()?;
        let Some(first) = maps.first().cloned() else { return Err(Form::Reads.into()) };
        let axis = places(&[node.int("axis", 1)], first.dims().len());
        if axis != first.axis().map(|axis| vec![axis]) || maps.iter().any(|map| map.view != first.view) {
            return Err(Form::Order.into());
        }
        match maps.len() {
            1 => Ok(first),
            _ => self.push(&node.name, Op::Concatenate, &maps, None).map(|map| map.viewed(first.view)),
        }
    }

    pub(super) fn split(&mut self, node: &Node) -> Result<Vec<Value>, Stop> {
        let map = self.map(node, 0)?;
        let axis = places(&[node.int("axis", 0)], map.dims().len());
        if axis != map.axis().map(|axis| vec![axis]) {
            return Err(Form::Order.into());
        }
        let constant = self.optional(node, 1, "split")?;
        let asked = constant.as_deref().and_then(Tensor::integers).or_else(|| node.ints("split"));
        let channels = map.shape.channels;
        let parts: Vec<usize> = match asked {
            Some(parts) => parts.iter().map(|part| usize::try_from(*part).unwrap_or(usize::MAX)).collect(),
            None => {
                let part = channels.div_ceil(node.outputs.len().max(1)).max(1);
                (0..node.outputs.len()).map(|number| part.min(channels.saturating_sub(number * part))).collect()
            }
        };
        let (mut from, mut results) = (0_usize, Vec::new());
        for part in parts {
            let to = from.checked_add(part).ok_or(Form::Channels)?;
            results.push(Value::Map(self.channels(&node.name, map.clone(), from, to)?));
            from = to;
        }
        if from == channels { Ok(results) } else { Err(Form::Channels.into()) }
    }

    fn channels(&mut self, hint: &str, map: Map, from: usize, to: usize) -> Result<Map, Stop> {
        if (from, to) == (0, map.shape.channels) {
            return Ok(map);
        }
        self.on(hint, Op::Slice { from, to }, map)
    }

    pub(super) fn sliced(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.map(node, 0)?;
        if map.padding != [[0; 2]; 2] {
            return Err(Form::Padding.into());
        }
        for (place, what) in [(1, "starts"), (2, "ends"), (3, "axes"), (4, "steps")] {
            self.optional(node, place, what)?;
        }
        let asked = |place: usize, name: &str| {
            let constant = self.constant(node, place);
            constant
                .as_deref()
                .and_then(Tensor::integers)
                .map(<[i64]>::to_vec)
                .or_else(|| node.ints(name).map(<[i64]>::to_vec))
        };
        let (starts, ends) = (
            asked(1, "starts").ok_or(Form::NotConstant("starts"))?,
            asked(2, "ends").ok_or(Form::NotConstant("ends"))?,
        );
        let axes = asked(3, "axes").unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = asked(4, "steps").unwrap_or_else(|| vec![1; starts.len()]);
        let dims = map.dims();
        let axes = places(&axes, dims.len()).ok_or(Form::Attribute("axes"))?;
        if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] || steps.iter().any(|step| *step != 1) {
            return Err(Form::Attribute("steps").into());
        }
        for (axis, (start, end)) in axes.into_iter().zip(starts.into_iter().zip(ends)) {
            let [from, to] = between(start, end, dims[axis]).ok_or(Form::Attribute("starts"))?;
            if (from, to) == (0, dims[axis]) {
                continue;
            }
            if Some(axis) != map.axis() {
                return Err(Form::Order.into());
            }
            map = self.channels(&node.name, map, from, to)?;
        }
        Ok(map)
    }

    /// Zeros around rows and columns, which what follows has as its own.
    pub(super) fn padded(&mut self, node: &Node) -> Result<Map, Stop> {
        let mut map = self.map(node, 0)?;
        let constant = self.optional(node, 1, "pads")?;
        let pads = constant
            .as_deref()
            .and_then(Tensor::integers)
            .or_else(|| node.ints("pads"))
            .ok_or(Form::NotConstant("pads"))?;
        let value = self.optional(node, 2, "value")?.map_or(Some(node.float("value", 0.0)), |value| value.single());
        if !matches!(node.text("mode"), "" | "constant") || value != Some(0.0) {
            return Err(Form::Padding.into());
        }
        let rank = map.dims().len();
        if pads.len() != 2 * rank || rank != 4 || node.inputs.get(3).is_some_and(|name| !name.is_empty()) {
            return Err(Form::Attribute("pads").into());
        }
        let [rows, columns] = if map.view == View::Last { [1, 2] } else { [2, 3] };
        let pad = |axis: usize| usize::try_from(pads[axis]);
        for axis in (0..rank).filter(|axis| ![rows, columns].contains(axis)) {
            if pads[axis] != 0 || pads[rank + axis] != 0 {
                return Err(Form::Order.into());
            }
        }
        let below = |_| Form::Attribute("pads");
        let more = [
            [pad(rows).map_err(below)?, pad(rank + rows).map_err(below)?],
            [pad(columns).map_err(below)?, pad(rank + columns).map_err(below)?],
        ];
        map.padding = added(map.padding, more)?;
        map.sole = false;
        Ok(map)
    }

    pub(super) fn reshaped(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        if map.padding != [[0; 2]; 2] {
            return Err(Form::Padding.into());
        }
        let dims = map.dims();
        let count = dims.iter().product::<usize>();
        let constant = self.optional(node, 1, "shape")?;
        let asked = constant.as_deref().and_then(Tensor::integers).or_else(|| node.ints("axes")).unwrap_or_default();
        let to: Vec<usize> = match node.kind.as_str() {
            "Flatten" if node.int("axis", 1) == 1 && map.view != View::Row => vec![1, count],
            "Reshape" if constant.is_some() => sides(asked, &dims, count).ok_or(Form::Sizes)?,
            "Squeeze" => {
                let gone = places(asked, dims.len()).ok_or(Form::Attribute("axes"))?;
                let goes =
                    |place: usize| if gone.is_empty() { place > 0 && dims[place] == 1 } else { gone.contains(&place) };
                dims.iter().enumerate().filter(|(place, _)| !goes(*place)).map(|(_, side)| *side).collect()
            }
            "Unsqueeze" => {
                let rank = dims.len() + asked.len();
                let new = places(asked, rank).ok_or(Form::Attribute("axes"))?;
                let mut old = dims.iter();
                (0..rank).map(|place| if new.contains(&place) { 1 } else { old.next().copied().unwrap_or(1) }).collect()
            }
            _ => return Err(Form::NotConstant("shape").into()),
        };
        self.with_sides(node, map, &to)
    }

    /// The same numbers with other sides.
    fn with_sides(&mut self, node: &Node, map: Map, to: &[usize]) -> Result<Map, Stop> {
        let dims = map.dims();
        let count = dims.iter().product::<usize>();
        if to.iter().product::<usize>() != count || to.len() > 1 && to[0] != 1 {
            return Err(Form::Batch.into());
        }
        if to == dims {
            return Ok(map);
        }
        let Shape { channels, height, width } = map.shape;
        match (map.view, to) {
            (View::Map | View::Flat, [_]) => Ok(map.viewed(View::Row)),
            (View::Row, [1, _]) => Ok(map.viewed(View::Flat)),
            // The order of one position's numbers is the same in all of them.
            (View::Map | View::Flat, [1, _]) => Ok(map.viewed(View::Flat)),
            (View::Last, [1, _]) if map.is_features() => Ok(map.viewed(View::Flat)),
            (View::Map, [1, groups, inner, h, w]) if (groups * inner, *h, *w) == (channels, height, width) => {
                Ok(map.viewed(View::Grouped(*groups)))
            }
            (View::Grouped(_), [1, c, h, w]) if (*c, *h, *w) == (channels, height, width) => Ok(map.viewed(View::Map)),
            (View::Shuffled(groups), [1, c, h, w]) if (*c, *h, *w) == (channels, height, width) => {
                let map = map.viewed(View::Map);
                self.on(&node.name, Op::Shuffle { groups }, map)
            }
            (View::Map | View::Flat | View::Row, [1, c, h, w]) => {
                let shape = Shape::map(*c, *h, *w);
                if shape == map.shape {
                    return Ok(map.viewed(View::Map));
                }
                let map = map.viewed(View::Map);
                self.on(&node.name, Op::Reshape(shape), map)
            }
            (View::Last, [1, 1, 1, c]) if *c == channels => Ok(map),
            _ => Err(Form::Order.into()),
        }
    }

    /// All numbers in their order, with other sides: so exporters write a view.
    pub(super) fn gathered(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let places = self.known(node, 1, "indices")?;
        let count = map.dims().iter().product::<usize>();
        let all = places.integers().is_some_and(|places| places.iter().copied().eq(0..count as i64));
        if map.view != View::Row || node.int("axis", 0) != 0 || !all {
            return Err(Form::Order.into());
        }
        self.with_sides(node, map, &places.dims)
    }

    pub(super) fn transposed(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.map(node, 0)?;
        let view = match (map.view, node.ints("perm").unwrap_or_default()) {
            (View::Map, [0, 2, 3, 1]) => View::Last,
            (View::Last, [0, 3, 1, 2]) => View::Map,
            (View::Grouped(groups), [0, 2, 1, 3, 4]) => View::Shuffled(groups),
            _ => return Err(Form::Order.into()),
        };
        Ok(map.viewed(view))
    }

    pub(super) fn resized(&mut self, node: &Node) -> Result<Map, Stop> {
        let map = self.as_map(node, 0)?;
        let filter = match (node.text("mode"), node.text("coordinate_transformation_mode")) {
            ("linear", "" | "half_pixel" | "pytorch_half_pixel") => Filter::Bilinear,
            ("nearest" | "", "asymmetric") if node.text("nearest_mode") == "floor" => Filter::Nearest,
            _ => return Err(Form::Attribute("mode or coordinate_transformation_mode").into()),
        };
        let shape = map.shape;
        let own = [1.0, shape.channels as f32];
        let stretches = matches!(node.text("keep_aspect_ratio_policy"), "" | "stretch");
        if node.int("antialias", 0) != 0 || node.ints("axes").is_some() || !stretches {
            return Err(Form::Attribute("antialias, axes or keep_aspect_ratio_policy").into());
        }
        let (scales, sizes) = (self.optional(node, 2, "scales")?, self.optional(node, 3, "sizes")?);
        let to: Vec<f32> = match (scales.filter(|scales| scales.count() == 4), sizes.filter(|sizes| sizes.count() == 4))
        {
            (None, Some(sizes)) => sizes.floats(),
            (Some(scales), None) => {
                let sides = [own[0], own[1], shape.height as f32, shape.width as f32];
                scales.floats().iter().zip(sides).map(|(scale, side)| scale * side).collect()
            }
            _ => return Err(Form::NotConstant("sizes").into()),
        };
        // By scales that are not whole the places would be others.
        let is_plain = to[..2] == own && to.iter().all(|side| side.fract() == 0.0 && *side > 1.0 || *side == 1.0);
        let one = to[2..].contains(&1.0) && node.text("coordinate_transformation_mode") == "pytorch_half_pixel";
        if !is_plain || one {
            return Err(Form::Sizes.into());
        }
        let [height, width] = [to[2], to[3]].map(|side| side as usize);
        self.on(&node.name, Op::Resize(Resize { height, width, filter }), map)
    }
}

/// Padding beside padding.
pub(super) fn added(a: [[usize; 2]; 2], b: [[usize; 2]; 2]) -> Result<[[usize; 2]; 2], Stop> {
    let side = |axis: usize, end: usize| a[axis][end].checked_add(b[axis][end]).ok_or(Form::Padding);
    Ok([[side(0, 0)?, side(0, 1)?], [side(1, 0)?, side(1, 1)?]])
}
