// One value of the input an invocation.
fn compute(place: u32) {
    let plane = place / PLANE;
    result[place] = settle(source[plane] / f32(PLANE), plane % CHANNELS, place);
}
