//! What an evaluation found, as data and as a table for people.

use std::{collections::BTreeMap, fmt::Write};

use serde::{Deserialize, Serialize};

/// What an evaluation found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The pack.
    pub pack: String,
    /// The classifier whose units were synthesised.
    pub classifier: String,
    /// The classifier that judged.
    pub judge: String,
    /// How many classes the judge knows.
    pub judge_classes: usize,
    /// Where the classifier comes from.
    pub about_classifier: String,
    /// Where the judge comes from.
    pub about_judge: String,
    /// The layer of the units.
    pub layer: String,
    /// How many units.
    pub units: usize,
    /// Which part of them this is, from 0, of how many; none where it is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<[usize; 2]>,
    /// How many seeds of each.
    pub seeds: u32,
    /// Steps of each run.
    pub steps: u32,
    /// What both classifiers make of real images, where there were some.
    pub real: Option<RealImages>,
    /// The rows.
    pub methods: Vec<Method>,
}

/// Both classifiers on the real images: the share of them, 0..=1, whose class is first, and among the first five.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RealImages {
    /// How many images.
    pub images: usize,
    /// Classes that the classifier does not know, with how many images of each were left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, usize>,
    /// The classifier whose units are synthesised.
    pub classifier: [f32; 2],
    /// The judge.
    pub judge: [f32; 2],
}

/// One row: where pictures come from, and what became of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// What it does.
    pub about: String,
    /// The first picture of each unit.
    pub first: Pictures,
    /// All pictures of each unit.
    pub all: Pictures,
    /// Median and lowest, over the units, of the mean perceptual distance between a unit's pictures.
    pub distance: Option<[f32; 2]>,
    /// Kernel distance of all pictures from real images, in the judge's features.
    pub kernel_distance: Option<f32>,
    /// Unit by unit.
    pub units: Vec<UnitResult>,
}

/// A set of pictures, put together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pictures {
    /// How many.
    pub count: usize,
    /// Median of activation ÷ strongest activation of a real image, and the lowest; over units where the latter is
    /// above 0. None where there is no such unit.
    pub ratio: Option<[f32; 2]>,
    /// Share, 0..=1, of which the judge's first class is the unit's, and of which it is among the first five: of the classes
    /// that both classifiers know, over the units whose class the judge knows.
    pub agreement: [f32; 2],
    /// The same among all of the judge's classes.
    pub agreement_of_all: [f32; 2],
}

/// One unit's pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnitResult {
    /// The unit's index.
    pub unit: usize,
    /// Its class.
    pub name: String,
    /// The strongest activation of a real image.
    pub reference: f32,
    /// Activation of each picture.
    pub activations: Vec<f32>,
    /// The unit's class in the judge's order of the classes that both classifiers know, for each picture; from 0. None where
    /// the judge has no such class.
    pub ranks: Vec<Option<usize>>,
    /// The same in the order of all of the judge's classes.
    pub ranks_of_all: Vec<Option<usize>>,
    /// Mean perceptual distance between the pictures.
    pub distance: Option<f32>,
}

/// How many classes are likelier than this one.
pub(super) fn rank(logits: &[f32], class: usize) -> usize {
    logits.iter().filter(|&&logit| logit > logits[class]).count()
}

/// How many of some classes are likelier than this one.
pub(super) fn rank_among(logits: &[f32], class: usize, among: &[usize]) -> usize {
    among.iter().filter(|&&other| logits[other] > logits[class]).count()
}

/// Share of images whose class is first, and among the first five.
pub(super) fn accuracy(logits: &[Vec<f32>], classes: &[Option<usize>]) -> [f32; 2] {
    let known = logits.iter().zip(classes).filter_map(|(logits, class)| class.map(|class| rank(logits, class)));
    let ranks: Vec<Option<usize>> = known.map(Some).collect();
    agreement(&ranks)
}

fn agreement(ranks: &[Option<usize>]) -> [f32; 2] {
    let known = ranks.iter().flatten();
    let share =
        |limit: usize| known.clone().filter(|&&rank| rank < limit).count() as f32 / known.clone().count().max(1) as f32;
    [share(1), share(5)]
}

/// Median and lowest of some values; none where there is no value.
fn median_and_lowest(mut values: Vec<f32>) -> Option<[f32; 2]> {
    values.sort_by(f32::total_cmp);
    let (n, middle) = (values.len(), values.len() / 2);
    let lowest = *values.first()?;
    Some([if n.is_multiple_of(2) { (values[middle - 1] + values[middle]) / 2.0 } else { values[middle] }, lowest])
}

impl Pictures {
    /// Puts the first `each` pictures of every unit together.
    fn new(units: &[UnitResult], each: usize) -> Self {
        let measurable = units.iter().filter(|unit| unit.reference > 0.0);
        let ratios = measurable.flat_map(|unit| unit.activations.iter().take(each).map(|a| a / unit.reference));
        let ranks: Vec<_> = units.iter().flat_map(|unit| unit.ranks.iter().take(each).copied()).collect();
        let of_all: Vec<_> = units.iter().flat_map(|unit| unit.ranks_of_all.iter().take(each).copied()).collect();
        Self {
            count: ranks.len(),
            ratio: median_and_lowest(ratios.collect()),
            agreement: agreement(&ranks),
            agreement_of_all: agreement(&of_all),
        }
    }
}

impl Method {
    pub(super) fn new(name: &str, about: &str, units: Vec<UnitResult>, kernel_distance: Option<f32>) -> Self {
        let distances: Vec<f32> = units.iter().filter_map(|unit| unit.distance).collect();
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            first: Pictures::new(&units, 1),
            all: Pictures::new(&units, usize::MAX),
            distance: median_and_lowest(distances),
            kernel_distance,
            units,
        }
    }
}

impl Report {
    /// How many units have a class that the judge knows.
    fn asked(&self) -> usize {
        let known = |unit: &&UnitResult| unit.ranks.iter().any(Option::is_some);
        self.methods.first().map_or(0, |method| method.units.iter().filter(known).count())
    }

    /// The report as a page of markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self { pack, classifier, judge, judge_classes, layer, units, seeds, steps, .. } = self;
        writeln!(out, "# {pack}: {classifier} judged by {judge}\n")?;
        writeln!(
            out,
            "{units} units of {layer}, {seeds} seeds each (from 0), {steps} steps, the pack's defaults. Every unit is \
             counted.\n"
        )?;
        writeln!(out, "- {classifier}: {}", self.about_classifier)?;
        writeln!(out, "- {judge}: {}\n", self.about_judge)?;
        if let Some(RealImages { images, left_out, classifier: own, judge: theirs }) = &self.real {
            writeln!(
                out,
                "On {images} real images {classifier} is right first on {}, within five on {}; {judge} on {} and {}.\n",
                percent(own[0]),
                percent(own[1]),
                percent(theirs[0]),
                percent(theirs[1])
            )?;
            if !left_out.is_empty() {
                let classes = counted(left_out);
                writeln!(out, "Images of classes that {classifier} does not know are left out: {classes}.\n")?;
            }
        }
        writeln!(
            out,
            "| pictures | activation ÷ best real: median | lowest | judge agrees, seed 0: first | within five | all seeds: \
             first | within five | first of all its classes | distance between seeds: median | lowest | kernel distance |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
        for method in &self.methods {
            let agreement = method.first.agreement;
            let none = || ["–", "–"].map(str::to_owned);
            let [ratio, lowest_ratio] = method.first.ratio.map_or_else(none, |r| r.map(|r| format!("{r:.2}")));
            let [median, lowest] = method.distance.map_or_else(none, |d| d.map(|d| format!("{d:.3}")));
            let kernel = method.kernel_distance.map_or("–".to_owned(), |distance| format!("{distance:.3}"));
            writeln!(
                out,
                "| {} | {ratio} | {lowest_ratio} | {} | {} | {} | {} | {} | {median} | {lowest} | {kernel} |",
                method.name,
                percent(agreement[0]),
                percent(agreement[1]),
                percent(method.all.agreement[0]),
                percent(method.all.agreement[1]),
                percent(method.all.agreement_of_all[0]),
            )?;
        }
        writeln!(out)?;
        for method in &self.methods {
            writeln!(out, "- {}: {}.", method.name, method.about)?;
        }
        writeln!(
            out,
            "\nActivations are of each unit's first picture (seed 0). Ratios are over the units that some real image excites \
             above 0. The judge knows {judge_classes} classes and is asked about those that {classifier} knows too, unless all \
             are said; units whose class it does not know are not asked about ({} of {units} are). Real images of another size are brought to the \
             pack's. The distance between seeds is perceptual (0 for equal \
             pictures, at most 2); the kernel distance (KID) is that of all pictures from real images; both are measured in the judge's features.",
            self.asked()
        )
    }
}

/// Classes with how many images of each there are.
pub(crate) fn counted(classes: &BTreeMap<String, usize>) -> String {
    classes.iter().map(|(class, count)| format!("{class} ({count})")).collect::<Vec<_>>().join(", ")
}

fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::evaluate) fn unit(reference: f32, activations: &[f32], ranks: &[usize]) -> UnitResult {
        let ranks: Vec<_> = ranks.iter().copied().map(Some).collect();
        UnitResult {
            unit: 0,
            name: "a".into(),
            reference,
            activations: activations.to_vec(),
            ranks_of_all: ranks.clone(),
            ranks,
            distance: None,
        }
    }

    #[test]
    fn units_that_the_judge_does_not_know_are_not_counted() {
        let mut unknown = unit(1.0, &[2.0], &[0]);
        (unknown.ranks, unknown.ranks_of_all) = (vec![None], vec![None]);
        let method = Method::new("x", "y", vec![unit(1.0, &[2.0], &[0]), unit(1.0, &[2.0], &[7]), unknown], None);
        assert_eq!(method.all.agreement, [0.5, 0.5]);
        assert_eq!(rank_among(&[3.0, 1.0, 2.0], 1, &[1, 2]), 1);
    }

    #[test]
    fn a_row_counts_every_unit_once_and_every_picture_once() {
        let units =
            vec![unit(10.0, &[20.0, 5.0], &[0, 7]), unit(2.0, &[2.0, 8.0], &[4, 0]), unit(-1.0, &[3.0, 3.0], &[9, 9])];
        let method = Method::new("x", "y", units, None);
        assert_eq!((method.first.count, method.all.count), (3, 6));
        // A ratio to a negative activation means nothing and is left out; the judge's word on it is not.
        assert_eq!(method.first.ratio, Some([1.5, 1.0]));
        assert_eq!(method.first.agreement, [1.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(method.all.ratio, Some([1.5, 0.5]));
        assert_eq!(method.all.agreement, [2.0 / 6.0, 3.0 / 6.0]);
    }

    #[test]
    fn the_rank_is_the_number_of_likelier_classes() {
        assert_eq!([0, 1, 2].map(|class| rank(&[0.5, 2.0, 1.0], class)), [2, 0, 1]);
        assert_eq!(accuracy(&[vec![1.0, 2.0], vec![1.0, 2.0]], &[Some(1), Some(0)]), [0.5, 1.0]);
    }
}
