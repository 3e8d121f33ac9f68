//! Derives the module list and the option tables.
fn main() {
    cairn_build::generate::family("shell");
}
