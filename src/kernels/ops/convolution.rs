//! Convolutions and transposed convolutions, and the gradients of both, as implicit products of matrices.
//!
//! All four are one product: C\[m, n\] = Σ A\[m, k\] · B\[k, n\], m a channel of the result, n a position of it (of all images
//! of the batch), k a channel of the source and an element of the kernel. A are the weights and B is gathered from the source
//! on the way. A convolution and a transposed convolution's gradient *slide* over the source. A transposed convolution and a
//! convolution's gradient *spread* it: a position y of the result is reached by element r of the kernel from the position
//! (y + p - r·d) / s, where that is whole. So positions of one remainder of the stride, a *phase*, see the same elements, and
//! each phase is a convolution of stride 1 with a part of the kernel: of kernel 4 and stride 2, four of 2×2.

use dgn_processor::{self as processor, Plane};

use super::{Call, map};
use crate::{
    kernels::{
        shader::{Shader, THREADS},
        values::{Array, Operand, Program, Reads, Refusal},
    },
    nets::{ops, shape::Shape},
};

/// Most phases of an axis.
const MOST_PHASES: usize = 16;
/// Most products of a sum: places are found by 32-bit floats.
const MOST_PRODUCTS: usize = 1 << 20;

/// A convolution or transposed convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    /// As PyTorch has it.
    weight: Array,
    forward: Product,
    gradient: Product,
}

/// One product.
#[derive(Debug, Clone, PartialEq)]
struct Product {
    groups: usize,
    /// Channels of the source, in a group.
    channels: usize,
    /// Channels of the result, in a group.
    results: usize,
    rows: Axis,
    columns: Axis,
    /// Whether the weights' first axis is the result's channels, and not the source's.
    result_first: bool,
}

/// Where the weights of a product are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Places {
    /// Weights of a group, of a channel of the result, and of one of the source.
    group: usize,
    row: usize,
    channel: usize,
}

impl Places {
    /// Of a group, a channel of the result and one of the source within it, and an element of the kernel.
    pub fn of(self, group: usize, result: usize, channel: usize, element: usize) -> usize {
        group * self.group + result * self.row + channel * self.channel + element
    }
}

/// How positions of the result see those of the source, along one axis: position `phases · q + phase` sees, through element
/// `first + j · tap` of the kernel, position `step · q + offset + j · apart`.
#[derive(Debug, Clone, PartialEq)]
struct Axis {
    from: usize,
    to: usize,
    kernel: usize,
    step: usize,
    tap: usize,
    apart: i64,
    phases: Vec<Phase>,
}

/// The elements of the kernel that the positions of one remainder see.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Phase {
    first: usize,
    count: usize,
    offset: i64,
}

impl Axis {
    fn slide(from: usize, to: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Self {
        let phases = vec![Phase { first: 0, count: kernel, offset: -(padding as i64) }];
        Self { from, to, kernel, step: stride, tap: 1, apart: dilation as i64, phases }
    }

    fn spread(from: usize, to: usize, kernel: usize, stride: usize, padding: usize, dilation: usize) -> Self {
        let tap = stride / common(stride, dilation);
        let phase = |phase: usize| {
            let reached = |element: usize| (phase + padding) as i64 - (element * dilation) as i64;
            match (0..kernel.min(tap)).find(|element| reached(*element).rem_euclid(stride as i64) == 0) {
                Some(first) => {
                    let count = (kernel - first).div_ceil(tap);
                    Phase { first, count, offset: reached(first).div_euclid(stride as i64) }
                }
                None => Phase { first: 0, count: 0, offset: 0 },
            }
        };
        let apart = -(tap as i64 * dilation as i64 / stride as i64);
        // Of a stride beyond all limits only so many as tell that it is.
        let phases = (0..stride.min(MOST_PHASES + 1)).map(phase).collect();
        Self { from, to, kernel, step: 1, tap, apart, phases }
    }

    /// Elements of the kernel that all positions see together.
    fn seen(&self) -> usize {
        let positions = |phase: usize| (self.to.saturating_sub(phase)).div_ceil(self.phases.len());
        self.phases.iter().enumerate().map(|(number, phase)| phase.count * positions(number)).sum()
    }

    /// Positions of a phase; one of the last may be none of the result's.
    fn positions(&self) -> usize {
        self.to.div_ceil(self.phases.len())
    }

    /// How many elements of the kernel each phase sees, where all see as many.
    fn taps(&self) -> Option<usize> {
        let count = self.phases.first()?.count;
        (count > 0 && self.phases.iter().all(|phase| phase.count == count)).then_some(count)
    }

    /// A function that says a phase's first element, number of elements, and offset.
    fn written(&self, name: &str) -> String {
        let case = |(number, Phase { first, count, offset }): (usize, &Phase)| {
            format!("        case {number}u: {{ return vec3<i32>({first}i, {count}i, {offset}i); }}\n")
        };
        let cases: String = self.phases.iter().enumerate().map(case).collect();
        format!(
            "fn {name}(phase: u32) -> vec3<i32> {{\n    switch phase {{\n{cases}        \
             default: {{ return vec3<i32>(); }}\n    }}\n}}\n"
        )
    }
}

/// Greatest common divisor.
fn common(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common(b, a % b) }
}

impl Convolution {
    pub fn sliding(op: &ops::Convolution, input: Shape, output: Shape, weight: Array) -> Self {
        let [rows, columns] =
            [0, 1].map(|axis| (op.kernel[axis], op.stride[axis], op.padding[axis][0], op.dilation[axis]));
        let (inner, outer) = (input.channels / op.groups, output.channels / op.groups);
        let slide =
            |from, to, (kernel, stride, padding, dilation)| Axis::slide(from, to, kernel, stride, padding, dilation);
        let spread =
            |from, to, (kernel, stride, padding, dilation)| Axis::spread(from, to, kernel, stride, padding, dilation);
        Self {
            weight,
            forward: Product {
                groups: op.groups,
                channels: inner,
                results: outer,
                rows: slide(input.height, output.height, rows),
                columns: slide(input.width, output.width, columns),
                result_first: true,
            },
            gradient: Product {
                groups: op.groups,
                channels: outer,
                results: inner,
                rows: spread(output.height, input.height, rows),
                columns: spread(output.width, input.width, columns),
                result_first: false,
            },
        }
    }

    pub fn transposed(op: &ops::TransposedConvolution, input: Shape, output: Shape, weight: Array) -> Self {
        // The gradient of the convolution that goes the other way.
        let other = ops::Convolution {
            channels: input.channels,
            kernel: op.kernel,
            stride: op.stride,
            padding: op.padding.map(|side| [side; 2]),
            dilation: [1, 1],
            groups: op.groups,
            bias: false,
        };
        let Self { forward, gradient, .. } = Self::sliding(&other, output, input, weight);
        Self { weight, forward: gradient, gradient: forward }
    }

    /// A fully connected layer for several images: a convolution of maps of one position.
    pub fn connected(inputs: usize, units: usize, weight: Array) -> Self {
        let op = ops::Convolution { bias: false, ..ops::Convolution::square(units, 1, 1, 0) };
        Self::sliding(&op, Shape::features(inputs), Shape::features(units), weight)
    }

    /// Shapes of its input and of its result.
    pub fn shapes(&self) -> [Shape; 2] {
        [&self.gradient, &self.forward].map(Product::result)
    }

    /// How many multiplications an image takes.
    pub fn multiplications(&self, is_back: bool) -> usize {
        let Product { groups, channels, results, rows, columns, .. } =
            if is_back { &self.gradient } else { &self.forward };
        groups * channels * results * rows.seen() * columns.seen()
    }

    /// Its weights' array.
    pub fn weight(&self) -> Array {
        self.weight
    }

    /// How the places of its result see its input, or, back, those of its input its result; none where there are too many
    /// phases. And where the weights are.
    pub fn plane(&self, from: Shape, to: Shape, back: bool) -> Option<(Plane, Places)> {
        let product = if back { &self.gradient } else { &self.forward };
        product.plane(from, to)
    }

    /// y = W ∗ x, or y = Wᵀ ∗ x where it is a transposed one.
    pub fn forward(&self, call: Call) -> Result<Program, Refusal> {
        self.forward.launch(call, self.weight)
    }

    /// dx = Wᵀ ∗ dy, or dx = W ∗ dy.
    pub fn gradient(&self, call: Call) -> Result<Program, Refusal> {
        self.gradient.launch(call, self.weight)
    }
}

/// Rows and columns of the product that a workgroup computes; each invocation 4×4 of them. Where they are fewer than
/// invocations, these share the sums' products among them, and add up at the end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tile {
    rows: usize,
    columns: usize,
}

const TILES: [Tile; 9] = [
    Tile { rows: 64, columns: 64 },
    Tile { rows: 32, columns: 64 },
    Tile { rows: 64, columns: 32 },
    Tile { rows: 32, columns: 32 },
    Tile { rows: 16, columns: 64 },
    Tile { rows: 64, columns: 16 },
    Tile { rows: 16, columns: 16 },
    Tile { rows: 8, columns: 64 },
    Tile { rows: 4, columns: 64 },
];
/// Workgroups that a large device computes at once, and how many of them each of its processors has in turn.
const AT_ONCE: [usize; 2] = [128, 4];

impl Tile {
    /// The tile that is expected to take the shortest.
    fn of(rows: usize, columns: usize, products: usize, parts: usize) -> Self {
        TILES.into_iter().min_by_key(|tile| tile.time(rows, columns, products, parts)).unwrap_or(TILES[0])
    }

    /// A guess at how long it takes, in cycles: a block of products waits for its memory, while other workgroups of the
    /// same processor compute.
    fn time(self, rows: usize, columns: usize, products: usize, parts: usize) -> usize {
        let groups = rows.div_ceil(self.rows) * columns.div_ceil(self.columns) * parts;
        let blocks = products.div_ceil(self.depth());
        let [processors, each] = AT_ONCE;
        let computing = groups.div_ceil(processors) * blocks * (self.rows * self.columns * self.depth() / 64 + 100);
        let waiting = groups.div_ceil(processors * each) * (blocks * 900 + 1500);
        computing + waiting
    }

    /// Products of a sum that are in the workgroup's memory at once: as many as let each invocation bring four weights
    /// and four values at most.
    fn depth(self) -> usize {
        4 * THREADS / self.rows.max(self.columns)
    }

    /// Invocations that share an invocation's sums.
    fn slices(self) -> usize {
        16 * THREADS / (self.rows * self.columns)
    }

    /// Quadruples of the workgroup's memory: both matrices' blocks, that of the weights with a gap behind each row, which
    /// spreads them over the memory's banks; or later the sums of half of the slices.
    fn memory(self) -> usize {
        let blocks = self.depth() * (self.rows / 4 + 1 + self.columns / 4);
        let sums = if self.slices() > 1 { 2 * THREADS } else { 0 };
        blocks.max(sums)
    }
}

impl Product {
    /// Shape of what it computes.
    fn result(&self) -> Shape {
        Shape::map(self.results * self.groups, self.rows.to, self.columns.to)
    }

    fn plane(&self, from: Shape, to: Shape) -> Option<(Plane, Places)> {
        let Self { groups, channels, results, rows, columns, result_first } = self;
        if rows.phases.len().max(columns.phases.len()) > MOST_PHASES {
            return None;
        }
        let taps = |y: &Phase, x: &Phase| {
            let tap = |axis: &Axis, phase: &Phase, number: usize| {
                (phase.offset + number as i64 * axis.apart, phase.first + number * axis.tap)
            };
            let pairs = (0..y.count).flat_map(|down| (0..x.count).map(move |across| (down, across)));
            let seen = pairs.map(|(down, across)| (tap(rows, y, down), tap(columns, x, across)));
            let tap = |((down, row), (across, column))| processor::Tap {
                offset: [down, across],
                element: row * columns.kernel + column,
            };
            seen.map(tap).collect()
        };
        let phases = rows
            .phases
            .iter()
            .enumerate()
            .flat_map(|(y, row)| columns.phases.iter().enumerate().map(move |(x, column)| ([y, x], row, column)));
        let parts = phases.map(|(at, row, column)| processor::Phase { at, taps: taps(row, column) }).collect();
        let plane = Plane {
            from: map(from),
            to: map(to),
            groups: *groups,
            step: [rows.step, columns.step],
            phases: [rows.phases.len(), columns.phases.len()],
            parts,
        };
        let area = rows.kernel * columns.kernel;
        let (row, channel) = if *result_first { (channels * area, area) } else { (area, results * area) };
        Some((plane, Places { group: channels * results * area, row, channel }))
    }

    fn launch(&self, call: Call, weight: Array) -> Result<Program, Refusal> {
        let Self { groups, channels, results, rows, columns, result_first } = self;
        let phases = rows.phases.len() * columns.phases.len();
        let products = channels * rows.kernel * columns.kernel;
        if rows.phases.len().max(columns.phases.len()) > MOST_PHASES || products > MOST_PRODUCTS {
            return Err(Refusal::Large { node: call.name.to_owned() });
        }
        let positions = call.batch * rows.positions() * columns.positions();
        let tile = Tile::of(*results, positions, products.div_ceil(phases), groups * phases);
        let area = rows.kernel * columns.kernel;
        let (row, channel) = if *result_first { (channels * area, area) } else { (area, results * area) };
        let taps = rows.taps().zip(columns.taps());
        let (tap_rows, tap_columns) = taps.unwrap_or((1, 1));
        let workgroups = [positions.div_ceil(tile.columns), results.div_ceil(tile.rows), groups * phases];
        Shader::default()
            .number("RESULTS", *results)
            .number("POSITIONS", positions)
            .number("CHANNELS", *channels)
            .number("PARTS", *groups)
            .number("TILE_ROWS", tile.rows)
            .number("TILE_COLUMNS", tile.columns)
            .number("DEPTH", tile.depth())
            .number("SLICES", tile.slices())
            .number("MEMORY", tile.memory())
            .number("HEIGHT", rows.from)
            .number("WIDTH", columns.from)
            .number("TO_HEIGHT", rows.to)
            .number("TO_WIDTH", columns.to)
            .number("POSITIONS_Y", rows.positions())
            .number("POSITIONS_X", columns.positions())
            .number("PHASES_Y", rows.phases.len())
            .number("PHASES_X", columns.phases.len())
            .integer("STEP_Y", rows.step as i64)
            .integer("STEP_X", columns.step as i64)
            .integer("APART_Y", rows.apart)
            .integer("APART_X", columns.apart)
            .number("TAP_Y", rows.tap)
            .number("TAP_X", columns.tap)
            .number("KERNEL_X", columns.kernel)
            .flag("EVEN", taps.is_some())
            .flag("RESULT_FIRST", *result_first)
            .number("TAPS_Y", tap_rows)
            .number("TAPS_X", tap_columns)
            .number("WEIGHT_ROW", row)
            .number("WEIGHT_CHANNEL", channel)
            .number("WEIGHT_PART", channels * results * area)
            .text(&rows.written("rows_of"))
            .text(&columns.written("columns_of"))
            .read("source", "f32", Operand::Value(call.source))
            .weights(weight, Reads::One)
            .finish(call.name, include_str!("convolution.wgsl"), call.epilogue, workgroups)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever element of a kernel reaches a position, by the definition, is in that position's phase, and no other is.
    #[test]
    fn phases_hold_what_reaches_a_position_and_nothing_else() {
        for (from, kernel, stride, padding, dilation) in [
            (5, 4, 2, 1, 1),
            (5, 3, 2, 1, 1),
            (4, 1, 2, 0, 1),
            (6, 3, 2, 2, 2),
            (6, 3, 4, 0, 2),
            (5, 5, 3, 2, 1),
            (7, 3, 1, 1, 3),
        ] {
            let to = (from - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding.min((kernel - 1) * dilation / 2);
            let axis = Axis::spread(from, to, kernel, stride, padding, dilation);
            for place in 0..to {
                let mut wanted: Vec<_> = (0..from)
                    .flat_map(|source| (0..kernel).map(move |element| (source, element)))
                    .filter(|(source, element)| source * stride + element * dilation == place + padding)
                    .collect();
                let phase = axis.phases[place % axis.phases.len()];
                let seen = (0..phase.count).filter_map(|j| {
                    let source = (place / axis.phases.len()) as i64 + phase.offset + j as i64 * axis.apart;
                    let inside = (0..from as i64).contains(&source);
                    inside.then(|| (source as usize, phase.first + j * axis.tap))
                });
                let mut seen: Vec<_> = seen.collect();
                wanted.sort_unstable();
                seen.sort_unstable();
                assert_eq!(seen, wanted, "{place} of {axis:?}");
            }
        }
    }

    #[test]
    fn a_transposed_convolution_of_kernel_4_and_stride_2_is_four_of_2_by_2() {
        let axis = Axis::spread(4, 8, 4, 2, 1, 1);
        assert_eq!((axis.phases.len(), axis.taps(), axis.positions()), (2, Some(2), 4));
    }

    #[test]
    fn every_tile_keeps_to_the_limits_of_the_standard() {
        for tile in TILES {
            assert!(tile.memory() * 16 <= 16 * 1024, "{tile:?}");
            assert_eq!(tile.depth() % tile.slices(), 0, "{tile:?}");
            // One quadruple an invocation at most.
            assert!(tile.rows.max(tile.columns) / 4 * tile.depth() <= THREADS, "{tile:?}");
        }
    }

    #[test]
    fn a_tile_is_as_large_as_keeps_a_large_device_busy() {
        let of = |rows, columns, products| Tile::of(rows, columns, products, 1);
        assert_eq!(of(256, 16_384, 2304), Tile { rows: 64, columns: 64 });
        assert_eq!(of(192, 64, 1728), Tile { rows: 16, columns: 16 });
        assert_eq!(of(3, 16_384, 288).columns, 64);
        assert!(of(3, 16_384, 288).rows <= 8);
    }
}
