//! The parts of an evaluation put together.

use super::{Method, Report};

/// Reports that are not parts of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{self:?}")]
pub enum MergeError {
    /// There is none.
    None,
    /// They are of different things.
    Differ {
        /// What differs.
        what: Differing,
    },
    /// A part is missing or there twice.
    Part {
        /// The part, from 1.
        number: usize,
        /// How many there are to be.
        of: usize,
        /// How often it is there.
        times: usize,
    },
}

/// What is not the same in all parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Pack, classifier or judge.
    Networks,
    /// How many seeds or steps.
    Runs,
    /// What the judge knows, or the real images.
    Known,
    /// How many parts there are to be.
    Parts,
    /// The rows.
    Rows,
    /// Which units are chosen.
    Units,
}

impl Report {
    /// Puts the parts of an evaluation together. The kernel distance is the mean of the parts', as is usual for it, each as
    /// many times as it has pictures.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn merged(parts: &[Self]) -> Result<Self, MergeError> {
        let first = parts.first().ok_or(MergeError::None)?;
        let of = first.part.map_or(1, |[_, of]| of);
        let same = |what, same: fn(&Self, &Self) -> bool| {
            if parts.iter().all(|part| same(part, first)) { Ok(()) } else { Err(MergeError::Differ { what }) }
        };
        same(Differing::Networks, |a, b| {
            (&a.pack, &a.classifier, &a.judge, &a.layer) == (&b.pack, &b.classifier, &b.judge, &b.layer)
        })?;
        same(Differing::Runs, |a, b| (a.seeds, a.steps) == (b.seeds, b.steps))?;
        same(Differing::Known, |a, b| {
            let images = |report: &Self| report.real.as_ref().map(|real| real.images);
            (a.judge_classes, images(a)) == (b.judge_classes, images(b))
        })?;
        same(Differing::Parts, |a, b| a.part.map(|part| part[1]) == b.part.map(|part| part[1]))?;
        same(Differing::Rows, |a, b| a.methods.iter().map(|m| &m.name).eq(b.methods.iter().map(|m| &m.name)))?;
        for number in 0..of {
            let times = parts.iter().filter(|part| part.part.map_or(0, |[part, _]| part) == number).count();
            if times != 1 {
                return Err(MergeError::Part { number: number + 1, of, times });
            }
        }
        let mut units: Vec<usize> = parts.iter().flat_map(Self::unit_numbers).collect();
        units.sort_unstable();
        if parts.len() != of || units.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(MergeError::Differ { what: Differing::Units });
        }
        let methods = (0..first.methods.len()).map(|row| {
            let rows = parts.iter().filter_map(|part| part.methods.get(row));
            let mut units: Vec<_> = rows.clone().flat_map(|row| row.units.iter().cloned()).collect();
            units.sort_by_key(|unit| unit.unit);
            let distances: Option<Vec<_>> =
                rows.map(|row| Some((row.kernel_distance?, row.all.count as f32))).collect();
            let distance = distances.map(|distances| {
                let count: f32 = distances.iter().map(|(_, count)| count).sum();
                distances.iter().map(|(distance, n)| distance * n).sum::<f32>() / count.max(1.0)
            });
            Method::new(&first.methods[row].name, &first.methods[row].about, units, distance)
        });
        let methods = methods.collect();
        let units = parts.iter().map(|part| part.units).sum();
        Ok(Self { units, part: None, methods, ..first.clone() })
    }

    fn unit_numbers(&self) -> Vec<usize> {
        self.methods.first().map(|method| method.units.iter().map(|unit| unit.unit).collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::UnitResult;
    use crate::evaluate::report::tests::unit;

    fn part(number: usize, of: usize, units: &[usize], distance: f32) -> Report {
        part_with(number, of, units, distance, 1.0)
    }

    fn part_with(number: usize, of: usize, units: &[usize], distance: f32, reference: f32) -> Report {
        let result = |&place: &usize| UnitResult { unit: place, ..unit(reference, &[2.0], &[0]) };
        let units: Vec<_> = units.iter().map(result).collect();
        Report {
            pack: "p".into(),
            classifier: "c".into(),
            judge: "j".into(),
            judge_classes: 9,
            about_classifier: String::new(),
            about_judge: String::new(),
            layer: "fc".into(),
            units: units.len(),
            part: Some([number, of]),
            seeds: 1,
            steps: 5,
            real: None,
            methods: vec![Method::new("x", "y", units, Some(distance))],
        }
    }

    #[test]
    fn parts_make_the_whole_in_its_order_and_nothing_else_does() {
        let whole = Report::merged(&[part(1, 2, &[1], 4.0), part(0, 2, &[0, 2], 1.0)]).unwrap();
        assert_eq!(whole.methods[0].units.iter().map(|unit| unit.unit).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!((whole.units, whole.part, whole.methods[0].kernel_distance), (3, None, Some(2.0)));
        assert_eq!(Report::merged(&[]).err(), Some(MergeError::None));
        let twice = Report::merged(&[part(0, 2, &[0], 1.0), part(0, 2, &[0], 1.0)]);
        assert_eq!(twice.err(), Some(MergeError::Part { number: 1, of: 2, times: 2 }));
        let missing = Report::merged(&[part(0, 2, &[0], 1.0)]);
        assert_eq!(missing.err(), Some(MergeError::Part { number: 2, of: 2, times: 0 }));
        let overlapping = Report::merged(&[part(0, 2, &[0, 1], 1.0), part(1, 2, &[1], 1.0)]);
        assert!(matches!(overlapping, Err(MergeError::Differ { what: Differing::Units })));
        let beyond = Report::merged(&[part(0, 2, &[0], 1.0), part(1, 2, &[1], 1.0), part(5, 2, &[2], 1.0)]);
        assert!(matches!(beyond, Err(MergeError::Differ { .. })));
        let mut other = part(1, 2, &[1], 1.0);
        other.steps = 6;
        assert!(matches!(Report::merged(&[part(0, 2, &[0], 1.0), other]), Err(MergeError::Differ { .. })));
    }

    #[test]
    fn parts_go_through_their_files_whatever_real_images_excite() {
        // A part whose units no real image excites has no ratio; the whole has that of the others.
        let parts = [part_with(0, 2, &[0], 1.0, -1.0), part_with(1, 2, &[1], 1.0, 4.0)];
        assert_eq!(parts[0].methods[0].all.ratio, None);
        assert!(parts[0].markdown().contains("| x | – | – |"), "{}", parts[0].markdown());
        let read = |part: &Report| serde_json::from_slice::<Report>(&serde_json::to_vec(part).unwrap()).unwrap();
        let whole = Report::merged(&parts.each_ref().map(read)).unwrap();
        assert_eq!(whole.methods[0].all.ratio, Some([0.5, 0.5]));
    }
}
