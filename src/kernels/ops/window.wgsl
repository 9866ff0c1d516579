// First and last place, behind it, of an axis that the window of a place of the result covers.
fn covered(place: u32, stride: u32, padding: u32, kernel: u32, side: u32) -> vec2<u32> {
    let first = place * stride;
    return vec2<u32>(max(first, padding) - padding, min(first + kernel - padding, side));
}
// First and last place, behind it, of the result's axis whose windows cover a place.
fn covering(place: u32, stride: u32, padding: u32, kernel: u32, side: u32) -> vec2<u32> {
    let reach = place + padding;
    let first = select(0u, (reach - kernel) / stride + 1u, reach >= kernel);
    return vec2<u32>(first, min(reach / stride + 1u, side));
}
fn covered_rows(y: u32) -> vec2<u32> { return covered(y, STRIDE_Y, PADDING_Y, ROWS, HEIGHT); }
fn covered_columns(x: u32) -> vec2<u32> { return covered(x, STRIDE_X, PADDING_X, COLUMNS, WIDTH); }
fn covering_rows(y: u32) -> vec2<u32> { return covering(y, STRIDE_Y, PADDING_Y, ROWS, TO_HEIGHT); }
fn covering_columns(x: u32) -> vec2<u32> { return covering(x, STRIDE_X, PADDING_X, COLUMNS, TO_WIDTH); }
// Values of a window.
fn counted(rows: vec2<u32>, columns: vec2<u32>) -> f32 {
    if (COUNT_PADDING) {
        return f32(ROWS * COLUMNS);
    }
    return f32((rows.y - rows.x) * (columns.y - columns.x));
}
