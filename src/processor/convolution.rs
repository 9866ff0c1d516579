//! Convolutions and transposed convolutions, and the gradients of both: products of matrices whose one factor is gathered
//! from the source on the way.

use pulp::{Simd, bytemuck::cast_slice};
use serde::{Deserialize, Serialize};

use crate::{
    Epilogue, Map,
    arithmetic::{Sums, sums},
    product::{Panel, Panels, ROWS, panels, store, tile, widest},
    share::{parts, share},
};

/// Where no value is read.
const OUTSIDE: u32 = u32::MAX;

/// Up to how many places of a phase are few.
const FEW: usize = 64;

/// An element of a kernel that a place sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tap {
    /// Where it sees the source, beside the place's own.
    pub offset: [i64; 2],
    /// Which element of the kernel it is, row by row.
    pub element: usize,
}

/// Places of the result that see the same elements: those at `at`, and every so many behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// The first.
    pub at: [usize; 2],
    /// What they see.
    pub taps: Vec<Tap>,
}

/// How places of the result see those of the source: place `phases · q + at` of a phase sees through each tap place
/// `step · q + offset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plane {
    /// What is read.
    pub from: Map,
    /// What is computed.
    pub to: Map,
    /// Channels are joined within so many groups.
    pub groups: usize,
    /// Along both axes.
    pub step: [usize; 2],
    /// How many phases there are along both axes.
    pub phases: [usize; 2],
    /// All of them.
    pub parts: Vec<Phase>,
}

/// A convolution with its weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Convolution {
    plane: Plane,
    parts: Vec<Part>,
    zeros: Vec<f32>,
}

/// A phase with its weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    at: [usize; 2],
    taps: usize,
    /// Of each place the places that its taps read, or [`OUTSIDE`].
    #[serde(with = "crate::numbers")]
    places: Vec<u32>,
    /// Of each group.
    panels: Vec<Panels>,
}

impl Convolution {
    /// With weights by group, channel of the result and of the source within it, and element of the kernel.
    pub fn new(plane: Plane, weight: &dyn Fn(usize, usize, usize, usize) -> f32) -> Self {
        let (channels, results) = (plane.from.channels / plane.groups, plane.to.channels / plane.groups);
        let part = |phase: &Phase| {
            let taps = &phase.taps;
            let panels = |group: usize| {
                Panels::new(taps.len() * channels, results, |product, result| {
                    weight(group, result, product % channels, taps[product / channels].element)
                })
            };
            Part {
                at: phase.at,
                taps: taps.len(),
                places: plane.places(taps),
                panels: if taps.is_empty() { Vec::new() } else { (0..plane.groups).map(panels).collect() },
            }
        };
        let parts = plane.parts.iter().map(part).collect();
        Self { parts, zeros: vec![0.0; channels], plane }
    }

    /// How many numbers of memory [`run`](Self::run) needs.
    pub fn scratch(&self) -> usize {
        if self.shares_weights() { self.pieces() * self.each_piece() } else { 0 }
    }

    /// Of few places the weights are most of what is read: threads share those, and not the places.
    fn shares_weights(&self) -> bool {
        let [rows, columns] = self.plane.positions();
        parts() > 1 && rows * columns <= FEW
    }

    /// Panels of all phases and groups, in this order.
    fn pieces(&self) -> usize {
        self.parts.len() * self.plane.groups * self.panels_of_group()
    }

    fn panels_of_group(&self) -> usize {
        panels(self.plane.to.channels / self.plane.groups)
    }

    /// A piece: its phase, its group and its panel, none where no place sees anything.
    fn piece(&self, number: usize) -> (&Part, usize, Option<Panel<'_>>) {
        let (each, groups) = (self.panels_of_group(), self.plane.groups);
        let (part, group) = (&self.parts[number / each / groups], number / each % groups);
        (part, group, part.panels.get(group).map(|panels| panels.panel(number % each)))
    }

    /// Numbers that a piece makes, at most.
    fn each_piece(&self) -> usize {
        let [rows, columns] = self.plane.positions();
        rows * columns * widest()
    }

    /// Computes it for all images of a batch.
    pub fn run(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        if self.shares_weights() {
            return self.run_by_pieces(source, epilogue, result, scratch);
        }
        let Plane { from, to, phases, .. } = &self.plane;
        let rows = to.height.div_ceil(phases[0]);
        // Parts end with a row of phases, so that each has whole tiles of its own.
        let products: usize = self.parts.iter().map(|part| part.taps).sum::<usize>() * from.channels;
        let small = products * to.values() / self.parts.len().max(1) < 200_000;
        let each = rows.div_ceil(2 * parts());
        let (sources, mut results) = (source.chunks_exact(from.values()), result.chunks_exact_mut(to.values()));
        for (image, source) in sources.enumerate() {
            let Some(result) = results.next() else { break };
            let row = phases[0] * to.width * to.channels;
            share(result, each * row, (&mut [], 0), small, |number, result, _| {
                let first = number * each;
                let rows = [first, (first + each).min(rows)];
                let before = image * to.values() + first * row;
                sums(Rows { of: self, source, epilogue, result, rows, before });
            });
        }
    }

    /// What a tile at place `q` of a phase reads: of each tap and row the channels of a place. The last tile, of `last` places, has
    /// its last one more than once.
    #[inline(always)]
    fn reads<'a>(
        &'a self,
        part: &'a Part,
        source: &'a [f32],
        q: usize,
        last: usize,
    ) -> impl Fn(usize, usize) -> &'a [f32] {
        let channels = self.zeros.len();
        move |tap, row| match part.places[(q + row).min(last - 1) * part.taps + tap] {
            OUTSIDE => self.zeros.as_slice(),
            place => &source[place as usize * self.plane.from.channels..][..channels],
        }
    }

    /// The same, each panel by itself and all of them put together.
    fn run_by_pieces(&self, source: &[f32], epilogue: Epilogue, result: &mut [f32], scratch: &mut [f32]) {
        let Plane { from, to, groups, phases, .. } = &self.plane;
        let [rows, columns] = self.plane.positions();
        let (places, each) = (rows * columns, self.each_piece());
        let scratch = &mut scratch[..self.pieces() * each];
        let images = source.chunks_exact(from.values()).zip(result.chunks_exact_mut(to.values()));
        for (image, (source, result)) in images.enumerate() {
            share(scratch, each, (&mut [], 0), false, |number, values, _| {
                if let (part, group, Some(panel)) = self.piece(number) {
                    let source = &source[group * (from.channels / groups)..];
                    sums(Piece { of: self, part, source, panel, values, places });
                }
            });
            for (number, values) in scratch.chunks_exact(each).enumerate() {
                let (part, group, panel) = self.piece(number);
                let (first, count) = match panel {
                    Some(panel) => (panel.first, panel.count),
                    // Nothing is seen by any group: each has one piece of all its channels, and others of none.
                    None if number % self.panels_of_group() == 0 => (0, to.channels / groups),
                    None => continue,
                };
                let channel = group * (to.channels / groups) + first;
                for q in 0..places {
                    let [y, x] = [q / columns * phases[0] + part.at[0], q % columns * phases[1] + part.at[1]];
                    if y < to.height && x < to.width {
                        let place = (y * to.width + x) * to.channels + channel;
                        let room = &mut result[place..][..count];
                        match panel {
                            Some(_) => room.copy_from_slice(&values[q * count..][..count]),
                            None => room.fill(0.0),
                        }
                        epilogue.settle(room, channel, image * to.values() + place);
                    }
                }
            }
        }
    }
}

impl Plane {
    /// Places of a phase along both axes.
    fn positions(&self) -> [usize; 2] {
        [self.to.height.div_ceil(self.phases[0]), self.to.width.div_ceil(self.phases[1])]
    }

    /// What each place of a phase reads through each tap.
    fn places(&self, taps: &[Tap]) -> Vec<u32> {
        let [rows, columns] = self.positions();
        let seen = |q: usize, axis: usize, offset: i64, side: usize| {
            let place = (q * self.step[axis]) as i64 + offset;
            usize::try_from(place).ok().filter(|place| *place < side)
        };
        let mut places = Vec::with_capacity(rows * columns * taps.len());
        for y in 0..rows {
            for x in 0..columns {
                places.extend(taps.iter().map(|tap| {
                    let row = seen(y, 0, tap.offset[0], self.from.height);
                    let column = seen(x, 1, tap.offset[1], self.from.width);
                    row.zip(column).map_or(OUTSIDE, |(row, column)| (row * self.from.width + column) as u32)
                }));
            }
        }
        places
    }
}

/// A panel of a phase, at all places of one image.
struct Piece<'a> {
    of: &'a Convolution,
    part: &'a Part,
    source: &'a [f32],
    panel: Panel<'a>,
    /// Place by place, as many channels as the panel has.
    values: &'a mut [f32],
    places: usize,
}

impl Sums for Piece<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        let Self { of, part, source, panel, values, places } = self;
        let sums = |q: usize, row: usize, sums: &[f32], values: &mut [f32]| {
            store(sums, &mut values[(q + row) * panel.count..][..panel.count]);
        };
        for q in (0..places).step_by(ROWS) {
            let piece = of.reads(part, source, q, places);
            let count = ROWS.min(places - q);
            if panel.vectors == 2 {
                let tile = tile::<S, FUSED, 2>(simd, part.taps, piece, panel.values);
                (0..count).for_each(|row| sums(q, row, cast_slice(&tile[row]), values));
            } else {
                let tile = tile::<S, FUSED, 1>(simd, part.taps, piece, panel.values);
                (0..count).for_each(|row| sums(q, row, cast_slice(&tile[row]), values));
            }
        }
    }
}

/// Some rows of places, of each phase, of one image.
struct Rows<'a> {
    of: &'a Convolution,
    source: &'a [f32],
    epilogue: Epilogue<'a>,
    result: &'a mut [f32],
    rows: [usize; 2],
    /// Numbers of the whole result before this part of it.
    before: usize,
}

impl Sums for Rows<'_> {
    #[inline(always)]
    fn sums<S: Simd, const FUSED: bool>(self, simd: S) {
        let Self { of, source, epilogue, result, rows, before } = self;
        let Plane { from, to, groups, phases, .. } = &of.plane;
        let columns = of.plane.positions()[1];
        let (channels, results) = (from.channels / groups, to.channels / groups);
        for part in &of.parts {
            // Where a place is in this part of the result, if it is one.
            let at = |q: usize| {
                let y = q / columns * phases[0] + part.at[0];
                let x = q % columns * phases[1] + part.at[1];
                (y < to.height && x < to.width).then(|| ((y - rows[0] * phases[0]) * to.width + x) * to.channels)
            };
            let [first, last] = rows.map(|row| row * columns);
            if part.taps == 0 {
                for place in (first..last).filter_map(at) {
                    let values = &mut result[place..][..to.channels];
                    values.fill(0.0);
                    epilogue.settle(values, 0, before + place);
                }
                continue;
            }
            for (group, panels) in part.panels.iter().enumerate() {
                let source = &source[group * channels..];
                for panel in panels.iter() {
                    let channel = group * results + panel.first;
                    let mut q = first;
                    while q < last {
                        let piece = of.reads(part, source, q, last);
                        let mut finish = |row: usize, sums: &[f32]| {
                            if let Some(place) = at(q + row) {
                                let values = &mut result[place + channel..][..panel.count];
                                store(sums, values);
                                epilogue.settle(values, channel, before + place + channel);
                            }
                        };
                        let count = ROWS.min(last - q);
                        if panel.vectors == 2 {
                            let sums = tile::<S, FUSED, 2>(simd, part.taps, piece, panel.values);
                            (0..count).for_each(|row| finish(row, cast_slice(&sums[row])));
                        } else {
                            let sums = tile::<S, FUSED, 1>(simd, part.taps, piece, panel.values);
                            (0..count).for_each(|row| finish(row, cast_slice(&sums[row])));
                        }
                        q += ROWS;
                    }
                }
            }
        }
    }
}
