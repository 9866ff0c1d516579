var<workgroup> sums: array<f32, THREADS>;

// One image a workgroup.
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    var sum = 0.0;
    for (var number = thread; number < NUMBERS; number += THREADS) {
        sum += term(group.x * NUMBERS + number);
    }
    sums[thread] = sum;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (thread < half) {
            sums[thread] += sums[thread + half];
        }
    }
    if (thread == 0u) {
        result[group.x] = settle(sums[0], 0u, group.x);
    }
}
