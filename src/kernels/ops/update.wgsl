// Whether a number can be divided by: none that is 0, or so small that it may be taken for it, or infinite, or no number. By its
// bits, as comparisons may be compiled as if all were numbers.
fn is_usable(number: f32) -> bool {
    let magnitude = bitcast<u32>(number) & 0x7fffffffu;
    return magnitude >= 0x00800000u && magnitude < 0x7f800000u;
}

// One number of a code an invocation. Of a step's eight numbers the rate is the fourth, the decay, ε1 and ε3 follow.
fn compute(place: u32) {
    let image = place / UNITS;
    let rate = steps[2u * image].w;
    let step = steps[2u * image + 1u];
    let magnitude = magnitudes[image];
    var moved = code[place];
    if (is_usable(magnitude)) {
        let direction = gradient[place] / magnitude + pull(place, step.yz);
        moved = clip(moved + rate * direction, place % UNITS) * step.x;
    }
    result[place] = settle(moved, 0u, place);
}
