// One value of the result an invocation.
fn compute(place: u32) {
    let plane = place / (TO_HEIGHT * TO_WIDTH);
    let rows = covered_rows((place / TO_WIDTH) % TO_HEIGHT);
    let columns = covered_columns(place % TO_WIDTH);
    var largest = source[(plane * HEIGHT + rows.x) * WIDTH + columns.x];
    for (var y = rows.x; y < rows.y; y++) {
        for (var x = columns.x; x < columns.y; x++) {
            let value = source[(plane * HEIGHT + y) * WIDTH + x];
            largest = select(largest, value, value > largest);
        }
    }
    result[place] = settle(largest, plane % CHANNELS, place);
}
