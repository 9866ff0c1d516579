var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let lane = thread % LANES;
    let unit = group.x * (256u / LANES) + thread / LANES;
    var total: array<Values, IMAGES>;
    if (unit < UNITS) {
        for (var i = lane; i < COLUMNS; i += LANES) {
            let w = brought(unit * COLUMNS + i);
            for (var image = 0u; image < IMAGES; image++) {
                total[image] += w * source[image * COLUMNS + i];
            }
        }
    }
    for (var image = 0u; image < IMAGES; image++) {
        sums[thread] = total_of(total[image]);
        for (var half = LANES / 2u; half > 0u; half /= 2u) {
            workgroupBarrier();
            if (lane < half) {
                sums[thread] += sums[thread + half];
            }
        }
        if (lane == 0u && unit < UNITS) {
            let place = image * UNITS + unit;
            result[place] = settle(sums[thread] * factor_of(unit), unit, place);
        }
        workgroupBarrier();
    }
}
