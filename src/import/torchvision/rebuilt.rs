//! What the classes and functions that a checkpoint names would make of their arguments, as far as it is arrays.

use std::rc::Rc;

use super::{
    pickle::{Array, Handle, Object, Pickle, Storage},
    stored::{MOST_SIDES, Number},
};
use crate::import::Breakage;

/// Longest key of a storage, in bytes.
const LONGEST_KEY: usize = 256;
/// Most storages of a file.
const MOST_STORAGES: usize = 1 << 15;

impl<'a> Pickle<'a> {
    /// Pushes what a class or function makes of its arguments.
    pub(super) fn made(&mut self, class: Handle, arguments: Handle) -> Result<(), Breakage> {
        let (Object::Class(module, name), Object::Tuple(arguments)) = (self.object(class), self.object(arguments))
        else {
            self.push(Object::Instance(None));
            return Ok(());
        };
        match (*module, *name, arguments.as_slice()) {
            ("collections", "OrderedDict", []) => self.push(Object::Dict(Vec::new())),
            ("collections", "OrderedDict", [pairs]) => {
                let pairs = *pairs;
                let pairs = self.pairs(pairs);
                self.push(Object::Dict(pairs));
            }
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2", [storage, offset, dims, strides, ..]) => {
                let array = self.array([*storage, *offset, *dims, *strides]);
                self.push(array.map_or(Object::Other, Object::Array));
            }
            // A parameter is its array, which stands there already.
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state", [array, ..]) => {
                let array = *array;
                self.stack.push(array);
            }
            _ => self.push(Object::Instance(None)),
        }
        Ok(())
    }

    /// The pairs of a list, as Python 2 writes dictionaries in order. They are taken out of it, so that a list of which many
    /// dictionaries are made is not there many times.
    fn pairs(&mut self, list: Handle) -> Vec<(Handle, Handle)> {
        let Some(Object::List(items)) = self.objects.get_mut(list) else { return Vec::new() };
        let items = std::mem::take(items);
        let pair = |item: Handle| match self.object(item) {
            Object::Tuple(pair) | Object::List(pair) => match *pair.as_slice() {
                [key, value] => Some((key, value)),
                _ => None,
            },
            _ => None,
        };
        items.into_iter().filter_map(pair).collect()
    }

    /// A number that is not negative.
    fn size(&self, handle: Handle) -> Option<usize> {
        match self.object(handle) {
            Object::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }

    fn sizes(&self, handle: Handle) -> Option<Vec<usize>> {
        match self.object(handle) {
            // Many arrays may name one tuple, and each has sizes of its own.
            Object::Tuple(items) if items.len() <= MOST_SIDES => items.iter().map(|item| self.size(*item)).collect(),
            _ => None,
        }
    }

    fn array(&self, [storage, offset, dims, strides]: [Handle; 4]) -> Option<Array<'a>> {
        let Object::Storage(storage) = self.object(storage) else { return None };
        let (offset, dims, strides) = (self.size(offset)?, self.sizes(dims)?, self.sizes(strides)?);
        Some(Array { storage: storage.clone(), offset, dims, strides })
    }

    /// Of what PyTorch keeps in place of a storage: the word "storage", its class, key, device and size, and in old files a part
    /// of another that it is, which none of those has that are read.
    pub(super) fn storage(&mut self, handle: Handle) -> Option<Object<'a>> {
        let Object::Tuple(items) = self.object(handle) else { return None };
        let [_, class, key, _, count, ..] = *items.as_slice() else { return None };
        if items.get(5).is_some_and(|part| !matches!(self.object(*part), Object::Other)) {
            return None;
        }
        let (Object::Class(_, class), Object::Text(key)) = (self.object(class), self.object(key)) else { return None };
        // Keys are short numbers, and of each storage there is one array at least.
        if key.len() > LONGEST_KEY || self.storages.len() >= MOST_STORAGES {
            return None;
        }
        let storage = Storage { key, number: number(class), count: self.size(count)? };
        let storage = Rc::new(storage);
        self.storages.push(storage.clone());
        Some(Object::Storage(storage))
    }
}

/// The numbers of a class of storages.
fn number(class: &str) -> Number {
    let name = class.strip_suffix("Storage").unwrap_or(class);
    match name {
        "Half" => Number::F16,
        "BFloat16" => Number::Bf16,
        "Float" => Number::F32,
        "Double" => Number::F64,
        "Long" | "ComplexFloat" => Number::Other(name.to_owned(), 8),
        "Int" | "QInt32" => Number::Other(name.to_owned(), 4),
        "Short" => Number::Other(name.to_owned(), 2),
        "ComplexDouble" => Number::Other(name.to_owned(), 16),
        _ => Number::Other(name.chars().take(32).collect(), 1),
    }
}
