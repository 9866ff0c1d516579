// Where a place of an axis of the result is read, in places of the axis before it was enlarged.
fn read_at(place: u32, inverse: f32, side: u32) -> f32 {
    let middle = f32(side - 1u) / 2.0;
    return clamp((f32(place) - middle) * inverse + middle, 0.0, f32(side - 1u));
}
// The place that is found at another once an axis has been moved round.
fn moved_from(place: u32, offset: f32, side: u32) -> u32 {
    let size = i32(side);
    return u32(((i32(place) - i32(offset)) % size + size) % size);
}
