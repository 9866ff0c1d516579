//! Every operation computes what PyTorch computes, values and gradient; see `tests/fixtures/README.md`.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;

use super::*;

/// f32 sums in another order differ by about 1e-6 here.
const TOLERANCE: f32 = 2e-5;

struct Fixture {
    ops: BTreeMap<String, Op>,
    arrays: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

fn fixture() -> Fixture {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ops.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let ops = serde_json::from_str(&header.metadata().as_ref().unwrap()["ops"]).unwrap();
    let floats = |bytes: &[u8]| bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let arrays = file.iter().map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), floats(view.data()))));
    Fixture { ops, arrays: arrays.collect() }
}

impl Fixture {
    fn tensor(&self, name: &str) -> Option<Tensor<4>> {
        let (shape, values) = self.arrays.get(name)?;
        Some(Tensor::from_data(TensorData::new(values.clone(), shape.clone()), &Device::flex()))
    }

    fn inputs(&self, case: &str) -> Vec<Tensor<4>> {
        (0..).map_while(|number| self.tensor(&format!("{case}/x{number}"))).collect()
    }

    /// The operation with its arrays, as a graph would load it.
    fn load(&self, case: &str, inputs: &[Tensor<4>]) -> (Shape, Computation) {
        let op = &self.ops[case];
        let shapes: Vec<_> = inputs.iter().map(shape_of).collect();
        let output = op.shape(&shapes).unwrap();
        let mut weights = Weights::default();
        for (name, shape) in op.weights(&shapes, output) {
            let (found, values) = &self.arrays[&format!("{case}/{name}")];
            assert_eq!(*found, shape, "{case}: {name}");
            weights.insert(format!("node.{name}"), shape, values.clone());
        }
        let arrays = op.take("node", &shapes, output, &mut weights).unwrap();
        let loaded = op.load(&arrays, &shapes, output, &Device::flex());
        weights.finish().unwrap();
        (output, loaded)
    }
}

fn shape_of(x: &Tensor<4>) -> Shape {
    let [_, channels, height, width] = x.dims();
    Shape::map(channels, height, width)
}

fn floats(x: Tensor<4>) -> Vec<f32> {
    x.into_data().try_to_vec().unwrap()
}

fn near(found: &[f32], wanted: &[f32]) -> bool {
    let largest = wanted.iter().fold(1e-3_f32, |largest, value| largest.max(value.abs()));
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= TOLERANCE * largest)
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let fixture = fixture();
    for case in fixture.ops.keys() {
        let inputs = fixture.inputs(case);
        let (shape, compute) = fixture.load(case, &inputs);
        let leaves: Vec<_> = inputs.into_iter().map(|x| x.autodiff().require_grad()).collect();
        let y = compute(&leaves);
        assert_eq!(shape_of(&y), shape, "{case}");
        assert!(near(&floats(y.clone()), &fixture.arrays[&format!("{case}/y")].1), "{case}: values");
        let towards = Tensor::from_inner(fixture.tensor(&format!("{case}/towards")).unwrap());
        let gradients = (y * towards).sum().backward();
        for (number, leaf) in leaves.iter().enumerate() {
            let gradient = floats(leaf.grad(&gradients).unwrap());
            assert!(near(&gradient, &fixture.arrays[&format!("{case}/dx{number}")].1), "{case}: gradient {number}");
        }
    }
}

/// Along one direction, (f(x + h·d) - f(x - h·d)) / 2h; where a rectification changes sides in between, by few values.
#[test]
fn gradients_are_those_of_central_differences() {
    let fixture = fixture();
    for case in fixture.ops.keys() {
        let inputs = fixture.inputs(case);
        let (_, compute) = fixture.load(case, &inputs);
        let towards = floats(fixture.tensor(&format!("{case}/towards")).unwrap());
        let along = |x: &Tensor<4>| {
            let count = x.dims().iter().product::<usize>();
            let values: Vec<f32> = (0..count).map(|i| ((i * 29 % 31) as f32 - 15.0) / 15.0).collect();
            Tensor::<4>::from_data(TensorData::new(values, x.dims()), &Device::flex())
        };
        let h = 2e-3_f32;
        let at = |sign: f32| -> f64 {
            let moved: Vec<_> = inputs.iter().map(|x| x.clone() + along(x) * (sign * h)).collect();
            let y = floats(compute(&moved));
            y.iter().zip(&towards).map(|(y, weight)| f64::from(*y) * f64::from(*weight)).sum()
        };
        let difference = (at(1.0) - at(-1.0)) / (2.0 * f64::from(h));
        let slope: f64 = inputs
            .iter()
            .enumerate()
            .flat_map(|(number, x)| {
                let gradient = &fixture.arrays[&format!("{case}/dx{number}")].1;
                let products: Vec<f64> =
                    gradient.iter().zip(floats(along(x))).map(|(g, d)| f64::from(*g) * f64::from(d)).collect();
                products
            })
            .sum();
        assert!((difference - slope).abs() <= 2e-2 * slope.abs().max(1.0), "{case}: {difference} and {slope}");
    }
}

/// Each array of each operation: with another side, turned round, of another rank, or with a value less than it says.
#[test]
fn arrays_of_another_shape_are_refused_by_name() {
    let (fixture, mut refused) = (fixture(), BTreeSet::new());
    for (case, op) in &fixture.ops {
        let shapes: Vec<_> = fixture.inputs(case).iter().map(shape_of).collect();
        let output = op.shape(&shapes).unwrap();
        let arrays = op.weights(&shapes, output);
        for (name, shape) in &arrays {
            let mut others: Vec<Vec<usize>> = (0..shape.len())
                .map(|axis| (0..shape.len()).map(|other| shape[other] + usize::from(axis == other)).collect())
                .collect();
            others.extend([
                shape.iter().rev().copied().collect(),
                [shape.as_slice(), &[1]].concat(),
                shape[1..].to_vec(),
            ]);
            others.retain(|other| other != shape);
            let values = |shape: &[usize]| vec![0.5; shape.iter().product()];
            let short = vec![0.5; values(shape).len() - 1];
            let wrong = others.into_iter().map(|other| (other.clone(), values(&other))).chain([(shape.clone(), short)]);
            for (other, values_there) in wrong {
                let mut weights = Weights::default();
                for (name, shape) in &arrays {
                    weights.insert(format!("node.{name}"), shape.clone(), values(shape));
                }
                weights.insert(format!("node.{name}"), other.clone(), values_there);
                let taken = op.take("node", &shapes, output, &mut weights);
                match taken.err() {
                    Some(WeightsError::Shape { name: found, .. }) => {
                        assert_eq!(found, format!("node.{name}"), "{case}")
                    }
                    other_error => panic!("{case}: {name} of {other:?}: {other_error:?}"),
                }
            }
            refused.insert(*name);
        }
    }
    assert_eq!(refused, BTreeSet::from(["weight", "bias", "running_mean", "running_var"]));
}

/// An operation without a case would pass every test here.
#[test]
fn no_operation_is_without_a_case() {
    let kind = |op: &Op| match serde_json::to_value(op).unwrap() {
        serde_json::Value::Object(fields) => fields.keys().next().unwrap().clone(),
        name => name.as_str().unwrap().to_owned(),
    };
    let kinds: BTreeSet<_> = fixture().ops.values().map(kind).collect();
    // What serde lists where it meets an unknown name is all that there is.
    let listed = serde_json::from_str::<Op>("\"nothing\"").unwrap_err().to_string();
    let known: BTreeSet<_> =
        listed.split('`').skip(1).step_by(2).map(str::to_owned).filter(|name| name != "nothing").collect();
    assert_eq!(kinds, known);
    let activations: BTreeSet<_> = fixture()
        .ops
        .values()
        .filter_map(|op| match op {
            Op::Activation(activation) => Some(std::mem::discriminant(activation)),
            _ => None,
        })
        .map(|kind| format!("{kind:?}"))
        .collect();
    assert_eq!(activations.len(), 9);
}
