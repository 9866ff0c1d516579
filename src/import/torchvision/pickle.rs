//! The pickles of checkpoints, read as data.
//!
//! A pickle is a program for a machine with a stack, by which Python makes objects. This machine knows texts, numbers, tuples,
//! lists, dictionaries and PyTorch's arrays; a class is a name to it, and what a class would make of its arguments is an
//! object of which only the state is known. Nothing is ever called. It takes no more memory than a few words for each byte of
//! the pickle, and never goes back. The instructions are those of Python's module pickletools, protocols 2 to 5.

use std::{collections::HashMap, rc::Rc};

use super::stored::Number;
use crate::import::Breakage;

/// Most instructions of a pickle; those of a network of a thousand arrays are some forty thousand.
const MOST_INSTRUCTIONS: usize = 1 << 21;

/// Which object of a pickle.
pub(super) type Handle = usize;

/// What a pickle makes.
#[derive(Debug)]
pub(super) enum Object<'a> {
    /// What nobody looks into.
    Other,
    Flag(bool),
    Int(i64),
    Text(&'a str),
    Tuple(Vec<Handle>),
    List(Vec<Handle>),
    Dict(Vec<(Handle, Handle)>),
    /// A class or function, by the names of its module and its own.
    Class(&'a str, &'a str),
    /// Of a class that is not known, with its state where it has one.
    Instance(Option<Handle>),
    /// Where arrays lie.
    Storage(Rc<Storage<'a>>),
    Array(Array<'a>),
}

/// Numbers beside the pickle.
#[derive(Debug)]
pub(super) struct Storage<'a> {
    pub key: &'a str,
    pub number: Number,
    /// How many.
    pub count: usize,
}

/// Some numbers of a storage.
#[derive(Debug)]
pub(super) struct Array<'a> {
    pub storage: Rc<Storage<'a>>,
    /// How many numbers stand before it.
    pub offset: usize,
    pub dims: Vec<usize>,
    pub strides: Vec<usize>,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    bytes: &'a [u8],
    at: usize,
    pub(super) objects: Vec<Object<'a>>,
    pub(super) stack: Vec<Handle>,
    /// Heights of the stack that were marked.
    marks: Vec<usize>,
    memo: HashMap<u32, Handle>,
    /// Of those that the pickle names.
    pub storages: Vec<Rc<Storage<'a>>>,
}

impl<'a> Pickle<'a> {
    /// Runs a pickle that begins at some byte: the objects, which of them is the whole, and where the pickle ends.
    pub fn read(bytes: &'a [u8], at: usize) -> Result<(Self, Handle, usize), Breakage> {
        let (stack, marks, memo, storages) = (Vec::new(), Vec::new(), HashMap::new(), Vec::new());
        let mut pickle = Self { bytes, at, objects: Vec::new(), stack, marks, memo, storages };
        for _ in 0..MOST_INSTRUCTIONS {
            let [code] = pickle.bytes()?;
            if code == b'.' {
                let whole = pickle.pop()?;
                let end = pickle.at;
                return Ok((pickle, whole, end));
            }
            pickle.follow(code)?;
        }
        Err(Breakage::Instructions)
    }

    /// An object.
    pub fn object(&self, handle: Handle) -> &Object<'a> {
        self.objects.get(handle).unwrap_or(&Object::Other)
    }

    /// What a dictionary has under a name.
    pub fn under(&self, dict: Handle, name: &str) -> Option<Handle> {
        let Object::Dict(pairs) = self.object(dict) else { return None };
        let found =
            pairs.iter().rev().find(|(key, _)| matches!(self.object(*key), Object::Text(text) if *text == name));
        found.map(|(_, value)| *value)
    }

    fn follow(&mut self, code: u8) -> Result<(), Breakage> {
        match code {
            // Protocol and frame, which say nothing that is not known.
            0x80 => drop(self.bytes::<1>()?),
            0x95 => drop(self.bytes::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.marked()?),
            b'N' => self.push(Object::Other),
            0x88 | 0x89 => self.push(Object::Flag(code == 0x88)),
            b'J' => {
                let number = i32::from_le_bytes(self.bytes()?);
                self.push(Object::Int(number.into()));
            }
            b'K' => {
                let [number] = self.bytes()?;
                self.push(Object::Int(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.bytes()?);
                self.push(Object::Int(number.into()));
            }
            0x8a => {
                let length = self.length::<1>()?;
                let number = integer(self.some(length)?);
                self.push(number.map_or(Object::Other, Object::Int));
            }
            b'G' => {
                self.bytes::<8>()?;
                self.push(Object::Other);
            }
            b'X' => self.text::<4>()?,
            0x8c => self.text::<1>()?,
            0x8d => self.text::<8>()?,
            b'U' | b'C' => self.raw::<1>()?,
            b'T' | b'B' => self.raw::<4>()?,
            0x8e | 0x96 => self.raw::<8>()?,
            b']' => self.push(Object::List(Vec::new())),
            b'}' => self.push(Object::Dict(Vec::new())),
            // Sets, into which nobody looks.
            0x8f => self.push(Object::List(Vec::new())),
            0x91 => {
                let items = self.marked()?;
                self.push(Object::List(items));
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                self.extend(items)?;
            }
            b')' => self.push(Object::Tuple(Vec::new())),
            b't' => {
                let items = self.marked()?;
                self.push(Object::Tuple(items));
            }
            0x85..=0x87 => {
                let items = self.stack.split_off(self.below(usize::from(code - 0x84))?);
                self.push(Object::Tuple(items));
            }
            b's' => {
                let pair = self.stack.split_off(self.below(2)?);
                self.set(&pair)?;
            }
            b'u' => {
                let pairs = self.marked()?;
                self.set(&pairs)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Object::Class(module, name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.object(module), self.object(name)) {
                    (Object::Text(module), Object::Text(name)) => {
                        let class = Object::Class(module, name);
                        self.push(class);
                    }
                    _ => return Err(Breakage::Pickle),
                }
            }
            b'R' | 0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.made(class, arguments)?;
            }
            0x92 => {
                self.below(3)?;
                self.stack.truncate(self.stack.len() - 3);
                self.push(Object::Instance(None));
            }
            b'b' => {
                let state = self.pop()?;
                let object = *self.stack.last().ok_or(Breakage::Pickle)?;
                // That of an ordered dictionary is a note of PyTorch's own.
                if let Some(Object::Instance(own)) = self.objects.get_mut(object) {
                    *own = Some(state);
                }
            }
            b'Q' => {
                let storage = self.pop()?;
                let storage = self.storage(storage);
                self.push(storage.unwrap_or(Object::Other));
            }
            b'q' => {
                let [place] = self.bytes()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.bytes()?);
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let [place] = self.bytes()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.bytes()?);
                self.recall(place)?;
            }
            code => return Err(Breakage::Instruction(code)),
        }
        Ok(())
    }

    fn some(&mut self, length: usize) -> Result<&'a [u8], Breakage> {
        let end = self.at.checked_add(length).ok_or(Breakage::Short)?;
        let some = self.bytes.get(self.at..end).ok_or(Breakage::Short)?;
        self.at = end;
        Ok(some)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Breakage> {
        self.some(N)?.first_chunk().copied().ok_or(Breakage::Short)
    }

    /// A length of so many bytes, the lowest first.
    fn length<const N: usize>(&mut self) -> Result<usize, Breakage> {
        let bytes = self.bytes::<N>()?;
        let length = bytes.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        usize::try_from(length).map_err(|_| Breakage::Short)
    }

    fn text<const N: usize>(&mut self) -> Result<(), Breakage> {
        let length = self.length::<N>()?;
        let text = std::str::from_utf8(self.some(length)?);
        self.push(text.map_or(Object::Other, Object::Text));
        Ok(())
    }

    /// Bytes, or a text of Python 2, in which names of arrays are.
    fn raw<const N: usize>(&mut self) -> Result<(), Breakage> {
        self.text::<N>()
    }

    fn line(&mut self) -> Result<&'a str, Breakage> {
        let rest = self.bytes.get(self.at..).ok_or(Breakage::Short)?;
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Breakage::Short)?;
        let line = self.some(length)?;
        self.some(1)?;
        std::str::from_utf8(line).map_err(|_| Breakage::Pickle)
    }

    pub(super) fn push(&mut self, object: Object<'a>) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    fn pop(&mut self) -> Result<Handle, Breakage> {
        self.stack.pop().ok_or(Breakage::Pickle)
    }

    /// The stack's height without so many.
    fn below(&self, count: usize) -> Result<usize, Breakage> {
        self.stack.len().checked_sub(count).ok_or(Breakage::Pickle)
    }

    /// All above the last mark.
    fn marked(&mut self) -> Result<Vec<Handle>, Breakage> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or(Breakage::Pickle)?;
        Ok(self.stack.split_off(mark))
    }

    fn extend(&mut self, items: Vec<Handle>) -> Result<(), Breakage> {
        let list = *self.stack.last().ok_or(Breakage::Pickle)?;
        match self.objects.get_mut(list) {
            Some(Object::List(all)) => all.extend(items),
            // A class of its own, in which nobody looks.
            Some(Object::Instance(_) | Object::Other) => {}
            _ => return Err(Breakage::Pickle),
        }
        Ok(())
    }

    fn set(&mut self, pairs: &[Handle]) -> Result<(), Breakage> {
        let dict = *self.stack.last().ok_or(Breakage::Pickle)?;
        let (pairs, []) = pairs.as_chunks::<2>() else { return Err(Breakage::Pickle) };
        match self.objects.get_mut(dict) {
            Some(Object::Dict(all)) => all.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            Some(Object::Instance(_) | Object::Other) => {}
            _ => return Err(Breakage::Pickle),
        }
        Ok(())
    }

    fn remember(&mut self, place: u32) -> Result<(), Breakage> {
        let object = *self.stack.last().ok_or(Breakage::Pickle)?;
        self.memo.insert(place, object);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), Breakage> {
        let object = *self.memo.get(&place).ok_or(Breakage::Pickle)?;
        self.stack.push(object);
        Ok(())
    }
}

/// A number of any length, the lowest byte first and the highest with the sign; `None` where it is too long.
fn integer(bytes: &[u8]) -> Option<i64> {
    if bytes.len() > 8 {
        return None;
    }
    let sign = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut all = [sign; 8];
    all.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Some(i64::from_le_bytes(all))
}
