// One value of the result an invocation, of four of the input. A step is an offset down, one across, and what the factor
// is the inverse of.
fn compute(place: u32) {
    let plane = place / (HEIGHT * WIDTH);
    let step = steps[2u * (plane / CHANNELS)];
    let y = read_at((place / WIDTH) % HEIGHT, step.z, HEIGHT);
    let x = read_at(place % WIDTH, step.z, WIDTH);
    let row = u32(y);
    let column = u32(x);
    let top = (plane * HEIGHT + moved_from(row, step.x, HEIGHT)) * WIDTH;
    let bottom = (plane * HEIGHT + moved_from(min(row + 1u, HEIGHT - 1u), step.x, HEIGHT)) * WIDTH;
    let left = moved_from(column, step.y, WIDTH);
    let right = moved_from(min(column + 1u, WIDTH - 1u), step.y, WIDTH);
    let across = x - f32(column);
    let down = y - f32(row);
    let above = (1.0 - across) * source[top + left] + across * source[top + right];
    let below = (1.0 - across) * source[bottom + left] + across * source[bottom + right];
    result[place] = settle((1.0 - down) * above + down * below, plane % CHANNELS, place);
}
