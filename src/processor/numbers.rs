//! Many numbers as bytes, on their way to where there are threads: copied in one piece, and with no room left over.

use pulp::bytemuck::{Pod, cast_slice, pod_read_unaligned};
use serde::{
    Deserializer, Serializer,
    de::{Error, Visitor},
};

/// As the bytes of this machine.
pub(crate) fn serialize<T: Pod, S: Serializer>(numbers: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(cast_slice(numbers))
}

/// From bytes.
pub(crate) fn deserialize<'de, T: Pod, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Numbers<T>(std::marker::PhantomData<T>);
    impl<T: Pod> Visitor<'_> for Numbers<T> {
        type Value = Vec<T>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
            formatter.write_str("the bytes of numbers")
        }
        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<T>, E> {
            let numbers = bytes.chunks_exact(size_of::<T>());
            if !numbers.remainder().is_empty() {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            Ok(numbers.map(pod_read_unaligned).collect())
        }
    }
    deserializer.deserialize_bytes(Numbers(std::marker::PhantomData))
}
