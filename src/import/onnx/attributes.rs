//! What an operation says of itself beside what it reads.

use super::schema::{Attribute, Node};
use crate::import::Form;

impl Node {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &str, otherwise: i64) -> i64 {
        self.attribute(name).map_or(otherwise, |attribute| attribute.int)
    }

    pub(super) fn float(&self, name: &str, otherwise: f32) -> f32 {
        self.attribute(name).map_or(otherwise, |attribute| attribute.float)
    }

    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.attribute(name).and_then(|attribute| std::str::from_utf8(&attribute.text).ok()).unwrap_or_default()
    }

    /// Numbers for rows and columns; `otherwise` where there are none.
    ///
    /// # Errors
    /// [`Form::Attribute`].
    pub(super) fn two(&self, name: &'static str, otherwise: usize) -> Result<[usize; 2], Form> {
        match self.ints(name) {
            None | Some([]) => Ok([otherwise; 2]),
            Some([rows, columns]) => match (usize::try_from(*rows), usize::try_from(*columns)) {
                (Ok(rows), Ok(columns)) => Ok([rows, columns]),
                _ => Err(Form::Attribute(name)),
            },
            Some(_) => Err(Form::Attribute(name)),
        }
    }
}

/// Zeros before and after rows and columns, of windows over a map of so many rows and columns.
///
/// # Errors
/// [`Form::Attribute`].
pub(super) fn padding(
    node: &Node,
    sides: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Result<[[usize; 2]; 2], Form> {
    match node.text("auto_pad") {
        "" | "NOTSET" => {}
        "VALID" => return Ok([[0; 2]; 2]),
        way @ ("SAME_UPPER" | "SAME_LOWER") => {
            let side = |axis: usize| {
                let (side, stride) = (sides[axis], stride[axis].max(1));
                let reach = kernel[axis].saturating_sub(1).saturating_mul(dilation[axis]).saturating_add(1);
                let covered = (side.div_ceil(stride).saturating_sub(1)).saturating_mul(stride).saturating_add(reach);
                let all = covered.saturating_sub(side);
                let (less, more) = (all / 2, all - all / 2);
                if way == "SAME_UPPER" { [less, more] } else { [more, less] }
            };
            return Ok([side(0), side(1)]);
        }
        _ => return Err(Form::Attribute("auto_pad")),
    }
    match node.ints("pads") {
        None | Some([]) => Ok([[0; 2]; 2]),
        Some([top, left, bottom, right]) => {
            let number = |side: &i64| usize::try_from(*side).map_err(|_| Form::Attribute("pads"));
            Ok([[number(top)?, number(bottom)?], [number(left)?, number(right)?]])
        }
        Some(_) => Err(Form::Attribute("pads")),
    }
}
