// One value of the input an invocation. Which value of a window was the first largest is found again, so that nothing but
// the input is kept.
fn compute(place: u32) {
    let mine = seen[place];
    let plane = place / (HEIGHT * WIDTH);
    let to_rows = covering_rows((place / WIDTH) % HEIGHT);
    let to_columns = covering_columns(place % WIDTH);
    var sum = 0.0;
    for (var to_y = to_rows.x; to_y < to_rows.y; to_y++) {
        for (var to_x = to_columns.x; to_x < to_columns.y; to_x++) {
            let rows = covered_rows(to_y);
            let columns = covered_columns(to_x);
            var largest = true;
            for (var y = rows.x; y < rows.y; y++) {
                for (var x = columns.x; x < columns.y; x++) {
                    let other = (plane * HEIGHT + y) * WIDTH + x;
                    let value = seen[other];
                    largest = largest && !(value > mine || (value == mine && other < place));
                }
            }
            if (largest) {
                sum += source[(plane * TO_HEIGHT + to_y) * TO_WIDTH + to_x];
            }
        }
    }
    result[place] = settle(sum, plane % CHANNELS, place);
}
