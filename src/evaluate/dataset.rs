//! Real images with their classes: the validation images of Tiny ImageNet in its official layout.
//!
//! They are read to be measured, and go nowhere else.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::picture;

/// Why the images cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file could not be read.
    #[error(
        "{path} could not be read: {error}. It has to be the folder of Tiny ImageNet, with val/val_annotations.txt."
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file is no picture.
    #[error("{path} is not a picture that can be read: {error}.")]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        error: image::ImageError,
    },
    /// The list of images is empty or not a list.
    #[error("{path} does not list images and their classes.")]
    List {
        /// The file.
        path: PathBuf,
    },
}

/// Images of one size and the ids of their classes.
#[derive(Debug)]
pub struct Dataset {
    /// `height · width · 3` bytes each, RGB.
    images: Vec<Vec<u8>>,
    /// The id of each image's class (wnid).
    pub classes: Vec<String>,
}

impl Dataset {
    /// Reads the validation images of the folder `tiny-imagenet-200`, in the order of their list, brought to a size.
    ///
    /// # Errors
    /// [`DatasetError`].
    pub fn load(folder: &Path, [height, width]: [usize; 2]) -> Result<Self, DatasetError> {
        let list = folder.join("val/val_annotations.txt");
        let text = fs::read_to_string(&list).map_err(|error| DatasetError::File { path: list.clone(), error })?;
        let (mut images, mut classes) = (Vec::new(), Vec::new());
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut fields = line.split('\t');
            let (Some(name), Some(class)) = (fields.next(), fields.next()) else {
                return Err(DatasetError::List { path: list });
            };
            // A name alone: the list must not lead out of its folder.
            let name = Path::new(name).file_name().unwrap_or_default();
            let path = folder.join("val/images").join(name);
            let bytes = fs::read(&path).map_err(|error| DatasetError::File { path: path.clone(), error })?;
            let picture = picture::fitted(&bytes, width as u32, height as u32);
            let picture = picture.map_err(|error| DatasetError::Picture { path, error })?;
            images.push(picture.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect());
            classes.push(class.to_owned());
        }
        if images.is_empty() {
            return Err(DatasetError::List { path: list });
        }
        Ok(Self { images, classes })
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
