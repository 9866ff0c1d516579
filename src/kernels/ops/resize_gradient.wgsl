// The share that a place of the input has in one of the result.
fn share(made: vec2<f32>, place: f32) -> f32 {
    return select(select(0.0, made.y, made.x + 1.0 == place), 1.0 - made.y, made.x == place);
}

// One value of the input an invocation, of all of the result that are made of it.
fn compute(place: u32) {
    let plane = place / (HEIGHT * WIDTH);
    let y = (place / WIDTH) % HEIGHT;
    let x = place % WIDTH;
    let rows = vec2<u32>(places[TO_HEIGHT + TO_WIDTH + y]);
    let columns = vec2<u32>(places[TO_HEIGHT + TO_WIDTH + HEIGHT + x]);
    var sum = 0.0;
    for (var to_y = rows.x; to_y < rows.y; to_y++) {
        var row = 0.0;
        for (var to_x = columns.x; to_x < columns.y; to_x++) {
            row += share(places[TO_HEIGHT + to_x], f32(x)) * source[(plane * TO_HEIGHT + to_y) * TO_WIDTH + to_x];
        }
        sum += share(places[to_y], f32(y)) * row;
    }
    result[place] = settle(sum, plane % CHANNELS, place);
}
