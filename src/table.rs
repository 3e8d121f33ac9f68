//! The applets of this binary: names, where they are installed, and how to call them; see `build/src/generate.rs`.

use applet::{Context, Exit, Result};

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The number of the applet called `name`.
pub fn find(name: &[u8]) -> Option<usize> {
    NAMES.split(|&byte| byte == 0).take(TRAITS.len()).position(|known| known == name)
}

/// All names, sorted.
pub fn names() -> impl Iterator<Item = &'static [u8]> {
    NAMES.split(|&byte| byte == 0).take(TRAITS.len())
}

/// The folder that an applet is installed in, without slashes at its ends.
pub fn folder(id: usize) -> &'static [u8] {
    let index = TRAITS.get(id).map_or(0, |traits| traits & 7);
    FOLDERS.split(|&byte| byte == 0).nth(usize::from(index)).unwrap_or_default()
}
