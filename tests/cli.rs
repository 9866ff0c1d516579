//! The command line, as a person or a script calls it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use common::root;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

fn dgn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dgn")).current_dir(root()).args(arguments).output().unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = dgn(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The message on standard error; nothing may be on standard output.
fn fails(arguments: &[&str], status: i32) -> String {
    let output = dgn(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn help_has_examples() {
    assert!(succeeds(&["--help"]).contains("dgn synthesize --pack caffenet-64 --unit fc8:goldfish"));
    for command in ["packs", "units", "synthesize", "atlas", "evaluate", "bench", "pack", "import", "serve"] {
        assert!(succeeds(&[command, "--help"]).contains("Usage"), "{command}");
    }
}

/// A network of 24 × 24 in a pack of 28 × 28: its pictures are the pack's, and its units are climbed.
#[test]
fn a_network_of_ones_own_joins_a_copy_of_a_pack() {
    let folder = tempfile::tempdir().unwrap();
    let (out, labels) = (folder.path().join("mine"), folder.path().join("labels.txt"));
    let file = root().join("tests/fixtures/onnx/mobile.onnx");
    let import = |more: &[&'static str]| {
        let own = ["import", text(&file), "--pack", "fashion-mnist-28", "--out", text(&out)].map(str::to_owned);
        own.into_iter().chain(more.iter().map(|more| (*more).to_owned())).collect::<Vec<_>>()
    };
    let run = |arguments: &[String]| dgn(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let said =
        |output: &Output| String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();

    // What cannot be leaves nothing behind.
    fs::write(&labels, "one\ntwo\n").unwrap();
    let mut wrong = import(&[]);
    wrong.extend(["--labels".to_owned(), text(&labels).to_owned()]);
    let refused = run(&wrong);
    assert!(
        !refused.status.success() && said(&refused).contains("2 labels") && said(&refused).contains("5 units"),
        "{}",
        said(&refused)
    );
    assert!(!out.exists());

    fs::write(&labels, "one\ntwo\nthree\nfour\nfive\n").unwrap();
    let mut right = import(&["--check", "public/samples/cat.jpg"]);
    right.extend(["--labels".to_owned(), text(&labels).to_owned()]);
    let imported = run(&right);
    assert!(imported.status.success(), "{}", said(&imported));
    assert!(
        said(&imported).contains("5 classes")
            && said(&imported).contains("cat.jpg")
            && said(&imported).contains("five"),
        "{}",
        said(&imported)
    );
    assert!(said(&run(&right)).contains("is there already"));

    let pictures = folder.path().join("pictures");
    let weights =
        ["--weights", text(folder.path()), "synthesize", "--pack", "mine", "--steps", "20", "--out", text(&pictures)];
    succeeds(&[&weights[..], &["--unit", "head.3:three", "--unit", "stem.0:2@mean"]].concat());
    let runs: Json = serde_json::from_slice(&fs::read(pictures.join("runs.json")).unwrap()).unwrap();
    for run in runs.as_array().unwrap() {
        let climbed: Vec<f64> = run["activation"].as_array().unwrap().iter().filter_map(Json::as_f64).collect();
        assert!(climbed.len() == 20 && climbed[19] > climbed[0], "{climbed:?}");
    }

    let none = folder.path().join("none.onnx");
    fs::write(&none, b"no network").unwrap();
    let refused = fails(&["import", text(&none), "--out", text(&folder.path().join("other"))], 1);
    assert!(refused.contains("no ONNX file"), "{refused}");
}

#[test]
fn packs_and_units_are_listed() {
    let packs = succeeds(&["packs"]);
    assert!(packs.contains("tiny-imagenet-64") && packs.contains("resnet18") && packs.contains("layer4.1"));
    let units = succeeds(&["units", "--pack", "tiny-imagenet-64"]);
    assert_eq!(units.lines().count(), 200);
    assert_eq!(units.lines().next(), Some("fc:0\tn01443537\tgoldfish"));
    let units = succeeds(&["units", "--pack", "tiny-imagenet-64", "--layer", "layer3.0"]);
    assert_eq!((units.lines().count(), units.lines().last()), (256, Some("layer3.0:255")));
}

#[test]
fn synthesize_writes_a_picture_a_run_and_all_that_decided_it() {
    let out = tempfile::tempdir().unwrap();
    let unit = ["--unit", "fc:goldfish", "--unit", "layer3.0:17@mean"];
    let common = ["--pack", "tiny-imagenet-64", "--seeds", "2", "--steps", "3", "--scale", "2", "--sheet", "3"];
    let arguments = [&["synthesize", "--out", text(out.path())], &unit[..], &common[..]].concat();
    let listed = succeeds(&arguments);
    assert_eq!(listed.lines().count(), 4, "{listed}");

    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    let files: Vec<_> = runs.as_array().unwrap().iter().map(|run| run["file"].as_str().unwrap()).collect();
    assert_eq!(
        files,
        [
            "fc-n01443537-seed0.png",
            "fc-n01443537-seed1.png",
            "layer3.0-17_mean-seed0.png",
            "layer3.0-17_mean-seed1.png"
        ]
    );
    for run in runs.as_array().unwrap() {
        let picture = image::open(out.path().join(run["file"].as_str().unwrap())).unwrap();
        assert_eq!((picture.width(), picture.height()), (128, 128));
        assert_eq!(run["activation"].as_array().unwrap().len(), 3);
        assert_eq!(run["top"].as_array().unwrap().len(), 5);
        let spec: dgn::spec::RunSpec = serde_json::from_value(run["spec"].clone()).unwrap();
        assert_eq!((spec.steps, spec.pack.as_str()), (3, "tiny-imagenet-64"));
        let by = (run["engine"].as_str(), run["version"].as_str(), run["batch"].as_u64());
        assert_eq!(by, (Some("cpu"), Some(env!("CARGO_PKG_VERSION")), Some(4)), "what computed it");
        assert!(run["device"].as_str().unwrap().contains("processor"));
        let file = fs::read(out.path().join(run["file"].as_str().unwrap())).unwrap();
        let stamped = dgn::stamp::read(&file).unwrap().unwrap();
        assert_eq!(stamped, dgn::spec::query::write(&spec, dgn::spec::EngineChoice::Auto), "the picture tells its run");
        assert_eq!(run["query"], stamped);
    }
    let sheet = image::open(out.path().join("sheet.png")).unwrap().to_rgba8();
    assert_eq!((sheet.width(), sheet.height()), (3 * 128, 2 * 128));
    let last = image::open(out.path().join(files[3])).unwrap().to_rgba8();
    assert_eq!(sheet.get_pixel(70, 128 + 40), last.get_pixel(70, 40), "the fourth picture begins the second row");
    assert_ne!(fs::read(out.path().join(files[0])).unwrap(), fs::read(out.path().join(files[1])).unwrap());
}

#[test]
fn a_query_is_run_with_all_that_it_holds_and_a_picture_starts_a_run() {
    let out = tempfile::tempdir().unwrap();
    let together = "unit=fc:goldfish&unit=fc:lion*-0.5&steps=2";
    let beside = "unit=fc:lion&steps=3&compare=none&compare=random-code&compare=classifier/resnet18/fc:9";
    let common = ["synthesize", "--pack", "tiny-imagenet-64", "--out", text(out.path())];
    let listed = succeeds(&[&common[..], &["--query", together, "--query", beside]].concat());
    assert_eq!(listed.lines().count(), 5, "{listed}");
    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    assert_eq!(runs[0]["spec"]["units"].as_array().unwrap().len(), 2);
    let files: Vec<_> = (1..5).map(|run| runs[run]["file"].as_str().unwrap()).collect();
    assert_eq!(files[0], "fc-n02129165-seed0-1.png");
    assert_eq!(files[3], "fc-n02129165-seed0-4.png");
    let pictures: Vec<_> = files.iter().map(|file| image::open(out.path().join(file)).unwrap().to_rgba8()).collect();
    assert!(pictures.iter().enumerate().all(|(i, picture)| pictures[..i].iter().all(|other| other != picture)));
    // A code that nobody changes has one activation.
    let still = runs[2]["activation"].as_array().unwrap();
    assert_eq!(still[0], still[1]);

    // Of a picture the middle is where a run on pixels begins.
    let photo = out.path().join("photo.png");
    image::RgbImage::from_fn(128, 64, |x, _| image::Rgb([if x < 64 { 250 } else { 5 }; 3])).save(&photo).unwrap();
    let start = ["--unit", "fc:lion", "--steps", "1", "--prior", "none", "--image", text(&photo)];
    succeeds(&[&common[..], &start].concat());
    let drawn = image::open(out.path().join("fc-n02129165-seed0.png")).unwrap().to_rgb8();
    assert_eq!((drawn.get_pixel(3, 30).0, drawn.get_pixel(60, 30).0), ([250; 3], [5; 3]));
    // With a generator it is the picture's code.
    succeeds(&[&common[..], &["--unit", "fc:lion", "--steps", "1", "--image", text(&photo)]].concat());
    assert_ne!(image::open(out.path().join("fc-n02129165-seed0.png")).unwrap().to_rgb8(), drawn);
    // A query decides all of a run.
    fails(&[&common[..], &["--query", together, "--steps", "3"]].concat(), 2);
    assert!(fails(&[&common[..], &["--unit", "fc:0", "--start", "image"]].concat(), 1).contains("Choose one"));
    fs::write(&photo, b"no picture").unwrap();
    assert!(fails(&[&common[..], &start].concat(), 1).contains("not a picture"));
    // What has no end, or never begins, is not read.
    fs::remove_file(&photo).unwrap();
    assert!(fails(&[&common[..], &start].concat(), 1).contains("photo.png could not be read"));
    if cfg!(unix) {
        assert!(Command::new("mkfifo").arg(&photo).status().unwrap().success());
        for path in [text(&photo), "/dev/zero", text(out.path())] {
            let start = ["--unit", "fc:lion", "--steps", "1", "--image", path];
            let said = fails(&[&common[..], &start].concat(), 1);
            assert!(said.contains(path) && said.contains("is no file but a folder, a device or a pipe"), "{said}");
        }
    }
}

/// What decided the runs that a call has written, and what it said on standard error.
fn written(arguments: &[&str]) -> (Vec<dgn::spec::RunSpec>, String) {
    let out = tempfile::tempdir().unwrap();
    let output = dgn(&[&["synthesize", "--out", text(out.path())], arguments].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {said}");
    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    let spec = |run: &Json| serde_json::from_value(run["spec"].clone()).unwrap();
    (runs.as_array().unwrap().iter().map(spec).collect(), said)
}

#[test]
fn every_number_of_a_run_is_an_option() {
    let numbers = [
        "--seed=4294967294",
        "--steps=2",
        "--lr=0.2,0.1",
        "--decay=0.9",
        "--clip=2.5",
        "--epsilon1=0",
        "--epsilon3=0.5",
        "--jitter=3",
        "--rescale=0.25",
        "--seeds=3",
    ];
    let (runs, said) = written(&[&["--pack", "tiny-imagenet-64", "--unit", "fc:3"], &numbers[..]].concat());
    // As the page counts them.
    assert_eq!(runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [u32::MAX - 1, u32::MAX, 0]);
    let query = dgn::spec::query::write(&runs[0], dgn::spec::EngineChoice::Auto);
    let numbers = "seed=4294967294&steps=2&lr=0.2,0.1&decay=0.9&clip=2.5&epsilon1=0&epsilon3=0.5&jitter=3&rescale=0.25";
    assert!(query.ends_with(numbers), "{query}");
    assert!(!said.contains("decimal"), "{said}");
    let help = succeeds(&["synthesize", "--help"]);
    for key in dgn::spec::parameter::keys() {
        assert!(help.contains(&format!("--{key} <")), "{key}");
    }
}

#[test]
fn seeds_are_counted_from_the_seed_and_a_comma_is_told_how_it_was_understood() {
    let common = ["--pack", "tiny-imagenet-64", "--unit", "fc:3", "--steps", "1"];
    let (runs, said) =
        written(&[&common[..], &["--seed", "5", "--seeds", "4", "--lr", "1,5", "--clip", "off"]].concat());
    assert_eq!(runs.iter().map(|run| run.seed).collect::<Vec<_>>(), [5, 6, 7, 8]);
    assert!(runs.iter().all(|run| (run.schedule.start, run.schedule.end, run.bound) == (1.0, 5.0, None)));
    assert_eq!(said.matches("from 1 to 5; a decimal is written with a point: 1.5").count(), 1, "{said}");
    let said = fails(&[&["synthesize", "--out", "x"], &common[..], &["--lr", "0,3"]].concat(), 1);
    assert!(said.contains("from 0 to 3") && said.contains("0.3"), "{said}");
    assert!(!root().join("x").exists());
}

#[test]
fn the_pack_is_the_querys_or_the_default() {
    let query = "pack=tiny-imagenet-64&amp;UNIT=fc:3&steps=1&neuron=4&utm_source=mail";
    let (runs, said) = written(&["--query", query]);
    assert_eq!((runs[0].pack.as_str(), runs[0].units[0].index, runs[0].steps), ("tiny-imagenet-64", 3, 1));
    assert!(said.contains("“neuron”") && !said.contains("utm"), "{said}");
    // One that names none takes the other's.
    let (runs, _) = written(&["--query", "unit=fc:3&steps=1", "--query", "pack=tiny-imagenet-64&unit=fc:3&steps=1"]);
    assert!(runs.iter().all(|run| run.pack == "tiny-imagenet-64"));
    let refused = |arguments: &[&str], sentence: &str| {
        let said = fails(&[&["synthesize", "--out", "x"], arguments].concat(), 1);
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    };
    refused(&["--pack", "caffenet-64", "--query", query], "needs the model pack “tiny-imagenet-64”");
    refused(&["--query", "pack=..&unit=fc:3"], "is not a pack's name");
    refused(&["--query", "pack=nowhere&unit=fc:3"], "no pack “nowhere”");
    // Not run, which takes longer than the others: the layers that it has tell which pack it is.
    let manifest = fs::read(root().join("weights").join(dgn::pack::DEFAULT_PACK).join("pack.json")).unwrap();
    let default = dgn::pack::manifest::Manifest::parse(&manifest).unwrap();
    refused(&["--unit", "nowhere:3"], &format!("in classifier “{}”", default.classifiers[0].name));
    refused(&["--unit", "nowhere:3"], &default.classifiers[0].layers.last().unwrap().name);
}

/// A JPEG, in which a thumbnail of EXIF is whole whatever the file is cut to, and how it is to be turned.
fn jpeg(picture: &image::RgbImage, orientation: u8) -> Vec<u8> {
    use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder};
    let encode = |exif: Option<Vec<u8>>| {
        let mut file = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut file, 95);
        if let Some(exif) = exif {
            encoder.set_exif_metadata(exif).unwrap();
        }
        encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).unwrap();
        file
    };
    let exif = [&b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"[..], &[orientation, 0, 0, 0, 0, 0, 0, 0]].concat();
    encode(Some([exif, encode(None)].concat()))
}

#[test]
fn a_photo_is_turned_as_it_says_and_a_part_of_one_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let photo = out.path().join("photo.jpg");
    let common = ["synthesize", "--pack", "tiny-imagenet-64", "--out", text(out.path()), "--image", text(&photo)];
    let start = [&common[..], &["--unit", "fc:lion", "--steps", "1", "--prior", "none", "--start", "image"]].concat();
    // Light above dark, as cameras keep it that were held upright and on their side.
    let upright = image::RgbImage::from_fn(64, 64, |_, y| image::Rgb([if y < 32 { 250 } else { 5 }; 3]));
    let left = image::imageops::rotate270(&upright);
    for (picture, orientation) in [(&upright, 1), (&left, 6)] {
        fs::write(&photo, jpeg(picture, orientation)).unwrap();
        succeeds(&start);
        let drawn = image::open(out.path().join("fc-n02129165-seed0.png")).unwrap().to_rgb8();
        for (x, y) in [(3, 3), (60, 3), (3, 60), (60, 60)] {
            assert_eq!(drawn.get_pixel(x, y).0[0] > 128, y < 32, "{orientation}: {x}, {y}");
        }
    }
    let whole = jpeg(&upright, 1);
    for percent in [15, 60, 90] {
        fs::write(&photo, &whole[..whole.len() * percent / 100]).unwrap();
        assert!(fails(&start, 1).contains("photo.jpg is cut short"), "{percent} %");
    }
}

#[test]
fn bench_names_the_engine_and_its_milliseconds() {
    let table = succeeds(&["bench", "--steps", "2", "--engine", "cpu"]);
    let row = table.lines().find(|line| line.starts_with("cpu")).expect("no row for the CPU engine");
    assert!(row.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() > 0.0, "{row}");
}

#[test]
fn a_command_that_is_not_understood_ends_with_status_2() {
    for arguments in [
        &["dance"][..],
        &["synthesize", "--pack", "tiny-imagenet-64"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--seeds", "0"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--lr", "fast"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--steps", "1.5"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--clip", "on"],
        &["synthesize", "--query", "unit=fc8:0", "--out", "x", "--rescale", "0.1"],
        &["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--out", "x", "--engine", "quantum"],
    ] {
        fails(arguments, 2);
    }
}

#[test]
fn what_cannot_be_done_ends_with_status_1_and_a_sentence() {
    let out = tempfile::tempdir().unwrap();
    let synthesize = |extra: &[&str]| {
        let common = ["synthesize", "--pack", "tiny-imagenet-64", "--out", text(out.path())];
        fails(&[&common[..], extra].concat(), 1)
    };
    assert!(fails(&["--weights", text(out.path()), "packs"], 1).contains("no packs"));
    assert!(
        fails(&["units", "--pack", "nowhere"], 1)
            .contains("it has: caffenet-64, fashion-mnist-28, imagenet-128, tiny-imagenet-64")
    );
    assert!(fails(&["units", "--pack", "tiny-imagenet-64", "--layer", "fc8"], 1).contains("no layer “fc8”"));
    assert!(synthesize(&["--unit", "goldfish"]).contains("LAYER:UNIT"));
    assert!(synthesize(&["--unit", "fc:200"]).contains("0 to 199"));
    assert!(synthesize(&["--unit", "fc:fish"]).contains("did you mean goldfish"));
    assert!(synthesize(&["--unit", "fc:0", "--steps", "0"]).contains("between 1 and 1000"));
    assert!(synthesize(&["--unit", "fc:0", "--decay", "NaN"]).contains("decay"));
    assert!(synthesize(&["--unit", "fc:0", "--prior", "none", "--start", "mean"]).contains("no mean code"));
    assert!(synthesize(&["--unit", "fc:0", "--classifier", "vgg"]).contains("it has: resnet18"));
    // A file stands where the folder should be.
    let file = out.path().join("file");
    fs::write(&file, b"").unwrap();
    let message =
        fails(&["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--steps", "1", "--out", text(&file)], 1);
    assert!(message.contains("could not be written"), "{message}");
}

#[test]
fn a_damaged_pack_ends_with_status_1_and_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("tiny-imagenet-64");
    fs::create_dir(&pack).unwrap();
    let sound = root().join("weights/tiny-imagenet-64");
    for file in ["pack.json", "generator.safetensors"] {
        fs::copy(sound.join(file), pack.join(file)).unwrap();
    }
    let out = folder.path().join("out");
    let run = || {
        let arguments = ["synthesize", "--pack", "tiny-imagenet-64", "--unit", "fc:0", "--steps", "1"];
        fails(&[&["--weights", text(folder.path())], &arguments[..], &["--out", text(&out)]].concat(), 1)
    };
    assert!(run().contains("classifier-resnet18.safetensors is missing"));
    fs::write(pack.join("classifier-resnet18.safetensors"), b"short").unwrap();
    assert!(run().contains("5 bytes long instead of"));
    fs::write(pack.join("classifier-resnet18.safetensors"), b"<html>Not found</html>").unwrap();
    assert!(run().contains("web page instead"));
    let mut weights = fs::read(sound.join("classifier-resnet18.safetensors")).unwrap();
    *weights.last_mut().unwrap() ^= 1;
    fs::write(pack.join("classifier-resnet18.safetensors"), weights).unwrap();
    let message = run();
    assert!(message.contains("sha256") && message.contains("--weights") && !message.contains("page"), "{message}");
    let description = fs::read_to_string(pack.join("pack.json")).unwrap();
    let mut newer: Json = serde_json::from_str(&description).unwrap();
    newer["format"] = 7.into();
    fs::write(pack.join("pack.json"), newer.to_string()).unwrap();
    assert!(run().contains("format 7"));
    fs::write(pack.join("pack.json"), &description[..100]).unwrap();
    assert!(run().contains("cannot be read"));
}

#[test]
fn a_run_that_has_no_way_up_is_written_and_reported() {
    let out = tempfile::tempdir().unwrap();
    // A weight so small that the gradient underflows to 0.
    let run = ["--pack", "tiny-imagenet-64", "--unit", "fc:0*1e-45", "--steps", "3"];
    let output = dgn(&[&["synthesize", "--out", text(out.path())], &run[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped early"));
    let runs: Json = serde_json::from_slice(&fs::read(out.path().join("runs.json")).unwrap()).unwrap();
    assert!(runs[0]["stopped"].as_str().unwrap().contains("gradient"), "{}", runs[0]["stopped"]);
    assert!(out.path().join(runs[0]["file"].as_str().unwrap()).is_file());
}

/// The shipped pack with its classifier twice, and a folder of made-up pictures laid out as Tiny ImageNet is: of each of
/// two classes four plain ones.
fn evaluated() -> (tempfile::TempDir, Vec<String>) {
    let work = tempfile::tempdir().unwrap();
    let (sound, pack) = (root().join("weights/tiny-imagenet-64"), work.path().join("packs/tiny-imagenet-64"));
    fs::create_dir_all(&pack).unwrap();
    for file in ["generator.safetensors", "classifier-resnet18.safetensors"] {
        fs::copy(sound.join(file), pack.join(file)).unwrap();
    }
    let mut manifest: Json = serde_json::from_slice(&fs::read(sound.join("pack.json")).unwrap()).unwrap();
    let mut twin = manifest["classifiers"][0].clone();
    twin["name"] = "twin".into();
    manifest["classifiers"].as_array_mut().unwrap().push(twin);
    fs::write(pack.join("pack.json"), manifest.to_string()).unwrap();

    let images = work.path().join("tiny/val/images");
    fs::create_dir_all(&images).unwrap();
    let mut list = String::new();
    for number in 0..8_u8 {
        let class = &manifest["classifiers"][0]["classes"][usize::from(number / 4) * 100]["id"];
        let name = format!("val_{number}.JPEG");
        let shade = |x: u32, y: u32| image::Rgb([(x * 4) as u8, (y * 4) as u8, 30 * number]);
        image::RgbImage::from_fn(64, 64, shade).save_with_format(images.join(&name), image::ImageFormat::Png).unwrap();
        list += &format!("{name}\t{}\t0\t0\t63\t63\n", class.as_str().unwrap());
    }
    fs::write(work.path().join("tiny/val/val_annotations.txt"), list).unwrap();
    let packs = work.path().join("packs");
    let arguments =
        ["--weights", text(&packs), "evaluate", "--pack", "tiny-imagenet-64", "--every", "100", "--seeds", "2"];
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    (work, arguments)
}

#[test]
fn a_reader_who_stops_listening_is_no_failure() {
    let mut units = Command::new(env!("CARGO_BIN_EXE_dgn"))
        .args(["units", "--pack", "caffenet-64"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(units.stdout.take());
    let ended = units.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn evaluate_counts_every_unit_and_a_judge_that_is_the_classifier_agrees_with_it() {
    let (work, common) = evaluated();
    let (images, out) = (work.path().join("tiny"), work.path().join("out"));
    let common: Vec<&str> = common.iter().map(String::as_str).collect();
    let table = succeeds(&[&common, &["--steps", "6", "--images", text(&images), "--out", text(&out)][..]].concat());
    assert_eq!(fs::read_to_string(out.join("evaluation.md")).unwrap(), table);
    let report: Json = serde_json::from_slice(&fs::read(out.join("evaluation.json")).unwrap()).unwrap();
    assert_eq!((report["judge"].as_str(), report["units"].as_u64()), (Some("twin"), Some(2)));
    assert_eq!(report["real"]["images"], 8);
    assert_eq!(report["real"]["classifier"], report["real"]["judge"]);
    let methods = report["methods"].as_array().unwrap();
    let names: Vec<_> = methods.iter().map(|method| method["name"].as_str().unwrap()).collect();
    let real = ["real images", "their codes", "best real image", "its code"];
    assert_eq!(names[..4], real);
    assert_eq!(
        names[4..],
        ["random code", "no prior", "α-norm", "blur", "TV + jitter", "centre bias + TV", "DGN-AM", "PPGN"]
    );
    for method in methods {
        assert!(table.contains(&format!("| {} |", method["name"].as_str().unwrap())));
        let units = method["units"].as_array().unwrap();
        assert_eq!(units.iter().map(|unit| unit["unit"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 100]);
        let best = method["name"] == "best real image";
        for unit in units {
            let (found, reference) = (&unit["activations"], unit["reference"].as_f64().unwrap());
            assert!(!best || (found[0].as_f64().unwrap() - reference).abs() < 1e-4, "{found} {reference}");
        }
    }
    let activation = |method: usize, unit: usize| {
        let found = &methods[method]["units"][unit]["activations"];
        found.as_array().unwrap().iter().map(|a| a.as_f64().unwrap()).sum::<f64>() / 2.0
    };
    for unit in [0, 1] {
        // Every climb rises above the random code that the generator started from.
        assert!((5..12).all(|method| activation(method, unit) > activation(4, unit) + 3.0));
    }
    // Without an image of a class, there are no rows of the classes' images.
    let list = images.join("val/val_annotations.txt");
    let lines = fs::read_to_string(&list).unwrap();
    fs::write(&list, lines.lines().take(4).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let few = work.path().join("few");
    succeeds(&[&common, &["--steps", "1", "--images", text(&images), "--out", text(&few)][..]].concat());
    let few: Json = serde_json::from_slice(&fs::read(few.join("evaluation.json")).unwrap()).unwrap();
    assert_eq!(few["methods"][0]["name"], "best real image");
    // Images of a class that the classifier does not know are named, and left out.
    let strange = "\u{feff}".to_owned() + &lines + "val_0.JPEG\tn00000000\nval_1.JPEG\tn00000000\n";
    fs::write(&list, strange).unwrap();
    let left = work.path().join("left");
    let fixed = ["--steps", "1", "--row", "DGN-AM", "--images", text(&images), "--out", text(&left)];
    let output = dgn(&[&common, &fixed[..]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("2 images are left out") && said.contains("n00000000 (2)"),
        "{said}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("left out: n00000000 (2)"));
    let left: Json = serde_json::from_slice(&fs::read(left.join("evaluation.json")).unwrap()).unwrap();
    assert_eq!((left["real"]["images"].as_u64(), left["real"]["left_out"]["n00000000"].as_u64()), (Some(8), Some(2)));
    // All that cannot be read are named, each in a line.
    let folder = images.join("val/images");
    let photo = jpeg(&image::RgbImage::new(64, 64), 1);
    fs::write(folder.join("val_2.JPEG"), &photo[..photo.len() / 2]).unwrap();
    fs::remove_file(folder.join("val_5.JPEG")).unwrap();
    let message = fails(&[&common, &fixed[..]].concat(), 1);
    assert!(
        message.contains("val_2.JPEG is cut short") && message.contains("val_5.JPEG could not be read"),
        "{message}"
    );
    assert!(message.contains("Of the listed images 2 cannot be read"), "{message}");
    // The same pictures from a seed, so other seeds differ in looks and equal ones would not.
    assert!(methods[10]["distance"][1].as_f64().unwrap() > 0.01);
}

/// A judge from outside by its description, and an evaluation in parts that are the whole when they are merged.
#[test]
fn an_outside_judge_reads_parts_that_make_the_whole() {
    let (work, common) = evaluated();
    let judge = work.path().join("outside");
    fs::create_dir_all(&judge).unwrap();
    let pack = work.path().join("packs/tiny-imagenet-64");
    let manifest: Json = serde_json::from_slice(&fs::read(pack.join("pack.json")).unwrap()).unwrap();
    let mut entry = manifest["classifiers"][0].clone();
    // One that looks through a view, and knows one class less.
    entry["name"] = "stranger".into();
    entry["view"] = serde_json::json!({ "resize": { "height": 96, "width": 96, "filter": "bilinear" } });
    entry["classes"][100]["id"] = "n00000000".into();
    let file = entry["weights"]["file"].as_str().unwrap().to_owned();
    let description = judge.join("stranger.json");
    fs::copy(pack.join(&file), judge.join(&file)).unwrap();
    fs::write(&description, entry.to_string()).unwrap();
    let out = work.path().join("out");
    let common: Vec<&str> = common.iter().map(String::as_str).collect();
    let images = work.path().join("tiny");
    let run = || {
        let fixed = ["--steps", "2", "--row", "DGN-AM", "--images", text(&images), "--judge", text(&description)];
        [&common, &fixed[..], &["--out", text(&out)]].concat()
    };
    // The same weights under another name would judge themselves.
    assert!(fails(&run(), 1).contains("cannot judge"));
    // Spaces at the end of the header make another file of them.
    let weights = fs::read(judge.join(&file)).unwrap();
    let length = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let (header, rest) = weights[8..].split_at(length);
    let longer = [&(length as u64 + 8).to_le_bytes()[..], header, &[b' '; 8], rest].concat();
    let digest: String = Sha256::digest(&longer).iter().map(|byte| format!("{byte:02x}")).collect();
    (entry["weights"]["bytes"], entry["weights"]["sha256"]) = (longer.len().into(), digest.into());
    fs::write(judge.join(&file), longer).unwrap();
    fs::write(&description, entry.to_string()).unwrap();
    succeeds(&run());
    let report: Json = serde_json::from_slice(&fs::read(out.join("evaluation.json")).unwrap()).unwrap();
    assert_eq!(report["judge"], "stranger");
    let units = &report["methods"][0]["units"];
    assert!(units[0]["ranks"][0].is_u64() && units[1]["ranks"][0].is_null(), "{units}");
    fs::write(&description, "{}").unwrap();
    assert!(fails(&run(), 1).contains("stranger.json cannot be used"));
    let twin =
        [&common, &["--steps", "2", "--row", "DGN-AM", "--images", text(&images), "--out", text(&out)][..]].concat();
    let parted = |part: &'static str| [&twin[..], &["--part", part]].concat();
    succeeds(&parted("1/2"));
    let merge = [&common, &["--merge", "--out", text(&out)][..]].concat();
    assert!(fails(&merge, 1).contains("number 2 is there 0 times"));
    succeeds(&parted("2/2"));
    let table = succeeds(&merge);
    let merged: Json = serde_json::from_slice(&fs::read(out.join("evaluation.json")).unwrap()).unwrap();
    let whole = work.path().join("whole");
    let whole_run = [&twin[..twin.len() - 1], &[text(&whole)]].concat();
    succeeds(&whole_run);
    let whole: Json = serde_json::from_slice(&fs::read(whole.join("evaluation.json")).unwrap()).unwrap();
    assert!(table.contains("| DGN-AM |"));
    let units = |report: &Json| report["methods"][0]["units"].as_array().unwrap().clone();
    assert_eq!(units(&merged).len(), 2);
    for (merged, whole) in units(&merged).iter().zip(units(&whole)) {
        assert_eq!((&merged["unit"], &merged["ranks"]), (&whole["unit"], &whole["ranks"]));
    }
    for wrong in ["0/2", "3/2", "1", "1/0", "x/y", "1/100000"] {
        fails(&[&twin[..], &["--part", wrong]].concat(), 2);
    }
    assert!(fails(&[&twin[..], &["--row", "nothing"]].concat(), 1).contains("DGN-AM"));
}

#[test]
fn an_evaluation_that_cannot_be_says_why() {
    let (work, common) = evaluated();
    let common: Vec<&str> = common.iter().map(String::as_str).collect();
    let out = work.path().join("out");
    let refused = |more: &[&str]| fails(&[&common, more, &["--out", text(&out)]].concat(), 1);
    assert!(refused(&[]).contains("--images"), "nothing says how strongly real images excite the units");
    assert!(refused(&["--judge", "resnet18"]).contains("--judge"));
    assert!(refused(&["--judge", "nobody"]).contains("twin"));
    assert!(refused(&["--images", text(&out.join("nowhere"))]).contains("val_annotations.txt"));
    let images = work.path().join("tiny");
    fs::write(images.join("val/images/val_3.JPEG"), b"no picture").unwrap();
    assert!(refused(&["--images", text(&images)]).contains("val_3.JPEG is not a picture"));
    let alone = ["evaluate", "--pack", "tiny-imagenet-64", "--out", text(&out)];
    assert!(fails(&alone, 1).contains("one classifier only"));
    // The pack that is meant where none is named.
    assert!(fails(&["evaluate", "--judge", "nobody", "--out", text(&out)], 1).contains("efficientnet-lite1"));
}

/// A folder of packs with a copy of the smallest one.
fn small() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let pack = folder.path().join("fashion-mnist-28");
    fs::create_dir(&pack).unwrap();
    for entry in fs::read_dir(root().join("weights/fashion-mnist-28")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, pack.join(path.file_name().unwrap())).unwrap();
    }
    // Whether that pack has an atlas is nothing to these tests.
    let path = pack.join("pack.json");
    let mut json: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    json["classifiers"][0].as_object_mut().unwrap().remove("atlas");
    fs::write(path, json.to_string()).unwrap();
    folder
}

/// What `dgn atlas` is called with for that pack.
fn atlas<'a>(folder: &'a Path, out: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    [&["--weights", text(folder), "atlas", "--pack", "fashion-mnist-28", "--out", text(out)], more].concat()
}

#[test]
fn an_atlas_is_drawn_in_parts_and_goes_on_where_it_was() {
    let folder = small();
    let out = folder.path().join("atlas");
    let three = ["--units", "0..3"];
    succeeds(&atlas(folder.path(), &out, &[&three[..], &["--part", "2/2"]].concat()));
    let units = out.join("units");
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&units), ["fc5-1.png"]);
    assert!(!out.join("atlas.json").exists(), "a part is no atlas");
    let second = units.join("fc5-1.png");
    let drawn = fs::metadata(&second).unwrap().modified().unwrap();
    let said = succeeds(&atlas(folder.path(), &out, &three));
    assert!(said.contains("3 pictures in ") && said.contains("PSNR"), "{said}");
    assert_eq!(fs::metadata(&second).unwrap().modified().unwrap(), drawn, "what is there is not drawn again");
    assert_eq!(names(&units), ["fc5-0.png", "fc5-1.png", "fc5-2.png"]);

    // It is the run's own picture, and on the sheet it is found again.
    let alone = folder.path().join("alone");
    let run = ["synthesize", "--pack", "fashion-mnist-28", "--unit", "fc5:1", "--portable", "--out", text(&alone)];
    succeeds(&[&run[..], &["--engine", "cpu"]].concat());
    let runs: Json = serde_json::from_slice(&fs::read(alone.join("runs.json")).unwrap()).unwrap();
    assert_eq!(runs[0]["portable"], true);
    assert!(fails(&[&run[..], &["--engine", "webgpu"]].concat(), 1).contains("Leave one of them out"));
    let png = fs::read(&second).unwrap();
    assert_eq!(png, fs::read(alone.join("fc5-1-seed0.png")).unwrap());
    let json: Json = serde_json::from_slice(&fs::read(out.join("atlas.json")).unwrap()).unwrap();
    let sheet = &json["sheets"][0];
    assert_eq!((&sheet["layer"], &sheet["first"], &sheet["units"]), (&"fc5".into(), &0.into(), &3.into()));
    let file = fs::read(out.join(sheet["picture"]["file"].as_str().unwrap())).unwrap();
    let digest: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&sheet["picture"]["bytes"], &sheet["picture"]["sha256"]), (&file.len().into(), &digest.into()));
    let (sheet, picture) = (image::load_from_memory(&file).unwrap(), image::load_from_memory(&png).unwrap());
    assert_eq!((sheet.width(), sheet.height()), (5 * 32, 32));
    let (found, wanted) = (sheet.crop_imm(32, 0, 28, 28).to_rgb8(), picture.to_rgb8());
    let off = found.iter().zip(wanted.iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>();
    assert!(off / f64::from(28 * 28 * 3) < 6.0, "{off}");
}

#[test]
fn an_atlas_joins_its_pack_which_is_no_larger_to_load() {
    let folder = small();
    let (out, pack) = (folder.path().join("atlas"), folder.path().join("fashion-mnist-28"));
    let packs = || succeeds(&["--weights", text(folder.path()), "packs"]);
    let before = packs();
    succeeds(&atlas(folder.path(), &out, &["--add"]));
    let read = || -> Json { serde_json::from_slice(&fs::read(pack.join("pack.json")).unwrap()).unwrap() };
    let whole = read();
    assert_eq!(whole["classifiers"][0]["atlas"]["sheets"][0]["units"], 10);
    assert_eq!(packs(), before);
    // Three sheets, of which the pack has the last two no more once another atlas takes its place.
    let parts = ["--add", "--layer", "fc5", "--layer", "conv1:4..5", "--layer", "conv1:6..7", "--units", "0..2"];
    succeeds(&atlas(folder.path(), &out, &parts));
    let sheets = read()["classifiers"][0]["atlas"]["sheets"].as_array().unwrap().clone();
    let units = sheets.iter().map(|sheet| (sheet["layer"].as_str(), sheet["first"].as_u64(), sheet["units"].as_u64()));
    let [two, one] = [Some(2), Some(1)];
    assert_eq!(
        units.collect::<Vec<_>>(),
        [(Some("fc5"), Some(0), two), (Some("conv1"), Some(4), one), (Some("conv1"), Some(6), one)]
    );
    assert!(pack.join("atlas-caffenet-002.jpg").is_file());
    succeeds(&atlas(folder.path(), &out, &["--add"]));
    assert!(pack.join("atlas-caffenet-000.jpg").is_file() && !pack.join("atlas-caffenet-001.jpg").exists());
    assert!(!pack.join("atlas-caffenet-002.jpg").exists());
    assert_eq!(read(), whole);
    // A description with more units than there are is refused.
    let mut wrong = whole;
    wrong["classifiers"][0]["atlas"]["sheets"][0]["units"] = 11.into();
    fs::write(pack.join("pack.json"), wrong.to_string()).unwrap();
    let units = ["--weights", text(folder.path()), "units", "--pack", "fashion-mnist-28"];
    assert!(fails(&units, 1).contains("atlas-caffenet-000.jpg"));
}

#[test]
fn an_atlas_takes_no_other_picture_for_one_of_its_own() {
    let folder = small();
    let out = folder.path().join("atlas");
    let two = ["--units", "0..2"];
    succeeds(&atlas(folder.path(), &out, &two));
    let [first, second] = ["fc5-0.png", "fc5-1.png"].map(|name| out.join("units").join(name));
    let sound = fs::read(&second).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 0xff;
    for wrong in [flipped, fs::read(&first).unwrap(), sound[..sound.len() / 2].to_vec(), b"<html>".to_vec()] {
        fs::write(&second, wrong).unwrap();
        let said = fails(&atlas(folder.path(), &out, &two), 1);
        assert!(said.contains("fc5-1.png") && said.contains("Delete it"), "{said}");
    }
    fs::remove_file(&second).unwrap();
    succeeds(&atlas(folder.path(), &out, &two));
    assert_eq!(fs::read(&second).unwrap(), sound, "it is drawn anew, as it was");
    fs::write(out.join("drawn-by.json"), "{}").unwrap();
    assert!(fails(&atlas(folder.path(), &out, &two), 1).contains("other weights or another run"));
    for wrong in ["3..1", "2..2", "x", "1"] {
        fails(&atlas(folder.path(), &out, &["--units", wrong]), 2);
        fails(&atlas(folder.path(), &out, &["--layer", &format!("fc5:{wrong}")]), 2);
    }
    let other = folder.path().join("other");
    assert!(fails(&atlas(folder.path(), &other, &["--units", "10..12"]), 1).contains("lies outside of fc5"));
    assert!(fails(&atlas(folder.path(), &other, &["--layer", "fc6"]), 1).contains("fc5"));
    assert!(!other.exists(), "nothing is made where nothing is drawn");
}

/// What is drawn beforehand is the same on every computer and by any number of threads, so that the page draws it again.
#[test]
fn an_atlas_is_bit_for_bit_the_same_everywhere() {
    let folder = small();
    let digest = |threads: &str| {
        let out = folder.path().join(threads);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dgn"));
        let arguments = atlas(folder.path(), &out, &["--layer", "fc5:3..4", "--layer", "conv3:5..6"]);
        let done = command.current_dir(root()).args(arguments).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        ["fc5-3.png", "conv3-5.png"].map(|name| {
            let picture = image::open(out.join("units").join(name)).unwrap().to_rgb8();
            Sha256::digest(picture.as_raw()).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
        })
    };
    for threads in ["1", "2", "3"] {
        assert_eq!(digest(threads), ["36a33a20bf88d0d8", "651a0141a0afc07f"], "{threads} threads");
    }
}

/// The shipped pictures are those that are drawn now. Another computer's vectors draw another picture of the same neuron.
#[test]
fn the_shipped_atlas_is_what_is_drawn_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    succeeds(&["atlas", "--layer", "fc8:1..2", "--out", text(folder.path())]);
    let wanted = image::open(folder.path().join("units/fc8-1.png")).unwrap().to_rgb8();
    let sheet = image::open(root().join("weights/imagenet-128/atlas-caffenet-000.jpg")).unwrap();
    let off = |place: u32| {
        let shipped = sheet.crop_imm(128 * place, 0, 128, 128).to_rgb8();
        let sum: f64 = wanted.iter().zip(shipped.iter()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        sum / f64::from(128 * 128 * 3)
    };
    assert!(off(1) < 4.0, "{} of 255", off(1));
    assert!(off(0) > 20.0, "{} of 255", off(0));
}
