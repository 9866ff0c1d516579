//! Real images with their classes: the validation images of Tiny ImageNet in its official layout.
//!
//! They are read to be measured, and go nowhere else.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::picture::{self, ReadError};

/// Why the images cannot be used.
#[derive(Debug)]
pub enum DatasetError {
    /// The list of images, or their folder, could not be read.
    File {
        /// The list or the folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The list is empty.
    Empty {
        /// The list.
        path: PathBuf,
    },
    /// A line of the list is not an image's name and its class.
    Line {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        number: usize,
    },
    /// No image is of a class that is known.
    Unknown {
        /// The list.
        path: PathBuf,
        /// The classes, with how many images of each there are.
        classes: BTreeMap<String, usize>,
    },
    /// Images cannot be read: all of those that cannot, in the order of the list.
    Images(Vec<Unread>),
}

/// An image of the list that cannot be read.
#[derive(Debug)]
pub struct Unread {
    /// Its file.
    pub path: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why an image of the list cannot be read.
#[derive(Debug)]
pub enum Why {
    /// Its name, in this line of the list (from 1), is not UTF-8; the path stands for it as far as it can.
    Name(usize),
    /// Its file cannot be read, or is no picture.
    Picture(ReadError),
}

/// Images of one size and the ids of their classes.
#[derive(Debug, Default)]
pub struct Dataset {
    /// `height · width · 3` bytes each, RGB.
    images: Vec<Vec<u8>>,
    /// The id of each image's class (wnid).
    pub classes: Vec<String>,
    /// Classes that are not known, with how many images of each there are. They have not been read.
    pub left_out: BTreeMap<String, usize>,
}

impl Dataset {
    /// Reads the validation images of the folder `tiny-imagenet-200`, in the order of their list, brought to a size; those
    /// of classes that `knows` does not know are left out.
    ///
    /// # Errors
    /// [`DatasetError`].
    pub fn load(folder: &Path, size: [usize; 2], knows: impl Fn(&str) -> bool) -> Result<Self, DatasetError> {
        const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
        let (list, pictures) = (folder.join("val/val_annotations.txt"), folder.join("val/images"));
        let failed = |path: &Path, error| DatasetError::File { path: path.to_owned(), error };
        let text = fs::read(&list).map_err(|error| failed(&list, error))?;
        // Where the folder is missing, that is one thing to say and not one of every image.
        fs::read_dir(&pictures).map_err(|error| failed(&pictures, error))?;
        let (mut found, mut unread) = (Self::default(), Vec::new());
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let number = index + 1;
            let mut fields = line.split(|&byte| byte == b'\t');
            let (Some(name), Some(class @ [_, ..])) = (fields.next(), fields.next().map(<[u8]>::trim_ascii)) else {
                return Err(DatasetError::Line { path: list, number });
            };
            let class = String::from_utf8_lossy(class).into_owned();
            if !knows(&class) {
                *found.left_out.entry(class).or_default() += 1;
                continue;
            }
            match read(&pictures, name, number, size) {
                Ok(image) => {
                    found.images.push(image);
                    found.classes.push(class);
                }
                Err(problem) => unread.push(problem),
            }
        }
        if !unread.is_empty() {
            Err(DatasetError::Images(unread))
        } else if !found.is_empty() {
            Ok(found)
        } else if found.left_out.is_empty() {
            Err(DatasetError::Empty { path: list })
        } else {
            Err(DatasetError::Unknown { path: list, classes: found.left_out })
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// An image as networks take it, `[3 · height · width]` in -1..=1.
    pub fn image(&self, index: usize) -> Vec<f32> {
        picture::planes(&self.images[index], 3)
    }
}

/// An image by its name in a line of the list, as `height · width · 3` bytes.
fn read(folder: &Path, name: &[u8], line: usize, [height, width]: [usize; 2]) -> Result<Vec<u8>, Unread> {
    let utf8 = str::from_utf8(name);
    let shown = String::from_utf8_lossy(name);
    // A name alone: the list must not lead out of its folder.
    let path = folder.join(Path::new(&*shown).file_name().unwrap_or_default());
    let bytes = match utf8 {
        Ok(_) => picture::bytes(&path).map_err(Why::Picture),
        Err(_) => Err(Why::Name(line)),
    };
    let fitted = bytes.and_then(|bytes| picture::fitted(&bytes, width as u32, height as u32).map_err(Why::Picture));
    let rgba = fitted.map_err(|why| Unread { path, why })?;
    Ok(rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A data set of one-coloured pictures, its list as given.
    fn folder(list: &[u8], names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("val/images");
        fs::create_dir_all(&images).unwrap();
        for (shade, name) in names.iter().enumerate() {
            fs::write(images.join(name), picture::png(&[shade as u8, 0, 0, 255], 1, 1, 8).unwrap()).unwrap();
        }
        fs::write(folder.path().join("val/val_annotations.txt"), list).unwrap();
        folder
    }

    fn load(folder: &tempfile::TempDir) -> Result<Dataset, DatasetError> {
        Dataset::load(folder.path(), [4, 4], |class| class.starts_with('n'))
    }

    #[test]
    fn a_list_is_read_with_a_byte_order_mark_and_any_line_ends() {
        let folder =
            folder("\u{feff}a.png\tn1\t0\t0\r\n\r\nb.png\tn2\r\n../c.png\tn1".as_bytes(), &["a.png", "b.png", "c.png"]);
        let found = load(&folder).unwrap();
        assert_eq!(found.classes, ["n1", "n2", "n1"]);
        assert_eq!((found.image(1).len(), &found.image(1)[..1]), (48, &[1.0 / 127.5 - 1.0][..]));
    }

    #[test]
    fn images_of_unknown_classes_are_named_and_left_out() {
        let unknown = [("x".to_owned(), 2), ("y".to_owned(), 1)].into();
        // Two of them are not even there.
        let dataset = folder(b"a.png\tx\na.png\tn1\nb.png\tx\nb.png\ty\n", &["a.png"]);
        let found = load(&dataset).unwrap();
        assert_eq!((found.len(), found.left_out), (1, unknown));
        let none = load(&folder(b"a.png\tx\n", &["a.png"]));
        assert!(matches!(none, Err(DatasetError::Unknown { classes, .. }) if classes["x"] == 1));
    }

    #[test]
    fn every_image_that_cannot_be_read_is_named_and_the_list_is_not_blamed() {
        let dataset = folder(b"a.png\tn1\nb\xff.png\tn1\nc.png\tn1\nd.png\tn1\n", &["a.png", "d.png"]);
        let images = dataset.path().join("val/images");
        fs::write(images.join("d.png"), &fs::read(images.join("a.png")).unwrap()[..40]).unwrap();
        let Err(DatasetError::Images(unread)) = load(&dataset) else { panic!("read") };
        let names: Vec<_> = unread.iter().map(|unread| unread.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["b\u{fffd}.png", "c.png", "d.png"]);
        let why: Vec<_> = unread.iter().map(|unread| &unread.why).collect();
        assert!(matches!(why[..], [Why::Name(2), Why::Picture(ReadError::File(_)), Why::Picture(_)]), "{why:?}");
    }

    #[test]
    fn a_folder_or_a_list_that_is_none_is_one_thing_to_say() {
        assert!(matches!(load(&folder(b" \n\n", &[])), Err(DatasetError::Empty { .. })));
        for wrong in [&b"a.png\tn1\nb.png\n"[..], b"a.png\tn1\nb.png\t\r\n", b"a.png\tn1\nb.png\t\t0\n"] {
            assert!(matches!(load(&folder(wrong, &["a.png"])), Err(DatasetError::Line { number: 2, .. })));
        }
        let dataset = folder(b"a.png\tn1\n", &[]);
        fs::remove_dir(dataset.path().join("val/images")).unwrap();
        assert!(matches!(load(&dataset), Err(DatasetError::File { path, .. }) if path.ends_with("val/images")));
    }
}
