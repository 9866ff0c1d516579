const SLICES: u32 = 256u / SIDE_BY_SIDE;

var<workgroup> sums: array<Values, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let column = group.x * SIDE_BY_SIDE + thread % SIDE_BY_SIDE;
    let slice = thread / SIDE_BY_SIDE;
    var total: array<Values, IMAGES>;
    if (column < COLUMNS) {
        for (var unit = slice; unit < UNITS; unit += SLICES) {
            let w = brought(unit * COLUMNS + column) * factor_of(unit);
            for (var image = 0u; image < IMAGES; image++) {
                total[image] += w * source[image * UNITS + unit];
            }
        }
    }
    for (var image = 0u; image < IMAGES; image++) {
        sums[thread] = total[image];
        for (var half = SLICES / 2u; half > 0u; half /= 2u) {
            workgroupBarrier();
            if (slice < half) {
                sums[thread] += sums[thread + half * SIDE_BY_SIDE];
            }
        }
        if (slice == 0u && column < COLUMNS) {
            for (var i = 0u; i < WIDE; i++) {
                let place = (image * COLUMNS + column) * WIDE + i;
                result[place] = settle(one_of(sums[thread], i), column * WIDE + i, place);
            }
        }
        workgroupBarrier();
    }
}
