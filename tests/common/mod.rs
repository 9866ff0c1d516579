//! What several test files share: the shipped pack on the CPU engine, a tiny made-up pack, and PyTorch's reference
//! values.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{collections::HashMap, path::PathBuf, rc::Rc};

use burn::tensor::{Device, Tensor, TensorData};
use dgn::{
    engine::{self, Model},
    pack::{self, Files, disk::Folder, manifest::Manifest},
    spec::{Catalogue, RunSpec},
};
use safetensors::SafeTensors;

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped pack, built on the CPU engine.
pub fn shipped() -> (Manifest, Rc<Model>) {
    on(&Device::flex())
}

/// The shipped pack, built on any device.
pub fn on(device: &Device) -> (Manifest, Rc<Model>) {
    let folder = Folder::new(root().join("weights/tiny-imagenet-64"));
    let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
    let entry = manifest.entry(manifest.default_classifier()).unwrap();
    let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {})).unwrap();
    let model = Rc::new(engine::model(&manifest, entry, &files, device).unwrap());
    (manifest.clone(), model)
}

/// The pack's default run.
pub fn default_run(manifest: &Manifest) -> RunSpec {
    RunSpec::with_defaults(manifest, manifest.defaults().unit.clone())
}

/// Arrays that PyTorch computed, see `tests/fixtures/README.md`.
pub struct Reference {
    arrays: HashMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Reference {
    pub fn load() -> Self {
        Self::read("tiny-imagenet-64")
    }

    /// A fixture by name.
    pub fn read(name: &str) -> Self {
        let bytes = std::fs::read(root().join(format!("tests/fixtures/{name}.safetensors"))).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let floats = |bytes: &[u8]| bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        let arrays = file.iter().map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), floats(view.data()))));
        Self { arrays: arrays.collect() }
    }

    pub fn arrays(&self) -> &HashMap<String, (Vec<usize>, Vec<f32>)> {
        &self.arrays
    }

    pub fn values(&self, name: &str) -> &[f32] {
        &self.arrays[name].1
    }

    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let (shape, values) = &self.arrays[name];
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }
}

pub fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// The largest difference, relative to the largest magnitude of the reference.
pub fn relative_error(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let difference = found.iter().zip(wanted).fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
    assert!(found.iter().all(|value| value.is_finite()));
    difference / largest
}
