//! Numbers as JavaScript writes them: `5`, not `5.0`.

use serde::{Serialize, Serializer};

/// The end of the range in which a 64-bit float holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number.
#[derive(Clone, Copy)]
pub(super) struct Number(pub(super) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
