//! What an evaluation found, as data and as a table for people.

use std::fmt::Write;

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
    /// Where the classifier comes from.
    pub about_classifier: String,
    /// Where the judge comes from.
    pub about_judge: String,
    /// The layer of the units.
    pub layer: String,
    /// How many units.
    pub units: usize,
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
    /// above 0.
    pub ratio: [f32; 2],
    /// Share, 0..=1, of which the judge's first class is the unit's, and of which it is among the first five.
    pub agreement: [f32; 2],
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
    /// The unit's class in the judge's order, for each picture; from 0. None where the judge has no such class.
    pub ranks: Vec<Option<usize>>,
    /// Mean perceptual distance between the pictures.
    pub distance: Option<f32>,
}

/// How many classes are likelier than this one.
pub(super) fn rank(logits: &[f32], class: usize) -> usize {
    logits.iter().filter(|&&logit| logit > logits[class]).count()
}

/// Share of images whose class is first, and among the first five.
pub(super) fn accuracy(logits: &[Vec<f32>], classes: &[Option<usize>]) -> [f32; 2] {
    let known = logits.iter().zip(classes).filter_map(|(logits, class)| class.map(|class| rank(logits, class)));
    let ranks: Vec<Option<usize>> = known.map(Some).collect();
    agreement(&ranks)
}

fn agreement(ranks: &[Option<usize>]) -> [f32; 2] {
    let share = |limit: usize| {
        ranks.iter().filter(|rank| rank.is_some_and(|rank| rank < limit)).count() as f32 / ranks.len().max(1) as f32
    };
    [share(1), share(5)]
}

/// Median and lowest of some values; NaN where there is none.
fn median_and_lowest(mut values: Vec<f32>) -> [f32; 2] {
    values.sort_by(f32::total_cmp);
    let (n, middle) = (values.len(), values.len() / 2);
    let Some(&lowest) = values.first() else {
        return [f32::NAN; 2];
    };
    [if n.is_multiple_of(2) { (values[middle - 1] + values[middle]) / 2.0 } else { values[middle] }, lowest]
}

impl Pictures {
    /// Puts the first `each` pictures of every unit together.
    fn new(units: &[UnitResult], each: usize) -> Self {
        let measurable = units.iter().filter(|unit| unit.reference > 0.0);
        let ratios = measurable.flat_map(|unit| unit.activations.iter().take(each).map(|a| a / unit.reference));
        let ranks: Vec<_> = units.iter().flat_map(|unit| unit.ranks.iter().take(each).copied()).collect();
        Self { count: ranks.len(), ratio: median_and_lowest(ratios.collect()), agreement: agreement(&ranks) }
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
            distance: (!distances.is_empty()).then(|| median_and_lowest(distances)),
            kernel_distance,
            units,
        }
    }
}

impl Report {
    /// The report as a page of markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self { pack, classifier, judge, layer, units, seeds, steps, .. } = self;
        writeln!(out, "# {pack}: {classifier} judged by {judge}\n")?;
        writeln!(
            out,
            "{units} units of {layer}, {seeds} seeds each (from 0), {steps} steps, the pack's defaults. Every unit is \
             counted.\n"
        )?;
        writeln!(out, "- {classifier}: {}", self.about_classifier)?;
        writeln!(out, "- {judge}: {}\n", self.about_judge)?;
        if let Some(RealImages { images, classifier: own, judge: theirs }) = &self.real {
            writeln!(
                out,
                "On {images} real images {classifier} is right first on {}, within five on {}; {judge} on {} and {}.\n",
                percent(own[0]),
                percent(own[1]),
                percent(theirs[0]),
                percent(theirs[1])
            )?;
        }
        writeln!(
            out,
            "| pictures | activation ÷ best real: median | lowest | judge agrees: first | within five | first, all \
             seeds | distance between seeds: median | lowest | kernel distance |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
        for method in &self.methods {
            let (ratio, agreement) = (method.first.ratio, method.first.agreement);
            let distance = method.distance.map(|d| d.map(|d| format!("{d:.3}")));
            let [median, lowest] = distance.unwrap_or_else(|| ["–".into(), "–".into()]);
            let kernel = method.kernel_distance.map_or("–".to_owned(), |distance| format!("{distance:.3}"));
            writeln!(
                out,
                "| {} | {:.2} | {:.2} | {} | {} | {} | {median} | {lowest} | {kernel} |",
                method.name,
                ratio[0],
                ratio[1],
                percent(agreement[0]),
                percent(agreement[1]),
                percent(method.all.agreement[0]),
            )?;
        }
        writeln!(out)?;
        for method in &self.methods {
            writeln!(out, "- {}: {}.", method.name, method.about)?;
        }
        writeln!(
            out,
            "\nActivation and agreement are of each unit's first picture (seed 0), where not said otherwise. Ratios are over \
             the units that some real image excites above 0. The distance between seeds is perceptual (0 for equal \
             pictures, at most 2); the kernel distance (KID) is that of all pictures from real images; both are measured in the judge's features."
        )
    }
}

fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(reference: f32, activations: &[f32], ranks: &[usize]) -> UnitResult {
        let ranks = ranks.iter().copied().map(Some).collect();
        UnitResult { unit: 0, name: "a".into(), reference, activations: activations.to_vec(), ranks, distance: None }
    }

    #[test]
    fn a_row_counts_every_unit_once_and_every_picture_once() {
        let units =
            vec![unit(10.0, &[20.0, 5.0], &[0, 7]), unit(2.0, &[2.0, 8.0], &[4, 0]), unit(-1.0, &[3.0, 3.0], &[9, 9])];
        let method = Method::new("x", "y", units, None);
        assert_eq!((method.first.count, method.all.count), (3, 6));
        // A ratio to a negative activation means nothing and is left out; the judge's word on it is not.
        assert_eq!(method.first.ratio, [1.5, 1.0]);
        assert_eq!(method.first.agreement, [1.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(method.all.ratio, [1.5, 0.5]);
        assert_eq!(method.all.agreement, [2.0 / 6.0, 3.0 / 6.0]);
    }

    #[test]
    fn the_rank_is_the_number_of_likelier_classes() {
        assert_eq!([0, 1, 2].map(|class| rank(&[0.5, 2.0, 1.0], class)), [2, 0, 1]);
        assert_eq!(accuracy(&[vec![1.0, 2.0], vec![1.0, 2.0]], &[Some(1), Some(0)]), [0.5, 1.0]);
    }
}
