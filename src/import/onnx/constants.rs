//! Operations on numbers that are known: the arithmetic of shapes, and weights that are rearranged.

use super::{
    schema::Node,
    tensor::{Numbers, Tensor},
};

/// Most sides that are named at once.
const MOST_SIDES: usize = 8;
/// Most values that are computed.
const MOST_VALUES: usize = 1 << 24;

/// What an operation gives on constants; none where that is not known.
pub(super) fn folded(node: &Node, inputs: &[Option<&Tensor>]) -> Option<Tensor> {
    let first = inputs.first().copied().flatten();
    let second = inputs.get(1).copied().flatten();
    match node.kind.as_str() {
        "Constant" => constant(node),
        "Identity" | "Cast" => Some(cast(node, first?)),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic(&node.kind, first?, second?),
        "Sqrt" => Some(each(first?, f32::sqrt)),
        "Neg" => Some(each(first?, |value| -value)),
        "Reciprocal" => Some(each(first?, |value| 1.0 / value)),
        "Gather" => gather(node, first?, second?),
        "Concat" => concatenated(inputs),
        "Unsqueeze" | "Squeeze" | "Reshape" | "Flatten" => reshaped(node, first?, second),
        "Transpose" => transposed(node, first?),
        "Slice" => sliced(node, inputs),
        "ConstantOfShape" => filled(node, first?),
        _ => None,
    }
}

fn constant(node: &Node) -> Option<Tensor> {
    if let Some(attribute) = node.attribute("value") {
        return Tensor::read(attribute.tensor.as_ref()?).ok();
    }
    if let Some(attribute) = node.attribute("value_float") {
        return Some(Tensor { dims: Vec::new(), numbers: Numbers::Floats(vec![attribute.float]) });
    }
    if let Some(attribute) = node.attribute("value_int") {
        return Some(Tensor { dims: Vec::new(), numbers: Numbers::Ints(vec![attribute.int]) });
    }
    if let Some(attribute) = node.attribute("value_floats") {
        let floats = attribute.floats.clone();
        return Some(Tensor { dims: vec![floats.len()], numbers: Numbers::Floats(floats) });
    }
    node.attribute("value_ints").map(|attribute| Tensor::ints(attribute.ints.clone()))
}

fn cast(node: &Node, from: &Tensor) -> Tensor {
    let numbers = match (node.int("to", 0), &from.numbers) {
        (6 | 7, Numbers::Floats(values)) => Numbers::Ints(values.iter().map(|value| *value as i64).collect()),
        (1 | 10 | 11 | 16, Numbers::Ints(values)) => {
            Numbers::Floats(values.iter().map(|value| *value as f32).collect())
        }
        (_, numbers) => numbers.clone(),
    };
    Tensor { dims: from.dims.clone(), numbers }
}

fn each(from: &Tensor, of: impl Fn(f32) -> f32) -> Tensor {
    Tensor { dims: from.dims.clone(), numbers: Numbers::Floats(from.floats().into_iter().map(of).collect()) }
}

/// Of tensors of the same sides, or of which one is a single number.
fn arithmetic(kind: &str, a: &Tensor, b: &Tensor) -> Option<Tensor> {
    // Sides of 1 before the others change nothing.
    let sides = |tensor: &Tensor| tensor.dims.iter().copied().skip_while(|side| *side == 1).collect::<Vec<_>>();
    let alike = sides(a) == sides(b);
    let pairs = |a: usize, b: usize| (alike || b == 1 || a == 1).then_some(a.max(b));
    let dims = if a.dims.iter().product::<usize>() >= b.dims.iter().product() { &a.dims } else { &b.dims };
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Ints(a), Numbers::Ints(b)) => {
            let of = |a: i64, b: i64| match kind {
                "Add" => a.checked_add(b),
                "Sub" => a.checked_sub(b),
                "Mul" => a.checked_mul(b),
                _ => a.checked_div(b),
            };
            let count = pairs(a.len(), b.len())?;
            let values = (0..count).map(|i| of(*a.get(i % a.len().max(1))?, *b.get(i % b.len().max(1))?));
            Numbers::Ints(values.collect::<Option<_>>()?)
        }
        _ => {
            let (a, b) = (a.floats(), b.floats());
            let of = |a: f32, b: f32| match kind {
                "Add" => a + b,
                "Sub" => a - b,
                "Mul" => a * b,
                _ => a / b,
            };
            let count = pairs(a.len(), b.len())?;
            let values = (0..count).map(|i| Some(of(*a.get(i % a.len().max(1))?, *b.get(i % b.len().max(1))?)));
            Numbers::Floats(values.collect::<Option<_>>()?)
        }
    };
    Some(Tensor { dims: dims.clone(), numbers })
}

/// Of a row of integers, one or some.
fn gather(node: &Node, from: &Tensor, places: &Tensor) -> Option<Tensor> {
    let ([length], 0) = (from.dims.as_slice(), node.int("axis", 0)) else { return None };
    let values = from.integers()?;
    let at = |place: &i64| {
        let place = if *place < 0 { place.checked_add(i64::try_from(*length).ok()?)? } else { *place };
        values.get(usize::try_from(place).ok()?).copied()
    };
    let found = places.integers()?.iter().map(at).collect::<Option<Vec<i64>>>()?;
    Some(Tensor { dims: places.dims.clone(), numbers: Numbers::Ints(found) })
}

/// Rows of integers behind each other.
fn concatenated(inputs: &[Option<&Tensor>]) -> Option<Tensor> {
    let count = inputs.iter().flatten().try_fold(0_usize, |count, input| count.checked_add(input.count()))?;
    if count > MOST_VALUES {
        return None;
    }
    let mut all = Vec::with_capacity(count);
    for input in inputs {
        let input = (*input)?;
        if input.dims.len() > 1 {
            return None;
        }
        all.extend_from_slice(input.integers()?);
    }
    Some(Tensor::ints(all))
}

fn reshaped(node: &Node, from: &Tensor, second: Option<&Tensor>) -> Option<Tensor> {
    let count = from.dims.iter().product::<usize>();
    let asked: Vec<i64> = second.and_then(Tensor::integers).or_else(|| node.ints("axes")).unwrap_or_default().to_vec();
    let dims = match node.kind.as_str() {
        "Reshape" => sides(&asked, &from.dims, count)?,
        "Squeeze" => {
            let rank = from.dims.len();
            let gone = places(&asked, rank)?;
            let stays = |(place, side): &(usize, &usize)| {
                if gone.is_empty() { **side != 1 } else { !gone.contains(place) }
            };
            from.dims.iter().enumerate().filter(stays).map(|(_, side)| *side).collect()
        }
        "Unsqueeze" => {
            let rank = from.dims.len() + asked.len();
            let new = places(&asked, rank)?;
            let mut old = from.dims.iter();
            let dims = (0..rank).map(|place| if new.contains(&place) { Some(1) } else { old.next().copied() });
            dims.collect::<Option<_>>()?
        }
        _ => return None,
    };
    if dims.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))? != count {
        return None;
    }
    Some(Tensor { dims, numbers: from.numbers.clone() })
}

/// The sides that a reshape asks for: 0 is the old one there, and -1 what is left.
pub(super) fn sides(asked: &[i64], old: &[usize], count: usize) -> Option<Vec<usize>> {
    let known = asked.iter().enumerate().map(|(place, side)| match side {
        -1 => Some(None),
        0 => old.get(place).copied().map(Some),
        side => usize::try_from(*side).ok().map(Some),
    });
    let known: Vec<Option<usize>> = known.collect::<Option<_>>()?;
    let product = known.iter().flatten().try_fold(1_usize, |product, side| product.checked_mul(*side))?;
    if known.iter().filter(|side| side.is_none()).count() > 1 || product == 0 {
        return None;
    }
    Some(known.into_iter().map(|side| side.unwrap_or(count / product)).collect())
}

/// Places among so many, where negative ones count from the end.
pub(super) fn places(asked: &[i64], rank: usize) -> Option<Vec<usize>> {
    if asked.len() > MOST_SIDES {
        return None;
    }
    let rank = i64::try_from(rank).ok()?;
    let place = |place: &i64| {
        let place = if *place < 0 { place.checked_add(rank)? } else { *place };
        (0..rank).contains(&place).then_some(place as usize)
    };
    let found: Vec<usize> = asked.iter().map(place).collect::<Option<_>>()?;
    let twice = found.iter().enumerate().any(|(number, place)| found[..number].contains(place));
    (!twice).then_some(found)
}

/// A matrix turned over.
fn transposed(node: &Node, from: &Tensor) -> Option<Tensor> {
    let [rows, columns] = from.dims.as_slice() else { return None };
    if !matches!(node.ints("perm"), None | Some([1, 0])) {
        return None;
    }
    let values = from.floats();
    let turned = (0..*columns).flat_map(|column| values.iter().skip(column).step_by((*columns).max(1)).copied());
    Some(Tensor { dims: vec![*columns, *rows], numbers: Numbers::Floats(turned.collect()) })
}

/// Neighbours of a row of integers.
fn sliced(node: &Node, inputs: &[Option<&Tensor>]) -> Option<Tensor> {
    let row = inputs.first().copied().flatten().filter(|row| row.dims.len() == 1)?.integers()?;
    let asked = |place: usize, name: &str| {
        let input = inputs.get(place).copied().flatten().and_then(Tensor::integers);
        input.or_else(|| node.ints(name)).and_then(|values| values.first().copied())
    };
    if asked(4, "steps").unwrap_or(1) != 1 || asked(3, "axes").unwrap_or(0) != 0 {
        return None;
    }
    let [from, to] = between(asked(1, "starts")?, asked(2, "ends")?, row.len())?;
    row.get(from..to).map(|row| Tensor::ints(row.to_vec()))
}

/// First place and the one behind the last, where negative ones count from the end, and those beyond it mean the end.
pub(super) fn between(from: i64, to: i64, length: usize) -> Option<[usize; 2]> {
    let length = i64::try_from(length).ok()?;
    let place = |place: i64| if place < 0 { place.saturating_add(length).max(0) } else { place.min(length) } as usize;
    Some([place(from), place(to)])
}

fn filled(node: &Node, shape: &Tensor) -> Option<Tensor> {
    let dims = shape.integers()?.iter().map(|side| usize::try_from(*side).ok()).collect::<Option<Vec<usize>>>()?;
    let count = dims.iter().try_fold(1_usize, |count, side| count.checked_mul(*side))?;
    if count > MOST_VALUES {
        return None;
    }
    let value = match node.attribute("value") {
        Some(attribute) => Tensor::read(attribute.tensor.as_ref()?).ok()?,
        None => Tensor { dims: vec![1], numbers: Numbers::Floats(vec![0.0]) },
    };
    let numbers = match value.numbers {
        Numbers::Floats(values) => Numbers::Floats(vec![*values.first()?; count]),
        Numbers::Ints(values) => Numbers::Ints(vec![*values.first()?; count]),
    };
    Some(Tensor { dims, numbers })
}
