//! Lessons: those that come with the page are in order, and what is wrong with others is said in sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use dgn::{
    lesson::{Lesson, PARTS, picture_file},
    pack::manifest::Manifest,
    spec::query::Query,
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn dgn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dgn")).arg("lessons").args(arguments).current_dir(root()).output().unwrap()
}

fn lessons() -> Vec<(PathBuf, Lesson)> {
    let files = fs::read_dir(root().join("public/lessons")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.map(|path| (path.clone(), Lesson::parse(&fs::read(&path).unwrap()).unwrap())).collect()
}

#[test]
fn the_pages_lessons_are_in_order() {
    let checked = dgn(&[]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}{}", String::from_utf8_lossy(&checked.stderr));
    let count = lessons().len();
    assert!(said.contains(&format!("{count} lessons are in order")) && count >= 8, "{said}");
}

/// What is printed at steps that nobody has seen.
#[test]
fn every_run_of_the_pages_lessons_has_been_drawn() {
    for (path, lesson) in lessons() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        for (place, step) in lesson.steps.iter().enumerate() {
            let file = path.with_file_name(picture_file(name, place));
            let picture = fs::read(&file).ok().map(|file| dgn::picture::decoded(&file).unwrap());
            assert_eq!(picture.is_some(), step.run.is_some(), "{}", file.display());
            let Some((picture, run)) = picture.zip(step.run.as_ref()) else { continue };
            // As many side by side as the run has.
            let query = Query::parse(run).unwrap();
            let pack = query.pack().unwrap().unwrap();
            let manifest = fs::read(root().join("weights").join(pack).join("pack.json")).unwrap();
            let manifest = Manifest::parse(&manifest).unwrap();
            let side = [query.run(&manifest).unwrap().lanes().len() * manifest.image.width, manifest.image.height];
            assert_eq!([picture.width as usize, picture.height as usize], side, "{}", file.display());
        }
    }
}

#[test]
fn a_broken_lesson_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let sound = fs::read_to_string(root().join("public/lessons/many-faces.json")).unwrap();
    let run = "pack=caffenet-64&unit=fc8:145&seeds=4&seed=0";
    assert!(sound.contains(run));
    for (from, to, words) in [
        ("\"number\"", "\"place\"", "unknown field `place`"),
        ("\"zh\": \"一个神经元，许多面孔\"", "\"zh\": \"\"", "“title” says nothing in the language “zh”"),
        ("\"zh\": \"一个神经元，许多面孔\"", "\"xx\": \"x\"", "“xx” too"),
        (run, "pack=caffenet-64&unit=fc8:unicorn", "step 1 cannot be: "),
        (run, "pack=caffenet-64&unit=fc8:145&neuron=3", "this means nothing: neuron"),
        (run, "pack=nowhere&unit=fc8:145", "names no pack that is there"),
        (run, "unit=fc8:145", "names no pack that is there"),
        ("\"highlight\": \"picture\"", "\"highlight\": \"moon\"", "“moon”, which is no part of the page"),
        ("\"right\": true", "\"right\": false", "No answer to the question of step 1 is right"),
        ("\"open-more\"", "\"open-window\"", "unknown variant `open-window`"),
        ("\"minutes\": 5", "\"minutes\": 50", "takes 50 minutes"),
    ] {
        let path = folder.path().join("lesson.json");
        assert!(sound.contains(from), "{from}");
        fs::write(&path, sound.replacen(from, to, 1)).unwrap();
        let checked = dgn(&[path.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&checked.stdout);
        assert!(!checked.status.success() && said.contains(words), "{to}: {said}");
        assert!(String::from_utf8_lossy(&checked.stderr).contains("Of 1 lessons, something is wrong with 1."));
    }
    let empty = tempfile::tempdir().unwrap();
    let checked = dgn(&[empty.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&checked.stderr).contains("There are no lessons there"));
}

#[test]
fn lessons_are_numbered_one_after_the_other() {
    let mut numbers: Vec<u32> = lessons().iter().map(|(_, lesson)| lesson.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>());
}

#[test]
fn the_style_sheet_knows_every_part_of_the_page() {
    let style = fs::read_to_string(root().join("src/page/rooms/lessons/style.css")).unwrap();
    for part in PARTS {
        assert!(style.contains(&format!("[data-highlight=\"{part}\"] ")), "{part} cannot be highlighted");
        assert!(style.contains(&format!("[data-hide~=\"{part}\"] ")), "{part} cannot be hidden");
    }
}

#[test]
fn chinese_lessons_have_chinese_marks() {
    let is_han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    for (path, _) in lessons() {
        for line in fs::read_to_string(&path).unwrap().lines().filter(|line| line.contains("\"zh\": ")) {
            let letters: Vec<char> = line.replace("\\n", " ").chars().collect();
            for pair in letters.windows(2) {
                let is_western = is_han(pair[0]) && ",;:?!.".contains(pair[1]);
                let is_tight = is_han(pair[0]) && pair[1].is_ascii_alphanumeric()
                    || pair[0].is_ascii_alphanumeric() && is_han(pair[1]);
                assert!(!is_western && !is_tight, "{}: {line}", path.display());
            }
        }
    }
}
