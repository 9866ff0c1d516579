// The share that a place has in what is read at another.
fn share(at: f32, place: u32, side: u32) -> f32 {
    let low = u32(at);
    let part = at - f32(low);
    return select(0.0, 1.0 - part, low == place) + select(0.0, part, min(low + 1u, side - 1u) == place);
}
// First and last place of the result, behind it, that may be made of a place: those that are read less than one place from
// it, and at the edges all that lie beyond. One more at each end, as the inverse is rounded.
fn made_of(place: u32, inverse: f32, side: u32) -> vec2<u32> {
    let middle = f32(side - 1u) / 2.0;
    let first = floor((f32(place) - 1.0 - middle) / inverse + middle) - 1.0;
    let last = ceil((f32(place) + 1.0 - middle) / inverse + middle) + 1.0;
    let begin = select(u32(clamp(first, 0.0, f32(side))), 0u, place == 0u);
    let end = select(u32(clamp(last + 1.0, 0.0, f32(side))), side, place == side - 1u);
    return vec2<u32>(begin, end);
}

// One value of the input an invocation, of all of the result that are made of it.
fn compute(place: u32) {
    let plane = place / (HEIGHT * WIDTH);
    let step = steps[2u * (plane / CHANNELS)];
    // Where it is once the picture has been moved.
    let y = moved_from((place / WIDTH) % HEIGHT, -step.x, HEIGHT);
    let x = moved_from(place % WIDTH, -step.y, WIDTH);
    let rows = made_of(y, step.z, HEIGHT);
    let columns = made_of(x, step.z, WIDTH);
    var sum = 0.0;
    for (var to_y = rows.x; to_y < rows.y; to_y++) {
        let down = share(read_at(to_y, step.z, HEIGHT), y, HEIGHT);
        if (down == 0.0) {
            continue;
        }
        var row = 0.0;
        for (var to_x = columns.x; to_x < columns.y; to_x++) {
            row += share(read_at(to_x, step.z, WIDTH), x, WIDTH) * source[(plane * HEIGHT + to_y) * WIDTH + to_x];
        }
        sum += down * row;
    }
    result[place] = settle(sum, plane % CHANNELS, place);
}
