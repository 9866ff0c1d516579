//! What a picture file tells of the run that made it.

use crate::{
    spec::{SpecError, query::Query},
    stamp::{self, Flaw},
};

/// What stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// Nothing: it is not from here, or holds it no more.
    Nothing,
    /// It should tell a run, but cannot be read.
    Flawed(Flaw),
    /// It should tell a run, and is something else.
    NoRun,
    /// It tells a run that is none in any pack.
    Refused(SpecError),
    /// A run of a pack.
    Run {
        /// The pack's name.
        pack: String,
        /// The run.
        query: Query,
    },
}

/// Reads the beginning of a file, or all of it.
pub fn read(file: &[u8]) -> Told {
    let text = match stamp::read(file) {
        None => return Told::Nothing,
        Some(Err(flaw)) => return Told::Flawed(flaw),
        Some(Ok(text)) => text,
    };
    let run = Query::parse(&text).and_then(|query| Ok((query.pack()?.map(str::to_owned), query)));
    match run {
        // A run that is saved has all its values; a text that names no unit would be the pack's default run.
        Ok((Some(pack), query)) if query.names_units() => Told::Run { pack, query },
        Ok(_) => Told::NoRun,
        Err(error) => Told::Refused(error),
    }
}

/// Whether a file is named as [`super::neurons::file_name`] names pictures: a unit's number or `mean`, and the seed.
pub fn is_named_as_saved(name: &str) -> bool {
    let Some((unit, seed)) = name.rsplit_once("-seed-") else { return false };
    let unit = unit.rsplit_once('-').map(|(_, last)| last).unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (unit == "mean" || is_number(unit)) && seed.starts_with(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pack::manifest::Manifest,
        page::root::neurons::file_name,
        spec::{Catalogue, EngineChoice, RunSpec, query},
    };

    fn pack() -> Manifest {
        Manifest::parse(include_bytes!("../../../weights/tiny-imagenet-64/pack.json")).unwrap()
    }

    /// A file that tells this.
    fn telling(text: &str) -> Told {
        let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\0\0\0\0";
        read(&stamp::write(header.to_vec(), text))
    }

    #[test]
    fn a_picture_tells_the_run_that_was_written_into_it() {
        let pack = pack();
        let spec = RunSpec::with_defaults(&pack, pack.defaults().unit.clone());
        let Told::Run { pack: name, query } = telling(&query::write(&spec, EngineChoice::Cpu)) else {
            panic!("no run")
        };
        assert_eq!((name.as_str(), query.run(&pack)), ("tiny-imagenet-64", Ok(spec)));
        assert_eq!(read(b"\xff\xd8\xff\xe0"), Told::Nothing);
    }

    #[test]
    fn what_is_no_run_is_never_taken_for_the_default_one() {
        for text in ["rubbish", r#"{"pack":"tiny-imagenet-64","unit":"fc:1"}"#, "pack=tiny-imagenet-64", "unit=fc:1"] {
            assert_eq!(telling(text), Told::NoRun, "{text}");
        }
        assert_eq!(telling("  "), Told::Flawed(Flaw::Empty));
        assert!(matches!(telling("pack=../x&unit=fc:1"), Told::Refused(SpecError::PackName { .. })));
        assert!(matches!(telling("pack=a&unit=fc:1&seed=1&seed=2"), Told::Refused(SpecError::Repeated { .. })));
    }

    #[test]
    fn a_picture_is_known_by_the_name_that_it_was_saved_under() {
        let pack = pack();
        let mut spec = RunSpec::with_defaults(&pack, pack.defaults().unit.clone());
        let entry = pack.classifier(&spec.classifier).unwrap();
        for unit in ["fc:1", "fc:2*-0.5", "layer4.1:12@mean", "layer1.0:3@4,5"] {
            spec.units = vec![crate::spec::Unit::parse(unit, |_, unit| Ok(unit.parse().unwrap())).unwrap()];
            let name = file_name(&spec, entry);
            for name in [format!("{name}.jpg"), format!("{name}-all.png"), format!("{name} (1).webp")] {
                assert!(is_named_as_saved(&name), "{name}");
            }
        }
        for name in ["apple-seed-3.jpg", "IMG_2024-10-03.jpg", "-seed-", "3-seed-x.png", "photograph"] {
            assert!(!is_named_as_saved(name), "{name}");
        }
    }
}
