//! The arrays of a file, in the dictionaries in which they stand.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
};

use safetensors::{Dtype, SafeTensors};

use super::{
    archive::Archive,
    pickle::{Array, Handle, Object, Pickle, Storage},
    stored::{Number, Stored},
};
use crate::import::{Breakage, Kind};

/// Arrays by name.
pub(super) type Arrays = BTreeMap<String, Stored>;
/// Dictionaries of arrays, by the way to them: `state_dict`, or nothing for the file's own.
pub(super) type Groups = BTreeMap<String, Arrays>;

/// Dictionaries and modules are looked for so deep within one another.
const DEEPEST: usize = 16;
/// Most bytes of a name in a file; longer ones are of no array that anybody looks for.
const LONGEST_NAME: usize = 256;
/// Most arrays of a file.
const MOST_ARRAYS: usize = 1 << 15;
/// The number with which PyTorch's older checkpoints begin, as their first pickle has it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// That number is within so many bytes, whatever the pickle has before it.
const MAGIC_WITHIN: usize = 64;

/// All dictionaries of a file that hold arrays.
pub(super) fn groups(bytes: &[u8], kind: Kind) -> Result<Groups, Breakage> {
    match kind {
        Kind::Zip => zip(bytes),
        Kind::Pickle => legacy(bytes),
        Kind::Safetensors => safetensors(bytes),
        Kind::Onnx => Err(Breakage::NoPickle),
    }
}

fn safetensors(bytes: &[u8]) -> Result<Groups, Breakage> {
    let said = |error: safetensors::SafeTensorError| Breakage::Safetensors { said: error.to_string() };
    let (header, metadata) = SafeTensors::read_metadata(bytes).map_err(said)?;
    // The header's length itself takes eight bytes.
    let data = header + 8;
    let mut arrays = Arrays::new();
    for (name, info) in metadata.tensors() {
        let number = match info.dtype {
            Dtype::F16 => Number::F16,
            Dtype::BF16 => Number::Bf16,
            Dtype::F32 => Number::F32,
            Dtype::F64 => Number::F64,
            other => Number::Other(format!("{other:?}"), 0),
        };
        let (from, to) = info.data_offsets;
        let range = data.saturating_add(from)..data.saturating_add(to);
        let stored = match number {
            Number::Other(..) => Some(Stored::unread(info.shape.clone(), number)),
            number => Stored::whole(info.shape.clone(), &range, number),
        };
        if range.end > bytes.len() || arrays.len() >= MOST_ARRAYS {
            return Err(Breakage::Short);
        }
        let stored = stored.ok_or(Breakage::Storage)?;
        if name.len() <= LONGEST_NAME {
            arrays.insert(name, stored);
        }
    }
    Ok(Groups::from([(String::new(), arrays)]))
}

fn zip(bytes: &[u8]) -> Result<Groups, Breakage> {
    let archive = Archive::read(bytes)?;
    let root = archive.root().ok_or(Breakage::NoPickle)?;
    if let Some(order) = archive.entry(&format!("{root}byteorder"))?
        && bytes.get(order).is_some_and(|order| order.starts_with(b"big"))
    {
        return Err(Breakage::BigEndian);
    }
    let range = archive.entry(&format!("{root}data.pkl"))?.ok_or(Breakage::NoPickle)?;
    let (pickle, whole, _) = Pickle::read(bytes.get(range).unwrap_or_default(), 0)?;
    let mut places = HashMap::new();
    for storage in &pickle.storages {
        if let Some(place) = archive.entry(&format!("{root}data/{}", storage.key))? {
            places.insert(storage.key, place);
        }
    }
    Walk::over(&pickle, whole, &places)
}

/// Before version 1.6: a number, a version, what the machine was, the objects, the keys of their storages, and these.
fn legacy(bytes: &[u8]) -> Result<Groups, Breakage> {
    let begin = bytes.get(..MAGIC_WITHIN.min(bytes.len())).unwrap_or_default();
    if !begin.windows(MAGIC.len()).any(|window| window == MAGIC) {
        return Err(Breakage::NoPickle);
    }
    let (_, _, at) = Pickle::read(bytes, 0)?;
    // A version of the format, the only one that there is.
    let (_, _, at) = Pickle::read(bytes, at)?;
    let (machine, about, at) = Pickle::read(bytes, at)?;
    let is_little = machine.under(about, "little_endian").map(|flag| machine.object(flag));
    if !matches!(is_little, Some(Object::Flag(true))) {
        return Err(Breakage::BigEndian);
    }
    let (pickle, whole, at) = Pickle::read(bytes, at)?;
    let (list, keys, mut at) = Pickle::read(bytes, at)?;
    let Object::List(keys) = list.object(keys) else { return Err(Breakage::Pickle) };
    let storages: HashMap<&str, &Storage<'_>> =
        pickle.storages.iter().map(|storage| (storage.key, storage.as_ref())).collect();
    let mut places = HashMap::new();
    for key in keys {
        let Object::Text(key) = list.object(*key) else { return Err(Breakage::Pickle) };
        let storage = storages.get(key).ok_or(Breakage::Pickle)?;
        let length = storage.count.checked_mul(storage.number.size()).ok_or(Breakage::Short)?;
        // The number of its values once more.
        let start = at + 8;
        let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(Breakage::Short)?;
        let count = bytes.get(at..).and_then(|rest| rest.first_chunk()).map(|count| u64::from_le_bytes(*count));
        if count != Some(storage.count as u64) {
            return Err(Breakage::Storage);
        }
        places.insert(storage.key, start..end);
        at = end;
    }
    Walk::over(&pickle, whole, &places)
}

/// Goes through the objects of a pickle, each of them once, and keeps the arrays.
struct Walk<'a> {
    pickle: &'a Pickle<'a>,
    places: &'a HashMap<&'a str, Range<usize>>,
    seen: HashSet<Handle>,
    groups: Groups,
    count: usize,
}

impl<'a> Walk<'a> {
    fn over(
        pickle: &'a Pickle<'a>,
        whole: Handle,
        places: &'a HashMap<&'a str, Range<usize>>,
    ) -> Result<Groups, Breakage> {
        let mut walk = Self { pickle, places, seen: HashSet::new(), groups: Groups::new(), count: 0 };
        walk.dict(whole, "", DEEPEST)?;
        Ok(walk.groups)
    }

    /// A dictionary, or a module: the arrays in it, and those within.
    fn dict(&mut self, dict: Handle, way: &str, depth: usize) -> Result<(), Breakage> {
        let pickle = self.pickle;
        if depth == 0 || !self.seen.insert(dict) {
            return Ok(());
        }
        match pickle.object(dict) {
            Object::Dict(pairs) => {
                for (key, value) in pairs {
                    let Some(name) = self.name(*key) else { continue };
                    match pickle.object(*value) {
                        Object::Array(array) => self.keep(way, name, array)?,
                        Object::Dict(_) | Object::Instance(_) => {
                            self.dict(*value, &joined(way, &name), depth - 1)?;
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Object::Instance(Some(state)) => self.module(*state, way, "", depth),
            _ => Ok(()),
        }
    }

    /// The state of a module of PyTorch, saved as a whole: its own arrays, and those of the modules in it.
    fn module(&mut self, state: Handle, way: &str, before: &str, depth: usize) -> Result<(), Breakage> {
        let pickle = self.pickle;
        if depth == 0 || !self.seen.insert(state) {
            return Ok(());
        }
        for part in ["_parameters", "_buffers", "_modules"] {
            let part = pickle.under(state, part).filter(|part| self.seen.insert(*part));
            let Some(Object::Dict(pairs)) = part.map(|part| pickle.object(part)) else { continue };
            for (key, value) in pairs {
                let Some(name) = self.name(*key).map(|name| joined(before, &name)) else { continue };
                match pickle.object(*value) {
                    Object::Array(array) => self.keep(way, name, array)?,
                    Object::Instance(Some(state)) => self.module(*state, way, &name, depth - 1)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn name(&self, key: Handle) -> Option<String> {
        match self.pickle.object(key) {
            Object::Text(text) if text.len() <= LONGEST_NAME => Some((*text).to_owned()),
            Object::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn keep(&mut self, way: &str, name: String, array: &Array<'_>) -> Result<(), Breakage> {
        self.count += 1;
        if self.count > MOST_ARRAYS {
            return Err(Breakage::Instructions);
        }
        let place = self.places.get(array.storage.key).ok_or(Breakage::Storage)?;
        let Array { storage, offset, dims, strides } = array;
        let stored = Stored::new(dims.clone(), strides.clone(), *offset, place, storage.number.clone());
        let stored = stored.ok_or(Breakage::Storage)?;
        self.groups.entry(way.to_owned()).or_default().insert(name, stored);
        Ok(())
    }
}

fn joined(before: &str, name: &str) -> String {
    if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
}
