//! Packs: the shipped one is whole, any other is refused with a sentence, and making one gives the same bytes each time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::{fs, path::Path, process::Command};

use burn::tensor::Device;
use common::root;
use dgn::{
    ascent::{Ascent, Given},
    engine, pack,
    pack::{
        Files, FormatError, PackError,
        disk::Folder,
        manifest::{COLUMNS, ClassifierEntry, Manifest, ManifestError},
    },
    spec::{Catalogue, Position, Prior, RunSpec, SpecError, Start, Unit},
};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

const GENERATOR: &str = "generator.safetensors";
const CLASSIFIER: &str = "classifier-resnet18.safetensors";

fn shipped_folder() -> std::path::PathBuf {
    root().join("weights/tiny-imagenet-64")
}

/// A copy of the shipped pack, to be damaged.
fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["pack.json", GENERATOR, CLASSIFIER] {
        fs::copy(shipped_folder().join(file), folder.path().join(file)).unwrap();
    }
    folder
}

/// Loads the pack in a folder as the engine does, networks and all.
fn load(folder: &Path) -> Result<engine::Model, PackError> {
    let folder = Folder::new(folder);
    let manifest = pollster::block_on(pack::load_manifest(&folder))?;
    let entry = manifest.entry(manifest.default_classifier())?;
    let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {}))?;
    engine::model(&manifest, entry, &files, &Device::flex()).map_err(|error| match error {
        engine::EngineError::Pack(error) => error,
        other => panic!("{other}"),
    })
}

/// Changes one value of a pack's description.
fn change(folder: &Path, pointer: &str, value: Json) {
    let path = folder.join("pack.json");
    let mut manifest: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    *manifest.pointer_mut(pointer).unwrap_or_else(|| panic!("there is no {pointer}")) = value;
    fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

#[test]
fn the_shipped_weights_make_the_networks_that_the_shipped_description_says() {
    let model = load(&shipped_folder()).unwrap();
    assert_eq!(model.statistics.mean.len(), 512);
    assert_eq!(model.layers.last().map(|layer| (layer.name.as_str(), layer.units)), Some(("fc", 200)));
}

/// Every shipped pack shows each output unit of each of its classifiers at once, and a picture takes one small file.
#[test]
fn the_shipped_atlases_are_of_the_shipped_packs_and_small() {
    let weights = root().join("weights");
    let packs = pack::disk::list(&weights).unwrap();
    assert!(packs.iter().any(|name| name == pack::DEFAULT_PACK), "{packs:?}");
    for name in packs {
        let folder = weights.join(&name);
        let manifest = pollster::block_on(pack::load_manifest(&Folder::new(&folder))).unwrap();
        for entry in &manifest.classifiers {
            the_atlas_is_whole_and_small(&folder, &manifest, entry);
            // It is no part of what a run waits for.
            assert_eq!(manifest.bytes(entry), manifest.generator.weights.bytes + entry.weights.bytes);
        }
        if name == pack::DEFAULT_PACK {
            // Of layers in the first one's middle there are some.
            let first = manifest.atlas(manifest.default_classifier()).unwrap();
            for layer in ["conv2", "conv3", "conv4", "conv5"] {
                assert_eq!(first.units(layer), 20, "{layer}");
            }
        }
    }
}

fn the_atlas_is_whole_and_small(folder: &Path, manifest: &Manifest, entry: &ClassifierEntry) {
    let atlas = manifest.atlas(&entry.name).expect("the atlas is of other weights, or of another run");
    let [width, height] = manifest.atlas_cell().map(|side| side as u32);
    let mut bytes = 0;
    for sheet in &atlas.sheets {
        let file = fs::read(folder.join(&sheet.picture.file)).unwrap();
        assert_eq!(pack::described(sheet.picture.file.clone(), &file), sheet.picture);
        let rows = sheet.units.div_ceil(COLUMNS) as u32;
        let picture = image::load_from_memory(&file).unwrap();
        assert_eq!((picture.width(), picture.height()), (COLUMNS as u32 * width, rows * height));
        assert!(file.len() < 128 << 10, "{} holds {} bytes", sheet.picture.file, file.len());
        bytes += file.len();
    }
    let output = entry.output().unwrap();
    assert!(bytes <= 10_000 * output.units, "{bytes} bytes, {}", entry.name);
    for index in 0..output.units {
        let run = manifest.default_run(&entry.name, Unit::new(output.name.clone(), index));
        assert!(manifest.drawn_beforehand(&run).is_some(), "{} {index}", entry.name);
    }
}

#[test]
fn every_pack_here_is_whole_and_its_default_run_climbs() {
    let weights = root().join("weights");
    for name in pack::disk::list(&weights).unwrap() {
        let path = weights.join(&name);
        let folder = Folder::new(&path);
        let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
        for entry in &manifest.classifiers {
            let mut arrived = 0;
            let files = Files::load(&folder, &manifest, entry, |bytes| arrived = bytes);
            let files = pollster::block_on(files).unwrap();
            assert_eq!(arrived, manifest.bytes(entry));
            let model = std::rc::Rc::new(engine::model(&manifest, entry, &files, &Device::flex()).unwrap());
            let mut encoder_arrived = 0;
            pollster::block_on(engine::encoder(&folder, &manifest, &model, |bytes| encoder_arrived = bytes)).unwrap();
            // Where it is the classifier itself, nothing more is read.
            assert_eq!(arrived + encoder_arrived, manifest.bytes_for(entry, true));
            pollster::block_on(pack::Strongest::load(&folder, entry)).unwrap();
            if let Some(examples) = &entry.examples {
                let index = fs::read(path.join(&examples.index.file)).unwrap();
                pack::Examples::parse(&index, entry).unwrap();
                for file in [&examples.sheet, &examples.index] {
                    assert_eq!(digest(&path.join(&file.file)), file.sha256, "{name}: {}", file.file);
                }
            }
            let layer = entry.output().unwrap().name.clone();
            let spec = RunSpec {
                classifier: entry.name.clone(),
                steps: 12,
                ..RunSpec::with_defaults(&manifest, Unit::new(layer, 1))
            };
            let (mut models, specs) = (vec![model.clone()], [spec]);
            pollster::block_on(engine::prepare(&folder, &manifest, &mut models, &specs)).unwrap();
            let mut session = engine::Session::begin(&manifest, model, &specs).unwrap();
            let mut climb = Vec::new();
            while !session.is_done() {
                climb.push(pollster::block_on(session.step()).unwrap().pictures[0].activation);
            }
            // Each step sees the picture moved and rescaled, which a single activation may show more than the climb.
            let last = climb[9..].iter().sum::<f32>() / 3.0;
            assert!(last > climb[0] + 1.0, "{name}, {}: {climb:?}", entry.name);
        }
        pollster::block_on(pack::NaturalArrays::load(&folder, &manifest)).unwrap();
    }
}

/// What a visitor waits for before the first picture, and what only those load who ask for it.
#[test]
fn the_default_pack_is_small_enough_for_a_first_picture() {
    let folder = root().join("weights").join(pack::DEFAULT_PACK);
    let manifest = Manifest::parse(&fs::read(folder.join("pack.json")).unwrap()).unwrap();
    assert!(manifest.bytes(&manifest.classifiers[0]) <= 14_000_000);
    assert_eq!(manifest.image.channels(), [3, 128, 128]);
    let own = manifest.classifiers.iter().map(|entry| (entry.name.as_str(), entry.own.height, entry.classes.len()));
    let wanted = [("caffenet", 64, 200), ("resnet18", 64, 200), ("efficientnet-lite1", 160, 1000)];
    assert_eq!(own.collect::<Vec<_>>(), wanted);
    // Every class has a branch to be found under, and those of the thousand a Chinese name.
    let classes = &manifest.classifiers[2].classes;
    assert!(classes.iter().all(|class| !class.branch.is_empty() && !class.chinese.is_empty()));
    assert!(classes.iter().filter(|class| class.synonyms.is_empty()).count() < 500);
}

/// Images of the pack's size reach each classifier through its view, wherever they come from.
#[test]
fn pixels_and_pictures_are_seen_at_the_size_that_a_classifier_takes() {
    let folder = Folder::new(root().join("weights").join(pack::DEFAULT_PACK));
    let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
    // A picture of four shades in squares of two pixels, so that their averages are the shades themselves.
    let shade = |row: usize, column: usize| ((row / 2 + column / 2) % 4) as f32 / 2.0 - 0.75;
    let plane: Vec<f32> = (0..128 * 128).map(|i| shade(i / 128, i % 128)).collect();
    let picture = [plane.clone(), plane.clone(), plane].concat();
    for (name, side) in [("caffenet", 64), ("efficientnet-lite1", 160)] {
        let entry = manifest.entry(name).unwrap();
        let files = pollster::block_on(Files::load(&folder, &manifest, entry, |_| {})).unwrap();
        let model = std::rc::Rc::new(engine::model(&manifest, entry, &files, &Device::flex()).unwrap());
        let unit = Unit::new(entry.output().unwrap().name.clone(), 3);
        let start = RunSpec {
            classifier: name.into(),
            start: Start::Image,
            steps: 2,
            ..RunSpec::with_prior(&manifest, unit.clone(), Prior::NONE)
        };
        let given = Given { image: Some(picture.clone()), last: None };
        let mut ascent = Ascent::begin_from(model.clone(), std::slice::from_ref(&start), &given).unwrap();
        let seen = ascent.step();
        assert_eq!(seen.images.dims(), [1, 3, side, side]);
        let pixels: Vec<f32> = seen.images.into_data().try_to_vec().unwrap();
        if side == 64 {
            let wanted = |i: usize| shade(i / 64 * 2, i % 64 * 2);
            assert!((0..64 * 64).all(|i| (pixels[i] - wanted(i)).abs() < 1e-6));
        }
        // Ranked, it excites the unit as the run's own first picture does.
        let ranked = |picture: Vec<f32>| {
            pollster::block_on(engine::rank(&manifest, &model, std::slice::from_ref(&unit), &[picture]))
        };
        let activation: f32 = seen.activations.into_data().try_to_vec().unwrap()[0];
        assert!((ranked(picture.clone()).unwrap()[0] - activation).abs() < 1e-3);
        assert!(ranked(vec![0.0; 3 * side * side]).is_err(), "pictures are of the pack's size");
    }
}

#[test]
fn views_that_no_network_can_look_through_are_refused() {
    let file = root().join("weights").join(pack::DEFAULT_PACK).join("pack.json");
    let manifest: Json = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let pool = |kernel: Json, stride: Json| json!({ "average_pool": { "kernel": kernel, "stride": stride } });
    let resize = |height: u64| json!({ "resize": { "height": height, "width": 160, "filter": "bilinear" } });
    for view in [
        json!({ "activation": "relu" }),
        json!("flatten"),
        pool(json!([0, 2]), json!([2, 2])),
        pool(json!([2, 2]), json!([0, 2])),
        pool(json!([200, 200]), json!([2, 2])),
        // The same size again.
        json!({ "average_pool": { "kernel": [3, 3], "stride": [1, 1], "padding": [[1, 1], [1, 1]] } }),
        resize(0),
        resize(513),
        resize(u64::MAX),
        json!({ "resize": { "height": 160, "width": 160, "filter": "magic" } }),
    ] {
        let mut changed = manifest.clone();
        changed["classifiers"][0]["view"] = view.clone();
        let found = Manifest::parse(&serde_json::to_vec(&changed).unwrap());
        assert!(found.is_err(), "{view}");
    }
}

/// A unit's receptive field goes back through what stands between the picture and the network.
#[test]
fn the_default_packs_units_see_parts_of_its_own_pictures() {
    let folder = root().join("weights").join(pack::DEFAULT_PACK);
    let manifest = Manifest::parse(&fs::read(folder.join("pack.json")).unwrap()).unwrap();
    let field = |classifier: &str, layer: &str, place| {
        let entry = manifest.entry(classifier).unwrap();
        let field = entry.receptive_field(manifest.image, layer, place).unwrap();
        [field.top, field.left, field.height, field.width]
    };
    // Five pixels of 64 are ten of 128, and at an edge two of them are padding.
    assert_eq!(field("caffenet", "conv1", [16, 16]), [60, 60, 10, 10]);
    assert_eq!(field("caffenet", "conv1", [0, 0]), [0, 0, 6, 6]);
    let [top, left, height, width] = field("efficientnet-lite1", "stem", [40, 40]);
    // Rows 80 to 82 of 160, each between two of 128.
    assert_eq!([top, left], [63, 63]);
    assert!((3..=5).contains(&height) && height == width, "{height} {width}");
}

#[test]
fn the_classes_are_in_the_order_of_their_ids() {
    let manifest = Manifest::parse(&fs::read(shipped_folder().join("pack.json")).unwrap()).unwrap();
    let classes = &manifest.classifiers[0].classes;
    assert_eq!(classes.len(), 200);
    assert!(classes.is_sorted_by(|a, b| a.id < b.id), "sorted, and none twice");
    assert!(classes.iter().all(|class| class.id.len() == 9 && class.id.starts_with('n') && !class.name.is_empty()));
}

#[test]
fn files_that_are_not_the_ones_meant_are_refused() {
    let folder = copy();
    let path = folder.path().join(CLASSIFIER);
    let sound = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    assert!(matches!(load(folder.path()), Err(PackError::NotFound { file, .. }) if file == CLASSIFIER));

    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    assert!(matches!(load(folder.path()), Err(PackError::Size { found, .. }) if found == sound.len() as u64 / 2));

    fs::write(&path, [sound.as_slice(), b"!"].concat()).unwrap();
    assert!(matches!(load(folder.path()), Err(PackError::Size { .. })));

    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    fs::write(&path, flipped).unwrap();
    assert!(matches!(load(folder.path()), Err(PackError::Digest { file }) if file == CLASSIFIER));

    fs::write(&path, b"<!doctype html><title>404</title>").unwrap();
    assert!(matches!(load(folder.path()), Err(PackError::Page { file, .. }) if file == CLASSIFIER));

    fs::write(&path, sound).unwrap();
    load(folder.path()).unwrap();
}

#[test]
fn files_with_a_sound_digest_are_still_checked_for_what_they_hold() {
    let folder = copy();
    let replace = |bytes: &[u8]| {
        use sha2::{Digest, Sha256};
        fs::write(folder.path().join(GENERATOR), bytes).unwrap();
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        change(folder.path(), "/generator/weights/sha256", json!(digest));
        change(folder.path(), "/generator/weights/bytes", json!(bytes.len()));
        load(folder.path())
    };
    assert!(matches!(replace(b"nothing of the kind"), Err(PackError::Format { .. })));
    // A header that promises more than there is.
    let mut promising = 1_000_000_u64.to_le_bytes().to_vec();
    promising.extend(b"{}");
    assert!(matches!(replace(&promising), Err(PackError::Format { .. })));
    // Numbers of a kind that is not read.
    let view = TensorView::new(Dtype::I64, vec![1], &[0; 8]).unwrap();
    let integers = safetensors::serialize([("fc1.weight", view)], None).unwrap();
    let Err(PackError::Format { reason: FormatError::Kind { name, .. }, .. }) = replace(&integers) else {
        panic!("integers are read")
    };
    assert_eq!(name, "fc1.weight");
    // Sound, but not all of it.
    let view = TensorView::new(Dtype::F32, vec![2], &[0; 8]).unwrap();
    let little = safetensors::serialize([("fc1.weight", view)], None).unwrap();
    assert!(matches!(replace(&little), Err(PackError::Misfit { .. })));
}

#[test]
fn a_description_of_another_format_or_shape_is_refused() {
    let refused = |pointer: &str, value: Json| {
        let folder = copy();
        change(folder.path(), pointer, value);
        load(folder.path()).expect_err(pointer)
    };
    let newer = pack::manifest::FORMAT + 1;
    let error = refused("/format", json!(newer));
    assert!(matches!(error, PackError::Manifest(ManifestError::Format { found }) if found == u64::from(newer)));
    for (pointer, value, wanted) in [
        ("/name", json!("../x"), "PackName"),
        ("/title", json!(""), "Text { field: \"title\", flaw: Empty }"),
        ("/image/height", json!(128), "Image {"),
        ("/generator/architecture/code", json!(0), "Generator(Code("),
        ("/generator/architecture/code", json!(400), "Encoder {"),
        ("/generator/architecture/base", json!([usize::MAX, 4, 4]), "Generator("),
        ("/generator/architecture/linear/0/units", json!(1_000_000_000), "Generator("),
        ("/generator/architecture/convolutions/0/stride", json!(0), "Generator("),
        ("/generator/architecture/convolutions/0/padding", json!(9), "Generator("),
        ("/generator/encoder", json!("nobody"), "Encoder {"),
        ("/generator/weights/file", json!("/etc/passwd"), "FileName {"),
        ("/generator/weights/sha256", json!("ABC"), "FileDigest {"),
        ("/generator/weights/bytes", json!(u64::MAX), "FileSize {"),
        ("/classifiers", json!([]), "Classifiers { found: 0 }"),
        ("/classifiers/0/preprocessing/std", json!([0.0, 1.0, 1.0]), "Preprocessing"),
        ("/classifiers/0/classes", json!([]), "Classes {"),
        (
            "/classifiers/0/classes/3",
            json!({ "id": "a", "name": "a", "synonyms": [""] }),
            "Name { field: \"synonyms\", flaw: Empty }",
        ),
        ("/classifiers/0/architecture/stages/0/channels", json!(0), "Architecture("),
    ] {
        let error = refused(pointer, value.clone());
        let PackError::Manifest(ManifestError::Misfit { defect, .. }) = &error else {
            panic!("{pointer} = {value}: {error}")
        };
        assert!(format!("{defect:?}").contains(wanted), "{pointer} = {value}: {defect}");
    }
    let error = refused("/defaults/unit/index", json!(200));
    let problem =
        matches!(&error, PackError::Manifest(ManifestError::Defaults { problem: SpecError::UnknownUnit { .. }, .. }));
    assert!(problem, "{error}");
    let text = fs::read(shipped_folder().join("pack.json")).unwrap();
    let mut many: Json = serde_json::from_slice(&text).unwrap();
    let entry = many["classifiers"][0].clone();
    let mut parsed = |count: usize| {
        let named = |number: usize| {
            let mut entry = entry.clone();
            if number > 0 {
                entry["name"] = json!(format!("copy-{number}"));
            }
            entry
        };
        many["classifiers"] = (0..count).map(named).collect();
        Manifest::parse(&serde_json::to_vec(&many).unwrap())
    };
    assert!(parsed(64).is_ok() && parsed(65).is_err());
    // A network that could be, but is not the one of the weights.
    let error = refused("/generator/architecture/linear/0/units", json!(256));
    assert!(matches!(error, PackError::Misfit { .. }), "{error}");
}

#[test]
fn no_description_makes_the_reader_panic() {
    let text = fs::read(shipped_folder().join("pack.json")).unwrap();
    for end in (0..text.len()).step_by(997) {
        assert!(Manifest::parse(&text[..end]).is_err());
    }
    for text in ["", "null", "[]", "{}", "{\"format\":1}", "{\"format\":\"1\"}", "{\"format\":-1}", "\u{0}"] {
        assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
    }
}

/// Writes originals for the recipe: an array of the right shape for each that the shipped pack has, and for each
/// convolution of the classifier a batch normalisation that changes nothing.
fn write_originals(folder: &Path) {
    for (file, into) in [("generator-r18-64.safetensors", GENERATOR), ("classifier.safetensors", CLASSIFIER)] {
        let bytes = fs::read(shipped_folder().join(into)).unwrap();
        let shipped = SafeTensors::deserialize(&bytes).unwrap();
        let mut arrays: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
        let filled = |shape: &[usize], value: f32| value.to_le_bytes().repeat(shape.iter().product());
        for (name, view) in shipped.iter() {
            let convolution = view.shape().len() == 4 && into == CLASSIFIER;
            let module = name.rsplit_once('.').unwrap().0;
            if convolution {
                let (module, norm) = match module.strip_suffix(".downsample") {
                    Some(block) => (format!("{block}.downsample.0"), format!("{block}.downsample.1")),
                    None => (module.to_owned(), module.replace("conv", "bn")),
                };
                arrays.push((format!("{module}.weight"), view.shape().to_vec(), filled(view.shape(), 0.25)));
                for (part, value) in [("weight", 2.0), ("bias", 0.5), ("running_mean", 0.0), ("running_var", 1.0)] {
                    let shape = vec![view.shape()[0]];
                    arrays.push((format!("{norm}.{part}"), shape.clone(), filled(&shape, value)));
                }
            } else if into == GENERATOR || module == "fc" {
                arrays.push((name.to_owned(), view.shape().to_vec(), filled(view.shape(), 0.125)));
            }
        }
        let views = arrays
            .iter()
            .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
        fs::write(folder.join(file), safetensors::serialize(views, None).unwrap()).unwrap();
    }
}

/// The shipped pack's recipe, made to fit the originals of [`write_originals`].
fn recipe(work: &Path) -> Json {
    let recipe = root().join("weights/recipe/tiny-imagenet-64/recipe.json");
    let mut recipe: Json = serde_json::from_slice(&fs::read(recipe).unwrap()).unwrap();
    for source in recipe["sources"].as_array_mut().unwrap() {
        if source["into"] == CLASSIFIER {
            source["file"] = json!("classifier.safetensors");
            source["fold_batch_norm"] = json!(0.0);
        }
        source["sha256"] = json!(digest(&work.join(source["file"].as_str().unwrap())));
    }
    recipe
}

fn digest(path: &Path) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a pack with the command line.
fn make(work: &Path, recipe: &Json, into: &str) -> std::path::PathBuf {
    let (path, out) = (work.join("recipe.json"), work.join(into));
    fs::write(&path, recipe.to_string()).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_dgn"))
        .arg("pack")
        .args(["--recipe".as_ref(), path.as_os_str(), "--from".as_ref(), work.as_os_str()])
        .args(["--out".as_ref(), out.as_os_str()])
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    out
}

#[test]
fn weights_of_8_bits_load_and_take_half_the_room() {
    let work = tempfile::tempdir().unwrap();
    write_originals(work.path());
    let mut recipe = recipe(work.path());
    let wide = make(work.path(), &recipe, "wide");
    for source in recipe["sources"].as_array_mut().unwrap() {
        source["keep"] = json!("i8");
    }
    let narrow = make(work.path(), &recipe, "narrow");
    for file in [GENERATOR, CLASSIFIER] {
        let bytes = |folder: &Path| fs::metadata(folder.join(file)).unwrap().len() as f64;
        assert!((0.48..0.54).contains(&(bytes(&narrow) / bytes(&wide))), "{file}");
    }
    // A scale for each output channel, which is the second dimension of a transposed convolution's kernel.
    let bytes = fs::read(narrow.join(GENERATOR)).unwrap();
    let made = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| made.tensor(name).unwrap().shape().to_vec();
    assert_eq!((shape("up.1.weight"), shape("up.1.weight.scale")), (vec![256, 128, 4, 4], vec![1, 128, 1, 1]));
    assert_eq!((shape("c.1.weight"), shape("c.1.weight.scale")), (vec![128, 128, 3, 3], vec![128, 1, 1, 1]));
    // The made-up weights are the same in a channel, so they are 127 times their scale: nothing is lost.
    let drawn = |folder: &Path| {
        let model = load(folder).unwrap();
        let code = burn::tensor::Tensor::<2>::ones([1, 512], &Device::flex());
        common::floats(model.generator.forward(code))
    };
    assert!(common::relative_error(&drawn(&narrow), &drawn(&wide)) < 1e-4);
}

#[test]
fn a_pack_knows_how_strongly_real_images_excite_each_unit() {
    let work = tempfile::tempdir().unwrap();
    write_originals(work.path());
    let layers = load(&shipped_folder()).unwrap().layers;
    let mut arrays = Vec::new();
    for layer in &layers {
        // Unit 3's are 3.0, 2.9, 2.8 and so on; a mean is a tenth of them.
        let values = |scale: f32| -> Vec<u8> {
            (0..layer.units * 5).flat_map(|i| (scale * ((i / 5) as f32 - 0.1 * (i % 5) as f32)).to_le_bytes()).collect()
        };
        let convolutional = layer.kind == dgn::nets::layer::LayerKind::Convolutional;
        let name = if convolutional { format!("{}.centre", layer.name) } else { layer.name.clone() };
        arrays.push((name, vec![layer.units, 5], values(1.0)));
        if convolutional {
            arrays.push((format!("{}.mean", layer.name), vec![layer.units, 5], values(0.1)));
        }
    }
    let views = |arrays: &[(String, Vec<usize>, Vec<u8>)]| {
        let views = arrays
            .iter()
            .map(|(name, shape, bytes)| (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
        safetensors::serialize(views, None).unwrap()
    };
    let original = work.path().join("strongest.safetensors");
    let made = |arrays: &[(String, Vec<usize>, Vec<u8>)], into: &str| {
        fs::write(&original, views(arrays)).unwrap();
        let mut recipe = recipe(work.path());
        let nothing_yet = json!({ "file": "strongest-resnet18.safetensors", "bytes": 0, "sha256": "" });
        recipe["manifest"]["classifiers"][0]["strongest"] = nothing_yet;
        let source = json!({
            "into": "strongest-resnet18.safetensors", "file": "strongest.safetensors", "sha256": digest(&original),
            "keep": "f32",
        });
        recipe["sources"].as_array_mut().unwrap().push(source);
        let folder = Folder::new(make(work.path(), &recipe, into));
        let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
        pollster::block_on(pack::Strongest::load(&folder, &manifest.classifiers[0]))
    };
    let strongest = made(&arrays, "whole").unwrap().unwrap();
    assert_eq!(strongest.of(&Unit::new("fc", 3)), [3.0, 2.9, 2.8, 2.7, 2.6]);
    assert_eq!(strongest.of(&Unit::new("layer2.1", 7))[0], 7.0);
    let mean = Unit { position: Position::Mean, ..Unit::new("layer2.1", 7) };
    assert!((strongest.of(&mean)[0] - 0.7).abs() < 1e-6);
    let elsewhere = Unit { position: Position::At { row: 0, column: 0 }, ..Unit::new("layer2.1", 7) };
    assert!(strongest.of(&elsewhere).is_empty() && strongest.of(&Unit::new("fc", 999)).is_empty());
    // A file that lacks a layer is refused; a pack without the file has nothing to say.
    assert!(matches!(made(&arrays[1..], "part"), Err(PackError::Misfit { .. })));
    let folder = Folder::new(shipped_folder());
    let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
    assert!(pollster::block_on(pack::Strongest::load(&folder, &manifest.classifiers[0])).unwrap().is_none());
}

#[test]
fn a_pack_knows_natural_images_and_examples_as_its_recipe_gives_them() {
    let work = tempfile::tempdir().unwrap();
    write_originals(work.path());
    let floats = |values: Vec<f32>| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let patches = floats((0..5 * 48).map(|i| (i % 7) as f32 - 3.0).collect());
    let means = floats((0..200 * 2 * 12).map(|i| (i / 12) as f32 / 400.0).collect());
    let views = [("patches", vec![5, 3, 4, 4], &patches), ("means", vec![200, 2, 3, 2, 2], &means)];
    let views = views.map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape, bytes).unwrap()));
    fs::write(work.path().join("natural.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
    fs::write(work.path().join("sheet.png"), b"any bytes").unwrap();
    fs::write(work.path().join("index.json"), b"{}").unwrap();
    let mut recipe = recipe(work.path());
    let nothing_yet = |file: &str| json!({ "file": file, "bytes": 0, "sha256": "" });
    recipe["manifest"]["natural"] = nothing_yet("natural.safetensors");
    recipe["manifest"]["classifiers"][0]["examples"] =
        json!({ "sheet": nothing_yet("sheet.png"), "index": nothing_yet("index.json") });
    for (file, keep) in [("natural.safetensors", "i8"), ("sheet.png", "as_it_is"), ("index.json", "as_it_is")] {
        let source = json!({ "into": file, "file": file, "sha256": digest(&work.path().join(file)), "keep": keep });
        recipe["sources"].as_array_mut().unwrap().push(source);
    }
    let made = make(work.path(), &recipe, "made");
    assert_eq!(fs::read(made.join("sheet.png")).unwrap(), b"any bytes");
    let folder = Folder::new(&made);
    let manifest = pollster::block_on(pack::load_manifest(&folder)).unwrap();
    let natural = pollster::block_on(pack::NaturalArrays::load(&folder, &manifest)).unwrap().unwrap();
    assert_eq!((natural.count, natural.side, natural.clusters, natural.mean_side), (5, 4, 2, 2));
    assert!(common::relative_error(&natural.means[12 * 399..], &[399.0 / 400.0; 12]) < 0.01);

    // A run that needs it finds it.
    let spec = RunSpec {
        start: Start::MeanImage,
        seed: 1,
        steps: 1,
        ..RunSpec::with_prior(&manifest, Unit::new("fc", 7), "patches".parse().unwrap())
    };
    let mut models = vec![std::rc::Rc::new(load(&made).unwrap())];
    pollster::block_on(engine::prepare(&folder, &manifest, &mut models, std::slice::from_ref(&spec))).unwrap();
    let mut session = engine::Session::begin(&manifest, models[0].clone(), &[spec]).unwrap();
    let picture = pollster::block_on(session.step()).unwrap().pictures.remove(0);
    let grey = ((15.0_f32 / 400.0 + 1.0) * 127.5).round() as u8;
    assert!(picture.rgba.chunks(4).all(|pixel| pixel[..3].iter().all(|byte| byte.abs_diff(grey) <= 1)));

    // Damaged, it is refused when it is needed.
    let path = made.join("natural.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(pollster::block_on(pack::NaturalArrays::load(&folder, &manifest)), Err(PackError::Digest { .. })));
}

#[test]
fn making_a_pack_gives_the_same_bytes_each_time_and_they_load() {
    let work = tempfile::tempdir().unwrap();
    write_originals(work.path());
    let recipe = recipe(work.path());
    let make = |into: &str| make(work.path(), &recipe, into);
    let (first, second) = (make("first"), make("second"));
    for file in ["pack.json", GENERATOR, CLASSIFIER] {
        assert!(fs::read(first.join(file)).unwrap() == fs::read(second.join(file)).unwrap(), "{file} differs");
    }
    load(&first).unwrap();
    // Folded: 0.25 times the normalisation's 2, and its 0.5 as bias.
    let made = fs::read(first.join(CLASSIFIER)).unwrap();
    let made = SafeTensors::deserialize(&made).unwrap();
    assert_eq!(made.tensor("conv1.weight").unwrap().data()[..2], half::f16::from_f32(0.5).to_le_bytes());
    assert_eq!(made.tensor("conv1.bias").unwrap().data()[..4], 0.5_f32.to_le_bytes());

    // Originals of another content are refused.
    fs::write(work.path().join("classifier.safetensors"), b"other").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dgn"))
        .args(["pack", "--recipe"])
        .arg(work.path().join("recipe.json"))
        .arg("--from")
        .arg(work.path())
        .arg("--out")
        .arg(work.path().join("third"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("sha256"));
}
