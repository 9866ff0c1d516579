// The place that an element of the kernel reads for a place of the result; none is behind every side.
fn seen(place: i32, tap: i32, stride: i32, padding: i32, dilation: i32) -> u32 {
    if (BACK) {
        let at = place + padding - tap * dilation;
        if (at < 0 || at % stride != 0) {
            return 0xffffffffu;
        }
        return u32(at / stride);
    }
    return u32(place * stride - padding + tap * dilation);
}

// One value an invocation, neighbours along rows.
fn compute(place: u32) {
    let x = i32(place % TO_WIDTH);
    let y = i32((place / TO_WIDTH) % TO_HEIGHT);
    let plane = place / (TO_WIDTH * TO_HEIGHT);
    let channel = plane % CHANNELS;
    var sum = 0.0;
    for (var row = 0u; row < ROWS; row++) {
        let from_y = seen(y, i32(row), STRIDE_Y, PADDING_Y, DILATION_Y);
        if (from_y < HEIGHT) {
            for (var column = 0u; column < COLUMNS; column++) {
                let from_x = seen(x, i32(column), STRIDE_X, PADDING_X, DILATION_X);
                if (from_x < WIDTH) {
                    sum += weight_at((channel * ROWS + row) * COLUMNS + column)
                        * source[(plane * HEIGHT + from_y) * WIDTH + from_x];
                }
            }
        }
    }
    result[place] = settle(sum * factor_of(channel), channel, place);
}
