// One value of the result an invocation, of four of the input.
fn compute(place: u32) {
    let plane = place / (TO_HEIGHT * TO_WIDTH);
    let row = places[(place / TO_WIDTH) % TO_HEIGHT];
    let column = places[TO_HEIGHT + place % TO_WIDTH];
    let top = (plane * HEIGHT + u32(row.x)) * WIDTH;
    let bottom = (plane * HEIGHT + min(u32(row.x) + 1u, HEIGHT - 1u)) * WIDTH;
    let left = u32(column.x);
    let right = min(left + 1u, WIDTH - 1u);
    let above = (1.0 - column.y) * source[top + left] + column.y * source[top + right];
    let below = (1.0 - column.y) * source[bottom + left] + column.y * source[bottom + right];
    result[place] = settle((1.0 - row.y) * above + row.y * below, plane % CHANNELS, place);
}
