// One value an invocation.
fn compute(place: u32) {
    let channel = (place / PLANE) % CHANNELS;
    result[place] = settle(scaled(source[place], channel), channel, place);
}
