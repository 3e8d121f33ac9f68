//! The applets of this binary: names, where they are installed, and how to call them; see `build/src/generate.rs`.

use applet::{Class, Context, Exit, House, Result};

use crate::help;

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// What applets are told of each other.
pub static HOUSE: House = House { help: help::write, find, name, class, run };

fn name(id: usize) -> Option<&'static [u8]> {
    names().nth(id)
}

/// How a shell runs an applet.
fn class(id: usize) -> Class {
    match TRAITS.get(id).map_or(0, |traits| traits >> 3 & 3) {
        0 => Class::InProcess,
        1 => Class::Fork,
        _ => Class::Exec,
    }
}

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
