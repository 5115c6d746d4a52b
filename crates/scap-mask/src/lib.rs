//! In: text that programs print, and the values that nobody may see.
//! Out: the text that a viewer may see.
//! Never: knowing who asks; IO, a clock, async.
//!
//! Two things are done, in this order ([`ShownLines`] does both): [`Stream`] masks the bytes as they came, [`Terminal`] makes
//! of what is left lines of text and colours. The mask must come first, as it looks through escapes inside of a value,
//! which the filter makes visible; and the filter takes away nothing but what the mask looks through.

mod glance;
mod mask;
mod maskable;
mod matcher;
mod reading;
mod region;
mod secrets;
mod shape;
mod shown;
mod spelling;
mod stream;
mod terminal;
mod view;

pub use mask::{Mask, MaskError};
pub use secrets::{Class, LeftOut, Secrets};
pub use shown::ShownLines;
pub use stream::Stream;
pub use terminal::Terminal;
