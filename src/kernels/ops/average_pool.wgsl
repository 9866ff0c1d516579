// One value of the result an invocation.
fn compute(place: u32) {
    let plane = place / (TO_HEIGHT * TO_WIDTH);
    let rows = covered_rows((place / TO_WIDTH) % TO_HEIGHT);
    let columns = covered_columns(place % TO_WIDTH);
    var sum = 0.0;
    for (var y = rows.x; y < rows.y; y++) {
        for (var x = columns.x; x < columns.y; x++) {
            sum += source[(plane * HEIGHT + y) * WIDTH + x];
        }
    }
    result[place] = settle(sum / counted(rows, columns), plane % CHANNELS, place);
}
