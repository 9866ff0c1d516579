// One value of the input an invocation.
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = id.x;
    if (place >= COUNT) {
        return;
    }
    let plane = place / PLANE;
    result[place] = settle(source[plane] / f32(PLANE), plane % CHANNELS, place);
}
