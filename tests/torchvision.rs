//! Networks recognised by their arrays alone compute what PyTorch computes; and no file does harm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![cfg(not(target_arch = "wasm32"))]

#[path = "common/imported.rs"]
mod imported;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use burn::tensor::{Device, Tensor, TensorData};
use dgn::{
    import::{self, Breakage, Family, Flaw, ImportError, Imported, Kind, Options, StateDictError},
    nets::{graph::GraphError, layer::LayerKind},
};
use imported::{apart, floats, network};
use serde::Deserialize;

/// Shapes of arrays by their names.
type Shapes = BTreeMap<String, Vec<usize>>;

/// What PyTorch has computed.
#[derive(Deserialize)]
struct Expected {
    size: [usize; 2],
    logits: Vec<f32>,
}

/// The image that the script beside the fixtures has made up.
fn image([height, width]: [usize; 2]) -> Tensor<4> {
    let value = |place: u64| (place * 2_654_435_761 % (1 << 32) / 1024 % 4001) as f64 / 2000.0 - 1.0;
    let values: Vec<f32> = (0..3 * height as u64 * width as u64).map(|place| value(place) as f32).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &Device::flex())
}

fn logits(imported: &Imported, image: Tensor<4>) -> Vec<f32> {
    floats(network(imported).forward(image, &[]).output)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/torchvision")
}

fn expected(folder: &Path) -> BTreeMap<String, Expected> {
    serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn sized(size: [usize; 2]) -> Options {
    Options { size: Some(size), ..Options::default() }
}

fn read(name: &str, size: [usize; 2]) -> Imported {
    import::read(fixture(name), &sized(size)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn networks_compute_what_pytorch_computes() {
    let all = expected(&folder());
    assert_eq!(all.len(), 14);
    for (name, Expected { size, logits: wanted }) in all {
        let far = apart(&logits(&read(&name, size), image(size)), &wanted);
        assert!(far < 1e-5, "{name}: by {far}");
    }
}

#[test]
fn each_network_is_known_by_its_arrays() {
    for (name, size, wanted) in [
        ("resnet18.pth", [64, 64], "ResNet-18"),
        ("resnet34-legacy.pth", [40, 48], "ResNet-34"),
        ("resnet50.safetensors", [64, 64], "ResNet-50"),
        ("alexnet.pth", [224, 224], "AlexNet"),
        ("vgg11.pth", [224, 224], "VGG-11"),
        ("vgg13-bn-32.pth", [32, 32], "VGG-13-BN"),
        ("vgg16-bn-448.safetensors", [448, 448], "VGG-16-BN"),
        ("vgg19-300.pth", [300, 224], "VGG-19"),
        ("mobilenetv2.pth", [96, 96], "MobileNetV2"),
    ] {
        assert_eq!(read(name, size).metadata, [("torchvision".to_owned(), wanted.to_owned())], "{name}");
    }
    let small = read("resnet-small.pth", [32, 32]);
    assert_eq!(small.metadata[0].1, "ResNet-10-small");
    // Networks for small images are for none of 224 pixels, and who has one says for which.
    let unsaid = import::read(fixture("resnet-small.pth"), &Options::default()).err();
    assert_eq!(unsaid, Some(ImportError::Size));
    assert_eq!(import::read(fixture("resnet18.pth"), &Options::default()).unwrap().graph.input.height, 224);
}

#[test]
fn layers_have_the_names_that_the_state_dict_has() {
    let layers = |name: &str, size| {
        let nodes = read(name, size).graph.nodes.into_iter();
        nodes.filter_map(|node| Some((node.name, node.layer?))).collect::<Vec<_>>()
    };
    let resnet = layers("resnext-training.pth", [64, 64]);
    let (map, flat, output) = (LayerKind::Convolutional, LayerKind::FullyConnected, LayerKind::Output);
    assert_eq!(resnet.len(), 1 + 4 * 4 + 1);
    assert_eq!(resnet[1], ("layer1.0.conv1".to_owned(), map));
    assert!(resnet.contains(&("layer4.0.downsample.0".to_owned(), map)));
    assert_eq!(resnet.last(), Some(&("fc".to_owned(), output)));
    let alexnet = layers("alexnet.pth", [224, 224]);
    let names: Vec<&str> = alexnet.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = ["features.0", "features.3", "features.6", "features.8", "features.10"];
    assert_eq!(names, [wanted.as_slice(), &["classifier.1", "classifier.4", "classifier.6"]].concat());
    assert_eq!(alexnet[5..].iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), [flat, flat, output]);
    for (name, Expected { size, .. }) in expected(&folder()) {
        let imported = read(&name, size);
        for node in &imported.graph.nodes {
            assert!(node.name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{}", node.name);
            let has = |part: &str| imported.arrays.contains_key(&format!("{}.{part}", node.name));
            assert_eq!(node.layer.is_some(), has("weight") && has("bias"), "{}", node.name);
        }
    }
}

#[test]
fn blue_before_red_is_red_before_blue() {
    let size = [64, 64];
    let turned = import::read(fixture("resnet18.pth"), &Options { is_bgr: true, ..sized(size) }).unwrap();
    let x = image(size);
    let planes = [2, 1, 0].map(|channel| x.clone().narrow(1, channel, 1)).to_vec();
    let wanted = logits(&read("resnet18.pth", size), x);
    assert!(apart(&logits(&turned, Tensor::cat(planes, 1)), &wanted) < 1e-5);
}

#[test]
fn another_layer_can_be_the_output() {
    let of = |output: &str| {
        import::read(fixture("alexnet.pth"), &Options { output: Some(output.into()), ..Options::default() })
    };
    let imported = of("classifier.1").unwrap();
    assert_eq!(imported.graph.nodes.last().map(|node| node.layer), Some(Some(LayerKind::Output)));
    assert_eq!(logits(&imported, image([224; 2])).len(), 10);
    assert_eq!(of("fc").err(), Some(ImportError::NoOutput { name: "fc".into() }));
    assert!(matches!(of("features.10"), Err(ImportError::NoFeatures { shape: [_, 13, 13], .. })));
}

/// A safetensors file of arrays of zeros.
fn arrays(all: &Shapes, kind: &str, bytes: usize) -> Vec<u8> {
    let (mut header, mut at) = (serde_json::Map::new(), 0);
    for (name, sides) in all {
        let end = at + sides.iter().product::<usize>() * bytes;
        header.insert(name.clone(), serde_json::json!({"dtype": kind, "shape": sides, "data_offsets": [at, end]}));
        at = end;
    }
    let header = serde_json::to_vec(&header).unwrap();
    [(header.len() as u64).to_le_bytes().to_vec(), header, vec![0; at]].concat()
}

/// Names and shapes of the arrays of a small ResNet.
fn resnet() -> Shapes {
    let mut all = BTreeMap::new();
    let mut add = |name: &str, norm: &str, sides: [usize; 4]| {
        all.insert(format!("{name}.weight"), sides.to_vec());
        for part in ["weight", "bias", "running_mean", "running_var"] {
            all.insert(format!("{norm}.{part}"), vec![sides[0]]);
        }
    };
    add("conv1", "bn1", [4, 3, 7, 7]);
    for stage in 1..5 {
        for conv in 1..3 {
            let name = |part: &str| format!("layer{stage}.0.{part}{conv}");
            add(&name("conv"), &name("bn"), [4, 4, 3, 3]);
        }
        if stage > 1 {
            let name = |part: usize| format!("layer{stage}.0.downsample.{part}");
            add(&name(0), &name(1), [4, 4, 1, 1]);
        }
    }
    all.insert("fc.weight".into(), vec![5, 4]);
    all.insert("fc.bias".into(), vec![5]);
    all
}

#[test]
fn near_misses_are_named() {
    let whole = resnet();
    let refused = |change: &dyn Fn(&mut Shapes)| {
        let mut all = whole.clone();
        change(&mut all);
        match import::read(arrays(&all, "F32", 4), &Options::default()) {
            Err(ImportError::StateDict(error)) => Some(error),
            Err(other) => panic!("{other}"),
            Ok(_) => None,
        }
    };
    let family = Family::ResNet;
    assert_eq!(refused(&|_| ()), None);
    // A head of several modules, of which one has arrays.
    assert_eq!(
        refused(&|all| {
            for part in ["weight", "bias"] {
                let sides = all.remove(&format!("fc.{part}")).unwrap();
                all.insert(format!("fc.1.{part}"), sides);
            }
        }),
        None
    );
    for name in
        ["bn1.running_var", "layer2.0.downsample.0.weight", "layer1.0.conv1.weight", "layer3.0.conv1.weight", "fc.bias"]
    {
        let missing = Some(StateDictError::Missing { family, name: name.into() });
        assert_eq!(refused(&|all| drop(all.remove(name))), missing);
    }
    let extra = |name: &str| Some(StateDictError::Superfluous { family, names: vec![name.into()], more: 0 });
    for name in ["layer1.0.se.fc1.weight", "head.weight", "conv1.bias.old"] {
        assert_eq!(refused(&|all| drop(all.insert(name.into(), vec![2]))), extra(name));
    }
    let shape = |name: &str, found: &[usize], wanted: &[usize]| {
        Some(StateDictError::Shape { family, name: name.into(), found: found.to_vec(), wanted: wanted.to_vec() })
    };
    for (name, found, wanted) in [
        ("conv1.weight", [4, 1, 7, 7], [0, 3, 7, 7]),
        ("conv1.weight", [4, 3, 5, 5], [0, 3, 7, 7]),
        ("conv1.weight", [0, 3, 7, 7], [0, 3, 7, 7]),
        ("layer1.0.conv2.weight", [5, 4, 3, 3], [4, 4, 3, 3]),
        ("layer2.0.downsample.0.weight", [6, 4, 1, 1], [4, 4, 1, 1]),
    ] {
        assert_eq!(refused(&|all| drop(all.insert(name.into(), found.to_vec()))), shape(name, &found, &wanted));
    }
    assert_eq!(refused(&|all| drop(all.insert("fc.bias".into(), vec![6]))), shape("fc.bias", &[6], &[5]));
    // A counter is nothing.
    assert_eq!(refused(&|all| drop(all.insert("bn1.num_batches_tracked".into(), vec![]))), None);
}

#[test]
fn what_is_no_known_network_is_told_with_what_it_has() {
    let of = |names: &[(&str, &[usize])], kind, bytes| {
        let all = names.iter().map(|(name, sides)| ((*name).to_owned(), sides.to_vec())).collect();
        match import::read(arrays(&all, kind, bytes), &Options::default()).err() {
            Some(ImportError::StateDict(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let found = vec![("blocks.0.qkv.weight".to_owned(), vec![6, 2])];
    assert_eq!(of(&[("blocks.0.qkv.weight", &[6, 2])], "F32", 4), StateDictError::Unknown { found, more: 0 });
    assert_eq!(of(&[], "F32", 4), StateDictError::Unknown { found: Vec::new(), more: 0 });
    // SqueezeNet begins like VGG.
    let squeezenet: [(&str, &[usize]); 2] =
        [("classifier.1.weight", &[9, 4, 1, 1]), ("features.0.weight", &[4, 3, 3, 3])];
    assert!(matches!(of(&squeezenet, "F32", 4), StateDictError::Unknown { .. }));
    // A convolution in the midst of a VGG.
    let vgg: [(&str, &[usize]); 4] = [
        ("classifier.6.weight", &[9, 4]),
        ("features.0.bias", &[4]),
        ("features.0.weight", &[4, 3, 3, 3]),
        ("features.5.weight", &[4, 4, 3, 3]),
    ];
    let missing = StateDictError::Missing { family: Family::Vgg, name: "features.2.weight".into() };
    assert_eq!(of(&vgg, "F32", 4), missing);
    let of_bytes = StateDictError::Numbers { name: "conv1.weight".into(), found: "I8".into() };
    let Err(ImportError::StateDict(error)) = import::read(arrays(&resnet(), "I8", 1), &Options::default()) else {
        panic!("read")
    };
    assert_eq!(error, of_bytes);
}

#[test]
fn each_way_in_which_a_checkpoint_is_broken_is_told_from_the_others() {
    let broken = |bytes: Vec<u8>, kind| match import::torchvision::read(bytes, kind, &Options::default()) {
        Err(ImportError::StateDict(StateDictError::Broken(breakage))) => breakage,
        other => panic!("{other:?}"),
    };
    let zip = fixture("resnet18.pth");
    assert_eq!(broken(zip[..zip.len() - 40].to_vec(), Kind::Zip), Breakage::Archive);
    assert_eq!(broken(b"PK\x03\x04".to_vec(), Kind::Zip), Breakage::Short);
    let old = fixture("resnet34-legacy.pth");
    assert_eq!(broken(old[..old.len() - 1].to_vec(), Kind::Pickle), Breakage::Short);
    assert_eq!(broken(b"\x80\x02}q\x00.".to_vec(), Kind::Pickle), Breakage::NoPickle);
    let one = |from: &[u8], to: &[u8], bytes: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        let mut changed = bytes.to_vec();
        changed[at..at + to.len()].copy_from_slice(to);
        changed
    };
    // The flag behind "little_endian" and its place in the memo.
    assert_eq!(
        broken(one(b"little_endianq\x02\x88", b"little_endianq\x02\x89", &old), Kind::Pickle),
        Breakage::BigEndian
    );
    assert_eq!(
        broken(one(b"cpu", b"\xff\xffu", &one(b"X\x03\0\0\0cpu", b"\xfe", &old)), Kind::Pickle),
        Breakage::Instruction(0xfe)
    );
    assert!(matches!(broken(b"\x02\0\0\0\0\0\0\0{]".to_vec(), Kind::Safetensors), Breakage::Safetensors { .. }));
    // A number that is none: the last of a bias that a legacy file ends with.
    let mut old = old;
    let end = old.len();
    old[end - 8..].copy_from_slice(&f64::NAN.to_le_bytes());
    let read = import::read(old, &sized([40, 48])).err();
    assert!(matches!(&read, Some(ImportError::Array { flaw: Flaw::NotNumbers, .. })) || read.is_none(), "{read:?}");
}

/// An image so small that nothing is left of it, and one so large that the layer behind it would be.
#[test]
fn sizes_that_a_network_cannot_have_are_refused() {
    let of = |name: &str, size| import::read(fixture(name), &sized(size)).err();
    assert!(matches!(of("alexnet.pth", [32, 32]), Some(ImportError::Graph(GraphError::Misfit { .. }))));
    assert!(matches!(of("vgg11.pth", [16, 16]), Some(ImportError::Graph(GraphError::Misfit { .. }))));
    assert!(matches!(of("vgg11.pth", [1 << 18, 1 << 18]), Some(ImportError::Graph(_))));
    assert_eq!(of("vgg11.pth", [0, 224]), Some(ImportError::Size));
    assert_eq!(of("vgg11.pth", [usize::MAX; 2]), Some(ImportError::Size));
}

/// A checkpoint as PyTorch before 1.6 wrote it, of objects that a pickle makes, and without storages.
fn old(objects: &[u8]) -> Vec<u8> {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.";
    let about = b"\x80\x02}X\x0d\0\0\0little_endian\x88s.";
    [magic.as_slice(), about, b"\x80\x02", objects, b".\x80\x02]."].concat()
}

#[test]
fn pickles_that_are_made_to_hang_or_to_fill_memory_do_neither() {
    let read = |objects: &[u8]| match import::read(old(objects), &Options::default()) {
        Err(ImportError::StateDict(error)) => error,
        other => panic!("{other:?}"),
    };
    let broken = |objects: &[u8]| match read(objects) {
        StateDictError::Broken(breakage) => breakage,
        other => panic!("{other}"),
    };
    let nothing = StateDictError::Unknown { found: Vec::new(), more: 0 };
    assert_eq!(read(b"}"), nothing);
    // A dictionary in itself.
    assert_eq!(read(b"}q\x00K\x01h\x00s"), nothing);
    // Dictionaries that have the next one twice each, two to the power of 200 in all.
    let mut twice = b"}q\x00".to_vec();
    for _ in 0..200 {
        twice.extend(b"}K\x00h\x00sK\x01h\x00sq\x00");
    }
    assert_eq!(read(&twice), nothing);
    // One list of a million numbers, and many dictionaries and arrays that are made of it.
    let list = [b"](".as_slice(), &b"K\x01".repeat(1_000_000), b"eq\x00"].concat();
    let many = b"ccollections\nOrderedDict\nh\x00\x85R0".repeat(10_000);
    assert_eq!(read(&[list.as_slice(), &many, b"}"].concat()), nothing);
    let tuple = [b"(".as_slice(), &b"K\x01".repeat(1_000_000), b"tq\x00"].concat();
    let many = b"ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00h\x00h\x00tR0".repeat(10_000);
    assert_eq!(read(&[tuple.as_slice(), &many, b"}"].concat()), nothing);
    // As many instructions as there is room for.
    assert_eq!(broken(&b"N0".repeat(2_000_000)), Breakage::Instructions);
    for objects in
        [b"h\x00".as_slice(), b"0", b"u", b"}(K\x01u", b"K\x01K\x01K\x01s", b"K\x01a", b"\x87", b"R", b"\x92", b"b"]
    {
        assert_eq!(broken(objects), Breakage::Pickle, "{}", objects.escape_ascii());
    }
    for objects in [b"X\xff\xff\xff\xffa".as_slice(), b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff"] {
        assert_eq!(broken(objects), Breakage::Short, "{}", objects.escape_ascii());
    }
    // A storage that is not there, and one that would be larger than anything.
    let array = |count: &[u8]| {
        let storage =
            [b"((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0kX\x03\0\0\0cpu".as_slice(), count, b"tQ"];
        let array = [storage.concat().as_slice(), b"K\x00K\x01\x85K\x00\x85tR"].concat();
        [b"}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n".as_slice(), &array, b"s"].concat()
    };
    assert_eq!(broken(&array(b"K\x01")), Breakage::Storage);
    assert_eq!(broken(&array(b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f")), Breakage::Storage);
}

/// Files that differ from sound ones by some bytes: refused, or read, but never a panic. With `DGN_FUZZ` as many as that says.
#[test]
fn no_file_makes_the_reader_panic() {
    let count = std::env::var("DGN_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let files: Vec<(Vec<u8>, [usize; 2])> =
        expected(&folder()).into_iter().map(|(name, expected)| (fixture(&name), expected.size)).collect();
    // Knuth's MMIX.
    let mut state = 1_u64;
    let mut below = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count.max(1)
    };
    let mut read_all = 0;
    for _ in 0..count {
        let (file, size) = &files[below(files.len())];
        let mut file = file.clone();
        // Where the pickle, the header or the list of entries is, and not among the weights.
        let telling = match import::kind_of(&file) {
            Kind::Zip if below(2) == 0 => file.len().saturating_sub(20_000)..file.len(),
            _ => 0..file.len().min(30_000),
        };
        for _ in 0..=below(4) {
            let place = (telling.start + below(telling.len())).min(file.len().saturating_sub(1));
            match below(6) {
                0 => file[place] ^= 1 << below(8),
                1 => file[place] = below(256) as u8,
                2 if below(8) == 0 => file.truncate(place.max(8)),
                3 if below(2) == 0 => drop(file.drain(place..(place + below(40)).min(file.len()))),
                4 if below(2) == 0 => {
                    let from = telling.start.min(file.len()) + below(telling.len().min(file.len()));
                    let from = from.min(file.len());
                    let piece = file[from..(from + below(60)).min(file.len())].to_vec();
                    file.splice(place..place, piece);
                }
                5 => {
                    let end = (place + 8).min(file.len());
                    file[place..end].fill(0xff);
                }
                _ => file[place] = file[place].wrapping_add(1),
            }
        }
        if let Ok(imported) = import::read(file, &sized(*size)) {
            read_all += 1;
            assert!(imported.graph.check().is_ok());
        }
    }
    println!("{read_all} of {count} were read");
    assert!(read_all * 50 > count, "only {read_all} of {count} were read");
}

/// The crate that reads the checkpoints of packs reads the same arrays.
#[test]
fn checkpoints_have_the_values_that_another_reader_finds() {
    let checked = ["resnet18.pth", "resnet34-legacy.pth", "resnet-last.pth", "resnet-whole.pth"].map(|name| {
        let other = pytorch_reader::PytorchReader::new(folder().join(name)).unwrap();
        let size = expected(&folder()).remove(name).unwrap().size;
        let (_, bias) = &read(name, size).arrays["fc.bias"];
        let bytes = other.get("fc.bias").unwrap().read().unwrap();
        let wanted: Vec<f32> = match bytes.len() / bias.len() {
            8 => bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
            _ => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        };
        assert_eq!(*bias, wanted, "{name}");
    });
    assert_eq!(checked.len(), 4);
}

/// From a file to a pack, on the command line; and what it says of files that are no network that is known.
#[test]
fn a_state_dict_joins_a_copy_of_a_pack() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = tempfile::tempdir().unwrap();
    let dgn = |file: &Path, name: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dgn"));
        command.current_dir(root).arg("import").arg(file).args(["--pack", "fashion-mnist-28", "--input-size", "32"]);
        let output = command.arg("--out").arg(out.path().join(name)).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (is_well, said) = dgn(&folder().join("resnet-small.pth"), "one");
    assert!(is_well && said.contains("4 classes") && said.contains("torchvision's ResNet-10-small"), "{said}");
    let file = out.path().join("unknown.safetensors");
    let all = BTreeMap::from([("blocks.0.qkv.weight".to_owned(), vec![6, 2])]);
    std::fs::write(&file, arrays(&all, "F32", 4)).unwrap();
    let (is_well, said) = dgn(&file, "two");
    assert!(!is_well && said.contains("“blocks.0.qkv.weight” [6, 2]") && said.contains("torch.onnx.export"), "{said}");
}

/// Every network of a folder that `state_dicts.py FOLDER` has filled: a table for the documentation.
#[test]
#[ignore = "takes a folder of networks, which tests/fixtures/state_dicts.py makes"]
fn zoo() {
    let folder = PathBuf::from(std::env::var("DGN_ZOO").unwrap());
    println!("| network | nodes | values | logits |\n|---|---|---|---|");
    for (name, Expected { size, logits: wanted }) in expected(&folder) {
        let imported = import::read(std::fs::read(folder.join(&name)).unwrap(), &sized(size)).unwrap();
        let far = apart(&logits(&imported, image(size)), &wanted);
        let values: usize = imported.arrays.values().map(|(_, values)| values.len()).sum();
        println!("| {} | {} | {values} | {far:.1e} |", imported.metadata[0].1, imported.graph.nodes.len());
    }
}
