use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SpecError, parameter::number};

/// One unit of a classifier, with its weight in the objective.
///
/// As text: `LAYER:INDEX`, then `@ROW,COLUMN` or `@mean` for a convolutional unit away from the centre, then `*WEIGHT`
/// unless the weight is 1; for example `fc:1`, `layer3.0:17@mean`, `layer4.1:5@0,3*-0.5`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Name of the layer.
    pub layer: String,
    /// Index of the unit in its layer; for a convolutional layer the channel.
    pub index: usize,
    /// Where in a channel the activation is read; the only position of other layers is the default.
    #[serde(default, skip_serializing_if = "Position::is_centre")]
    pub position: Position,
    /// Factor on the activation in the objective, not 0.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: f32,
}

/// Where in a channel of a convolutional layer the activation is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The centre of the feature map, `(height / 2, width / 2)`.
    #[default]
    Centre,
    /// One position, counted from the top left.
    At {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// The mean over the whole channel.
    Mean,
}

impl Position {
    fn is_centre(&self) -> bool {
        *self == Self::Centre
    }
}

fn one() -> f32 {
    1.0
}

fn is_one(weight: &f32) -> bool {
    *weight == 1.0
}

impl Unit {
    /// The unit with weight 1 at its default position.
    pub fn new(layer: impl Into<String>, index: usize) -> Self {
        Self { layer: layer.into(), index, position: Position::Centre, weight: 1.0 }
    }

    /// Reads a unit from text; `index` finds the index of a name within a layer.
    ///
    /// # Errors
    /// [`SpecError::UnitSyntax`] or [`SpecError::NotANumber`] for text of another form, or what `index` answers.
    pub fn parse(text: &str, index: impl Fn(&str, &str) -> Result<usize, SpecError>) -> Result<Self, SpecError> {
        let syntax = || SpecError::UnitSyntax { text: text.to_owned() };
        let (layer, rest) = text.split_once(':').ok_or_else(syntax)?;
        let (rest, weight) = match rest.rsplit_once('*') {
            Some((rest, weight)) => (rest, number("weight", weight)?),
            None => (rest, 1.0),
        };
        let (name, position) = match rest.rsplit_once('@') {
            Some((name, "mean")) => (name, Position::Mean),
            Some((name, place)) => {
                let (row, column) = place.split_once(',').ok_or_else(syntax)?;
                let row = number("row", row)?;
                let column = number("column", column)?;
                (name, Position::At { row, column })
            }
            None => (rest, Position::Centre),
        };
        if layer.is_empty() || name.is_empty() {
            return Err(syntax());
        }
        Ok(Self { layer: layer.to_owned(), index: index(layer, name)?, position, weight })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.layer, self.index)?;
        match self.position {
            Position::Centre => {}
            Position::At { row, column } => write!(f, "@{row},{column}")?,
            Position::Mean => write!(f, "@mean")?,
        }
        if self.weight != 1.0 {
            write!(f, "*{}", self.weight)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_number(_: &str, unit: &str) -> Result<usize, SpecError> {
        number("unit", unit)
    }

    #[test]
    fn a_unit_survives_the_way_through_text() {
        for text in ["fc:1", "layer3.0:17@mean", "layer4.1:5@0,3*-0.5", "fc:0*2"] {
            let unit = Unit::parse(text, by_number).unwrap();
            assert_eq!(unit.to_string(), text);
        }
    }

    #[test]
    fn text_that_names_no_unit_is_refused() {
        for text in ["", "fc", ":1", "fc:", "fc:1@", "fc:1@2", "fc:1*x", "fc:-1"] {
            assert!(Unit::parse(text, by_number).is_err(), "{text}");
        }
    }
}
