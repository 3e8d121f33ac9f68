//! Derives the dispatch table and the compressed help texts.
fn main() {
    cairn_build::generate::binary(helptext::compress);
}
