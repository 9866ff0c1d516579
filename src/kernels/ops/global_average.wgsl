var<workgroup> sums: array<f32, 256>;

// One channel a workgroup.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let place = group.y * CHANNELS + group.x;
    var sum = 0.0;
    for (var i = thread; i < PLANE; i += 256u) {
        sum += source[place * PLANE + i];
    }
    sums[thread] = sum;
    for (var half = 128u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (thread < half) {
            sums[thread] += sums[thread + half];
        }
    }
    if (thread == 0u) {
        result[place] = settle(sums[0] / f32(PLANE), group.x, place);
    }
}
