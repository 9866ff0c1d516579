// One value of the input an invocation.
fn compute(place: u32) {
    let plane = place / (HEIGHT * WIDTH);
    let to_rows = covering_rows((place / WIDTH) % HEIGHT);
    let to_columns = covering_columns(place % WIDTH);
    var sum = 0.0;
    for (var y = to_rows.x; y < to_rows.y; y++) {
        for (var x = to_columns.x; x < to_columns.y; x++) {
            sum += source[(plane * TO_HEIGHT + y) * TO_WIDTH + x] / counted(covered_rows(y), covered_columns(x));
        }
    }
    result[place] = settle(sum, plane % CHANNELS, place);
}
