// A workgroup computes a tile of TILE_ROWS channels by TILE_COLUMNS positions, DEPTH products of each sum at a time: every
// invocation brings a quadruple of weights and a quadruple of values into the workgroup's memory, then SLICES invocations
// share the products of 4×4 sums. What comes next is on its way while they are computed.

const ROW_QUADS: u32 = TILE_ROWS / 4u;
const COLUMN_QUADS: u32 = TILE_COLUMNS / 4u;
const SHARE: u32 = DEPTH / SLICES;
const ROW_GAP: u32 = ROW_QUADS + 1u;
const VALUES: u32 = ROW_GAP * DEPTH;
const BLOCK: u32 = ROW_QUADS * COLUMN_QUADS;
const PLANE: u32 = HEIGHT * WIDTH;

var<workgroup> memory: array<vec4<f32>, MEMORY>;

// A channel of the source and an element of the kernel: of the rows and columns that a phase sees.
struct Tap {
    channel: u32,
    row: u32,
    column: u32,
}

fn over(number: u32, by: u32) -> u32 {
    return u32((f32(number) + 0.5) / f32(by));
}

fn tap_of(k: u32, taps: vec2<u32>) -> Tap {
    if (EVEN) {
        return Tap(k / (TAPS_Y * TAPS_X), (k / TAPS_X) % TAPS_Y, k % TAPS_X);
    }
    let area = taps.x * taps.y;
    let channel = over(k, area);
    let rest = k - channel * area;
    let row = over(rest, taps.y);
    return Tap(channel, row, rest - row * taps.y);
}

// A factor belongs to a channel of the result or of the source, whichever is along that side of the array; along the first side
// are the channels of all parts.
fn of_result(part: u32, row: u32) -> f32 {
    if (RESULT_FIRST == ALONG_SECOND) {
        return 1.0;
    }
    return factor_of(select(part * RESULTS + row, row, ALONG_SECOND));
}

fn of_source(part: u32, channel: u32) -> f32 {
    if (RESULT_FIRST != ALONG_SECOND) {
        return 1.0;
    }
    return factor_of(select(part * CHANNELS + channel, channel, ALONG_SECOND));
}

// Weights of four channels of the result.
fn weights_at(at: u32, row: u32) -> vec4<f32> {
    if (RESULTS % TILE_ROWS == 0u || row + 3u < RESULTS) {
        return vec4<f32>(weight_at(at), weight_at(at + WEIGHT_ROW), weight_at(at + 2u * WEIGHT_ROW), weight_at(at + 3u * WEIGHT_ROW));
    }
    var four = vec4<f32>();
    if (row < RESULTS) {
        four.x = weight_at(at);
    }
    if (row + 1u < RESULTS) {
        four.y = weight_at(at + WEIGHT_ROW);
    }
    if (row + 2u < RESULTS) {
        four.z = weight_at(at + 2u * WEIGHT_ROW);
    }
    return four;
}

fn bring_weights(k: u32, depth: u32, part: u32, row: u32, first: vec2<u32>, taps: vec2<u32>) -> vec4<f32> {
    if (k >= depth) {
        return vec4<f32>();
    }
    let tap = tap_of(k, taps);
    let element = (first.x + tap.row * TAP_Y) * KERNEL_X + first.y + tap.column * TAP_X;
    return weights_at(part * WEIGHT_PART + row * WEIGHT_ROW + tap.channel * WEIGHT_CHANNEL + element, row);
}

fn value_at(base: u32, y: u32, x: u32) -> f32 {
    if (y < HEIGHT && x < WIDTH) {
        return source[base + y * WIDTH + x];
    }
    return 0.0;
}

// Four positions' values; a position's corner is that which it sees through the first element.
fn bring_values(
    k: u32, depth: u32, part: u32, base: vec4<u32>, top: vec4<i32>, left: vec4<i32>, taps: vec2<u32>
) -> vec4<f32> {
    if (k >= depth) {
        return vec4<f32>();
    }
    let tap = tap_of(k, taps);
    let origin = base + tap.channel * PLANE;
    let y = vec4<u32>(top + i32(tap.row) * APART_Y);
    let x = vec4<u32>(left + i32(tap.column) * APART_X);
    return of_source(part, tap.channel) * vec4<f32>(
        value_at(origin.x, y.x, x.x),
        value_at(origin.y, y.y, x.y),
        value_at(origin.z, y.z, x.z),
        value_at(origin.w, y.w, x.w),
    );
}

// An image's first channel of a part, and the corner, of a position; no value is seen from one that is none.
fn corner_of(position: u32, part: u32, rows: i32, columns: i32) -> vec3<i32> {
    if (position >= POSITIONS) {
        return vec3<i32>(0, -0x40000000, 0);
    }
    let image = position / (POSITIONS_Y * POSITIONS_X);
    let y = (position / POSITIONS_X) % POSITIONS_Y;
    let x = position % POSITIONS_X;
    return vec3<i32>(
        i32((image * PARTS + part) * CHANNELS * PLANE),
        i32(y) * STEP_Y + rows,
        i32(x) * STEP_X + columns,
    );
}

fn put(position: u32, row: u32, part: u32, phase: vec2<u32>, four: vec4<f32>) {
    if (position >= POSITIONS) {
        return;
    }
    let image = position / (POSITIONS_Y * POSITIONS_X);
    let y = (position / POSITIONS_X) % POSITIONS_Y * PHASES_Y + phase.x;
    let x = position % POSITIONS_X * PHASES_X + phase.y;
    if (y >= TO_HEIGHT || x >= TO_WIDTH) {
        return;
    }
    let channel = part * RESULTS + row;
    let plane = TO_HEIGHT * TO_WIDTH;
    let place = (image * PARTS * RESULTS + channel) * plane + y * TO_WIDTH + x;
    if (row < RESULTS) {
        result[place] = settle(four.x * of_result(part, row), channel, place);
    }
    if (row + 1u < RESULTS) {
        result[place + plane] = settle(four.y * of_result(part, row + 1u), channel + 1u, place + plane);
    }
    if (row + 2u < RESULTS) {
        result[place + 2u * plane] = settle(four.z * of_result(part, row + 2u), channel + 2u, place + 2u * plane);
    }
    if (row + 3u < RESULTS) {
        result[place + 3u * plane] = settle(four.w * of_result(part, row + 3u), channel + 3u, place + 3u * plane);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let part = group.z / (PHASES_Y * PHASES_X);
    let phase = vec2<u32>((group.z / PHASES_X) % PHASES_Y, group.z % PHASES_X);
    let rows = rows_of(phase.x);
    let columns = columns_of(phase.y);
    let first = vec2<u32>(u32(rows.x), u32(columns.x));
    let taps = vec2<u32>(u32(rows.y), u32(columns.y));
    let depth = CHANNELS * taps.x * taps.y;

    // What this invocation brings: of the weights four rows, neighbours along the products; of the values four positions.
    let weight_k = thread % DEPTH;
    let weight_quad = thread / DEPTH;
    let weight_row = group.y * TILE_ROWS + weight_quad * 4u;
    let brings_weights = weight_quad < ROW_QUADS;
    let value_quad = thread % COLUMN_QUADS;
    let value_k = thread / COLUMN_QUADS;
    let brings_values = value_k < DEPTH;
    let position = group.x * TILE_COLUMNS + value_quad * 4u;
    let a = corner_of(position, part, rows.z, columns.z);
    let b = corner_of(position + 1u, part, rows.z, columns.z);
    let c = corner_of(position + 2u, part, rows.z, columns.z);
    let d = corner_of(position + 3u, part, rows.z, columns.z);
    let base = vec4<u32>(vec4<i32>(a.x, b.x, c.x, d.x));
    let top = vec4<i32>(a.y, b.y, c.y, d.y);
    let left = vec4<i32>(a.z, b.z, c.z, d.z);

    // What it computes.
    let column_quad = thread % COLUMN_QUADS;
    let row_quad = (thread / COLUMN_QUADS) % ROW_QUADS;
    let slice = thread / BLOCK;
    var sum_a = vec4<f32>();
    var sum_b = vec4<f32>();
    var sum_c = vec4<f32>();
    var sum_d = vec4<f32>();

    var weights = vec4<f32>();
    var values = vec4<f32>();
    if (brings_weights) {
        weights = bring_weights(weight_k, depth, part, weight_row, first, taps);
    }
    if (brings_values) {
        values = bring_values(value_k, depth, part, base, top, left, taps);
    }
    for (var start = 0u; start < depth; start += DEPTH) {
        if (brings_weights) {
            memory[weight_k * ROW_GAP + weight_quad] = weights;
        }
        if (brings_values) {
            memory[VALUES + value_k * COLUMN_QUADS + value_quad] = values;
        }
        workgroupBarrier();
        let next = start + DEPTH;
        if (brings_weights) {
            weights = bring_weights(next + weight_k, depth, part, weight_row, first, taps);
        }
        if (brings_values) {
            values = bring_values(next + value_k, depth, part, base, top, left, taps);
        }
        for (var i = 0u; i < SHARE; i++) {
            let k = slice * SHARE + i;
            let w = memory[k * ROW_GAP + row_quad];
            let v = memory[VALUES + k * COLUMN_QUADS + column_quad];
            sum_a += w.x * v;
            sum_b += w.y * v;
            sum_c += w.z * v;
            sum_d += w.w * v;
        }
        workgroupBarrier();
    }
    // The slices add up, half of them at a time.
    let within = thread % BLOCK;
    for (var half = SLICES / 2u; half > 0u; half /= 2u) {
        if (slice >= half && slice < 2u * half) {
            let at = (slice - half) * BLOCK + within;
            memory[at] = sum_a;
            memory[at + half * BLOCK] = sum_b;
            memory[at + 2u * half * BLOCK] = sum_c;
            memory[at + 3u * half * BLOCK] = sum_d;
        }
        workgroupBarrier();
        if (slice < half) {
            let at = slice * BLOCK + within;
            sum_a += memory[at];
            sum_b += memory[at + half * BLOCK];
            sum_c += memory[at + 2u * half * BLOCK];
            sum_d += memory[at + 3u * half * BLOCK];
        }
        workgroupBarrier();
    }
    if (slice == 0u) {
        let row = group.y * TILE_ROWS + row_quad * 4u;
        let to = group.x * TILE_COLUMNS + column_quad * 4u;
        put(to, row, part, phase, vec4<f32>(sum_a.x, sum_b.x, sum_c.x, sum_d.x));
        put(to + 1u, row, part, phase, vec4<f32>(sum_a.y, sum_b.y, sum_c.y, sum_d.y));
        put(to + 2u, row, part, phase, vec4<f32>(sum_a.z, sum_b.z, sum_c.z, sum_d.z));
        put(to + 3u, row, part, phase, vec4<f32>(sum_a.w, sum_b.w, sum_c.w, sum_d.w));
    }
}
