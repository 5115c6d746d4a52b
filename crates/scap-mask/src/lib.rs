//! In: text that programs print, and the values that nobody may see.
//! Out: the text that a viewer may see.
//! Never: knowing who asks; IO, a clock, async.

mod mask;
mod maskable;
mod matcher;
mod reading;
mod region;
mod secrets;
mod shape;
mod spelling;
mod stream;
mod view;

pub use mask::{Mask, MaskError};
pub use secrets::{Class, LeftOut, Secrets};
pub use stream::Stream;
