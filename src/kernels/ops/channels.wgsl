// One value an invocation.
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let place = id.x;
    if (place >= COUNT) {
        return;
    }
    let channel = (place / PLANE) % CHANNELS;
    result[place] = settle(scaled(source[place], channel), channel, place);
}
